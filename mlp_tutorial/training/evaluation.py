"""Measuring a model: `evaluate` for its loss and metric, `predict` for its answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import torch
from torch import nn

from .arguments import check_loss
from .batches import Batches, Data, LoaderBatches, as_batches

#: A loss above this share of `baseline_loss` is no better than a constant answer.
NOTHING_LEARNED = 0.9


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
        The mean loss over all samples, and accuracy (class targets; with a binary cross-entropy over every single
        output) or R² (values; the mean over several outputs).

    Raises
    ------
    TypeError, ValueError
        If the data, or the targets for this criterion, are not what is needed; the message says what came.

    Examples
    --------
    >>> X = torch.tensor([[1.0], [2.0]])
    >>> evaluate(nn.Identity(), (X, X), nn.MSELoss())
    Evaluation(loss=0.0, metric=1.0, metric_name='R²')
    """
    batches = as_batches(data, part=part)
    with modes_restored(model):
        model.eval()
        return measure(model, batches, criterion, check=True)


def measure(
    model: nn.Module, batches: Batches | LoaderBatches, criterion: Callable, *, check: bool = False
) -> Evaluation:
    """Measure a model in the mode it is in, without gradients.

    Parameters
    ----------
    model : nn.Module
        The model, in eval mode.
    batches : Batches or LoaderBatches
        What to measure on, as `as_batches` returns it.
    criterion : callable
        The loss, returning the mean over a batch.
    check : bool, default False
        Look at the targets first, as `check_targets` does.

    Returns
    -------
    Evaluation
        As `evaluate` returns it.
    """
    outputs, targets, total_loss = [], [], 0.0
    with torch.no_grad():
        for batch_inputs, batch_targets in batches.whole():
            batch_outputs = model(batch_inputs)
            if check:
                check_targets(batch_outputs, batch_targets, criterion)
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

    Raises
    ------
    ValueError
        If the task is unknown, has no probabilities, or X is a single sample in place of a batch.

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
    if outputs.ndim < 2:
        raise ValueError(
            f"predict expects a batch of samples, shape (samples, features); X has shape {tuple(X.shape)}. "
            "Try X.unsqueeze(0)."
        )
    if probabilities:
        return outputs.softmax(1) if outputs.shape[1] > 1 else outputs.sigmoid()
    return _classes(outputs)


def baseline_loss(outputs: torch.Tensor, targets: torch.Tensor, criterion: Callable) -> float:
    """Return the loss of the best answer that is the same for all samples: the class shares, or the mean.

    Parameters
    ----------
    outputs : Tensor of shape (samples, outputs)
        Outputs of a model; only their shape counts.
    targets : Tensor
        The targets.
    criterion : callable
        The loss, returning the mean over a batch.

    Returns
    -------
    float
        What a model that does not look at its inputs can reach.

    See Also
    --------
    sklearn.dummy.DummyClassifier, sklearn.dummy.DummyRegressor : Models that give such an answer.

    Examples
    --------
    >>> baseline_loss(torch.zeros(4, 1), torch.tensor([[0.0], [0.0], [2.0], [2.0]]), nn.MSELoss())
    1.0
    """
    if not targets.is_floating_point():
        answer = (torch.bincount(targets, minlength=outputs.shape[1]) / len(targets)).log().clamp(min=-100)
    elif isinstance(criterion, nn.CrossEntropyLoss):
        answer = targets.mean(0).log().clamp(min=-100)
    else:
        answer = targets.mean(0).logit(1e-6) if isinstance(criterion, nn.BCEWithLogitsLoss) else targets.mean(0)
    return criterion(answer.expand_as(outputs), targets).item()


@contextmanager
def modes_restored(model: nn.Module) -> Iterator[None]:
    """Give every part of a model its own train or eval mode back after the block."""
    modes = [(module, module.training) for module in model.modules()]
    try:
        yield
    finally:
        set_modes(modes)


def training_modes(model: nn.Module) -> list[tuple[nn.Module, bool]]:
    """Return every part of a model, and whether it trains: not if it is in eval mode inside a model in train mode."""
    return [(module, module.training or not model.training) for module in model.modules()]


def set_modes(modes: list[tuple[nn.Module, bool]]) -> None:
    """Put parts of a model into train mode (True) or eval mode (False)."""
    for module, training in modes:
        module.training = training


def _classes(outputs: torch.Tensor) -> torch.Tensor:
    return outputs.argmax(1) if outputs.shape[1] > 1 else (outputs[:, 0] > 0).long()


