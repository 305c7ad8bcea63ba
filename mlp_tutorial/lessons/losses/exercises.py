"""What lesson 07 imports: its explorers, its plot, and the checks of its exercises."""

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

#: Validation accuracy that a network trained with a loss of the learner's own has to reach on the penguins.
GOOD_ACCURACY = 0.9


# Exercise 1: the Huber loss ------------------------------------------------------------------------------------


@check
def check_huber(huber: Callable[..., torch.Tensor]) -> str:
    """Compare `huber(outputs, y, delta)` with PyTorch's: on plain errors, then over training steps."""
    draw = fresh_generator()
    errors = torch.tensor([[-3.0], [-0.5], [0.0], [0.4], [2.0], [5.0]], dtype=torch.float64)
    y = normal(draw, 6, 1)
    for delta in (1.5, 0.5 + torch.rand((), generator=draw).item()):
        outputs = (y + errors).requires_grad_()
        compare_with_gradient(
            f"the Huber loss with delta {delta:.3g}",
            lambda outputs, delta=delta: huber(outputs, y.clone(), delta),
            outputs,
            lambda outputs, delta=delta: F.huber_loss(outputs, y, delta=delta),
            causes=_wrong_hubers(errors, delta),
        )
    delta = 0.3 + torch.rand((), generator=draw).item()
    train_alongside(
        lambda outputs, y: huber(outputs, y, delta), nn.HuberLoss(delta=delta), draw, y=2 * normal(draw, 24, 1)
    )
    return f"Your loss is nn.HuberLoss, also over {NUM_STEPS} training steps on a problem drawn at random."


def _wrong_hubers(errors: torch.Tensor, delta: float) -> list[tuple[torch.Tensor, str]]:
    distance = errors.abs()
    near, inside, beyond = distance <= delta, errors**2 / 2, delta * (distance - delta / 2)
    right = torch.where(near, inside, beyond)

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
        (
            torch.where(errors <= delta, inside, beyond).mean(),
            "the error is compared with delta where its distance from 0 should be: try .abs()",
        ),
        (mixed(beyond, inside), "the two pieces are swapped: near the target belongs the squared one"),
        (F.huber_loss(errors, torch.zeros_like(errors)), "delta is not used: it is the third argument"),
        (errors.square().mean(), "this is the mean squared error"),
        (distance.mean(), "this is the mean absolute error"),
        (right.mean() / delta, "this is nn.SmoothL1Loss, which is divided by delta"),
    ]


# Exercise 2: cross-entropy from logits -------------------------------------------------------------------------


@check
def check_cross_entropy(cross_entropy: Criterion) -> str:
    """Compare `cross_entropy(logits, y)` with PyTorch's: on plain logits, at ±1000, then over training steps."""
    draw = fresh_generator()
    y = torch.tensor([0, 2, 1, 2, 0, 1, 1])
    logits = (2 * normal(draw, len(y), 3)).requires_grad_()
    compare_with_gradient(
        "the loss of seven samples",
        lambda logits: cross_entropy(logits, y.clone()),
        logits,
        lambda logits: F.cross_entropy(logits, y),
        causes=_wrong_cross_entropies(logits.detach(), y),
    )
    # In float32, as a network computes.
    large = torch.tensor([[1000.0, 0.0, -1000.0], [-1000.0, -1000.0, -1000.0]])
    for row, right_class in ((0, 0), (0, 1), (0, 2), (1, 0)):
        _compare_large(cross_entropy, large[row : row + 1], torch.tensor([right_class]))
    train_alongside(cross_entropy, nn.CrossEntropyLoss(), draw, y=torch.randint(3, (24,), generator=draw))
    return f"Right at logits of ±1000, and nn.CrossEntropyLoss to 1e-6 over {NUM_STEPS} training steps."


def _wrong_cross_entropies(logits: torch.Tensor, y: torch.Tensor) -> list[tuple[torch.Tensor, str]]:
    log_p, rows = logits.log_softmax(1), torch.arange(len(y))
    each = -log_p[rows, y]
    return [
        (each, "the mean over the batch is missing"),
        (each.sum(), "it is the sum over the batch: take the mean"),
        (-each.mean(), "the sign: the logarithm of a probability is negative, and the loss is minus it"),
        (
            each.mean() / logits.shape[1],
            "the mean runs over samples and classes: divide by the number of samples alone",
        ),
        (-logits[rows, y].mean(), "the logarithm of the sum of e^logit is missing"),
        (logits.logsumexp(1).mean(), "the logit of the right class is missing"),
        (-log_p.exp()[rows, y].mean(), "it is the probability of the right class, without its logarithm"),
        (1 - log_p.exp()[rows, y].mean(), "it is 1 − p; cross-entropy is −log p"),
        (-log_p.amax(1).mean(), "it takes the likeliest class: y says which one is right"),
        (-log_p.mean(), "it averages over all classes: only the right one, y, counts"),
        (-logits.log_softmax(0)[rows, y].mean(), "the softmax runs over the batch: the classes are dimension 1"),
        (F.cross_entropy(logits.softmax(1), y), "there are two softmaxes: F.cross_entropy has one of its own"),
        (-log_p[:, y].mean(), "log_p[:, y] takes every row for every target: index with both, [arange(n), y]"),
    ]


