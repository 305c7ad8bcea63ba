"""The race: training runs that differ in one setting, side by side from the same initial weights. Several lessons use it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from torch import nn

from mlp_tutorial.data.dataset import Dataset
from mlp_tutorial.experiment import Experiment
from mlp_tutorial.lessons.shared.live_training import (
    ENDLESS,
    PAUSE_EVERY,
    LiveTraining,
    metric_in_words,
    training_controls,
)
from mlp_tutorial.lessons.shared.race_picture import RacePicture
from mlp_tutorial.lessons.shared.race_program import race_program
from mlp_tutorial.lessons.shared.stand_ins import unwrapped
from mlp_tutorial.live.canvas import Canvas
from mlp_tutorial.live.controls import log_slider, menu
from mlp_tutorial.model import NeuralNetworkModel
from mlp_tutorial.plots.race import MOST_RUNS, shortened
from mlp_tutorial.training.history import History

#: Settings in which the runs of a race may differ.
RACED = ("activation", "optimizer", "learning_rate", "batch_size", "seed", "model_class")


def explore_race(
    dataset: str | Dataset = "spiral",
    hidden_sizes: Sequence[int] = (8, 8),
    learning_rate: float | Sequence[float] = 0.1,
    *,
    num_epochs: int = 300,
    batch_size: int | Sequence[int | None] | None = None,
    activation: str | Callable | Sequence[str | Callable] = "relu",
    optimizer: str | Sequence[str] = "sgd",
    seed: int | Sequence[int] = 0,
    log_scale: bool = False,
    criterion: Callable | None = None,
    model_class: Callable[..., nn.Module] | Sequence[Callable[..., nn.Module]] = NeuralNetworkModel,
) -> RaceExplorer:
    """Train several networks side by side, which differ in one setting: give that one as a list.

    All start from the same initial weights (unless they differ in seed or class) and advance together, epoch by epoch.

    Parameters
    ----------
    dataset : str or Dataset, default "spiral"
        A name for `load_dataset`, or a data set of your own.
    hidden_sizes : sequence of int, default (8, 8)
        Width of each hidden layer, the same for all.
    learning_rate : float or list, default 0.1
        The optimizers' step size. A list beside a list of another setting, of the same length, gives each run its own rate.
        A slider then multiplies all rates by one factor.
    num_epochs : int, default 300
        Where the race ends.
    batch_size : int, None or list, default None
        Samples a step; None is the full batch.
    activation : str, callable or list, default "relu"
        Names from `ACTIVATIONS`, or functions of your own.
    optimizer : str or list, default "sgd"
        Names from `OPTIMIZERS`.
    seed : int or list, default 0
        For the initial weights and the order of the batches.
    log_scale : bool, default False
        Draw the loss on a logarithmic axis.
    criterion : callable, optional
        A loss of your own; by default the usual one of the task.
    model_class : callable or list, default NeuralNetworkModel
        Classes of your own, called with input size, hidden sizes and output size.

    Returns
    -------
    RaceExplorer
        Shown by JupyterLab as sliders above the picture. `experiments`, `models` and `histories` hold one entry a run.

    Raises
    ------
    TypeError, ValueError
        If the settings cannot work together; the message says what was expected and what came.

    Examples
    --------
    >>> race = explore_race(activation=["relu", "tanh"], hidden_sizes=[4], num_epochs=10)
    >>> [len(history) for history in race.histories]
    [10, 10]
    """
    (activation, criterion, model_class), remark = unwrapped(activation, criterion, model_class)
    values = activation, optimizer, learning_rate, batch_size, seed, model_class
    settings = dict(zip(RACED, values, strict=True))
    raced, runs = _runs(settings)
    first = Experiment(dataset, hidden_sizes, criterion=criterion, **settings | runs[0])
    explorer = RaceExplorer(first, raced, runs, num_epochs, log_scale)
    explorer.remark = remark
    return explorer.shown()


def _runs(settings: dict[str, object]) -> tuple[str, list[dict[str, object]]]:
    """Return the raced setting, and for each run what it has to itself."""
    lists = {name: value for name, value in settings.items() if isinstance(value, (list, tuple))}
    raced = [name for name in lists if name != "learning_rate"] or list(lists)
    if len(raced) != 1:
        given = f"{' and '.join(raced)} are lists" if raced else "none is"
        example = f"such as activation=['relu', 'tanh'] (out of {', '.join(RACED)})"
        raise ValueError(f"Give one setting as a list, {example}; {given}.")
    name, count = raced[0], len(lists[raced[0]])
    num_rates = len(lists.get("learning_rate", lists[name]))
    if num_rates != count:
        given = f"there are {num_rates} rates for {count}"
        raise ValueError(f"Give one learning rate for all, or one for each {name}: {given}.")
    if not 2 <= count <= MOST_RUNS:
        raise ValueError(f"A race needs 2 to {MOST_RUNS} runs, to be told apart; {name} lists {count}.")
    return name, [dict(zip(lists, values, strict=True)) for values in zip(*lists.values(), strict=True)]


class RaceExplorer(LiveTraining):
    """What `explore_race` returns: its runs are in `experiments`, `models` and `histories`."""

    only_drawn = ("log_scale", "beside")
    # Two panels and a name a curve take 13 ms: with a smaller share there are fewer than 10 pictures a second.
    drawing_share = 0.16

    def __init__(self, first: Experiment, raced: str, runs: list[dict], num_epochs: int, log_scale: bool) -> None:
        self._own, self._raced, self._runs = first, raced, runs
        words = [replace(first, **run).in_words() for run in runs]
        self.names = _names([word.get(raced, NeuralNetworkModel.__name__) for word in words])
        self._laid_out_for: tuple = ()
        # Classes of the learner's own bring their activation along: only the package's lets one be chosen.
        choosing = next((run for run in runs if run.get("model_class") is NeuralNetworkModel), runs[0])
        controls = training_controls(replace(first, **choosing), num_epochs, log_scale=log_scale)
        rate = "learning_rate"
        if "learning_rate" in runs[0]:
            rate = "rate_factor"
            controls[rate] = log_slider("all rates ×", 1.0, 0.01, 100)
        for name in runs[0]:
            controls.pop(name, None)
        regions = {f"regions: {name}": run for run, name in enumerate(self.names)}
        beside = {"regions: leader": "leader", **regions, "accuracy of all": "metric"}
        controls["beside"] = menu("right panel", "leader", beside)
        top, buttons = ("num_layers", "width", rate, "num_epochs"), ("play", "reset", "show code")
        super().__init__(Canvas(640, 300), controls, top=top, buttons=buttons, hidden_sizes=first.hidden_sizes)

    def done(self) -> int:
        """Return how many epochs the run that came farthest has been trained."""
        return max(len(history) for history in self.histories)

    def stopped(self) -> bool:
        """Return whether every run has ended by itself."""
        return all(history.stop_reason for history in self.histories)

    def work(self) -> Iterator[bool]:
        """Train all runs to the target epoch: none begins an epoch before all others have reached it."""
        if self.restart:
            self._begin()
        while True:
            runs = zip(self.histories, self._steps, strict=True)
            going = [(history, steps) for history, steps in runs if not history.stop_reason]
            behind = min((len(history) for history, _ in going), default=self.target)
            if behind >= self.target:
                return
            for history, steps in going:
                while len(history) == behind and next(steps, None) is not None:
                    yield False
            yield True

    def _begin(self) -> None:
        """Build new models; if that fails, the race before stays as it is."""
        runs = self._runs
        if "rate_factor" in self.controls:
            factor = self.values()["rate_factor"]
            runs = [run | {"learning_rate": run["learning_rate"] * factor} for run in runs]
        experiments = [self._chosen(self._own, **run) for run in runs]
        built = [experiment.build() for experiment in experiments]
        histories = [History() for _ in built]
        self._steps = [
            experiment.steps(*parts, ENDLESS, history, pause_every=PAUSE_EVERY)
            for experiment, parts, history in zip(experiments, built, histories, strict=True)
        ]
        self.experiments, self.histories = experiments, histories
        self.models = [model for model, _, _ in built]
        self.restart = False

    def leader(self) -> int:
        """Return the number of the run with the lowest training loss, of those that have not diverged."""
        common = min((len(history) for history in self.histories if not history.diverged), default=0)
        if not common:
            return 0
        losses = [math.inf if history.diverged else history.training_loss[common - 1] for history in self.histories]
        return losses.index(min(losses))

    def draw(self) -> bool:
        """Bring curves and the right panel up to date."""
        shown, dataset = self.values()["beside"], self.experiments[0].load()
        metric = shown == "metric" or dataset.input_size != 2
        laid_out_for = (self.experiments[0].dataset, metric)
        changed = laid_out_for != self._laid_out_for
        if changed:
            self._laid_out_for = laid_out_for
            self.picture = RacePicture(self.canvas, len(self._runs), None if metric else dataset)
        run = self.leader() if shown == "leader" else 0 if metric else shown
        leads = " (leads)" if run == self.leader() and self.done() else ""
        whose = f"what {shortened(self.names[run])} answers{leads}"
        axes = {"num_epochs": self.shown_epochs(), "log_scale": self.values()["log_scale"], "title": self._title()}
        return changed | self.picture.update(self.histories, self.names, self.models[run], whose, **axes)

    def _title(self) -> str:
        if self._raced == "learning_rate" or "learning_rate" not in self._runs[0]:
            return ""
        return "rates " + ", ".join(f"{experiment.learning_rate:.3g}" for experiment in self.experiments)

    def status(self) -> tuple[list[str], str]:
        """Return who leads, and each run's loss and metric; below, how soon each has halved its loss."""
        parts = [self._epochs_in_words()]
        if self.done():
            first, *others = self._results()
            parts += [f"{self.names[self.leader()]} leads", f"{self._measured()}: {first}", *others]
        if self.message or self.runner.running:
            return parts, self.message
        return parts, self._halved() if self.done() else "All start from these weights."

    def _results(self) -> list[str]:
        return [f"{name} {_result(history)}" for name, history in zip(self.names, self.histories, strict=True)]

    def _measured(self) -> str:
        names = {history.metric_name for history in self.histories if len(history)}
        return f"training loss and {' or '.join(sorted(names))}"

    def _halved(self) -> str:
        words, lowest = [], min((run.training_loss[0] for run in self.histories if len(run)), default=0.0)
        for name, history in zip(self.names, self.histories, strict=True):
            losses = history.training_loss
            epoch = next((epoch for epoch, loss in enumerate(losses, 1) if loss <= losses[0] / 2), "not yet")
            from_far = f" (it began at {losses[0]:.3g})" if losses and losses[0] > 2 * lowest else ""
            words.append(f"{name} {epoch}{from_far}")
        return f"Half of the first loss was reached in epoch: {', '.join(words)}."

    def sentence(self) -> str:
        """Return the common settings, and each run's results."""
        first = self.experiments[0]
        words = first.in_words()
        words["hidden_sizes"] = f"network {first.architecture()}"
        words["learning_rate"] = f"learning {words['learning_rate']}"
        common = ", ".join(word for name, word in words.items() if name not in self._runs[0])
        rates = f" ({self._title()})" if self._title() else ""
        race = f"A race over {self._raced.replace('_', ' ')}{rates} on {common}."
        results = f"{'; '.join(self._results())}. {self._halved()}" if self.done() else "no epoch complete."
        return f"{race} After {self.done()} epochs, {self._measured()}: {results}"

    def program(self) -> str:
        """Return the plain PyTorch program of all runs."""
        return race_program(self.experiments, self.names, self.done() or self.end())


def _result(history: History) -> str:
    if history.diverged:
        return f"diverged in epoch {len(history) + 1}"
    if not len(history):
        return "—"
    return f"{history.training_loss[-1]:.2f}, {metric_in_words(history.metric_name, history.metric[-1])}"


def _names(words: Sequence[str]) -> list[str]:
    """Return the runs' names; of equal ones (two lambdas) each gets a number."""
    numbers = [words[:place].count(word) for place, word in enumerate(words, 1)]
    return [f"{word} {number}" if words.count(word) > 1 else word for word, number in zip(words, numbers, strict=True)]
