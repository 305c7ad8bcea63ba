"""The network of lesson 09: trained on the digits with early stopping, the same at every call."""

from __future__ import annotations

import math
from functools import lru_cache

import torch

from mlp_tutorial.data.dataset import Dataset
from mlp_tutorial.experiment import Experiment
from mlp_tutorial.model import NeuralNetworkModel
from mlp_tutorial.training.history import History

#: How it is trained; the lesson's own cells say the same.
RECIPE = Experiment("digits", (128,), learning_rate=0.002, batch_size=64, optimizer="adam", seed=0)
MOST_EPOCHS, PATIENCE = 100, 10


def digit_network() -> tuple[NeuralNetworkModel, Dataset, int]:
    """Return a trained network, 64 → 128 → 10, new at every call; the digits; and the epoch, from 1, of its weights."""
    weights, best_epoch = _trained_weights()
    model, _, _ = RECIPE.build()
    model.load_state_dict(weights)
    return model.eval(), RECIPE.load(), best_epoch


@lru_cache(maxsize=1)
def _trained_weights() -> tuple[dict[str, torch.Tensor], int]:
    model, criterion, optimizer = RECIPE.build()
    history = History()
    # The loop of `train`, which would print why it stopped.
    for _ in RECIPE.steps(model, criterion, optimizer, MOST_EPOCHS, history, patience=PATIENCE, pause_every=math.inf):
        pass
    return history.best_weights, history.best_epoch
