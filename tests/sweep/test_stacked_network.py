"""A row of the stacked network is a network of its own."""

import pytest
import torch
from torch import nn

from mlp_tutorial import NeuralNetworkModel
from mlp_tutorial.sweep.stacked_network import StackedNetwork


@pytest.fixture(params=[[], [5], [6, 3, 4]], ids=str)
def models(request):
    torch.manual_seed(0)
    return [NeuralNetworkModel(2, request.param, 3).double() for _ in range(4)]


@pytest.fixture
def network(models):
    return StackedNetwork(
        models[0], torch.stack([nn.utils.parameters_to_vector(m.parameters()) for m in models]).detach()
    )


X = torch.randn(4, 7, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
y = torch.randint(3, (4, 7), generator=torch.Generator().manual_seed(2))


def test_outputs_losses_and_gradients_are_those_of_single_networks(models, network):
    criterion = nn.CrossEntropyLoss()
    losses, gradients = network.gradients(X.transpose(1, 2), y, criterion)
    outputs = network.outputs(X.transpose(1, 2))
    for number, model in enumerate(models):
        loss = criterion(model(X[number]), y[number])
        loss.backward()
        torch.testing.assert_close(outputs[number].T, model(X[number]).detach())
        torch.testing.assert_close(losses[number], loss.detach())
        own = nn.utils.parameters_to_vector([parameter.grad for parameter in model.parameters()])
        torch.testing.assert_close(gradients[number], own)


def test_samples_may_be_the_same_for_all(network):
    criterion = nn.CrossEntropyLoss()
    repeated = network.losses(X[:1].expand(4, -1, -1).transpose(1, 2), y[:1].expand(4, -1), criterion)
    torch.testing.assert_close(network.losses(X[0].T, y[0], criterion), repeated)


def test_weights_that_change_in_place_change_the_networks_and_no_model(network):
    model = network.model(1)
    before = network.outputs(X[0].T)
    network.weights.zero_()
    assert (network.outputs(X[0].T) == 0).all()
    torch.testing.assert_close(model(X[0]).T, before[1])


def test_losses_can_be_differentiated_by_what_the_weights_were_computed_from(network):
    scale = torch.tensor(0.5, dtype=torch.float64, requires_grad=True)
    scaled = StackedNetwork(network.template, network.weights * scale)
    scaled.losses(X[0].T, y[0], nn.CrossEntropyLoss()).sum().backward()
    _, gradients = scaled.gradients(X[0].T, y[0], nn.CrossEntropyLoss())
    torch.testing.assert_close(scale.grad, (gradients * network.weights).sum())
