"""The surfaces: their minima, and the slice through the loss of a real network."""

import pytest
import torch
from torch import nn

from mlp_tutorial import NeuralNetworkModel, SeededRandomness, load_dataset
from mlp_tutorial.lessons.optimizers.surfaces import SURFACES, load_surface


@pytest.mark.parametrize("name", SURFACES)
def test_start_and_marks_lie_on_the_map_and_losses_within_the_curves(name):
    surface = load_surface(name)
    left, right, bottom, top = surface.limits
    for x, y in (surface.start, *surface.marks.values()):
        assert left < x < right and bottom < y < top
    low, high = surface.losses
    assert low < surface.loss(*torch.tensor(surface.start)).item() < high


@pytest.mark.parametrize("name", [name for name in SURFACES if name != "network"])
def test_the_marked_places_are_minima_of_loss_zero(name):
    surface = load_surface(name)
    for place in surface.marks.values():
        point = torch.tensor(place, dtype=torch.float64, requires_grad=True)
        loss = surface.loss(*point)
        (gradient,) = torch.autograd.grad(loss, point)
        assert loss.item() == pytest.approx(0, abs=1e-12) and gradient.abs().max() < 1e-12


def test_the_network_slice_is_the_loss_of_real_networks():
    found = load_surface("network").loss
    penguins = load_dataset("penguins")
    for x, y in ((0.0, 0.0), (3.0, -2.0), *found.places.values()):
        model = NeuralNetworkModel(2, [8], 3)
        nn.utils.vector_to_parameters(found.weights(torch.tensor(x), torch.tensor(y)), model.parameters())
        with torch.no_grad():
            loss = nn.functional.cross_entropy(model(penguins.X_train), penguins.y_train).item()
        assert found(torch.tensor(x), torch.tensor(y)).item() == pytest.approx(loss, abs=1e-5)


def test_the_slice_begins_at_the_initial_weights_and_its_axes_are_lengths_at_a_right_angle():
    found = load_surface("network").loss
    with SeededRandomness(1):
        initial = nn.utils.parameters_to_vector(NeuralNetworkModel(2, [8], 3).parameters())
    assert torch.equal(found.weights(torch.tensor(0.0), torch.tensor(0.0)), initial.detach())
    assert torch.allclose(found.directions @ found.directions.T, torch.eye(2), atol=1e-5)
    losses = {name: found(*torch.tensor(place)).item() for name, place in found.places.items()}
    assert max(losses["found by SGD"], losses["found by Adam"]) < 0.1 < 0.9 < losses["initial network"]
    assert set(load_surface("network").marks) == {"found by SGD", "found by Adam"}  # the start has a mark of its own


def test_many_points_at_once_are_the_same_as_one_by_one():
    loss = load_surface("network").loss
    x, y = torch.randn(2, 30, 25, generator=torch.Generator().manual_seed(0))  # more than fit at once
    assert torch.allclose(loss(x, y)[-1, -1], loss(x[-1, -1], y[-1, -1]), atol=1e-5)


def test_an_unknown_surface_is_named():
    with pytest.raises(ValueError, match="ravine"):
        load_surface("ravin")
