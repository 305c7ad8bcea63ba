"""An activation function and its slope as curves, with a point that moves along both."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from mlp_tutorial.live.canvas import Canvas
from mlp_tutorial.plots.names import drawable
from mlp_tutorial.plots.style import Picture

CURVE_COLOUR, POINT_COLOUR, OWN_COLOUR = "#0072B2", "#D55E00", "#009E73"


class ActivationPicture(Picture):
    """A function with a point and its tangent on the left, its slope on the right."""

    def __init__(self, canvas: Canvas, grid: torch.Tensor, with_own: bool) -> None:
        self._grid = grid
        with canvas.drawing() as figure:
            self.left, self.right = left, right = figure.subplots(1, 2)
            figure.subplots_adjust(left=0.07, right=0.985, bottom=0.17, top=0.9, wspace=0.18)
            for axes in (left, right):
                axes.axhline(0, color="#888888", linewidth=0.8)
                axes.axvline(0, color="#888888", linewidth=0.8)
                axes.set(xlim=(grid[0].item(), grid[-1].item()), xlabel="pre-activation z")
            (self.curve,) = left.plot([], [], color=CURVE_COLOUR)
            (self.tangent,) = left.plot([], [], color=POINT_COLOUR, linestyle=(0, (4, 1.5)), linewidth=1.3)
            (self.slopes,) = right.plot([], [], color=CURVE_COLOUR, label="slope")
            dotted = {"color": "#555555", "linestyle": (0, (1.5, 1.2)), "linewidth": 1.4}
            (self.powers,) = right.plot([], [], label="slope to the power of layers", **dotted)
            (self.own,) = right.plot([], [], color=OWN_COLOUR, linestyle=(0, (4, 3)), label="your derivative")
            self.own.set_visible(with_own)
            round_mark = {"marker": "o", "color": POINT_COLOUR, "markersize": 7, "clip_on": False}
            self.points = [axes.plot([], [], **round_mark)[0] for axes in (left, right)]
            right.legend(handles=[self.slopes, self.powers] + [self.own] * with_own, loc="upper left")
        self.moving = [self.powers, self.tangent, *self.points]
        canvas.set_moving(self.moving)

    def update(
        self, name: str, curves: Sequence[torch.Tensor], own: torch.Tensor | None, point: Sequence[float], layers: int
    ) -> bool:
        """Show a function's values and slopes, the slopes of the learner's own, and the point's z, value and slope."""
        (values, slopes), (z, value, slope) = curves, point
        self.tangent.set_data([z - 1.6, z + 1.6], [value - 1.6 * slope, value + 1.6 * slope])
        for mark, height in zip(self.points, (value, slope), strict=True):
            mark.set_data([z], [height])
        self.powers.set_data(self._grid, slopes**layers)
        if not self.changed((name, values.tolist())):
            return False
        self.curve.set_data(self._grid, values)
        self.slopes.set_data(self._grid, slopes)
        self.own.set_data(self._grid, slopes * torch.nan if own is None else own)
        # Above the slopes there is room for the legend.
        for axes, drawn, least, room in ((self.left, values, 0.4, 0.1), (self.right, slopes, 1.0, 0.55)):
            finite = drawn[drawn.isfinite()]
            low, high = min(finite.min().item(), 0.0), max(finite.max().item(), least)
            axes.set_ylim(low - 0.08 * (high - low), high + room * (high - low))
        self.left.title.set_text(drawable(f"{name}(z), and its tangent at the point"))
        self.right.title.set_text(drawable(f"slope of {name}"))
        return True
