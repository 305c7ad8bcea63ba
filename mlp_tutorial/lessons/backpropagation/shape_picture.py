"""The gradient of a layer's weight as a product of boxes: one sample's, or that of a whole batch."""

from __future__ import annotations

import torch
from matplotlib.figure import Figure

from mlp_tutorial.live.cells import Layer
from mlp_tutorial.plots.style import BELOW_AND_ABOVE_ZERO, new_figure
from mlp_tutorial.utils.wording import short_number

#: Size of a cell, and what is left of it along the batch; of a larger batch the first samples are drawn.
CELL, THIN, MOST_SAMPLES = (40, 20), 5, 28
SUMMED = "#B34700"


def plot_weight_gradient(upstream: torch.Tensor, X: torch.Tensor) -> Figure:
    """Draw `upstream.T @ X`, the gradient of a layer's weight, as boxes with the true numbers as colours.

    Parameters
    ----------
    upstream : Tensor of shape (batch, outputs)
        The gradient of what the layer has computed, a row for each sample.
    X : Tensor of shape (batch, inputs)
        What the layer was given.

    Returns
    -------
    matplotlib Figure
        The side along which the product adds up is drawn in orange.
    """
    (batch, outputs), inputs = upstream.shape, X.shape[1]
    samples = min(batch, MOST_SAMPLES)
    width, height = CELL if batch == 1 else (THIN, THIN)
    pixels = max(outputs * CELL[1], samples * height) + 76
    with new_figure(6.4, pixels / 100, layout=None) as figure:
        axes = figure.add_axes((0, 0, 1, 1), xlim=(0, 640), ylim=(0, pixels))
    axes.axis("off")
    layer, middle = Layer(axes, 60, ha="center", va="center", fontsize=9), pixels / 2 - 12
    first = _Box(layer, 150, middle, upstream[:samples].T, (width, CELL[1]))
    second = _Box(layer, 340, middle, X[:samples], (CELL[0], height))
    third = _Box(layer, 520, middle, upstream.T @ X, CELL)
    for box, name, shape in (
        (first, "d_Z.T", (outputs, batch)),
        (second, "X", (batch, inputs)),
        (third, "d_W", (outputs, inputs)),
    ):
        layer.write(box.x, box.top + 24, f"{name}  {shape}", weight="bold")
    for x, sign in ((250, "@"), (430, "=")):
        layer.write(x, middle, sign, fontsize=13)
    for x, y, size in (
        (first.x, first.top + 5, (2 * (first.x - first.left), 3)),
        (second.left - 6, middle, (3, 2 * (second.top - middle))),
    ):
        layer.box(x, y, size, SUMMED, SUMMED)
    if batch > samples:
        layer.write(second.x, 2 * middle - second.top - 10, f"and {batch - samples} more", color=SUMMED)
    layer.show()
    return figure


class _Box:
    """A matrix as cells around a place; large cells show their numbers."""

    def __init__(self, layer: Layer, x: float, y: float, values: torch.Tensor, cell: tuple[int, int]) -> None:
        (rows, columns), scale = values.shape, values.abs().max().item() or 1.0
        self.x, self.left, self.top = x, x - columns * cell[0] / 2, y + rows * cell[1] / 2
        for row in range(rows):
            for column in range(columns):
                value = values[row, column].item()
                place = self.left + (column + 0.5) * cell[0], self.top - (row + 0.5) * cell[1]
                layer.box(*place, cell, BELOW_AND_ABOVE_ZERO(0.5 + 0.5 * value / scale), "#B5BDC3", 0.6)
                if cell == CELL:
                    layer.write(*place, short_number(value), fontsize=8)
