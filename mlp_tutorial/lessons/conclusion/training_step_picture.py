"""The picture of lesson 10: one training step, and the lessons that explain its parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from mlp_tutorial.plots.style import BELOW_AND_ABOVE_ZERO, STYLE, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Centre of each box, what stands in it, and its lessons; in the order of a step.
PARTS = {
    "data": ((0.09, 0.76), "data\nX, y", "lesson 09"),
    "layers": ((0.355, 0.76), "layers\nrelu(X @ W.T + b)", "lessons 01–04, 06"),
    "logits": ((0.63, 0.76), "logits\none a class", "lessons 02, 04"),
    "loss": ((0.89, 0.76), "loss\none number", "lesson 07"),
    "gradients": ((0.78, 0.2), "gradients\nloss.backward()", "lesson 05"),
    "update": ((0.355, 0.2), "update\nW ← W − rate · gradient", "lessons 05, 08"),
}
FORWARD, BACKWARD = BELOW_AND_ABOVE_ZERO(0.1), BELOW_AND_ABOVE_ZERO(0.9)


def plot_training_step() -> Figure:
    """Draw one training step as a round trip: forward from the data to the loss, backward to the weights.

    Returns
    -------
    matplotlib Figure
        Six boxes with arrows; each names the lessons that it comes from.
    """
    figure = new_figure(6.4, 2.7, layout=None)
    with matplotlib.rc_context(STYLE):
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, 1), ylim=(0, 1))
        axes.axis("off")
        for name, (centre, text, lessons) in PARTS.items():
            _draw_box(axes, centre, text, lessons, BACKWARD if name in ("gradients", "update") else FORWARD)
        for start, end, side in (
            ((0.16, 0.76), (0.225, 0.76), "forward"),
            ((0.485, 0.76), (0.545, 0.76), "forward"),
            ((0.715, 0.76), (0.81, 0.76), "forward"),
            ((0.89, 0.585), (0.84, 0.365), "backward"),
            ((0.66, 0.2), (0.525, 0.2), "backward"),
            ((0.355, 0.365), (0.355, 0.585), "backward"),
        ):
            axes.add_patch(
                FancyArrowPatch(
                    start,
                    end,
                    arrowstyle="-|>",
                    mutation_scale=13,
                    linewidth=1.6,
                    linestyle="-" if side == "forward" else (0, (4, 1.5)),
                    color="#222222",
                )
            )
        axes.text(0.09, 0.2, "again, for every\nbatch of every\nepoch", ha="center", va="center", style="italic")
    return figure


def _draw_box(axes: Axes, centre: tuple[float, float], text: str, lessons: str, colour: object) -> None:
    x, y = centre
    title, formula = text.split("\n")
    width = {"data": 0.13, "layers": 0.25, "logits": 0.16, "loss": 0.15}.get(title, 0.33 if title == "update" else 0.23)
    axes.add_patch(
        FancyBboxPatch(
            (x - width / 2, y - 0.155),
            width,
            0.31,
            boxstyle="round,pad=0.005,rounding_size=0.02",
            facecolor=colour,
            edgecolor="#222222",
            linewidth=1,
        )
    )
    axes.text(x, y + 0.085, title, ha="center", va="center", weight="bold", size=10)
    axes.text(x, y - 0.005, formula, ha="center", va="center", size=8.5)
    axes.text(x, y - 0.1, lessons, ha="center", va="center", size=8, color="#333333")
