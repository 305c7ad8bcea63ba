"""What the first explorer of lesson 01 draws: a neuron at work on one bill, the plane of bills, and the bend."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.patches import Circle

from mlp_tutorial.data.dataset import Dataset
from mlp_tutorial.lessons.neurons.one_neuron import tensors
from mlp_tutorial.lessons.neurons.output_plane import OutputPlane
from mlp_tutorial.live.canvas import Canvas
from mlp_tutorial.plots.style import BELOW_AND_ABOVE_ZERO, CLASS_COLOURS, Picture, rounded_up
from mlp_tutorial.utils.wording import number

WIDTH, HEIGHT = 640, 436  # of the canvas, in pixels
STRIP = 140  # height of the drawn neuron, at the top
#: Centres in the strip, in pixels from its lower left corner.
INPUTS, SUM, BEND, OUTPUT = {"w1": (128, 105), "w2": (128, 35)}, (350, 70), (465, 70), (570, 70)
RADIUS, BEND_SIZE = 24, 44
REACH = 8.0  # of the sum z in the panel of the bend; farther where it is


class DrawnNeuronPicture(Picture):
    """On top a neuron's inputs, weights, sum, bend and output; below the plane of bills, and the bend with its point."""

    def __init__(self, canvas: Canvas, dataset: Dataset) -> None:
        self._dataset = dataset
        with canvas.drawing() as figure:
            left, self._bend = figure.subplots(1, 2)
            bottom, top = 67 / HEIGHT, 1 - (STRIP + 12) / HEIGHT
            figure.subplots_adjust(left=0.075, right=0.98, bottom=bottom, top=top, wspace=0.27)
            self._plane = OutputPlane(left, dataset)
            ring = {"marker": "o", "markersize": 11, "color": "none", "markeredgecolor": "black"}
            (self.bill,) = left.plot([], [], markeredgewidth=2, **ring)
            strip = figure.add_axes((0, 1 - STRIP / HEIGHT, 1, STRIP / HEIGHT), xlim=(0, WIDTH), ylim=(0, STRIP))
            strip.axis("off")
            self._lay_out_neuron(strip)
            self._lay_out_bend()
        drawn = [*self.links.values(), *self.circles.values(), self._small, *self.numbers.values()]
        self.moving = [*self._plane.moving, self.bill, self.curve, *self._guides, self.point, *drawn]
        canvas.set_moving(self.moving)

    def _lay_out_neuron(self, strip: Axes) -> None:
        self.links, self.circles, self.numbers = {}, {}, {}
        for (name, place), feature in zip(INPUTS.items(), self._dataset.feature_names, strict=True):
            strip.plot(*zip(place, SUM, strict=True), color="#B5BDC3", linewidth=0.8)  # seen where the weight is 0
            (self.links[name],) = strip.plot(*zip(place, SUM, strict=True), solid_capstyle="butt")
            x, y = place
            strip.text(x - RADIUS - 8, y, feature, ha="right", va="center")
            middle = (x + SUM[0]) / 2, (y + SUM[1]) / 2
            self._number(strip, name, middle, bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.0})
            self._number(strip, f"x of {name}", place, circle="#FFFFFF")
        strip.plot([SUM[0] + RADIUS, OUTPUT[0] - RADIUS], [SUM[1]] * 2, color="#777777", linewidth=1.5, zorder=0)
        self._number(strip, "z", SUM, circle="#FFFFFF")
        self._number(strip, "b", (SUM[0], SUM[1] - RADIUS - 14))
        self._number(strip, "output", OUTPUT, circle="#FFFFFF")
        half, (x, y) = BEND_SIZE / 2, BEND
        box = [(x - half, y - half), (x + half, y - half), (x + half, y + half), (x - half, y + half)]
        strip.fill(*zip(*box, strict=True), facecolor="white", edgecolor="#777777", zorder=1)
        (self._small,) = strip.plot([], [], color="black", linewidth=1.5)
        for (x, y), word in ((SUM, "sum z"), (BEND, "bend"), (OUTPUT, "output")):
            strip.text(x, y + RADIUS + 5, word, ha="center", va="bottom", color="#555555")

    def _number(self, strip: Axes, name: str, place: tuple[float, float], circle: str = "", **style: object) -> None:
        if circle:
            self.circles[name] = strip.add_patch(Circle(place, RADIUS, facecolor=circle, edgecolor="#222222", zorder=2))
        self.numbers[name] = strip.text(*place, "", ha="center", va="center", zorder=3, **style)

    def _lay_out_bend(self) -> None:
        axes = self._bend
        axes.set(xlabel="sum z", ylabel="output")
        (self.curve,) = axes.plot([], [], color="#555555", linewidth=1.5)
        self._guides = [axes.plot([], [], color="#999999", linewidth=1, linestyle=(0, (3, 2)))[0] for _ in "zo"]
        (self.point,) = axes.plot([], [], color="black", marker="o", markersize=6)

    def update(
        self, numbers: Mapping[str, float], x: Sequence[float], z: float, bend: Callable[[torch.Tensor], torch.Tensor]
    ) -> bool:
        """Show a neuron with its weights and bias, on a bill in standard units, whose sum is z."""
        w, b = tensors(numbers)
        self._plane.update(lambda X: bend(X @ w + b))
        bill = self._dataset.unstandardise(torch.as_tensor(x)[None])[0].tolist()
        self.bill.set_data([bill[0]], [bill[1]])
        reach = max(REACH, rounded_up(abs(z)))
        places = torch.linspace(-reach, reach, 129)
        heights, output = bend(places), bend(torch.tensor(z)).item()
        low, high = min(0.0, heights.min().item()), max(1.0, heights.max().item())
        margin = 0.08 * (high - low)
        self.curve.set_data(places.tolist(), heights.tolist())
        self.point.set_data([z], [output])
        for guide, ends in zip(
            self._guides, (([z, z], [low - margin, output]), ([-reach, z], [output] * 2)), strict=True
        ):
            guide.set_data(*ends)
        self._update_neuron(numbers, x, z, output)
        across = np.linspace(-0.42, 0.42, len(places)) * BEND_SIZE + BEND[0]
        up = (heights.numpy() - low) / (high - low) * 0.8 - 0.4
        self._small.set_data(across, up * BEND_SIZE + BEND[1])
        if not self.changed((reach, low, high)):
            return False
        self._bend.set(xlim=(-reach, reach), ylim=(low - margin, high + margin))
        return True

    def _update_neuron(self, numbers: Mapping[str, float], x: Sequence[float], z: float, output: float) -> None:
        for name, value in zip(INPUTS, x, strict=True):
            weight = numbers[name]
            self.links[name].set(linewidth=0.8 + 1.4 * abs(weight), color=_shade(weight / 4))
            self.numbers[name].set_text(f"× {number(weight, 2)}")
            self.numbers[f"x of {name}"].set_text(number(value, 2))
            self.circles[f"x of {name}"].set_facecolor(_shade(value / 3))
        self.numbers["b"].set_text(f"+ bias {number(numbers['b'], 2)}")
        self.numbers["z"].set_text(number(z, 2))
        self.circles["z"].set_facecolor(_shade(z / 4))
        self.numbers["output"].set_text(number(output, 2))
        share = min(max(output, 0.0), 1.0)
        first, second = (np.array(to_rgb(colour)) for colour in CLASS_COLOURS[:2])
        self.circles["output"].set_facecolor(tuple(1 - 0.55 * (1 - ((1 - share) * first + share * second))))


def _shade(value: float) -> tuple:
    return BELOW_AND_ABOVE_ZERO(0.5 + 0.5 * min(max(value, -1.0), 1.0))
