"""The criterion of a training run: its first call is checked, and what would fail or mislead is refused in a sentence."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch

from ..utils.wording import with_article
from .criteria import OF_LABELS, LossCall, WatchedLoss, is_linear, watched_loss

NO_SIGMOID = "Try nn.BCEWithLogitsLoss(), or a sigmoid at the end of the model."


def check_loss(loss: object, *, needs_gradient: bool = True) -> None:
    """Check what a loss returned; one of the learner's own may return anything."""
    if not isinstance(loss, torch.Tensor):
        hint = " Does it return its result?" if loss is None else ""
        if isinstance(loss, (int, float)):
            hint = " Leave .item() out: PyTorch has to go back through it."
        raise TypeError(f"A loss must return a tensor; it returned {with_article(type(loss).__name__)}.{hint}")
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


def checked_loss(
    outputs: torch.Tensor, targets: torch.Tensor, criterion: Callable, all_targets: torch.Tensor | None = None
) -> tuple[torch.Tensor, LossCall | None]:
    """Return a batch's loss, and the call of PyTorch's loss within it if there is one.

    Raises a `ValueError` in plain words where outputs and targets would fail, or silently mislead. What is checked is
    what reaches the loss: a criterion may convert targets by itself. `all_targets` are those of all batches.
    """
    shapes_differ = targets.is_floating_point() and outputs.shape != targets.shape
    watched = WatchedLoss(lambda call: _check_call(call, targets, all_targets))
    try:
        with watched:
            loss = criterion(outputs, targets)
    except RuntimeError:
        if watched.call is not None or not shapes_differ:
            raise
    if watched.call is None and shapes_differ:
        raise ValueError(_shapes_differ(outputs, targets))
    return loss, watched.call


