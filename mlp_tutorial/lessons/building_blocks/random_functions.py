"""Functions that networks with random weights compute: sampled, drawn as curves, and their bends counted."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from mlp_tutorial.lessons.shared.initialisation import draw_by_layer
from mlp_tutorial.model import Activation, NeuralNetworkModel
from mlp_tutorial.plots.style import PINNED_COLOURS, Picture, rounded_up
from mlp_tutorial.utils.randomness import SeededRandomness

#: How many times as large weights and biases are as PyTorch draws them: at 1, deep networks compute almost flat functions.
WEIGHT_SCALE = 2.5
#: Where the functions are drawn (an input of standardised data seldom lies outside), and at how many points.
LOW, HIGH, NUM_POINTS = -3.0, 3.0, 601
#: A slope must change by more than this share of the steepest one to be called a bend.
SMALLEST_BEND = 0.01
#: The panel's height fits the curves while it is at most so many times what they need: it does not jump at every move.
ROOMIEST = 4
#: The most curves of a plot; those behind the first one have these colours, and line styles as a second cue.
MOST_SAMPLES = 12
COLOURS, LINE_STYLES = ("#0072B2", "#D55E00", *PINNED_COLOURS), ("-", (0, (4, 1.5)), (0, (1.5, 1)))


def random_network(
    input_size: int,
    hidden_sizes: Sequence[int],
    output_size: int,
    *,
    seed: int,
    activation: str | Activation = "relu",
    weight_scale: float = WEIGHT_SCALE,
) -> NeuralNetworkModel:
    """Return a network with random weights and biases as `draw_by_layer` draws them for a seed, times `weight_scale`."""
    with SeededRandomness(seed):
        model = NeuralNetworkModel(input_size, hidden_sizes, output_size, activation)
    draw_by_layer(model, seed)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(weight_scale)
    return model


def function_of(model: NeuralNetworkModel) -> tuple[torch.Tensor, torch.Tensor]:
    """Return a network's first input from −3 to 3, the others at 0, and its first output: two tensors of shape (points,).

    Computed in double precision, where rounding makes no bends; the model is left as it was.
    """
    x = torch.linspace(LOW, HIGH, NUM_POINTS, dtype=torch.float64)
    values = torch.zeros(NUM_POINTS, model.input_size, dtype=torch.float64)
    values[:, 0] = x
    with torch.no_grad():
        for _, layer in model.linear_layers():
            values = values @ layer.weight.double().T + layer.bias.double()  # (points, width)
            if layer is not model.output_layer:
                values = model.activation(values)
    return x, values[:, 0]


def find_bends(curve: torch.Tensor | Sequence[float]) -> list[int]:
    """Return at which places a curve of straight pieces changes its slope, given its values at equal distances.

    Two bends that lie between the same two values count once.

    Examples
    --------
    >>> find_bends(torch.linspace(-1, 1, 101).abs())
    [50]
    """
    slopes = np.diff(np.asarray(curve, dtype=float))
    steepest = np.abs(slopes).max(initial=0.0)
    if not 1e-9 < steepest < np.inf:
        return []
    changed = np.abs(np.diff(slopes)) > SMALLEST_BEND * steepest
    # A bend between two values changes two slopes in a row.
    return (1 + np.flatnonzero(changed & ~np.r_[False, changed[:-1]])).tolist()


def random_bends(hidden_sizes: Sequence[int], num_networks: int = 100) -> list[int]:
    """Return how often the functions of random networks bend between −3 and 3: one input, one output, ReLU.

    Parameters
    ----------
    hidden_sizes : sequence of int
        Width of each hidden layer.
    num_networks : int, default 100
        With the seeds 0, 1, 2 and so on.

    Returns
    -------
    list of int
        One number a network.

    Examples
    --------
    >>> max(random_bends([3], num_networks=20))
    3
    """
    networks = (random_network(1, hidden_sizes, 1, seed=seed) for seed in range(num_networks))
    return [len(find_bends(function_of(network)[1])) for network in networks]


class FunctionPlot(Picture):
    """Functions of one number as curves, the first one in black, with a dot on each of its bends."""

    def __init__(self, axes: Axes) -> None:
        self._axes = axes
        axes.set_xlim(LOW, HIGH)
        axes.yaxis.set_major_locator(MaxNLocator(5))
        self.lines = axes.plot([], [], color="black", linewidth=2.2)
        for number in range(1, MOST_SAMPLES):
            colour, dashes = COLOURS[number % len(COLOURS)], LINE_STYLES[number % len(LINE_STYLES)]
            self.lines += axes.plot([], [], color=colour, linestyle=dashes, linewidth=1.1)
        (self.dots,) = axes.plot([], [], "o", color="black", markersize=5, markeredgecolor="white")
        self.moving = [*self.lines[::-1], self.dots]
        self.top = 0.0  # of the panel; its bottom is as far below 0

    def update(
        self, x: torch.Tensor, curves: torch.Tensor, input_size: int, output_size: int, bends: Sequence[int] = ()
    ) -> bool:
        """Show curves of shape (samples, points); return whether anything but the moving artists has changed."""
        self.dots.set_data(x[[*bends]], curves[0][[*bends]])
        for number, line in enumerate(self.lines):
            line.set_data(*((x, curves[number]) if number < len(curves) else ([], [])))
        seen = curves[curves.isfinite()].abs()
        needed = 1.05 * max(seen.max().item() if len(seen) else 1.0, 0.01)
        if not needed <= self.top <= ROOMIEST * needed:
            self.top = rounded_up(1.2 * needed)
        if not self.changed((self.top, input_size > 1, output_size > 1)):
            return False
        self._axes.set(ylim=(-self.top, self.top), xlabel="first input (the others 0)" if input_size > 1 else "input")
        self._axes.title.set_text("first output, at random" if output_size > 1 else "output, at random")
        return True
