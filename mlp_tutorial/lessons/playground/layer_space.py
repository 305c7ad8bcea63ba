"""How a network bends the plane: grid and data in the space of a layer, step by step from the inputs to it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from mlp_tutorial.data.dataset import Dataset
from mlp_tutorial.lessons.playground.network_columns import Column
from mlp_tutorial.plots.style import Picture, class_style

GRID_LINES = 16  # each way


class LayerSpace(Picture):
    """The data and a grid of the plane where a layer puts them.

    A layer of two units is shown as it is; of a wider one, the two directions in which its answers for the data vary most.
    Between two layers every point goes straight from one place to the next, so a plane that no layer bends stays
    a grid of straight lines.
    """

    def __init__(self, axes: Axes, dataset: Dataset, *, with_grid: bool) -> None:
        self.axes, self.dataset, self._with_grid = axes, dataset, with_grid
        axes.set(xlim=(-1.25, 1.25), ylim=(-1.25, 1.25), xticks=[], yticks=[])
        axes.grid(False)
        self.grid = axes.add_collection(LineCollection([], colors="#999999", linewidths=0.6))
        style = {"linestyle": "none", "markersize": 3.5, "markeredgecolor": "white", "markeredgewidth": 0.4}
        numbers = range(len(dataset.class_names)) if dataset.class_names else (0,)
        self.points = [axes.plot([], [], **class_style(number), **style)[0] for number in numbers]
        self.border = axes.plot([], [], color="#000000", linewidth=1.2)[0]  # where two classes are equally likely
        self.moving = [self.grid, *self.points, self.border]

    def update(self, bend: float, on_grid: Sequence[Column], on_data: Sequence[Column]) -> bool:
        """Show the plane as it is after so many columns: 0 the inputs, 1.5 halfway between the first layer and the second.

        `on_grid` holds what the columns hand on at the plane's points, `on_data` for the training samples.
        """
        stage = min(int(bend), len(on_data) - 2)
        share = bend - stage
        first = _Place(on_data[stage].values)
        second = _Place(on_data[stage + 1].values, like=first)
        put = [
            first.put(column.values) * (1 - share) + second.put(after.values) * share
            for column, after in ((on_grid[stage], on_grid[stage + 1]), (on_data[stage], on_data[stage + 1]))
        ]
        grid, data = (part.numpy() for part in put)
        self._show_grid(grid)
        for number, line in enumerate(self.points):
            mine = data[(self.dataset.y_train == number).numpy()] if self.dataset.class_names else data
            line.set_data(mine.T)
        self._show_border(second if share == 1 else first if share == 0 else None, on_data, stage + (share == 1))
        return False

    def _show_grid(self, places: np.ndarray) -> None:
        if not self._with_grid:  # of more than two features there is no plane to bend
            return
        size = math.isqrt(len(places))
        places = places.reshape(size, size, 2)
        lines = np.linspace(0, size - 1, GRID_LINES).round().astype(int)
        self.grid.set_segments([*places[lines], *places[:, lines].transpose(1, 0, 2)])

    def _show_border(self, place: _Place | None, columns: Sequence[Column], stage: int) -> None:
        """Draw the straight line of the output layer, where it is given two units and tells two classes apart."""
        output = columns[-1]
        is_last = stage == len(columns) - 2 and output.linked and output.values.shape[1] == 2
        if place is None or not is_last or columns[stage].values.shape[1] != 2:
            self.border.set_data([], [])
            return
        linear = output.linear
        weight = (linear.weight[1] - linear.weight[0]).detach()
        offset = 0.0 if linear.bias is None else (linear.bias[1] - linear.bias[0]).item()
        along = torch.tensor([-weight[1], weight[0]])
        foot = -offset * weight / weight.square().sum()
        ends = torch.stack([foot - 1000 * along, foot + 1000 * along])
        self.border.set_data(place.put(ends).numpy().T)


class _Place:
    """How a column's answers become places in the picture: shifted, turned, and made to fit into [-1, 1]."""

    def __init__(self, values: torch.Tensor, like: _Place | None = None) -> None:
        values = values.nan_to_num(0.0)
        self._mean = values.mean(0)
        centred = values - self._mean
        width = values.shape[1]
        if width <= 2:
            self._directions = torch.eye(width, 2, dtype=values.dtype)
        else:
            self._directions = torch.linalg.svd(centred, full_matrices=False).Vh[:2].T  # (units, 2)
        self.data = centred @ self._directions
        if width > 2 and like is not None:
            # Turned or mirrored to lie as near to the place before as can be: directions have no sign of their own.
            left, _, right = torch.linalg.svd(self.data.T @ like.data)
            self._directions = self._directions @ left @ right
            self.data = centred @ self._directions
        self._scale = self.data.abs().max().clamp_min(1e-9)
        self.data = self.data / self._scale

    def put(self, values: torch.Tensor) -> torch.Tensor:
        return (values - self._mean) @ self._directions / self._scale
