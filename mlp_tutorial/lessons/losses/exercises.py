"""The checks of lesson 07's exercises, apart from that of a loss of the learner's own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import torch
import torch.nn.functional as F

from mlp_tutorial.lessons.losses.own_loss import Criterion
from mlp_tutorial.lessons.losses.rare_class import WeightedLoss, torch_weighted_cross_entropy
from mlp_tutorial.lessons.shared.checks import check, part
from mlp_tutorial.lessons.shared.comparing import compare
from mlp_tutorial.lessons.shared.comparing_calls import Case, compare_calls
from mlp_tutorial.lessons.shared.feedback import NotYet
from mlp_tutorial.lessons.shared.listening import what_cuts
from mlp_tutorial.lessons.shared.problems import generator, whole_numbers
from mlp_tutorial.lessons.shared.unwritten import own_code
from mlp_tutorial.lessons.shared.values import shown
from mlp_tutorial.training.checked_criterion import check_loss
from mlp_tutorial.utils.wording import listed


@check(ready_made=("huber_loss", "smooth_l1_loss"))
def check_huber(huber: Callable[..., torch.Tensor]) -> str:
    """Compare `huber(outputs, y, delta)` with PyTorch's, in its values and in its gradients."""
    draw, double = generator(), {"dtype": torch.float64}
    errors = torch.tensor([-3.0, -0.5, 0.0, 0.4, 2.0, 5.0], **double) * (
        1 + torch.rand(6, generator=draw, **double) / 4
    )
    problems = [({"outputs": [[3.0], [0.0]], "y": [[0.0], [0.5]]}, (1.0,))]
    problems += [({"outputs": [[3.0], [0.0]], "y": [[0.0], [0.5]]}, ())]  # with the default delta
    for shape, delta in (((6, 1), 1.5), ((3, 2), 0.7), ((6,), 2.5), ((1, 1), 0.3)):
        y = torch.randn(shape, generator=draw, **double)
        problems.append(({"outputs": y + errors[: y.numel()].reshape(shape), "y": y}, (delta,)))
    cases = []
    for pair, delta in problems:
        given = {key: torch.as_tensor(value, **double) for key, value in pair.items()}
        cases.append(
            (f"the Huber loss with delta {(*delta, 1.0)[0]:.3g}", given | dict(zip(["delta"], delta, strict=False)))
        )
    _compare_losses(
        huber, lambda outputs, y, delta=1.0: F.huber_loss(outputs, y, delta=delta), cases, _WRONG_HUBERS, _pieces
    )
    return "Your loss is nn.HuberLoss: the same values, and the same gradients."


_WRONG_HUBERS = """
    pick(near, far)  # the mean over the batch is missing
    pick(near, far).sum()  # it is the sum over the batch: take the mean
    pick(near, far).mean(0).sum()  # it is the mean over the rows, but the sum over the columns: take the mean of all
    pick(2 * near, far).mean()  # near the target it is half the squared error
    pick(near, delta * d).mean()  # delta / 2 is not subtracted, so the two pieces do not meet at delta
    pick(near, d).mean()  # beyond delta it is delta × (distance − delta / 2), not the distance
    pick(near, d - delta / 2).mean()  # the factor delta is missing beyond delta
    pick(near, delta * (d - delta)).mean()  # subtract delta / 2, not delta
    pick(near, delta * (e - delta / 2)).mean()
        # the distance is needed, not the error: an error below 0 counts as much as one above. Try .abs()
    torch.where(e <= delta, near, delta * (e - delta / 2)).mean()
        # the error is compared with delta where its distance from 0 should be: try .abs()
    pick(far, near).mean()  # the two pieces are swapped: near the target belongs the squared one
    F.huber_loss(outputs, y)  # delta is not used: it is the third argument
    e.square().mean()  # this is the mean squared error
    d.mean()  # this is the mean absolute error
    right / delta  # this is nn.SmoothL1Loss, which is divided by delta
"""


def _pieces(outputs: torch.Tensor, y: torch.Tensor, delta: float = 1.0) -> dict[str, object]:
    """Return the error e, its distance d from 0, the two pieces of the loss, and what picks between two pieces."""
    e, d = outputs - y, (outputs - y).abs()
    return {"e": e, "d": d, "near": d**2 / 2, "far": delta * (d - delta / 2), "pick": partial(torch.where, d <= delta)}


