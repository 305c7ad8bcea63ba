"""What a sweep refuses, in a sentence."""

import math

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from mlp_tutorial.sweep import sweep_steps
from tests.sweep.helpers import RATES, classes, values

NAN_DATA = (torch.full((5, 4), math.nan), torch.zeros(5, 1))


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"learning_rates": []}, ValueError, "learning_rates is empty"),
        ({"learning_rates": 0.1}, TypeError, r"learning_rates must be a list, such as .*; it is 0.1"),
        ({"learning_rates": [0.1, -1]}, ValueError, "greater than 0; one is -1"),
        ({"learning_rates": [0]}, ValueError, "greater than 0; one is 0"),
        ({"learning_rates": [math.nan]}, ValueError, "one is nan"),
        ({"learning_rates": ["0.1"]}, ValueError, "one is '0.1'"),
        ({"learning_rates": [None]}, ValueError, "one is None"),
        ({"seeds": 3}, TypeError, r"seeds must be a list, such as range\(5\); it is 3"),
        ({"seeds": []}, ValueError, "seeds is empty"),
        ({"seeds": [0.5]}, TypeError, "seed must be a whole number"),
        ({"momenta": [0.9, 1.0]}, ValueError, "from 0 to below 1; one is 1.0"),
        ({"optimizers": "adam"}, TypeError, "optimizers must be a list"),
        ({"optimizers": ["adm"]}, ValueError, "Unknown optimizer 'adm'. Did you mean 'adam'"),
        ({"activation": "rleu"}, ValueError, "Did you mean 'relu'"),
        ({"activation": nn.PReLU()}, ValueError, "an activation's own parameters: PReLU"),
        ({"activation": nn.Dropout(0.5)}, ValueError, "Dropout cannot be computed for all runs at once"),
        ({"hidden_sizes": [0]}, ValueError, "hidden_sizes"),
        ({"num_epochs": 0}, ValueError, "num_epochs must be at least 1"),
        ({"batch_size": 0}, ValueError, "batch_size must be at least 1"),
        ({"criterion": nn.MSELoss(reduction="sum")}, ValueError, "mean over a batch"),
        ({"data": (classes()[0].double(), classes()[1])}, TypeError, r"Try x.to\(torch.float32\)"),
        ({"data": (classes()[0][:, 0], classes()[1])}, TypeError, r"shape \(samples, features\)"),
        ({"data": (values()[0], values()[1][:, 0])}, ValueError, "unsqueeze"),
        ({"data": NAN_DATA}, ValueError, "inputs hold 20 values that are NaN"),
        ({"data": DataLoader(TensorDataset(*classes()))}, TypeError, "For a DataLoader, train the runs one by one"),
        ({"output_size": 2}, ValueError, "classes must be 0 to 1"),
        ({"validation_data": (torch.zeros(5, 3), torch.zeros(5).long())}, ValueError, "expects 4 features"),
        ({"validation_data": (torch.zeros(5, 4), torch.full((5,), 9))}, ValueError, "classes must be 0 to 2"),
    ],
)
def test_errors_in_a_sentence(changes, error, message):
    settings = {"data": classes(), "hidden_sizes": [4], "learning_rates": RATES, **changes}
    with pytest.raises(error, match=message):
        sweep_steps(settings.pop("data"), settings.pop("hidden_sizes"), **settings)
