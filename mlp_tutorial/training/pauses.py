"""Pauses: when the loop makes one, and what the caller finds then."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing

import torch
from torch import nn

from ..utils.threads import is_small_work, one_thread
from .arguments import errors_in_words
from .gradients import frozen, not_held
from .history import History
from .modes import modes_restored


class PauseClock:
    """Says when a pause is due, `pause_every` seconds after the last, and counts an epoch's seconds without its pauses."""

    def __init__(self, pause_every: float) -> None:
        self.pause_every = pause_every

    def start(self) -> None:
        """Start an epoch."""
        self._started = self._resumed = time.perf_counter()

    def is_pause_due(self) -> bool:
        """Return whether to pause now."""
        self._paused = time.perf_counter()
        return self._paused - self._resumed >= self.pause_every

    def resume(self) -> None:
        """End a pause; its seconds do not count."""
        self._resumed = time.perf_counter()
        self._started += self._resumed - self._paused

    def seconds(self) -> float:
        """Return the seconds of the epoch so far, without its pauses."""
        return time.perf_counter() - self._started


def in_pieces(
    loop: Iterator[History], model: nn.Module, optimizer: torch.optim.Optimizer, history: History, batch_size: int
) -> Iterator[History]:
    """Run a training loop from pause to pause, and hand control back with everything as the caller had it.

    While a piece runs, torch's global random numbers are those of the history, a small model has one thread, gradients
    are on, and parameters that the optimizer does not hold collect none. At the end every module has its mode back.
    """
    small, others = is_small_work(model, batch_size), not_held(model, optimizer)
    with closing(loop), modes_restored(model), errors_in_words(model):
        while True:
            with history.randomness, one_thread(small), torch.enable_grad(), frozen(others):
                going_on = next(loop, None) is not None
            if not going_on:
                return
            yield history
