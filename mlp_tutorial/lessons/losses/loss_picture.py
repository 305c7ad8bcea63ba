"""Losses and their gradients as curves, one of them strong, with the tangent at the prediction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch

from mlp_tutorial.lessons.losses.own_loss import LOSSES, OWN_STYLE
from mlp_tutorial.live.canvas import Canvas
from mlp_tutorial.plots.names import drawable
from mlp_tutorial.plots.style import Picture
from mlp_tutorial.utils.wording import number

#: Losses and their gradients, each of shape (points,).
Curves = tuple[np.ndarray, np.ndarray]


class LossPicture(Picture):
    """The losses on the left, their gradients on the right, against the prediction."""

    def __init__(self, canvas: Canvas, points: torch.Tensor, names: Sequence[str]) -> None:
        self._points, limits = points, (points[0].item(), points[-1].item())
        with canvas.drawing() as figure:
            left, right = figure.subplots(1, 2)
            figure.subplots_adjust(left=0.07, right=0.98, bottom=0.16, top=0.9, wspace=0.2)
            left.set(xlim=limits, ylim=(0, 8), xlabel="prediction", ylabel="loss")
            right.set(xlim=limits, ylim=(-4.4, 4.4), xlabel="prediction", ylabel="gradient")
            right.axhline(0, color="#999999", linewidth=0.8)
            self.losses, self.gradients = {}, {}
            for name in names:
                colour, style = LOSSES.get(name, OWN_STYLE)
                look = {"color": colour, "linestyle": style, "label": drawable(name)}
                self.losses[name] = left.plot([], [], **look)[0]
                self.gradients[name] = right.plot([], [], **look)[0]
            upright = {"color": "#555555", "linewidth": 1, "linestyle": (0, (2, 2))}
            self.targets = [axes.axvline(0, **upright) for axes in (left, right)]
            (self.tangent,) = left.plot([], [], color="black", linewidth=1.4)
            self.points = [axes.plot([], [], "o", color="black", markersize=6)[0] for axes in (left, right)]
            self.titles = [axes.set_title(" ") for axes in (left, right)]
            self._legend = right.legend(handles=list(self.gradients.values()), loc="lower right")
        curves = [*self.losses.values(), *self.gradients.values()]
        self.moving = [*self.targets, *curves, self.tangent, *self.points, *self.titles]
        canvas.set_moving(self.moving)

    def update(self, curves: Mapping[str, Curves], chosen: str, target: float, point: tuple[float, ...]) -> bool:
        """Show losses and gradients, the chosen one strong, and the point's prediction, loss and gradient."""
        prediction, loss, gradient = point
        for name, values in curves.items():
            for line, heights in zip((self.losses[name], self.gradients[name]), values, strict=True):
                line.set(data=(self._points, heights), linewidth=3 if name == chosen else 1)
        for line in self.targets:
            line.set_xdata([target, target])
        run = 1.5 / max(1.0, abs(gradient) / 2)  # half the tangent's width: steep ones are kept short
        ends = np.array([-run, run])
        self.tangent.set_data(prediction + ends, loss + gradient * ends)
        for point, value in zip(self.points, (loss, gradient), strict=True):
            low, high = point.axes.get_ylim()
            marker = "^" if value > high else "v" if value < low else "o"
            within = 0.97 * low + 0.03 * high, 0.97 * high + 0.03 * low
            shown = value if marker == "o" else np.interp(value, (low, high), within)
            point.set(data=([prediction], [shown]), marker=marker)  # an arrow at the edge, where it lies beyond
        self.titles[0].set_text(drawable(f"loss {number(loss, 2)}: {chosen}"))
        self.titles[1].set_text(f"its gradient {number(gradient, 2)}: the slope on the left")
        for line, name in zip(self._legend.get_lines(), self.gradients, strict=True):
            line.set_linewidth(3 if name == chosen else 1)
        return self.changed(chosen)
