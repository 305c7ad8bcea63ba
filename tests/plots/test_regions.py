"""Decision regions have the colours of the predicted classes, in the units of the data."""

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure

from mlp_tutorial import NeuralNetworkModel, SeededRandomness, load_dataset
from mlp_tutorial.plots.regions import DecisionRegions, plot_decision_regions
from mlp_tutorial.plots.style import CLASS_COLOURS
from tests.plots.helpers import axes, classes_named


def test_regions_have_the_colours_of_the_predicted_classes_in_the_units_of_the_data():
    dataset = load_dataset("penguins")

    class ByBillLength(torch.nn.Module):
        def forward(self, x):  # class 0 left of the mean bill length, class 2 right of it
            return torch.stack([-99 * x[:, 0], torch.full_like(x[:, 0], -99.0), 99 * x[:, 0]], 1)

    regions = DecisionRegions(axes(), dataset)
    regions.update(ByBillLength())
    picture = np.asarray(regions.image.get_array())[..., :3]
    left, right, *_ = regions.image.get_extent()
    assert left < float(dataset.feature_mean[0]) < right and 20 < left < right < 80  # millimetres
    edge = (float(dataset.feature_mean[0]) - left) / (right - left)
    columns = (np.arange(regions.resolution) / (regions.resolution - 1)) > edge
    blue, green = CLASS_COLOURS[0], CLASS_COLOURS[2]
    for colour, mask in ((blue, ~columns), (green, columns)):
        rgb = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
        expected = 1 - 0.55 * (1 - rgb)
        close = np.abs(picture[:, mask] - expected).max(-1) < 0.02
        assert close.mean() > 0.9


def test_rows_of_the_regions_run_along_the_second_feature():
    dataset = load_dataset("penguins")
    regions = DecisionRegions(axes(), dataset, resolution=8)
    grid = regions.grid.reshape(8, 8, 2)
    assert (grid[:, 1:, 0] > grid[:, :-1, 0]).all() and (grid[1:, :, 1] > grid[:-1, :, 1]).all()
    assert torch.equal(grid[0, :, 0], grid[7, :, 0])


def test_points_are_the_training_data():
    dataset = load_dataset("moons")
    regions = DecisionRegions(axes(), dataset)
    drawn = sum(len(line.get_xdata()) for line in regions.points)
    assert drawn == len(dataset.X_train)
    regression = DecisionRegions(axes(), load_dataset("penguins_body_mass"))
    assert sum(len(line.get_xdata()) for line in regression.points) == len(regression.dataset.X_train)


def test_the_lines_of_a_first_layer_are_where_its_sums_are_0():
    dataset = load_dataset("penguins")
    regions, layer = DecisionRegions(axes(), dataset), torch.nn.Linear(2, 5)
    assert len(regions.lines.get_xdata()) == 0
    limits = regions.axes.get_xlim(), regions.axes.get_ylim()
    regions.show_lines(layer)
    ends = torch.tensor(regions.lines.get_xydata()).reshape(5, 3, 2)
    assert ends[:, 2].isnan().all()
    mean = dataset.unstandardise(torch.zeros(2))
    standardised = (ends[:, :2] - mean) / (dataset.unstandardise(torch.ones(2)) - mean)  # (neurons, ends, features)
    for neuron, points in enumerate(standardised.float()):
        assert layer(points)[:, neuron].tolist() == pytest.approx([0.0, 0.0], abs=1e-3)
        assert (points[1] - points[0]).norm() > 100  # farther than any picture
    assert (regions.axes.get_xlim(), regions.axes.get_ylim()) == limits
    regions.show_lines(None)
    assert len(regions.lines.get_xdata()) == 0


def test_drawing_leaves_the_model_as_it_was():
    dataset = load_dataset("moons")
    with SeededRandomness(0):
        model = torch.nn.Sequential(torch.nn.Linear(2, 4), torch.nn.Dropout(), torch.nn.Linear(4, 2))
    model.train()
    DecisionRegions(axes(), dataset).update(model)
    assert model.training and all(parameter.grad is None for parameter in model.parameters())


def test_regions_of_more_than_two_features_are_refused():
    with pytest.raises(ValueError, match="2 features; 'wine' has 13"):
        plot_decision_regions(NeuralNetworkModel(13, [], 3), load_dataset("wine"))


def test_a_region_has_the_pale_colour_of_its_class_beyond_the_tenth():
    class AlwaysClass(torch.nn.Module):
        def __init__(self, number):
            super().__init__()
            self.number = number

        def forward(self, x):
            return 99 * torch.eye(12)[self.number].repeat(len(x), 1)

    regions = DecisionRegions(Figure().subplots(), classes_named([f"class {number:02}" for number in range(12)]))
    pictures = []
    for number in (0, 10, 11):
        regions.update(AlwaysClass(number))
        pictures.append(regions.image.get_array()[0, 0].tolist())
    assert pictures[0] == pictures[1] != pictures[2]
    assert [line.get_color() for line in regions.points] == [*CLASS_COLOURS, *CLASS_COLOURS[:2]]


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        ([str(number) for number in range(8)], [*"01234567"]),
        ([f"class {number:02}" for number in range(11)], ["class 00", "class 01", "and 9 more"]),
    ],
)
def test_the_row_of_names_holds_as_many_classes_as_have_room(names, shown):
    regions = DecisionRegions(Figure().subplots(), classes_named(names), name_classes=True)
    assert [text.get_text() for text in regions.axes.get_legend().get_texts()] == shown
