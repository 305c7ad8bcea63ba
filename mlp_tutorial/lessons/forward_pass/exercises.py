"""The checks of lesson 04's exercises, and the plot of a learner's forward pass."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise

import torch
import torch.nn.functional as F
from matplotlib.axes import Axes
from torch import nn

from mlp_tutorial.lessons.forward_pass.stages import penguin_network
from mlp_tutorial.lessons.shared.checks import check, part
from mlp_tutorial.lessons.shared.comparing_calls import compare_calls
from mlp_tutorial.lessons.shared.problems import generator, whole_numbers
from mlp_tutorial.lessons.shared.stand_ins import stand_in
from mlp_tutorial.plots.regions import plot_decision_regions

#: Weight and bias of every layer, first to last.
Layers = Sequence[tuple[torch.Tensor, torch.Tensor]]


@check
def check_forward(forward: Callable) -> str:
    """Run `forward(X, layers)` on networks of one to four layers, against `torch.nn.functional.linear`."""
    draw, cases = generator(), []
    small = [
        (torch.tensor([[1.0, -1], [2, 0]]), torch.tensor([1.0, -1])),
        (torch.tensor([[-1.0, -2]]), torch.tensor([1.0])),
    ]
    problems = [(torch.tensor([[1.0, 3], [0, 2]]), small)]
    problems += [
        _drawn(draw, *sizes) for sizes in ((20, [3, 5, 4, 2]), (20, [3, 2]), (9, [2, 3, 3, 3, 4]), (1, [4, 4, 4]))
    ]
    for X, layers in problems:
        name = f"the logits of a network of {len(layers)} layer{'s' if len(layers) > 1 else ''}"
        cases.append((name, {"X": X, "layers": layers}))
    mistakes = """
        right.relu()  # ReLU was applied to the logits as well: the last layer has no activation
        _logits(X, layers, F.linear)  # the ReLU between the layers is missing
        _logits(X, [(W, 0 * b) for W, b in layers])  # the biases are not added
        right.softmax(1)  # these are probabilities: return the logits, without the softmax
        _logits(X.relu(), layers)  # ReLU was applied to X as well: the first layer takes X as it is
        _logits(X, layers, lambda X, W, b: (X @ W.T).relu() + b)
            # ReLU stands before the bias: first the whole sum, then ReLU
        _logits(X, layers[:1])  # only the first layer was used: each layer takes what the one before gave
        _logits(X, layers[:-1]).relu()  # the last layer is missing
        _logits(X, layers, lambda X, W, b: (X @ W + b).relu())
            # W is not turned over: it is (outputs, inputs), so X @ W.T
        right.T  # the result is transposed: samples are rows
    """
    compare_calls(forward, _logits, cases, mistakes)
    return "The same logits as PyTorch's own layers, for networks of one, three and four layers."


def plot_regions(forward: Callable) -> Axes:
    """Draw what a learner's forward pass answers over the plane of bill length and bill depth, in one call.

    Parameters
    ----------
    forward : callable
        `forward(X, layers)` returns the logits, shape (batch, 3). Where it would stop the
        notebook, the model draws the same plot.

    Returns
    -------
    matplotlib Axes
        The axes drawn on.
    """
    model, dataset = penguin_network()
    layers = [(layer.weight.detach(), layer.bias.detach()) for _, layer in model.linear_layers()]
    X = dataset.X_train
    chosen = stand_in(forward, _logits, (X, layers), (X[:1], layers), noun="forward", called="the model")

    class OwnForward(nn.Module):
        def forward(self, X: torch.Tensor) -> torch.Tensor:
            return chosen.function(X, layers)  # (batch, 3)

    return plot_decision_regions(OwnForward(), dataset, title=chosen.title("By"))


#: PyTorch's functions that compute a softmax.
_SOFTMAXES = (
    *("softmax", "log_softmax", "softmin", "special_softmax", "special_log_softmax", "_softmax"),
    "scaled_dot_product_attention",
    "cross_entropy",
)


@check(parts=2, forbidden=_SOFTMAXES)
def check_softmax(softmax: Callable) -> str:
    """Compare `softmax(logits)` with torch's in double precision: on ordinary logits, and on large and small ones."""
    draw = generator()
    ordinary = [torch.tensor([[0.0, 1.0], [2.0, 0.0]]), torch.tensor([[0.0, 1.0, 2.0]])]
    ordinary += [torch.randn(shape, generator=draw) for shape in ((5, 3), (1, 4), (4, 7), (3, 3))]
    mistakes = """
    logits.softmax(0)  # it runs over the batch: each row, dimension 1, must sum to 1
    logits.exp() / logits.exp().sum()  # it divides by the sum of the whole batch; each row has a sum of its own
    logits.exp()  # the exponentials are not divided by their sum
    logits / logits.sum(1, keepdim=True)  # the logits themselves are divided by their sum: take exp first
    logits.sigmoid()  # that is the sigmoid, which looks at one logit at a time
    logits.log_softmax(1)  # that is the logarithm of the probabilities
    logits.exp() / logits.exp().sum(1)
        # sum(1) has lost its dimension, so that rows and columns are mixed up: keepdim=True
    (-logits).softmax(1)  # the sign of the logits is turned: the largest one gets the largest share
    """
    with part():
        cases = [("the probabilities of ordinary logits", {"logits": logits}) for logits in ordinary]
        compare_calls(softmax, lambda logits: logits.double().softmax(1), cases, mistakes)
    drawn = [[float(logit) for logit in whole_numbers(draw, 500, 1000, 3)] for _ in range(2)]
    extreme = {
        "large logits": ([[1000.0, 999, 990]], [[2.0, 1, -1], [1000, 999, 990]], drawn),
        "very negative logits": ([[-1000.0, -999, -990]], [[-1000.0] * 3, [500, -500, 0]]),
        "logits far apart": (
            [[0.0, 0, 1000]],
            [[-1000.0, 1000, 0], [1000, -1000, 0]],
            [[0.0, 0, 120], [120, 0, 0], [0, 120, 0], [0, 120, 120]],
        ),
    }
    cases = [
        (f"the probabilities of {name}", {"logits": torch.tensor(each)})
        for name, some in extreme.items()
        for each in some
    ]
    mistakes = """
        _by_formula(logits)  # e^1000 overflows to inf, and e^−1000 becomes 0: subtract each row's largest logit first
        _by_formula(logits.double())  # float64 reaches farther, and overflows too: subtract each row's largest logit first
        _by_formula(logits - logits.max())  # you subtract one maximum of the whole batch; each row needs its own
        _by_formula(logits - logits.clamp(min=0).amax(1, keepdim=True))
            # where all are far below 0, every e^logit becomes 0
    """
    for name, number in {
        "mean": "logits.mean(1, keepdim=True)",
        "median": "logits.median(1, keepdim=True).values",
        "first logit": "logits[:, :1]",
        "last logit": "logits[:, -1:]",
        "smallest logit": "logits.amin(1, keepdim=True)",
    }.items():
        mistakes += f"""_by_formula(logits - {number})
            # you subtract each row's {name}, and a logit far above it still overflows: subtract the largest one
        """
    with part():
        compare_calls(softmax, lambda logits: logits.double().softmax(1), cases, mistakes)
    return "Rows sum to 1, and neither 1000 nor −1000 breaks it."


