"""The plane: the points of a grid, or the data in their two principal directions."""

import pytest
import torch
from sklearn.decomposition import PCA

from mlp_tutorial import load_dataset
from mlp_tutorial.lessons.playground.input_features import compute_features
from mlp_tutorial.lessons.playground.plane import CELLS, RESOLUTION, Plane
from mlp_tutorial.lessons.playground.playground_settings import Start
from mlp_tutorial.plots.regions import plane_limits


@pytest.fixture(scope="module")
def penguins():
    return load_dataset("penguins", features=4)


def test_the_grid_is_that_of_the_picture_row_by_row_from_the_bottom_up():
    plane = Plane(Start("xor", (), num_points=100))
    low, high = plane_limits(plane.dataset)
    everything = torch.cat([plane.dataset.X_train, plane.dataset.X_validation])
    assert (low < everything.min(0).values).all() and (high > everything.max(0).values).all()
    grid = plane.grid.reshape(RESOLUTION, RESOLUTION, 2)
    for row, column in ((0, 0), (0, 63), (63, 0), (20, 41)):
        share = torch.tensor([column, row]) / (RESOLUTION - 1)
        assert torch.allclose(grid[row, column], low + share * (high - low), atol=1e-5)
    assert torch.equal(plane.inputs, plane.grid)


def test_the_network_is_given_the_features_of_the_points():
    names = ("x2", "x1·x2", "sin x1")
    plane = Plane(Start("xor", (), names, num_points=100))
    assert torch.equal(plane.inputs, compute_features(plane.grid, names))


def test_values_on_the_grid_become_maps():
    plane = Plane(Start("xor", (), num_points=100))
    maps = plane.spread(plane.grid)
    assert maps.shape == (2, RESOLUTION, RESOLUTION)
    assert (maps[0].diff(dim=1) > 0).all() and not maps[0].diff(dim=0).any()  # x1 grows to the right
    assert (maps[1].diff(dim=0) > 0).all() and not maps[1].diff(dim=1).any()  # x2 grows with the rows


def test_more_features_are_shown_in_the_principal_directions_of_scikit_learn(penguins):
    plane = Plane(Start(penguins, ()))
    assert plane.grid is None and plane.size == CELLS and torch.equal(plane.inputs, penguins.X_train)
    analysis = PCA(2).fit(penguins.X_train.numpy())
    for part in ("X_train", "X_validation", "X_test"):
        expected = torch.tensor(analysis.transform(getattr(penguins, part).numpy()))
        assert torch.allclose(getattr(plane.dataset, part).abs(), expected.abs(), atol=1e-4)


def test_a_cell_shows_the_mean_of_the_samples_in_it(penguins):
    plane = Plane(Start(penguins, ()))
    values = torch.randn(len(penguins.X_train), 3)
    maps = plane.spread(values)
    low, high = plane_limits(plane.dataset)
    places = ((plane.dataset.X_train - low) / (high - low) * CELLS).long()
    assert maps.shape == (3, CELLS, CELLS)
    for row in range(CELLS):
        for column in range(CELLS):
            mine = (places == torch.tensor([column, row])).all(1)
            if mine.any():
                assert torch.allclose(maps[:, row, column], values[mine].mean(0), atol=1e-5)
            else:
                assert maps[:, row, column].isnan().all()
