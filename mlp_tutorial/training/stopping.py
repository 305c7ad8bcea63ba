"""What ends a run before its last epoch: a loss that is not finite, and early stopping."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

import torch
from torch import nn

from .batches import Batches, LoaderBatches, Pair
from .history import History
from .not_finite import why_not_finite


class StopIfDiverged:
    """Called with a loss: if it is not finite, the run has diverged, and the history says why."""

    def __init__(
        self, model: nn.Module, criterion: Callable, optimizer: torch.optim.Optimizer, history: History
    ) -> None:
        self.model, self.criterion, self.optimizer, self.history = model, criterion, optimizer, history
        self._first_step = history.num_steps

    def __call__(self, loss: torch.Tensor, inputs: torch.Tensor, targets: torch.Tensor) -> bool:
        """Return whether the loss of a batch (inputs, targets) is not finite."""
        if math.isfinite(value := loss.item()):
            return False
        return self._stop(f"in epoch {len(self.history) + 1}: the loss became {value}", [(inputs, targets)])

    def after_epoch(self, loss: float, batches: Batches | LoaderBatches) -> bool:
        """Return whether the mean loss over batches, measured after an epoch, is not finite."""
        if math.isfinite(loss):
            return False
        name = "validation loss" if self.history.validation_loss else "training loss"
        return self._stop(f"after epoch {len(self.history)}: the {name} became {loss}", batches.whole())

    def _stop(self, when: str, batches: Iterable[Pair]) -> bool:
        untrained = self.history.num_steps == self._first_step
        why = why_not_finite(self.history, batches, self.model, self.optimizer, self.criterion, untrained)
        self.history.diverged, self.history.stop_reason = True, f"Stopped {when}{why}"
        return True


def stop_early(model: nn.Module, history: History, patience: int) -> None:
    """Keep the weights of the epoch with the lowest validation loss; end a run that has not improved for `patience` epochs.

    The model gets the best weights back then. All is in the history, so that a resumed run remembers it.

    References
    ----------
    Goodfellow, Bengio and Courville (2016), *Deep Learning*, algorithm 7.1, is this rule; Prechelt (1998), "Early stopping
    - but when?", compares others.
    """
    losses = history.validation_loss
    if history.best_epoch == 0 or losses[-1] < losses[history.best_epoch - 1]:
        history.best_epoch = len(losses)
        history.best_weights = {name: value.clone() for name, value in model.state_dict().items()}
    if len(losses) - max(history.best_epoch, history.stopped_epoch) < patience:
        return
    history.stopped_epoch = len(losses)
    model.load_state_dict(history.best_weights)
    history.stop_reason = (
        f"Stopped early after epoch {len(losses)}: the validation loss was lowest in epoch {history.best_epoch} "
        f"({losses[history.best_epoch - 1]:.3f}), whose weights are restored."
    )
