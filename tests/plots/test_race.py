"""The race: a line and a name for each run, and names that never overlap."""

import itertools

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from mlp_tutorial.plots.race import DASHES, MOST_RUNS, RacePlot, spread_out
from mlp_tutorial.training.history import History


def run(*losses, **others):
    return History(training_loss=list(losses), **others)


@pytest.fixture
def plot():
    figure = Figure(figsize=(4, 3), dpi=100)
    FigureCanvasAgg(figure)
    return RacePlot(figure.subplots(), 3)


def test_each_run_has_a_line_and_its_name_at_the_end_of_it(plot):
    histories = [run(1.0, 0.9, 0.8), run(1.0, 0.5), run()]
    assert plot.update(histories, ["slow", "fast", "late"], num_epochs=10)
    assert [line.get_ydata().tolist() for line in plot.lines] == [[1.0, 0.9, 0.8], [1.0, 0.5], []]
    assert [name.get_text() for name in plot.names] == ["slow", "fast", ""]
    assert plot.names[0].get_position() == pytest.approx((3.2, 0.8), abs=0.2)
    assert plot.names[1].get_position() == pytest.approx((2.2, 0.5), abs=0.2)


def test_a_long_name_is_cut_where_it_would_run_into_the_next_panel(plot):
    plot.update([run(1.0)] * 3, ["leaky_relu", "NeuralNetworkModel", "relu"], num_epochs=10)
    assert [name.get_text() for name in plot.names] == ["leaky_relu", "NeuralNetwor…", "relu"]


def test_longer_curves_leave_the_background_as_it_is(plot):
    names = ["a", "b", "c"]
    plot.update([run(1.0), run(1.0), run(1.0)], names, num_epochs=10)
    assert not plot.update([run(1.0, 0.9), run(1.0, 0.2), run(1.0, 9.0)], names, num_epochs=10)
    assert plot.update([run(1.0)] * 3, names, num_epochs=20)
    assert plot.update([run(1.0)] * 3, names, num_epochs=20, log_scale=True)
    assert plot.axes.get_yscale() == "log"


def test_runs_differ_in_colour_and_neighbours_in_dashes():
    figure = Figure()
    lines = RacePlot(figure.subplots(), MOST_RUNS).lines
    assert len({line.get_color() for line in lines}) == MOST_RUNS
    assert all(first != second for first, second in itertools.pairwise(DASHES))


def test_names_never_overlap_and_stay_in_the_axes(plot):
    plot.update([run(1.0, 0.01), run(1.0, 0.011), run(1.0, float("nan"))], ["a", "b", "c"], num_epochs=2)
    heights = sorted(plot.axes.transData.transform(name.get_position())[1] for name in plot.names)
    assert all(upper - lower > 12 for lower, upper in itertools.pairwise(heights))
    assert heights[0] >= plot.axes.bbox.y0 - 0.1 and heights[-1] <= plot.axes.bbox.y1 + 0.1


def test_spreading_out_moves_no_more_than_needed():
    assert spread_out([], 10, 0, 100) == []
    assert spread_out([5, 50, 52, 54], 10, 0, 100) == [5, 42, 52, 62]
    assert spread_out([1, 2, 3], 10, 0, 100) == [0, 10, 20]
    assert spread_out([30, 31, 41, 42], 10, 0, 100) == pytest.approx([21, 31, 41, 51])


def test_the_metric_is_drawn_without_names():
    plot = RacePlot(Figure().subplots(), 2, "metric", named=False)
    histories = [run(1.0, metric=[0.5], metric_name="accuracy", validation_loss=[1.0]), run()]
    plot.update(histories, ["a", "b"], num_epochs=5, log_scale=True)
    assert plot.axes.get_yscale() == "linear" and plot.axes.get_ylabel() == "validation accuracy"
    assert plot.lines[0].get_ydata().tolist() == [0.5] and plot.names == []
