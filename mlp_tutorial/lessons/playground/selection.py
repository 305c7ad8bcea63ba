"""What is clicked in the playground, a neuron or a link, and its numbers as sliders."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import ipywidgets as widgets

from mlp_tutorial.lessons.playground.network_columns import Column
from mlp_tutorial.lessons.playground.playground_run import PlaygroundRun
from mlp_tutorial.live.controls import close, float_slider, row, switch, value_of

MOST_SLIDERS = 16  # weights of a neuron that become sliders, beside its bias


class Selection:
    """What is selected: `key` is ("neuron", column, unit), ("link", column, unit, source) or None.

    `change` is called with each change that a hand makes: a function that makes it, between two epochs.
    """

    def __init__(self, change: Callable[[Callable[[], None]], None]) -> None:
        self.key: tuple | None = None
        self.widget = row([])
        self._change, self._laid_out, self._following = change, True, False
        self._sliders: list[tuple[widgets.FloatSlider, Callable[[], float]]] = []  # each with its number as it is now

    def neuron(self) -> tuple[int, int] | None:
        """Return the neuron that is selected, as its column and its number there."""
        return self.key[1:3] if self.key is not None and self.key[0] == "neuron" else None

    def select(self, key: tuple | None, columns: Sequence[Column]) -> None:
        """Select something; what is not there is not selected."""
        self.key = key if key is not None and exists(key, columns) else None
        self._laid_out = False

    def preset(self, key: tuple | None, columns: Sequence[Column]) -> None:
        """Select what a call names; an error says that it is not there."""
        if key is None:
            return
        if not isinstance(key, Sequence) or len(key) < 3:
            raise TypeError(f'selected must be a tuple such as ("neuron", 1, 0); it is {key!r}.')
        self.select(tuple(key), columns)
        if self.key is None:
            raise ValueError(f"selected={key!r}: there is no such neuron or link.")

    def show(self, run: PlaygroundRun, columns: Sequence[Column]) -> None:
        """Show a slider for each number of what is selected, where training has brought it.

        New sliders take the page longer than a picture, so this comes after it.
        """
        if not self._laid_out:
            self._laid_out, self._sliders, old = True, [], self.widget.children
            self.widget.children = [] if self.key is None else self._parts(run, columns)
            close(*old)
        self._following = True
        for slider, now in self._sliders:
            if _shown(now()) != value_of(slider):
                slider.min, slider.max = min(slider.min, _shown(now())), max(slider.max, _shown(now()))
                slider.value = _shown(now())
        self._following = False

    def _parts(self, run: PlaygroundRun, columns: Sequence[Column]) -> list[widgets.Widget]:
        kind, column, unit, *sources = self.key
        linear, parts = columns[column].linear, []
        if linear is not None:
            layer = run.linears.index(linear)
            for source in sources or range(min(linear.in_features, MOST_SLIDERS)):
                name = run.start.input_names()[source] if column == 1 else f"neuron {source + 1}"
                parts.append(self._slider(f"from {name}", run, layer, unit, source))
            if kind == "neuron" and linear.bias is not None:
                parts.append(self._slider("bias", run, layer, unit, None))
        if kind == "neuron" and (after := layer_after(run, columns, column)) is not None:
            parts.append(self._switch(run, after, unit))
        return parts

    def _slider(self, label: str, run: PlaygroundRun, layer: int, unit: int, source: int | None) -> widgets.FloatSlider:
        linear = run.linears[layer]

        def now() -> float:
            return (linear.bias[unit] if source is None else linear.weight[unit, source]).item()

        end = max(4.0, math.ceil(abs(_shown(now()))))
        slider = float_slider(label[:22], _shown(now()), -end, end, 0.01)
        stands = value_of(slider)

        def moved(_: object) -> None:
            nonlocal stands
            if value_of(slider) == stands:
                return  # a page sends back where a slider was put, as 0.37000000000000005: that is no move
            stands = value = value_of(slider)
            if not self._following:
                self._change(lambda: run.set_number(layer, unit, source, value))

        slider.observe(moved, "value")
        self._sliders.append((slider, now))
        return slider

    def _switch(self, run: PlaygroundRun, layer: int, unit: int) -> widgets.Checkbox:
        box = switch("switched on", bool(run.on[layer][unit]))

        def moved(_: object) -> None:
            on = box.value
            self._change(lambda: run.switch(layer, unit, on))

        box.observe(moved, "value")
        return box


def _shown(number: float) -> float:
    """Return a number as a slider shows it, with two decimals."""
    return round(number, 2) if math.isfinite(number) else 0.0


def exists(key: tuple, columns: Sequence[Column]) -> bool:
    """Return whether a network has what a key names."""
    kind, column, unit, *source = key
    if kind not in ("neuron", "link") or column not in range(1, len(columns)):
        return False
    if unit not in range(columns[column].values.shape[1]) or len(source) != (kind == "link"):
        return False
    return not source or (columns[column].linked and source[0] in range(columns[column - 1].values.shape[1]))


def layer_after(run: PlaygroundRun, columns: Sequence[Column], column: int) -> int | None:
    """Return the number of the linear layer that is given what a hidden column hands on; None where there is none."""
    if 0 < column < len(columns) - 1 and columns[column + 1].linked:
        return run.linears.index(columns[column + 1].linear)
    return None


def switched_off(run: PlaygroundRun, columns: Sequence[Column]) -> list[tuple[int, int]]:
    """Return the neurons that are switched off, each as its column and its number there."""
    found = []
    for column in range(1, len(columns) - 1):
        layer = layer_after(run, columns, column)
        if layer is not None:
            found += [(column, unit) for unit, on in enumerate(run.on[layer].tolist()) if not on]
    return found


def switch_off(run: PlaygroundRun, columns: Sequence[Column], off: Sequence[tuple[int, int]]) -> None:
    """Switch neurons off, each named by its column and its number there."""
    if not isinstance(off, Sequence) or not all(isinstance(one, Sequence) and len(one) == 2 for one in off):
        raise TypeError(f"off must be a list of pairs (column, unit), such as [(1, 0)]; it is {off!r}.")
    for column, unit in off:
        layer = layer_after(run, columns, column)
        if layer is None or not exists(("neuron", column, unit), columns):
            raise ValueError(f"off={list(off)}: there is no hidden neuron {unit} in column {column}.")
        run.switch(layer, unit, False)
