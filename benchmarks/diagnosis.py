"""How often `diagnose` is right: runs with a fault, healthy runs, and runs that follow its advice.

Settings and seeds are others than those of the tests.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import nn

from mlp_tutorial.experiment import Experiment
from mlp_tutorial.model import NeuralNetworkModel
from mlp_tutorial.training.diagnosis import Finding, diagnose
from mlp_tutorial.training.history import History

from .table import Row, at_least, at_most

TABLE = Path(__file__).parent.parent / "docs" / "diagnosis.md"
INTRODUCTION = """# How often the diagnosis is right

`diagnose` names what is wrong with a training run, and what to try. This table counts how often it is right, on settings
and seeds that no test uses; `python -m benchmarks diagnosis --write` measured and wrote it. *Named first*: of runs made to
have a fault, those whose first finding it is. *Its advice helps*: of runs trained again as the finding says, those whose
validation loss ends at least 5 % lower. *False alarms*: healthy runs with any finding. Where nothing is found, the note
says that nothing is conspicuous: it is no certificate."""
SEEDS = range(80, 90)
CURED = 0.95  # the advice has helped if the validation loss ends below this share of what it was


@dataclass(frozen=True)
class Run:
    """A training run: its settings, and what is done to its initial weights."""

    dataset: str
    hidden_sizes: list[int]
    learning_rate: float
    num_epochs: int
    activation: str = "relu"
    optimizer: str = "sgd"
    batch_size: int | None = None
    weights: float = 1.0  # factor of the initial weights
    biases: float = 0.0  # added to the biases of hidden layers
    model_class: type[nn.Module] = NeuralNetworkModel

    def finish(self, seed: int) -> tuple[History, list[Finding]]:
        """Train with a seed, and diagnose."""
        settings = self.dataset, self.hidden_sizes, self.learning_rate, self.batch_size
        experiment = Experiment(*settings, self.activation, self.optimizer, seed, model_class=self.model_class)
        model, criterion, optimizer = experiment.build()
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.mul_(self.weights)
            for _, layer in list(model.linear_layers())[:-1]:
                layer.bias += self.biases
        history = History()
        for _ in experiment.steps(model, criterion, optimizer, self.num_epochs, history, pause_every=60.0):
            pass
        return history, diagnose(history, model, experiment.load(), criterion)


class WithSoftmax(NeuralNetworkModel):
    """A network with a softmax in `forward`, though the loss has its own."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Compute probabilities."""
        return super().forward(x).softmax(1)


def at_the_rate_named(run: Run, finding: Finding) -> Run:
    """Take the learning rate that the suggestion names; a third of it where it says "smaller than"."""
    rate = float(re.search(r"\d[\d.e+-]*", finding.suggestion).group().rstrip("."))
    return replace(run, learning_rate=rate / 3 if "smaller than" in finding.suggestion else rate)


def as_made_by_default(run: Run, finding: Finding) -> Run:
    """Start from PyTorch's own initial weights."""
    return replace(run, weights=1.0, biases=0.0)


def stopped_earlier(run: Run, finding: Finding) -> Run:
    """Stop after the epoch that the suggestion names."""
    return replace(run, num_epochs=int(re.search(r"\d+", finding.suggestion).group()))


def slower_or_anew(run: Run, finding: Finding) -> Run:
    """Take the rate that is named, or else other initial weights."""
    return (at_the_rate_named if "rate of" in finding.suggestion else as_made_by_default)(run, finding)


#: Each fault: runs that have it, and how its advice is followed.
FAULTS: dict[str, tuple[list[Run], Callable[[Run, Finding], Run]]] = {
    "diverged": (
        [
            Run("penguins_body_mass", [24], 4, 50),
            Run("diabetes", [12, 12], 3, 50, batch_size=16),
            Run("penguins_body_mass", [12], 6, 60, "tanh"),
        ],
        at_the_rate_named,
    ),
    "a softmax too many": (
        [
            Run("penguins", [12], 0.2, 150, model_class=WithSoftmax),
            Run("wine", [16, 16], 0.02, 60, optimizer="adam", model_class=WithSoftmax),
            Run("moons", [12], 0.3, 10, batch_size=32, model_class=WithSoftmax),
        ],
        lambda run, finding: replace(run, model_class=NeuralNetworkModel),
    ),
    "learning rate too high": (
        [
            Run("penguins", [16, 16], 20, 100, "tanh"),
            Run("moons", [12, 12], 10, 40, "tanh", batch_size=32),
            Run("penguins_body_mass", [24], 0.8, 60, "tanh", "adam"),
        ],
        at_the_rate_named,
    ),
    "learning rate too low": (
        [
            Run("penguins", [12], 0.005, 200),
            Run("wine", [32, 16], 0.01, 110),
            Run("penguins_body_mass", [12], 2e-5, 120, "tanh", "adam"),
        ],
        at_the_rate_named,
    ),
    "underfitting": (
        [
            Run("circles", [2], 0.05, 400, optimizer="adam"),
            Run("spiral", [6], 0.03, 500, optimizer="adam"),
            Run("spiral", [8], 0.02, 80, optimizer="adam", batch_size=32),
        ],
        lambda run, finding: replace(run, hidden_sizes=[4 * width for width in run.hidden_sizes]),
    ),
    "baseline not beaten": (
        [
            Run("xor", [], 0.3, 150),
            Run("circles", [12], 0.1, 200, "identity"),
            Run("circles", [], 0.02, 40, optimizer="adam", batch_size=32),
        ],
        lambda run, finding: replace(run, hidden_sizes=[16], activation="relu"),
    ),
    "no gradient arrives": (
        [
            Run("penguins", [10] * 6, 0.1, 150, "sigmoid"),
            Run("penguins", [8] * 9, 0.1, 150),
            Run("moons", [10] * 12, 0.1, 100, "tanh", weights=0.4),
        ],
        lambda run, finding: replace(run, hidden_sizes=run.hidden_sizes[:2], activation="relu"),
    ),
    "dead ReLUs": (
        [
            Run("moons", [12, 12], 0.1, 60, biases=-9.0),
            Run("penguins", [12], 0.02, 15, optimizer="adam", batch_size=32, biases=-9.0),
            Run("penguins", [8, 8], 10, 200),
        ],
        slower_or_anew,
    ),
    "saturation": (
        [
            Run("moons", [12, 12], 0.1, 60, "tanh", weights=40.0),
            Run("penguins", [12, 12], 0.02, 50, "sigmoid", "adam", weights=60.0),
            Run("penguins_body_mass", [16], 0.01, 40, "tanh", weights=40.0),
        ],
        slower_or_anew,
    ),
    "exploding gradients": (
        [
            Run("penguins", [12] * 6, 1e-9, 40, weights=9.0),
            Run("moons", [12] * 8, 1e-8, 30, weights=8.0),
            Run("penguins_body_mass", [12] * 5, 1e-9, 40, weights=9.0),
        ],
        as_made_by_default,
    ),
    "overfitting": (
        [
            Run("diabetes", [48, 48], 0.01, 120, optimizer="adam"),
            Run("moons", [48, 48], 0.02, 100, optimizer="adam", batch_size=32),
            Run("penguins", [32, 32], 0.03, 300, optimizer="adam"),
        ],
        stopped_earlier,
    ),
}

