"""The second explorer of lesson 08: sixteen learning rates train at once, each from several seeds."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from ipywidgets import Widget

from mlp_tutorial.data.dataset import Dataset
from mlp_tutorial.experiment import Experiment, default_criterion
from mlp_tutorial.lessons.optimizers.sweep_picture import SweepPicture
from mlp_tutorial.lessons.shared.live_training import LiveTraining, training_controls
from mlp_tutorial.live.canvas import Canvas
from mlp_tutorial.live.controls import choice_slider, int_slider, long, menu
from mlp_tutorial.model import Activation
from mlp_tutorial.sweep.result import Sweep
from mlp_tutorial.sweep.runs import sweep_steps
from mlp_tutorial.sweep.stacked_optimizer import MOMENTUM, SWEEP_OPTIMIZERS
from mlp_tutorial.training.evaluation import NOTHING_LEARNED, baseline_loss
from mlp_tutorial.utils.errors import check_positive

#: Four rates a decade, in round numbers.
LEARNING_RATES = tuple(float(f"{step}e{decade}") for decade in (-3, -2, -1, 0) for step in (1, 1.8, 3.2, 5.6))
#: Epochs for which the sweep keeps room: further than the slider goes.
MOST_EPOCHS = 1000


def explore_sweep(
    dataset: str | Dataset = "penguins",
    hidden_sizes: Sequence[int] = (8, 8),
    learning_rate: float = 0.1,
    *,
    optimizer: str = "sgd",
    num_epochs: int = 100,
    batch_size: int | None = None,
    activation: str | Activation = "relu",
    num_seeds: int = 5,
    learning_rates: Sequence[float] = LEARNING_RATES,
    log_scale: bool = False,
) -> SweepExplorer:
    """Train a network with sixteen learning rates at once, and see which of them serve.

    Parameters
    ----------
    dataset : str or Dataset, default "penguins"
        A name for `load_dataset`, or a data set of your own.
    hidden_sizes : sequence of int, default (8, 8)
        Width of each hidden layer.
    learning_rate : float, default 0.1
        The rate that is marked: the nearest one of `learning_rates`.
    optimizer : {"sgd", "momentum", "adam"}, default "sgd"
        Momentum is SGD with momentum 0.9.
    num_epochs : int, default 100
        Length of every run.
    batch_size : int, optional
        Samples a step; by default all in one batch.
    activation : str or callable, default "relu"
        A name from `ACTIVATIONS`, or a function of your own.
    num_seeds : int, default 5
        Runs of every rate, from the seeds 0, 1, 2 …; the band reaches from the lowest to the highest.
    learning_rates : sequence of float, default four a decade from 0.001 to 5.6
        The rates, at least two.
    log_scale : bool, default False
        Draw the loss on a logarithmic axis.

    Returns
    -------
    SweepExplorer
        Shown by JupyterLab as sliders above the picture. Its `sweep` holds all losses and weights.

    Raises
    ------
    TypeError, ValueError
        If the settings cannot work together; the message says what was expected and what came.
    """
    rates = sorted(set(map(float, learning_rates)))
    if len(rates) < 2 or not rates[0] > 0:
        raise ValueError(f"Give at least two learning rates, all greater than 0; there are {rates}.")
    experiment = Experiment(
        dataset, hidden_sizes, nearest_rate(learning_rate, rates), batch_size, activation, optimizer
    )
    return SweepExplorer(experiment, rates, num_epochs=num_epochs, num_seeds=num_seeds, log_scale=log_scale).shown()


def nearest_rate(learning_rate: float, rates: Sequence[float]) -> float:
    """Return which of the rates is nearest, by their ratio."""
    check_positive("learning_rate", learning_rate)
    return min(rates, key=lambda rate: abs(math.log(rate / learning_rate)))


class SweepExplorer(LiveTraining):
    """What `explore_sweep` returns: `sweep` holds every run, `losses` their losses."""

    only_drawn = ("learning_rate", "log_scale")
    top = ("learning_rate", "num_layers", "width")
    momenta: Sequence[float] = (MOMENTUM,)

    def __init__(
        self, experiment: Experiment, rates: list[float], *, num_epochs: int, num_seeds: int, log_scale: bool
    ) -> None:
        self.experiment, self.learning_rates = experiment, rates
        self.sweep: Sweep | None = None
        self._steps: Iterator[Sweep] = iter(())
        canvas = Canvas(640, 320)
        self.picture = self._picture(canvas)
        controls = training_controls(experiment, num_epochs, log_scale=log_scale)
        controls["optimizer"] = menu("optimizer", experiment.optimizer, list(SWEEP_OPTIMIZERS))
        del controls["seed"]  # each rate has several
        controls["num_seeds"] = int_slider("seeds", num_seeds, 1, 10)
        controls |= self._own_controls(controls)
        buttons = ("play", "step", "reset", "show code")
        super().__init__(canvas, controls, top=self.top, buttons=buttons, hidden_sizes=experiment.hidden_sizes)

    def _picture(self, canvas: Canvas) -> SweepPicture:
        return SweepPicture(canvas, self.learning_rates)

    def _own_controls(self, controls: dict[str, Widget]) -> dict[str, Widget]:
        """Return what is not as every training has it, and take out of the controls what does not act."""
        return {
            "learning_rate": long(choice_slider("learning rate", self.experiment.learning_rate, self.learning_rates))
        }

    @property
    def losses(self) -> torch.Tensor:
        """Training losses of shape (rate, seed, epoch), NaN from the epoch in which a run diverged."""
        return self.sweep.training_loss.unflatten(0, (len(self.learning_rates), -1))

    def done(self) -> int:
        """Return how many epochs every run has trained."""
        return 0 if self.sweep is None else len(self.sweep)

    def stopped(self) -> bool:
        """Return whether no run can go on."""
        return self.done() >= MOST_EPOCHS

    def work(self) -> Iterator[bool]:
        """Train all rates and seeds to the target epoch, one step of all after the other."""
        if self.restart:
            self._begin()
        epochs = self.done()
        while self.done() < self.target and next(self._steps, None) is not None:
            yield self.done() > epochs
            epochs = self.done()

    def _begin(self) -> None:
        experiment = self._chosen(self.experiment, seed=0)
        dataset = experiment.load()
        steps = sweep_steps(
            dataset,
            experiment.hidden_sizes,
            learning_rates=self.learning_rates,
            seeds=range(self.controls["num_seeds"].value),
            optimizers=[experiment.optimizer],
            momenta=self.momenta,
            activation=experiment.activation,
            num_epochs=MOST_EPOCHS,
            batch_size=experiment.batch_size,
        )
        self.sweep = next(steps)
        self.experiment, self._steps, self.restart = experiment, steps, False
        answers = torch.zeros(len(dataset.y_train), dataset.output_size)
        self._baseline = baseline_loss(answers, dataset.y_train, default_criterion(dataset.task))

    def draw(self) -> bool:
        """Bring both panels up to date."""
        return self.picture.update(
            self.losses.numpy(),
            marked=self._marked()[-1],
            num_epochs=self.shown_epochs(),
            baseline=self._baseline,
            too_high=self._too_high(),
            log_scale=self.controls["log_scale"].value,
            title=f"{self.experiment.optimizer}, {self.experiment.architecture()}",
        )

    def _marked(self) -> tuple[int, ...]:
        return (self.learning_rates.index(self.controls["learning_rate"].value),)

    def _medians(self) -> np.ndarray:
        """Return every setting's median of the latest losses; infinite where most seeds have diverged."""
        return np.median(np.nan_to_num(self.losses[..., -1].numpy(), nan=np.inf), -1)

    def _too_high(self) -> list[bool]:
        """Return for every rate whether it is too high: above the best, and no better than the baseline.

        Where no rate does better than that, too high is what has diverged.
        """
        if not len(self.sweep):
            return [False] * len(self.learning_rates)
        medians = self._medians()
        best, bound = int(medians.argmin()), NOTHING_LEARNED * self._baseline
        bound = bound if medians[best] <= bound else np.finfo(float).max
        return [number > best and bool(loss > bound) for number, loss in enumerate(medians)]

    def status(self) -> tuple[list[str], str]:
        """Return the marked rate's losses and the best rate; below, which rates are too high."""
        parts = [self._epochs_in_words()]
        if not len(self.sweep):
            return parts, ""
        medians, marked = self._medians(), self._marked()
        seeds = self.losses[marked][:, -1]
        spread = f", {_loss(seeds.min())} to {_loss(seeds.max())} over seeds" if len(seeds) > 1 else ""
        if not seeds.isfinite().all():
            spread = f", {int((~seeds.isfinite()).sum())} of {len(seeds)} seeds diverged"
        best = np.unravel_index(medians.argmin(), medians.shape)
        parts.append(f"{self._named(marked)}: training loss {_loss(medians[marked])}{spread}")
        parts.append(f"lowest median: {_loss(medians.min())} at {self._named(best)}")
        return parts, self._note()

    def _named(self, place: Sequence[int]) -> str:
        return f"rate {self.learning_rates[place[-1]]:g}"

    def _note(self) -> str:
        shaded = self._too_high()
        too_high = [rate for rate, high in zip(self.learning_rates, shaded, strict=True) if high]
        if self._medians().min() > NOTHING_LEARNED * self._baseline:
            epochs = f"{self.done()} epoch{'s' * (self.done() != 1)}"
            return f"In {epochs} no rate does clearly better than the baseline, one answer for all samples."
        if not too_high:
            return "No rate was too high."
        if all(shaded[shaded.index(True) :]):
            return f"Too high: {too_high[0]:g} and above (shaded) learn nothing."
        return f"Too high (shaded): {', '.join(f'{rate:g}' for rate in too_high)}."

    def sentence(self) -> str:
        """Return settings and results."""
        words = self.experiment.in_words()
        del words["learning_rate"], words["seed"]
        words["hidden_sizes"] = f"network {self.experiment.architecture()}"
        rates, seeds = self.learning_rates, self.losses.shape[-2]
        number = f"{len(rates)} learning rates from {rates[0]:g} to {rates[-1]:g}"
        number += f" times {len(self.momenta)} momenta" if len(self.momenta) > 1 else ""
        text, note = self.status()
        return (
            f"{number}, {seeds} seed{'s' if seeds > 1 else ''} each, "
            f"on {', '.join(words.values())}. {'; '.join(text)}. {note}".strip()
        )

    def program(self) -> str:
        """Return the plain PyTorch program that trains all these runs, one after the other."""
        return self._program()

    def _program(self, optimizer: str | None = None, named: str = "", *loops: str) -> str:
        program = self.experiment.program(self.done(), ["learning_rate", "seed"])
        report = f'print(f"{named}learning rate {{learning_rate}}, seed {{seed}}: training loss {{training_loss:.6f}}")'
        program = program._replace(optimizer=optimizer or program.optimizer, report=report)
        loops += (f"for learning_rate in {self.learning_rates}:", f"for seed in range({self.losses.shape[-2]}):")
        return program.repeated(*loops).text()


def _loss(loss: float) -> str:
    return f"{float(loss):.2f}" if math.isfinite(loss) else "not finite"
