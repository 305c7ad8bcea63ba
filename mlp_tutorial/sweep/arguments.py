"""What a sweep is asked for: checked before its first step."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterable
from itertools import product
from typing import NamedTuple

import torch
from torch import nn

from ..model import ACTIVATIONS, NeuralNetworkModel, activation_name
from ..training.batches import Batches, Data, as_batches, split_validation
from ..training.checked_criterion import checked_loss
from ..training.history import History
from ..training.loop import training_steps
from ..utils.errors import check_known, is_number
from .stacked_optimizer import MOMENTUM, SWEEP_OPTIMIZERS


class Run(NamedTuple):
    """The settings in which one run of a sweep differs from the others."""

    optimizer: str
    learning_rate: float
    seed: int
    momentum: float = MOMENTUM  # of the optimizer "momentum"


def checked_runs(
    optimizers: Iterable[str], learning_rates: Iterable[float], seeds: Iterable[int], momenta: Iterable[float]
) -> list[Run]:
    """Return every combination, the seed varying fastest, or raise an error that says what cannot be tried."""
    settings = {"optimizers": optimizers, "momenta": momenta, "learning_rates": learning_rates, "seeds": seeds}
    examples = {
        "optimizers": '["sgd", "adam"]',
        "momenta": "[0.0, 0.9]",
        "learning_rates": "[0.01, 0.1, 1.0]",
        "seeds": "range(5)",
    }
    for name, values in settings.items():
        if isinstance(values, str) or not isinstance(values, Iterable):
            raise TypeError(f"{name} must be a list, such as {examples[name]}; it is {values!r}.")
        settings[name] = list(values)
        if not settings[name]:
            raise ValueError(f"{name} is empty, so there is nothing to train. Try {examples[name]}.")
    for name in settings["optimizers"]:
        check_known("optimizer", name, SWEEP_OPTIMIZERS)
    for rate in settings["learning_rates"]:
        if not is_number(rate) or not 0 < rate < math.inf:
            raise ValueError(f"Every learning rate must be a number greater than 0; one is {rate!r}.")
    for momentum in settings["momenta"]:
        if not is_number(momentum) or not 0 <= momentum < 1:
            raise ValueError(f"Every momentum must be a number from 0 to below 1; one is {momentum!r}.")
    names, momenta, rates, seeds = settings.values()
    return [
        Run(name, float(rate), seed, float(momentum))
        for name in names
        for momentum in (momenta if name == "momentum" else (MOMENTUM,))  # nothing else heeds it
        for rate, seed in product(rates, seeds)
    ]


def checked_batches(data: Data, validation_data: Data | None, batch_size: int | None) -> tuple[Batches, Batches | None]:
    """Return the training and validation batches: tensors, each sample a row."""
    pair, validation_data = split_validation(data, validation_data, 0.0, 0)
    training = as_batches(pair, batch_size=batch_size)
    validation = None if validation_data is None else as_batches(validation_data, part="validation")
    for batches in (training, validation):
        if batches is not None and not (isinstance(batches, Batches) and batches.X.ndim == 2):
            raise TypeError(
                "A sweep trains on a Dataset or on a pair (X, y) of tensors, X of shape (samples, features). "
                "For a DataLoader, train the runs one by one."
            )
    return training, validation


def check_single_run(
    model: NeuralNetworkModel, training: Batches, validation: Batches | None, criterion: Callable, num_epochs: int
) -> None:
    """Take one step of an ordinary run with a copy of the model: what `train` refuses is refused in its words."""
    activation = model.activation
    if isinstance(activation, nn.Module) and list(activation.parameters()):
        raise ValueError(
            f"A sweep cannot train an activation's own parameters: {activation_name(activation)} has some. "
            "Try a plain function such as 'leaky_relu', or train the runs one by one."
        )
    if model.hidden_sizes and activation not in ACTIVATIONS.values():
        try:
            torch.vmap(activation)(training.X.new_zeros(1, 1, model.hidden_sizes[0]))
        except RuntimeError as error:
            raise ValueError(
                f"The activation {activation_name(activation)} cannot be computed for all runs at once: it may draw random "
                "numbers, change its input or decide by its values. Try one from ACTIVATIONS, or train the runs one by one."
            ) from error
    model, history = copy.deepcopy(model).to(training.X.device), History()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    pair = (training.X, training.y)
    next(training_steps(model, pair, criterion, optimizer, num_epochs=num_epochs, history=history), None)
    if history.diverged:
        raise ValueError(history.stop_reason)
    if validation is not None:
        checked_loss(model(validation.X), validation.y, criterion)
