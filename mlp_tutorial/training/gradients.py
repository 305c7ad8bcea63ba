"""Gradients: their norm, their clipping, and the parameters that have none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn


class GradientClipping:
    """Inside a `with` block, shorten gradients that are longer than a limit, just before each step of the optimizer.

    All gradients together count as one vector: where its norm (length) is above the limit, it keeps its direction and
    gets the limit as its norm.

    See Also
    --------
    torch.nn.utils.clip_grad_norm_ : what does the work.

    References
    ----------
    Pascanu, Mikolov and Bengio (2013), "On the difficulty of training recurrent neural networks", section 3.2.
    """

    def __init__(self, optimizer: torch.optim.Optimizer, max_norm: float | None) -> None:
        self.optimizer, self.max_norm = optimizer, max_norm
        self._parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]

    def __enter__(self) -> None:
        if self.max_norm is not None:
            self._hook = self.optimizer.register_step_pre_hook(self._clip)

    def __exit__(self, *exception: object) -> None:
        if self.max_norm is not None:
            self._hook.remove()

    def _clip(self, *step: object) -> None:
        self._norm = nn.utils.clip_grad_norm_(self._parameters, self.max_norm)

    def norm(self) -> float:
        """Return the norm of the gradient at the latest step, before any clipping."""
        if self.max_norm is not None:
            return self._norm.item()
        gradients = [p.grad.flatten() for p in self._parameters if p.grad is not None]
        return torch.linalg.vector_norm(torch.cat(gradients)).item()


def not_held(model: nn.Module, optimizer: torch.optim.Optimizer) -> list[nn.Parameter]:
    """Return the trainable parameters of a model that the optimizer does not hold."""
    held = {id(parameter) for group in optimizer.param_groups for parameter in group["params"]}
    return [p for p in model.parameters() if p.requires_grad and id(p) not in held]


@contextmanager
def frozen(parameters: list[nn.Parameter]) -> Iterator[None]:
    """Freeze trainable parameters inside the block: they collect no gradients."""
    try:
        for parameter in parameters:
            parameter.requires_grad_(False)
        yield
    finally:
        for parameter in parameters:
            parameter.requires_grad_(True)
