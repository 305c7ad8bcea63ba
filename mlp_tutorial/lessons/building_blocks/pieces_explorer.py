"""The explorer of lesson 02's beginning: neurons with one input as lines, clipped by ReLU, weighted, and added up."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from mlp_tutorial.live.canvas import Canvas
from mlp_tutorial.live.controls import float_slider, int_slider, value_of
from mlp_tutorial.live.explorer import Explorer
from mlp_tutorial.plots.style import CLASS_COLOURS, Picture
from mlp_tutorial.utils.wording import bracketed, listed, short_number

LOW, HIGH, MOST_NEURONS = -3.0, 3.0, 4
#: What the sliders of a neuron stand for, in the order of its numbers.
NUMBERS = {"weight": "weight w", "bias": "bias b", "output_weight": "weight v"}


def explore_pieces(
    neurons: Sequence[Sequence[float]] = ((1.0, 1.0, 1.0), (2.0, 0.0, -1.0), (1.0, -1.5, 2.0)), *, neuron: int = 1
) -> PiecesExplorer:
    """Add up clipped lines: each neuron computes v · ReLU(w·x + b), and the output is their sum.

    Parameters
    ----------
    neurons : sequence of (w, b, v), default three
        Weight, bias and output weight of each neuron, one to four of them.
    neuron : int, default 1
        The one whose numbers are on the sliders.

    Returns
    -------
    PiecesExplorer
        Shown by JupyterLab as sliders above the picture. Its `neurons` are those drawn.

    Raises
    ------
    ValueError
        If there are no neurons or more than four, one has not three numbers, or `neuron` is none of them.

    References
    ----------
    S. J. D. Prince, "Understanding Deep Learning", MIT Press 2023, figure 3.3.

    Examples
    --------
    >>> explore_pieces([(1, 1, 1), (1, 0, -2), (1, -1, 1)]).sums[::60].round(decimals=6).tolist()  # a hat, at x = -3, -2, …
    [0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0]
    """
    if not 1 <= len(neurons) <= MOST_NEURONS or any(len(numbers) != 3 for numbers in neurons):
        raise ValueError(f"neurons must be one to {MOST_NEURONS} triples (w, b, v); they are {neurons!r}.")
    if neuron not in range(1, len(neurons) + 1):
        raise ValueError(f"neuron must be 1 to {len(neurons)}; it is {neuron!r}.")
    return PiecesExplorer([[float(number) for number in numbers] for numbers in neurons], neuron).shown()


class PiecesPicture(Picture):
    """Left each neuron's line, dashed, and what ReLU leaves of it; right the weighted pieces, and their sum in black."""

    def __init__(self, canvas: Canvas, num_neurons: int) -> None:
        with canvas.drawing() as figure:
            grid = figure.add_gridspec(
                num_neurons, 2, width_ratios=(0.8, 1), left=0.06, right=0.985, bottom=0.1, top=0.92
            )
            grid.update(hspace=0.12, wspace=0.14)
            panels = [figure.add_subplot(grid[number, 0]) for number in range(num_neurons)]
            total = figure.add_subplot(grid[:, 1])
            for axes in (*panels, total):
                axes.set(xlim=(LOW, HIGH), ylim=(-4, 4), yticks=(-3, 0, 3) if axes is not total else range(-4, 5, 2))
                axes.axhline(0, color="#999999", linewidth=0.8)
            for axes in panels[:-1]:
                axes.tick_params(labelbottom=False)
            panels[0].set_title("each neuron: ReLU(w·x + b)")
            total.set_title("times v, and added up")
            self.lines, self.clipped, self.words, self.pieces = [], [], [], []
            for axes, colour, style in zip(panels, CLASS_COLOURS, ("-", "--", "-.", ":"), strict=False):
                self.lines += axes.plot([], [], color="#777777", linewidth=1, linestyle=(0, (4, 2)))
                self.clipped += axes.plot([], [], color=colour, linewidth=2.4)
                self.words.append(axes.text(-2.9, 3.7, "", va="top", color=colour, weight="bold", fontsize=8))
                self.pieces += total.plot([], [], color=colour, linewidth=1.2, linestyle=style)
            (self.sum,) = total.plot([], [], color="black", linewidth=2.2)
            (self.dots,) = total.plot([], [], "o", color="black", markersize=5, markeredgecolor="white")
        self.moving = [*self.lines, *self.clipped, *self.words, *self.pieces, self.sum, self.dots]
        canvas.set_moving(self.moving)

    def update(
        self, x: torch.Tensor, lines: torch.Tensor, pieces: torch.Tensor, bends: Sequence[tuple], chosen: int
    ) -> bool:
        """Show lines and weighted pieces of shape (neurons, points), and dots where the sum bends."""
        for number, (line, piece) in enumerate(zip(lines, pieces, strict=True)):
            self.lines[number].set_data(x, line)
            self.clipped[number].set_data(x, line.relu())
            self.words[number].set_text(f"neuron {number + 1}" + (", on the sliders" if number == chosen else ""))
            self.pieces[number].set_data(x, piece)
        self.sum.set_data(x, pieces.sum(0))
        self.dots.set_data([place for place, _ in bends], [height for _, height in bends])
        return False


