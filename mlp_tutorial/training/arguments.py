"""What training refuses before its first step, and what torch says of a later batch, each in a sentence."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import nn
from torch.optim.lr_scheduler import LRScheduler

from ..utils.errors import check_count, check_number, check_positive
from .batches import Batches, LoaderBatches
from .checked_criterion import NO_SIGMOID
from .gradients import not_held
from .history import History


def check_arguments(
    model: nn.Module,
    criterion: Callable,
    optimizer: torch.optim.Optimizer,
    scheduler: LRScheduler | None,
    num_epochs: int,
    patience: int | None,
    max_gradient_norm: float | None,
) -> None:
    """Check the arguments of a training run that do not depend on its data."""
    check_count("num_epochs", num_epochs)
    if patience is not None:
        check_count("patience", patience)
    if max_gradient_norm is not None:
        check_number("max_gradient_norm", max_gradient_norm)
        check_positive("max_gradient_norm", max_gradient_norm)
    for name, part, options in (("model", model, "..."), ("criterion", criterion, "")):
        if isinstance(part, type):
            kind = part.__name__
            raise TypeError(f"{name} must be an instance; it is the class {kind}. Try {kind}({options}).")
    if not isinstance(model, nn.Module):
        raise TypeError(f"model must be an nn.Module; it is a {type(model).__name__}.")
    _check_optimizer(model, optimizer)
    _check_criterion(criterion)
    if scheduler is not None and (isinstance(scheduler, type) or not hasattr(scheduler, "step")):
        raise TypeError(
            "scheduler must be made for this optimizer, such as torch.optim.lr_scheduler.StepLR(optimizer, 30); "
            f"it is {scheduler!r}."
        )
    if getattr(scheduler, "optimizer", optimizer) is not optimizer:
        raise ValueError("The scheduler was made for another optimizer, so it would change nothing here.")


def check_history(history: History, validated: bool, patience: int | None) -> None:
    """Check that a history goes on as it was begun, and that early stopping has validation data to watch."""
    if not isinstance(history, History):
        raise TypeError(f"history must be a History that train returned; it is a {type(history).__name__}.")
    if patience is not None and not validated:
        raise ValueError(
            "Early stopping (patience) watches the validation loss: give validation_data or validation_fraction."
        )
    if len(history) and bool(history.validation_loss) != validated:
        raise ValueError(
            f"The history to go on from was made {'with' if history.validation_loss else 'without'} validation data: "
            "go on in the same way, or start a new history."
        )


def _check_criterion(criterion: Callable) -> None:
    """Check that the criterion can be called, and returns a mean where it says what it returns."""
    if not callable(criterion):
        raise TypeError(
            f"criterion must be a function of outputs and targets, such as nn.CrossEntropyLoss(); it is {criterion!r}."
        )
    function, options = getattr(criterion, "func", criterion), getattr(criterion, "keywords", {})  # of a partial
    reduction = options.get("reduction") or getattr(function, "reduction", "mean")
    if reduction not in ("mean", "batchmean"):
        instead = "the default, reduction='mean'" if options else f"{type(criterion).__name__}()"
        raise ValueError(
            f"The criterion must return the mean over a batch; its reduction is {reduction!r}. Try {instead}."
        )


def _check_optimizer(model: nn.Module, optimizer: torch.optim.Optimizer) -> None:
    """Check that the optimizer steps once a batch, and holds parameters of this model."""
    if not isinstance(optimizer, torch.optim.Optimizer):
        raise TypeError(
            f"optimizer must be a torch.optim optimizer, such as torch.optim.SGD(model.parameters(), lr=0.1); "
            f"it is a {getattr(optimizer, '__name__', None) or type(optimizer).__name__}."
        )
    if isinstance(optimizer, torch.optim.LBFGS):
        raise TypeError("LBFGS evaluates the loss several times a step and needs a loop of its own; try SGD or Adam.")
    if len(not_held(model, optimizer)) == sum(parameter.requires_grad for parameter in model.parameters()):
        raise ValueError(
            "The optimizer holds none of this model's trainable parameters, so nothing would be learned. "
            "Make it from the model: torch.optim.SGD(model.parameters(), lr=0.1)."
        )


def check_batch_norm(model: nn.Module, batches: Batches | LoaderBatches) -> None:
    """Check that no batch has a single sample where batch normalisation would have to find its spread."""
    if isinstance(batches, Batches):
        total, size, drop_last = len(batches.X), batches.largest_batch(), False
    else:
        loader = batches.loader
        size, drop_last = getattr(loader, "batch_size", None), getattr(loader, "drop_last", False)
        total = len(loader.dataset) if size and hasattr(loader.dataset, "__len__") else 0
    if not total or (min(size, total) > 1 and (drop_last or total % size != 1)):
        return
    if any(isinstance(m, nn.BatchNorm1d) and (m.training or not model.training) for m in model.modules()):
        other = next((larger for larger in range(size + 1, total) if total % larger != 1), total)
        raise ValueError(
            f"{_NOT_ALONE}; of {total} samples in batches of {size}, the "
            f"last has one. Try batch_size={other}, or a DataLoader with drop_last=True."
        )


_NOT_ALONE = "Batch normalisation needs at least two samples in every batch"
_SAID_OF_A_BATCH = {
    "should be between 0 and 1": f"BCELoss expects probabilities from 0 to 1; the outputs have gone beyond. {NO_SIGMOID}",
    "more than 1 value per channel": f"{_NOT_ALONE}; one has a single sample. Try larger batches, or drop_last=True.",
}


@contextmanager
def errors_in_words(model: nn.Module) -> Iterator[None]:
    """Turn what torch says within this block of dtypes, or of outputs in a later batch, into what to try."""
    try:
        yield
    except (RuntimeError, ValueError) as error:
        for words, sentence in _SAID_OF_A_BATCH.items():
            if words in str(error):
                raise ValueError(sentence) from error
        if not re.search("same dtype|expected scalar type|should be the same", str(error)):
            raise
        dtype = next((parameter.dtype for parameter in model.parameters()), torch.get_default_dtype())
        raise TypeError(
            f"Inputs and weights have different dtypes: the model's weights are {dtype}. Try X.to({dtype})."
        ) from error
