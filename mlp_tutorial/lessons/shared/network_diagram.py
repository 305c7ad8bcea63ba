"""A network drawn as its neurons and weights, with the shapes and the parameters of each layer below."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from mlp_tutorial.live.cells import Layer
from mlp_tutorial.plots.style import BELOW_AND_ABOVE_ZERO, Picture

#: Weight of shape (outputs, inputs) and bias of shape (outputs,) of each linear layer, from the input to the output.
Layers = Sequence[tuple[torch.Tensor, torch.Tensor]]
#: Words, and their colour.
Text = tuple[str, str]

#: A weight below and above zero: darker than `BELOW_AND_ABOVE_ZERO`, so that a thin line is seen on white.
NEGATIVE, POSITIVE = (0.0, 0.40, 0.68), (0.85, 0.42, 0.0)
#: The most circles that a column has; of a wider layer the first and the last neurons are drawn.
MOST_DRAWN = 16
#: Pixels between two neurons of a column, at most.
MOST_APART = 30
#: Widths of the lines of a layer's smallest and largest weight, in points, and how opaque they are. Of few weights all
#: can be strong. Many would hide each other: those under half the largest are left out, and the rest fades faster.
FEW, FEW_LINES, MANY_LINES = 64, ((0.4, 2.6), (0.25, 1.0), 1.0), ((0.0, 1.7), (0.0, 0.95), 3.0)
LEFT_OUT = 0.5
EDGE, INPUT, RADIUS = "#333333", "#DDDDDD", 5.0
#: The lines of a layer that the model has not registered.
UNREGISTERED, BROKEN = (0.55, 0.55, 0.55), (0, (3, 3))


def circle(num_corners: int) -> np.ndarray:
    """Return the corners of a circle of radius 1, as a `PolyCollection` takes them: shape (corners, 2)."""
    angles = np.linspace(0, 2 * np.pi, num_corners, endpoint=False)
    return np.stack([np.cos(angles), np.sin(angles)], 1)


def column_places(x: float, rows: np.ndarray, middle: float, pitch: float) -> np.ndarray:
    """Return the middles of the neurons of a column in these rows, around its own middle: shape (rows, 2), from the top."""
    return np.stack([np.full(len(rows), x), middle + pitch * (rows[-1] / 2 - rows)], 1)


def links_between(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Return both ends of every link from one column's neurons to the next one's: shape (after, before, 2 ends, 2)."""
    links = np.empty((len(after), len(before), 2, 2))
    links[:, :, 0], links[:, :, 1] = before[None], after[:, None]
    return links


#: The corners of a neuron, and of the square that stands for an input, with radius 1.
CIRCLE = circle(20)
SQUARE = 0.85 * np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)])


