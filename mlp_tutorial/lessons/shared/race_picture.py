"""The picture of a race: the losses of all runs, and beside them the regions of one, or everybody's metric."""

from __future__ import annotations

from collections.abc import Sequence

from torch import nn

from mlp_tutorial.data.dataset import Dataset
from mlp_tutorial.live.canvas import Canvas
from mlp_tutorial.plots.names import drawable
from mlp_tutorial.plots.race import RacePlot
from mlp_tutorial.plots.regions import DecisionRegions
from mlp_tutorial.plots.style import Picture
from mlp_tutorial.training.history import History


class RacePicture(Picture):
    """The losses of all runs, and beside them the regions of one run on a data set, or without one everybody's metric."""

    def __init__(self, canvas: Canvas, num_runs: int, dataset: Dataset | None) -> None:
        with canvas.drawing() as figure:
            left, right = figure.subplots(1, 2, gridspec_kw={"width_ratios": [1.05, 1]})
            self.curves = RacePlot(left, num_runs)
            if dataset is None:
                self.beside = RacePlot(right, num_runs, "metric", named=False)
            else:
                self.beside = DecisionRegions(right, dataset, name_classes=True)
            self.whose = right.text(0.5, 1.12, "", transform=right.transAxes, ha="center", fontsize=8.8)
        canvas.figure.subplots_adjust(left=0.085, right=0.975, bottom=0.15, top=0.85, wspace=0.73)
        canvas.set_moving([*self.curves.moving, self.whose, *self.beside.moving])

    def update(
        self, histories: Sequence[History], names: Sequence[str], model: nn.Module, whose: str, **axes: object
    ) -> bool:
        """Draw all runs as far as they have come, on `axes` as `RacePlot` takes them, and the regions of one model."""
        changed = self.curves.update(histories, names, **axes)
        if isinstance(self.beside, RacePlot):
            return changed | self.beside.update(histories, names, num_epochs=axes["num_epochs"])
        self.whose.set_text(drawable(whose))
        self.beside.update(model)
        return changed
