"""The pictures of lesson 06's gradient explorer: lines over the layers for each scheme, or histograms of one network."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.ticker import LogLocator, MaxNLocator

from mlp_tutorial.lessons.activations.gradient_flow import Flow, Values
from mlp_tutorial.lessons.shared.initialisation import SCHEMES
from mlp_tutorial.live.canvas import Canvas
from mlp_tutorial.plots.style import Picture, class_style

SMALLEST, LARGEST = 1e-12, 1e12  # what lies beyond leaves the picture
BINS = 32  # of a histogram
_DASHES = ("-", (0, (5, 1.5)), (0, (1.5, 1.2)))
_TITLES = ("gradient of the sums z", "gradient of the weights", "spread of the outputs")  # as `Flow` has them


def _over_layers(axes: Axes, title: str, *, log: bool = True) -> None:
    axes.set(xlabel="layer", title=title)
    axes.xaxis.set_major_locator(MaxNLocator(9, integer=True))
    if log:
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(LogLocator(numticks=6))
    else:
        axes.yaxis.set_major_formatter("{x:.2g}")
    axes.minorticks_off()  # they would take half of the time for drawing


class LinesPicture(Picture):
    """A panel over the layers for each quantity of a `Flow`, and in it a line for each scheme, on 640 × 300 pixels."""

    def __init__(self, canvas: Canvas, schemes: Sequence[str] = tuple(SCHEMES)) -> None:
        with canvas.drawing() as figure:
            self._panels = figure.subplots(1, 3)
            figure.subplots_adjust(left=0.07, right=0.985, bottom=0.22, top=0.91, wspace=0.33)
            self.lines, self.bands = [], []
            for axes, title in zip(self._panels, _TITLES, strict=True):
                _over_layers(axes, title)
                lines = {}
                for number, (scheme, dash) in enumerate(zip(schemes, _DASHES, strict=False)):
                    look = {"linestyle": dash, "markersize": 4, **class_style(number)}
                    (lines[scheme],) = axes.plot([], [], label=scheme, **look)
                self.lines.append(lines)
                self.bands.append(axes.fill_between([1, 2], [1, 1], alpha=0.2, linewidth=0))
            figure.legend(handles=lines.values(), loc="lower center", ncols=len(lines))
        canvas.set_moving([*self.bands, *(line for lines in self.lines for line in lines.values())])

    def update(self, flows: Mapping[str, Sequence[Flow]], shaded: str) -> bool:
        """Draw the medians over the seeds of each scheme, and the range of one."""
        num_layers = len(flows[shaded][0].gradients)
        layers, powers = np.arange(1, num_layers + 1), []
        for quantity, lines, band in zip(Flow._fields, self.lines, self.bands, strict=True):
            lowest, highest = [], []
            for scheme, line in lines.items():
                values = np.array([getattr(flow, quantity) for flow in flows[scheme]])  # (seeds, layers)
                values = np.nan_to_num(values, nan=LARGEST)
                low, middle, high = np.clip([values.min(0), np.median(values, 0), values.max(0)], SMALLEST, LARGEST)
                lowest.append(low.min())
                highest.append(high.max())
                line.set(data=(layers, middle), linewidth=2.2 if scheme == shaded else 1.2)
                if scheme == shaded:
                    band.set_verts([[*zip(layers, low, strict=True), *zip(layers[::-1], high[::-1], strict=True)]])
                    band.set_facecolor(line.get_color())
            powers.append((math.floor(math.log10(min(lowest))), math.ceil(math.log10(max(highest)))))
        if not self.changed((num_layers, powers)):
            return False
        for axes, (low, high) in zip(self._panels, powers, strict=True):
            axes.set(xlim=(0.7, num_layers + 0.3), ylim=(10.0**low, 10.0 ** max(high, low + 1)))
        return True


class HistogramsPicture(Picture):
    """A histogram for each layer, upright and mirrored: of its outputs, and of the sizes of its sums' gradients."""

    def __init__(self, canvas: Canvas) -> None:
        with canvas.drawing() as figure:
            self._outputs, self._gradients = figure.subplots(1, 2)
            figure.subplots_adjust(left=0.08, right=0.985, bottom=0.15, top=0.91, wspace=0.22)
            _over_layers(self._outputs, "outputs of the layer's neurons", log=False)
            _over_layers(self._gradients, "sizes of ∂L/∂z, without zeros")
            self.shapes = [
                axes.add_collection(PolyCollection([]), autolim=False) for axes in (self._outputs, self._gradients)
            ]
        canvas.set_moving(self.shapes)

    def update(self, values: Values, shaded: str) -> bool:
        """Draw the numbers of one network, in its scheme's colour."""
        outputs = [_finite(layer) for layer in values.outputs]
        sizes = [np.abs(_finite(layer)) for layer in values.gradients]
        sizes = [np.clip(layer[layer > 0], SMALLEST, LARGEST) for layer in sizes]
        low, high = -_nice(-min(layer.min() for layer in outputs)), _nice(max(layer.max() for layer in outputs))
        found = np.concatenate([*sizes, [1e-3, 1e-2]] if sum(map(len, sizes)) == 0 else sizes)
        least, most = np.quantile(np.log10(found), [0.01, 1.0])
        powers = math.floor(least), math.ceil(most)
        powers = powers[0], max(powers[1], powers[0] + 1)
        colour = class_style([*SCHEMES].index(shaded))["color"]
        edges = np.linspace(low, high, BINS + 1), np.linspace(*powers, BINS + 1)
        for shapes, layers, bins in zip(self.shapes, (outputs, map(np.log10, sizes)), edges, strict=True):
            heights = bins if shapes is self.shapes[0] else 10.0**bins
            verts = [_mirrored(place, np.histogram(layer, bins)[0], heights) for place, layer in enumerate(layers, 1)]
            shapes.set(verts=verts, facecolor=colour)
        if not self.changed((len(outputs), low, high, powers)):
            return False
        for axes in (self._outputs, self._gradients):
            axes.set_xlim(0.4, len(outputs) + 0.6)
        margin = 0.03 * (high - low)
        self._outputs.set_ylim(low - margin, high + margin)
        self._gradients.set_ylim(10.0 ** powers[0], 10.0 ** powers[1])
        return True


def _finite(layer: Sequence) -> np.ndarray:
    return np.clip(np.nan_to_num(np.asarray(layer, dtype=float).ravel(), nan=LARGEST), -LARGEST, LARGEST)


def _nice(reach: float) -> float:
    """Return the next of 1, 2 and 5 times a power of ten; 0 for what does not reach above zero."""
    if reach <= SMALLEST:
        return 0.0
    power = 10.0 ** math.floor(math.log10(reach))
    return next(step * power for step in (1, 2, 5, 10) if reach <= step * power * (1 + 1e-9))


def _mirrored(place: int, counts: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Return the outline of a histogram that stands upright at a place, as wide as 0.9 where most values are."""
    half, heights = np.repeat(0.45 * counts / max(counts.max(), 1), 2), np.repeat(edges, 2)[1:-1]
    return np.column_stack([np.r_[place - half, place + half[::-1]], np.r_[heights, heights[::-1]]])
