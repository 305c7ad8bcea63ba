"""Curves show what a run says."""

import numpy as np
import pytest
from matplotlib import pyplot

from mlp_tutorial import History, NeuralNetworkModel, load_dataset
from mlp_tutorial.plots.curves import LossCurves, MetricCurve, plot_losses
from mlp_tutorial.plots.regions import plot_decision_regions
from tests.plots.helpers import axes


def falling(num_epochs=10, start=1.0, validation=True):
    losses = [start / epoch for epoch in range(1, num_epochs + 1)]
    return History(
        training_loss=losses,
        validation_loss=[loss + 0.1 for loss in losses] if validation else [],
        metric=[0.5] * num_epochs,
        metric_name="accuracy",
    )


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


def test_a_new_run_keeps_the_frame_until_something_is_known_of_it():
    losses, metric = LossCurves(axes()), MetricCurve(axes())
    assert losses.update(History(), num_epochs=20) and metric.update(History(), num_epochs=20)
    assert losses.update(falling(3, start=5.0), num_epochs=20) and metric.update(falling(3), num_epochs=20)
    limits = losses.axes.get_ylim()
    assert not losses.update(History(), num_epochs=20) and not metric.update(History(), num_epochs=20)
    assert not len(losses.training.get_ydata()) and losses.axes.get_ylim() == limits
    assert not losses.update(falling(1, start=5.0), num_epochs=20) and not metric.update(falling(1), num_epochs=20)
    assert losses.update(History(), num_epochs=20, log_scale=True) and losses.axes.get_ylim()[0] > 0


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


def test_marks_stand_at_their_epochs_and_go_again():
    plot = LossCurves(axes())
    plot.update(falling(), marks=[(4, "rate 0.1"), (7, "rate 0.01")])
    lines, texts = plot.marks[:2], plot.marks[2:]
    assert [line.get_xdata()[0] for line in lines] == [text.get_position()[0] for text in texts] == [4, 7]
    assert [text.get_text() for text in texts] == ["rate 0.1", "rate 0.01"]
    plot.update(falling(), num_epochs=100, marks=[(4, "rate 0.1"), (7, "rate 0.01")])
    assert len(plot.marks) == 3 and plot.marks[2].get_text() == "rate 0.01"  # no room for two words
    assert plot.update(falling()) and plot.marks == []
    assert len(plot.axes.lines) == 2 and not plot.axes.texts


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


def test_every_still_of_a_notebook_stays_in_interactive_mode():
    pyplot.ion()
    plot_losses(falling())
    assert pyplot.isinteractive()
    pyplot.ioff()


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
