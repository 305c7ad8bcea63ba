"""The checks of lesson 10's exercises on memory and on several processes, and the picture of the second."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import matplotlib
import torch
from torch import nn

from mlp_tutorial.experiment import Experiment, cached_dataset
from mlp_tutorial.lessons.shared.checks import check, compare, fresh_generator
from mlp_tutorial.lessons.shared.stand_ins import stand_in
from mlp_tutorial.plots.style import CLASS_COLOURS, STYLE, new_figure
from mlp_tutorial.utils.randomness import SeededRandomness

if TYPE_CHECKING:
    from matplotlib.axes import Axes

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
        expected = sum(vector.nbytes for vector in kept if isinstance(vector, torch.Tensor) and vector.numel() > 1)
        causes = [
            (expected // 4, "a float32 number has 4 bytes"),
            (expected - 4000, "one set of numbers is missing: weights and gradients both count"),
            (expected + 4000, "one set of numbers too many"),
            (4000, "these are the weights alone; training also keeps gradients, and the optimizer's numbers"),
        ]
        compare(f"training_bytes(1000, {name!r})", training_bytes(1000, name), expected, causes=causes)
    return "With Adam, 16 bytes per parameter: 7 billion take 112 GB. (The activations of a batch come on top.)"


@check
def check_combine(combine: Callable) -> str:
    """Compare with the gradient of the whole batch, for equal and for unequal shares."""
    for counts in ([4, 4], [5, 3], [6, 1, 2]):
        means = torch.randn(len(counts), 7, generator=fresh_generator())
        total = torch.tensor(counts, dtype=torch.float32) @ means  # (7,)
        causes = [
            (means.mean(0), "every process counts the same; one with more samples has to count for more"),
            (means.sum(0), "the gradients are added up, not averaged"),
            (total, "the sum is not divided by the number of all samples"),
            (total / len(counts), "divide by the number of all samples, not by the number of processes"),
        ]
        answer = combine(list(means), list(counts))
        compare(f"combine(gradients, {counts})", answer, total / sum(counts), causes=causes)
    return "The gradient of the whole batch, from processes that each saw a part of it."


def plot_shares(combine: Callable, shares: Sequence[int] = (28, 5), num_epochs: int = 40) -> Axes:
    """Train with a learner's `combine` on unequal shares, beside the whole batches, and draw both losses.

    Parameters
    ----------
    combine : callable
        `combine(gradients, counts)` returns one gradient. Where it would stop the notebook, the right one stands in.
    shares : sequence of int, default (28, 5)
        How many samples of a batch each of the imitated processes gets.
    num_epochs : int, default 40
        Length of both runs.

    Returns
    -------
    matplotlib Axes
        The axes drawn on.
    """
    chosen = stand_in(
        combine,
        _combined,
        ([torch.ones(7), torch.zeros(7)], list(shares)),
        ([torch.ones(7)], [1]),
        noun="combine",
        called="the package's rule",
        use=lambda rule: _losses_of_shares(shares, rule, num_epochs),
    )
    figure = new_figure(6, 3.2)
    with matplotlib.rc_context(STYLE):
        axes = figure.subplots()
        epochs, whole = range(1, num_epochs + 1), _losses_of_shares([sum(shares)], _combined, num_epochs)
        several = f"{len(shares)} processes, {' and '.join(map(str, shares))} samples"
        axes.plot(epochs, whole, color=CLASS_COLOURS[0], lw=4.5, alpha=0.35, label="one process, whole batches")
        axes.plot(epochs, chosen.result, "--", color=CLASS_COLOURS[1], lw=1.6, label=several)
        title = chosen.title("Penguins, put together by")
        axes.set(xlabel="epoch", ylabel="training loss", ylim=(0, None), title=title)
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
                counts = list(shares) if len(batch) == sum(shares) else [len(batch)]
                parts = [part for part in batch.split(counts) if len(part)]
                gradients = [torch.autograd.grad(criterion(model(X[part]), y[part]), parameters) for part in parts]
                vectors = [nn.utils.parameters_to_vector(gradient) for gradient in gradients]
                step = rule(vectors, [len(part) for part in parts])
                with torch.no_grad():
                    moved = nn.utils.parameters_to_vector(parameters) - 0.3 * step
                    nn.utils.vector_to_parameters(moved, parameters)
            losses.append(criterion(model(X), y).item())
    return losses
