"""What the live trainer and the race share: their controls, and the events that say how far to train."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace

import ipywidgets as widgets

from mlp_tutorial.data.dataset import Dataset
from mlp_tutorial.experiment import OPTIMIZERS, Experiment
from mlp_tutorial.lessons.shared.hidden_sizes import HiddenSizes
from mlp_tutorial.live.canvas import Canvas
from mlp_tutorial.live.controls import int_slider, log_slider, menu, own_menu, switch
from mlp_tutorial.live.playback import Playback
from mlp_tutorial.model import ACTIVATIONS, Activation, NeuralNetworkModel, activation_name
from mlp_tutorial.training.history import History
from mlp_tutorial.utils.wording import percent

DATASETS = (
    *("penguins", "penguins_body_mass", "moons", "circles", "xor", "gaussians", "spiral"),
    *("digits", "wine", "breast_cancer", "diabetes"),
)
SPEEDS = {"5 epochs/s": 5.0, "20 epochs/s": 20.0, "60 epochs/s": 60.0, "full speed": math.inf}
ENDLESS = 10**9  # epochs: far beyond any slider
MOST_PINNED = 4
#: Seconds of training between two looks at whether a slider has moved; after an epoch there is one anyway.
PAUSE_EVERY = 0.004
#: Said where runs are pinned that the picture does not show.
PINS_HIDDEN = (
    "Runs pinned on other data are hidden, for their losses cannot be compared with these. "
    "They come back with their data set."
)


class LiveTraining(Playback):
    """Base of the explorers that train: the unit that is played is an epoch, the controls are `training_controls`."""

    only_drawn: tuple[str, ...] = ("log_scale",)  # controls that change the drawing alone
    going_on: tuple[str, ...] = ("num_epochs",)  # controls after which a run goes on

    def __init__(
        self, canvas: Canvas, controls: Mapping[str, widgets.Widget], *, hidden_sizes: Sequence[int], **layout: object
    ) -> None:
        self._widths = HiddenSizes(hidden_sizes, controls)
        super().__init__(canvas, controls, **layout)
        self.target = self.end()

    def end(self) -> int:
        """Return the epoch where a run ends."""
        return self.controls["num_epochs"].value

    def shown_epochs(self) -> int:
        """Return how many epochs the picture has room for."""
        return max(self.end(), self.done())

    def pace(self) -> float:
        """Return how many epochs a second are played."""
        return self.controls["speed"].value

    def on_change(self, name: str) -> None:
        """Retrain, or where the run stays the same (epochs, scale, speed) go on with it."""
        if name == "speed":
            if self.runner.running:
                self.go(self.message)  # at the new pace from now on
            return
        if name in self.only_drawn:
            self.go()
        else:
            fewer = name == "num_epochs" and self.end() < self.done()
            self.go_to(self.end(), restart=fewer or name not in self.going_on)

    def _epochs_in_words(self) -> str:
        return f"epoch {self.done()} of {self.shown_epochs()}"

    def _chosen(self, own: Experiment, **given: object) -> Experiment:
        """Return what the controls say; `given` where no control does, and `own` where none can."""
        value = {"activation": "relu", "batch_size": own.batch_size, **self.values(), **given}
        value |= {"hidden_sizes": self._widths.sizes, "batch_size": value["batch_size"] or None}
        chosen = replace(own, **{field.name: value[field.name] for field in fields(own) if field.name in value})
        if own.criterion is None:
            return chosen
        task, own_task = chosen.load().task, own.load().task
        if task == own_task:
            return chosen
        self.message = f"Your loss is made for {own_task}; this is {task}, so its usual loss is used."
        return replace(chosen, criterion=None)


def training_controls(experiment: Experiment, num_epochs: int, *, log_scale: bool) -> dict[str, widgets.Widget]:
    """Return the controls of a training run: the four for the top first, then those under "More"."""
    own_class = experiment.model_class is not NeuralNetworkModel
    fewest = int(own_class)  # a class of the learner's own counts on a first hidden layer
    controls = {
        "num_layers": int_slider("hidden layers", len(experiment.hidden_sizes), fewest, 6),
        "width": int_slider("width", max(experiment.hidden_sizes, default=8), 1, 32),
        "learning_rate": log_slider("learning rate", experiment.learning_rate, 1e-4, 10),
        "num_epochs": int_slider("epochs", num_epochs, 10, 1000, 10),
        "dataset": dataset_menu(experiment.dataset),
        "batch_size": batch_size_menu(experiment.batch_size or 0, (1, 8, 10, 16, 32, 64, 128)),
        "activation": activation_menu(experiment.activation),
        "optimizer": menu("optimizer", experiment.optimizer, list(OPTIMIZERS)),
        "seed": int_slider("seed", experiment.seed, 0, 20),
        "speed": menu("speed of play", 60.0, SPEEDS),
        "log_scale": switch("log scale", log_scale),
    }
    if own_class:
        del controls["activation"]  # a class of the learner's own brings its own
    return controls


def dataset_menu(dataset: str | Dataset) -> widgets.Dropdown:
    """Return the menu of data sets, with one of the learner's own first."""
    return own_menu("data set", dataset, DATASETS, dataset if isinstance(dataset, str) else dataset.name)


def batch_size_menu(batch_size: int, sizes: Sequence[int]) -> widgets.Dropdown:
    """Return the menu of batch sizes; 0 is the full batch, for a menu takes None for "nothing chosen"."""
    options = {"all (full batch)": 0, **{str(size): size for size in (*sizes, batch_size) if size}}
    return menu("batch size", batch_size, options)


def activation_menu(activation: str | Activation) -> widgets.Dropdown:
    """Return the menu of activations, with one of the learner's own first."""
    return own_menu("activation", activation, ACTIVATIONS, activation_name(activation))


def why_not_pinned(history: History, is_pinned: bool, num_pinned: int) -> str:
    """Return why a run cannot be pinned behind the next ones, "" where it can."""
    if not len(history):
        return "There is nothing to pin yet: train for at least one epoch."
    if is_pinned:
        return "This run is pinned already: move a slider to compare another one with it."
    if num_pinned == MOST_PINNED:
        return f"{MOST_PINNED} runs are pinned, the most that can be told apart: unpin them first."
    return ""


def metric_in_words(name: str, value: float) -> str:
    """Return an accuracy in per cent, "94 %", or an R², "0.71"."""
    return percent(value) if name == "accuracy" else f"{value:.2f}"


def speed_in_words(steps_per_second: float) -> str:
    """Return a speed that changes with every picture in round numbers: "64 steps/s", "1,300 steps/s"."""
    return f"{round(steps_per_second, 0 if steps_per_second < 95 else -2):,.0f} steps/s"
