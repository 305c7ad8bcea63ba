"""A run whose loss is not finite ends with the reason, in words."""

import numpy as np
import pytest
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from mlp_tutorial.model import NeuralNetworkModel
from mlp_tutorial.training.loop import train
from tests.training.helpers import regression, sgd


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("batch_size", [None, 7])
def test_divergence_stops_with_epoch_reason_and_what_to_try(batch_size, capsys):
    X, y = regression()
    model = NeuralNetworkModel(1, [], 1)
    history = train(model, (X, y), nn.MSELoss(), sgd(model, 1e6), num_epochs=50, batch_size=batch_size)
    assert history.diverged and 0 < len(history) < 50
    assert all(np.isfinite(history.training_loss))
    when = "in" if history.stop_reason.startswith("Stopped in") else "after"
    epoch = len(history) + (when == "in")
    assert history.stop_reason.startswith(f"Stopped {when} epoch {epoch}: the ")
    assert f"the training loss of epoch {len(history)} was {history.training_loss[-1]:.3g}" in history.stop_reason
    assert history.stop_reason.endswith("Try a learning rate smaller than 100000.")
    assert capsys.readouterr().out.strip() == history.stop_reason


def test_a_run_that_diverges_in_its_last_step_says_so():
    X, y = regression()
    model, other = NeuralNetworkModel(1, [], 1), NeuralNetworkModel(1, [], 1)
    other.load_state_dict(model.state_dict())
    whole = train(model, (X, y), nn.MSELoss(), sgd(model, 1e6), num_epochs=50)
    other_history = train(other, (X, y), nn.MSELoss(), sgd(other, 1e6), num_epochs=len(whole))
    assert other_history.training_loss == whole.training_loss and other_history.diverged
    assert other_history.stop_reason == whole.stop_reason


def test_a_finite_run_of_all_its_epochs_has_no_reason_to_stop():
    X, y = regression()
    model = NeuralNetworkModel(1, [], 1)
    history = train(model, (X, y), nn.MSELoss(), sgd(model, 0.3), num_epochs=30)
    assert not history.diverged and history.stop_reason == "" and history.metric[-1] > 0.99


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
        f"because the model's weights are lost already, up to {largest:.3g}. Make model and optimizer anew."
    )
    assert repr(again) == f"History: no epoch finished. {again.stop_reason}"


def test_weights_that_are_nan():
    model = NeuralNetworkModel(1, [4], 1)
    nn.init.constant_(model.output_layer.bias, float("nan"))
    history = train(model, regression(), nn.MSELoss(), sgd(model), num_epochs=5)
    assert "weights are lost already, up to nan" in history.stop_reason


def test_data_too_large_from_the_first_step_on():
    X, y = regression()
    model = NeuralNetworkModel(1, [], 1)
    history = train(model, (X * 1e30, y), nn.MSELoss(), sgd(model), num_epochs=5)
    assert history.stop_reason == (
        "Stopped in epoch 1: the loss became inf because the inputs are not in standard units: they go from -1e+30 to "
        "1e+30. Try (X - X.mean(0)) / X.std(0)."
    )