def _compare_losses(own: Callable, right: Callable, cases: Sequence[Case], mistakes: str, shorthand: Callable) -> None:
    """Compare two losses and their gradients by the outputs, the first argument."""

    def loss(*given: object) -> torch.Tensor:
        answer = own(*given)
        if not isinstance(answer, torch.Tensor):
            raise NotYet(f"{cases[0][0]}: {why_no_loss(answer)}")
        return answer

    compare_calls(
        loss, right, cases, mistakes, shorthand=shorthand, tolerance=1e-6, gradients=[next(iter(cases[0][1]))]
    )


def why_no_loss(loss: object) -> str:
    """Return what is wrong with what a loss returned, "" where it is one number as a tensor."""
    try:
        check_loss(loss, needs_gradient=False)
    except (TypeError, ValueError) as error:
        return str(error)
    return ""


@check(parts=2, forbidden=("cross_entropy", "nll_loss"), ready_made=("log_softmax", "logsumexp"))
def check_cross_entropy(cross_entropy: Criterion) -> str:
    """Compare `cross_entropy(logits, y)` with PyTorch's: on plain logits, and at ±1000."""
    with part():
        _compare_losses(cross_entropy, _cross_entropy, _classified(), _WRONG_CROSS_ENTROPIES, _parts)
    highest, lowest = whole_numbers(generator(), 500, 999, 2)
    with part():
        for right_class in range(3):
            _compare_large(cross_entropy, [[1000, 0, -1000]], [right_class])
            _compare_large(cross_entropy, [[highest, 0, -lowest]], [right_class])
        _compare_large(cross_entropy, [[-1000, -1000, -1000]], [0])
        _compare_large(cross_entropy, [[1000, 0, -1000], [-1000, -1000, -1000], [1, 2, 3]], [2, 0, 1])
    return "Right at logits of ±1000, and nn.CrossEntropyLoss in its values and gradients."


def _classified() -> list[Case]:
    """Return logits and classes, small ones first, of several numbers of classes; some lack the last class."""
    draw = generator()
    problems = [(torch.tensor([[0.0, 0], [1, 0]]), [0, 1])]
    for y, classes in ((8 * [0, 2, 1, 2, 0], 3), ([1, 0, 1], 4), ([0], 5), ([1, 0, 0, 1], 2)):
        problems.append((2 * torch.randn(len(y), classes, generator=draw), y))
    return [
        (f"the loss of {len(y)} sample{'s' if len(y) > 1 else ''}", {"logits": logits.double(), "y": torch.tensor(y)})
        for logits, y in problems
    ]


