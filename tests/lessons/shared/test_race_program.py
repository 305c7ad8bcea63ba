"""The program of a race, run alone, ends at the losses shown."""

import re

import pytest
import torch
from torch import nn

from mlp_tutorial import NeuralNetworkModel
from tests.lesson_helpers import printed_by
from tests.lessons.shared.helpers import OwnLinear
from tests.lessons.shared.helpers import short_race as short


def own_bent(x):
    return torch.where(x > 0, x, 0.3 * x)


def own_wave(x):
    return torch.sin(x)


PROGRAMS = [
    {"activation": ["relu", "tanh", "silu"]},
    {"activation": ["relu", own_bent, own_wave, "gelu", nn.Softplus()], "batch_size": 64},
    {"optimizer": ["momentum", "adam"], "learning_rate": [0.1, 0.01], "activation": "tanh"},
    {"optimizer": ["rmsprop", "adamw"], "learning_rate": 0.01, "activation": own_bent},
    {"learning_rate": [0.1, 1.0], "dataset": "penguins_body_mass", "hidden_sizes": ()},
    {"batch_size": [16, None, 64], "seed": 2},
    {"seed": [1, 2], "batch_size": 32},
    {"model_class": [NeuralNetworkModel, OwnLinear]},
    {"model_class": [OwnLinear, NeuralNetworkModel], "activation": "tanh"},
]


def test_the_program_shown_ends_at_the_same_losses_in_a_fresh_interpreter():
    races = [short(**settings) for settings in PROGRAMS]
    for race, printed in zip(races, printed_by(*[race.program() for race in races]), strict=True):
        for name, history, line in zip(race.names, race.histories, printed, strict=True):
            before, training_loss, validation_loss = re.fullmatch(
                r"(.*): training loss ([\d.]+), validation loss ([\d.]+)", line
            ).groups()
            assert before == name
            assert float(training_loss) == pytest.approx(history.training_loss[-1], abs=2e-6)
            assert float(validation_loss) == pytest.approx(history.validation_loss[-1], abs=2e-6)
