"""What a sweep has measured, and each run's network."""

import pytest
import torch
from torch import nn

from mlp_tutorial import NeuralNetworkModel, evaluate, train
from mlp_tutorial.sweep import sweep, sweep_steps
from tests.sweep.helpers import RATES, classes


def test_the_metric_can_be_asked_for_at_any_time():
    steps = sweep_steps(classes(), [4], learning_rates=RATES)
    result = next(steps)
    before = evaluate(result.model(1), classes(), nn.CrossEntropyLoss()).metric
    assert result.metric[1].item() == pytest.approx(before)
    with pytest.raises(ValueError, match="at least one epoch"):
        result.best()
    assert repr(result) == "Sweep: 3 runs, 0 epochs."


def test_a_model_of_a_run_is_its_own():
    result = sweep(classes(), [4], learning_rates=[0.01, 0.1], num_epochs=3)
    before = result.metric, result.model(-1)(classes()[0])
    model = result.model(1)
    assert isinstance(model, NeuralNetworkModel) and list(model.state_dict()) == [
        "input_layer.weight",
        "input_layer.bias",
        "output_layer.weight",
        "output_layer.bias",
    ]
    train(model, classes(), nn.CrossEntropyLoss(), torch.optim.SGD(model.parameters(), lr=0.1), num_epochs=2)
    assert torch.equal(result.metric, before[0]) and torch.equal(result.model(1)(classes()[0]), before[1])
    with pytest.raises(IndexError, match="There are 2 runs, 0 to 1; there is no run 2"):
        result.model(2)
