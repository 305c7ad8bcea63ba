"""The playground: a network alive, every neuron of it to be seen, clicked and changed while it learns."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence

from torch import nn

from mlp_tutorial.data.dataset import Dataset
from mlp_tutorial.lessons.playground.click_places import click_places
from mlp_tutorial.lessons.playground.input_features import FEATURES
from mlp_tutorial.lessons.playground.network_columns import columns_of
from mlp_tutorial.lessons.playground.network_places import NetworkPlaces
from mlp_tutorial.lessons.playground.plane import Plane
from mlp_tutorial.lessons.playground.playground_controls import BUTTONS, LIVE, live_now, playground_controls, start_now
from mlp_tutorial.lessons.playground.playground_picture import HEIGHT, RIGHT_OF_THE_NETWORK, WIDTH, PlaygroundPicture
from mlp_tutorial.lessons.playground.playground_program import call_of, program_of
from mlp_tutorial.lessons.playground.playground_run import PlaygroundRun
from mlp_tutorial.lessons.playground.playground_settings import Live, Start
from mlp_tutorial.lessons.playground.playground_view import View
from mlp_tutorial.lessons.playground.resizing import with_feature_switched, with_layers, with_neurons
from mlp_tutorial.lessons.playground.selection import Selection, switch_off, switched_off
from mlp_tutorial.lessons.shared.live_training import ENDLESS, PINS_HIDDEN, speed_in_words, why_not_pinned
from mlp_tutorial.live.canvas import Canvas
from mlp_tutorial.live.click_areas import ClickAreas
from mlp_tutorial.live.playback import Playback
from mlp_tutorial.plots.style import rounded_up
from mlp_tutorial.training.history import History


class PlaygroundExplorer(Playback):
    """What `explore_playground` returns: the run shown is in `run`, its `model` and `history` are at hand."""

    drawing_share, shortest_frame = 0.55, 1 / 21

    def __init__(
        self, start: Start, live: Live, weights: Mapping | None, num_epochs: int, look: Mapping[str, bool], bends: bool
    ) -> None:
        self._start, self._weights, self.target = start, weights, num_epochs
        self.pinned: list[tuple[str | Dataset, History]] = []
        self.selection = Selection(lambda change: self.runner.answer(self._guarded, self._change, change))
        self._pending: list[Callable[[], None]] = []  # changes to make between two epochs
        self._speed = 0.0
        canvas = Canvas(WIDTH, HEIGHT, moving_colours=20, cut_at=RIGHT_OF_THE_NETWORK)
        self.clicks = ClickAreas(canvas, lambda key: self.runner.answer(self._guarded, self.on_click, key))
        controls = playground_controls(start, live, look)
        top = ["dataset", "learning_rate", "activation" if "activation" in controls else "optimizer"]
        top += ["bend"] if bends else []
        self.view = View(controls)
        super().__init__(canvas, controls, top=top, buttons=BUTTONS, below=[self.selection.widget])
        self._begin()

    def preset(self, selected: tuple | None, off: Sequence[tuple[int, int]], **view: object) -> None:
        """Switch off, select, and choose what is seen, as a hand could, before the first picture."""
        switch_off(self.run, self._columns, off)
        self.selection.preset(selected, self._columns)
        self.view.preset(**view)

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
            run = PlaygroundRun(start_now(self.values(), self._start), live_now(self.values()), self._weights)
        plane = Plane(run.start)
        columns = self._columns = columns_of(run.model, plane.inputs)
        self.run, self.plane, self._start, self.restart = run, plane, run.start, False
        self.selection.select(self.selection.key, columns)
        two = run.dataset.input_size == 2
        features = list(FEATURES) if two and not run.start.is_own_module else list(run.start.input_names())
        names, can_resize = run.dataset.class_names, not run.start.is_own_module
        self.places = NetworkPlaces(columns, features, run.start.input_names(), names, can_resize=can_resize)
        self.picture = PlaygroundPicture(self.canvas, plane, self.places)
        self.view.show(run, plane, columns)

    # What is done to it.

    def on_change(self, name: str) -> None:
        """Answer a control: change the run under way, draw, or begin anew."""
        if name == "see":
            self.view.set_range()
            if self.view.in_space:
                self.view.bend_whole()
                self.selection.select(None, self._columns)
        if name == "speed" and not self.runner.running:
            return
        if name in LIVE:
            live = live_now(self.values())
            self._change(lambda: self.run.change(live))
        elif name in View.controls or name == "speed":
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
        if name == "dataset" and any(data != start_now(self.values(), self._start).dataset for data, _ in self.pinned):
            return PINS_HIDDEN
        return ""

    def _restart(self, message: str = "") -> None:
        """Begin anew, and train on where it was training."""
        playing = self.runner.running and self.target > self.done()
        self.restart, self.target = True, ENDLESS if playing else 0
        self.go(message)

    def on_new_weights(self) -> None:
        """Draw other initial weights."""
        self.controls["seed"].value = (self.controls["seed"].value + 1) % (self.controls["seed"].max + 1)

    def on_pin(self) -> None:
        """Keep the curves of this run as a ghost."""
        is_pinned = any(history is self.history for _, history in self.pinned)
        why_not = why_not_pinned(self.history, is_pinned, len(self.pinned))
        if not why_not:
            self.pinned = [*self.pinned, (self._start.dataset, self.history)]
        self.go(why_not or "Pinned: change something and train again to compare.")

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
        if key is not None:
            self.view.leave_space()
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
            run = PlaygroundRun(start, live_now(self.values())) if fresh else self.run.resized(start)
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
        columns = self._columns = columns_of(self.model, self.plane.inputs)
        return self.picture.update(
            columns,
            self.history,
            num_epochs=int(rounded_up(max(self.done(), 40))),
            pinned=self._ghosts(),
            marks=self.run.changed_rates(),
            selected=self.selection.neuron(),
            off=switched_off(self.run, columns),
            **self.view.look(columns),
        )

    def _ghosts(self) -> list[tuple[str, History]]:
        """Return the pinned runs on the data shown."""
        ghosts = enumerate(self.pinned, 1)
        return [
            (f"pinned {n}", run) for n, (data, run) in ghosts if data == self._start.dataset and run is not self.history
        ]

    def status(self) -> tuple[list[str], str]:
        """Return epoch, losses and metric of the network shown."""
        parts = [f"epoch {self.done()}", *self.run.results()]
        if self._speed:
            parts.append(speed_in_words(self._speed))
        return parts, self.message or ("" if self.runner.running else self._note())

    def _note(self) -> str:
        if self.history.stop_reason:
            return self.history.stop_reason
        if self.selection.key is not None:
            return self.places.selected_in_words(self.selection.key)
        if self.done() == 0:
            return (
                "Press play. Click a neuron, a link or a feature. Data, activation, initialisation and seed begin anew; "
                "all other settings act at once."
            )
        return ""

    def sentence(self) -> str:
        """Return settings and results in a sentence."""
        return f"A network {self.run.in_words()} after {self.done()} epochs: {', '.join(self.run.results(2))}."

    def program(self) -> str:
        """Return the plain PyTorch program of the run shown."""
        return program_of(self.run)

    def call(self) -> str:
        """Return the call that makes what is seen."""
        off = switched_off(self.run, self._columns)
        return call_of(self.run, self.view.arguments(selected=self.selection.key, off=off))

    def _paint(self, finished: bool, lasting: bool) -> None:
        self.picture.smooth(lasting)
        super()._paint(finished, lasting)
        if finished:
            self.selection.show(self.run, self._columns)
            off = switched_off(self.run, self._columns)
            self.clicks.set(click_places(self.places, self._columns, self.selection.key, off))
