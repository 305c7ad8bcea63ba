"""The space of a layer: where it puts the data and the plane, and the straight line that then suffices."""

import pytest
import torch
from matplotlib.figure import Figure
from torch import nn

from mlp_tutorial.lessons.playground.layer_space import GRID_LINES, LayerSpace
from mlp_tutorial.lessons.playground.network_columns import Column, columns_of
from mlp_tutorial.lessons.playground.plane import RESOLUTION, Plane
from mlp_tutorial.lessons.playground.playground_settings import Start


def shown(model, bend, start=None):
    """Return a layer space of a model, bent so far, with the columns on the plane and on the data."""
    start = start or Start("xor", (), num_points=100)
    plane, dataset = Plane(start), start.load()
    space = LayerSpace(Figure().subplots(), dataset, with_grid=plane.grid is not None)
    on_grid, on_data = columns_of(model, plane.inputs), columns_of(model, start.inputs(dataset.X_train))
    space.update(bend, on_grid, on_data)
    return space, on_grid, on_data


def places(space):
    """Return the places of the data, class after class."""
    return torch.cat([torch.tensor(line.get_xydata()) for line in space.points])


def by_class(space, values):
    y = space.dataset.y_train
    return torch.cat([values[y == number] for number in range(len(space.dataset.class_names))])


def assert_same_shape(places, values):
    """Assert that places are values moved and made larger or smaller, by the same factor both ways."""
    places, values = places.double() - places.double().mean(0), values.double() - values.double().mean(0)
    factor = (places * values).sum() / values.square().sum()
    assert factor > 0 and torch.allclose(places, factor * values, atol=1e-4)


@pytest.fixture
def network():
    torch.manual_seed(1)
    return nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 2), nn.Tanh(), nn.Linear(2, 2))


def test_a_layer_of_two_units_is_shown_as_it_is(network):
    space, _, on_data = shown(network, 2.0)
    assert_same_shape(places(space), by_class(space, on_data[2].values))


def test_at_the_inputs_the_plane_is_the_plane(network):
    space, _, on_data = shown(network, 0.0)
    assert_same_shape(places(space), by_class(space, on_data[0].values))
    assert len(space.grid.get_segments()) == 2 * GRID_LINES
    for line in space.grid.get_segments():
        assert line[:, 0].std() < 1e-6 or line[:, 1].std() < 1e-6


def test_a_wider_layer_is_shown_in_its_two_principal_directions(network):
    space, _, on_data = shown(network, 1.0)
    values = on_data[1].values.double()
    centred = by_class(space, values - values.mean(0))
    found = places(space).double() - places(space).double().mean(0)
    # All distances in the plane are those between the best approximations of rank two.
    left, sizes, _ = torch.linalg.svd(centred, full_matrices=False)
    best = left[:, :2] * sizes[:2]
    ratio = torch.pdist(found) / torch.pdist(best)
    assert ratio.std() / ratio.mean() < 1e-3


def test_between_two_layers_every_point_goes_straight(network):
    ends = [places(shown(network, bend)[0]) for bend in (1.0, 2.0)]
    quarter = places(shown(network, 1.25)[0])
    assert torch.allclose(quarter, 0.75 * ends[0] + 0.25 * ends[1], atol=1e-4)


def test_without_a_bend_the_grid_stays_straight():
    torch.manual_seed(0)
    flat = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    space, *_ = shown(flat, 0.7)
    for line in space.grid.get_segments():
        along = line[-1] - line[0]
        across = (line - line[0]) @ [[-along[1]], [along[0]]]
        assert abs(across).max() < 1e-4


@pytest.mark.parametrize("activation", [nn.Tanh(), nn.ReLU()])
def test_the_border_is_where_both_classes_are_equally_likely(activation):
    torch.manual_seed(2)
    network = nn.Sequential(nn.Linear(2, 4), activation, nn.Linear(4, 2), activation, nn.Linear(2, 2))
    space, _, on_data = shown(network, 2.0)
    (start, end), where = space.border.get_xydata(), places(space)
    along = end - start
    side = (where.double() - torch.tensor(start)) @ torch.tensor([-along[1], along[0]]).double()
    logits = by_class(space, on_data[-1].values)
    likelier = (logits[:, 1] > logits[:, 0]).tolist()
    assert likelier in ((side > 0).tolist(), (side < 0).tolist())
    for bend in (0.0, 1.0, 1.9):
        assert not len(shown(network, bend)[0].border.get_xydata())


@pytest.mark.parametrize(
    "model",
    [
        nn.Sequential(nn.Linear(2, 1), nn.Linear(1, 2)),
        nn.Sequential(nn.Linear(2, 2, bias=False), nn.ReLU(), nn.Linear(2, 2, bias=False)),
        nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2), nn.Linear(2, 1)),
        nn.Linear(2, 2),
    ],
)
def test_any_layers_can_be_seen(model):
    depth = len(columns_of(model, torch.zeros(3, 2))) - 1
    for bend in torch.linspace(0, depth, 5).tolist():
        space, *_ = shown(model, bend)
        assert places(space).isfinite().all() and places(space).abs().max() <= 1 + 1e-5


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), 1e30])
def test_a_diverged_network_is_shown_without_an_error(network, bad):
    with torch.no_grad():
        network[0].weight[0, 0] = bad
        network[2].weight.fill_(bad)
    for bend in (0.0, 0.5, 1.0, 2.0, 3.0):
        shown(network, bend)


def test_more_than_two_features_have_no_grid():
    start = Start("wine", ())
    dataset = start.load()
    model = nn.Sequential(nn.Linear(dataset.input_size, 3), nn.Tanh(), nn.Linear(3, 3))
    space, *_ = shown(model, 0.5, start)
    assert not space.grid.get_segments() and len(places(space)) == len(dataset.X_train)


def test_computed_features_are_a_stage_of_their_own():
    start = Start("xor", (), ("x1·x2", "sin x1"), num_points=100)
    plane, dataset = Plane(start), start.load()
    space = LayerSpace(Figure().subplots(), dataset, with_grid=True)
    columns = [[Column(X, ""), Column(start.inputs(X), "")] for X in (plane.grid, dataset.X_train)]
    space.update(0.0, *columns)
    assert_same_shape(places(space), by_class(space, dataset.X_train))
    space.update(1.0, *columns)
    assert_same_shape(places(space), by_class(space, start.inputs(dataset.X_train)))
    assert len(space.grid.get_segments()[0]) == RESOLUTION
