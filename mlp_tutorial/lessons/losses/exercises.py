"""The checks of lesson 07's exercises."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import nn

from mlp_tutorial.data.load import load_dataset
from mlp_tutorial.lessons.losses.loss_comparison import (
    NUM_STEPS,
    checked_loss,
    compare_with_gradient,
    gradient_of,
    normal,
    train_alongside,
)
from mlp_tutorial.lessons.losses.own_loss import Criterion
from mlp_tutorial.lessons.losses.rare_class import WeightedLoss
from mlp_tutorial.lessons.shared.checks import NotYet, check, compare, fresh_generator
from mlp_tutorial.model import NeuralNetworkModel
from mlp_tutorial.training.evaluation import predict
from mlp_tutorial.training.loop import train
from mlp_tutorial.utils.randomness import SeededRandomness
from mlp_tutorial.utils.wording import percent

#: Validation accuracy that a network trained with a loss of the learner's own has to reach on the penguins.
GOOD_ACCURACY = 0.9


@check
def check_huber(huber: Callable[..., torch.Tensor]) -> str:
    """Compare `huber(outputs, y, delta)` with PyTorch's: on plain errors, then over training steps."""
    draw = fresh_generator()

    def own(outputs: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return huber(outputs, y, delta)

    errors = torch.tensor([[-3.0], [-0.5], [0.0], [0.4], [2.0], [5.0]], dtype=torch.float64)
    y = normal(draw, 6, 1)
    for delta in (1.5, 0.5 + torch.rand((), generator=draw).item()):
        name, causes = f"the Huber loss with delta {delta:.3g}", _wrong_hubers(errors, delta)
        compare_with_gradient(name, own, nn.HuberLoss(delta=delta), y + errors, y, causes=causes)
    train_alongside(own, nn.HuberLoss(delta=delta), draw, y=2 * normal(draw, 24, 1))
    return f"Your loss is nn.HuberLoss, also over {NUM_STEPS} training steps on a problem drawn at random."


def _wrong_hubers(errors: torch.Tensor, delta: float) -> list[tuple[torch.Tensor, str]]:
    distance = errors.abs()
    near, inside, beyond = distance <= delta, errors**2 / 2, delta * (distance - delta / 2)
    right = torch.where(near, inside, beyond)
    of_errors = torch.where(errors <= delta, inside, beyond).mean()

    def mixed(near_part: torch.Tensor, far_part: torch.Tensor) -> torch.Tensor:
        return torch.where(near, near_part, far_part).mean()

    return [
        (right, "the mean over the batch is missing"),
        (right.sum(), "it is the sum over the batch: take the mean"),
        (mixed(errors**2, beyond), "near the target it is half the squared error"),
        (mixed(inside, delta * distance), "delta / 2 is not subtracted, so the two pieces do not meet at delta"),
        (mixed(inside, distance), "beyond delta it is delta × (distance − delta / 2), not the distance"),
        (mixed(inside, distance - delta / 2), "the factor delta is missing beyond delta"),
        (mixed(inside, delta * (distance - delta)), "subtract delta / 2, not delta"),
        (
            mixed(inside, delta * (errors - delta / 2)),
            "the distance is needed, not the error: an error below 0 counts as much as one above. Try .abs()",
        ),
        (of_errors, "the error is compared with delta where its distance from 0 should be: try .abs()"),
        (mixed(beyond, inside), "the two pieces are swapped: near the target belongs the squared one"),
        (F.huber_loss(errors, torch.zeros_like(errors)), "delta is not used: it is the third argument"),
        (errors.square().mean(), "this is the mean squared error"),
        (distance.mean(), "this is the mean absolute error"),
        (right.mean() / delta, "this is nn.SmoothL1Loss, which is divided by delta"),
    ]


@check
def check_cross_entropy(cross_entropy: Criterion) -> str:
    """Compare `cross_entropy(logits, y)` with PyTorch's: on plain logits, at ±1000, then over training steps."""
    draw, reference = fresh_generator(), nn.CrossEntropyLoss()
    y = torch.tensor([0, 2, 1, 2, 0, 1, 1])
    logits = 2 * normal(draw, len(y), 3)
    causes = _wrong_cross_entropies(logits, y)
    compare_with_gradient("the loss of seven samples", cross_entropy, reference, logits, y, causes=causes)
    for right_class in range(3):
        _compare_large(cross_entropy, [1000, 0, -1000], right_class)
    _compare_large(cross_entropy, [-1000, -1000, -1000], 0)
    train_alongside(cross_entropy, reference, draw, y=torch.randint(3, (24,), generator=draw))
    return f"Right at logits of ±1000, and nn.CrossEntropyLoss to 1e-6 over {NUM_STEPS} training steps."


def _wrong_cross_entropies(logits: torch.Tensor, y: torch.Tensor) -> list[tuple[torch.Tensor, str]]:
    log_p, rows = logits.log_softmax(1), torch.arange(len(y))
    each, p = -log_p[rows, y], log_p.exp()[rows, y]
    return [
        (each, "the mean over the batch is missing"),
        (each.sum(), "it is the sum over the batch: take the mean"),
        (-each.mean(), "the sign: the logarithm of a probability is negative, and the loss is minus it"),
        (each.mean() / 3, "the mean runs over samples and classes: divide by the number of samples alone"),
        (-logits[rows, y].mean(), "the logarithm of the sum of e^logit is missing"),
        (logits.logsumexp(1).mean(), "the logit of the right class is missing"),
        (-p.mean(), "it is the probability of the right class, without its logarithm"),
        (1 - p.mean(), "it is 1 − p; cross-entropy is −log p"),
        (-log_p.amax(1).mean(), "it takes the likeliest class: y says which one is right"),
        (-log_p.mean(), "it averages over all classes: only the right one, y, counts"),
        (-logits.log_softmax(0)[rows, y].mean(), "the softmax runs over the batch: the classes are dimension 1"),
        (F.cross_entropy(logits.softmax(1), y), "there are two softmaxes: F.cross_entropy has one of its own"),
        (-log_p[:, y].mean(), "log_p[:, y] takes every row for every target: index with both, [arange(n), y]"),
    ]


def _compare_large(cross_entropy: Criterion, shown: list[int], right_class: int) -> None:
    """Compare loss and gradient in float32, as a network computes."""
    of = f"of the logits {shown} for class {right_class}"
    logits, y = torch.tensor([shown]).float().requires_grad_(), torch.tensor([right_class])
    loss = checked_loss(f"the loss {of}", cross_entropy(logits, y))
    expected = F.cross_entropy(logits, y)
    if not loss.isfinite():
        raise NotYet(
            f"the loss {of}: expected {expected.item():.5g}, got {loss.item()}. The formula is right, but e^1000 is "
            "infinite and e^−1000 is 0 in float32. Subtract each row's largest logit first, and write log(e^z) as z, so "
            "that no logarithm of 0 is left."
        )
    cut = (
        "a small number added to the probability, or a clamp, keeps the logarithm finite, but the loss "
        "is wrong there and its gradient is lost"
    )
    compare(f"the loss {of}", loss, expected, causes=[(loss, cut)] if loss < 200 < expected else ())
    (gradient,), (right,) = (torch.autograd.grad(one, logits) for one in (loss, expected))
    compare(f"the gradient {of}", gradient, right)


@check
def check_weighted_cross_entropy(weighted_cross_entropy: WeightedLoss) -> str:
    """Compare `weighted_cross_entropy(logits, y, weights)` with PyTorch's, plainly and over training steps."""
    draw = fresh_generator()

    def own(logits: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return weighted_cross_entropy(logits, y, weights.clone())

    y = torch.tensor([0, 2, 1, 2, 0, 0])
    weights = torch.tensor([1.0, 5.0, 2.0], dtype=torch.float64)
    logits, reference = normal(draw, len(y), 3), nn.CrossEntropyLoss(weight=weights)
    causes = _wrong_weighted_losses(logits, y, weights)
    compare_with_gradient("the weighted loss of six samples", own, reference, logits, y, causes=causes)
    weights = 0.5 + 4 * torch.rand(3, generator=draw, dtype=torch.float64)
    y = torch.randint(3, (24,), generator=draw)
    train_alongside(own, nn.CrossEntropyLoss(weight=weights), draw, y=y)
    return f"Your loss is nn.CrossEntropyLoss(weight=weights), also over {NUM_STEPS} training steps."


def _wrong_weighted_losses(
    logits: torch.Tensor, y: torch.Tensor, weights: torch.Tensor
) -> list[tuple[torch.Tensor, str]]:
    each, of_samples = F.cross_entropy(logits, y, reduction="none"), weights[y]
    weighted, divided = of_samples * each, (each / of_samples).sum() / (1 / of_samples).sum()
    return [
        (each.mean(), "the weights are not used"),
        (
            weighted.mean(),
            "it is divided by the number of samples; a weighted mean is divided by the sum of their weights",
        ),
        (
            weighted.sum() / weights.sum(),
            "it is divided by the sum of the classes' weights; each sample brings the weight of its class",
        ),
        (weighted.sum(), "the sum is not divided by the sum of the samples' weights"),
        (weighted / of_samples.sum(), "the sum over the samples is missing"),
        (F.cross_entropy(logits * weights, y), "the weights multiply the logits; they belong to the losses"),
        (divided, "it is divided by the weights: a weight of 5 should count five times"),
    ]


@check
def check_own_loss(own_loss: Criterion) -> str:
    """Look whether a loss of the learner's own, `own_loss(logits, y)`, is one that a network can learn from."""
    draw = fresh_generator()
    y = torch.randint(3, (20,), generator=draw)
    logits = normal(draw, 20, 3).float().requires_grad_()
    loss = checked_loss("the loss of twenty samples", own_loss(logits, y))
    if not loss.isfinite():
        raise NotYet(f"The loss of twenty plain samples is {loss.item()}; it must be a finite number.")
    gradient = gradient_of("the loss of twenty samples", loss, logits)
    if not gradient.any():
        raise NotYet(
            "The gradient is 0 everywhere, so nothing would be learned: an argmax, a comparison or a rounding is flat. "
            "Use the logits or the probabilities themselves."
        )
    twice = own_loss(torch.cat([logits, logits]).detach(), torch.cat([y, y]))
    if not torch.isclose(torch.as_tensor(twice).float(), loss.float(), rtol=1e-3):
        raise NotYet(
            f"Each sample given twice, the loss changes from {loss.item():.4g} to {float(twice):.4g}: take the mean over "
            "the batch, or the steps grow with it."
        )
    others = [own_loss(logits.detach(), (y + shift) % 3) for shift in (1, 2)]  # one alone may be as large by chance
    if all(torch.isclose(torch.as_tensor(other).float(), loss.float(), rtol=1e-4) for other in others):
        raise NotYet("The loss stays the same when every target is another one: it does not look at y.")
    if torch.isclose(loss, F.cross_entropy(logits, y), rtol=1e-5):
        raise NotYet("This is cross-entropy as it stands. Change it: what should it charge for, and how much?")
    if gradient[torch.arange(20), y].sum() >= 0:
        raise NotYet(
            "Raising the logits of the right classes makes the loss larger, so training would lower them: turn the sign."
        )
    accuracy, rate = max((_accuracy_with(own_loss, rate), rate) for rate in (0.1, 1.0))
    if accuracy < GOOD_ACCURACY:
        raise NotYet(
            f"It is a loss, but not yet a good one: trained with it on the penguins, the network gets {percent(accuracy)} "
            f"of the validation penguins right. Reach {percent(GOOD_ACCURACY)}."
        )
    return (
        f"A loss of your own: with learning rate {rate:g} the network gets at least {percent(GOOD_ACCURACY)} of the "
        "validation penguins right."
    )


def _accuracy_with(own_loss: Criterion, learning_rate: float) -> float:
    penguins = load_dataset("penguins")
    with SeededRandomness(0):
        model = NeuralNetworkModel(2, [8, 8], 3)
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
    pair = (penguins.X_train, penguins.y_train)
    if train(model, pair, own_loss, optimizer, num_epochs=200, progress=False).diverged:
        return 0.0
    return (predict(model, penguins.X_validation) == penguins.y_validation).float().mean().item()
