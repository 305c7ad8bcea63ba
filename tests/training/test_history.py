"""The history: its length, its summary, its copies and its way to a file and back."""

import pytest
import torch
from torch import nn

from mlp_tutorial.model import NeuralNetworkModel
from mlp_tutorial.training.history import History
from mlp_tutorial.training.loop import train


def trained(**options):
    torch.manual_seed(0)
    X = torch.randn(20, 2)
    data = X, X[:, :1]
    model = NeuralNetworkModel(2, [4], 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    return train(model, data, nn.MSELoss(), optimizer, num_epochs=3, validation_data=data, **options)


def test_an_empty_history_is_a_history():
    history = History()
    assert len(history) == 0 and bool(history) is True
    assert repr(history) == "History: no epoch finished."
    assert repr(History(stop_reason="Out of luck.")) == "History: no epoch finished. Out of luck."


def test_two_histories_share_nothing():
    History().training_loss.append(1.0)
    assert History().training_loss == []


def test_repr_tells_the_run():
    history = History(training_loss=[1.25, 0.5], metric=[0.25, 0.75], metric_name="accuracy")
    assert repr(history) == "History: 2 epochs, training loss 1.250 -> 0.500, accuracy 0.75."
    history = History([2.0], [3.0], [0.5], "R²", stop_reason="Stopped by the callback after epoch 1.")
    assert repr(history) == (
        "History: 1 epoch, training loss 2.000 -> 2.000, validation loss 3.000 -> 3.000, R² 0.50. "
        "Stopped by the callback after epoch 1."
    )


@pytest.mark.parametrize("options", [{}, {"batch_size": 8, "patience": 1}])
def test_to_a_file_and_back(tmp_path, options):
    history = trained(**options)
    torch.save(history.state_dict(), tmp_path / "history.pt")
    loaded = History.from_state_dict(torch.load(tmp_path / "history.pt", weights_only=True))
    assert loaded is not history
    for name in ("training_loss", "validation_loss", "metric", "gradient_norm", "learning_rate", "seconds"):
        assert getattr(loaded, name) == getattr(history, name) and len(getattr(loaded, name)) == 3
    for name in ("metric_name", "num_steps", "stop_reason", "diverged", "best_epoch"):
        assert getattr(loaded, name) == getattr(history, name)
    assert loaded.best_weights.keys() == history.best_weights.keys()
    assert torch.equal(loaded.randomness.state, history.randomness.state)
    assert torch.equal(loaded.shuffle.get_state(), history.shuffle.get_state())
    assert repr(loaded) == repr(history)


def test_an_empty_history_to_a_state_and_back():
    loaded = History.from_state_dict(History().state_dict())
    assert len(loaded) == 0 and loaded.randomness is None and loaded.shuffle is None


def test_a_state_does_not_grow_with_the_run():
    history = trained()
    state = history.state_dict()
    history.training_loss.append(9.0)
    assert len(state["training_loss"]) == 3


def test_one_state_resumes_any_number_of_times():
    state = trained().state_dict()
    History.from_state_dict(state).training_loss.append(9.0)
    assert len(History.from_state_dict(state)) == 3