class NetworkDiagram(Picture):
    """Columns of neurons, joined by lines: a line's colour is a weight's sign, its width the weight's size.

    A square is an input, which computes nothing; a circle is a neuron, filled with the colour of its bias. The coordinates
    of the axes are pixels, from (0, 0) to (width, height).
    """

    #: Pixels above and below the neurons, and the heights of the last lines of the texts there.
    ABOVE, BELOW, NAMES, SHAPES = 42, 72, 31, 24

    def __init__(self, axes: Axes, width: int, height: int) -> None:
        self._width, self._height = width, height
        self._middle = self.BELOW + (height - self.ABOVE - self.BELOW) / 2  # of every column
        axes.set(xlim=(0, width), ylim=(0, height))
        axes.axis("off")
        self.lines = axes.add_collection(LineCollection([], capstyle="round", zorder=1))
        style = {"ha": "center", "va": "baseline", "fontsize": 8, "linespacing": 1.2, "color": "#222222"}
        self.layer = Layer(axes, 24, **style)  # the texts of seven layers
        self.moving = [self.lines, *self.layer.artists]

    def update(
        self, layers: Layers, heads: Sequence[str] = (), feet: Sequence[Text] = (), unregistered: Sequence[int] = ()
    ) -> bool:
        """Draw a network.

        `heads` stand above its columns and `feet` below its gaps, in place of sizes and shapes; each foot with its colour.
        The layers with the numbers in `unregistered` are drawn in broken grey lines.
        """
        widths = [layers[0][0].shape[1], *(len(bias) for _, bias in layers)]
        self.layer.clear()
        # Heads are wider, and without feet there are letters on the left.
        margin, letters = (72, 0) if heads else (52, 6)
        pitch = min((self._width - margin) / len(layers), 120)
        columns = self._width / 2 + letters + pitch * (np.arange(len(widths)) - len(layers) / 2)
        places = [self._places(column, size) for column, size in zip(columns, widths, strict=True)]
        self._draw_weights(layers, widths, places, unregistered)
        self._draw_neurons(layers, places)
        self._write(columns, widths, heads, feet)
        self.layer.show()
        return False

    def _places(self, column: float, size: int) -> np.ndarray:
        """Return the middles of a column's neurons, shape (drawn, 2), the first one on top."""
        rows = np.arange(min(size, MOST_DRAWN))
        if size > MOST_DRAWN:
            rows[MOST_DRAWN // 2 :] += 1  # a gap in the middle, for those that are left out
        pitch = min((self._height - self.ABOVE - self.BELOW) / (rows[-1] + 1), MOST_APART)
        return column_places(column, rows, self._middle, pitch)

    def _draw_weights(self, layers: Layers, widths: Sequence[int], places: list, unregistered: Sequence[int]) -> None:
        segments, colours, line_widths, broken = [], [], [], []
        for number, (weight, _) in enumerate(layers):
            values = weight.detach().numpy()
            kept = values[np.ix_(_drawn(widths[number + 1]), _drawn(widths[number]))]  # (outputs, inputs)
            largest = np.abs(values).max() or 1.0
            size = np.nan_to_num(np.abs(kept) / largest).ravel()
            colour = np.where(kept.ravel()[:, None] < 0, NEGATIVE, POSITIVE)
            if number in unregistered:
                colour[:] = UNREGISTERED
            many = size.size > FEW
            (thin, thick), (faint, opaque), power = MANY_LINES if many else FEW_LINES
            alpha = faint + (opaque - faint) * size**power
            seen = size >= LEFT_OUT if many else size >= 0
            colours.append(np.concatenate([colour, alpha[:, None]], 1)[seen])
            width = thin + (thick - thin) * size**power if number not in unregistered else np.full(size.shape, 0.7)
            line_widths.append(width[seen])
            segments.append(links_between(places[number], places[number + 1]).reshape(-1, 2, 2)[seen])
            broken.append(np.full(seen.sum(), number in unregistered))
        segments, colours, line_widths, broken = map(np.concatenate, (segments, colours, line_widths, broken))
        order = np.argsort(line_widths)  # the strong ones on top
        self.lines.set(segments=segments[order], color=colours[order], linewidth=line_widths[order])
        self.lines.set_linestyle([BROKEN if one else "-" for one in broken[order]] if broken.any() else "-")

    def _draw_neurons(self, layers: Layers, places: list) -> None:
        for place in places[0]:
            self.layer.shape(place + RADIUS * SQUARE, INPUT, EDGE, 0.8)
        for (_, bias), column in zip(layers, places[1:], strict=True):
            values = bias.detach().numpy()
            largest = np.abs(values).max() or 1.0
            for value, place in zip(values[_drawn(len(values))], column, strict=True):
                face = BELOW_AND_ABOVE_ZERO(0.5 + 0.5 * value / largest)
                self.layer.shape(place + RADIUS * CIRCLE, face, EDGE, 0.8)

    def _write(self, columns: np.ndarray, widths: Sequence[int], heads: Sequence[str], feet: Sequence[Text]) -> None:
        # Every text costs a millisecond, its lines little more.
        names = [f"hidden {number}" if number == 1 or len(widths) < 7 else str(number) for number in range(len(widths))]
        names[0], names[-1] = "input", "output"
        heads = heads or [f"{name}\n{size}" for name, size in zip(names, widths, strict=True)]
        for column, size, head in zip(columns, widths, heads, strict=True):
            self.layer.write(column, self._height - self.NAMES, head)
            if size > MOST_DRAWN:
                self.layer.write(column, self._middle, "⋮")
        if not feet:
            self.layer.write(max(10, columns[0] - 20), self.SHAPES, "W\nb\n=")
        feet = feet or [
            (f"({after}, {before})\n({after},)\n{after * before + after:,}", EDGE) for before, after in pairwise(widths)
        ]
        for middle, (words, colour) in zip((columns[:-1] + columns[1:]) / 2, feet, strict=True):
            self.layer.write(middle, self.SHAPES, words, color=colour)


def _drawn(size: int) -> np.ndarray:
    """Return the numbers of the neurons that are drawn."""
    if size <= MOST_DRAWN:
        return np.arange(size)
    return np.r_[: MOST_DRAWN // 2, size - MOST_DRAWN // 2 : size]
