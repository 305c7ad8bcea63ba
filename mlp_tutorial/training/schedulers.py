"""What a learning-rate scheduler is told after an epoch."""

from __future__ import annotations

from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau


def step_scheduler(scheduler: LRScheduler | None, loss: float) -> None:
    """Step a scheduler, if there is one; one that waits for a plateau is given the loss of the epoch."""
    if isinstance(scheduler, ReduceLROnPlateau):
        scheduler.step(loss)
    elif scheduler is not None:
        scheduler.step()
