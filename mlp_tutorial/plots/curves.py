"""Figures that can stand still or move: each class draws on given axes and keeps its artists.

`plot_losses` and `plot_decision_regions` draw a still; the live explorers hold on to the same classes and call
`update` again and again. `update` returns True when something outside the `moving` artists has changed (an axis, a
legend), so that a live picture knows when its background has to be drawn anew.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import matplotlib
import numpy as np
from matplotlib.ticker import MaxNLocator

from ..training.history import History
from .style import PINNED_COLOURS, STYLE, TRAINING_COLOUR, VALIDATION_COLOUR, new_axes, rounded_up

if TYPE_CHECKING:
    from matplotlib.axes import Axes


#: Stretches of epochs into which a long curve is divided for drawing: about one for each pixel or two.
MOST_STRETCHES = 250


class CurvePlot:
    """Curves against the epoch: the losses of a run, or its metric, with other runs pinned behind it.

    Parameters
    ----------
    axes : matplotlib Axes
        Where to draw.
    quantity : {"loss", "metric"}, default "loss"
        What to draw of a `History`.
    """

    def __init__(self, axes: Axes, quantity: str = "loss") -> None:
        self.axes, self.quantity = axes, quantity
        axes.set_xlabel("epoch")
        axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
        axes.set_ylabel("loss")
        self.training = self.validation = None
        if quantity == "loss":
            (self.training,) = axes.plot([], [], color=TRAINING_COLOUR, label="training")
        (self.validation,) = axes.plot([], [], color=VALIDATION_COLOUR, linestyle=(0, (4, 1.5)), label="validation")
        self.moving = [line for line in (self.training, self.validation) if line is not None]
        self._growing = GrowingArray(), GrowingArray()
        self.pinned: list = []
        self.band = None
        self._drawn_as: tuple = ()

    def update(
        self,
        history: History,
        *,
        num_epochs: int | None = None,
        log_scale: bool = False,
        pinned: Sequence[tuple[str, History]] = (),
        band: tuple[Sequence[float], Sequence[float]] | None = None,
        title: str = "",
    ) -> bool:
        """Show a history.

        Parameters
        ----------
        history : History
            The run to draw.
        num_epochs : int, optional
            Where the epoch axis ends; by default at the last epoch of the run.
        log_scale : bool, default False
            Draw the loss on a logarithmic axis.
        pinned : sequence of (label, History)
            Runs to draw thin behind it, at most four.
        band : pair of sequences of float, optional
            Lowest and highest training loss of every epoch over several seeds.
        title : str, default ""
            The title of the axes.

        Returns
        -------
        bool
            Whether anything but the moving artists has changed.
        """
        first, second = self._growing
        if self.training is not None:
            self.training.set_data(*curve_points(first.follow(history.training_loss)))
            self.validation.set_data(*curve_points(second.follow(history.validation_loss)))
        else:
            self.validation.set_data(*curve_points(first.follow(history.metric)))
        limits = self._limits([history, *(run for _, run in pinned)], log_scale, band)
        drawn_as = (
            num_epochs or max(len(history), 1),
            log_scale,
            limits,
            history.metric_name,
            tuple((label, id(run), len(run)) for label, run in pinned),
            None if band is None else (id(band), len(band[0])),
            bool(history.validation_loss),
            title,
        )
        if drawn_as == self._drawn_as:
            return False
        self._drawn_as = drawn_as
        with matplotlib.rc_context(STYLE):
            self._draw_background(drawn_as[0], log_scale, limits, history, pinned, band, title)
        return True

    def _draw_background(
        self,
        num_epochs: int,
        log_scale: bool,
        limits: tuple[float, float],
        history: History,
        pinned: Sequence[tuple[str, History]],
        band: tuple[Sequence[float], Sequence[float]] | None,
        title: str,
    ) -> None:
        self.axes.set_xlim(0, num_epochs)
        self.axes.set_yscale("log" if log_scale and self.quantity == "loss" else "linear")
        self.axes.set_ylim(*limits)
        self.axes.set_title(title)
        if self.quantity == "metric":
            self.axes.set_ylabel(
                f"validation {history.metric_name}" if history.validation_loss else history.metric_name
            )
        self._draw_pinned(pinned)
        self._draw_band(band)
        self._draw_legend(bool(history.validation_loss))

    def _limits(self, runs: list[History], log_scale: bool, band: tuple | None) -> tuple[float, float]:
        """Return limits that seldom change while a run goes on: round numbers around what is seen."""
        if self.quantity == "metric":
            lowest = min((min(run.metric, default=0.0) for run in runs), default=0.0)
            return (0.0 if lowest >= 0 else max(math.floor(lowest * 2) / 2, -1.0)), 1.02
        first = [run.training_loss[0] for run in runs if len(run)] + ([band[1][0]] if band is not None else [])
        seen = [v for run in runs for v in (*run.training_loss, *run.validation_loss)] if log_scale else []
        return loss_limits(first, seen, log_scale)

    def _draw_pinned(self, pinned: Sequence[tuple[str, History]]) -> None:
        for line in self.pinned:
            line.remove()
        self.pinned = []
        for (label, run), colour in zip(pinned, PINNED_COLOURS, strict=False):
            first, second = (run.training_loss, run.validation_loss) if self.training is not None else (run.metric, [])
            style = {"color": colour, "linewidth": 1.1, "zorder": 1.5}
            self.pinned += self.axes.plot(*curve_points(first), label=label, **style)
            if second:
                self.pinned += self.axes.plot(*curve_points(second), linestyle=(0, (4, 1.5)), **style)

    def _draw_band(self, band: tuple[Sequence[float], Sequence[float]] | None) -> None:
        if self.band is not None:
            self.band.remove()
            self.band = None
        if band is not None and self.training is not None:
            low, high = band
            self.band = self.axes.fill_between(
                range(1, len(low) + 1),
                low,
                high,
                color=TRAINING_COLOUR,
                alpha=0.18,
                linewidth=0,
                zorder=1,
                label="over seeds",
            )

    def _draw_legend(self, has_validation: bool) -> None:
        handles, labels = self.axes.get_legend_handles_labels()
        shown = [
            (handle, label)
            for handle, label in zip(handles, labels, strict=True)
            if has_validation or handle is not self.validation
        ]
        if self.quantity == "loss" and shown:
            self.axes.legend(*zip(*shown, strict=True), loc="upper right")


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
    CurvePlot(axes).update(history, log_scale=log_scale, title=title)
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

    Parameters
    ----------
    first : sequence of float
        The losses that the runs start from; a run that climbs far beyond them leaves the picture.
    seen : sequence of float
        All losses; only a logarithmic axis looks at them.
    log_scale : bool
        Whether the axis is logarithmic.

    Examples
    --------
    >>> loss_limits([1.1, 0.9], [], log_scale=False)
    (0.0, 1.5)
    """
    top = rounded_up(1.15 * max([value for value in first if math.isfinite(value)], default=1.0))
    if not log_scale:
        return 0.0, top
    lowest = min((value for value in seen if 0 < value < math.inf), default=0.1)
    return 10 ** math.floor(math.log10(max(lowest, 1e-8))), 10 ** math.ceil(math.log10(top))