HEALTHY = [
    Run("penguins", [12], 0.2, 150),
    Run("penguins", [10, 10], 0.2, 120),
    Run("penguins", [6], 0.3, 150, "tanh"),
    Run("penguins", [12], 0.02, 60, optimizer="adam"),
    Run("penguins", [16], 0.1, 30, batch_size=16),
    Run("penguins", [8, 8, 8], 0.3, 150),
    Run("penguins", [10], 0.05, 100, optimizer="momentum"),
    Run("wine", [16], 0.1, 100),
    Run("wine", [16, 16], 0.01, 60, "tanh", "adam"),
    Run("wine", [24], 0.05, 30, batch_size=32),
    Run("breast_cancer", [16], 0.1, 100),
    Run("breast_cancer", [12], 0.005, 40, optimizer="adam"),
    Run("digits", [32], 0.3, 100),
    Run("digits", [32], 0.005, 20, optimizer="adam", batch_size=64),
    Run("gaussians", [], 0.2, 120),
    Run("gaussians", [8], 0.1, 100),
    Run("moons", [24, 24], 0.5, 150),
    Run("moons", [16], 0.02, 150, optimizer="adam"),
    Run("moons", [16, 16], 0.003, 30, "tanh", "adam", 32),
    Run("circles", [16], 0.03, 150, optimizer="adam"),
    Run("circles", [16, 16], 0.5, 200),
    Run("xor", [16], 0.03, 150, optimizer="adam"),
    Run("xor", [16, 16], 0.3, 300, "tanh"),
    Run("spiral", [32, 32], 0.02, 400, "tanh", "adam"),
    Run("spiral", [64, 64], 0.01, 300, optimizer="adam"),
    Run("penguins_body_mass", [16], 0.1, 100),
    Run("penguins_body_mass", [12, 12], 0.01, 120, "tanh", "adam"),
    Run("penguins_body_mass", [], 0.1, 80),
    Run("diabetes", [], 0.2, 100),
    Run("diabetes", [], 0.05, 30, batch_size=32),
]


def rows() -> Iterator[Row]:
    """Yield two rows a fault, one of healthy runs."""
    for name, (runs, follow) in FAULTS.items():
        named, followed, helped = 0, 0, 0
        for index, run in enumerate(runs):
            for seed in SEEDS:
                history, findings = run.finish(seed)
                first = findings[0] if findings else None
                if first is None or first.name != name:
                    print(f"not {name}: {run}, seed {seed}: {first}", file=sys.stderr)
                    continue
                named += 1
                if seed - SEEDS[0] < 4 - (index > 0):  # ten runs in all
                    followed += 1
                    better, _ = follow(run, first).finish(seed)
                    helped += _final(better) < CURED * _final(history)
        total = len(runs) * len(SEEDS)
        yield at_least(f"{name}: named first", named, 28 * total / 30, f"of {total}")
        yield at_least(f"{name}: its advice helps", helped, 0.8 * followed, f"of {followed}")
    alarms = 0
    for run in HEALTHY:
        for seed in SEEDS:
            _, findings = run.finish(seed)
            if findings:
                alarms += 1
                print(f"false alarm: {run}, seed {seed}: {findings[0]}", file=sys.stderr)
    yield at_most("healthy runs: false alarms", alarms, 3, f"of {len(HEALTHY) * len(SEEDS)}", decimals=0)


def _final(history: History) -> float:
    """Return the validation loss that a run ended with; infinite for one that diverged."""
    return float("inf") if history.diverged else history.validation_loss[-1]
