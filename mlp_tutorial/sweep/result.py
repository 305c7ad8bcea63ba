"""What a sweep has measured: a row of losses for each run, and each run's network."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch

from ..model import NeuralNetworkModel
from ..training.batches import Batches
from ..training.evaluation import Measurer
from .arguments import Run
from .stacked_network import StackedNetwork


class Sweep:
    """What a sweep has measured so far, one row a run; `sweep` and `sweep_steps` make it.

    Attributes
    ----------
    runs : list of Run
        The settings of every run: `optimizer`, `learning_rate`, `seed`, `momentum`. The seed varies fastest, then the
        learning rate, then the momentum.
    network : StackedNetwork
        The networks of all runs.
    num_steps : int
        Number of optimizer steps that every run has taken, unless it diverged.
    training_loss : Tensor of shape (run, epoch)
        Loss of each epoch as `History` has it; NaN from the epoch in which a run diverged.
    validation_loss : Tensor of shape (run, epoch) or None
        Loss on the validation data after each epoch; None without validation data.
    diverged_epoch : int64 Tensor of shape (run,)
        The epoch, counted from 1, in which the run's loss was no longer finite; 0 if that did not happen.
    """

    def __init__(
        self,
        runs: list[Run],
        network: StackedNetwork,
        training: Batches,
        validation: Batches | None,
        criterion: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
    ) -> None:
        self.runs, self.network, self.num_steps = runs, network, 0
        self._measure = Measurer(validation or training, criterion)
        self.training_loss = network.weights.new_empty(len(runs), 0)
        self.validation_loss = None if validation is None else self.training_loss
        self.diverged_epoch = torch.zeros(len(runs), dtype=torch.int64, device=network.weights.device)

    @property
    def metric(self) -> torch.Tensor:
        """Accuracy (0 to 1) or R² of each run now, shape (run,), on the validation data if there are any, else on the
        training data; NaN for a diverged run."""
        models = map(self.network.model, range(len(self.runs)))
        metrics = [self._measure(model).metric for model in models]
        return torch.tensor(metrics).to(self.diverged_epoch.device).masked_fill(self.diverged_epoch > 0, math.nan)

    def best(self) -> int:
        """Return the number of the run whose loss is lowest in the last epoch: on the validation data if there are any.

        Raises
        ------
        ValueError
            If no epoch has finished, or every run has diverged.
        """
        if not len(self) or self._last_loss().isnan().all():
            raise ValueError("No run has a loss to compare: train for at least one epoch, with smaller learning rates.")
        return int(self._last_loss().nan_to_num(nan=math.inf).argmin())

    def model(self, run: int) -> NeuralNetworkModel:
        """Return a new model with a run's weights; of a diverged run, its last weights with a finite loss.

        Parameters
        ----------
        run : int
            Number of the run, as in `runs`.
        """
        if not -len(self.runs) <= run < len(self.runs):
            raise IndexError(f"There are {len(self.runs)} runs, 0 to {len(self.runs) - 1}; there is no run {run}.")
        return self.network.model(run)

    def __len__(self) -> int:
        return self.training_loss.shape[1]

    def __repr__(self) -> str:
        num_diverged = int(self.diverged_epoch.count_nonzero())
        start = f"Sweep: {len(self.runs)} run{'s' if len(self.runs) > 1 else ''}, {len(self)} epochs"
        if not len(self):
            return f"{start}."
        if num_diverged == len(self.runs):
            return f"{start}; every run diverged. Try smaller learning rates."
        run = self.runs[best := self.best()]
        part = "training" if self.validation_loss is None else "validation"
        return (
            f"{start}, {num_diverged} diverged. Lowest {part} loss {self._last_loss()[best]:.3f}: run {best} "
            f"({run.optimizer}, learning rate {run.learning_rate:g}, seed {run.seed})."
        )

    def _last_loss(self) -> torch.Tensor:
        return (self.training_loss if self.validation_loss is None else self.validation_loss)[:, -1]  # (run,)
