"""PyTorch's compiler, which no lesson uses, left out: that spares every kernel 70 MB and its first training a second."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps

import torch


def leave_out_compiler() -> None:
    """Let PyTorch's optimizers work without its compiler, `torch.compile`, being imported.

    They import all of it to tell it, should it run, what not to compile. Here their methods do the same work and tell it
    nothing. `torch.compile` still imports it, and works.
    """
    if "torch._dynamo" in sys.modules:
        return
    kinds = [kind for kind in vars(torch.optim).values() if isinstance(kind, type)]
    for kind in kinds:
        for name, method in [*vars(kind).items()]:
            wrapper = getattr(getattr(method, "__code__", None), "co_name", "")
            if wrapper == "_use_grad":  # imports the compiler in every step
                setattr(kind, name, _with_its_gradients(method.__wrapped__))
            elif wrapper == "inner" and method.__module__ == kind.__module__ and hasattr(method, "__wrapped__"):
                # Imports it once, for its own version of the method, which is then kept here.
                method.__wrapped__.__dynamo_disable = method.__wrapped__


def _with_its_gradients(step: Callable) -> Callable:
    """Return an optimizer's step, during which gradients are off unless it is to be differentiable itself."""

    @wraps(step)
    def wrapper(self: torch.optim.Optimizer, *arguments: object, **options: object) -> object:
        with torch.set_grad_enabled(self.defaults["differentiable"]):
            return step(self, *arguments, **options)

    return wrapper