class CheckedCriterion:
    """A criterion whose first call is checked, and which knows how much the latest batch counts in the mean: `weight`."""

    def __init__(self, criterion: Callable, all_targets: torch.Tensor | None = None) -> None:
        self.criterion, self.all_targets = criterion, all_targets
        self.weight, self._called, self._watches = 0.0, False, True

    def __call__(self, outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        if not self._watches:
            self.weight = len(targets)
            return self.criterion(outputs, targets)
        if self._called:
            loss, call = watched_loss(outputs, targets, self.criterion)
        else:
            loss, call = checked_loss(outputs, targets, self.criterion, self.all_targets)
            check_loss(loss)
            self._called, self._watches = True, call is not None and call.is_weighted(self.all_targets)
        self.weight = len(targets) if call is None else call.weight()
        return loss


def _check_call(call: LossCall, targets: torch.Tensor, all_targets: torch.Tensor | None) -> None:
    if all_targets is None or call.targets.shape != targets.shape or not torch.equal(call.targets, targets):
        all_targets = call.targets
    if call.name in ("CrossEntropyLoss", "NLLLoss"):
        _check_classification(call, all_targets)
    else:
        _check_values(call, all_targets)


def _check_classification(call: LossCall, all_targets: torch.Tensor) -> None:
    outputs, targets = call.outputs, call.targets
    name = "Cross-entropy" if call.name == "CrossEntropyLoss" else call.name
    if outputs.ndim < 2:
        raise ValueError(
            f"{name} expects outputs of shape (samples, classes); they have shape {tuple(outputs.shape)}. "
            "For one output a sample, try nn.BCEWithLogitsLoss()."
        )
    num_classes = outputs.shape[1]
    if num_classes == 1:
        raise ValueError(
            f"{name} with one output learns nothing: its only class always has probability 1. "
            "Try two outputs, or nn.BCEWithLogitsLoss() with y.float() of the outputs' shape."
        )
    if not (call.name == "CrossEntropyLoss" and targets.is_floating_point() and targets.shape == outputs.shape):
        _check_class_numbers(name, call, all_targets)
    elif targets.dtype != outputs.dtype:
        raise ValueError(
            f"{name} expects probabilities of dtype {outputs.dtype}; they are {targets.dtype}. Try y.to({outputs.dtype})."
        )
    weights = call.options.get("weight")
    if weights is not None and (weights.shape != (num_classes,) or weights.dtype != outputs.dtype):
        raise ValueError(
            f"{name} expects one weight a class, shape ({num_classes},) and dtype {outputs.dtype}; the weights have shape "
            f"{tuple(weights.shape)} and dtype {weights.dtype}."
        )
    if call.name == "NLLLoss":
        _check_log_probabilities(call)


def _check_class_numbers(name: str, call: LossCall, all_targets: torch.Tensor) -> None:
    outputs, targets = call.outputs, call.targets
    if targets.dtype not in (torch.int64, torch.uint8):
        raise ValueError(
            f"{name} expects class numbers as targets, dtype torch.int64; they are {targets.dtype}. Try y.long()."
        )
    expected = (outputs.shape[0], *outputs.shape[2:])
    if targets.shape != expected:
        instead = "y.squeeze(1)" if targets.shape[1:] == (1,) else "y.argmax(1)"
        raise ValueError(
            f"{name} expects one class number a sample, shape {expected}; the targets have shape "
            f"{tuple(targets.shape)}. Try {instead}."
        )
    all_targets = all_targets[call._replace(targets=all_targets).kept()]
    if not len(all_targets):
        raise ValueError(
            f"{name} has nothing to learn from: every target is {call.options['ignore_index']}, ignore_index."
        )
    lowest, highest = (int(bound) for bound in all_targets.aminmax())
    if not 0 <= lowest <= highest < outputs.shape[1]:
        raise ValueError(
            f"The model has {outputs.shape[1]} outputs, so the classes must be 0 to {outputs.shape[1] - 1}; "
            f"the targets go from {lowest} to {highest}."
        )


def _check_values(call: LossCall, all_targets: torch.Tensor) -> None:
    name, outputs, targets, _ = call
    # Some of these losses convert float32 and float64 by themselves.
    same_dtype = targets.dtype == outputs.dtype or name not in ("BCELoss", "HuberLoss")
    if not targets.is_floating_point() or not same_dtype:
        instead = "y.float()" if outputs.dtype == torch.float32 else f"y.to({outputs.dtype})"
        raise ValueError(f"{name} expects targets of dtype {outputs.dtype}; they are {targets.dtype}. Try {instead}.")
    if outputs.shape != targets.shape:
        raise ValueError(_shapes_differ(outputs, targets))
    if name == "KLDivLoss":
        _check_log_probabilities(call)
    if name not in OF_LABELS:
        return
    lowest, highest = (float(bound) for bound in all_targets.aminmax())
    if not (0 <= lowest <= highest <= 1 or math.isnan(lowest)):
        raise ValueError(f"{name} expects targets from 0 to 1; they go from {lowest:g} to {highest:g}.")
    # A linear layer may answer with 0.3 today and with -2 after a step.
    values = outputs.detach()
    if name == "BCELoss" and (is_linear(outputs) or (values < 0).any() or (values > 1).any()):
        raise ValueError(
            f"BCELoss expects probabilities from 0 to 1; the outputs go from {values.min():.3g} to {values.max():.3g} and "
            f"have passed no sigmoid. {NO_SIGMOID}"
        )


def _check_log_probabilities(call: LossCall) -> None:
    """Check that the outputs' exponentials sum to 1 for each sample."""
    if ((call.outputs.detach().exp().sum(1) - 1).abs() > 0.01).any():
        raise ValueError(
            f"{call.name} expects log-probabilities, whose exponentials sum to 1 for each sample; the outputs are none. "
            "Try nn.CrossEntropyLoss(), or log_softmax(1) at the end of the model."
        )


def _shapes_differ(outputs: torch.Tensor, targets: torch.Tensor) -> str:
    return (
        f"The outputs have shape {tuple(outputs.shape)}, the targets {tuple(targets.shape)}: a loss would broadcast "
        f"them into pairs that do not belong together. Give both the same shape, for example with y.unsqueeze(1)."
    )
