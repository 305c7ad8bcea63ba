"""Where lesson 10 leads: skip connections and attention, with the checks of their exercises."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import torch
from torch import nn

from mlp_tutorial.experiment import cached_dataset
from mlp_tutorial.lessons.shared.checks import check
from mlp_tutorial.lessons.shared.comparing_calls import compare_calls
from mlp_tutorial.lessons.shared.comparing_models import check_is_class, compare_models
from mlp_tutorial.lessons.shared.feedback import NotYet
from mlp_tutorial.lessons.shared.problems import generator, problem_seed, whole_numbers
from mlp_tutorial.lessons.shared.stand_ins import stand_in
from mlp_tutorial.lessons.shared.unwritten import own_code
from mlp_tutorial.model import NeuralNetworkModel
from mlp_tutorial.plots.regions import plot_decision_regions
from mlp_tutorial.utils.randomness import SeededRandomness
from mlp_tutorial.utils.wording import percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class SkipModel(NeuralNetworkModel):
    """A `NeuralNetworkModel` in which every hidden layer adds to what it was given."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Compute the logits; all hidden sizes must be equal."""
        x = self.activation(self.input_layer(x))  # (batch, width)
        for layer in self.hidden_layers:
            x = x + self.activation(layer(x))
        return self.output_layer(x)


@check
def check_skip_model(model_class: type[nn.Module]) -> str:
    """Compare logits and gradients with those of a network with skip connections, under the same weights."""
    check_is_class(model_class)
    draw = generator()
    for depth in (1, 2, 5):
        inputs, width, outputs = whole_numbers(draw, 5, 9, 3)  # wide enough not to die
        with SeededRandomness(problem_seed(depth)):
            model = own_code(model_class, inputs, [width] * depth, outputs)
        reference = SkipModel(inputs, [width] * depth, outputs)
        if set(model.state_dict()) != set(reference.state_dict()):
            raise NotYet("The class needs the layers of NeuralNetworkModel, no more and no fewer: inherit them.")
        reference.load_state_dict(model.state_dict())
        X = 3 * torch.randn(20, inputs, generator=draw)
        name = f"the logits with {depth} hidden layer{'s' if depth > 1 else ''}"
        compare_models(name, model, reference, X, partial(_skip_mistakes, reference))
    return "Every hidden layer now adds to what it was given."


def _skip_mistakes(model: NeuralNetworkModel, X: torch.Tensor) -> list[tuple[torch.Tensor, str]]:
    z = model.input_layer(X)
    first, output = z.relu(), model.output_layer

    def hidden(rule: Callable, x: torch.Tensor = first) -> torch.Tensor:
        for layer in model.hidden_layers:
            x = rule(layer, x)
        return x

    rules = [
        (lambda layer, x: layer(x).relu(), "nothing is added yet: x has to be on both sides of the plus"),
        (lambda layer, x: (x + layer(x)).relu(), "the ReLU comes first, then the sum: x + relu(layer(x))"),
        (lambda layer, x: x + layer(x), "the ReLU of the hidden layers is missing"),
        (lambda layer, x: x - layer(x).relu(), "it subtracts: what the layer returns is added"),
        (lambda layer, x: first + layer(x).relu(), "add what this layer was given, not what the first one returned"),
    ]
    late_relu = hidden(lambda layer, x: x + layer(x).relu(), z).relu()
    mistakes = [(output(hidden(rule)), cause) for rule, cause in rules]
    without_first = output(hidden(lambda layer, x: x + layer(x).relu(), z))
    return [
        *mistakes,
        (output(late_relu), "one ReLU too many, before the output layer"),
        (without_first, "the ReLU after input_layer is missing"),
        (output(hidden(lambda layer, x: x + layer(x).relu())).relu(), "a ReLU is applied to the logits"),
    ]


@check(ready_made=("scaled_dot_product_attention",))
def check_attention(attention: Callable) -> str:
    """Compare with PyTorch's own attention."""
    draw = generator()
    problems = [([[1.0, 0]], [[2.0, 0], [0, 2]], [[1.0], [0]])]
    for queries, keys, size, width in ((30, 50, 4, 2), (4, 4, 2, 4), (1, 3, 9, 1), (4, 4, 4, 4)):
        problems.append(
            [torch.randn(shape, generator=draw) for shape in ((queries, size), (keys, size), (keys, width))]
        )
    cases = [
        ("attention(Q, K, V)", dict(zip("QKV", map(torch.as_tensor, problem), strict=True))) for problem in problems
    ]

    mistakes = """
        (Q @ K.T).softmax(1) @ V  # the scores are not divided by the square root of the number of columns
        (Q @ K.T / d).softmax(1) @ V  # divide by the square root of the number of columns, not by the number
        (Q @ K.T / len(K) ** 0.5).softmax(1) @ V
            # divide by the root of the number of columns of Q and K, not of the number of keys
        (Q @ K.T * d**0.5).softmax(1) @ V  # the scores are multiplied by the root; divide by it
        scores.softmax(0) @ V  # the shares of a query, a row, must sum to 1: softmax(1)
        scores @ V  # the softmax is missing: shares, not scores, weigh the values
        scores.softmax(1)  # these are the shares; the values have still to be weighed
        scores.softmax(1) @ K  # the shares weigh the keys; they have to weigh the values, V
    """

    def shorthand(Q: torch.Tensor, K: torch.Tensor, V: torch.Tensor) -> dict[str, object]:
        return {"d": Q.shape[1], "scores": Q @ K.T / math.sqrt(Q.shape[1])}

    compare_calls(attention, _attention, cases, mistakes, shorthand=shorthand)
    return "Two matrix products and a softmax: the heart of every large language model."


#: What the queries are multiplied by: the larger, the more a query looks at few keys only.
SHARPNESS = 4.0


class _AttentionToPenguins(nn.Module):
    """Answers with the species of the known penguins that a point attends to."""

    def __init__(self, attention: Callable) -> None:
        super().__init__()
        dataset = cached_dataset("penguins")
        self.attention = attention
        self.keys = dataset.X_train  # (206, 2)
        self.values = nn.functional.one_hot(dataset.y_train, 3).float()  # (206, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        shares = self.attention(SHARPNESS * x, self.keys, self.values)  # (batch, 3)
        return shares.clamp(min=1e-9).log()  # logits whose softmax gives the shares back


def plot_attention(attention: Callable) -> Axes:
    """Draw what attention to 206 known penguins answers over the plane of bills, without any training.

    Parameters
    ----------
    attention : callable
        `attention(Q, K, V)`. Where it would stop the notebook, PyTorch's stands in.

    Returns
    -------
    matplotlib Axes
        The axes drawn on; the title holds the accuracy on the validation part.
    """
    dataset, known = cached_dataset("penguins"), _AttentionToPenguins(_attention)
    trials = [(SHARPNESS * X, known.keys, known.values) for X in (dataset.X_validation, dataset.X_validation[:1])]
    chosen = stand_in(attention, _attention, *trials, noun="attention", called="PyTorch's attention")
    model = _AttentionToPenguins(chosen.function)
    right = (model(dataset.X_validation).argmax(1) == dataset.y_validation).float().mean().item()
    return plot_decision_regions(model, dataset, title=chosen.title("By", f": {percent(right)} right"))


def _attention(Q, K, V):
    return nn.functional.scaled_dot_product_attention(Q[None], K[None], V[None])[0]