def _by_formula(logits: torch.Tensor) -> torch.Tensor:
    return logits.exp() / logits.exp().sum(1, keepdim=True)


@check
def check_fixed(fixed: Callable) -> str:
    """Run `fixed(X, layers)` on networks 2 → 4 → 3 → 3, whose last weight matrix is square."""
    draw = generator()
    cases = [
        ("the probabilities", dict(zip(("X", "layers"), _drawn(draw, number, [2, 4, 3, 3]), strict=True)))
        for number in (1, 7, 30, 7)
    ]

    mistakes = """
        turned.softmax(0)
            # two faults are left, and both are silent. First: W3 is square, so it fits without .T, and no error tells you:
            # the weights of other units are used
        turned.softmax(1)
            # W3 is square, so it fits without .T, and no error tells you: the weights of other units are used
        logits.softmax(0)
            # the softmax runs over the batch: now the columns sum to 1, and a row is no longer one penguin's shares
        logits  # these are the logits: the softmax is gone; it had only the wrong dimension
        logits.argmax(1)  # these are the answers: return the probabilities
        logits.relu().softmax(1)  # a ReLU is applied to the logits; the last layer had none
        without[0].softmax(1)  # the ReLU of the first layer is lost
        without[1].softmax(1)  # the ReLU of the second layer is lost
    """

    def shorthand(X: torch.Tensor, layers: Layers) -> dict[str, object]:
        *hidden, (W3, b3) = layers
        outputs = []
        for lost in (0, 1):
            A = X
            for number, (W, b) in enumerate(layers):
                A = F.linear(A, W, b) if number in (lost, 2) else _relu_layer(A, W, b)
            outputs.append(A)
        return {"logits": _logits(X, layers), "turned": _logits(X, [*hidden, (W3.T, b3)]), "without": outputs}

    compare_calls(fixed, lambda X, layers: _logits(X, layers).softmax(1), cases, mistakes, shorthand=shorthand)
    return "One loud fault and two silent ones, all three corrected."


def _drawn(draw: torch.Generator, num_samples: int, widths: Sequence[int]) -> tuple[torch.Tensor, list]:
    """Return samples and the layers of a network."""
    normal = partial(torch.randn, generator=draw)
    layers = [(normal(outputs, inputs), normal(outputs)) for inputs, outputs in pairwise(widths)]
    return normal(num_samples, widths[0]), layers


def _relu_layer(X: torch.Tensor, W: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    return F.linear(X, W, b).relu()


def _logits(X: torch.Tensor, layers: Layers, hidden: Callable = _relu_layer) -> torch.Tensor:
    for W, b in layers[:-1]:
        X = hidden(X, W, b)
    return F.linear(X, *layers[-1])  # (batch, classes)
