"""Dead units are counted, wrong rescues refused by their cause, and a right one brings the loss down."""

import pytest
import torch
from torch import nn

from mlp_tutorial import NeuralNetworkModel
from mlp_tutorial.lessons import activations as lesson
from tests.lesson_helpers import refuses

LESSON = "06_activations.ipynb"


def reviving(rows=lambda dead: dead, spread=lambda layer, dead: (2 / layer.in_features) ** 0.5, bias=0.0):
    def revive(layer, dead):
        with torch.no_grad():
            chosen = rows(dead)
            layer.weight[chosen] = torch.randn(int(chosen.sum()), layer.in_features) * spread(layer, dead)
            if bias is not None:
                layer.bias[chosen] = bias

    return revive


def revive_a_copy(layer, dead):
    with torch.no_grad():
        nn.init.kaiming_normal_(layer.weight[dead])


def revive_without_no_grad(layer, dead):
    layer.weight[dead] = torch.randn(int(dead.sum()), layer.in_features)


def revive_biases_alone(layer, dead):
    with torch.no_grad():
        layer.bias[dead] = 0.0


def revive_with_one_row(layer, dead):
    with torch.no_grad():
        layer.weight[dead] = torch.randn(layer.in_features) * (2 / layer.in_features) ** 0.5
        layer.bias[dead] = 0.0


def revive_with_zeros(layer, dead):
    with torch.no_grad():
        layer.weight[dead] = 0.0
        layer.bias[dead] = 0.0


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (lambda layer, dead: torch.randn(int(dead.sum()), layer.in_features), "Nothing has changed"),
        (revive_a_copy, "Nothing has changed"),
        (revive_without_no_grad, "torch.no_grad()"),
        (revive_biases_alone, "draw new ones"),
        (revive_with_one_row, "the same weights"),
        (revive_with_zeros, "the same weights"),
        (reviving(bias=None), "biases of dead units must be 0"),
        (reviving(rows=torch.ones_like), "Living units were changed"),
        (reviving(rows=torch.logical_not), "dead is True where a unit is dead"),
        (reviving(spread=lambda layer, dead: 1.0), "multiply it"),
        (reviving(spread=lambda layer, dead: 2 / layer.in_features), "its square root"),
        (reviving(spread=lambda layer, dead: layer.in_features**-0.5), "the 2 is missing"),
        (reviving(spread=lambda layer, dead: (2 / layer.out_features) ** 0.5), "number of outputs"),
        (reviving(spread=lambda layer, dead: (2 / sum(layer.weight.shape)) ** 0.5), "that is Xavier's"),
        (reviving(spread=lambda layer, dead: (3 * layer.in_features) ** -0.5), "PyTorch's default"),
        (reviving(spread=lambda layer, dead: (2 / int(dead.sum())) ** 0.5), "number of dead units"),
    ],
)
def test_wrong_rescues_are_refused(answer, sentence):
    refuses(lesson.check_revive(answer), sentence)


def test_the_learners_rescue_brings_the_loss_down_again(solutions, stubs):
    (line, *_), texts = (axes := lesson.plot_revival(solutions["revive"])).lines, axes.texts
    losses = line.get_ydata()
    assert losses[99] < 0.5 and losses[199] == pytest.approx(1.05, abs=0.01) and losses[299] < 0.5
    assert "100 % dead" in texts[1].get_text() and "by your revive" in axes.get_title()
    package = lesson.plot_revival(stubs["revive"])
    assert "not written yet" in package.get_title()
    assert package.lines[0].get_ydata() == pytest.approx(losses)


def test_dead_shares_counts_units_that_are_off_for_all():
    model = NeuralNetworkModel(2, [4, 5], 3)
    with torch.no_grad():
        model.input_layer.weight.fill_(1.0)
        model.input_layer.bias.copy_(torch.tensor([-100.0, -100.0, -100.0, 1.0]))
        model.hidden_layers[0].bias.fill_(100.0)
    assert lesson.dead_shares(model, torch.rand(10, 2)) == [0.75, 0.0]
