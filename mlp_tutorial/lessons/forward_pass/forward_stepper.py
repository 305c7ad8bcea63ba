"""The forward stepper of lesson 04: one penguin on its way through a network, number by number."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import matplotlib
import torch
from matplotlib.collections import PolyCollection

from mlp_tutorial.data.dataset import Dataset
from mlp_tutorial.lessons.forward_pass.stages import Stage, forward_stages, penguin_network
from mlp_tutorial.live.canvas import Canvas
from mlp_tutorial.live.controls import float_slider, int_slider
from mlp_tutorial.live.explorer import Explorer
from mlp_tutorial.model import NeuralNetworkModel
from mlp_tutorial.plots.style import BELOW_AND_ABOVE_ZERO, STYLE
from mlp_tutorial.utils.wording import architecture_in_words, short_number

CURRENT, SOURCE, REST = "#000000", "#B34700", "#B5BDC3"


def explore_forward(
    penguin: int = 3, *, step: int = 3, bill_length: float | None = None, bill_depth: float | None = None
) -> ForwardExplorer:
    """Follow one penguin through a trained network 2 → 4 → 3 → 3, one number a step.

    Parameters
    ----------
    penguin : int, default 3
        A row of the training part, 0 to 205.
    step : int, default 3
        How many of the 22 numbers have been computed, 1 to 22.
    bill_length, bill_depth : float, optional
        In mm; by default as measured on that penguin.

    Returns
    -------
    ForwardExplorer
        Shown by JupyterLab as sliders above the picture. `stages` holds the numbers.

    Raises
    ------
    ValueError
        If there is no such penguin or step.

    Examples
    --------
    >>> explorer = explore_forward(3, step=22)
    >>> print(explorer.equation())
    p[2] = e^(−4.10) / (e^4.58 + e^(−2.46) + e^(−4.10)) = 0.02 / 97.3 = 0.00
    """
    model, dataset = penguin_network()
    num_rows = len(dataset.X_train)
    if not 0 <= penguin < num_rows:
        raise ValueError(f"penguin is a row of the training part, 0 to {num_rows - 1}; it is {penguin}.")
    num_steps = sum(len(stage.values) for stage in forward_stages(model, dataset.X_train[0]))
    if not 1 <= step <= num_steps:
        raise ValueError(f"step counts the numbers computed, 1 to {num_steps}; it is {step}.")
    return ForwardExplorer(model, dataset, penguin, step, num_steps, (bill_length, bill_depth)).shown()


class ForwardExplorer(Explorer):
    """What `explore_forward` returns: `stages` holds the numbers, `equation()` the sum behind the newest one."""

    def __init__(
        self,
        model: NeuralNetworkModel,
        dataset: Dataset,
        penguin: int,
        step: int,
        num_steps: int,
        bill: Sequence[float | None],
    ) -> None:
        self.model, self.dataset, self._num_steps = model, dataset, num_steps
        canvas = Canvas(612, 350)
        with matplotlib.rc_context(STYLE):
            self._picture = ForwardPicture(canvas, dataset.class_names)
        length, depth = (
            measured if own is None else own for own, measured in zip(bill, self.measured(penguin), strict=True)
        )
        controls = {
            "penguin": int_slider("penguin (row)", penguin, 0, len(dataset.X_train) - 1),
            "step": int_slider("step", step, 1, num_steps),
            "bill_length": float_slider("bill length", length, 32, 60),
            "bill_depth": float_slider("bill depth", depth, 13, 22),
        }
        super().__init__(canvas, controls, top=tuple(controls), buttons=("show code",))

    def measured(self, penguin: int) -> list[float]:
        """Return bill length and bill depth of a penguin, in mm; they were measured to a tenth."""
        raw = self.dataset.unstandardise(self.dataset.X_train[penguin])
        return [round(value, 1) for value in raw.tolist()]

    def on_change(self, name: str) -> None:
        """Compute anew; another penguin first brings its own measurements."""
        if name == "penguin":
            length, depth = self.measured(self.controls["penguin"].value)
            self.controls["bill_length"].value, self.controls["bill_depth"].value = length, depth
        self.runner.start(self.work)

    def draw(self) -> bool:
        """Run the forward pass for the sliders' values, and draw it."""
        self._penguin = self.controls["penguin"].value
        self.raw = [self.controls["bill_length"].value, self.controls["bill_depth"].value]
        self._step = self.controls["step"].value
        self.stages = forward_stages(self.model, self.dataset.standardise(self.raw))
        self.stage, self.unit = self._place(self._step)
        whose = f"penguin {self._penguin}" if self._is_measured() else "edited"
        return self._picture.update(self, whose)

    def _place(self, step: int) -> tuple[int, int]:
        """Return stage and unit of the number that a step computes."""
        unit = step - 1
        for number, stage in enumerate(self.stages):
            if unit < len(stage.values):
                return number, unit
            unit -= len(stage.values)
        raise ValueError(f"There is no step {step}.")

    def _is_measured(self) -> bool:
        return self.raw == self.measured(self._penguin)

    # What is seen ----------------------------------------------------------------------------------------------

    def terms(self) -> tuple[list[float], list[float]]:
        """Return what the newest number is computed from: the numbers before it, and the parameters it uses.

        Standardising uses a mean and a standard deviation, a linear layer one row of weights and a bias.
        """
        stage = self.stages[self.stage]
        if stage.rule == "standardise":
            mean, std = self.dataset.feature_mean, self.dataset.feature_std
            return [self.raw[self.unit]], [mean[self.unit].item(), std[self.unit].item()]
        before = self.stages[self.stage - 1].values.tolist()
        if stage.rule == "linear":
            weights, bias = stage.layer.weight[self.unit].tolist(), stage.layer.bias[self.unit].item()
            return before, [*weights, bias]
        return (before if stage.rule == "softmax" else [before[self.unit]]), []

    def equation(self) -> str:
        """Return how the newest number is computed, with all its numbers, such as "a[1] = max(0, −0.16) = 0.00"."""
        stage, (before, parameters) = self.stages[self.stage], self.terms()
        if stage.rule == "standardise":
            mean, std = parameters
            how = f"({short_number(before[0])} − {short_number(mean)}) / {short_number(std)}"
        elif stage.rule == "linear":
            *weights, bias = parameters
            products = [f"{_bracketed(w)}·{_bracketed(v)}" for w, v in zip(weights, before, strict=True)]
            how = " + ".join(products) + (f" − {short_number(-bias)}" if bias < 0 else f" + {short_number(bias)}")
        elif stage.rule == "relu":
            how = f"max(0, {short_number(before[0])})"
        else:
            powers = [f"e^{_bracketed(value)}" for value in before]
            sizes = [math.exp(value) for value in before]
            shares = f"{short_number(sizes[self.unit])} / {short_number(sum(sizes))}"
            how = f"{powers[self.unit]} / ({' + '.join(powers)}) = {shares}"
        return f"{stage.symbol}[{self.unit}] = {how} = {short_number(stage.values[self.unit].item())}"

    def status(self) -> tuple[list[str], str]:
        """Return where the newest number stands; below, what it means."""
        stage = self.stages[self.stage]
        parts = [f"step {self._step} of {self._num_steps}"]
        parts.append(stage.place if stage.rule in ("standardise", "softmax") else f"{stage.place}, unit {self.unit}")
        parts.append(f"{stage.symbol}[{self.unit}] = {short_number(stage.values[self.unit].item())}")
        if self._step == self._num_steps:
            parts.append(self._answer())
        return parts, self._meaning()

    def _answer(self) -> str:
        best = int(self.stages[-1].values.argmax())
        share = f"{self.stages[-1].values[best]:.0%}".replace("%", " %")
        answer = f"answer: {self.dataset.class_names[best]}, {share}"
        if not self._is_measured():
            return answer
        return f"{answer} (truly {self.dataset.class_names[self.dataset.y_train[self._penguin]]})"

    def _meaning(self) -> str:
        stage, (before, parameters) = self.stages[self.stage], self.terms()
        value = stage.values[self.unit].item()
        if stage.rule == "standardise":
            side = "above" if value >= 0 else "below"
            name = self.dataset.feature_names[self.unit]
            distance = f"{short_number(abs(value))} standard deviations"
            return f"The {name} lies {distance} {side} the mean of the training penguins."
        if stage.rule == "relu":
            if before[0] <= 0:
                return f"z[{self.unit}] is not above 0: the unit is off, and hands on 0."
            return f"z[{self.unit}] is above 0: the unit is on, and hands it on unchanged."
        if stage.rule == "softmax":
            return f"The share of {self.dataset.class_names[self.unit]}. The three shares add up to 1."
        parts = [weight * value for weight, value in zip(parameters, before, strict=False)]
        largest = max(range(len(parts)), key=lambda index: abs(parts[index]))
        source = self.stages[self.stage - 1].symbol
        meaning = f"The largest part comes from {source}[{largest}]: {short_number(parts[largest])}."
        if stage.symbol == "logits":
            meaning += f" A logit is a raw score, here for {self.dataset.class_names[self.unit]}."
        return meaning

    def sentence(self) -> str:
        """Return the numbers computed so far, and how the newest one came about."""
        length, depth = self.raw
        shown = [
            f"{stage.place} {stage.symbol} = [{', '.join(map(short_number, stage.values[:count].tolist()))}]"
            for stage, count in zip(self.stages, self.computed(), strict=True)
            if count
        ]
        whose = f"Penguin {self._penguin}" if self._is_measured() else "An edited penguin"
        answer = f" The {self._answer()}." if self._step == self._num_steps else ""
        architecture = architecture_in_words(self.model.input_size, self.model.hidden_sizes, self.model.output_size)
        return (
            f"{whose}, bill {length:.1f} mm long and {depth:.1f} mm deep, in a network {architecture}, "
            f"step {self._step} of {self._num_steps}: {self.equation()}. So far: {'; '.join(shown)}.{answer}"
        )

    def computed(self) -> list[int]:
        """Return for each stage how many of its numbers have been computed."""
        full = [len(stage.values) for stage in self.stages[: self.stage]]
        return [*full, self.unit + 1, *[0] * (len(self.stages) - self.stage - 1)]

    def program(self) -> str:
        """Return the plain PyTorch program that prints these numbers."""
        layers = "\n".join(
            f"    (torch.tensor({_rounded(layer.weight)}), torch.tensor({_rounded(layer.bias)})),"
            for _, layer in self.model.linear_layers()
        )
        return f"""\
import torch

raw = torch.tensor({self.raw})  # bill length and bill depth in mm
mean = torch.tensor({self.dataset.feature_mean.tolist()})
std = torch.tensor({self.dataset.feature_std.tolist()})
layers = [  # pairs (W, b)
{layers}
]

a = (raw - mean) / std
print("x", [round(value, 4) for value in a.tolist()])
for W, b in layers:
    z = a @ W.T + b
    a = z.relu()
    print("z", [round(value, 4) for value in z.tolist()])
print("p", [round(value, 4) for value in z.softmax(0).tolist()])  # the last z are the logits
"""


