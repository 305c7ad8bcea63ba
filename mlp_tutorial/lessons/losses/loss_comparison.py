"""How the checks of lesson 07 compare a learner's loss with PyTorch's: value, gradient, and fifty training steps."""

from __future__ import annotations

import copy

import torch
from torch import nn

from mlp_tutorial.lessons.losses.own_loss import Criterion
from mlp_tutorial.lessons.shared.checks import NotYet, compare
from mlp_tutorial.training.arguments import check_loss
from mlp_tutorial.utils.randomness import SeededRandomness

#: Training steps over which a learner's loss must agree with PyTorch's, and the difference allowed.
NUM_STEPS, TOLERANCE = 50, 1e-6


def normal(generator: torch.Generator, *shape: int) -> torch.Tensor:
    """Draw in double precision, where the same loss written another way agrees to far more than 1e-6."""
    return torch.randn(shape, generator=generator, dtype=torch.float64)


def checked_loss(name: str, loss: object) -> torch.Tensor:
    """Return a learner's loss if it is one number, as a tensor; raise `NotYet` with the reason where it is not."""
    try:
        check_loss(loss, needs_gradient=False)
    except (TypeError, ValueError) as error:
        raise NotYet(f"{name}: {error}") from None
    return loss


def gradient_of(name: str, loss: torch.Tensor, outputs: torch.Tensor) -> torch.Tensor:
    """Return the gradient of a loss by its outputs; raise `NotYet` where none comes back."""
    gradient = None
    if loss.requires_grad:
        (gradient,) = torch.autograd.grad(loss, outputs, allow_unused=True)
    if gradient is None:
        raise NotYet(
            f"{name}: no gradient comes back to the outputs, so nothing could be learned. Something cuts the graph: "
            "argmax, a comparison, .item(), .detach(), torch.tensor(...) or no_grad()."
        )
    return gradient


def compare_with_gradient(
    name: str,
    own: Criterion,
    reference: nn.Module,
    outputs: torch.Tensor,
    y: torch.Tensor,
    *,
    causes: list[tuple[torch.Tensor, str]],
) -> None:
    """Compare the values of two losses, then their gradients."""
    outputs = outputs.clone().requires_grad_()
    answer, expected = own(outputs, y.clone()), reference(outputs, y)
    compare(name, answer, expected, tolerance=TOLERANCE, causes=causes)
    (right,) = torch.autograd.grad(expected, outputs)
    gradient = gradient_of(f"the gradient of {name}", checked_loss(name, answer), outputs)
    compare(f"the gradient of {name}", gradient, right, tolerance=TOLERANCE)


def train_alongside(own: Criterion, reference: nn.Module, draw: torch.Generator, *, y: torch.Tensor) -> None:
    """Train two copies of a small network, one with each loss, and compare losses and parameters at every step."""
    X = normal(draw, len(y), 2)
    with SeededRandomness(int(torch.randint(10**6, (), generator=draw))):
        num_outputs = 1 if y.is_floating_point() else 3
        model = nn.Sequential(nn.Linear(2, 5), nn.Tanh(), nn.Linear(5, num_outputs)).double()
    models = model, copy.deepcopy(model)
    optimizers = [torch.optim.SGD(one.parameters(), lr=0.3) for one in models]
    for step in range(1, NUM_STEPS + 1):
        losses = [criterion(one(X), y) for one, criterion in zip(models, (own, reference), strict=True)]
        compare(f"the loss in training step {step} of {NUM_STEPS}", *losses, tolerance=TOLERANCE)
        for loss, optimizer in zip(losses, optimizers, strict=True):
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        weights = [nn.utils.parameters_to_vector(one.parameters()) for one in models]
        compare(f"the weights after training step {step} of {NUM_STEPS}", *weights, tolerance=TOLERANCE)
