"""The losses that lesson 07 compares, and the learner's own among them."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

from mlp_tutorial.plots.style import CLASS_COLOURS
from mlp_tutorial.training.checked_criterion import check_loss

#: `criterion(outputs, y)`: outputs and targets of the same shape in, the mean loss out.
Criterion = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]

#: The losses to choose from, with colour and line style.
LOSSES = {
    "MSE": (CLASS_COLOURS[0], "-"),
    "MAE": (CLASS_COLOURS[1], (0, (5, 1.5))),
    "Huber": (CLASS_COLOURS[2], (0, (5, 1.2, 1.2, 1.2))),
}
OWN_STYLE = (CLASS_COLOURS[9], (0, (1.5, 1)))


def criterion_named(name: str, delta: float) -> nn.Module:
    """Return PyTorch's loss with a name from `LOSSES`; from the error delta on, Huber's is a straight line.

    References
    ----------
    P. J. Huber, "Robust estimation of a location parameter", Annals of Mathematical Statistics 35, 1964.
    """
    return {"MSE": nn.MSELoss, "MAE": nn.L1Loss, "Huber": lambda: nn.HuberLoss(delta=delta)}[name]()


def one_number(loss: object) -> torch.Tensor:
    """Return what a loss has returned as a tensor of shape (), or say what is wrong with it."""
    check_loss(loss, needs_gradient=False)
    return loss.reshape(())


def gradient_of(loss: torch.Tensor, tensor: torch.Tensor) -> torch.Tensor:
    """Return a loss's gradient by autograd: 0 where it does not follow the tensor."""
    if not loss.requires_grad:
        return torch.zeros_like(tensor)
    return torch.autograd.grad(loss, tensor, allow_unused=True, materialize_grads=True)[0]


def own_name(criterion: Criterion) -> str:
    """Return what a learner's loss is called in a picture."""
    return f"your {getattr(criterion, '__name__', type(criterion).__name__)}"
