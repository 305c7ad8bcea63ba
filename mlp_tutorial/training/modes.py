"""The modes of a model's parts: whether each trains, or answers as in use."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn


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
        attributes = vars(module)
        if "training" in attributes:
            attributes["training"] = training  # a module looks at all that is set by its name, which takes a while
        else:
            module.training = training
