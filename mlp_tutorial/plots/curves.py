"""Curves against the epoch: the losses of a run, its metric, and what these pictures share with the race."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import matplotlib
import numpy as np
from matplotlib.ticker import MaxNLocator, NullFormatter

from ..training.history import History
from .names import drawable
from .style import PINNED_COLOURS, STYLE, TRAINING_COLOUR, VALIDATION_COLOUR, Picture, new_axes, rounded_up

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Stretches of epochs into which a long curve is divided for drawing: about one for each pixel or two.
MOST_STRETCHES = 250
#: Dashes of what is measured on validation data.
DASHED = (0, (4, 1.5))


class Curves(Picture):
    """Lines against the epoch, each in a style: what the pictures of training runs have in common."""

    def __init__(self, axes: Axes, styles: Sequence[dict]) -> None:
        self.axes = axes
        axes.set_xlabel("epoch")
        axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
        self.lines = [axes.plot([], [], **style)[0] for style in styles]
        self.moving = [*self.lines]
        self.pinned: list = []
        self._growing = [GrowingArray() for _ in self.lines]
        self._shown: tuple | None = None

    def _follow(self, *curves: Sequence[float]) -> None:
        for line, growing, values in zip(self.lines, self._growing, curves, strict=True):
            line.set_data(*curve_points(growing.follow(values)))

    def _unless_empty(self, known: bool, frame: tuple) -> tuple:
        """Return what the frame is to say; before anything is known of a new run, what it said: a picture less is drawn."""
        if known or self._shown is None:
            self._shown = frame
        return self._shown

    def _frame(self, num_epochs: int, limits: tuple[float, float], label: str, *, log_scale: bool = False) -> None:
        self.axes.set_xlim(0, num_epochs)
        self.axes.set_yscale("log" if log_scale else "linear")
        if log_scale:  # "6 × 10⁻¹" beside a tick between two powers would push the label out of a small picture
            self.axes.yaxis.set_minor_formatter(NullFormatter())
        self.axes.set(ylim=limits, ylabel=label)

    def _pin(self, pinned: Sequence[tuple[str, Sequence[Sequence[float]]]]) -> None:
        """Draw the curves of other runs thin behind the own: each run's first solid, its second dashed."""
        for line in self.pinned:
            line.remove()
        self.pinned = []
        for (name, curves), colour in zip(pinned, PINNED_COLOURS, strict=False):
            style = {"color": colour, "linewidth": 1.1, "zorder": 1.5}
            for values, dash, label in zip(curves, ("-", DASHED), (drawable(name), "_"), strict=False):
                self.pinned += self.axes.plot(*curve_points(values), linestyle=dash, label=label, **style)


class LossCurves(Curves):
    """Training and validation loss of a run, with other runs pinned behind it."""

    def __init__(self, axes: Axes) -> None:
        styles = [
            {"color": TRAINING_COLOUR, "label": "training"},
            {"color": VALIDATION_COLOUR, "label": "validation", "linestyle": DASHED},
        ]
        super().__init__(axes, styles)
        self.training, self.validation = self.lines
        self.band, self.marks = None, []

    def update(
        self,
        history: History,
        *,
        num_epochs: int | None = None,
        log_scale: bool = False,
        pinned: Sequence[tuple[str, History]] = (),
        band: tuple[Sequence[float], Sequence[float]] | None = None,
        marks: Sequence[tuple[int, str]] = (),
        title: str = "",
    ) -> bool:
        """Show a history, at most four pinned runs thin behind it; the epoch axis ends at `num_epochs`, or with the run.

        `band` holds the lowest and the highest training loss of every epoch over several seeds; `marks` are epochs after
        which something changed, each with a word on it.
        """
        self._follow(history.training_loss, history.validation_loss)
        runs = [history, *(run for _, run in pinned)]
        first = [run.training_loss[0] for run in runs if len(run)] + ([band[1][0]] if band is not None else [])
        seen = [v for run in runs for v in (*run.training_loss, *run.validation_loss)] if log_scale else []
        known = bool(first) or log_scale != (self.axes.get_yscale() == "log")
        frame = loss_limits(first, seen, log_scale), bool(history.validation_loss)
        limits, with_validation = self._unless_empty(known, frame)
        num_epochs = num_epochs or max(len(history), 1)
        names = tuple((name, id(run), len(run)) for name, run in pinned)
        banded = None if band is None else (id(band), len(band[0]))
        if not self.changed((num_epochs, log_scale, limits, names, banded, with_validation, tuple(marks), title)):
            return False
        with matplotlib.rc_context(STYLE):
            self._frame(num_epochs, limits, "loss", log_scale=log_scale)
            self.axes.set_title(drawable(title))
            self._pin([(name, (run.training_loss, run.validation_loss)) for name, run in pinned])
            self._draw_band(band)
            self._draw_marks(marks)
            self.validation.set_label("validation" if with_validation else "_")  # "_": not in the legend
            self.axes.legend(loc="upper right")
        return True

    def _draw_band(self, band: tuple[Sequence[float], Sequence[float]] | None) -> None:
        if self.band is not None:
            self.band.remove()
            self.band = None
        if band is not None:
            epochs = range(1, len(band[0]) + 1)
            style = {"color": TRAINING_COLOUR, "alpha": 0.18, "linewidth": 0, "zorder": 1}
            self.band = self.axes.fill_between(epochs, *band, label="over seeds", **style)

    def _draw_marks(self, marks: Sequence[tuple[int, str]]) -> None:
        for artist in self.marks:
            artist.remove()
        look = {"color": "#555555", "zorder": 1.2}
        text = {**look, "rotation": 90, "ha": "right", "va": "center", "fontsize": "small"}
        self.marks = [self.axes.axvline(epoch, linewidth=0.8, **look) for epoch, _ in marks]
        foot = self.axes.get_xaxis_transform()  # x in epochs, y as a share of the axes' height
        room = 0.05 * self.axes.get_xlim()[1]  # of marks close together the last one's word is shown
        following = [epoch for epoch, _ in marks[1:]]
        marks = [mark for mark, after in zip(marks, [*following, math.inf], strict=False) if after - mark[0] > room]
        self.marks += [self.axes.text(epoch, 0.5, drawable(word), transform=foot, **text) for epoch, word in marks]


