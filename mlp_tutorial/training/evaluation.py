"""Measuring a model: `evaluate` for its loss and metric, `predict` for its answers."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import nn

from ..data.description import as_float64
from .arguments import errors_in_words
from .batches import Batches, Data, LoaderBatches, as_batches
from .checked_criterion import checked_loss
from .criteria import LOSSES, OF_LABELS, OF_VALUES, LossCall, squashing_functions, watched_loss
from .modes import modes_restored

#: A loss above this share of `baseline_loss` is no better than a constant answer.
NOTHING_LEARNED = 0.9
#: What the outputs of a model can stand for: one of several classes, any number of labels, or values.
TASKS = "classification", "multi-label", "regression"


class Evaluation(NamedTuple):
    """A model's loss and metric on some data."""

    loss: float  # the mean over all samples, each counted by its class's weight where the criterion has weights
    metric: float  # accuracy (a share between 0 and 1) or R² (at most 1)
    metric_name: str  # "accuracy" or "R²"


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
    with modes_restored(model), errors_in_words(model):
        model.eval()
        return Measurer(batches, criterion)(model)


class Measurer:
    """Measures a model on the same data as often as it is called with it, in the mode that it is in, without gradients.

    The first time it looks at outputs and targets as `checked_loss` does. Of one batch it then knows for all times which
    loss of PyTorch the criterion calls, and looks no more.

    Parameters
    ----------
    batches : Batches or LoaderBatches
        What to measure on, as `as_batches` returns it.
    criterion : callable
        The loss, returning the mean over a batch.
    """

    def __init__(self, batches: Batches | LoaderBatches, criterion: Callable) -> None:
        self._batches, self._criterion, self._watch = batches, criterion, checked_loss
        #: The call of PyTorch's loss, if there is one, and which targets count, if not all do.
        self._known: tuple[LossCall | None, torch.Tensor | None] | None = None

    def __call__(self, model: nn.Module) -> Evaluation:
        """Return loss and metric, as `evaluate` does."""
        with torch.no_grad():
            if self._known is None:
                return self._watched(model)
            outputs, targets = model(self._batches.X), self._batches.y
            return Evaluation(self._criterion(outputs, targets).item(), *_metric(outputs, targets, *self._known))

    def _watched(self, model: nn.Module) -> Evaluation:
        outputs, targets, losses, weights, call, as_given = [], [], [], [], None, False
        for batch_inputs, batch_targets in self._batches.whole():
            batch_outputs = model(batch_inputs)
            loss, call = self._watch(batch_outputs, batch_targets, self._criterion)
            as_given = call is None or (call.outputs is batch_outputs and call.targets is batch_targets)
            of_values = call is None or not (
                call.of_classes or call.name in OF_LABELS or call.targets.is_floating_point()
            )
            outputs.append(batch_outputs if of_values else call.outputs)
            targets.append(batch_targets if of_values else call.targets)
            weights.append(len(batch_targets) if call is None else call.weight())
            losses.append(loss.item())
        self._watch = watched_loss
        output, target = (parts[0] if len(parts) == 1 else torch.cat(parts) for parts in (outputs, targets))
        kept = call._replace(targets=target).kept() if call is not None and call.of_classes else None
        kept = None if kept is None or kept.all() else kept
        total = sum(weights)
        if total and as_given and isinstance(self._batches, Batches):
            self._known = call, kept
        # A batch may be ignored altogether, and its loss is NaN then.
        sums = [loss * weight for loss, weight in zip(losses, weights, strict=True) if weight]
        mean_loss = losses[0] if len(sums) == len(losses) == 1 else sum(sums) / total if total else math.nan
        return Evaluation(mean_loss, *_metric(output, target, call, kept))


