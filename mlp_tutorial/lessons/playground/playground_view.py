"""What of the playground's network is looked at: its output or the space of a layer, how far bent, and whose map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import ipywidgets as widgets

from mlp_tutorial.lessons.playground.input_features import COORDINATES
from mlp_tutorial.lessons.playground.network_columns import Column, columns_of
from mlp_tutorial.lessons.playground.plane import Plane
from mlp_tutorial.lessons.playground.playground_controls import set_options
from mlp_tutorial.lessons.playground.playground_run import PlaygroundRun
from mlp_tutorial.live.controls import value_of
from mlp_tutorial.utils.errors import check_number

SWITCHES = ("discretize", "held_out", "log_scale")


class View:
    """Reads and sets the controls that change the picture alone, for the run and the columns that are shown."""

    controls = (*SWITCHES, "output_map", "see", "bend")

    def __init__(self, controls: Mapping[str, widgets.Widget]) -> None:
        self._controls = {name: controls[name] for name in self.controls}
        self._bend, self._see, self._output_map = (controls[name] for name in ("bend", "see", "output_map"))

    def show(self, run: PlaygroundRun, plane: Plane, columns: Sequence[Column]) -> None:
        """Let the menus of layers and of outputs name those that a run's network has."""
        self._run, self._plane, last = run, plane, len(columns) - 1
        layers = {f"space of {'the output' if n == last else f'layer {n}'}": n for n in range(1, len(columns))}
        set_options(self._see, {"the output": 0, **layers})
        names = run.dataset.class_names
        names = names if len(names) == columns[-1].values.shape[1] else ()  # not of a single output for two classes
        outputs = {"all classes": -1, **{name: number for number, name in enumerate(names)}}
        set_options(self._output_map, outputs if run.dataset.class_names else {"the value": -1})
        self.set_range()

    def preset(self, output_map: int | None, see: int, bend: float | None) -> None:
        """Choose as a hand could; a ValueError says what there is not."""
        if output_map is not None:
            if output_map not in range(len(self._output_map.options) - 1):
                raise ValueError(f"output_map must be the number of a class with an output; it is {output_map!r}.")
            self._output_map.value = output_map
        if see:
            last = len(self._see.options) - 1
            if see not in range(1, last + 1):
                raise ValueError(f"see must be a column from 1 to {last}; it is {see!r}.")
            self._see.value = see
            self.set_range()
            if bend is not None:
                check_number("bend", bend, "0.5")
            self._bend.value = self._bend.max if bend is None else bend

    @property
    def in_space(self) -> bool:
        """Whether the space of a layer is seen, in place of the output over the plane."""
        return bool(self._see.value)

    def leave_space(self) -> None:
        """See the output again."""
        self._see.value = 0

    def bend_whole(self) -> None:
        """Bend the plane as far as the layer that is seen."""
        self._bend.value = self._bend.max

    def set_range(self) -> None:
        """Let the slider of the bend reach to the layer that is seen; what was bent as far as can be stays so."""
        whole = self._bend.value == self._bend.max
        self._bend.max = max(self._see.value + self._computes_features(), 1)
        if whole and self.in_space:
            self.bend_whole()

    def _computes_features(self) -> bool:
        """Return whether the network is given anything else than the coordinates of the plane."""
        return self._run.dataset.input_size == 2 and self._run.start.features != COORDINATES

    def look(self, columns: Sequence[Column]) -> dict[str, object]:
        """Return what a `PlaygroundPicture` is to be drawn with."""
        look = {name: value_of(control) for name, control in self._controls.items()}
        see, bend, output = look.pop("see"), look.pop("bend"), look.pop("output_map")
        space, title = None, ""
        if see:
            X, grid = self._run.dataset.X_train, self._plane.grid
            on_data = columns_of(self._run.model, self._run.start.inputs(X))
            first = [(Column(grid, ""), Column(X, ""))] if self._computes_features() else []
            space = (bend, *zip(*first, *zip(columns, on_data, strict=True), strict=True))
            title = self._see.label if bend == self._bend.max else f"on the way to the {self._see.label}"
        return {**look, "output": output if output >= 0 else None, "space": space, "title": title}

    def arguments(self, **clicked: object) -> dict[str, object]:
        """Return the arguments of a call that shows the same, with what is `clicked`; defaults are left out."""
        values = {name: value_of(control) for name, control in self._controls.items()}
        shown = {name: True for name in SWITCHES if values[name]}
        shown |= {name: value for name, value in clicked.items() if value}
        if values["output_map"] >= 0:
            shown["output_map"] = values["output_map"]
        if values["see"]:
            shown["see"] = values["see"]
            if values["bend"] < self._bend.max:
                shown["bend"] = values["bend"]
        return shown
