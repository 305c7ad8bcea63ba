"""The third explorer of lesson 08: a map of learning rate and momentum, every cell a network that trains."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from ipywidgets import Widget

from mlp_tutorial.data.dataset import Dataset
from mlp_tutorial.experiment import Experiment
from mlp_tutorial.lessons.optimizers.momentum_picture import MomentumPicture
from mlp_tutorial.lessons.optimizers.sweep_explorer import LEARNING_RATES, SweepExplorer, nearest_rate
from mlp_tutorial.live.canvas import Canvas
from mlp_tutorial.live.controls import float_slider, int_slider, long
from mlp_tutorial.training.evaluation import NOTHING_LEARNED
from mlp_tutorial.utils.wording import percent

#: 1 - momentum goes down in steps of about the ratio in which the rates go up.
MOMENTA = (0.0, 0.45, 0.7, 0.8, 0.9, 0.95, 0.97, 0.98, 0.99)


def explore_momentum(
    dataset: str | Dataset = "penguins",
    hidden_sizes: Sequence[int] = (8, 8),
    learning_rate: float = 0.1,
    momentum: float = 0.0,
    *,
    num_epochs: int = 100,
    batch_size: int | None = None,
    num_seeds: int = 3,
) -> MomentumExplorer:
    """Train a network with sixteen learning rates times nine momenta at once, and see where it learns.

    Parameters
    ----------
    dataset : str or Dataset, default "penguins"
        A name for `load_dataset`, or a data set of your own.
    hidden_sizes : sequence of int, default (8, 8)
        Width of each hidden layer.
    learning_rate, momentum : float, default 0.1 and 0.0
        The present setting, framed in the map: the cell that is nearest.
    num_epochs : int, default 100
        Length of every run.
    batch_size : int, optional
        Samples a step; by default all in one batch.
    num_seeds : int, default 3
        Runs of every cell, from the seeds 0, 1, 2 …; the map shows their median.

    Returns
    -------
    MomentumExplorer
        Shown by JupyterLab as sliders above the picture. Its `sweep` holds all losses and weights.

    Raises
    ------
    TypeError, ValueError
        If the settings cannot work together; the message says what was expected and what came.
    """
    if not 0 <= momentum < 1:
        raise ValueError(f"momentum must be from 0 to below 1; it is {momentum!r}.")
    experiment = Experiment(
        dataset, hidden_sizes, nearest_rate(learning_rate, LEARNING_RATES), batch_size, optimizer="momentum"
    )
    explorer = MomentumExplorer(
        experiment, list(LEARNING_RATES), num_epochs=num_epochs, num_seeds=num_seeds, log_scale=True
    )
    explorer.controls["momentum"].value = momentum
    return explorer.shown()


class MomentumExplorer(SweepExplorer):
    """What `explore_momentum` returns: `sweep` holds every run, `losses` their losses."""

    only_drawn = ("learning_rate", "momentum")
    top = ("learning_rate", "momentum")
    momenta = MOMENTA

    def _picture(self, canvas: Canvas) -> MomentumPicture:
        return MomentumPicture(canvas, self.learning_rates, self.momenta)

    def _own_controls(self, controls: dict[str, Widget]) -> dict[str, Widget]:
        for name in ("optimizer", "log_scale", "batch_size", "activation"):
            del controls[name]
        momentum = long(float_slider("momentum", 0.0, 0, 0.99, 0.01))
        epochs = int_slider("epochs", controls["num_epochs"].value, 10, 300, 10)
        return {**super()._own_controls(controls), "momentum": momentum, "num_epochs": epochs}

    @property
    def losses(self) -> torch.Tensor:
        """Training losses of shape (momentum, rate, seed, epoch), NaN from the epoch in which a run diverged."""
        return self.sweep.training_loss.unflatten(0, (len(self.momenta), len(self.learning_rates), -1))

    def _marked(self) -> tuple[int, ...]:
        left = 1 - np.array(self.momenta)  # what a step leaves of the velocity counts by its ratio, as rates do
        nearest = np.abs(np.log(left / (1 - self.values()["momentum"]))).argmin()
        return (int(nearest), *super()._marked())

    def _named(self, place: Sequence[int]) -> str:
        return f"{super()._named(place)}, momentum {self.momenta[place[0]]:g}"

    def draw(self) -> bool:
        """Bring map and curves up to date."""
        return self.picture.update(
            self.losses.numpy(), marked=self._marked(), num_epochs=self.shown_epochs(), baseline=self._baseline
        )

    def _note(self) -> str:
        learned = self._medians() <= NOTHING_LEARNED * self._baseline
        share = round(20 * learned.mean()) / 20  # other processors have one setting more or less
        return f"About {percent(share)} of the {learned.size} settings do better than one answer for all."

    def program(self) -> str:
        """Return the plain PyTorch program that trains all these runs, one after the other."""
        maker = "optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate, momentum=momentum)"
        return self._program(maker, "momentum {momentum}, ", f"for momentum in {[*self.momenta]}:")
