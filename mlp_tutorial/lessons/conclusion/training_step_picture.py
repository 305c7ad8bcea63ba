"""The picture of lesson 10: one training step, and the lessons that explain its parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from mlp_tutorial.plots.style import BELOW_AND_ABOVE_ZERO, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Title of each box, its formula, its lessons, its centre and its width; in the order of a step.
BOXES = (
    ("data", "X, y", "lesson 09", (0.09, 0.76), 0.13),
    ("layers", "relu(X @ W.T + b)", "lessons 01–04, 06", (0.355, 0.76), 0.25),
    ("logits", "one per class", "lessons 02, 04", (0.63, 0.76), 0.16),
    ("loss", "one number", "lesson 07", (0.89, 0.76), 0.15),
    ("gradients", "loss.backward()", "lesson 05", (0.78, 0.2), 0.23),
    ("update", "W ← W − rate · gradient", "lessons 05, 08", (0.355, 0.2), 0.33),
)
FORWARD, BACKWARD = BELOW_AND_ABOVE_ZERO(0.1), BELOW_AND_ABOVE_ZERO(0.9)
ARROW = {"arrowstyle": "-|>", "mutation_scale": 13, "linewidth": 1.6, "color": "#222222"}


def plot_training_step() -> Figure:
    """Draw one training step as a round trip: forward from the data to the loss, backward to the weights.

    Returns
    -------
    matplotlib Figure
        Six boxes with arrows; each names the lessons that it comes from.
    """
    with new_figure(6.4, 2.7, layout=None) as figure:
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, 1), ylim=(0, 1))
        axes.axis("off")
        for box in BOXES:
            _draw_box(axes, *box)
        forward = [((0.16, 0.76), (0.225, 0.76)), ((0.485, 0.76), (0.545, 0.76)), ((0.715, 0.76), (0.81, 0.76))]
        backward = [((0.89, 0.585), (0.84, 0.365)), ((0.66, 0.2), (0.525, 0.2)), ((0.355, 0.365), (0.355, 0.585))]
        for arrows, line in ((forward, "-"), (backward, (0, (4, 1.5)))):
            for start, end in arrows:
                axes.add_patch(FancyArrowPatch(start, end, linestyle=line, **ARROW))
        axes.text(0.09, 0.2, "again, for every\nbatch of every\nepoch", ha="center", va="center", style="italic")
    return figure


def _draw_box(axes: Axes, title: str, formula: str, lessons: str, centre: tuple[float, float], width: float) -> None:
    x, y = centre
    colour = FORWARD if y > 0.5 else BACKWARD
    style = {"boxstyle": "round,pad=0.005,rounding_size=0.02", "facecolor": colour, "edgecolor": "#222222"}
    axes.add_patch(FancyBboxPatch((x - width / 2, y - 0.155), width, 0.31, linewidth=1, **style))
    axes.text(x, y + 0.085, title, ha="center", va="center", weight="bold", size=10)
    axes.text(x, y - 0.005, formula, ha="center", va="center", size=8.5)
    axes.text(x, y - 0.1, lessons, ha="center", va="center", size=8, color="#333333")
