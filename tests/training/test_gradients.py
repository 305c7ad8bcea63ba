"""Gradients: their norm, their clipping, and the parameters that the optimizer does not hold."""

import numpy as np
import pytest
import torch

from mlp_tutorial.training.loop import train, training_steps
from tests.training.helpers import CROSS_ENTROPY, Fails, bare_loss, classes, new_model, sgd


def test_the_gradient_norm_is_that_of_the_last_step():
    (X, y), model, other = classes(), new_model(), new_model()
    history = train(model, (X, y), CROSS_ENTROPY, sgd(model), num_epochs=1)
    gradients = torch.autograd.grad(CROSS_ENTROPY(other(X), y), list(other.parameters()))
    expected = np.sqrt(sum((gradient.double() ** 2).sum().item() for gradient in gradients))
    assert history.gradient_norm == [pytest.approx(expected, rel=1e-5)]


@pytest.mark.parametrize("limit", [0.05, 1e9])
def test_clipping_equals_clipping_by_hand(limit):
    def clip(model):
        norm = np.sqrt(sum((p.grad.double() ** 2).sum().item() for p in model.parameters()))
        norms.append(norm)
        for parameter in model.parameters():
            parameter.grad *= min(1.0, limit / norm)

    model, other, data, norms = new_model(), new_model(), classes(), []
    history = train(model, data, CROSS_ENTROPY, sgd(model), num_epochs=6, max_gradient_norm=limit)
    optimizer = sgd(other)
    losses = [bare_loss(other, data, optimizer, clip=clip) for _ in range(6)]
    np.testing.assert_allclose(history.training_loss, losses, rtol=1e-5)
    np.testing.assert_allclose(history.gradient_norm, norms, rtol=1e-5)  # before clipping
    unclipped = new_model()
    plain = train(unclipped, data, CROSS_ENTROPY, sgd(unclipped), num_epochs=6)
    assert np.allclose(plain.training_loss, losses, rtol=1e-5) == (limit == 1e9)


@pytest.mark.parametrize("limit", [0, -1.0, float("nan")])
def test_a_limit_that_would_turn_gradients_round(limit):
    model = new_model()
    with pytest.raises(ValueError, match=f"max_gradient_norm must be greater than 0; it is {limit}"):
        train(model, classes(), CROSS_ENTROPY, sgd(model), max_gradient_norm=limit)


def test_parameters_that_the_optimizer_does_not_hold_keep_their_gradients():
    model, (X, y) = new_model(), classes()
    first, *held = model.parameters()
    first.grad = torch.full_like(first, 5.0)
    before = first.detach().clone()
    train(model, (X, y), CROSS_ENTROPY, torch.optim.SGD(held, lr=0.1), num_epochs=2)
    assert torch.equal(first.grad, torch.full_like(first, 5.0)) and torch.equal(first, before)
    assert all(parameter.grad is not None for parameter in held)


def test_frozen_parameters_may_be_held_and_others_not():
    model, other, (X, y) = new_model(), new_model(), classes()
    for one in (model, other):
        one.input_layer.requires_grad_(False)
    held = [*model.input_layer.parameters(), *model.hidden_layers.parameters()]  # not the output layer's
    history = train(model, (X, y), CROSS_ENTROPY, torch.optim.SGD(held, lr=0.1), num_epochs=2)
    optimizer = torch.optim.SGD(other.hidden_layers.parameters(), lr=0.1)
    assert history.training_loss == [bare_loss(other, (X, y), optimizer) for _ in range(2)]
    assert model.output_layer.weight.grad is None and model.input_layer.weight.grad is None


def test_at_a_pause_every_parameter_is_as_the_caller_left_it():
    model = new_model()
    model.output_layer.bias.requires_grad_(False)
    held = [*model.hidden_layers.parameters(), *model.output_layer.parameters()]
    before = [parameter.requires_grad for parameter in model.parameters()]
    for _ in training_steps(model, classes(), CROSS_ENTROPY, torch.optim.SGD(held, lr=0.1), num_epochs=2, batch_size=8):
        assert [parameter.requires_grad for parameter in model.parameters()] == before


@pytest.mark.parametrize("ending", ["to its end", "closed early", "failing"])
def test_after_the_run_the_optimizer_clips_no_more(ending):
    model, (X, y) = new_model(), classes()
    optimizer = sgd(model, 1.0)
    criterion = Fails(3, ValueError()) if ending == "failing" else CROSS_ENTROPY
    steps = training_steps(model, (X, y), criterion, optimizer, num_epochs=2, batch_size=8, max_gradient_norm=0.01)
    if ending == "failing":
        with pytest.raises(ValueError):
            list(steps)
    elif ending == "closed early":
        next(steps)
        steps.close()
    else:
        list(steps)
    bias = model.output_layer.bias
    before = bias.detach().clone()
    bias.grad = torch.full_like(bias, 5.0)
    optimizer.step()
    assert torch.allclose(before - bias, torch.full_like(bias, 5.0))
