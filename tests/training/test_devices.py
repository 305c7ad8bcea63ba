"""Where a model is trained."""

import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

from mlp_tutorial.training import loop as training_module
from mlp_tutorial.training.loop import train
from tests.training.helpers import CROSS_ENTROPY, classes, new_model, sgd


def test_auto_on_this_machine_equals_the_default():
    model, other, data = new_model(), new_model(), classes()
    device = training_module.choose_device("auto")
    history = train(model, data, CROSS_ENTROPY, sgd(model), num_epochs=3, device="auto")
    assert all(parameter.device.type == device.type for parameter in model.parameters())
    expected = train(other, data, CROSS_ENTROPY, sgd(other), num_epochs=3).training_loss
    assert history.training_loss == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("kind", ["pair", "mini-batches", "loader"])
def test_model_and_data_are_moved_before_the_first_step(kind, monkeypatch):
    moved_to = []
    monkeypatch.setattr(training_module, "choose_device", lambda name: moved_to.append(name) or torch.device("cpu"))
    model, data, moves = new_model(), classes(40), []
    original_to = torch.Tensor.to
    monkeypatch.setattr(
        torch.Tensor,
        "to",
        lambda self, *arguments, **options: moves.append(len(self)) or original_to(self, *arguments, **options),
    )
    if kind == "loader":
        data = DataLoader(TensorDataset(*data), batch_size=16)
    train(
        model,
        data,
        CROSS_ENTROPY,
        sgd(model),
        num_epochs=3,
        batch_size=16 if kind == "mini-batches" else None,
        device="auto",
    )
    assert moved_to == ["auto"]
    if kind != "loader":
        assert moves.count(40) == 2 + (3 if kind == "mini-batches" else 0)  # X and y once; each epoch's order


def test_a_gpu_that_is_not_there(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    model = new_model()
    with pytest.raises(ValueError, match=r"There is no CUDA device here.*auto"):
        train(model, classes(), CROSS_ENTROPY, sgd(model), device="cuda:0")


def test_an_unknown_device_is_torchs_error():
    model = new_model()
    with pytest.raises(RuntimeError, match="device"):
        train(model, classes(), CROSS_ENTROPY, sgd(model), device="gpu")