class ForwardPicture:
    """The whole pass as columns of cells, and below it the newest number with all that it is computed from.

    What a step leaves as it is (labels, weights) lies in the background; the numbers of the pass move over it.

    Parameters
    ----------
    canvas : Canvas
        Of 612 × 350 pixels; the coordinates are pixels.
    class_names : sequence of str
        The names of the output units.
    """

    CELL, ROW = (42, 21), 23
    #: Middle of the first column above, distance of two columns, and the top rows of the two halves.
    FIRST, PITCH, TOP_ROW, PANEL_ROW = 64, 67, 288, 112
    #: Texts kept ready: in the background, and moving.
    NUM_TEXTS = (64, 48)

    def __init__(self, canvas: Canvas, class_names: Sequence[str]) -> None:
        self._class_names = class_names
        axes = canvas.figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, 612), ylim=(0, 350))
        axes.axis("off")
        axes.axhline(187, color="#D5DADD", linewidth=1)
        symbols = "x: standardised input    z: pre-activations    a: activations    p: probabilities"
        legend = (
            "blue: below 0    orange: above 0    empty: not computed yet    black frame: this step    red: its inputs"
        )
        for height, words in ((197, symbols), (9, legend)):
            axes.text(306, height, words, color="#555555", fontsize=8, ha="center", va="center")
        self._cells = [axes.add_collection(PolyCollection([])) for _ in self.NUM_TEXTS]
        self._texts = [[axes.text(0, 0, "", va="center") for _ in range(count)] for count in self.NUM_TEXTS]
        canvas.set_moving([self._cells[True], *self._texts[True]])
        self._drawn: object = None

    def update(self, explorer: ForwardExplorer, whose: str) -> bool:
        """Show the numbers computed so far, and the newest one's equation; return whether the background has changed."""
        self._boxes: tuple[list, list] = ([], [])
        self._used = [0, 0]
        stage = explorer.stages[explorer.stage]
        self._draw_pass(explorer, whose)
        panel = {"standardise": self._draw_standardise, "linear": self._draw_linear, "relu": self._draw_relu}
        panel.get(stage.rule, self._draw_softmax)(explorer, stage)
        self._text(306, 171, explorer.equation(), moving=True, weight="bold", fontsize=8.5)
        for texts, used in zip(self._texts, self._used, strict=True):
            for text in texts[used:]:
                text.set_visible(False)
        for cells, boxes in zip(self._cells, self._boxes, strict=True):
            corners, faces, edges, widths = zip(*boxes, strict=True) if boxes else ([], [], [], [])
            cells.set(verts=corners, facecolors=faces, edgecolors=edges, linewidths=widths)
        drawn, self._drawn = self._drawn, (explorer.stage, explorer.unit)
        return drawn != self._drawn

    def _draw_pass(self, explorer: ForwardExplorer, whose: str) -> None:
        stages, current = explorer.stages, explorer.stage
        columns = [self.FIRST + self.PITCH * index for index in range(len(stages) + 1)]
        self._text((columns[0] + columns[1]) / 2, 338, whose, moving=True, weight="bold")
        self._text(columns[0], 312, "in mm")
        self._column(columns[0], self.TOP_ROW, explorer.raw, {explorer.unit} if current == 0 else (), plain=True)
        for row, label in enumerate(("length", "depth")):
            self._text(self.FIRST - 25, self.TOP_ROW - self.ROW * row, label, ha="right")
        for row, name in enumerate(self._class_names):
            self._text(columns[-1] + 25, self.TOP_ROW - self.ROW * row, name, ha="left")
        for index, (stage, count) in enumerate(zip(stages, explorer.computed(), strict=True)):
            column, width = columns[index + 1], len(stage.values)
            if stage.rule == "softmax":
                self._text(column, 338, "softmax", weight="bold")
            elif stage.rule == "linear":  # a hidden layer's name stands over two columns, z and a
                middle = column + self.PITCH / 2 if stage.symbol == "z" else column - 5
                self._text(middle, 338, stage.place, weight="bold")
            self._text(column, 312, f"{stage.symbol} ({width},)")
            values = [*stage.values[:count].tolist(), *[None] * (width - count)]
            sources: Sequence[int] = ()
            if index == current - 1:
                sources = [explorer.unit] if stages[current].rule == "relu" else range(width)
            newest = explorer.unit if index == current else None
            self._column(column, self.TOP_ROW, values, sources, newest)

    def _draw_standardise(self, explorer: ForwardExplorer, stage: Stage) -> None:
        unit, dataset = explorer.unit, explorer.dataset
        self._column(200, self.PANEL_ROW, explorer.raw, {unit}, title="in mm", plain=True)
        mean, std = dataset.feature_mean.tolist(), dataset.feature_std.tolist()
        self._column(290, self.PANEL_ROW, mean, {unit}, title="mean", plain=True, moving=False)
        self._column(390, self.PANEL_ROW, std, {unit}, title="standard deviation", plain=True, moving=False)
        for place, sign in ((245, "−"), (335, "/"), (438, "=")):
            self._text(place, self._row(unit), sign)
        self._column(480, self.PANEL_ROW, self._shown(explorer, stage), (), unit, title="x (2,)")
        self._labels(170, dataset.feature_names)

    def _draw_linear(self, explorer: ForwardExplorer, stage: Stage) -> None:
        unit, before = explorer.unit, explorer.stages[explorer.stage - 1]
        weight = stage.layer.weight.detach()
        height, width = weight.shape
        left, right = 205, 205 + self.CELL[0] * width
        for column, value in enumerate(before.values.tolist()):
            self._cell(left + self.CELL[0] * column, 142, value, SOURCE)
            place = left + self.CELL[0] * column
            self._column(place, self.PANEL_ROW, weight[:, column].tolist(), {unit}, moving=False)
        self._text(left - 30, 142, before.symbol, ha="right")
        self._text(right + 3, 142, f"times row {unit} of W ({height}, {width}), plus b[{unit}]", ha="left")
        self._labels(left - 30, self._names(stage))
        self._text(right - 7, self._row(unit), "+")
        self._column(right + 30, self.PANEL_ROW, stage.layer.bias.tolist(), {unit}, moving=False)
        self._text(right + 67, self._row(unit), "=")
        self._column(right + 104, self.PANEL_ROW, self._shown(explorer, stage), (), unit)
        below = self.PANEL_ROW - self.ROW * height + 3
        for place, title in ((left + self.CELL[0] * (width - 1) / 2, "W"), (right + 30, "b")):
            self._text(place, below, title)
        self._text(right + 104, below, stage.symbol)

    def _draw_relu(self, explorer: ForwardExplorer, stage: Stage) -> None:
        unit, before = explorer.unit, explorer.stages[explorer.stage - 1].values.tolist()
        self._column(250, self.PANEL_ROW, before, {unit}, title=f"z ({len(before)},)")
        self._text(330, self._row(unit), "ReLU →")
        self._column(410, self.PANEL_ROW, self._shown(explorer, stage), (), unit, title=f"a ({len(before)},)")
        for row, value in enumerate(before[: unit + 1]):
            self._text(440, self._row(row), "on" if value > 0 else "off", moving=True, ha="left")
        self._labels(220, self._names(stage))

    def _draw_softmax(self, explorer: ForwardExplorer, stage: Stage) -> None:
        unit, logits = explorer.unit, explorer.stages[explorer.stage - 1].values
        powers, everyone = logits.exp(), range(len(logits))
        self._column(210, self.PANEL_ROW, logits.tolist(), everyone, title="logits")
        self._text(268, self._row(unit), "→")
        self._column(326, self.PANEL_ROW, powers.tolist(), everyone, title="e^logit")
        self._text(393, self._row(unit), f"/ {short_number(powers.sum().item())} =", moving=True)
        self._column(460, self.PANEL_ROW, self._shown(explorer, stage), (), unit, title=f"p ({len(logits)},)")
        self._labels(180, self._class_names)

    # Pieces ----------------------------------------------------------------------------------------------------

    def _names(self, stage: Stage) -> Sequence[str]:
        if stage.symbol == "logits":
            return self._class_names
        return [f"unit {unit}" for unit in range(len(stage.values))]

    def _shown(self, explorer: ForwardExplorer, stage: Stage) -> list[float | None]:
        """Return the stage's numbers up to the newest one, and None for each that is still to come."""
        values = stage.values.tolist()
        return [*values[: explorer.unit + 1], *[None] * (len(values) - explorer.unit - 1)]

    def _row(self, unit: int) -> float:
        return self.PANEL_ROW - self.ROW * unit

    def _labels(self, right: float, labels: Sequence[str]) -> None:
        for unit, label in enumerate(labels):
            self._text(right, self._row(unit), label, ha="right")

    def _column(
        self,
        x: float,
        top: float,
        values: Sequence[float | None],
        sources: Iterable[int] = (),
        newest: int | None = None,
        *,
        title: str = "",
        plain: bool = False,
        moving: bool = True,
    ) -> None:
        """Draw a column of cells: `sources` framed as what the newest number is computed from."""
        if title:
            self._text(x, top + 24, title)
        for row, value in enumerate(values):
            edge = CURRENT if row == newest else SOURCE if row in sources else REST
            self._cell(x, top - self.ROW * row, value, edge, plain, moving)

    def _cell(
        self, x: float, y: float, value: float | None, edge: str, plain: bool = False, moving: bool = True
    ) -> None:
        """Draw a cell with its number; None is a number not computed yet, and plain cells have no colour."""
        half_width, half_height = self.CELL[0] / 2 - 1, self.CELL[1] / 2 - 1
        left, right, bottom, top = x - half_width, x + half_width, y - half_height, y + half_height
        face = "#FFFFFF"
        if value is not None:  # squashed, so that 0.3 and 3 both have a colour
            face = "#F0F0F0" if plain else BELOW_AND_ABOVE_ZERO(0.5 + 0.5 * value / (abs(value) + 1.5))
        width = {CURRENT: 2.2, SOURCE: 1.5, REST: 0.8}[edge]
        corners = [(left, bottom), (right, bottom), (right, top), (left, top)]
        self._boxes[moving].append((corners, face, edge, width))
        if value is not None:
            self._text(x, y, short_number(value), moving=moving)

    def _text(
        self,
        x: float,
        y: float,
        words: str,
        *,
        moving: bool = False,
        ha: str = "center",
        weight: str = "normal",
        fontsize: float = 8,
    ) -> None:
        text = self._texts[moving][self._used[moving]]
        text.set(position=(x, y), text=words, ha=ha, weight=weight, fontsize=fontsize, visible=True)
        self._used[moving] += 1


def _bracketed(value: float) -> str:
    shown = short_number(value)
    return f"({shown})" if shown.startswith("−") else shown


def _rounded(weights: torch.Tensor) -> list:
    """Return weights of two decimals as Python's numbers, without float32's tail of digits."""
    return (weights.detach().double() * 100).round().div(100).tolist()
