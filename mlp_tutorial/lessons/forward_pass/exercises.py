"""The checks of lesson 04's exercises, and the plot of a learner's forward pass."""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise

import torch
import torch.nn.functional as F
from matplotlib.axes import Axes
from torch import nn

from mlp_tutorial.lessons.forward_pass.stages import penguin_network
from mlp_tutorial.lessons.shared.checks import NotYet, check, compare, fresh_generator
from mlp_tutorial.lessons.shared.stand_ins import stand_in
from mlp_tutorial.plots.regions import plot_decision_regions
from mlp_tutorial.utils.threads import one_thread

#: Weight and bias of every layer, first to last.
Layers = Sequence[tuple[torch.Tensor, torch.Tensor]]


@check
def check_forward(forward: Callable) -> str:
    """Run `forward(X, layers)` on networks of one to four layers, against `torch.nn.functional.linear`."""
    for widths in ([3, 5, 4, 2], [3, 2], [2, 3, 3, 3, 4]):
        X, layers = _drawn(20, widths)
        weights_before = [W.clone() for W, _ in layers]
        answer = forward(X.clone(), layers)
        if not all(torch.equal(W, before) for (W, _), before in zip(layers, weights_before, strict=True)):
            raise NotYet("The weights were changed on the way; a forward pass only reads them.")
        name = f"the logits of a network of {len(layers)} layer{'s' if len(layers) > 1 else ''}"
        expected, relu_first = _logits(X, layers), _logits(X, layers, lambda X, W, b: (X @ W.T).relu() + b)
        causes = [
            (expected.relu(), "ReLU was applied to the logits as well: the last layer has no activation"),
            (_logits(X, layers, F.linear), "the ReLU between the layers is missing"),
            (_logits(X, [(W, 0 * b) for W, b in layers]), "the biases are not added"),
            (expected.softmax(1), "these are probabilities: return the logits, without the softmax"),
            (relu_first, "ReLU stands before the bias: first the whole sum, then ReLU"),
            (_logits(X, layers[:1]), "only the first layer was used: each layer takes what the one before gave"),
            (expected.T, "the result is transposed: samples are rows"),
        ]
        compare(name, answer, expected, causes=causes)
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


@check
def check_softmax(softmax: Callable) -> str:
    """Compare `softmax(logits)` with torch's in double precision: on ordinary logits, large ones and small ones."""
    code = getattr(inspect.unwrap(softmax), "__code__", None)
    if code is not None and {"softmax", "log_softmax", "Softmax"} & set(code.co_names):
        raise NotYet("That calls PyTorch's softmax. Write it yourself, from exp, sum and a maximum.")
    ordinary = torch.randn(5, 3, generator=fresh_generator())
    given = ordinary.clone()
    answer = softmax(given)
    if not torch.equal(given, ordinary):
        raise NotYet("The logits that were handed in have changed: logits -= … writes into them. Make a new tensor.")
    powers, without_exp = ordinary.exp(), ordinary / ordinary.sum(1, keepdim=True)
    causes = [
        (ordinary.softmax(0), "it runs over the batch: each row, dimension 1, must sum to 1"),
        (powers / powers.sum(), "it divides by the sum of the whole batch; each row has a sum of its own"),
        (powers, "the exponentials are not divided by their sum"),
        (without_exp, "the logits themselves are divided by their sum: take exp first"),
        (ordinary.sigmoid(), "that is the sigmoid, which looks at one logit at a time"),
        (ordinary.log_softmax(1), "that is the logarithm of the probabilities"),
    ]
    compare("the probabilities of ordinary logits", answer, ordinary.softmax(1), causes=causes)
    large, negative = [[1000.0, 999.0, 990.0], [2.0, 1.0, -1.0]], [[-1000.0, -999.0, -990.0], [500.0, -500.0, 0.0]]
    for name, broken, logits in (
        ("large logits", "e^logit overflows to inf", torch.tensor(large)),
        ("very negative logits", "every e^logit becomes 0", torch.tensor(negative)),
    ):
        answer = softmax(logits.clone())
        if isinstance(answer, torch.Tensor) and answer.isnan().any():
            if not answer[0].isnan().any():
                raise NotYet(
                    "Each row alone comes out right, but beside a row of large logits the others are nan: "
                    "you subtract one maximum of the whole batch; each row needs its own."
                )
            raise NotYet(
                f"Right for ordinary logits, but for {name} such as {logits[0].tolist()} the result is nan: {broken}. "
                "Subtract something from each row first."
            )
        compare(f"the probabilities of {name}", answer, logits.softmax(1))
    return "Rows sum to 1, and neither 1000 nor −1000 breaks it."


