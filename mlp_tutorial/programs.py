"""A run as a plain PyTorch program."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable

from torch import nn
from torch.nn.modules.loss import _Loss

from .model import activation_name

#: The layers that stand for the activation functions in plain PyTorch.
ACTIVATION_LAYERS = {
    "relu": "nn.ReLU()",
    "leaky_relu": "nn.LeakyReLU()",
    "elu": "nn.ELU()",
    "sigmoid": "nn.Sigmoid()",
    "tanh": "nn.Tanh()",
    "gelu": "nn.GELU()",
    "silu": "nn.SiLU()",
    "identity": "nn.Identity()",
}


def name_of(item: object) -> str:
    return item if isinstance(item, str) else activation_name(item)


def source_of(item: Callable) -> list[str]:
    """Return the source of a learner's own function or class, or a comment where it cannot stand alone."""
    made_by_the_package = "<locals>" in getattr(item, "__qualname__", "") and item.__module__.startswith(__package__)
    try:
        if not made_by_the_package:
            return [textwrap.dedent(inspect.getsource(item)).rstrip(), ""]
    except (OSError, TypeError):
        pass  # no source is kept of what was typed in a plain interpreter
    return [f"# {name_of(item)}: your own, as you defined it"]


def expression(item: object) -> str:
    """Return how an object is written in a program: a layer by its `repr`, a loss with its options, a function by its name.

    Examples
    --------
    >>> import torch
    >>> expression(nn.LeakyReLU(0.2)), expression(nn.HuberLoss(delta=0.5)), expression(torch.tanh)
    ('nn.LeakyReLU(negative_slope=0.2)', 'nn.HuberLoss(delta=0.5)', 'tanh')
    """
    if isinstance(item, _Loss) and type(item).__module__.startswith("torch.nn"):
        return f"nn.{type(item).__name__}({', '.join(_loss_options(item))})"
    if isinstance(item, nn.Module):
        return f"nn.{item!r}"
    return repr(item) if isinstance(item, str) else name_of(item)


def _loss_options(loss: _Loss) -> list[str]:
    """Return the options in which one of PyTorch's losses differs from its defaults: its `repr` leaves them out."""
    usual = type(loss)()
    options = {name: getattr(loss, name) for name in ("delta", "beta", "label_smoothing", "ignore_index")
               if hasattr(loss, name) and getattr(loss, name) != getattr(usual, name)}  # fmt: skip
    options |= {name: f"torch.tensor({value.tolist()})" for name, value in loss.named_buffers() if value is not None}
    return [f"{name}={value}" for name, value in options.items()]
