"""The live trainer: loss curves and decision regions of a network while it trains. Several lessons use it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence

import torch
from torch import nn

from mlp_tutorial.data.dataset import Dataset
from mlp_tutorial.experiment import Experiment, differences
from mlp_tutorial.lessons.shared.live_training import (
    ENDLESS,
    PAUSE_EVERY,
    PINS_HIDDEN,
    LiveTraining,
    metric_in_words,
    speed_in_words,
    training_controls,
    why_not_pinned,
)
from mlp_tutorial.lessons.shared.stand_ins import unwrapped
from mlp_tutorial.lessons.shared.training_picture import TrainingPicture
from mlp_tutorial.live.canvas import Canvas
from mlp_tutorial.live.controls import switch, value_of
from mlp_tutorial.model import Activation, NeuralNetworkModel
from mlp_tutorial.sweep.runs import sweep_steps
from mlp_tutorial.sweep.stacked_optimizer import SWEEP_OPTIMIZERS
from mlp_tutorial.training.diagnosis import diagnose
from mlp_tutorial.training.history import History

#: Seconds between two pictures with regions, which have 12 kB: more a second would be over 0.25 MB.
FRAME_WITH_REGIONS = 1 / 18


def explore_training(
    dataset: str | Dataset = "penguins",
    hidden_sizes: Sequence[int] = (8, 8),
    learning_rate: float = 0.1,
    *,
    num_epochs: int = 300,
    batch_size: int | None = None,
    activation: str | Activation = "relu",
    optimizer: str = "sgd",
    seed: int = 0,
    log_scale: bool = False,
    band: bool = False,
    regions: bool = True,
    first_lines: bool = False,
    criterion: Callable | None = None,
    model_class: Callable[..., nn.Module] = NeuralNetworkModel,
) -> TrainingExplorer:
    """Train a network under your hand: every move of a slider trains it anew and re-plots its losses.

    Parameters
    ----------
    dataset : str or Dataset, default "penguins"
        A name for `load_dataset`, or a data set of your own.
    hidden_sizes : sequence of int, default (8, 8)
        Width of each hidden layer.
    learning_rate : float, default 0.1
        The optimizer's step size.
    num_epochs : int, default 300
        Where a run ends.
    batch_size : int, optional
        Samples a step; by default all in one batch.
    activation : str or callable, default "relu"
        A name from `ACTIVATIONS`, or a function of your own.
    optimizer : {"sgd", "momentum", "rmsprop", "adam", "adamw"}, default "sgd"
        Momentum is SGD with momentum 0.9.
    seed : int, default 0
        For the initial weights and the order of the batches.
    log_scale : bool, default False
        Draw the loss on a logarithmic axis.
    band : bool, default False
        After each run, train the same network from ten seeds at once and shade the range of their training losses.
    regions : bool, default True
        Draw the decision regions (data with two features) or the metric (other data) beside the losses.
    first_lines : bool, default False
        Draw over the regions the line of each neuron of the first layer: where its weighted sum is 0.
    criterion : callable, optional
        A loss of your own; by default the usual one of the task.
    model_class : callable, default NeuralNetworkModel
        A class of your own, called with input size, hidden sizes and output size.

    Returns
    -------
    TrainingExplorer
        Shown by JupyterLab as sliders above the picture. Its `model` and `history` are those of the run shown.

    Raises
    ------
    TypeError, ValueError
        If the settings cannot work together; the message says what was expected and what came.
    """
    (dataset, activation, criterion, model_class), remark = unwrapped(dataset, activation, criterion, model_class)
    experiment = Experiment(
        dataset, hidden_sizes, learning_rate, batch_size, activation, optimizer, seed, criterion, model_class
    )
    look = {"log_scale": log_scale, "band": band, "regions": regions, "first_lines": first_lines}
    explorer = TrainingExplorer(experiment, num_epochs=num_epochs, **look)
    explorer.remark = remark
    return explorer.shown()


class TrainingExplorer(LiveTraining):
    """What `explore_training` returns: the run shown is in `experiment`, `model` and `history`."""

    only_drawn = ("log_scale", "live_rate", "first_lines")
    going_on = ("num_epochs", "band")

    def __init__(
        self, experiment: Experiment, *, num_epochs: int, log_scale: bool, band: bool, regions: bool, first_lines: bool
    ) -> None:
        self._own = experiment  # a criterion or a class of the learner's own, which no control changes
        self._regions = regions
        if regions:
            self.shortest_frame = FRAME_WITH_REGIONS
        self.pinned: list[tuple[Experiment, History]] = []
        self.experiment, self.history = experiment, History()
        self._steps: Iterator[History] = iter(())
        self._before = self._last_result = ""
        self._speed = 0.0  # optimizer steps per second
        self.band: tuple[list[float], list[float]] | None = None
        super().__init__(
            Canvas(640 if regions else 480, 300),
            {
                **training_controls(experiment, num_epochs, log_scale=log_scale),
                "band": switch("band over seeds", band),
                "live_rate": switch("change rate live", False),
                "first_lines": switch("lines of layer 1", first_lines),
            },
            top=("num_layers", "width", "learning_rate", "num_epochs"),
            buttons=("play", "step", "reset", "pin", "unpin", "show code"),
            hidden_sizes=experiment.hidden_sizes,
        )
        self._lay_out(experiment)

    def _lay_out(self, experiment: Experiment) -> None:
        self.picture = TrainingPicture(self.canvas, experiment.load() if self._regions else None)

    def done(self) -> int:
        """Return how many epochs have been trained."""
        return len(self.history)

    def stopped(self) -> bool:
        """Return whether the run has ended by itself."""
        return bool(self.history.stop_reason)

    def work(self) -> Iterator[bool]:
        """Train the chosen settings to the target epoch, then the band's seeds if they are asked for."""
        if self.restart:
            self._begin()
        began, steps_before = time.perf_counter(), self.history.num_steps
        self._speed = 0.0
        epochs = len(self.history)
        while len(self.history) < self.target:
            self._change_rate()
            if next(self._steps, None) is None:
                break
            epoch_complete = self._between_epochs = len(self.history) > epochs
            epochs = len(self.history)
            self._speed = (self.history.num_steps - steps_before) / (time.perf_counter() - began)
            yield epoch_complete
        losses = self.history.validation_loss or self.history.training_loss
        self._last_result = f"{losses[-1]:.2f}" if losses else ""
        if self.controls["band"].value and self.band is None and epochs >= self.end():
            yield from self._train_seeds()

    def _begin(self) -> None:
        """Build a new model; if that fails, the run before stays as it is."""
        experiment = self._chosen(self._own)
        model, criterion, optimizer = experiment.build()
        history = History()
        steps = experiment.steps(model, criterion, optimizer, ENDLESS, history, pause_every=PAUSE_EVERY)
        if experiment != self.experiment:
            self._before = self._last_result
        if experiment.dataset != self.experiment.dataset:
            self._lay_out(experiment)
            self._before = ""  # losses on different data cannot be compared
        self.experiment, self.model, self.history, self._steps = experiment, model, history, steps
        if len(self._comparable()) < len(self.pinned):
            self.message = f"{self.message} {PINS_HIDDEN}".strip()
        self._criterion, self._optimizer, self._between_epochs = criterion, optimizer, True
        self.band, self.restart = None, False
        self._finding: tuple[int, str] = (-1, "")

    def _change_rate(self) -> None:
        """Go on at the rate of the slider, where that may change during a run, from the start of an epoch."""
        if not (self._between_epochs and self.controls["live_rate"].value):
            return
        rate, groups = value_of(self.controls["learning_rate"]), self._optimizer.param_groups
        if rate != groups[0]["lr"]:
            for group in groups:
                group["lr"] = rate
            self.experiment = self.experiment.with_rate(len(self.history), rate)

    def _train_seeds(self) -> Iterator[bool]:
        """Train the same network from several seeds at once, for the band."""
        one = self.experiment
        if one.rates:
            self.message = "A band needs one learning rate for the whole run."
            return
        if one.optimizer not in SWEEP_OPTIMIZERS or one.model_class is not NeuralNetworkModel:
            self.message = f"A band needs NeuralNetworkModel and one of the optimizers {', '.join(SWEEP_OPTIMIZERS)}."
            return
        grid = {"learning_rates": [one.learning_rate], "seeds": range(10), "optimizers": [one.optimizer]}
        common = {name: getattr(one, name) for name in ("activation", "criterion", "batch_size")}
        steps = sweep_steps(one.load(), one.hidden_sizes, num_epochs=self.end(), **grid, **common)
        sweep = next(steps)
        for _ in steps:
            yield False
        losses = sweep.training_loss.nan_to_num(nan=torch.inf)  # (seed, epoch); a diverged run leaves the picture
        self.band = (losses.min(0).values.tolist(), losses.max(0).values.tolist())

    def on_change(self, name: str) -> None:
        """Retrain, or where the run stays the same (epochs, scale, band, speed, a live rate) go on with it."""
        live = name == "learning_rate" and self.controls["live_rate"].value
        if name in self.going_on or live:
            self.band = None
        if live and self.done() < self.end() and not self.stopped():
            return self.go("" if self.runner.running else "The run goes on at this rate: press play or step.")
        super().on_change(name)

    def on_pin(self) -> None:
        """Keep the curves of this run."""
        is_pinned = any(experiment == self.experiment for experiment, _ in self.pinned)
        why_not = why_not_pinned(self.history, is_pinned, len(self._comparable()))
        if not why_not:
            self.pinned = [*self.pinned, (self.experiment, self.history)]
        self.go(why_not or "Pinned: move a slider to compare another run with this one.")

    def on_unpin(self) -> None:
        """Remove the pinned runs."""
        self.pinned = []
        self.go()

    def _comparable(self) -> list[tuple[Experiment, History]]:
        """Return the pinned runs on the data shown."""
        return [pin for pin in self.pinned if pin[0].dataset == self.experiment.dataset]

    def draw(self) -> bool:
        """Bring curves and regions up to date."""
        pinned = [(experiment, run) for experiment, run in self._comparable() if run is not self.history]
        *words, now = differences([*(experiment for experiment, _ in pinned), self.experiment])
        named = [(word or "the same settings", run) for word, (_, run) in zip(words, pinned, strict=True)]
        look = {"log_scale": self.controls["log_scale"].value, "band": self.band, "title": f"now: {now}" if now else ""}
        look["first_lines"] = self.controls["first_lines"].value
        look["marks"] = [(epoch, f"rate {rate:.3g}") for epoch, rate in self.experiment.rates]
        return self.picture.update(self.model, self.history, self.shown_epochs(), named, **look)

    def status(self) -> tuple[list[str], str]:
        """Return epoch, losses, metric and speed, and below them the diagnosis."""
        history = self.history
        parts = [self._epochs_in_words()]
        if len(set(self.experiment.hidden_sizes)) > 1:  # which the slider of the width cannot say
            parts.append(self.experiment.architecture())
        if len(history):
            parts += _results(history)
            if self._before and not self.runner.running:
                parts[-2] += f" (before: {self._before})"
        if self._speed:
            parts.append(speed_in_words(self._speed))
        if self.message or self.runner.running:
            return parts, self.message
        return parts, self._diagnosis()

    def _diagnosis(self) -> str:
        if not len(self.history) and not self.history.stop_reason:
            return "These are the initial weights."
        epochs, sentence = self._finding
        if epochs != len(self.history):
            findings = diagnose(self.history, self.model, self.experiment.load(), self._criterion)
            sentence = str(findings[0]) if findings else "Diagnosis: nothing conspicuous."
            self._finding = (len(self.history), sentence)
        return sentence

    def sentence(self) -> str:
        """Return settings, results and diagnosis."""
        words = self.experiment.in_words()
        words["hidden_sizes"] = f"network {self.experiment.architecture()}"
        words["learning_rate"] = f"learning {words['learning_rate']}"
        results = ", ".join(_results(self.history)) if len(self.history) else "no epoch complete"
        trained = f"Training on {', '.join(words.values())}. After {len(self.history)} epochs"
        return f"{trained}: {results}. {self._diagnosis()}"

    def program(self) -> str:
        """Return the plain PyTorch program of the run shown."""
        return self.experiment.program(len(self.history) or self.end()).text()


def _results(history: History) -> list[str]:
    losses = {"training loss": history.training_loss, "validation loss": history.validation_loss}
    metric = f"{history.metric_name} {metric_in_words(history.metric_name, history.metric[-1])}"
    return [*(f"{name} {values[-1]:.2f}" for name, values in losses.items() if values), metric]
