"""Curves of several runs in one panel, told apart by colour and dashes, each with its name at its end."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean
from typing import TYPE_CHECKING

import matplotlib
import numpy as np
from matplotlib.ticker import MaxNLocator

from ..training.history import History
from .curves import Curves, loss_limits, metric_label, metric_limits
from .names import drawable
from .style import CLASS_COLOURS, STYLE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: A dash pattern a run, as a second cue beside its colour.
DASHES = ("-", (0, (5, 1.5)), (0, (1.5, 1.2)), (0, (6, 1.5, 1.5, 1.5)), (0, (3, 1)), (0, (9, 2)), (0, (4, 3)), "-")
#: Runs that one panel can hold.
MOST_RUNS = len(DASHES)
#: Distance between two names, in points, and letters of a name that have room between two panels.
_NAME_HEIGHT, _NAME_LENGTH = 10.0, 13


class RacePlot(Curves):
    """A quantity, "training_loss" or "metric", of several runs against the epoch, at most `MOST_RUNS`.

    Where they are named, each name stands where the curve ends: to the right of the axes there must be room for it.
    """

    def __init__(self, axes: Axes, num_runs: int, quantity: str = "training_loss", *, named: bool = True) -> None:
        looks = list(zip(CLASS_COLOURS, DASHES, strict=False))[:num_runs]
        super().__init__(axes, [{"color": colour, "linestyle": dash} for colour, dash in looks])
        axes.xaxis.set_major_locator(MaxNLocator(4, integer=True))  # the names need room
        self.quantity = quantity
        colours = [colour for colour, _ in looks if named]
        self.names = [axes.text(0, 0, "", color=colour, fontsize=8, va="center", clip_on=False) for colour in colours]
        self.moving += self.names

    def update(
        self,
        histories: Sequence[History],
        names: Sequence[str],
        *,
        num_epochs: int,
        log_scale: bool = False,
        title: str = "",
    ) -> bool:
        """Show the runs as far as they have come; the epoch axis ends at `num_epochs`."""
        self._follow(*(getattr(history, self.quantity) for history in histories))
        if self.quantity == "metric":
            log_scale, limits, label = False, metric_limits(histories), metric_label(histories)
        else:
            first = [history.training_loss[0] for history in histories if len(history)]
            seen = [value for history in histories for value in history.training_loss] if log_scale else []
            limits, label = loss_limits(first, seen, log_scale), "training loss"
        changed = self.changed((num_epochs, log_scale, limits, title, label))
        if changed:
            with matplotlib.rc_context(STYLE):
                self._frame(num_epochs, limits, label, log_scale=log_scale)
                self.axes.set_title(drawable(title))
        if self.names:
            self._place_names(histories, names)
        return changed

    def _place_names(self, histories: Sequence[History], names: Sequence[str]) -> None:
        """Put each name to the right of its curve's end, pushed up or down where two would overlap."""
        lowest, highest = self.axes.get_ylim()
        ends = []
        for history in histories:
            values = getattr(history, self.quantity)
            value = values[-1] if values and math.isfinite(values[-1]) else highest
            ends.append((len(values), max(value, lowest)))
        x, y = self.axes.transData.transform(ends).T  # in pixels
        low, high = self.axes.bbox.intervaly
        y = y.clip(low, high)
        order = y.argsort(kind="stable")
        heights = spread_out(y[order].tolist(), _NAME_HEIGHT * self.axes.figure.dpi / 72, low, high)
        places = self.axes.transData.inverted().transform(np.column_stack([x[order] + 5, heights]))
        for run, place in zip(order, places, strict=True):
            name = names[run] if len(histories[run]) else ""
            self.names[run].set(position=place, text=drawable(shortened(name)))


def shortened(name: str) -> str:
    """Return as much of a run's name as has room between two panels."""
    return name if len(name) <= _NAME_LENGTH else name[: _NAME_LENGTH - 1] + "…"


def spread_out(positions: Sequence[float], distance: float, low: float, high: float) -> list[float]:
    """Move ascending positions as little as needed, so that neighbours are a distance apart and all lie within limits.

    Less the distances before them, positions need only not to fall: those that do share their mean (isotonic regression).
    """
    groups: list[list[float]] = []
    for place, position in enumerate(positions):
        groups.append([position - distance * place])
        while len(groups) > 1 and fmean(groups[-2]) > fmean(groups[-1]):
            last = groups.pop()
            groups[-1] += last
    highest = max(high - distance * (len(positions) - 1), low)
    shared = [min(max(fmean(group), low), highest) for group in groups for _ in group]
    return [start + distance * place for place, start in enumerate(shared)]
