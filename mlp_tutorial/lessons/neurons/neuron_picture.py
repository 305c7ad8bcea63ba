"""What the explorer of lesson 01 draws: gradients as arrows, the neuron's output over the plane, the trail of losses."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import matplotlib
import numpy as np
import torch
from contourpy import contour_generator
from matplotlib.patches import FancyArrowPatch
from torch import nn

from mlp_tutorial.data.dataset import Dataset
from mlp_tutorial.lessons.neurons.one_neuron import Measurement
from mlp_tutorial.live.canvas import Canvas
from mlp_tutorial.plots.regions import DecisionRegions
from mlp_tutorial.plots.style import STYLE, Picture, rounded_up
from mlp_tutorial.utils.wording import number

OutputsOf = Callable[[torch.Tensor], torch.Tensor]  # points (points, 2) in, a neuron's outputs (points,) out
Moves = Sequence[tuple[str, float]]  # who moved, and the loss after it

GRADIENT_COLOUR, HAND_COLOUR, DESCENT_COLOUR = "#B34700", "#882255", "#009E73"
ARROW_PLACES = {"w1": 110, "w2": 320, "b": 530}  # the arrows' middles in pixels
ARROW_ROOM = 62  # to both sides
FULL_GRADIENT = 0.2  # its arrow fills the room, unless one of the three is larger


class NeuronPicture(Picture):
    """Three arrows on top; below them the neuron's output over the plane of its two inputs, and the trail of losses.

    `canvas` has 640 × 360 pixels; `goal` is a loss to reach, drawn as a line.
    """

    def __init__(self, canvas: Canvas, dataset: Dataset, goal: float | None) -> None:
        with canvas.drawing() as figure:
            self._lay_out_arrows(figure.add_axes((0, 290 / 360, 1, 70 / 360)), dataset.feature_names)
            left, self._losses = figure.subplots(1, 2)
            figure.subplots_adjust(left=0.075, right=0.98, bottom=0.185, top=0.745, wspace=0.27)
            self._regions = DecisionRegions(left, dataset)
            (self.line,) = left.plot([], [], color="black", linewidth=2, label="output 0.5")
            left.set(xlim=left.get_xlim(), ylim=left.get_ylim())  # the line, wherever it lies, must not widen them
            # Below the panels, for whatever lies on the moving picture has to be drawn again with every frame.
            handles, labels = left.get_legend_handles_labels()
            labels[:2] = [f"{name}: {number}" for number, name in enumerate(labels[:2])]
            figure.legend(handles, labels, loc="lower left", ncols=3, borderaxespad=0.2, fontsize=8)
            self._title = left.set_title(" ", weight="bold")
            self._lay_out_trail(goal)
        regions, trail = self._regions, [self._path, self._by_hand, self._by_descent]
        frame = [*regions.points, self.line, *regions.spines, self._title]
        self.moving = [regions.image, *frame, *trail, *self.arrows.values(), *self._slopes.values()]
        canvas.set_moving(self.moving)

    def _lay_out_arrows(self, axes, feature_names: Sequence[str]) -> None:
        axes.set(xlim=(0, 640), ylim=(0, 70))
        axes.axis("off")
        self.arrows, self._slopes = {}, {}
        titles = [f"weight w1 ({feature_names[0]})", f"weight w2 ({feature_names[1]})", "bias b"]
        for (name, place), title in zip(ARROW_PLACES.items(), titles, strict=True):
            axes.text(place, 59, title, weight="bold", ha="center", va="center")
            axes.text(place - ARROW_ROOM - 8, 36, "lower", fontsize=8, color="#555555", ha="right", va="center")
            axes.text(place + ARROW_ROOM + 8, 36, "raise", fontsize=8, color="#555555", ha="left", va="center")
            axes.plot([place - ARROW_ROOM, place + ARROW_ROOM], [36, 36], color="#dddddd", linewidth=1)
            axes.plot([place, place], [28, 44], color="#999999", linewidth=1)
            style = {"arrowstyle": "-|>", "mutation_scale": 13, "shrinkA": 0, "shrinkB": 0}
            arrow = FancyArrowPatch((place, 36), (place, 36), color=GRADIENT_COLOUR, linewidth=3, **style)
            self.arrows[name] = axes.add_patch(arrow)
            axes.text(place - 2, 14, "gradient", color=GRADIENT_COLOUR, ha="right", va="center")
            self._slopes[name] = axes.text(place + 4, 14, "", color=GRADIENT_COLOUR, va="center")

    def _lay_out_trail(self, goal: float | None) -> None:
        axes = self._losses
        axes.set(xlabel="moves", ylabel="loss", title="trail of losses")
        (self._before,) = axes.plot([], [], color="#aaaaaa", linewidth=1.2, label="before the reset")
        (self._path,) = axes.plot([], [], color="#777777", linewidth=0.8)
        marks = {"linestyle": "none", "markersize": 3.5}
        (self._by_hand,) = axes.plot([], [], color=HAND_COLOUR, marker="o", label="by hand", **marks)
        (self._by_descent,) = axes.plot([], [], color=DESCENT_COLOUR, marker="s", label="gradient descent", **marks)
        if goal is not None:
            axes.axhline(goal, color="black", linestyle=(0, (4, 2)), linewidth=1, label=f"goal {goal:g}")

    def update(
        self, outputs_of: OutputsOf, measured: Measurement, trail: Moves, trail_before: Moves, moves_to_come: int
    ) -> bool:
        """Show a neuron, and its moves since the last reset and before it.

        There is room at once for the moves to come: a panel drawn anew takes as long as ten moves.
        """
        self._regions.update(_AsModel(outputs_of))
        self._update_line(outputs_of)
        self._title.set_text(f"loss {number(measured.loss)}")
        finite = [abs(slope) for slope in measured.gradient.values() if math.isfinite(slope)]
        for name, slope in measured.gradient.items():
            self._update_arrow(name, slope, max([FULL_GRADIENT, *finite]))
        return self._update_trail(trail, trail_before, moves_to_come)

    def _update_line(self, outputs_of: OutputsOf) -> None:
        size = self._regions.resolution
        with torch.no_grad():
            outputs = outputs_of(self._regions.grid).reshape(size, size).float().numpy()
        left, right, bottom, top = self._regions.image.get_extent()
        columns, rows = np.linspace(left, right, size), np.linspace(bottom, top, size)
        pieces = contour_generator(columns, rows, outputs).lines(0.5)
        gap = np.full((1, 2), np.nan)  # keeps the pieces apart
        points = np.concatenate([part for piece in pieces for part in (piece, gap)] or [gap])
        self.line.set_data(points[:, 0], points[:, 1])

    def _update_arrow(self, name: str, slope: float, full: float) -> None:
        """Point the arrow downhill; its length grows with the root of the gradient, so that small ones can be seen."""
        place = ARROW_PLACES[name]
        finite = slope if math.isfinite(slope) else 0.0
        length = ARROW_ROOM * math.sqrt(abs(finite) / full)
        self.arrows[name].set_positions((place, 36), (place - math.copysign(length, finite), 36))
        self.arrows[name].set(mutation_scale=min(13, 4 + 0.5 * length), visible=length > 2)
        self._slopes[name].set_text(number(slope))

    def _update_trail(self, trail: Moves, trail_before: Moves, moves_to_come: int) -> bool:
        losses = np.array([loss for _, loss in trail])
        moves = np.arange(len(losses))
        self._path.set_data(moves, losses)
        descending = np.array([who == "descent" for who, _ in trail])
        self._by_hand.set_data(moves[~descending], losses[~descending])
        self._by_descent.set_data(moves[descending], losses[descending])
        before = [loss for _, loss in trail_before]
        # Of a run that left all bounds, the grey trail leaves the picture: the new one is to be seen.
        seen = [loss for loss in losses if math.isfinite(loss)] + [loss for loss in before if loss <= 2 * before[0]]
        most_moves = max(25, len(losses) - 1 + moves_to_come, len(before) - 1)
        right, top = 25 * 2 ** math.ceil(math.log2(most_moves / 25)), rounded_up(max(0.3, 1.1 * max(seen)))
        if not self.changed((right, top, before)):
            return False
        self._before.set_data(range(len(before)), before)
        self._losses.set(xlim=(-0.02 * right, right), ylim=(0, top))
        with matplotlib.rc_context(STYLE):
            handles, labels = self._losses.get_legend_handles_labels()
            shown = [pair for pair in zip(handles, labels, strict=True) if before or pair[0] is not self._before]
            self._losses.legend(*zip(*shown, strict=True), loc="upper right")
        return True


class _AsModel(nn.Module):
    """A neuron as `DecisionRegions` takes it: a model whose logits stand for outputs between 0 and 1."""

    def __init__(self, outputs_of: OutputsOf) -> None:
        super().__init__()
        self._outputs_of = outputs_of

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.logit(self._outputs_of(x), eps=1e-6).unsqueeze(1)  # (points, 1)
