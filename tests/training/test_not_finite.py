"""A loss that is NaN or infinite names its cause: data, weights, a function, a gradient, units, or the learning rate."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from mlp_tutorial.model import NeuralNetworkModel
from mlp_tutorial.training.diagnosis import diagnose
from mlp_tutorial.training.loop import train
from mlp_tutorial.utils.randomness import SeededRandomness
from tests.training.helpers import regression, sgd

torch.manual_seed(0)
X = torch.randn(100, 4)
Y = X[:, :1]


def lost(criterion, y=Y, X=X, activation="relu", num_outputs=1, rate=0.1, zeros=False, **options):
    """Return why a run stopped; `diagnose` says the same."""
    with SeededRandomness(0):
        model = NeuralNetworkModel(4, [8], num_outputs, activation)
    if zeros:
        for parameter in model.parameters():
            nn.init.zeros_(parameter)
    optimizer = torch.optim.SGD(model.parameters(), lr=rate)
    history = train(model, (X, y), criterion, optimizer, num_epochs=20, **options)
    (finding,) = diagnose(history, model, (X, y), criterion)
    assert history.diverged and finding.name == "diverged"
    assert str(finding).endswith(history.stop_reason.rpartition(". ")[2])
    return history.stop_reason


@pytest.mark.parametrize(
    ("criterion", "activation", "cause"),
    [
        (lambda outputs, y: (F.relu(outputs - 100).log() * y).mean(), "relu", "log(0) is -inf. Add a small number"),
        (lambda outputs, y: ((outputs - y) / (y - y)).mean(), "relu", "div("),
        (nn.MSELoss(), lambda x: 1 / F.relu(x), "rdiv(0) is inf"),
        (nn.MSELoss(), lambda x: F.relu(x) / F.relu(x), "div(0, 0) is nan"),
        (nn.MSELoss(), lambda x: x.sqrt(), "is nan. Add a small number"),
        (lambda outputs, y: (100 + outputs.abs()).exp().mean(), "relu", "is inf. Subtract the largest value first"),
    ],
)
def test_the_function_is_named_with_what_it_was_given(criterion, activation, cause):
    reason = lost(criterion, activation=activation)
    assert cause in reason and "learning rate" not in reason


@pytest.mark.parametrize("batch_size", [None, 10])
@pytest.mark.parametrize(
    ("criterion", "cause"),
    [
        (lambda outputs, y: F.mse_loss(outputs, y).sqrt(), "a square root has an infinite slope at 0"),
        (lambda outputs, y: F.mse_loss(outputs, y) ** 0.5, "a power below 1 has an infinite slope at 0"),
    ],
)
def test_a_gradient_that_is_lost_while_the_loss_is_finite(criterion, cause, batch_size):
    reason = lost(criterion, y=torch.zeros(100, 1), zeros=True, batch_size=batch_size)
    assert "the gradient became NaN while the loss was finite" in reason and cause in reason
    assert "learning rate" not in reason


@pytest.mark.parametrize("batch_size", [None, 10])
def test_data_that_are_not_in_standard_units(batch_size):
    reason = lost(nn.MSELoss(), y=4000 + 800 * Y, batch_size=batch_size)
    assert "the targets are not in standard units: they go from" in reason
    assert reason.endswith("Try (y - y.mean(0)) / y.std(0).")
    assert "the inputs are not in standard units" in lost(nn.MSELoss(), X=1000 * X, batch_size=batch_size)


def test_classes_without_weight_are_named():
    y = (Y[:, 0] > 0).long()
    model = NeuralNetworkModel(X.shape[1], [4], 2)
    history = train(model, (X, y), nn.CrossEntropyLoss(torch.zeros(2)), sgd(model), num_epochs=2)
    assert "the classes of a batch all have the weight 0" in history.stop_reason


def test_else_the_steps_were_too_long():
    assert lost(nn.MSELoss(), rate=50.0, activation="identity").endswith("Try a learning rate smaller than 5.")


@pytest.mark.parametrize("wrong", ["inputs", "targets"])
@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("where", ["training", "mini-batches", "validation", "validation loader"])
def test_values_that_are_not_finite_are_named(where, value, wrong):
    spoilt = [part.clone() for part in regression()]
    spoilt[wrong == "targets"][[3, 11]] = value
    model = NeuralNetworkModel(1, [4], 1)
    options = {"num_epochs": 5}
    if where == "training":
        data = spoilt
    elif where == "mini-batches":
        data, options["batch_size"] = spoilt, 20 // 2
        spoilt[wrong == "targets"][:] = value
    else:
        data = regression()
        loader = DataLoader(TensorDataset(*spoilt), batch_size=8)
        options["validation_data"] = loader if where == "validation loader" else tuple(spoilt)
    history = train(model, data, nn.MSELoss(), sgd(model), **options)
    count = {"mini-batches": 10, "validation loader": 1}.get(where, 2)
    assert history.diverged
    assert (
        f"because the {wrong} hold {count} values that are NaN or infinite. Clean the data first."
        in history.stop_reason
    )
    start = (
        "Stopped after epoch 1: the validation loss became"
        if "valid" in where
        else "Stopped in epoch 1: the loss became"
    )
    assert history.stop_reason.startswith(start)


@pytest.mark.parametrize("rate", [1e9, 1e12])
def test_weights_of_an_earlier_run_that_diverged_are_named(rate):
    model = NeuralNetworkModel(1, [4], 1)
    train(model, regression(), nn.MSELoss(), sgd(model, rate), num_epochs=50)
    largest = max(parameter.abs().max().item() for parameter in model.parameters())
    again = train(model, regression(), nn.MSELoss(), sgd(model, 0.01), num_epochs=5)
    assert again.diverged and len(again) == again.num_steps == 0
    assert again.stop_reason.endswith(
        f"because the model's weights have diverged already, up to {largest:.3g}. Make model and optimizer anew."
    )
    assert repr(again) == f"History: no epoch finished. {again.stop_reason}"


def test_weights_that_are_nan():
    model = NeuralNetworkModel(1, [4], 1)
    nn.init.constant_(model.output_layer.bias, float("nan"))
    history = train(model, regression(), nn.MSELoss(), sgd(model), num_epochs=5)
    assert "weights have diverged already, up to nan" in history.stop_reason


def test_data_too_large_from_the_first_step_on():
    X, y = regression()
    model = NeuralNetworkModel(1, [], 1)
    history = train(model, (X * 1e30, y), nn.MSELoss(), sgd(model), num_epochs=5)
    assert history.stop_reason == (
        "Stopped in epoch 1: the loss became inf because the inputs are not in standard units: they go from -1e+30 to "
        "1e+30. Try (X - X.mean(0)) / X.std(0)."
    )