class MetricCurve(Curves):
    """Accuracy or R² of a run, with other runs pinned behind it."""

    def __init__(self, axes: Axes) -> None:
        super().__init__(axes, [{"color": VALIDATION_COLOUR, "linestyle": DASHED}])

    def update(self, history: History, *, num_epochs: int | None = None, pinned: Sequence[History] = ()) -> bool:
        """Show a history's metric, thin behind it those of pinned runs."""
        self._follow(history.metric)
        runs = [history, *pinned]
        limits, label = self._unless_empty(len(history) > 0, (metric_limits(runs), metric_label([history])))
        num_epochs = num_epochs or max(len(history), 1)
        if not self.changed((num_epochs, limits, label, tuple((id(run), len(run)) for run in pinned))):
            return False
        with matplotlib.rc_context(STYLE):
            self._frame(num_epochs, limits, label)
            self._pin([("", [run.metric]) for run in pinned])
        return True


def plot_losses(history: History, axes: Axes | None = None, *, log_scale: bool = False, title: str = "") -> Axes:
    """Draw training and validation loss against the epoch.

    Parameters
    ----------
    history : History
        As `train` returned it.
    axes : matplotlib Axes, optional
        Where to draw; by default in a figure of its own.
    log_scale : bool, default False
        Draw the loss on a logarithmic axis.
    title : str, default ""
        The title of the axes.

    Returns
    -------
    matplotlib Axes
        The axes drawn on.
    """
    axes = new_axes() if axes is None else axes
    LossCurves(axes).update(history, log_scale=log_scale, title=title)
    return axes


class GrowingArray:
    """A list that only grows, as an array: of a long run each picture then turns the new values alone into numbers."""

    def __init__(self) -> None:
        self._list: Sequence[float] = []
        self._array, self._length = np.empty(0), 0

    def follow(self, values: Sequence[float]) -> np.ndarray:
        """Return the list as an array; another list, or one that has shrunk, is read anew."""
        if values is not self._list or len(values) < self._length:
            self._list, self._length = values, 0
        if len(values) > len(self._array):
            self._array = np.concatenate([self._array[: self._length], np.empty(len(values))])
        self._array[self._length : len(values)] = values[self._length :]
        self._length = len(values)
        return self._array[: self._length]


def curve_points(values: Sequence[float]) -> tuple[np.ndarray, np.ndarray]:
    """Return epochs and values to draw: of a long run the lowest and the highest value of every stretch of epochs.

    A line of ten thousand points takes ten times as long to draw as one of a thousand, and looks the same.
    """
    values = np.asarray(values, dtype=float)
    values = np.where(np.isfinite(values), values, np.nan)
    epochs = np.arange(1, len(values) + 1)
    stretch = len(values) // MOST_STRETCHES
    if stretch < 4:
        return epochs, values
    whole = len(values) - len(values) % stretch
    rows = np.nan_to_num(values[:whole].reshape(-1, stretch), nan=np.inf)
    starts = np.arange(0, whole, stretch)
    kept = np.stack([rows.argmin(1), rows.argmax(1)], 1) + starts[:, None]
    kept = np.concatenate([np.sort(kept, 1).ravel(), np.arange(whole, len(values))])
    return epochs[kept], values[kept]


def loss_limits(first: Sequence[float], seen: Sequence[float], log_scale: bool) -> tuple[float, float]:
    """Return limits of a loss axis that seldom change while runs go on: round numbers around what is seen.

    A run that climbs far beyond the losses that all start from leaves the picture; a logarithmic axis looks at all losses.
    """
    top = rounded_up(1.15 * max([value for value in first if math.isfinite(value)], default=1.0))
    if not log_scale:
        return 0.0, top
    lowest = min((value for value in seen if 0 < value < math.inf), default=0.1)
    return 10 ** math.floor(math.log10(max(lowest, 1e-8))), 10 ** math.ceil(math.log10(top))


def metric_limits(runs: Sequence[History]) -> tuple[float, float]:
    """Return limits of a metric's axis: from 0, or from a half or a whole below it for an R² below 0, to 1."""
    lowest = min((value for run in runs for value in run.metric if math.isfinite(value)), default=0.0)
    return max(min(math.floor(lowest * 2) / 2, 0.0), -1.0), 1.02


def metric_label(runs: Sequence[History]) -> str:
    """Return what the runs' metric is called, and whether it was measured on validation data."""
    name = next((run.metric_name for run in runs if len(run)), "metric")
    return f"validation {name}" if any(run.validation_loss for run in runs) else name
