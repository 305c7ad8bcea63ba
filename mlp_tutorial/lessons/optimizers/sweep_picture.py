"""The picture of a sweep: the final loss against the learning rate, and the loss curves of all rates beside it."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib
import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from mlp_tutorial.live.canvas import Canvas
from mlp_tutorial.plots.style import STYLE, TRAINING_COLOUR, Picture, rounded_up

MARKED_COLOUR, TOO_HIGH_COLOUR = "#D55E00", "#F3D9D9"


class SweepPicture(Picture):
    """Two panels: the loss over the learning rates, with a band over seeds, and the loss over the epochs."""

    def __init__(self, canvas: Canvas, learning_rates: Sequence[float]) -> None:
        self._rates = np.array(learning_rates)
        ratio = (self._rates[-1] / self._rates[0]) ** (0.5 / (len(self._rates) - 1))
        borders = np.sqrt(self._rates[1:] * self._rates[:-1])
        self._borders = np.array([self._rates[0] / ratio, *borders, self._rates[-1] * ratio])
        with canvas.drawing() as figure:
            self._lay_out(figure)
        canvas.set_moving(self.moving)

    def _lay_out(self, figure: Figure) -> None:
        self._valley, self._curves = figure.subplots(1, 2, sharey=True)
        figure.subplots_adjust(left=0.09, right=0.97, bottom=0.145, top=0.91, wspace=0.06)
        self._valley.set(xscale="log", xlim=self._borders[[0, -1]], xlabel="learning rate", ylabel="loss at the end")
        self._curves.set(xlabel="epoch", title="one line per rate, darker where it is higher")
        self._curves.xaxis.set_major_locator(MaxNLocator(5, integer=True))
        self.too_high = [
            self._valley.axvspan(low, high, color=TOO_HIGH_COLOUR, linewidth=0, visible=False)
            for low, high in zip(self._borders[:-1], self._borders[1:], strict=True)
        ]
        zeros, blue = np.zeros_like(self._rates), {"color": TRAINING_COLOUR}
        self._band = self._valley.fill_between(self._rates, zeros, zeros, alpha=0.22, linewidth=0, **blue)
        (self._median,) = self._valley.plot(self._rates, zeros, marker="o", markersize=4, **blue)
        look = {"color": MARKED_COLOUR, "linewidth": 1.6, "linestyle": "--"}
        self._marker = self._valley.axvline(self._rates[0], ymax=0.62, **look)  # the legend stands above
        shades = matplotlib.colormaps["Blues"](np.linspace(0.3, 0.95, len(self._rates)))
        # One collection: drawing sixteen separate lines takes twice as long.
        self._lines = self._curves.add_collection(LineCollection([], colors=shades, linewidths=1.1), autolim=False)
        (self._marked,) = self._curves.plot([], [], color=MARKED_COLOUR, linewidth=2.4, linestyle="--")
        self._baselines = [axes.axhline(1, color="#666666", linewidth=1, linestyle=(0, (1, 2))) for axes in figure.axes]
        legend = {
            "median over seeds": self._median,
            "lowest to highest": self._band,
            "marked rate": self._marker,
            "baseline": self._baselines[0],
            "learns nothing": Patch(color=TOO_HIGH_COLOUR),
        }
        self._valley.legend(legend.values(), legend, loc="upper left")
        self._title = self._valley.set_title(" ")  # it names the sizes, which move: no reason to draw the axes anew
        lines = [self._lines, self._marked, *self._baselines, self._median]
        spines = [spine for axes in figure.axes for spine in axes.spines.values()]
        self.moving = [*self.too_high, self._band, self._marker, *lines, self._title, *spines]

    def update(
        self,
        losses: np.ndarray,
        *,
        marked: int,
        num_epochs: int,
        baseline: float,
        too_high: Sequence[bool],
        log_scale: bool,
        title: str,
    ) -> bool:
        """Show losses of shape (rate, seed, epoch), NaN where a run has diverged; mark a rate, and shade those too high."""
        losses = np.nan_to_num(losses, nan=1e6, posinf=1e6).clip(0, 1e6)
        medians = np.median(losses, 1)  # (rate, epoch)
        epochs = np.arange(1, losses.shape[2] + 1)
        self._lines.set_segments([np.column_stack([epochs, median]) for median in medians])
        self._marked.set_data(epochs, medians[marked])
        self._marker.set_xdata([self._rates[marked]] * 2)
        self._median.set_visible(bool(len(epochs)))
        self._band.set_visible(bool(len(epochs)))
        if len(epochs):
            self._median.set_ydata(medians[:, -1])
            low, high = losses[:, :, -1].min(1), losses[:, :, -1].max(1)
            self._band.set_verts([np.column_stack([[*self._rates, *self._rates[::-1]], [*low, *high[::-1]]])])
        for span, shaded in zip(self.too_high, too_high, strict=True):
            span.set_visible(bool(shaded))
        for line in self._baselines:
            line.set_ydata([baseline] * 2)
        self._title.set_text(title)
        bottom, top = 0.0, rounded_up(1.6 * baseline)
        if log_scale:
            top = rounded_up(15 * baseline)  # room for the legend
            bottom = min(0.01 * baseline, 10 ** np.floor(np.log10(max(medians.min(initial=1.0), 1e-6))))
        if not self.changed((num_epochs, log_scale, bottom, top)):
            return False
        with matplotlib.rc_context(STYLE):
            self._valley.set(yscale="log" if log_scale else "linear", ylim=(bottom, top))
            self._curves.set_xlim(0, num_epochs)
        return True
