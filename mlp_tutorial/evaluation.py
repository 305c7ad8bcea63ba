"""Measuring a model: `evaluate` for its loss and metric, `predict` for its answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import torch
from torch import nn

from .batches import Batches, Data, LoaderBatches, as_batches


class Evaluation(NamedTuple):
    """A model's loss and metric on some data.

    Attributes
    ----------
    loss : float
        The mean loss over all samples.
    metric : float
        Accuracy (a share between 0 and 1) or R² (at most 1).
    metric_name : str
        "accuracy" or "R²".
    """

    loss: float
    metric: float
    metric_name: str


def evaluate(
    model: nn.Module,
    data: Data,
    criterion: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
    *,
    part: str = "validation",
) -> Evaluation:
    """Measure a model in `eval()` mode and without gradients; the model is left as it was.

    Parameters
    ----------
    model : nn.Module
        The model.
    data : Dataset, pair (X, y) of tensors, or DataLoader
        What to measure on.
    criterion : callable
        The loss, returning the mean over a batch.
    part : {"train", "validation", "test"}, default "validation"
        Which part of a `Dataset`. Touch the test part once, at the end.

    Returns
    -------
    Evaluation
        The mean loss over all samples, and accuracy (class targets) or R² (values; the mean over several outputs).

    Examples
    --------
    >>> X = torch.tensor([[1.0], [2.0]])
    >>> evaluate(nn.Identity(), (X, X), nn.MSELoss())
    Evaluation(loss=0.0, metric=1.0, metric_name='R²')
    """
    batches = as_batches(data, part=part)
    with modes_restored(model):
        model.eval()
        return measure(model, batches, criterion)


def measure(model: nn.Module, batches: Batches | LoaderBatches, criterion: Callable) -> Evaluation:
    """Measure a model, in the mode it is in, over batches. `evaluate` is this with its checks."""
    outputs, targets, total_loss = [], [], 0.0
    with torch.no_grad():
        for batch_inputs, batch_targets in batches.whole():
            batch_outputs = model(batch_inputs)
            total_loss += criterion(batch_outputs, batch_targets).item() * len(batch_targets)
            outputs.append(batch_outputs)
            targets.append(batch_targets)
        output = outputs[0] if len(outputs) == 1 else torch.cat(outputs)
        target = targets[0] if len(targets) == 1 else torch.cat(targets)
        return Evaluation(total_loss / len(target), *_metric(output, target, criterion))


def predict(
    model: nn.Module, X: torch.Tensor, *, task: str = "classification", probabilities: bool = False
) -> torch.Tensor:
    """Return a model's answers for samples, in `eval()` mode and without gradients; the model is left as it was.

    Parameters
    ----------
    model : nn.Module
        The model; for classification its outputs are logits.
    X : Tensor of shape (samples, features)
        The samples, standardised as the training data were.
    task : {"classification", "regression"}, default "classification"
        What the outputs are.
    probabilities : bool, default False
        For classification: return probabilities in place of classes.

    Returns
    -------
    Tensor
        Classification: class numbers, int64 of shape (samples,), or probabilities of shape (samples, classes); of
        a model with a single logit the second class's, shape (samples, 1). Regression: the outputs, shape
        (samples, outputs).

    Examples
    --------
    >>> predict(nn.Identity(), torch.tensor([[0.1, 0.9], [2.0, -1.0]]))
    tensor([1, 0])
    """
    if task not in ("classification", "regression"):
        raise ValueError(f"task must be 'classification' or 'regression'; it is {task!r}.")
    if probabilities and task == "regression":
        raise ValueError("A regression has values, no probabilities: leave probabilities out.")
    with modes_restored(model), torch.no_grad():
        model.eval()
        outputs = model(X)  # (samples, outputs)
    if task == "regression":
        return outputs
    if probabilities:
        return outputs.softmax(1) if outputs.shape[1] > 1 else outputs.sigmoid()
    return _classes(outputs)


@contextmanager
def modes_restored(model: nn.Module) -> Iterator[None]:
    """Give every part of a model its own train or eval mode back after the block."""
    modes = [(module, module.training) for module in model.modules()]
    try:
        yield
    finally:
        for module, training in modes:
            module.training = training


def _classes(outputs: torch.Tensor) -> torch.Tensor:
    return outputs.argmax(1) if outputs.shape[1] > 1 else (outputs[:, 0] > 0).long()


def _metric(outputs: torch.Tensor, targets: torch.Tensor, criterion: Callable) -> tuple[float, str]:
    if not targets.is_floating_point():
        return (_classes(outputs) == targets).float().mean().item(), "accuracy"
    if isinstance(criterion, nn.BCEWithLogitsLoss):
        return ((outputs > 0) == (targets > 0.5)).float().mean().item(), "accuracy"
    if isinstance(criterion, nn.CrossEntropyLoss):  # targets are probabilities
        return (outputs.argmax(1) == targets.argmax(1)).float().mean().item(), "accuracy"
    residual = (outputs - targets).square().sum(0)
    spread = (targets - targets.mean(0)).square().sum(0)
    return (1 - residual / spread).mean().item(), "R²"


def check_targets(outputs: torch.Tensor, targets: torch.Tensor, criterion: Callable) -> None:
    """Raise a `ValueError` in plain words where outputs and targets would fail, or silently broadcast, in a loss."""
    if isinstance(criterion, nn.CrossEntropyLoss) and targets.ndim < outputs.ndim:
        if targets.is_floating_point():
            raise ValueError(
                f"Cross-entropy expects class numbers as targets, dtype torch.int64; they are {targets.dtype}. "
                "Try y.long()."
            )
        if targets.numel() and not 0 <= int(targets.min()) <= int(targets.max()) < outputs.shape[1]:
            raise ValueError(
                f"The model has {outputs.shape[1]} outputs, so the classes must be 0 to {outputs.shape[1] - 1}; "
                f"the targets go from {int(targets.min())} to {int(targets.max())}."
            )
    elif targets.is_floating_point() and outputs.shape != targets.shape:
        raise ValueError(
            f"The outputs have shape {tuple(outputs.shape)}, the targets {tuple(targets.shape)}: a loss would broadcast "
            f"them into pairs that do not belong together. Give both the same shape, for example with y.unsqueeze(1)."
        )
