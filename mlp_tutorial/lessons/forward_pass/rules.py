"""How each number of a forward pass comes about, as an equation, in words and as a drawing."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import nn

from mlp_tutorial.live.cells import PITCH, SOURCE, CellColumns
from mlp_tutorial.utils.wording import bracketed, short_number


@dataclass(frozen=True)
class Stage:
    """One stop on the way through the network: a vector, and the rule by which its numbers are computed.

    A rule says `how` a number comes about (the right side of its equation), what its `meaning` is in words, and how to
    `draw` it with all that it is computed from.
    """

    place: str  # the layer's name in the model, or what is done instead
    symbol: str  # "x", "z", "a", "logits" or "p"
    values: torch.Tensor  # (width,)
    names: Sequence[str]  # what each number belongs to
    before: torch.Tensor  # (width before,), the numbers that they are computed from
    uses_all: ClassVar[bool] = False  # whether a number is computed from all those before, or from one

    def sources(self, unit: int) -> Collection[int]:
        """Return which of the numbers before a number is computed from."""
        return range(len(self.before)) if self.uses_all else (unit,)

    def equation(self, unit: int) -> str:
        """Return how a number is computed, such as "a[1] = max(0, −0.16) = 0.00"."""
        return f"{self.symbol}[{unit}] = {self.how(unit)} = {self.shown(unit)}"

    def shown(self, unit: int) -> str:
        """Return a number as the picture shows it."""
        return short_number(self.values[unit].item())

    def where(self, unit: int) -> str:
        """Return where a number stands."""
        return self.place if self.symbol in ("x", "p") else f"{self.place}, unit {unit}"

    def first(self, count: int) -> list[float | None]:
        """Return the first numbers, and None for each that is still to come."""
        values = self.values.tolist()
        return [*values[:count], *[None] * (len(values) - count)]


@dataclass(frozen=True)
class Standardise(Stage):
    """Subtracts a feature's mean, and divides by its standard deviation."""

    mean: torch.Tensor
    std: torch.Tensor

    def how(self, unit: int) -> str:
        raw, mean, std = (short_number(values[unit].item()) for values in (self.before, self.mean, self.std))
        return f"({raw} − {mean}) / {std}"

    def meaning(self, unit: int) -> str:
        value = self.values[unit].item()
        distance = f"{short_number(abs(value))} standard deviations {'above' if value >= 0 else 'below'}"
        return f"The {self.names[unit]} lies {distance} the mean of the training penguins."

    def draw(self, columns: CellColumns, unit: int) -> None:
        columns.column(200, self.before.tolist(), {unit}, title="in mm", plain=True)
        columns.column(290, self.mean.tolist(), {unit}, title="mean", plain=True, kept=True)
        columns.column(390, self.std.tolist(), {unit}, title="standard deviation", plain=True, kept=True)
        for place, sign in ((245, "−"), (335, "/"), (438, "=")):
            columns.label(place, unit, sign)
        columns.column(480, self.first(unit + 1), newest=unit, title="x (2,)")
        columns.labels(170, self.names)


@dataclass(frozen=True)
class Linear(Stage):
    """Adds up the numbers before, each times a weight, and a bias."""

    layer: nn.Linear
    source: str  # the symbol of the numbers before
    uses_all = True

    def how(self, unit: int) -> str:
        weights, bias = self.layer.weight[unit].tolist(), self.layer.bias[unit].item()
        pairs = zip(weights, self.before.tolist(), strict=True)
        products = ["·".join(bracketed(short_number(value)) for value in pair) for pair in pairs]
        return " + ".join(products) + (f" − {short_number(-bias)}" if bias < 0 else f" + {short_number(bias)}")

    def meaning(self, unit: int) -> str:
        parts = (self.layer.weight[unit] * self.before).tolist()
        largest = max(range(len(parts)), key=lambda index: abs(parts[index]))
        logit = f" A logit is a raw score, here for {self.names[unit]}." if self.symbol == "logits" else ""
        return f"The largest part comes from {self.source}[{largest}]: {short_number(parts[largest])}.{logit}"

    def draw(self, columns: CellColumns, unit: int) -> None:
        weight, bias = self.layer.weight, self.layer.bias.tolist()
        height, width = weight.shape
        left, right = 205, 205 + PITCH * width
        for column, value in enumerate(self.before.tolist()):
            columns.cell(left + PITCH * column, 142, value, SOURCE)
            columns.column(left + PITCH * column, weight[:, column].tolist(), {unit}, kept=True)
        columns.write(left - 30, 142, self.source, ha="right")
        columns.write(right + 3, 142, f"times row {unit} of W ({height}, {width}), plus b[{unit}]", ha="left")
        columns.labels(left - 30, self.names)
        columns.label(right - 7, unit, "+")
        columns.column(right + 30, bias, {unit}, kept=True)
        columns.label(right + 67, unit, "=")
        columns.column(right + 104, self.first(unit + 1), newest=unit)
        for place, title in ((left + PITCH * (width - 1) / 2, "W"), (right + 30, "b"), (right + 104, self.symbol)):
            columns.write(place, columns.height(height) + 3, title)


@dataclass(frozen=True)
class ReLU(Stage):
    """Hands on what is above 0, and 0 otherwise."""

    def how(self, unit: int) -> str:
        return f"max(0, {short_number(self.before[unit].item())})"

    def meaning(self, unit: int) -> str:
        if self.before[unit] <= 0:
            return f"z[{unit}] is not above 0: the unit is off, and hands on 0."
        return f"z[{unit}] is above 0: the unit is on, and hands it on unchanged."

    def draw(self, columns: CellColumns, unit: int) -> None:
        width = len(self.before)
        columns.column(250, self.before.tolist(), {unit}, title=f"z ({width},)")
        columns.label(330, unit, "ReLU →")
        columns.column(410, self.first(unit + 1), newest=unit, title=f"a ({width},)")
        for row, value in enumerate(self.before[: unit + 1]):
            columns.label(440, row, "on" if value > 0 else "off", kept=False, ha="left")
        columns.labels(220, self.names)


@dataclass(frozen=True)
class Softmax(Stage):
    """Divides e to the power of a logit by the sum of all of them."""

    uses_all = True

    def how(self, unit: int) -> str:
        powers = [f"e^{bracketed(short_number(value))}" for value in self.before.tolist()]
        sizes = [math.exp(value) for value in self.before.tolist()]
        shares = f"{short_number(sizes[unit])} / {short_number(sum(sizes))}"
        return f"{powers[unit]} / ({' + '.join(powers)}) = {shares}"

    def meaning(self, unit: int) -> str:
        return f"The share of {self.names[unit]}. The three shares add up to 1."

    def draw(self, columns: CellColumns, unit: int) -> None:
        powers = self.before.exp()
        columns.column(210, self.before.tolist(), self.sources(unit), title="logits")
        columns.label(268, unit, "→")
        columns.column(326, powers.tolist(), self.sources(unit), title="e^logit")
        columns.label(393, unit, f"/ {short_number(powers.sum().item())} =", kept=False)
        columns.column(460, self.first(unit + 1), newest=unit, title=f"p ({len(powers)},)")
        columns.labels(180, self.names)
