"""Four runs with a fault each, and the exercise that names them."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib
import torch
from torch import nn

from mlp_tutorial.data.load import load_dataset
from mlp_tutorial.lessons.shared.checks import check
from mlp_tutorial.lessons.shared.comparing import compare_choices
from mlp_tutorial.model import NeuralNetworkModel
from mlp_tutorial.plots.style import TRAINING_COLOUR, new_figure
from mlp_tutorial.training.evaluation import baseline_loss, evaluate
from mlp_tutorial.utils.randomness import SeededRandomness
from mlp_tutorial.utils.wording import percent

#: What may be wrong with a curve of exercise 4.
FAULTS = (
    "learning rate too low",
    "learning rate too high",
    "forgotten zero_grad",
    "softmax before the loss",
    "overfitting",
)


def plot_faults() -> matplotlib.figure.Figure:
    """Draw the losses of four runs on the penguins, each with a fault of its own.

    Returns
    -------
    matplotlib Figure
        Four panels, A to D; the dashed line is the baseline, the loss of one answer for all penguins.
    """
    dataset = load_dataset("penguins")
    baseline = baseline_loss(torch.zeros(len(dataset.y_train), 3), dataset.y_train, nn.CrossEntropyLoss())
    with new_figure(6.4, 4.2) as figure:
        panels = figure.subplots(2, 2, sharex=True)
        for letter, axes in zip("ABCD", panels.flat, strict=True):
            losses, accuracy = faulty_run(letter)
            axes.axhline(baseline, color="#777777", linestyle=(0, (4, 2)), linewidth=1)
            axes.plot(range(1, len(losses) + 1), losses, color=TRAINING_COLOUR, linewidth=1.4)
            axes.set(ylim=(0, 2.5), title=f"{letter}: accuracy at the end {percent(accuracy)}")
        for axes in panels[1]:
            axes.set_xlabel("epoch")
        for axes in panels[:, 0]:
            axes.set_ylabel("training loss")
    return figure


def faulty_run(letter: str) -> tuple[list[float], float]:
    """Train the penguins' network with the fault of one panel; return its losses and its accuracy."""
    dataset = load_dataset("penguins")
    X, y = dataset.X_train, dataset.y_train
    model, criterion, optimizer = penguin_network({"A": 0.5, "B": 5.0, "C": 0.001, "D": 0.1}[letter], seed=5)
    losses = []
    for _ in range(300):
        logits = model(X)
        loss = criterion(logits.softmax(1) if letter == "A" else logits, y)
        if letter != "D":
            optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses, evaluate(model, (X, y), criterion).metric


#: What to look at, for each panel. The right answers are in `_RIGHT_FAULTS`: no peeping.
_LOOK_AGAIN = {
    "A": "the network answers well, yet the curve flattens far above 0. Which loss cannot reach 0?",
    "B": "it jumps, then stays flat: the network gives one answer for all. What can throw the weights so far?",
    "C": "the curve is smooth and still falls at the end. What makes every step short?",
    "D": "the loss falls fast, and later goes wild. What piles up from step to step?",
}

_RIGHT_FAULTS = dict(zip("ABCD", (FAULTS[3], FAULTS[1], FAULTS[0], FAULTS[2]), strict=True))


@check(parts=4)
def check_faults(faults: Mapping[str, str]) -> str:
    """Compare the four answers, and for a wrong one say where to look again."""
    compare_choices(faults, _RIGHT_FAULTS, FAULTS, _LOOK_AGAIN)
    return "All four. You can now read a curve before you change a setting."


def penguin_network(learning_rate: float, seed: int = 0) -> tuple[nn.Module, nn.Module, torch.optim.Optimizer]:
    with SeededRandomness(seed):
        model = NeuralNetworkModel(2, [8, 8], 3)
    return model, nn.CrossEntropyLoss(), torch.optim.SGD(model.parameters(), lr=learning_rate)