def _compare_large(cross_entropy: Criterion, logits: torch.Tensor, y: torch.Tensor) -> None:
    shown, right_class = [int(logit) for logit in logits[0]], int(y)
    name = f"the loss of the logits {shown} for class {right_class}"
    logits = logits.clone().requires_grad_()
    loss = checked_loss(name, cross_entropy(logits, y))
    expected = F.cross_entropy(logits, y)
    if not loss.isfinite():
        raise NotYet(
            f"{name}: expected {expected.item():.5g}, got {loss.item()}. The formula is right, but e^1000 is infinite "
            "and e^−1000 is 0 in float32. Subtract each row's largest logit first, and write log(e^z) as z, so that no "
            "logarithm of 0 is left."
        )
    hidden = loss < 200 < expected
    cut = (
        "a small number added to the probability, or a clamp, keeps the logarithm finite, but the loss "
        "is wrong there and its gradient is lost"
    )
    compare(name, loss, expected, causes=[(loss, cut)] if hidden else ())
    (gradient,) = torch.autograd.grad(loss, logits)
    (right,) = torch.autograd.grad(expected, logits)
    compare(f"the gradient of the logits {shown} for class {right_class}", gradient, right)


# Exercise 3: a weighted loss for a rare class ------------------------------------------------------------------


@check
def check_weighted_cross_entropy(weighted_cross_entropy: WeightedLoss) -> str:
    """Compare `weighted_cross_entropy(logits, y, weights)` with PyTorch's, plainly and over training steps."""
    draw = fresh_generator()
    y = torch.tensor([0, 2, 1, 2, 0, 0])
    weights = torch.tensor([1.0, 5.0, 2.0], dtype=torch.float64)
    logits = normal(draw, len(y), 3).requires_grad_()
    plain, each = logits.detach(), F.cross_entropy(logits.detach(), y, reduction="none")
    of_samples = weights[y]
    compare_with_gradient(
        "the weighted loss of six samples",
        lambda logits: weighted_cross_entropy(logits, y.clone(), weights.clone()),
        logits,
        lambda logits: F.cross_entropy(logits, y, weight=weights),
        causes=[
            (each.mean(), "the weights are not used"),
            (
                (of_samples * each).mean(),
                "it is divided by the number of samples; a weighted mean is divided by the sum of their weights",
            ),
            (
                (of_samples * each).sum() / weights.sum(),
                "it is divided by the sum of the classes' weights; each sample brings the weight of its class",
            ),
            ((of_samples * each).sum(), "the sum is not divided by the sum of the samples' weights"),
            (of_samples * each / of_samples.sum(), "the sum over the samples is missing"),
            (F.cross_entropy(plain * weights, y), "the weights multiply the logits; they belong to the losses"),
            (
                (each / of_samples).sum() / (1 / of_samples).sum(),
                "it is divided by the weights: a weight of 5 should count five times",
            ),
        ],
    )
    weights = 0.5 + 4 * torch.rand(3, generator=draw, dtype=torch.float64)
    train_alongside(
        lambda logits, y: weighted_cross_entropy(logits, y, weights),
        nn.CrossEntropyLoss(weight=weights),
        draw,
        y=torch.randint(3, (24,), generator=draw),
    )
    return f"Your loss is nn.CrossEntropyLoss(weight=weights), also over {NUM_STEPS} training steps."


# Exercise 4: a loss of your own --------------------------------------------------------------------------------


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
    pull = gradient[torch.arange(20), y].sum()
    if pull >= 0:
        raise NotYet(
            "Raising the logits of the right classes makes the loss larger, so training would lower them: turn the sign."
        )
    accuracy, rate = max((_accuracy_with(own_loss, rate), rate) for rate in (0.1, 1.0))
    if accuracy < GOOD_ACCURACY:
        raise NotYet(
            f"It is a loss, but not yet a good one: trained with it on the penguins, the network gets {accuracy:.0%} of the "
            f"validation penguins right. Reach {GOOD_ACCURACY:.0%}."
        )
    return (
        f"A loss of your own: with learning rate {rate:g} the network gets at least {GOOD_ACCURACY:.0%} of the validation "
        "penguins right."
    )


def _accuracy_with(own_loss: Criterion, learning_rate: float) -> float:
    penguins = load_dataset("penguins")
    with SeededRandomness(0):
        model = NeuralNetworkModel(2, [8, 8], 3)
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
    pair = (penguins.X_train, penguins.y_train)
    history = train(model, pair, own_loss, optimizer, num_epochs=200, progress=False)
    if history.diverged:
        return 0.0
    return (predict(model, penguins.X_validation) == penguins.y_validation).float().mean().item()
