"""What several tasks of the playground ask of a network, each answered in a sentence where it is not so."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import torch

from mlp_tutorial.data.load import load_dataset
from mlp_tutorial.experiment import default_criterion
from mlp_tutorial.lessons.playground.input_features import COORDINATES
from mlp_tutorial.lessons.playground.playground_explorer import PlaygroundExplorer
from mlp_tutorial.lessons.playground.playground_run import PlaygroundRun
from mlp_tutorial.lessons.shared.feedback import NotYet
from mlp_tutorial.lessons.shared.initialisation import linear_layers
from mlp_tutorial.model import NeuralNetworkModel
from mlp_tutorial.training.evaluation import evaluate
from mlp_tutorial.training.progress_bar import ProgressBar
from mlp_tutorial.utils.wording import listed, percent, with_article

NEW_POINTS, THEIR_SEED = 1000, 1000  # a network is judged by points that no menu draws
RATE_EPOCHS = 50
#: Values that a weight is tried at, to see which one it may have been.
TRIED, MOST_TRIED = torch.arange(-12, 12.25, 0.25).tolist(), 50  # of so many weights at most: it takes time


def run_of(explorer: object, dataset: str | None = None) -> PlaygroundRun:
    """Return an explorer's run, if it is the playground's own network on the data set that is asked for."""
    if not isinstance(explorer, PlaygroundExplorer):
        raise NotYet(
            f"Give this check what explore_playground returns; it was given {with_article(type(explorer).__name__)}."
        )
    run = explorer.run
    if dataset is not None and run.start.dataset != dataset:
        raise NotYet(f"This task is about the data set {dataset!r}; this is {run.dataset.name!r}.")
    if dataset is not None and run.start.model is not NeuralNetworkModel:
        raise NotYet("This task is about the playground's own network: leave out `model`.")
    if dataset is not None and not isinstance(run.start.activation, str):
        raise NotYet("An activation of your own could hide neurons: choose one from the menu.")
    return run


def refuse(*reasons: str | bool | int) -> None:
    """Raise `NotYet` with all reasons that there are."""
    if any(reasons):
        raise NotYet(" ".join(str(reason) for reason in reasons if reason))


def counted(number: int, noun: str, *, verb: bool = True) -> str:
    return f"{number} {noun}{'s' * (number != 1)}" + verb * (" is" if number == 1 else " are")


def num_neurons(run: PlaygroundRun) -> int:
    """Return how many hidden neurons there are; one that is switched off hands on nothing, so it does not count."""
    return sum(int(on.sum()) for on in run.on[1:])


def neurons_switched_off(run: PlaygroundRun) -> str:
    off = sum((on == 0).sum().item() for on in run.on)
    return f"{counted(off, 'neuron')} switched off, which is another task: switch it on again." if off else ""


def too_many_neurons(run: PlaygroundRun, most: int) -> str:
    number = num_neurons(run)
    return f"It has {number} hidden neurons, at most {most} are allowed." if number > most else ""


def other_features(run: PlaygroundRun) -> str:
    others = [name for name in run.start.features if name not in COORDINATES]
    return f"Here the network is given x1 and x2 alone: click {listed(others)} off." if others else ""


def too_few_right(run: PlaygroundRun, goal: float) -> str:
    right = new_points_right(run)
    if right >= goal:
        return ""
    return f"It gets {percent(right)} of {NEW_POINTS:,} new points right: {percent(goal)} are needed."


def new_points_right(run: PlaygroundRun) -> float:
    """Return accuracy or R² on points of the same toy set without noise, rounded as it is shown."""
    X, y = _new_points(run.start.dataset)
    return round(evaluate(run.model, (run.start.inputs(X), y), default_criterion(run.dataset.task)).metric, 2)


@cache
def _new_points(name: str) -> tuple[torch.Tensor, torch.Tensor]:
    dataset = load_dataset(name, seed=THEIR_SEED, num_points=NEW_POINTS, noise=0.0, standardise=False)
    parts = ("train", "validation", "test")
    return tuple(torch.cat([getattr(dataset, f"{kind}_{part}") for part in parts]) for kind in "Xy")


def right_with_another_weight(run: PlaygroundRun) -> Iterator[float]:
    """Try each weight of a copy at many values, and yield what share of new points it gets right then."""
    number = sum(linear.weight.numel() for linear in run.linears)
    refuse(number > MOST_TRIED and f"It has {number} weights, and each is tried: take a smaller network, such as [3].")
    model = copy.deepcopy(run.model).eval()
    X, y = _new_points(run.start.dataset)
    X = run.start.inputs(X)
    with torch.no_grad():
        for linear in linear_layers(model):
            weights = linear.weight.view(-1)
            for place in range(len(weights)):
                kept = weights[place].item()
                for value in TRIED:
                    weights[place] = value
                    yield round((model(X).argmax(1) == y).float().mean().item(), 2)
                weights[place] = kept


def moves_still(run: PlaygroundRun, layer: int) -> bool:
    """Return whether a gradient reaches the weights of a hidden layer, counted from 1."""
    outputs = run.model(run.start.inputs(run.dataset.X_train))
    weights = [*run.linears[layer - 1].parameters()]
    gradients = torch.autograd.grad(run.criterion(outputs, run.dataset.y_train), weights, materialize_grads=True)
    return any(gradient.any() for gradient in gradients)


def trained(run: PlaygroundRun, live: object, epochs: int) -> PlaygroundRun:
    """Return a run from the same start, trained with settings of the check's own."""
    other = PlaygroundRun(run.start, live, run.weights)
    bar = ProgressBar(epochs, True, after=0.8)
    for _ in other.train_to(epochs):
        bar.update(len(other.history))
    bar.close()
    return other


def first_and_last_loss(run: PlaygroundRun, learning_rate: float) -> tuple[float, float]:
    """Return the training loss before and after some epochs at a rate."""
    live = replace(run.live, learning_rate=learning_rate)
    return tuple(trained(run, live, epochs).measure()["training"].loss for epochs in (0, RATE_EPOCHS))
