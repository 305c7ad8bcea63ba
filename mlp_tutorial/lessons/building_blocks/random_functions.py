"""Functions that networks with random weights compute: sampled, drawn as curves, and their bends counted."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from mlp_tutorial.model import NeuralNetworkModel
from mlp_tutorial.plots.style import PINNED_COLOURS, Picture, rounded_up
from mlp_tutorial.utils.randomness import SeededRandomness

#: How many times as large weights and biases are as PyTorch draws them: at 1, deep networks compute almost flat functions.
WEIGHT_SCALE = 2.5
#: Where the functions are drawn (an input of standardised data seldom lies outside), and at how many points.
LOW, HIGH, NUM_POINTS = -3.0, 3.0, 601
#: A slope must change by more than this share of the steepest one to be called a bend.
SMALLEST_BEND = 0.01
#: A corner can be seen if the line strays by more than this share of the panel's height where it is cut off.
SMALLEST_SEEN = 0.005
#: The most curves of a plot; those behind the first one have these colours, and line styles as a second cue.
MOST_SAMPLES = 12
COLOURS, LINE_STYLES = ("#0072B2", "#D55E00", *PINNED_COLOURS), ("-", (0, (4, 1.5)), (0, (1.5, 1)))


def random_network(
    input_size: int,
    hidden_sizes: Sequence[int],
    output_size: int,
    *,
    seed: int,
    activation: str | Callable[[torch.Tensor], torch.Tensor] = "relu",
    weight_scale: float = WEIGHT_SCALE,
) -> NeuralNetworkModel:
    """Return a network with PyTorch's random weights and biases for a seed, times `weight_scale`."""
    with SeededRandomness(seed):
        model = NeuralNetworkModel(input_size, hidden_sizes, output_size, activation)
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


def count_bends(curve: torch.Tensor | Sequence[float]) -> int:
    """Return how often a curve of straight pieces changes its slope, given its values at equal distances.

    Two bends that lie between the same two values count once.

    Examples
    --------
    >>> count_bends(torch.linspace(-1, 1, 101).abs())
    1
    """
    slopes = np.diff(np.asarray(curve, dtype=float))
    steepest = np.abs(slopes).max(initial=0.0)
    if not 1e-9 < steepest < np.inf:
        return 0
    changed = np.abs(np.diff(slopes)) > SMALLEST_BEND * steepest
    # A bend between two values changes two slopes in a row.
    return int(changed[:1].sum() + (changed[1:] & ~changed[:-1]).sum())


def count_visible_bends(curve: torch.Tensor | Sequence[float], top: float) -> int:
    """Return how many corners it takes to draw a curve as the eye sees it, in a panel from -top to top.

    Source: Douglas & Peucker, *Algorithms for the reduction of the number of points required to represent a digitized
    line* (1973).
    """
    values = np.asarray(curve, dtype=float)

    def corners(first: int, last: int) -> int:
        gaps = np.abs(values[first : last + 1] - np.linspace(values[first], values[last], last - first + 1))
        if not gaps.max() > SMALLEST_SEEN * 2 * top:
            return 0
        farthest = first + int(gaps.argmax())
        return corners(first, farthest) + 1 + corners(farthest, last)

    return corners(0, len(values) - 1)


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
    return [count_bends(function_of(network)[1]) for network in networks]


class FunctionPlot(Picture):
    """Functions of one number as curves, the first one in black."""

    def __init__(self, axes: Axes) -> None:
        self._axes = axes
        axes.set_xlim(LOW, HIGH)
        axes.yaxis.set_major_locator(MaxNLocator(5))
        self.lines = axes.plot([], [], color="black", linewidth=2.2)
        for number in range(1, MOST_SAMPLES):
            colour, dashes = COLOURS[number % len(COLOURS)], LINE_STYLES[number % len(LINE_STYLES)]
            self.lines += axes.plot([], [], color=colour, linestyle=dashes, linewidth=1.1)
        self.moving = self.lines[::-1]
        self.top = 1.0  # of the panel; its bottom is as far below 0

    def update(self, x: torch.Tensor, curves: torch.Tensor, input_size: int, output_size: int) -> bool:
        """Show curves of shape (samples, points); return whether anything but the moving artists has changed."""
        for number, line in enumerate(self.lines):
            line.set_data(*((x, curves[number]) if number < len(curves) else ([], [])))
        seen = curves[curves.isfinite()].abs()
        self.top = top = rounded_up(1.05 * max(seen.max().item() if len(seen) else 1.0, 0.01))
        if not self.changed((top, input_size > 1, output_size > 1)):
            return False
        self._axes.set(ylim=(-top, top), xlabel="first input (the others 0)" if input_size > 1 else "input")
        self._axes.title.set_text("first output, at random" if output_size > 1 else "output, at random")
        return True
