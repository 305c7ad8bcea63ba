"""The playground: a network alive, every neuron of it to be seen, clicked and changed while it learns."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import fields, replace

import numpy as np
from torch import nn

from mlp_tutorial.lessons.playground.click_places import click_places
from mlp_tutorial.lessons.playground.columns import Column, columns_of
from mlp_tutorial.lessons.playground.input_features import COORDINATES, FEATURES
from mlp_tutorial.lessons.playground.network_picture import HEIGHT, WIDTH, NetworkPicture
from mlp_tutorial.lessons.playground.plane import Plane
from mlp_tutorial.lessons.playground.playground_controls import playground_controls, set_options
from mlp_tutorial.lessons.playground.playground_program import call_of, program_of
from mlp_tutorial.lessons.playground.playground_run import PlaygroundRun
from mlp_tutorial.lessons.playground.playground_settings import Live, Start
from mlp_tutorial.lessons.playground.resizing import with_feature_switched, with_layers, with_neurons
from mlp_tutorial.lessons.playground.selection import Selection, exists, layer_after, switched_off
from mlp_tutorial.lessons.shared.live_training import ENDLESS, PINS_HIDDEN
from mlp_tutorial.live.canvas import Canvas
from mlp_tutorial.live.click_areas import ClickAreas
from mlp_tutorial.live.controls import BUTTONS
from mlp_tutorial.live.playback import Playback
from mlp_tutorial.plots.style import rounded_up
from mlp_tutorial.training.history import History
from mlp_tutorial.utils.errors import check_number
from mlp_tutorial.utils.wording import architecture_in_words, percent

MOST_PINNED = 4
LIVE = tuple(field.name for field in fields(Live))
LOOK = ("discretize", "held_out", "log_scale")
ONLY_DRAWN = (*LOOK, "output_map", "see", "bend")


class PlaygroundExplorer(Playback):
    """What `explore_playground` returns: the run shown is in `run`, its `model` and `history` are at hand."""

    drawing_share, shortest_frame = 0.55, 1 / 21

    def __init__(
        self, start: Start, live: Live, weights: Mapping | None, num_epochs: int, look: Mapping[str, bool], bends: bool
    ) -> None:
        self._start, self._weights, self.target = start, weights, num_epochs
        self.pinned: list[tuple[str, object, History]] = []
        self.selection = Selection(lambda change: self.runner.answer(self._guarded, self._change, change))
        self._pending: list[Callable[[], None]] = []  # changes to make between two epochs
        self._speed = 0.0
        canvas = Canvas(WIDTH, HEIGHT, moving_colours=20)
        self.clicks = ClickAreas(canvas, lambda key: self.runner.answer(self._guarded, self.on_click, key))
        new = {
            "new weights": "Other initial weights, by the next seed",
            "copy call": "The call that makes what you see",
        }
        buttons = {**{name: BUTTONS[name] for name in ("play", "step", "reset")}, "new weights": new["new weights"]}
        buttons |= {name: BUTTONS[name] for name in ("pin", "unpin", "show code")} | {"copy call": new["copy call"]}
        controls = playground_controls(start, live, look)
        top = ["dataset", "learning_rate", "activation" if "activation" in controls else "optimizer"]
        top += ["bend"] if bends else []
        super().__init__(canvas, controls, top=top, buttons=buttons, below=[self.selection.widget])
        self._begin()

    def preset(
        self,
        selected: tuple | None,
        off: Sequence[tuple[int, int]],
        output_map: int | None,
        see: int,
        bend: float | None,
    ) -> None:
        """Select, switch off and bend, as a hand could, before the first picture."""
        columns = columns_of(self.model, self.plane.inputs)
        if not isinstance(off, Sequence) or not all(isinstance(one, Sequence) and len(one) == 2 for one in off):
            raise TypeError(f"off must be a list of pairs (column, unit), such as [(1, 0)]; it is {off!r}.")
        for column, unit in off:
            layer = layer_after(self.run, columns, column)
            if layer is None or not exists(("neuron", column, unit), columns):
                raise ValueError(f"off={list(off)}: there is no hidden neuron {unit} in column {column}.")
            self.run.switch(layer, unit, False)
        if selected is not None:
            if not isinstance(selected, Sequence) or len(selected) < 3:
                raise TypeError(f'selected must be a tuple such as ("neuron", 1, 0); it is {selected!r}.')
            self.selection.select(tuple(selected), columns)
            if self.selection.key is None:
                raise ValueError(f"selected={selected!r}: there is no such neuron or link.")
        if output_map is not None:
            if output_map not in range(len(self.controls["output_map"].options) - 1):
                raise ValueError(f"output_map must be the number of a class with an output; it is {output_map!r}.")
            self.controls["output_map"].value = output_map
        if see:
            if see not in range(1, len(columns)):
                raise ValueError(f"see must be a column from 1 to {len(columns) - 1}; it is {see!r}.")
            self.controls["see"].value = see
            self._set_bend_range()
            if bend is not None:
                check_number("bend", bend, "0.5")
            self.controls["bend"].value = self.controls["bend"].max if bend is None else bend

    # What is computed.

    @property
    def model(self) -> nn.Module:
        """The network shown."""
        return self.run.model

    @property
    def history(self) -> History:
        """The losses of the run shown."""
        return self.run.history

    def done(self) -> int:
        """Return how many epochs have been trained."""
        return len(self.run.history)

    def end(self) -> int:
        """Return where a run ends: nowhere."""
        return ENDLESS

    def stopped(self) -> bool:
        """Return whether the run has ended by itself."""
        return self.run.history.diverged

    def pace(self) -> float:
        """Return how many epochs a second are played."""
        return self.controls["speed"].value

    def work(self) -> Iterator[bool]:
        """Make the changes that are asked for, and train on."""
        if self.restart:
            self._begin()
        began, steps_before = time.perf_counter(), self.history.num_steps
        self._speed = 0.0
        yield from self._changed_between_epochs()
        for epoch_complete in self.run.train_to(self.target):
            self._speed = (self.history.num_steps - steps_before) / (time.perf_counter() - began)
            yield epoch_complete

    def _changed_between_epochs(self) -> Iterator[bool]:
        if self._pending:
            yield from self.run.train_to(0)  # to the end of the epoch under way
            while self._pending:
                self._pending.pop(0)()

    def _begin(self, run: PlaygroundRun | None = None) -> None:
        """Begin anew with the settings of now; if that fails, the run before stays as it is."""
        if run is None:
            start = self._start_now() if self.controls else self._start
            run = PlaygroundRun(start, self._live_now(), self._weights)
        plane = Plane(run.start)
        columns = self._columns = columns_of(run.model, plane.inputs)
        self.run, self.plane, self._start, self.restart = run, plane, run.start, False
        self.selection.select(self.selection.key, columns)
        two = run.dataset.input_size == 2
        features = list(FEATURES) if two and not run.start.is_own_module else list(run.start.input_names())
        self.picture = NetworkPicture(
            self.canvas, plane, columns, features, run.start.input_names(), can_resize=not run.start.is_own_module
        )
        self._offer(columns)

    def _offer(self, columns: Sequence[Column]) -> None:
        """Let the menus of layers and of outputs name those that are there."""
        layers = {
            "the output": 0,
            **{self._layer_in_words(number, columns): number for number in range(1, len(columns))},
        }
        set_options(self.controls["see"], layers)
        names = self.run.dataset.class_names
        names = names if len(names) == columns[-1].values.shape[1] else ()  # not of a single output for two classes
        outputs = {"all classes": -1, **{f"{name}": number for number, name in enumerate(names)}}
        set_options(self.controls["output_map"], outputs if self.run.dataset.class_names else {"the value": -1})
        self._set_bend_range()

    def _layer_in_words(self, number: int, columns: Sequence[Column]) -> str:
        return "space of the output" if number == len(columns) - 1 else f"space of layer {number}"

    def _set_bend_range(self) -> None:
        bend, layer = self.controls["bend"], self.controls["see"].value
        whole = bend.value == bend.max
        bend.max = max(layer + self._computes_features(), 1)
        if whole and layer:
            bend.value = bend.max

    def _computes_features(self) -> bool:
        """Return whether the network is given anything else than the coordinates of the plane."""
        return self.run.dataset.input_size == 2 and self._start.features != COORDINATES

    def _start_now(self) -> Start:
        values = self.values()
        chosen = {
            name: values[name]
            for name in ("dataset", "activation", "initialisation", "noise", "num_points", "data_seed", "seed")
            if name in values
        }
        if values["training_share"] != round(100 * self._start.training_share):
            chosen["training_share"] = values["training_share"] / 100
        return replace(self._start, **chosen)

    def _live_now(self) -> Live:
        values = self.values()
        return Live(**{name: values[name] for name in LIVE})

    # What is done to it.

    def on_change(self, name: str) -> None:
        """Answer a control: change the run under way, draw, or begin anew."""
        if name == "see":
            self._set_bend_range()
            if self.controls["see"].value:
                self.controls["bend"].value = self.controls["bend"].max
                self.selection.select(None, self._columns)
        if name == "speed" and not self.runner.running:
            return
        if name in LIVE:
            live = self._live_now()
            self._change(lambda: self.run.change(live))
        elif name in ONLY_DRAWN or name == "speed":
            self.go(self.message)
        else:
            if name == "dataset":
                self.selection.select(None, self._columns)
            self._weights = None
            self._restart(self._why_not(name))

    def _why_not(self, name: str) -> str:
        """Return why a control does not do, or does not show, all that one may expect of it."""
        if name in ("noise", "num_points") and not self._start.is_toy:
            return f"The {'noise' if name == 'noise' else 'number of points'} of measured data cannot be chosen."
        if name == "dataset" and any(data != self._start_now().dataset for _, data, _ in self.pinned):
            return PINS_HIDDEN
        return ""

    def _restart(self, message: str = "") -> None:
        """Begin anew, and train on where it was training."""
        playing = self.runner.running and self.target > self.done()
        self.restart, self.target = True, ENDLESS if playing else 0
        self.go(message)

    def on_reset(self) -> None:
        """Go back to the initial weights."""
        self.go_to(0, restart=True)

    def on_new_weights(self) -> None:
        """Draw other initial weights."""
        self.controls["seed"].value = (self.controls["seed"].value + 1) % (self.controls["seed"].max + 1)

    def on_pin(self) -> None:
        """Keep the curves of this run as a ghost."""
        message = "Pinned: change something and train again to compare."
        if not len(self.history):
            message = "There is nothing to pin yet: train for at least one epoch."
        elif any(history is self.history for _, _, history in self.pinned):
            message = "This run is pinned already."
        elif len(self.pinned) == MOST_PINNED:
            message = f"{MOST_PINNED} runs are pinned, the most that can be told apart: unpin them first."
        else:
            self.pinned = [*self.pinned, (self._in_words(), self._start.dataset, self.history)]
        self.go(message)

    def on_unpin(self) -> None:
        """Remove the pinned runs."""
        self.pinned = []
        self.go()

    def on_copy_call(self) -> None:
        """Show the call that makes what is seen."""
        call = self.call()
        if self.code_panel.visible and self.code_panel.program == call:
            self.code_panel.hide()
        else:
            self.code_panel.show(call)

    def on_click(self, key: Hashable) -> None:
        """Answer a click in the picture."""
        kind, *rest = key
        if kind == "feature":
            self._continue_as(lambda start: with_feature_switched(start, *rest))
        elif kind == "width":
            self._continue_as(lambda start: with_neurons(start, *rest))
        elif kind == "layers":
            self._continue_as(lambda start: with_layers(start, *rest))
        else:
            self.select(None if self.selection.key == key else key)

    def select(self, key: tuple | None) -> None:
        """Show a neuron, ("neuron", column, unit), large, or a link, ("link", column, unit, source), as a slider."""
        if key is not None and self.controls["see"].value:
            self.controls["see"].value = 0
        self.selection.select(key, self._columns)
        self.go()

    def _change(self, change: Callable[[], None]) -> None:
        """Make a change between two epochs, and go on."""
        self._pending.append(change)
        self.go()

    def _continue_as(self, changed: Callable[[Start], Start]) -> None:
        """Go on with other features or widths: the neurons that stay keep their weights, the curve begins anew."""

        def resize() -> None:
            try:
                start = changed(self._start)
            except ValueError as error:
                self.message = str(error)
                return
            fresh = self.done() == 0 and not self.run.changes and self.run.weights is None
            run = PlaygroundRun(start, self._live_now()) if fresh else self.run.resized(start)
            self._weights = None
            if self.stopped():
                self.target = 0
            elif self.target != ENDLESS:
                self.target = max(0, self.target - self.done())  # the epochs that are still asked for
            self._begin(run)

        self._pending.append(resize)
        self.go("" if self.done() == 0 else "The neurons that stay keep their weights; the curve begins anew.")

    # What is seen.

    def draw(self) -> bool:
        """Bring every map, link and curve up to date."""
        columns = columns_of(self.model, self.plane.inputs)
        values, space, title = self.values(), None, ""
        if values["see"]:
            dataset = self.run.dataset
            on_data = columns_of(self.model, self.run.start.inputs(dataset.X_train))
            first = [(Column(self.plane.grid, ""), Column(dataset.X_train, ""))] if self._computes_features() else []
            space = (values["bend"], *zip(*first, *zip(columns, on_data, strict=True), strict=True))
            name = self._layer_in_words(values["see"], columns)
            title = name if values["bend"] == self.controls["bend"].max else f"on the way to the {name}"
        self._columns = columns
        return self.picture.update(
            columns,
            self.history,
            num_epochs=int(rounded_up(max(self.done(), 40))),
            pinned=self._ghosts(),
            marks=self._changed_rates(),
            log_scale=values["log_scale"],
            selected=self.selection.neuron(),
            off=switched_off(self.run, columns),
            output=values["output_map"] if values["output_map"] >= 0 else None,
            discretize=values["discretize"],
            held_out=values["held_out"],
            space=space,
            title=title,
        )

    def _changed_rates(self) -> list[tuple[int, str]]:
        """Return after which epochs the learning rate was changed, and to what."""
        rates = np.array(self.history.learning_rate)
        return [(int(epoch) + 1, f"rate {rates[epoch + 1]:.3g}") for epoch in np.flatnonzero(np.diff(rates))]

    def _ghosts(self) -> list[tuple[str, History]]:
        """Return the pinned runs on the data shown."""
        ghosts = enumerate(self.pinned, 1)
        return [
            (f"pinned {n}", run)
            for n, (_, data, run) in ghosts
            if data == self._start.dataset and run is not self.history
        ]

    def status(self) -> tuple[list[str], str]:
        """Return epoch, losses and metric of the network shown."""
        parts = [f"epoch {self.done()}", *self._results()]
        if self._speed:
            parts.append(f"{round(self._speed, 0 if self._speed < 95 else -2):,.0f} steps/s")
        return parts, self.message or ("" if self.runner.running else self._note())

    def _results(self, decimals: int = 3) -> list[str]:
        measured = self.run.measure()
        words = [f"{name} loss {one.loss:.{decimals}f}" for name, one in measured.items()]
        metric = measured["validation"]
        shown = percent(metric.metric) if metric.metric_name == "accuracy" else f"{metric.metric:.2f}"
        return [*words, f"{metric.metric_name} {shown}"]

    def _note(self) -> str:
        if self.history.stop_reason:
            return self.history.stop_reason
        if self.selection.key is not None:
            return self._selected_in_words()
        if self.done() == 0:
            return (
                "Press play. Click a neuron, a link or a feature. Data, activation, initialisation and seed begin anew; "
                "all other settings act at once."
            )
        return ""

    def _selected_in_words(self) -> str:
        kind, column, unit, *source = self.selection.key
        name = self.picture.neuron_in_words(column, unit)
        if kind == "link":
            return f"The weight from {self.picture.neuron_in_words(column - 1, source[0])} to {name}."
        colours = "orange where it answers above 0, blue below"
        return f"{name[0].upper()}{name[1:]}, shown large: {colours}. Click it again to go back."

    def sentence(self) -> str:
        """Return settings and results in a sentence."""
        return f"A network {self._in_words()} after {self.done()} epochs: {', '.join(self._results(2))}."

    def _in_words(self) -> str:
        start, live = self._start, self.run.live
        sizes = architecture_in_words(len(start.input_names()), start.hidden_sizes, self.run.dataset.output_size)
        sizes = type(start.model).__name__ if start.is_own_module else sizes
        return f"{sizes} on {self.run.dataset.name}, learning rate {live.learning_rate:g}"

    def program(self) -> str:
        """Return the plain PyTorch program of the run shown."""
        return program_of(self.run)

    def call(self) -> str:
        """Return the call that makes what is seen."""
        values, off = self.values(), switched_off(self.run, self._columns)
        look: dict[str, object] = {name: True for name in LOOK if values[name]}
        if self.selection.key is not None:
            look["selected"] = self.selection.key
        if off:
            look["off"] = off
        if values["output_map"] >= 0:
            look["output_map"] = values["output_map"]
        if values["see"]:
            look["see"] = values["see"]
            if values["bend"] < self.controls["bend"].max:
                look["bend"] = values["bend"]
        return call_of(self.run, look)

    def _paint(self, finished: bool, lasting: bool) -> None:
        self.picture.smooth(lasting)
        super()._paint(finished, lasting)
        if finished:
            self.selection.show(self.run, self._columns)
            self.clicks.set(
                click_places(self.picture, self._columns, self.selection.key, switched_off(self.run, self._columns))
            )