def _cross_entropy(logits: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return F.cross_entropy(logits, y)


def _parts(logits: torch.Tensor, y: torch.Tensor, weights: torch.Tensor | None = None) -> dict[str, torch.Tensor]:
    """Return the samples' losses, where their logits stand, and their weights."""
    parts = {"each": F.cross_entropy(logits, y, reduction="none"), "rows": torch.arange(len(y))}
    return parts if weights is None else {**parts, "w": weights[y]}


_WRONG_CROSS_ENTROPIES = """
    each  # the mean over the batch is missing
    each.sum()  # it is the sum over the batch: take the mean
    -right  # the sign: the logarithm of a probability is negative, and the loss is minus it
    right / logits.shape[1]  # the mean runs over samples and classes: divide by the number of samples alone
    -logits[rows, y].mean()  # the logarithm of the sum of e^logit is missing
    logits.logsumexp(1).mean()  # the logit of the right class is missing
    ((logits - logits.amax(1, keepdim=True)).logsumexp(1) - logits[rows, y]).mean()
        # the largest logit is subtracted in the sum, but not from the logit of the right class: take z in both places
    (logits - logits.amax(1)).logsumexp(1).mean() - (logits - logits.amax(1))[rows, y].mean()
        # amax(1) has lost its dimension, so that rows and columns are mixed up: keepdim=True
    (logits.exp().sum().log() - logits[rows, y]).mean()
        # the sum runs over the whole batch; each row has a sum of its own: sum(1)
    -logits.softmax(1)[rows, y].mean()  # it is the probability of the right class, without its logarithm
    1 - logits.softmax(1)[rows, y].mean()  # it is 1 − p; cross-entropy is −log p
    -logits.softmax(1)[rows, y].mean().log()  # it is the logarithm of a mean; first the logarithms, then their mean
    -logits.log_softmax(1).amax(1).mean()  # it takes the likeliest class: y says which one is right
    -logits.log_softmax(1).mean()  # it averages over all classes: only the right one, y, counts
    -logits.log_softmax(0)[rows, y].mean()  # the softmax runs over the batch: the classes are dimension 1
    F.cross_entropy(logits.softmax(1), y)  # there are two softmaxes: F.cross_entropy has one of its own
    -logits.log_softmax(1)[:, y].mean()
        # log_p[:, y] takes every row for every target: index with both, [arange(n), y]
"""


def _compare_large(cross_entropy: Criterion, rows: list[list[int]], classes: list[int]) -> None:
    """Compare loss and gradient in float32, as a network computes."""
    of = f"of the logits {shown(rows)} for class {listed(classes)}"
    logits, y = torch.tensor(rows).float().requires_grad_(), torch.tensor(classes)
    loss = cross_entropy(logits, y)
    if why := why_no_loss(loss):
        raise NotYet(f"the loss {of}: {why}")
    expected = F.cross_entropy(logits, y)
    if not loss.isfinite():
        z = (logits - logits.max()).detach()
        one_maximum = (z.exp().sum(1).log() - z[torch.arange(len(y)), y]).mean()
        why = (
            "The formula is right, but e^1000 is "
            "infinite and e^−1000 is 0 in float32. Subtract each row's largest logit first, and write log(e^z) as z, so "
            "that no logarithm of 0 is left."
        )
        if len(rows) > 1 and one_maximum.item() == loss.item():
            why = "One maximum of the whole batch is subtracted; each row needs its own: amax(1, keepdim=True)."
        raise NotYet(f"the loss {of}: expected {expected.item():.5g}, got {loss.item()}. {why}")
    cut = (
        "a small number added to the probability, or a clamp, keeps the logarithm finite, but the loss "
        "is wrong there and its gradient is lost"
    )
    compare(f"the loss {of}", loss, expected, causes=[(loss, cut)] if loss < 200 < expected else ())
    (right,) = torch.autograd.grad(expected, logits)
    compare(f"the gradient {of}", gradient_of(f"the loss {of}", cross_entropy, loss, logits, y), right)


def gradient_of(name: str, own: Criterion, loss: torch.Tensor, outputs: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Return the gradient of a loss by its outputs; raise `NotYet` where none comes back."""
    gradient = None
    if loss.requires_grad:
        (gradient,) = own_code(torch.autograd.grad, loss, outputs, allow_unused=True)
    if gradient is None:
        raise NotYet(
            f"{name}: no gradient comes back to the outputs, so nothing could be learned. Something cuts the graph: "
            f"{what_cuts(own, outputs, y)}."
        )
    return gradient


@check
def check_weighted_cross_entropy(weighted_cross_entropy: WeightedLoss) -> str:
    """Compare `weighted_cross_entropy(logits, y, weights)` with PyTorch's, in its values and in its gradients."""
    cases = []
    for name, given in _classified():
        weights = torch.tensor([1.0, 5.0, 2.0, 0.5, 3.0], dtype=torch.float64)[: given["logits"].shape[1]]
        cases.append((name.replace("the loss", "the weighted loss"), {**given, "weights": weights}))
    _compare_losses(weighted_cross_entropy, torch_weighted_cross_entropy, cases, _WRONG_WEIGHTED_LOSSES, _parts)
    return "Your loss is nn.CrossEntropyLoss(weight=weights): the same values, and the same gradients."


_WRONG_WEIGHTED_LOSSES = """
    each.mean()  # the weights are not used
    (w * each).mean()
        # it is divided by the number of samples; a weighted mean is divided by the sum of their weights
    (w * each).sum() / weights.sum()
        # it is divided by the sum of the classes' weights; each sample brings the weight of its class
    (w * each).sum()  # the sum is not divided by the sum of the samples' weights
    w * each / w.sum()  # the sum over the samples is missing
    F.cross_entropy(logits * weights, y)  # the weights multiply the logits; they belong to the losses
    (each / w).sum() / (1 / w).sum()  # it is divided by the weights: a weight of 5 should count five times
"""
