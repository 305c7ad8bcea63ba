"""What the explorer of lesson 01 draws: the loss as three valleys, the neuron's output over the plane, the trail."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from mlp_tutorial.data.dataset import Dataset
from mlp_tutorial.lessons.neurons.one_neuron import Measurement, Neuron, losses_along, tensors
from mlp_tutorial.lessons.neurons.output_plane import OutputPlane
from mlp_tutorial.live.canvas import Canvas
from mlp_tutorial.plots.style import STYLE, Picture, rounded_up
from mlp_tutorial.utils.wording import number

Moves = Sequence[tuple[str, float]]  # who moved, and the loss after it

GRADIENT_COLOUR, HAND_COLOUR, DESCENT_COLOUR = "#B34700", "#882255", "#009E73"
WIDTH, HEIGHT = 640, 436  # of the canvas, in pixels
VALLEYS = {
    "w1": 48,
    "w2": 212,
    "b": 431,
}  # left edges in pixels: two in the first part of a narrow page, b in the other
VALLEY_WIDTH, VALLEY_HEIGHT, VALLEY_BOTTOM = 136, 74, 316
HALF_TANGENT = 28  # pixels
REACH, NUM_PLACES = 8.0, 33  # a valley shows its number from −8 to 8, and farther where the neuron is


class NeuronPicture(Picture):
    """Three valleys on top, the loss if only one number moves; below them the plane of inputs, and the trail of losses.

    `goal` is a loss to reach, drawn as a line. Without `gradient` there are no tangents.
    """

    def __init__(self, canvas: Canvas, dataset: Dataset, goal: float | None, gradient: bool) -> None:
        with canvas.drawing() as figure:
            self._dataset = dataset
            self._lay_out_valleys(figure, gradient)
            left, self._losses = figure.subplots(1, 2)
            figure.subplots_adjust(left=0.075, right=0.98, bottom=67 / HEIGHT, top=268 / HEIGHT, wspace=0.27)
            self._plane = OutputPlane(left, dataset)
            self.line = self._plane.line
            self._title = left.set_title(" ", weight="bold")
            self._lay_out_trail(goal, gradient)
        trail = [self._path, self._by_hand, self._by_descent]
        self.moving = [*self._plane.moving, self._title, *trail, *self.valleys.values(), *self.tangents.values()]
        self.moving += [*self._points.values(), *self._slopes.values()]
        for artist in (*self.tangents.values(), *self._slopes.values()):
            artist.set_visible(gradient)
        canvas.set_moving(self.moving)

    def _lay_out_valleys(self, figure: Figure, gradient: bool) -> None:
        self.valleys, self.tangents, self._points, self._slopes, self._valley_axes = {}, {}, {}, {}, []
        first, second = self._dataset.feature_names
        titles = [f"w1 ({first})", f"w2 ({second})", "bias b"]
        for (name, left), title in zip(VALLEYS.items(), titles, strict=True):
            box = left / WIDTH, VALLEY_BOTTOM / HEIGHT, VALLEY_WIDTH / WIDTH, VALLEY_HEIGHT / HEIGHT
            axes = figure.add_axes(box, ylabel="loss" if name == "w1" else "")
            axes.set_title(title, weight="bold", pad=20 if gradient else 6)
            axes.tick_params(labelsize=8)
            axes.yaxis.set_label_coords(-0.1, 0.5)  # between its two ticks, however wide they are
            self._valley_axes.append(axes)
            (self.valleys[name],) = axes.plot([], [], color="#555555", linewidth=1.5)
            (self.tangents[name],) = axes.plot([], [], color=GRADIENT_COLOUR, linewidth=3)
            (self._points[name],) = axes.plot([], [], color="black", marker="o", markersize=5)
            place = {"transform": axes.transAxes, "ha": "center", "va": "bottom", "color": GRADIENT_COLOUR}
            self._slopes[name] = axes.text(0.5, 1.04, "", **place)

    def _lay_out_trail(self, goal: float | None, gradient: bool) -> None:
        axes = self._losses
        axes.set(xlabel="moves", ylabel="loss", title="trail of losses")
        (self._before,) = axes.plot([], [], color="#aaaaaa", linewidth=1.2, label="before")
        (self._path,) = axes.plot([], [], color="#777777", linewidth=0.8)
        marks = {"linestyle": "none", "markersize": 3.5}
        (self._by_hand,) = axes.plot([], [], color=HAND_COLOUR, marker="o", label="by hand", **marks)
        label = "gradient descent" if gradient else "_"  # which the legend leaves out
        (self._by_descent,) = axes.plot([], [], color=DESCENT_COLOUR, marker="s", label=label, **marks)
        if goal is not None:
            axes.axhline(goal, color="black", linestyle=(0, (4, 2)), linewidth=1, label=f"goal {goal:g}")

    def update(
        self,
        neuron: Neuron,
        weights: Mapping[str, float],
        measured: Measurement,
        trail: Moves,
        trail_before: Moves,
        moves_to_come: int,
    ) -> bool:
        """Show a neuron, and its moves since the last reset and before it.

        There is room at once for the moves to come: a panel drawn anew takes as long as ten moves.
        """
        w, b = tensors(weights)
        self._plane.update(lambda X: neuron(X, w, b))
        self._title.set_text(f"loss {number(measured.loss)}")
        finite = [abs(value) for value in weights.values() if math.isfinite(value)]
        reach = max(REACH, rounded_up(max([0.0, *finite])))
        top = max(1.0, rounded_up(1.5 * measured.loss)) if math.isfinite(measured.loss) else 1.0
        for name in VALLEYS:
            self._update_valley(name, neuron, weights, measured, reach, top)
        limits = self._trail_limits(trail, trail_before, moves_to_come)
        self._update_trail(trail)
        if not self.changed((reach, top, limits, [loss for _, loss in trail_before])):
            return False
        for axes in self._valley_axes:
            axes.set(xlim=(-reach, reach), ylim=(0, top), xticks=(-reach, 0, reach), yticks=(0, top))
        self._lay_out_trail_again(limits, trail_before)
        return True

    def _update_valley(
        self, name: str, neuron: Neuron, weights: Mapping[str, float], measured: Measurement, reach: float, top: float
    ) -> None:
        """Draw the loss over one number, and the tangent where it is now, of one length however steep."""
        now, slope = weights[name], measured.gradient[name]
        slope = slope if math.isfinite(slope) else math.nan
        places = np.sort(np.append(np.linspace(-reach, reach, NUM_PLACES), now))
        self.valleys[name].set_data(places, losses_along(neuron, weights, name, places, self._dataset))
        self._points[name].set_data([now], [measured.loss])
        along = np.array([-1.0, 1.0]) * HALF_TANGENT
        along /= math.hypot(VALLEY_WIDTH / (2 * reach), slope * VALLEY_HEIGHT / top)
        self.tangents[name].set_data(now + along, measured.loss + slope * along)
        self._slopes[name].set_text(f"gradient {number(slope)}")

    def _update_trail(self, trail: Moves) -> None:
        losses = np.array([loss for _, loss in trail])
        moves = np.arange(len(losses))
        self._path.set_data(moves, losses)
        descending = np.array([who == "descent" for who, _ in trail])
        self._by_hand.set_data(moves[~descending], losses[~descending])
        self._by_descent.set_data(moves[descending], losses[descending])

    def _trail_limits(self, trail: Moves, trail_before: Moves, moves_to_come: int) -> tuple[float, float]:
        losses, before = [loss for _, loss in trail], [loss for _, loss in trail_before]
        # Of a run that left all bounds, the grey trail leaves the picture: the new one is to be seen.
        seen = [loss for loss in losses if math.isfinite(loss)] + [loss for loss in before if loss <= 2 * before[0]]
        most_moves = max(25, len(losses) - 1 + moves_to_come, len(before) - 1)
        return 25 * 2 ** math.ceil(math.log2(most_moves / 25)), rounded_up(max(0.3, 1.1 * max(seen)))

    def _lay_out_trail_again(self, limits: tuple[float, float], trail_before: Moves) -> None:
        right, top = limits
        self._before.set_data(range(len(trail_before)), [loss for _, loss in trail_before])
        self._losses.set(xlim=(-0.02 * right, right), ylim=(0, top))
        with matplotlib.rc_context(STYLE):
            handles, labels = self._losses.get_legend_handles_labels()
            shown = [pair for pair in zip(handles, labels, strict=True) if trail_before or pair[0] is not self._before]
            self._losses.legend(*zip(*shown, strict=True), loc="upper right")
