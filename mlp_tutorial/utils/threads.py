"""How many processor threads torch may use: one, where the work is too small to be worth handing out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn

#: Multiplications a step (parameters times samples) below which a second thread costs more than it saves.
SMALL_WORK = 30_000_000


@contextmanager
def one_thread(only_if: bool = True) -> Iterator[None]:
    """Keep torch to one thread inside the block.

    Handing a small operation to a second thread means waiting for it: on a machine that is busy with a browser, a
    step of a small network then takes ten times as long.
    """
    before = torch.get_num_threads()
    if not only_if or before == 1:
        yield
        return
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def is_small_work(model: nn.Module, num_samples: int) -> bool:
    """Return whether a step of this model over so many samples is faster on one thread."""
    return sum(parameter.numel() for parameter in model.parameters()) * num_samples < SMALL_WORK