class PiecesExplorer(Explorer):
    """What `explore_pieces` returns: `neurons` holds (w, b, v) of each, `sums` the output at the points `x`."""

    def __init__(self, neurons: list[list[float]], neuron: int) -> None:
        self.neurons, self.chosen = neurons, neuron - 1  # counted from 0: the one whose numbers are on the sliders
        self.x = torch.linspace(LOW, HIGH, 361, dtype=torch.float64)
        canvas = Canvas(640, 320)
        self.picture = PiecesPicture(canvas, len(neurons))
        controls = {"neuron": int_slider("neuron", neuron, 1, len(neurons))} if len(neurons) > 1 else {}
        for (name, label), number in zip(NUMBERS.items(), neurons[neuron - 1], strict=True):
            controls[name] = float_slider(label, number, -3, 3)
        super().__init__(canvas, controls, top=tuple(controls), buttons=("show code",))

    def on_change(self, name: str) -> None:
        """Put another neuron's numbers on the sliders, or take a moved one."""
        if name == "neuron":
            self.chosen = self.controls["neuron"].value - 1
            for slider, number in zip(NUMBERS, list(self.neurons[self.chosen]), strict=True):
                self.controls[slider].value = number
        else:
            self.neurons[self.chosen][list(NUMBERS).index(name)] = value_of(self.controls[name])
        super().on_change(name)

    def work(self) -> None:
        """Compute lines, weighted pieces, their sum, and where it bends."""
        weights, biases, outputs = torch.tensor(self.neurons, dtype=torch.float64).T[:, :, None]  # (neurons, 1) each
        self.lines = weights * self.x + biases  # (neurons, points)
        self.pieces = outputs * self.lines.relu()
        self.sums = self.pieces.sum(0)
        changes: dict[float, float] = {}  # of the slope, by the place of the bend
        for w, b, v in self.neurons:
            if w:
                place = round(-b / w, 6) + 0.0
                changes[place] = changes.get(place, 0.0) + v * abs(w)
        places = sorted(place for place, change in changes.items() if LOW <= place <= HIGH and abs(change) > 1e-9)
        #: Where the sum bends, and its values there.
        self.bends = [(x, sum(v * max(w * x + b, 0.0) for w, b, v in self.neurons)) for x in places]

    def draw(self) -> bool:
        """Draw lines, pieces and sum."""
        return self.picture.update(self.x, self.lines, self.pieces, self.bends, self.chosen)

    def status(self) -> tuple[list[str], str]:
        """Return the chosen neuron's formula, and where it bends; below, where the sum does."""
        w, b, v = self._formula(self.chosen)
        formula = f"neuron {self.chosen + 1}: {v} · ReLU({w} · x + {b})"
        slope, bias = self.neurons[self.chosen][:2]
        return [formula, f"bends at x = {short_number(-bias / slope)}" if slope else "bends nowhere"], self._bends()

    def _formula(self, neuron: int) -> list[str]:
        return [bracketed(short_number(value)) for value in self.neurons[neuron]]

    def _bends(self) -> str:
        places = listed(short_number(place) for place, _ in self.bends)
        return f"The sum bends at x = {places}." if places else "The sum is straight between −3 and 3."

    def sentence(self) -> str:
        """Return all neurons, and where their sum bends."""
        pieces = " + ".join("{2}·ReLU({0}·x + {1})".format(*self._formula(k)) for k in range(len(self.neurons)))
        return f"Clipped lines and their sum, {pieces}, for x from −3 to 3. {self._bends()}"

    def program(self) -> str:
        """Return the plain PyTorch program that prints points of the sum."""
        return f"""\
import torch

neurons = torch.tensor({self.neurons})  # a row for each: weight, bias, output weight
weights, biases, outputs = neurons.T
x = torch.linspace({LOW:g}, {HIGH:g}, 7)[:, None]  # (7, 1)
pieces = outputs * torch.relu(weights * x + biases)  # (7, neurons)
print([round(value, 4) for value in pieces.sum(1).tolist()])
"""
