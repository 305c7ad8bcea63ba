"""What training refuses, and why a loss was lost, each in a sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import torch
from torch import nn

from .batches import Pair
from .history import History


def check_model(model: nn.Module) -> None:
    """Check that the model is a module, and not a class."""
    if isinstance(model, type):
        raise TypeError(f"model must be an instance; it is the class {model.__name__}. Try {model.__name__}(...).")
    if not isinstance(model, nn.Module):
        raise TypeError(f"model must be an nn.Module; it is a {type(model).__name__}.")


def check_criterion(criterion: Callable) -> None:
    """Check that the criterion can be called, and returns a mean where it says what it returns."""
    if isinstance(criterion, type):
        name = criterion.__name__
        raise TypeError(f"criterion must be an instance; it is the class {name}. Try {name}().")
    if not callable(criterion):
        raise TypeError(
            f"criterion must be a function of outputs and targets, such as nn.CrossEntropyLoss(); it is {criterion!r}."
        )
    if getattr(criterion, "reduction", "mean") != "mean":
        raise ValueError(
            f"The criterion must return the mean over a batch; its reduction is {criterion.reduction!r}. "
            f"Try {type(criterion).__name__}()."
        )


def check_loss(loss: object, *, needs_gradient: bool = True) -> None:
    """Check what a loss returned; one of the learner's own may return anything."""
    if not isinstance(loss, torch.Tensor):
        hint = "Does it return its result?" if loss is None else "Leave .item() out: PyTorch has to go back through it."
        raise TypeError(f"A loss must return a tensor; it returned a {type(loss).__name__}. {hint}")
    if loss.numel() != 1:
        raise ValueError(
            f"A loss must return one number, the mean over the batch; it returned shape {tuple(loss.shape)}. "
            "Try .mean() at its end."
        )
    if needs_gradient and not loss.requires_grad:
        raise ValueError(
            "The loss has no gradient: compute it from the outputs with torch's own functions, without "
            ".item(), .detach() or NumPy."
        )


def check_optimizer(model: nn.Module, optimizer: torch.optim.Optimizer) -> None:
    """Check that the optimizer steps once a batch, and holds parameters of this model."""
    if not isinstance(optimizer, torch.optim.Optimizer):
        raise TypeError(
            f"optimizer must be a torch.optim optimizer, such as torch.optim.SGD(model.parameters(), lr=0.1); "
            f"it is a {getattr(optimizer, '__name__', None) or type(optimizer).__name__}."
        )
    if isinstance(optimizer, torch.optim.LBFGS):
        raise TypeError("LBFGS evaluates the loss several times a step and needs a loop of its own; try SGD or Adam.")
    held = {id(parameter) for group in optimizer.param_groups for parameter in group["params"]}
    if held.isdisjoint(id(parameter) for parameter in model.parameters() if parameter.requires_grad):
        raise ValueError(
            "The optimizer holds none of this model's trainable parameters, so nothing would be learned. "
            "Make it from the model: torch.optim.SGD(model.parameters(), lr=0.1)."
        )


def check_scheduler(scheduler: object, optimizer: torch.optim.Optimizer) -> None:
    """Check that a scheduler, if there is one, was made for this optimizer."""
    if scheduler is not None and (isinstance(scheduler, type) or not hasattr(scheduler, "step")):
        raise TypeError(
            "scheduler must be made for this optimizer, such as torch.optim.lr_scheduler.StepLR(optimizer, 30); "
            f"it is {scheduler!r}."
        )
    if getattr(scheduler, "optimizer", optimizer) is not optimizer:
        raise ValueError("The scheduler was made for another optimizer, so it would change nothing here.")


def why_not_finite(
    history: History, batches: Iterable[Pair], model: nn.Module, optimizer: torch.optim.Optimizer, untrained: bool
) -> str:
    """Return the end of the sentence that says why a loss is not finite."""
    for inputs, targets in batches:
        for name, tensor in (("inputs", inputs), ("targets", targets)):
            if tensor.is_floating_point() and (count := int((~tensor.isfinite()).sum())):
                return f" because the {name} hold {count} values that are NaN or infinite. Clean the data first."
    largest = torch.stack([parameter.detach().abs().max() for parameter in model.parameters()]).max().item()
    if untrained and not largest < 1e6:  # NaN is not less either
        return f" because the model's weights are lost already, up to {largest:.3g}. Make model and optimizer anew."
    if untrained:
        return " before the first step. Are inputs and targets standardised, and is the criterion right for them?"
    last = f" (the training loss of epoch {len(history)} was {history.training_loss[-1]:.3g})" if len(history) else ""
    rate = optimizer.param_groups[0]["lr"]
    return f"{last}: the weights have grown too large. Try a learning rate smaller than {float(rate):g}."
