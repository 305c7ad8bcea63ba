"""The optimizers of a sweep: one step for the stacked weights of many runs, each with a learning rate of its own."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby

import torch

#: Optimizers that can be asked for, and how many numbers each remembers a weight.
SWEEP_OPTIMIZERS = {"sgd": 0, "momentum": 1, "adam": 2}
#: Of "momentum", where no other is asked for.
MOMENTUM = 0.9


class StackedOptimizer:
    """The three optimizers with a learning rate a run, which `torch.optim` does not have; the formulas are its own.

    Every step changes the weights, shape (run, parameter), in place. Names are those of `SWEEP_OPTIMIZERS`, one a run;
    momenta are one a run as well, or one for all, and only "momentum" heeds them.

    See Also
    --------
    torch.optim.SGD, torch.optim.Adam : the same steps, with one learning rate for all weights of a group.

    References
    ----------
    B. T. Polyak, "Some methods of speeding up the convergence of iteration methods", 1964 (momentum).
    D. P. Kingma and J. Ba, "Adam: a method for stochastic optimization", ICLR 2015.
    """

    def __init__(
        self,
        weights: torch.Tensor,
        names: Sequence[str],
        learning_rates: Sequence[float],
        momenta: Sequence[float] = (MOMENTUM,),
    ) -> None:
        self.weights, self.num_steps = weights, 0  # (run, parameter); changed in place
        self.learning_rates = weights.new_tensor(learning_rates).unsqueeze(1)  # (run, 1)
        momenta = weights.new_tensor(momenta).unsqueeze(1).expand(len(weights), 1)
        # Runs with the same optimizer stand together: one block each, with what the optimizer remembers of a weight.
        self.blocks = []
        start = 0
        for name, block in groupby(names):
            rows = slice(start, start := start + len(list(block)))
            state = [torch.zeros_like(weights[rows]) for _ in range(SWEEP_OPTIMIZERS[name])]
            self.blocks.append((name, rows, momenta[rows], state))

    def step(self, gradients: torch.Tensor, moving: torch.Tensor) -> None:
        """Take a step along gradients of shape (run, parameter), in the runs that `moving`, shape (run,), names."""
        self.num_steps += 1
        parts = [self._direction(name, gradients[rows], *memory) for name, rows, *memory in self.blocks]
        change = self.learning_rates * (parts[0] if len(parts) == 1 else torch.cat(parts))
        self.weights -= change.where(moving.unsqueeze(1), 0.0)

    def _direction(
        self, name: str, gradient: torch.Tensor, momenta: torch.Tensor, state: list[torch.Tensor]
    ) -> torch.Tensor:
        """Return what, times the learning rate, is subtracted from the weights; all of shape (run, parameter)."""
        if name == "sgd":
            return gradient
        if name == "momentum":
            return state[0].mul_(momenta).add_(gradient)
        mean, mean_square = state
        mean.lerp_(gradient, 1 - 0.9)
        mean_square.mul_(0.999).addcmul_(gradient, gradient, value=1 - 0.999)
        # Both start at zero: divided by these, they are averages of the gradients seen so far.
        share, share_of_squares = 1 - 0.9**self.num_steps, 1 - 0.999**self.num_steps
        return (mean / share) / ((mean_square.sqrt() / math.sqrt(share_of_squares)).add_(1e-8))
