"""Random networks as functions: what they answer, and how often their curves bend."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure

from mlp_tutorial import NeuralNetworkModel
from mlp_tutorial.lessons.building_blocks.random_functions import (
    FunctionPlot,
    find_bends,
    function_of,
    random_bends,
    random_network,
)
from mlp_tutorial.lessons.shared.initialisation import draw_by_layer


def test_a_random_network_is_drawn_by_layer_times_the_scale_and_the_notebook_keeps_its_randomness():
    state = torch.get_rng_state()
    model = random_network(2, [4], 3, seed=5, weight_scale=2.0)
    assert torch.equal(torch.get_rng_state(), state)
    plain = NeuralNetworkModel(2, [4], 3)
    draw_by_layer(plain, 5)
    for scaled, parameter in zip(model.parameters(), plain.parameters(), strict=True):
        assert torch.equal(scaled, 2 * parameter)


@pytest.mark.parametrize("activation", ["relu", "tanh", torch.sin])
@pytest.mark.parametrize("sizes", [(1, [], 1), (1, [4], 1), (3, [5, 6], 2)])
def test_a_function_is_what_the_model_answers(sizes, activation):
    model = random_network(*sizes, seed=1, activation=activation)
    x, y = function_of(model)
    inputs = torch.zeros(len(x), sizes[0])
    inputs[:, 0] = x
    assert (x[0], x[-1]) == (-3, 3)
    assert torch.allclose(y.float(), model(inputs)[:, 0].detach(), atol=1e-4)
    assert next(model.parameters()).dtype == torch.float32


@given(st.lists(st.integers(-280, 280), min_size=1, max_size=8, unique=True))
@settings(max_examples=40, deadline=None)
def test_every_bend_of_a_curve_is_counted(places):
    # Corners in hundredths of a unit and a half-step beside the points, at least three points apart.
    corners = sorted(places)
    if any(after - before < 4 for before, after in pairwise(corners)):
        return
    x = np.linspace(-3, 3, 601)
    signs = [1 if number % 2 else -2 for number in range(len(corners))]
    curve = sum(sign * np.maximum(x - corner / 100 - 0.004, 0) for sign, corner in zip(signs, corners, strict=True))
    assert x[find_bends(curve)] == pytest.approx([corner / 100 for corner in corners], abs=0.011)


def test_straight_flat_and_broken_curves_have_no_bends():
    assert find_bends(np.linspace(-3, 3, 601)) == []
    assert find_bends(np.full(601, 0.123)) == []
    assert find_bends([0.0, np.inf, 0.0]) == []
    assert find_bends([1.0]) == []


def test_one_layer_bends_at_most_once_a_neuron_and_two_layers_more_often():
    for width in (1, 3, 8):
        bends = random_bends([width], num_networks=50)
        assert max(bends) == width and len(bends) == 50
    assert set(random_bends([], num_networks=5)) == {0}
    assert max(random_bends([8, 8], num_networks=50)) > 8


def test_the_axes_hold_every_curve_and_say_of_which_input_and_output():
    axes = Figure().subplots()
    plot, x = FunctionPlot(axes), torch.linspace(-3, 3, 7)
    for height, sizes, labels in (
        (0.3, (1, 1), ("input", "output, at random")),
        (7.0, (2, 1), ("first input (the others 0)", "output, at random")),
        (7.0, (1, 3), ("input", "first output, at random")),
    ):
        curves = torch.stack([height * x / 3, -x / 100])
        assert plot.update(x, curves, *sizes) is True
        assert (axes.get_xlabel(), axes.get_title()) == labels
        low, high = axes.get_ylim()
        assert -low == high and height < high < 2 * height
        assert plot.update(x, curves, *sizes) is False
        shown = [line for line in axes.lines if len(line.get_xdata())]
        assert [line.get_ydata()[-1] for line in shown] == pytest.approx([height, -0.03])
