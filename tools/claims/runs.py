"""What the claims of several lessons need."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache

import torch
from torch import nn
from torch.utils.data import DataLoader

from mlp_tutorial import Dataset, NeuralNetworkModel, load_dataset, train
from mlp_tutorial.sweep import sweep

SEEDS = range(10)


def final_losses(
    dataset: str, hidden_sizes: Sequence[int], *, learning_rate: float, optimizer: str = "sgd", **options
) -> list[float]:
    """Return the training loss at the end, one for each of ten seeds, trained side by side; options as for `sweep`."""
    options = {"learning_rates": [learning_rate], "optimizers": [optimizer], "seeds": SEEDS, **options}
    return sweep(load_dataset(dataset), hidden_sizes, **options).training_loss[:, -1].tolist()


def trained(
    model: nn.Module, dataset: Dataset | DataLoader, optimizer: torch.optim.Optimizer, **options
) -> list[float]:
    """Train a classifier and return its losses; options as for `train`."""
    return train(model, dataset, nn.CrossEntropyLoss(), optimizer, progress=False, **options).training_loss


def below(limit: float, losses: Iterable[float]) -> int:
    """Count the losses below a limit."""
    return sum(loss < limit for loss in losses)


def first_below(limit: float, losses: Sequence[float]) -> int:
    """Return the place of the first loss below a limit; that behind the last one if there is none."""
    return next((place for place, loss in enumerate(losses) if loss < limit), len(losses))


def count(input_size: int, hidden_sizes: Sequence[int], output_size: int) -> int:
    """Count a network's parameters."""
    return NeuralNetworkModel(input_size, hidden_sizes, output_size).count_parameters()


@cache
def curves(learning_rate: float, hidden_sizes: tuple[int, ...] = (8, 8), num_epochs: int = 300) -> list[list[float]]:
    """Return the training losses on the penguins, epoch by epoch, for each of ten seeds."""
    options = {"learning_rates": [learning_rate], "optimizers": ["sgd"], "seeds": SEEDS, "num_epochs": num_epochs}
    return sweep(load_dataset("penguins"), hidden_sizes, **options).training_loss.tolist()
