"""Curves and decision regions show what a run and a model say."""

import numpy as np
import pytest
import torch
from matplotlib import pyplot
from matplotlib.figure import Figure

from mlp_tutorial import History, NeuralNetworkModel, SeededRandomness, load_dataset
from mlp_tutorial.plots.curves import LossCurves, MetricCurve, plot_losses
from mlp_tutorial.plots.regions import DecisionRegions, plot_decision_regions
from mlp_tutorial.plots.style import CLASS_COLOURS


def falling(num_epochs=10, start=1.0, validation=True):
    losses = [start / epoch for epoch in range(1, num_epochs + 1)]
    return History(
        training_loss=losses,
        validation_loss=[loss + 0.1 for loss in losses] if validation else [],
        metric=[0.5] * num_epochs,
        metric_name="accuracy",
    )


def axes():
    return Figure().subplots()


def test_the_curves_are_the_history():
    history = falling()
    plot = LossCurves(axes())
    plot.update(history)
    assert plot.training.get_ydata().tolist() == history.training_loss
    assert plot.training.get_xdata().tolist() == list(range(1, 11))
    assert plot.validation.get_ydata().tolist() == history.validation_loss
    assert plot.axes.get_xlim() == (0, 10)


def test_a_longer_run_in_the_same_frame_changes_only_the_moving_artists():
    plot = LossCurves(axes())
    assert plot.update(falling(3), num_epochs=20)
    assert not plot.update(falling(4), num_epochs=20)
    assert plot.update(falling(4), num_epochs=30)
    assert plot.update(falling(4), num_epochs=30, log_scale=True)
    assert plot.update(falling(4), num_epochs=30, log_scale=True, title="now")


def test_what_is_not_finite_is_left_out():
    history = falling(3)
    history.training_loss[2] = float("inf")
    plot = LossCurves(axes())
    plot.update(history)
    assert np.isnan(plot.training.get_ydata()[2]) and np.isfinite(plot.axes.get_ylim()).all()


def test_without_validation_there_is_no_second_legend_entry():
    plot = LossCurves(axes())
    plot.update(falling(validation=False))
    assert [text.get_text() for text in plot.axes.get_legend().get_texts()] == ["training"]


def test_pinned_runs_and_a_band_are_drawn_and_removed():
    plot = LossCurves(axes())
    plot.update(falling(), pinned=[("rate 1", falling(5)), ("rate 2", falling(6))], band=([0.1] * 10, [0.9] * 10))
    assert plot.axes.get_legend_handles_labels()[1] == ["training", "validation", "rate 1", "rate 2", "over seeds"]
    assert len(plot.axes.lines) == 6 and len(plot.axes.collections) == 1
    plot.update(falling())
    assert len(plot.axes.lines) == 2 and len(plot.axes.collections) == 0


def test_the_metric_has_a_curve_of_its_own_and_an_axis_that_holds_it():
    plot, history = MetricCurve(axes()), falling(3)
    history.metric[:] = [-0.3, float("nan"), 0.8]
    pinned = [falling(5)]
    assert plot.update(history, num_epochs=20, pinned=pinned)
    (line,) = plot.moving
    assert line.get_ydata()[[0, 2]].tolist() == [-0.3, 0.8] and np.isnan(line.get_ydata()[1])
    assert plot.axes.get_ylim() == (-0.5, 1.02) and plot.axes.get_ylabel() == "validation accuracy"
    assert len(plot.pinned) == 1 and plot.axes.get_legend() is None
    history.metric.append(0.9)
    assert not plot.update(history, num_epochs=20, pinned=pinned)


@pytest.mark.parametrize("start", [1e-6, 0.02, 0.99, 1.0, 7.3, 1e5])
def test_the_frame_holds_what_a_run_starts_from(start):
    plot = LossCurves(axes())
    plot.update(falling(start=start, validation=False))
    low, high = plot.axes.get_ylim()
    assert low == 0 and start < high < 2 * start
    plot.update(falling(start=start, validation=False), log_scale=True)
    low, high = plot.axes.get_ylim()
    assert low <= start / 10 and high > start


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


def test_every_still_of_a_notebook_stays_in_interactive_mode():
    pyplot.ion()
    plot_losses(falling())
    assert pyplot.isinteractive()
    pyplot.ioff()


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


def test_stills_draw_on_given_axes_or_on_their_own():
    given = axes()
    assert plot_losses(falling(), given, title="A run") is given and given.get_title() == "A run"
    dataset = load_dataset("moons")
    own = plot_decision_regions(NeuralNetworkModel(2, [4], 2), dataset)
    assert own.figure.number in pyplot.get_fignums()
    assert [text.get_text() for text in own.get_legend().get_texts()] == list(dataset.class_names)


def test_a_long_curve_is_thinned_and_keeps_its_shape():
    losses = [2.0 / epoch**0.5 for epoch in range(1, 10_004)]
    losses[7_000] = 1.9  # a spike
    plot = LossCurves(axes())
    plot.update(History(training_loss=losses, metric=losses, metric_name="accuracy"))
    epochs, drawn = plot.training.get_data()
    assert len(epochs) < 1_100 and (np.diff(epochs) >= 0).all()
    assert (epochs[0], epochs[-1]) == (1, 10_003) and 1.9 in drawn
    assert all(losses[epoch - 1] == value for epoch, value in zip(epochs, drawn, strict=True))


def test_a_curve_follows_its_list_wherever_it_goes():
    plot, history = LossCurves(axes()), falling()
    other = falling(start=3.0)
    for change in (
        lambda: history,
        lambda: [history.training_loss.extend([0.5, 0.4]), history][1],
        lambda: other,
        lambda: [other.training_loss.__delitem__(slice(5, None)), other][1],  # set back
        lambda: [other.training_loss.extend([9.0] * 30), other][1],
        lambda: history,
    ):
        run = change()
        plot.update(run)
        assert list(plot.training.get_ydata()) == run.training_loss
        assert list(plot.training.get_xdata()) == list(range(1, len(run) + 1))
