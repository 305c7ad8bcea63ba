"""The picture of the live trainer: loss curves, and beside them decision regions or the metric."""

from __future__ import annotations

from collections.abc import Sequence

from torch import nn

from mlp_tutorial.data.dataset import Dataset
from mlp_tutorial.lessons.shared.initialisation import linear_layers
from mlp_tutorial.live.canvas import Canvas
from mlp_tutorial.plots.curves import LossCurves, MetricCurve
from mlp_tutorial.plots.regions import DecisionRegions
from mlp_tutorial.plots.style import Picture
from mlp_tutorial.training.history import History


class TrainingPicture(Picture):
    """Loss curves, and beside them a data set's decision regions (of two features) or metric; without one, alone."""

    def __init__(self, canvas: Canvas, dataset: Dataset | None) -> None:
        with canvas.drawing() as figure:
            axes = figure.subplots(1, 1 if dataset is None else 2, squeeze=False)[0]
            self.curves, self.beside = LossCurves(axes[0]), None
            if dataset is not None:
                two = dataset.input_size == 2
                self.beside = DecisionRegions(axes[1], dataset, name_classes=True) if two else MetricCurve(axes[1])
        left = 0.11 if dataset is None else 0.085
        canvas.figure.subplots_adjust(left=left, right=0.975, bottom=0.15, top=0.91, wspace=0.3)
        canvas.set_moving([*self.curves.moving, *(self.beside.moving if self.beside else [])])

    def update(
        self,
        model: nn.Module,
        history: History,
        num_epochs: int,
        pinned: Sequence[tuple[str, History]],
        first_lines: bool,
        **look: object,
    ) -> bool:
        """Draw a run as far as it has come, and those that are pinned; `look` goes to `LossCurves`."""
        changed = self.curves.update(history, num_epochs=num_epochs, pinned=pinned, **look)
        if isinstance(self.beside, DecisionRegions):
            self.beside.update(model)
            layers = (layer for layer in linear_layers(model) if layer.in_features == 2)
            self.beside.show_lines(next(layers, None) if first_lines else None)
        elif self.beside is not None:
            changed |= self.beside.update(history, num_epochs=num_epochs, pinned=[run for _, run in pinned])
        return changed
