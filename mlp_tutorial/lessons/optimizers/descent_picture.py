"""The picture of a race: the surface as a map with the trails of all optimizers, and their losses step by step."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from mlp_tutorial.lessons.optimizers.descent_racers import Racer
from mlp_tutorial.lessons.optimizers.surfaces import Surface
from mlp_tutorial.live.canvas import Canvas
from mlp_tutorial.plots.names import drawable
from mlp_tutorial.plots.style import CLASS_COLOURS, CLASS_MARKERS, Picture

#: White in the valleys, grey on the hills: pale enough for trails of any colour.
HEIGHTS = LinearSegmentedColormap.from_list("heights", ["#FFFFFF", "#C3CAD2"])
#: One colour, marker and line style for each optimizer, and two for the learner's own.
LOOKS = {
    "sgd": (CLASS_COLOURS[0], CLASS_MARKERS[0], "-"),
    "momentum": (CLASS_COLOURS[1], CLASS_MARKERS[1], "--"),
    "nesterov": (CLASS_COLOURS[3], CLASS_MARKERS[3], ":"),
    "rmsprop": (CLASS_COLOURS[5], CLASS_MARKERS[4], "-."),
    "adam": (CLASS_COLOURS[2], CLASS_MARKERS[2], "-"),
    "adamw": (CLASS_COLOURS[6], CLASS_MARKERS[5], "--"),
}
OWN_LOOKS = ((CLASS_COLOURS[9], CLASS_MARKERS[6], "-."), (CLASS_COLOURS[7], CLASS_MARKERS[9], ":"))
GRID_POINTS = 90


class DescentPicture(Picture):
    """A map on the left, curves on the right, the names above both."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas

    def update(self, surface: Surface, racers: Sequence[Racer], shown: int, num_steps: int) -> bool:
        """Show the first steps of the racers, as many as are `shown`, a dot for each."""
        changed = self.changed((surface.name, tuple(racer.name for racer in racers), num_steps))
        if changed:
            with self._canvas.drawing() as figure:
                self._draw_background(figure, surface, racers, num_steps)
            self._canvas.set_moving(self.moving)
        left, right, bottom, top = surface.limits
        room = 20 * np.array([right - left, top - bottom])  # a line that leaves the map needs no true end
        start = np.array(racers[0].trail[0]) if racers else np.array(surface.start)
        self._start.set_data(*start[:, None])
        for racer, (trail, end, curve) in zip(racers, self._lines, strict=True):
            places = on_and_off_the_map(np.array(racer.trail[: shown + 1]), room)  # (steps + 1, 2)
            trail.set_data(*places.T)
            end.set_data(*places[-1:].T)
            losses = np.array(racer.losses[: shown + 1])
            curve.set_data(np.arange(len(losses)), np.where(np.isfinite(losses), losses, 1e30).clip(1e-30, 1e30))
        return changed

    def _draw_background(self, figure: Figure, surface: Surface, racers: Sequence[Racer], num_steps: int) -> None:
        self._map, self._curves = figure.subplots(1, 2, gridspec_kw={"width_ratios": [1.25, 1]})
        figure.subplots_adjust(left=0.085, right=0.97, bottom=0.135, top=0.9, wspace=0.29)
        left, right, bottom, top = surface.limits
        x, y = torch.linspace(left, right, GRID_POINTS), torch.linspace(bottom, top, GRID_POINTS)
        with torch.no_grad():
            losses = surface.loss(*torch.meshgrid(x, y, indexing="xy"))  # (rows, columns)
        x, y, heights = x.numpy(), y.numpy(), losses.clamp(min=surface.losses[0]).log10().numpy()
        # Equal steps of the loss's logarithm: a valley is seen down to its floor.
        levels = np.linspace(max(heights.min(), np.quantile(heights, 0.995) - 3.5), heights.max(), 16)
        self._map.contourf(x, y, heights, levels=levels, cmap=HEIGHTS, extend="both")
        self._map.contour(x, y, heights, levels=levels, colors="#97A0AA", linewidths=0.5, linestyles="solid")
        self._map.grid(False)
        self._map.set(xlim=(left, right), ylim=(bottom, top), xlabel=surface.axes[0], ylabel=surface.axes[1])
        for name, place in surface.marks.items():
            self._map.plot(*place, marker="*", markersize=11, color="white", markeredgecolor="black", zorder=3)
            if surface.name == "network":
                self._map.annotate(name, place, (0, 8), textcoords="offset points", fontsize=8, ha="center")
        self._curves.set(xlim=(0, num_steps), ylim=surface.losses, yscale="log", xlabel="step", ylabel="loss")
        self._curves.yaxis.set_label_coords(-0.19, 0.5)
        self._map.yaxis.set_label_coords(-0.145, 0.5)
        (self._start,) = self._map.plot([], [], "x", color="black", markersize=7, markeredgewidth=2)
        self._lines, handles = [], []
        own_looks = iter(OWN_LOOKS * 3)
        for racer in racers:
            colour, marker, style = LOOKS.get(racer.name) or next(own_looks)
            steps = {"marker": ".", "markersize": 6.5, "markeredgewidth": 0}  # their length is what there is to see
            (trail,) = self._map.plot([], [], color=colour, linestyle=style, linewidth=0.9, **steps)
            edge = {"markeredgecolor": "white", "markeredgewidth": 0.8}
            (end,) = self._map.plot([], [], marker, color=colour, markersize=7, **edge)
            (curve,) = self._curves.plot([], [], color=colour, linestyle=style, linewidth=1.6)
            self._lines.append((trail, end, curve))
            handles.append(Line2D([], [], color=colour, linestyle=style, marker=marker, label=drawable(racer.name)))
        if handles:
            spacing = {"borderaxespad": 0.1, "columnspacing": 1.3, "handlelength": 2.6}
            figure.legend(handles=handles, loc="upper center", ncols=7, frameon=False, fontsize=8, **spacing)
        trails, ends, curves = zip(*self._lines, strict=True) if self._lines else ((), (), ())
        self.moving = [*trails, *ends, self._start, *self._map.spines.values(), *curves, *self._curves.spines.values()]


def on_and_off_the_map(places: np.ndarray, room: np.ndarray) -> np.ndarray:
    """Return a trail's places as they are drawn, both of shape (places, 2): no line where both its ends are far away.

    A line that leaves the `room` around the map, or comes back, is cut short and keeps its direction: the two coordinates
    clipped apart would send it through the middle of the map.
    """
    places = np.nan_to_num(places, nan=np.inf).clip(-1e30, 1e30)
    far = (np.abs(places) > room).any(1)
    after_near, before_near = np.r_[False, ~far[:-1]], np.r_[~far[1:], False]
    near = np.where(after_near[:, None], np.roll(places, 1, axis=0), np.roll(places, -1, axis=0))
    way = places - near
    cut = near + way / np.maximum(1, np.abs(way / room).max(1, keepdims=True))
    drawn = np.where(far[:, None], cut, places)
    drawn[far & ~after_near & ~before_near] = np.nan
    return drawn
