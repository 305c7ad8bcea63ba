"""The rare class of lesson 07: Chinstraps among the penguins, by flipper length and body mass."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from matplotlib.axes import Axes

from mlp_tutorial.data.bundled import PENGUINS_FILE
from mlp_tutorial.data.dataset import Dataset
from mlp_tutorial.lessons.shared.stand_ins import stand_in
from mlp_tutorial.model import NeuralNetworkModel
from mlp_tutorial.plots.style import CLASS_COLOURS, new_figure
from mlp_tutorial.training.evaluation import predict
from mlp_tutorial.training.loop import train
from mlp_tutorial.utils.randomness import SeededRandomness

#: `weighted_cross_entropy(logits, y, weights)`: one weight a class in, the mean loss out.
WeightedLoss = Callable[[torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor]
#: The class number of the Chinstraps.
RARE = 1


def load_rare_class() -> Dataset:
    """Load the penguins by flipper length and body mass: these two hardly tell a Chinstrap from an Adelie.

    Returns
    -------
    Dataset
        Two features, three species; 40 % of the rows are for validation, so that it holds enough Chinstraps.

    Examples
    --------
    >>> load_rare_class().y_train.bincount()
    tensor([60, 27, 50])
    """
    columns, name = ["flipper_length_mm", "body_mass_g"], "penguins by flipper and mass"
    return Dataset.from_csv(PENGUINS_FILE, target="species", features=columns, validation_size=0.4, name=name)


def recall_and_accuracy(model: torch.nn.Module, dataset: Dataset) -> tuple[float, float]:
    """Return the share of the validation Chinstraps that a model finds, and the share of all penguins it gets right."""
    answers, y = predict(model, dataset.X_validation), dataset.y_validation
    right = (answers == y).float()
    return right[y == RARE].mean().item(), right.mean().item()


def train_weighted(
    weighted_cross_entropy: WeightedLoss, weight: float, *, seed: int = 0, num_epochs: int = 300
) -> tuple[float, float]:
    """Train a network with a weight on the Chinstraps.

    Parameters
    ----------
    weighted_cross_entropy : callable
        `weighted_cross_entropy(logits, y, weights)` returns the weighted mean of the samples' losses.
    weight : float
        The Chinstraps' weight; the other species have 1.
    seed : int, default 0
        For the initial weights.
    num_epochs : int, default 300
        Length of the run.

    Returns
    -------
    pair of float
        Recall of the Chinstraps and accuracy, both on the validation part.
    """
    dataset = load_rare_class()
    weights = torch.tensor([1.0, weight, 1.0])
    with SeededRandomness(seed):
        model = NeuralNetworkModel(2, [8], 3)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.3)

    def criterion(logits: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return weighted_cross_entropy(logits, y, weights)

    train(model, dataset, criterion, optimizer, num_epochs=num_epochs, progress=False)
    return recall_and_accuracy(model, dataset)


def torch_weighted_cross_entropy(logits: torch.Tensor, y: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Return PyTorch's weighted cross-entropy."""
    return F.cross_entropy(logits, y, weight=weights)


def plot_rare_class(
    weighted_cross_entropy: WeightedLoss,
    weights: Sequence[float] = (1, 2, 3, 5, 8),
    *,
    seeds: Sequence[int] = (0, 1, 2),
    num_epochs: int = 300,
) -> Axes:
    """Draw the Chinstraps' recall and the accuracy against the Chinstraps' weight, trained with a learner's loss.

    Parameters
    ----------
    weighted_cross_entropy : callable
        `weighted_cross_entropy(logits, y, weights)`. Where it would stop the notebook, PyTorch's
        draws the same plot.
    weights : sequence of float, default (1, 2, 3, 5, 8)
        The weights of the Chinstraps.
    seeds : sequence of int, default (0, 1, 2)
        Each weight is trained once for every seed; the line is the mean, the band from lowest to highest.
    num_epochs : int, default 300
        Length of each run.

    Returns
    -------
    matplotlib Axes
        The axes drawn on.
    """

    def results(loss: WeightedLoss) -> list[list[tuple[float, float]]]:
        return [
            [train_weighted(loss, weight, seed=seed, num_epochs=num_epochs) for seed in seeds] for weight in weights
        ]

    logits, y = torch.linspace(-1, 1, 15).reshape(5, 3).requires_grad_(), torch.tensor([0, RARE, 2, 2, 0])
    trial, pytorchs = (logits, y, torch.tensor([1.0, 3.0, 1.0])), torch_weighted_cross_entropy
    chosen = stand_in(weighted_cross_entropy, pytorchs, trial, noun="loss", called="PyTorch's loss", use=results)
    runs = torch.tensor(chosen.result)  # (weights, seeds, 2)
    with new_figure(6, 3.2) as figure:
        axes = figure.subplots()
        looks = {
            "Chinstraps found (recall)": (CLASS_COLOURS[RARE], "s-"),
            "all penguins right (accuracy)": (CLASS_COLOURS[0], "o--"),
        }
        for column, (label, (colour, style)) in enumerate(looks.items()):
            shares = runs[:, :, column].numpy()  # (weights, seeds)
            axes.plot(weights, shares.mean(1), style, color=colour, label=label)
            axes.fill_between(weights, shares.min(1), shares.max(1), color=colour, alpha=0.18, linewidth=0)
        axes.set(xlabel="weight of the Chinstraps", ylabel="share of the validation penguins", ylim=(0, 1))
        axes.set_title(chosen.title("Trained with", f", mean and range over {len(seeds)} seeds"))
        axes.legend(loc="lower right")
    return axes
