"""A learner's update rule trains as PyTorch's does; wrong ones are refused in words."""

import pytest
import torch
from torch import nn

from mlp_tutorial import NeuralNetworkModel, SeededRandomness, load_dataset, train
from mlp_tutorial.lessons.optimizers.own_optimizer import optimizer_with

LESSON = "08_optimizers.ipynb"


def trained(make_optimizer):
    with SeededRandomness(3):
        model = NeuralNetworkModel(2, [5], 3)
    optimizer = make_optimizer(model.parameters())
    options = {"num_epochs": 20, "batch_size": 64}
    return train(model, load_dataset("penguins"), nn.CrossEntropyLoss(), optimizer, **options).training_loss


@pytest.mark.parametrize(
    ("name", "options", "torchs"),
    [
        ("momentum_step", {"momentum": 0.8}, lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.8)),
        ("adam_step", {"beta1": 0.8}, lambda p: torch.optim.Adam(p, lr=0.05, betas=(0.8, 0.999))),
        ("adamw_step", {"weight_decay": 0.1}, lambda p: torch.optim.AdamW(p, lr=0.05, weight_decay=0.1)),
    ],
)
def test_a_learners_rule_trains_a_network_as_pytorchs_does(solutions, stubs, name, options, torchs):
    expected = trained(torchs)
    for whose in (solutions, stubs):
        own = optimizer_with(whose[name])
        assert issubclass(own, torch.optim.Optimizer)
        assert trained(lambda p, own=own: own(p, lr=0.05, **options)) == pytest.approx(expected, abs=1e-5)
    assert "not written yet" in optimizer_with(stubs[name]).__name__
    assert optimizer_with(solutions[name]).__name__ == name


def test_a_rule_without_memory_and_one_that_writes_into_its_arguments():
    def careless_step(weight, gradient, learning_rate):
        gradient *= learning_rate
        weight -= gradient
        return weight

    assert trained(lambda p: optimizer_with(careless_step)(p, lr=0.05)) == pytest.approx(
        trained(lambda p: torch.optim.SGD(p, lr=0.05)), abs=1e-6
    )


def test_a_rule_that_cannot_serve_is_replaced_and_the_name_says_why():
    def half_written(weight, gradient, learning_rate):
        return weight - learning_rate * ...

    def short(weight, gradient, velocity, learning_rate):
        return weight

    def broken(weight, gradient, learning_rate):
        return weight - learning_rate * None

    stand_in = optimizer_with(half_written)
    assert stand_in.__name__ == "half_written (not written yet: PyTorch's)"
    assert trained(lambda p: stand_in(p, lr=0.05)) == trained(lambda p: torch.optim.SGD(p, lr=0.05))
    assert "returned a Tensor, expected a tuple of 2" in optimizer_with(short).__name__
    assert "raised TypeError: unsupported operand" in optimizer_with(broken).__name__
    assert "raised TypeError" in optimizer_with(lambda w, g: w).__name__


def test_a_rule_that_fails_later_is_refused_in_words():
    def forgetful(weight, gradient, velocity, learning_rate):
        return (weight, velocity) if weight.shape[0] == 2 else weight

    weight = torch.zeros(3, requires_grad=True)
    weight.grad = torch.ones(3)
    with pytest.raises(TypeError, match=r"must return weight, velocity, each a tensor of the weight's shape \(3,\)"):
        optimizer_with(forgetful)([weight], lr=0.1).step()


def test_parameters_without_a_gradient_stay():
    def plain_step(weight, gradient, learning_rate):
        return weight - learning_rate * gradient

    frozen = torch.ones(2, requires_grad=True)
    optimizer_with(plain_step)([frozen], lr=0.1).step()
    assert frozen.tolist() == [1.0, 1.0]
