"""The plane of two inputs in lesson 01's pictures: coloured by a neuron's output, with the line where it is 0.5."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from contourpy import contour_generator
from matplotlib.axes import Axes
from torch import nn

from mlp_tutorial.data.dataset import Dataset
from mlp_tutorial.plots.regions import DecisionRegions
from mlp_tutorial.plots.style import Picture

OutputsOf = Callable[[torch.Tensor], torch.Tensor]  # points (points, 2) in, a neuron's outputs (points,) out


class OutputPlane(Picture):
    """The penguins' bills, a neuron's output at every place, and a black line where it is 0.5; explained at the bottom."""

    def __init__(self, axes: Axes, dataset: Dataset) -> None:
        self._regions = regions = DecisionRegions(axes, dataset)
        (self.line,) = axes.plot([], [], color="black", linewidth=2, label="output 0.5")
        axes.set(xlim=axes.get_xlim(), ylim=axes.get_ylim())  # the line, wherever it lies, must not widen them
        # Below the panels, for whatever lies on the moving picture has to be drawn again with every frame.
        handles, labels = axes.get_legend_handles_labels()
        labels[:2] = [f"{name}: {number}" for number, name in enumerate(labels[:2])]
        axes.figure.legend(handles, labels, loc="lower left", ncols=3, borderaxespad=0.2, fontsize=8)
        self.moving = [regions.image, *regions.points, self.line, *regions.spines]

    def update(self, outputs_of: OutputsOf) -> bool:
        """Show what a neuron answers now."""
        self._regions.update(_AsModel(outputs_of))
        size = self._regions.resolution
        with torch.no_grad():
            outputs = outputs_of(self._regions.grid).reshape(size, size).float().numpy()
        left, right, bottom, top = self._regions.image.get_extent()
        columns, rows = np.linspace(left, right, size), np.linspace(bottom, top, size)
        pieces = contour_generator(columns, rows, outputs).lines(0.5)
        gap = np.full((1, 2), np.nan)  # keeps the pieces apart
        points = np.concatenate([part for piece in pieces for part in (piece, gap)] or [gap])
        self.line.set_data(points[:, 0], points[:, 1])
        return False


class _AsModel(nn.Module):
    """A neuron as `DecisionRegions` takes it: a model whose logits stand for outputs between 0 and 1."""

    def __init__(self, outputs_of: OutputsOf) -> None:
        super().__init__()
        self._outputs_of = outputs_of

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.logit(self._outputs_of(x), eps=1e-6).unsqueeze(1)  # (points, 1)
