"""The neuron's picture: its line, and the loss as valleys with tangents."""

import numpy as np
import pytest
import torch

from mlp_tutorial.lessons.neurons.neuron_explorer import explore_neuron
from mlp_tutorial.lessons.neurons.one_neuron import neuron_with


def test_the_line_is_where_the_output_is_a_half():
    explorer = explore_neuron(w1=2.0, w2=-1.0, b=0.5)
    line = np.array(explorer.picture.line.get_data()).T
    points = torch.tensor(line[np.isfinite(line).all(1)])
    outputs = neuron_with("sigmoid")(explorer.dataset.standardise(points), torch.tensor([2.0, -1.0]), torch.tensor(0.5))
    assert len(points) > 10
    np.testing.assert_allclose(outputs, 0.5, atol=1e-3)
    far = explore_neuron(w1=0.1, w2=0.0, b=8.0)
    assert not np.isfinite(far.picture.line.get_data()[0]).any()


def pieces(explorer, name):
    picture = explorer.picture
    return [np.array(lines[name].get_data()) for lines in (picture.valleys, picture.tangents)]


@pytest.mark.usefixtures("nothing_painted")
def test_a_valley_is_the_loss_if_only_its_number_moves():
    explorer = explore_neuron(w1=-1.0, w2=1.0, b=0.5)
    for name, now in explorer.weights.items():
        (places, losses), _ = pieces(explorer, name)
        assert places[0] == -8 and places[-1] == 8 and now in places
        for place, loss in list(zip(places, losses, strict=True))[::8]:
            moved = explore_neuron(**{**explorer.weights, name: place})
            assert loss == pytest.approx(moved.loss, abs=1e-6)


@pytest.mark.usefixtures("nothing_painted")
def test_tangents_touch_the_valleys_with_the_slope_of_the_gradient():
    explorer = explore_neuron(w1=-1.0, w2=1.0, b=0.0)
    for name, slope in explorer.gradient.items():
        _, (places, losses) = pieces(explorer, name)
        assert (losses[1] - losses[0]) / (places[1] - places[0]) == pytest.approx(slope)
        assert places.mean() == pytest.approx(explorer.weights[name])
        assert losses.mean() == pytest.approx(explorer.loss)
    assert "raise w1 (gradient −0.186), lower b (gradient 0.081)" in explorer.status_line.note


def test_far_out_the_valleys_are_drawn_wider_and_higher():
    explorer = explore_neuron(w1=-8.0, activation="identity")
    axes = explorer.picture._valley_axes
    explorer.buttons["descend"].click()
    for name, panel in zip(explorer.weights, axes, strict=True):
        assert panel.get_xlim()[0] <= explorer.weights[name] <= panel.get_xlim()[1]
        assert panel.get_ylim()[1] > explorer.loss > 1000
    explorer.buttons["reset"].click()
    assert {panel.get_xlim() for panel in axes} == {(-8, 8)}


def test_a_neuron_without_a_finite_loss_still_has_a_picture():
    explorer = explore_neuron(neuron=lambda x, w, b: torch.sigmoid(x @ w + b) / w[1])  # w2 is 0
    assert explorer.picture._valley_axes[0].get_ylim() == (0, 1)
