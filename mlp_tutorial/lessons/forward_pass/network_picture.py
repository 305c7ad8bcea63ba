"""The drawn network with a penguin in it: neurons lit by what they hand on, links by what they carry; map and answer."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import torch
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgba

from mlp_tutorial.data.dataset import Dataset
from mlp_tutorial.lessons.shared.network_diagram import circle, column_places, links_between
from mlp_tutorial.lessons.shared.probability_bars import ProbabilityBars
from mlp_tutorial.live.canvas import Canvas
from mlp_tutorial.live.cells import Layer, cell_colour
from mlp_tutorial.model import NeuralNetworkModel
from mlp_tutorial.plots.regions import DecisionRegions
from mlp_tutorial.plots.style import CLASS_COLOURS, Picture
from mlp_tutorial.utils.wording import short_number

WIDTH, HEIGHT = 640, 360
#: Middles of the first and the last column, the height of their middle, the distance of two neurons, and a neuron's radius.
FIRST, LAST, MIDDLE, PITCH, RADIUS = 92, 380, 172, 62, 19
CIRCLE = RADIUS * circle(28)
#: A link that carries something below zero, above zero, or nothing yet.
NEGATIVE, POSITIVE, WAITING = to_rgba("#0072B2"), to_rgba("#D55E00"), to_rgba("#D5DADD")
EDGE, WINNER = ("#8A949B", 1.0), ("#000000", 3.0)


class NetworkPicture(Picture):
    """The network on the left, in pixels; on the right the map with the penguin's place, and below it the answer."""

    def __init__(self, canvas: Canvas, model: NeuralNetworkModel, dataset: Dataset) -> None:
        self._weights = [layer.weight.detach().numpy() for _, layer in model.linear_layers()]
        widths = [model.input_size, *(len(weight) for weight in self._weights)]
        columns = np.linspace(FIRST, LAST, len(widths))
        pairs = zip(columns, widths, strict=True)
        self._places = [column_places(x, np.arange(size), MIDDLE, PITCH) for x, size in pairs]
        links = np.concatenate([links_between(*pair).reshape(-1, 2, 2) for pair in pairwise(self._places)])
        with canvas.drawing() as figure:
            stage = figure.add_axes((0, 0, 1, 1), xlim=(0, WIDTH), ylim=(0, HEIGHT))
            stage.axis("off")
            centred = {"ha": "center", "va": "center", "fontsize": 8}
            names = ["inputs", *(f"layer {number}" for number in range(1, len(widths) - 1)), "logits"]
            for x, name in zip(columns, names, strict=True):
                stage.text(x, HEIGHT - 16, name, **centred)
            for place, name in zip(self._places[0], dataset.feature_names, strict=True):
                stage.text(place[0] - 26, place[1] + 8, name, **{**centred, "ha": "right"})
            self.links = stage.add_collection(LineCollection(links, capstyle="round"))
            self.neurons = Layer(stage, sum(widths) + len(dataset.feature_names), **centred)
            plane = figure.add_axes((0.7, 0.5, 0.285, 0.42))
            DecisionRegions(plane, dataset).update(model)
            plane.tick_params(labelsize=7.5, length=2, pad=1)
            plane.set(xlabel="bill length", ylabel="bill depth")
            (self.dot,) = plane.plot([], [], "o", markersize=11, markeredgecolor="black", markeredgewidth=2.2)
            answer = figure.add_axes((0.72, 0.06, 0.2, 0.23), xlim=(0, 1), title="answer")
            answer.invert_yaxis()
            answer.axis("off")
            self.bars = ProbabilityBars(answer, dataset.class_names)
            for row, name in enumerate(dataset.class_names):
                answer.text(-0.04, row, name, ha="right", va="center", fontsize=8)
        self.moving = [self.links, *self.neurons.artists, self.dot, *self.bars.moving]
        canvas.set_moving(self.moving)

    def update(
        self, raw: Sequence[float], values: Sequence[torch.Tensor], probabilities: torch.Tensor, reached: int
    ) -> bool:
        """Show a sample's `raw` features, and what the columns that it has reached hand on, from the inputs to the logits.

        `reached` counts the columns; one more, and the answer is there.
        """
        answered, best = reached > len(values), int(probabilities.argmax())
        self.neurons.clear()
        for place, value in zip(self._places[0], raw, strict=True):
            self.neurons.write(place[0] - 26, place[1] - 5, f"{value:.1f} mm", ha="right")
        for number, (places, column) in enumerate(zip(self._places, values, strict=True)):
            for unit, (place, value) in enumerate(zip(places, column.tolist(), strict=True)):
                is_winner = answered and number == len(values) - 1 and unit == best
                face = "#FFFFFF"
                if number < reached:
                    face = cell_colour(value)
                    self.neurons.write(*place, short_number(value))
                self.neurons.shape(place + CIRCLE, face, *(WINNER if is_winner else EDGE))
        self.neurons.show()
        carried = [(weight * column.numpy()).ravel() for weight, column in zip(self._weights, values, strict=False)]
        lit = np.repeat([number + 1 < reached for number in range(len(carried))], [part.size for part in carried])
        carried = np.concatenate(carried)
        self.links.set_linewidths(np.where(lit, 0.3 + 5 * np.tanh(np.abs(carried) / 2.5), 0.8))
        self.links.set_colors(
            [(POSITIVE if c > 0 else NEGATIVE) if on else WAITING for c, on in zip(carried, lit, strict=True)]
        )
        self.dot.set_data([raw[0]], [raw[1]])
        self.dot.set_markerfacecolor(CLASS_COLOURS[best] if answered else "white")
        for artist in self.bars.moving:
            artist.set_visible(answered)
        return self.bars.update(
            probabilities.tolist(), [" ◀" if unit == best else "" for unit in range(len(probabilities))]
        )