def predict(
    model: nn.Module, X: torch.Tensor, *, task: str = "classification", probabilities: bool = False
) -> torch.Tensor:
    """Return a model's answers for samples, in `eval()` mode and without gradients; the model is left as it was.

    Parameters
    ----------
    model : nn.Module
        The model. Its outputs are logits; a model that ends in a softmax or sigmoid of its own is understood as well.
    X : Tensor of shape (samples, features)
        The samples, standardised as the training data were.
    task : {"classification", "multi-label", "regression"}, default "classification"
        What the outputs are: one class of several, a yes or no to each of several labels, or values.
    probabilities : bool, default False
        Return probabilities in place of classes or labels.

    Returns
    -------
    Tensor
        Classification: class numbers, int64 of shape (samples,), or probabilities of shape (samples, classes); of
        a model with a single logit the second class's, shape (samples, 1). Multi-label: 0 or 1, int64 of shape
        (samples, labels), or the probability of each 1. Regression: the outputs, shape (samples, outputs).

    Raises
    ------
    ValueError
        If the task is unknown, has no probabilities or not these outputs, or X is a single sample in place of a batch.

    Examples
    --------
    >>> X = torch.tensor([[0.1, 0.9], [2.0, -1.0]])
    >>> predict(nn.Identity(), X)
    tensor([1, 0])
    >>> predict(nn.Identity(), X, task="multi-label").tolist()
    [[1, 1], [1, 0]]
    """
    if task not in TASKS:
        raise ValueError(f"task must be 'classification', 'multi-label' or 'regression'; it is {task!r}.")
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
        with torch.enable_grad():  # the graph of one sample tells how the model ends
            end = "".join(squashing_functions(model(X[:1].clone().requires_grad_(X.is_floating_point())))[:1])
    one_class = task == "classification" and outputs.shape[1] > 1
    if one_class and end == "sigmoid":
        raise ValueError(
            f"The classes of one question need logits or a softmax; this model ends in a sigmoid for each of its "
            f"{outputs.shape[1]} outputs, which says yes or no to each by itself. Try task='multi-label'."
        )
    if not one_class and "softmax" in end:
        raise ValueError(
            "Yes or no by itself needs a logit or a sigmoid for each output; this model ends in a softmax, whose shares "
            "have the sum 1. Try task='classification', with one output for each class."
        )
    if one_class and not probabilities:
        return outputs.argmax(1)
    if one_class:
        return outputs if end == "softmax" else outputs.exp() if end == "log_softmax" else outputs.softmax(1)
    if probabilities:
        return outputs if end == "sigmoid" else outputs.sigmoid()
    labels = (outputs > (0.5 if end == "sigmoid" else 0.0)).long()  # (samples, labels)
    return labels if task == "multi-label" else labels[:, 0]


def baseline_loss(outputs: torch.Tensor, targets: torch.Tensor, criterion: Callable) -> float:
    """Return the loss of the best answer that is the same for all samples: the class shares, or the mean.

    Parameters
    ----------
    outputs : Tensor of shape (samples, outputs)
        Outputs of a model; their values do not count, unless the criterion checks them.
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
    _, call = watched_loss(outputs, targets, criterion)
    call = call or LossCall("", outputs, targets, {})
    whole, name, options = call.targets, call.name, call.options
    if name in OF_VALUES:  # float32 would lose the last digits of a mean of large values
        whole, targets = as_float64("targets", whole), as_float64("targets", targets)
    if whole.is_floating_point():
        answer = whole.median(0).values if name == "L1Loss" else whole.mean(0)
        if name in ("CrossEntropyLoss", "KLDivLoss"):
            answer = answer.log().clamp(min=-100)
        elif name == "BCEWithLogitsLoss":
            answer = answer.logit(1e-6)
    else:
        classes, weights = whole[call.kept()].long(), options.get("weight")
        shares = torch.bincount(classes, None if weights is None else weights[classes], outputs.shape[1])
        answer = (shares / shares.sum()).log().clamp(min=-100).to(outputs.dtype)
        answer = answer.reshape(-1, *[1] * (call.outputs.ndim - 2))
    answer = answer.expand_as(call.outputs)
    if call.outputs is outputs:
        return criterion(answer, targets).item()
    return next(loss for loss in LOSSES if LOSSES[loss] == name)(answer, whole, **options).item()


def most_likely(outputs: torch.Tensor) -> torch.Tensor:
    """Return the class numbers that outputs (samples, classes), or (samples, 1), stand for."""
    return outputs.argmax(1) if outputs.shape[1] > 1 else (outputs[:, 0] > 0).long()


def _metric(
    outputs: torch.Tensor, targets: torch.Tensor, call: LossCall | None, kept: torch.Tensor | None
) -> tuple[float, str]:
    name = "" if call is None else call.name
    if not targets.is_floating_point():
        right = most_likely(outputs) == targets
        right = right if kept is None else right[kept]
    elif name in OF_LABELS:
        right = (outputs > OF_LABELS[name]) == (targets > 0.5)
    elif name in ("CrossEntropyLoss", "KLDivLoss"):  # targets are probabilities
        right = outputs.argmax(1) == targets.argmax(1)
    else:
        return r_squared(outputs, targets), "R²"
    return right.float().mean().item(), "accuracy"


def r_squared(outputs: torch.Tensor, targets: torch.Tensor) -> float:
    """Return the share of the targets' variance that outputs of the same shape explain; the mean over several outputs."""
    outputs, targets = as_float64("outputs", outputs), as_float64("targets", targets)
    residual = (outputs - targets).square().sum(0)
    spread = (targets - targets.mean(0)).square().sum(0)
    # Where the targets do not vary, R² is 1 for a perfect fit and else 0, as scikit-learn has it.
    return torch.where(spread > 0, 1 - residual / spread, (residual == 0).to(residual)).mean().item()