def _metric(outputs: torch.Tensor, targets: torch.Tensor, criterion: Callable) -> tuple[float, str]:
    if not targets.is_floating_point():
        return (_classes(outputs) == targets).float().mean().item(), "accuracy"
    if isinstance(criterion, (nn.BCEWithLogitsLoss, nn.BCELoss)):
        threshold = 0 if isinstance(criterion, nn.BCEWithLogitsLoss) else 0.5
        return ((outputs > threshold) == (targets > 0.5)).float().mean().item(), "accuracy"
    if isinstance(criterion, nn.CrossEntropyLoss):  # targets are probabilities
        return (outputs.argmax(1) == targets.argmax(1)).float().mean().item(), "accuracy"
    residual = (outputs - targets).square().sum(0)
    spread = (targets - targets.mean(0)).square().sum(0)
    # Where the targets do not vary, R² is 1 for a perfect fit and else 0, as scikit-learn has it.
    r_squared = torch.where(spread > 0, 1 - residual / spread, (residual == 0).to(residual))
    return r_squared.mean().item(), "R²"


#: Losses that compare each output with a target of its own.
_LOSSES_OF_VALUES = (
    nn.MSELoss, nn.L1Loss, nn.SmoothL1Loss, nn.HuberLoss, nn.BCEWithLogitsLoss, nn.BCELoss,
)  # fmt: skip


def check_targets(
    outputs: torch.Tensor, targets: torch.Tensor, criterion: Callable, all_targets: torch.Tensor | None = None
) -> None:
    """Refuse, in plain words, outputs and targets that would fail, or silently broadcast, in a loss.

    Parameters
    ----------
    outputs : Tensor of shape (batch, outputs)
        What the model returned for a batch.
    targets : Tensor
        The batch's targets: class numbers, int64 of shape (batch,), or values of the shape of `outputs`.
    criterion : callable
        The loss. Those of `torch.nn` are known; of any other only the shapes of values are checked.
    all_targets : Tensor, optional
        The targets of all batches, of which a class number may be too high; by default `targets`.

    Raises
    ------
    ValueError
        If dtype, shape or class numbers are wrong; the message says what to try.
    """
    probabilities = targets.is_floating_point() and targets.shape == outputs.shape
    if isinstance(criterion, nn.CrossEntropyLoss) and not probabilities:
        _check_class_numbers(outputs, targets, targets if all_targets is None else all_targets)
    elif isinstance(criterion, _LOSSES_OF_VALUES) and not targets.is_floating_point():
        raise ValueError(
            f"{type(criterion).__name__} expects targets of dtype {outputs.dtype}; they are {targets.dtype}. "
            "Try y.float()."
        )
    elif targets.is_floating_point() and outputs.shape != targets.shape:
        raise ValueError(
            f"The outputs have shape {tuple(outputs.shape)}, the targets {tuple(targets.shape)}: a loss would broadcast "
            f"them into pairs that do not belong together. Give both the same shape, for example with y.unsqueeze(1)."
        )


class CheckedCriterion:
    """A criterion whose first call is checked: outputs, targets and the loss.

    Parameters
    ----------
    criterion : callable
        The loss.
    all_targets : Tensor, optional
        The targets of all batches, where they are known.
    """

    def __init__(self, criterion: Callable, all_targets: torch.Tensor | None = None) -> None:
        self.criterion, self.all_targets, self._called = criterion, all_targets, False

    def __call__(self, outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        if self._called:
            return self.criterion(outputs, targets)
        check_targets(outputs, targets, self.criterion, self.all_targets)
        loss = self.criterion(outputs, targets)
        check_loss(loss)
        self._called = True
        return loss


def _check_class_numbers(outputs: torch.Tensor, targets: torch.Tensor, all_targets: torch.Tensor) -> None:
    if outputs.ndim < 2:
        raise ValueError(
            f"Cross-entropy expects outputs of shape (samples, classes); they have shape {tuple(outputs.shape)}."
        )
    if targets.dtype not in (torch.int64, torch.uint8):
        raise ValueError(
            f"Cross-entropy expects class numbers as targets, dtype torch.int64; they are {targets.dtype}. "
            "Try y.long()."
        )
    num_classes, expected = outputs.shape[1], (outputs.shape[0], *outputs.shape[2:])
    if targets.shape != expected:
        instead = "y.squeeze(1)" if targets.shape[1:] == (1,) else "y.argmax(1)"
        raise ValueError(
            f"Cross-entropy expects one class number a sample, shape {expected}; the targets have shape "
            f"{tuple(targets.shape)}. Try {instead}."
        )
    lowest, highest = (int(bound) for bound in all_targets.aminmax())
    if not 0 <= lowest <= highest < num_classes:
        raise ValueError(
            f"The model has {num_classes} outputs, so the classes must be 0 to {num_classes - 1}; "
            f"the targets go from {lowest} to {highest}."
        )
