"""What training refuses, each in a sentence."""

import numpy as np
import pytest
import torch
from torch import nn

from mlp_tutorial.model import NeuralNetworkModel
from mlp_tutorial.training.history import History
from mlp_tutorial.training.loop import train, training_steps
from tests.training.helpers import CROSS_ENTROPY, assert_same_weights, classes, new_model, regression, sgd


def refused(kind, match, **changes):
    model = changes.pop("model", None) or new_model()
    arguments = {"model": model, "data": classes(), "criterion": CROSS_ENTROPY, "optimizer": None} | changes
    if arguments["optimizer"] is None:
        arguments["optimizer"] = sgd(new_model() if not isinstance(model, nn.Module) else model)
    for function in (train, training_steps):  # the generator too, before its first step
        with pytest.raises(kind, match=match):
            function(**arguments)


@pytest.mark.parametrize(
    ("kind", "match", "changes"),
    [
        (TypeError, r"model must be an instance; it is the class Linear. Try Linear\(\.\.\.\)", {"model": nn.Linear}),
        (TypeError, "model must be an nn.Module; it is a function", {"model": lambda x: x}),
        (TypeError, r"criterion must be an instance; it is the class MSELoss\. Try MSELoss\(\)", {"criterion": nn.MSELoss}),
        (TypeError, "criterion must be a function.*it is 'mse'", {"criterion": "mse"}),
        (ValueError, r"reduction is 'sum'\. Try CrossEntropyLoss\(\)", {"criterion": nn.CrossEntropyLoss(reduction="sum")}),
        (ValueError, "its reduction is 'none'", {"criterion": nn.MSELoss(reduction="none")}),
        (TypeError, "must be a torch.optim optimizer.*it is a SGD", {"optimizer": torch.optim.SGD}),
        (TypeError, "must be a torch.optim optimizer.*it is a str", {"optimizer": "sgd"}),
        (ValueError, "num_epochs must be at least 1; it is 0", {"num_epochs": 0}),
        (TypeError, "num_epochs must be a whole number of at least 1; it is 2.5", {"num_epochs": 2.5}),
        (TypeError, "num_epochs must be a whole number of at least 1; it is True", {"num_epochs": True}),
        (ValueError, "batch_size must be at least 1; it is -2", {"batch_size": -2}),
        (TypeError, "batch_size must be a whole number of at least 1; it is 8.0", {"batch_size": 8.0}),
        (TypeError, "seed must be a whole number, such as 0; it is 'a'", {"seed": "a"}),
        (TypeError, "pair .* of tensors, not .ndarray, ndarray.", {"data": (np.zeros((3, 2)), np.zeros(3))}),
        (TypeError, "max_gradient_norm must be a number; it is 'a'", {"max_gradient_norm": "a"}),
        (TypeError, "validation_fraction must be a number; it is True", {"validation_fraction": True}),
        (TypeError, "scheduler must be made for this optimizer.*it is 'step'", {"scheduler": "step"}),
        (TypeError, r"lr_scheduler.StepLR\(optimizer, 30\); it is <class", {"scheduler": torch.optim.lr_scheduler.StepLR}),
        (TypeError, "history must be a History .* it is a dict", {"history": {}}),
    ],
)  # fmt: skip
def test_arguments_that_cannot_work(kind, match, changes):
    refused(kind, match, **changes)


def test_a_callback_that_cannot_be_called():
    model = new_model()
    with pytest.raises(TypeError, match="callback must be a function of the history; it is 'stop'"):
        train(model, classes(), CROSS_ENTROPY, sgd(model), callback="stop")


@pytest.mark.parametrize(
    ("criterion", "kind", "match"),
    [
        (lambda outputs, targets: (outputs - 1) ** 2, ValueError, r"one number, .* shape \(20, 2\).*\.mean\(\)"),
        (lambda outputs, targets: outputs.mean().item(), TypeError, "must return a tensor; it returned a float"),
        (lambda outputs, targets: outputs.detach().mean(), ValueError, "has no gradient: .* without .item"),
    ],
)  # fmt: skip
def test_a_loss_of_ones_own_that_cannot_be_followed_back(criterion, kind, match):
    model, history = new_model(), History()
    before = [parameter.clone() for parameter in model.parameters()]
    with pytest.raises(kind, match=match):
        train(model, classes(20), criterion, sgd(model), history=history)
    assert history.num_steps == 0 and all(map(torch.equal, model.parameters(), before))


def test_an_optimizer_of_another_model():
    refused(ValueError, "holds none of this model's trainable parameters", optimizer=sgd(new_model()))


def test_an_optimizer_of_frozen_parameters():
    model = new_model()
    model.requires_grad_(False)
    refused(ValueError, "holds none of this model's trainable parameters", model=model)


def test_lbfgs():
    model = new_model()
    refused(TypeError, "LBFGS .* needs a loop of its own", model=model, optimizer=torch.optim.LBFGS(model.parameters()))


def test_targets_are_checked_before_the_first_step():
    X, y = classes()
    y[-1] = 2  # one class too many, in whichever batch
    for batch_size in (None, 4):
        model, other = new_model(), new_model()
        with pytest.raises(ValueError, match="classes must be 0 to 1; the targets go from 0 to 2"):
            train(model, (X, y), CROSS_ENTROPY, sgd(model), batch_size=batch_size)
        assert_same_weights(model, other)


def test_validation_targets_are_checked():
    X, y = regression()
    model = NeuralNetworkModel(1, [], 1)
    with pytest.raises(ValueError, match=r"outputs have shape \(20, 1\), the targets \(20,\)"):
        train(model, (X, y), nn.MSELoss(), sgd(model), validation_data=(X, y[:, 0]))


def test_data_of_another_run_are_checked_when_it_goes_on():
    X, y = regression()
    model = NeuralNetworkModel(1, [], 1)
    optimizer = sgd(model)
    history = train(model, (X, y), nn.MSELoss(), optimizer, num_epochs=2)
    before = model.output_layer.weight.clone()
    with pytest.raises(ValueError, match="a loss would broadcast"):
        train(model, (X, y[:, 0]), nn.MSELoss(), optimizer, num_epochs=2, history=history)
    assert torch.equal(model.output_layer.weight, before)  # found before a step is taken


def test_a_refused_call_leaves_a_history_as_it_was():
    model = new_model()
    history = History(training_loss=[0.5], stop_reason="Interrupted.", diverged=True)
    with pytest.raises(ValueError):
        train(model, classes(), CROSS_ENTROPY, sgd(model), num_epochs=0, history=history)
    assert (history.stop_reason, history.diverged, history.randomness) == ("Interrupted.", True, None)
