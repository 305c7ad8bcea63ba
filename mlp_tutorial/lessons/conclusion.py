"""What lesson 10 imports: the picture of one training step, and the checks of its exercises."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import matplotlib
import torch
from torch import nn

from ..checks import NotYet, check, compare, fresh_generator
from ..experiment import Experiment, cached_dataset
from ..model import NeuralNetworkModel
from ..plots import CLASS_COLOURS, STYLE, plot_decision_regions
from ..randomness import SeededRandomness
from .story import plot_training_step
from .trainer import explore_training

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = [
    "check_attention",
    "check_combine",
    "check_skip_model",
    "check_training_bytes",
    "explore_training",
    "filled_in",
    "plot_attention",
    "plot_shares",
    "plot_training_step",
]

# Exercise 1: does it fit? --------------------------------------------------------------------------------------

_OPTIMIZERS = {
    "sgd": lambda parameters: torch.optim.SGD(parameters, lr=0.1),
    "momentum": lambda parameters: torch.optim.SGD(parameters, lr=0.1, momentum=0.9),
    "adam": lambda parameters: torch.optim.Adam(parameters, lr=0.1),
}


@check
def check_training_bytes(training_bytes: Callable) -> str:
    """Compare with what weights, gradients and the optimizer's memory really take."""
    for name, make in _OPTIMIZERS.items():
        weights = nn.Parameter(torch.zeros(1000))
        optimizer = make([weights])
        weights.grad = torch.ones(1000)
        optimizer.step()
        kept = [weights, weights.grad]
        kept += [tensor for state in optimizer.state.values() for tensor in state.values()]
        vectors = [tensor for tensor in kept if isinstance(tensor, torch.Tensor) and tensor.numel() > 1]
        expected = sum(tensor.numel() * tensor.element_size() for tensor in vectors)
        compare(
            f"training_bytes(1000, {name!r})",
            training_bytes(1000, name),
            expected,
            causes=[
                (expected // 4, "a float32 number has 4 bytes"),
                (expected - 4000, "one set of numbers is missing: weights and gradients both count"),
                (expected + 4000, "one set of numbers too many"),
                (
                    4000,
                    "these are the weights alone; training also keeps gradients, and the optimizer's numbers",
                ),
            ],
        )
    return (
        "With Adam, 16 bytes for each parameter: 7 billion parameters take 112 GB. (The activations of a batch come "
        "on top.)"
    )


# Exercise 2: putting the processes together --------------------------------------------------------------------


@check
def check_combine(combine: Callable) -> str:
    """Compare with the gradient of the whole batch, for equal and for unequal shares."""
    for counts in ([4, 4], [5, 3], [6, 1, 2]):
        means = torch.randn(len(counts), 7, generator=fresh_generator())
        weights = torch.tensor(counts, dtype=torch.float32)
        expected = (means * weights[:, None]).sum(0) / weights.sum()
        compare(
            f"combine(gradients, {counts})",
            combine(list(means), list(counts)),
            expected,
            causes=[
                (means.mean(0), "every process counts the same; one with more samples has to count for more"),
                (means.sum(0), "the gradients are added up, not averaged"),
                ((means * weights[:, None]).sum(0), "the sum is not divided by the number of all samples"),
                (
                    (means * weights[:, None]).sum(0) / len(counts),
                    "divide by the number of all samples, not by the number of processes",
                ),
            ],
        )
    return "The gradient of the whole batch, from processes that each saw a part of it."


def plot_shares(combine: Callable, shares: Sequence[int] = (28, 5), num_epochs: int = 40) -> Axes:
    """Train with a learner's `combine` on unequal shares, beside the whole batches, and draw both losses.

    Parameters
    ----------
    combine : callable
        `combine(gradients, counts)` returns one gradient. While it is still a stub, the right one stands in.
    shares : sequence of int, default (28, 5)
        How many samples of a batch each of the imitated processes gets.
    num_epochs : int, default 40
        Length of both runs.

    Returns
    -------
    matplotlib Axes
        The axes drawn on.
    """
    from matplotlib import pyplot

    whose = "your combine"
    if check_combine(combine).status == "not attempted":
        whose, combine = "the package's rule (combine is not written yet)", _combined
    figure = pyplot.figure(
        figsize=(6, 3.2), dpi=100, layout="constrained"
    )  # outside the context: it is for good
    with matplotlib.rc_context(STYLE):
        axes = figure.subplots()
        runs = {
            "one process, whole batches": ((sum(shares),), _combined, "-", 4.5, 0.35),
            f"{len(shares)} processes, {' and '.join(map(str, shares))} samples": (
                shares,
                combine,
                "--",
                1.6,
                1,
            ),
        }
        for number, (label, (split, rule, line, width, alpha)) in enumerate(runs.items()):
            losses = _losses_of_shares(split, rule, num_epochs)
            axes.plot(
                range(1, num_epochs + 1),
                losses,
                line,
                color=CLASS_COLOURS[number],
                lw=width,
                alpha=alpha,
                label=label,
            )
        axes.set(xlabel="epoch", ylabel="training loss", title=f"Penguins, put together by {whose}")
        axes.set_ylim(bottom=0)
        axes.legend()
    return axes


def _combined(gradients: Sequence[torch.Tensor], counts: Sequence[int]) -> torch.Tensor:
    return sum(g * count for g, count in zip(gradients, counts, strict=True)) / sum(counts)


def _losses_of_shares(shares: Sequence[int], rule: Callable, num_epochs: int) -> list[float]:
    """Train as several processes would, one after the other; return the loss on all data after each epoch."""
    dataset = cached_dataset("penguins")
    X, y = dataset.X_train, dataset.y_train
    model, criterion, _ = Experiment("penguins", (8, 8), 0.3).build()
    parameters, losses = list(model.parameters()), []
    with SeededRandomness(0):
        for _ in range(num_epochs):
            for batch in torch.randperm(len(X)).split(sum(shares)):
                parts = (
                    [part for part in batch.split(list(shares)) if len(part)]
                    if len(batch) == sum(shares)
                    else [batch]
                )
                gradients = [
                    torch.autograd.grad(criterion(model(X[part]), y[part]), parameters) for part in parts
                ]
                vectors = [nn.utils.parameters_to_vector(gradient) for gradient in gradients]
                step = rule(vectors, [len(part) for part in parts])
                with torch.no_grad():
                    moved = nn.utils.parameters_to_vector(parameters) - 0.3 * step
                    nn.utils.vector_to_parameters(moved, parameters)
            losses.append(criterion(model(X), y).item())
    return losses


# Exercise 3: skip connections ----------------------------------------------------------------------------------


class SkipModel(NeuralNetworkModel):
    """A `NeuralNetworkModel` in which every hidden layer adds to what it was given."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Compute the logits; all hidden sizes must be equal."""
        x = self.activation(self.input_layer(x))  # (batch, width)
        for layer in self.hidden_layers:
            x = x + self.activation(layer(x))
        return self.output_layer(x)


def filled_in(model_class: type[nn.Module]) -> type[nn.Module]:
    """Return a learner's class, or while it is still a stub, `SkipModel`."""
    return SkipModel if check_skip_model(model_class).status == "not attempted" else model_class


@check
def check_skip_model(model_class: type[nn.Module]) -> str:
    """Compare logits with those of a network with skip connections, under the same weights."""
    for depth in (1, 2, 5):
        with SeededRandomness(depth):
            model = model_class(2, [6] * depth, 3)
        reference = SkipModel(2, [6] * depth, 3)
        if set(model.state_dict()) != set(reference.state_dict()):
            raise NotYet(
                "The class needs the layers of NeuralNetworkModel, no more and no fewer: inherit them."
            )
        reference.load_state_dict(model.state_dict())
        X = torch.randn(5, 2, generator=fresh_generator())
        with torch.no_grad():
            compare(
                f"the logits with {depth} hidden layer{'s' if depth > 1 else ''}",
                model(X),
                reference(X),
                causes=[(wrong(reference, X), cause) for wrong, cause in _WRONG_SKIPS.items()],
            )
    return "Every hidden layer now adds to what it was given."


def _hidden_pass(model: NeuralNetworkModel, X: torch.Tensor, rule: Callable) -> torch.Tensor:
    x = first = model.input_layer(X).relu()
    for layer in model.hidden_layers:
        x = rule(layer, x, first)
    return model.output_layer(x)


_WRONG_SKIPS = {
    lambda model, X: _hidden_pass(
        model, X, lambda layer, x, first: layer(x).relu()
    ): "nothing is added yet: x has to be on both sides of the plus",
    lambda model, X: _hidden_pass(
        model, X, lambda layer, x, first: (x + layer(x)).relu()
    ): "the ReLU comes first, then the sum: x + relu(layer(x))",
    lambda model, X: _hidden_pass(
        model, X, lambda layer, x, first: x + layer(x)
    ): "the ReLU of the hidden layers is missing",
    lambda model, X: _hidden_pass(
        model, X, lambda layer, x, first: first + layer(x).relu()
    ): "add what this layer was given, not what the first one returned",
    lambda model, X: model.output_layer(
        _hidden_pass_before_output(model, X).relu()
    ): "one ReLU too many, before the output layer",
}


def _hidden_pass_before_output(model: NeuralNetworkModel, X: torch.Tensor) -> torch.Tensor:
    x = model.input_layer(X)
    for layer in model.hidden_layers:
        x = x + layer(x).relu()
    return x


# Exercise 4: attention -----------------------------------------------------------------------------------------


@check
def check_attention(attention: Callable) -> str:
    """Compare with PyTorch's own attention."""
    for shape in ((3, 5, 4, 2), (4, 4, 2, 4)):
        queries, keys, size, width = shape
        draw = fresh_generator()
        Q, K = torch.randn(queries, size, generator=draw), torch.randn(keys, size, generator=draw)
        V = torch.randn(keys, width, generator=draw)
        expected = nn.functional.scaled_dot_product_attention(Q[None], K[None], V[None])[0]
        scores = Q @ K.T
        causes = [
            (scores.softmax(1) @ V, "the scores are not divided by the square root of the number of columns"),
            (
                (scores / size).softmax(1) @ V,
                "divide by the square root of the number of columns, not by the number",
            ),
            (
                (scores / math.sqrt(size)).softmax(0) @ V,
                "the shares of a query, a row, must sum to 1: softmax(1)",
            ),
            (scores / math.sqrt(size) @ V, "the softmax is missing: shares, not scores, weigh the values"),
            (
                (scores / math.sqrt(size)).softmax(1),
                "these are the shares; the values have still to be weighed",
            ),
        ]
        compare("attention(Q, K, V)", attention(Q, K, V), expected, causes=causes)
    return "Two matrix products and a softmax: the heart of every large language model."


class _AttentionToPenguins(nn.Module):
    """Answers with the species of the known penguins that a point attends to."""

    def __init__(self, attention: Callable, sharpness: float) -> None:
        super().__init__()
        dataset = cached_dataset("penguins")
        self.attention, self.sharpness = attention, sharpness
        self.keys = dataset.X_train  # (206, 2)
        self.values = nn.functional.one_hot(dataset.y_train, 3).float()  # (206, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        shares = self.attention(self.sharpness * x, self.keys, self.values)  # (batch, 3)
        return shares.clamp(min=1e-9).log()  # logits whose softmax gives the shares back


def plot_attention(attention: Callable, sharpness: float = 4.0) -> Axes:
    """Draw what attention to 206 known penguins answers over the plane of bills, without any training.

    Parameters
    ----------
    attention : callable
        `attention(Q, K, V)`. While it is still a stub, PyTorch's stands in.
    sharpness : float, default 4.0
        What the queries are multiplied by: the larger, the more a query looks at few keys only.

    Returns
    -------
    matplotlib Axes
        The axes drawn on; the title holds the accuracy on the validation part.
    """
    whose = "your attention"
    if check_attention(attention).status == "not attempted":
        whose = "PyTorch's attention (yours is missing)"

        def attention(Q, K, V):
            return nn.functional.scaled_dot_product_attention(Q[None], K[None], V[None])[0]

    dataset, model = cached_dataset("penguins"), _AttentionToPenguins(attention, sharpness)
    right = (model(dataset.X_validation).argmax(1) == dataset.y_validation).float().mean().item()
    title = f"By {whose}: {right:.0%} right".replace("%", " %")
    return plot_decision_regions(model, dataset, title=title)