@check
def check_mended(mended: Callable) -> str:
    """Run `mended(X, layers)` on a random network 2 → 4 → 3 → 3, whose last weight matrix is square."""
    X, layers = _drawn(7, [2, 4, 3, 3])
    # Units that are off for every row would hide what the last matrix does: draw until all are on somewhere.
    while not (_logits(X, layers[:-1]) > 0).any(0).all():
        X, layers = _drawn(7, [2, 4, 3, 3])
    *hidden, (W3, b3) = layers
    logits, untransposed = _logits(X, layers), _logits(X, [*hidden, (W3.T, b3)])
    over_batch = (
        "the softmax runs over the batch: now the columns sum to 1, and a row is no longer one penguin's shares"
    )
    square = "W3 is square, so it fits without .T, and no error tells you: the weights of other units are used"
    causes = [
        (untransposed.softmax(0), f"two faults are left, and both are silent. First: {square}"),
        (untransposed.softmax(1), square),
        (logits.softmax(0), over_batch),
        (logits, "these are the logits: the softmax is gone; it had only the wrong dimension"),
        (logits.argmax(1), "these are the answers: return the probabilities"),
    ]
    compare("the probabilities", mended(X.clone(), layers), logits.softmax(1), causes=causes)
    return "One loud fault and two silent ones, all three corrected."


@check
def check_seconds(seconds: Callable) -> str:
    """Let `seconds(model, X)` time a model whose calls take a known time, then the penguins' network."""
    clock = _SlowModel()
    X = torch.arange(20.0).reshape(10, 2)
    began = time.perf_counter()
    times = seconds(clock, X)
    elapsed = time.perf_counter() - began
    if not isinstance(times, tuple) or len(times) != 2 or not all(isinstance(t, (int, float)) for t in times):
        raise NotYet("Return two numbers of seconds, in this order: return one_by_one, batch.")
    if (singles := clock.sizes.count(1)) < len(X):
        raise NotYet(
            f"X has {len(X)} rows, but the model was called with a single one {singles} times: "
            "loop over all of X, and call the model on each row."
        )
    if len(X) not in clock.sizes:
        raise NotYet(f"The model was never called on all {len(X)} rows at once: the batch is model(X).")
    one_by_one, batch = times
    loop_at_least = len(X) * clock.SECONDS
    if max(times) > 1.1 * elapsed:
        raise NotYet(
            "A time is longer than your function ran in all: a reading of the clock is no time yet. Read it before and "
            "after the work, and subtract."
        )
    if min(times) < 0.9 * clock.SECONDS:
        raise NotYet(
            f"A time of {min(times):.3f} s is shorter than a single call took: the calls must lie between two readings "
            "of the clock."
        )
    if batch >= one_by_one >= loop_at_least:
        raise NotYet("The second time holds the first as well: read the clock anew before the batch.")
    if batch >= one_by_one:
        raise NotYet("The batch took longer than the loop? The two are swapped: return one_by_one, batch.")
    if one_by_one < loop_at_least:
        raise NotYet(
            f"{len(X)} calls of this model take {loop_at_least:.2f} s, the first time is only {one_by_one:.2f} s: "
            "the clock must run over the whole loop."
        )
    model, dataset = penguin_network()
    with torch.no_grad(), one_thread():
        one_by_one, batch = seconds(model, dataset.X_train)
    if one_by_one < 2 * batch:
        return "Both times are right. (Just now this computer was too busy to compare them for 206 penguins.)"
    return f"For 206 penguins your loop took {one_by_one / batch:,.0f} times as long as one batch."


class _SlowModel(nn.Module):
    """A model each of whose calls takes a hundredth of a second; `sizes` keeps the number of rows of each call."""

    SECONDS = 0.01

    def __init__(self) -> None:
        super().__init__()
        self.sizes: list[int] = []

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        time.sleep(self.SECONDS)
        self.sizes.append(1 if X.ndim == 1 else len(X))
        return X


def _drawn(num_samples: int, widths: Sequence[int]) -> tuple[torch.Tensor, Layers]:
    """Return samples and the layers of a network, new ones at every call."""
    normal = partial(torch.randn, generator=fresh_generator())
    layers = [(normal(outputs, inputs), normal(outputs)) for inputs, outputs in pairwise(widths)]
    return normal(num_samples, widths[0]), layers


def _relu_layer(X: torch.Tensor, W: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    return F.linear(X, W, b).relu()


def _logits(X: torch.Tensor, layers: Layers, hidden: Callable = _relu_layer) -> torch.Tensor:
    for W, b in layers[:-1]:
        X = hidden(X, W, b)
    return F.linear(X, *layers[-1])  # (batch, classes)
