"""The checks of lesson 06 accept right answers in any form, and refuse known mistakes by their cause."""

import math

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from mlp_tutorial.lessons import activations as lesson
from mlp_tutorial.model import ACTIVATIONS
from tests.lesson_helpers import refuses

LESSON = "06_activations.ipynb"


CHECKS = {
    "collapse": lesson.check_collapse,
    "leaky_relu": lesson.check_leaky_relu,
    "tanh_derivative": lesson.check_tanh_derivative,
    "revive": lesson.check_revive,
    "my_activation": lesson.check_activation,
}


@pytest.mark.parametrize("name", CHECKS)
def test_the_solution_is_accepted_and_the_stub_is_not_attempted(name, solutions, stubs):
    for _ in range(5):  # every check draws anew
        assert CHECKS[name](solutions[name]).passed
    assert CHECKS[name](stubs[name]).status == "not attempted"


# Answers written another way -----------------------------------------------------------------------------------


def collapse_by_probing(W1, b1, W2, b2):
    def both(x):
        return F.linear(F.linear(x, W1, b1), W2, b2)

    b = both(torch.zeros(W1.shape[1]))
    return torch.stack([both(x) - b for x in torch.eye(W1.shape[1])], 1), b


def leaky_by_masks(z, slope=0.01):
    return z * (z > 0) + slope * z * (z <= 0)


def tanh_derivative_by_cosh(z):
    return 1 / torch.cosh(z) ** 2


def revive_with_init(layer, dead):
    fresh = torch.empty_like(layer.weight)
    nn.init.kaiming_uniform_(fresh, nonlinearity="relu")
    layer.weight.data = torch.where(dead[:, None], fresh, layer.weight.data)
    layer.bias.data[dead] = 0


@pytest.mark.parametrize(
    ("check", "answer"),
    [
        (lesson.check_collapse, collapse_by_probing),
        (lesson.check_leaky_relu, leaky_by_masks),
        (lesson.check_leaky_relu, F.leaky_relu),
        (lesson.check_leaky_relu, lambda z, slope=0.01: torch.maximum(z, slope * z)),
        (lesson.check_tanh_derivative, tanh_derivative_by_cosh),
        (lesson.check_tanh_derivative, lambda z: (1 - torch.tanh(z)) * (1 + torch.tanh(z))),
        (lesson.check_revive, revive_with_init),
        *[(lesson.check_activation, ACTIVATIONS[name]) for name in ACTIVATIONS if name != "identity"],
        (lesson.check_activation, torch.sin),
        (lesson.check_activation, lambda z: z * torch.exp(-z * z)),
        (lesson.check_activation, nn.Softplus()),
    ],
)
def test_right_answers_written_another_way_are_accepted(check, answer):
    for _ in range(5):
        assert check(answer).passed, check(answer)


# Wrong answers -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (lambda W1, b1, W2, b2: (W1.T @ W2.T, W2 @ b1 + b2), "transposed"),
        (lambda W1, b1, W2, b2: (W1 @ W2, W2 @ b1 + b2), "cannot be multiplied"),
        (lambda W1, b1, W2, b2: (W2 @ W1, b2), "first layer's bias is lost"),
        (lambda W1, b1, W2, b2: (W2 @ W1, W2 @ b1), "second layer's bias is missing"),
        (lambda W1, b1, W2, b2: (W2 @ W1, b1 + b2), "size of tensor"),
        (lambda W1, b1, W2, b2: (W2 @ b1 + b2, W2 @ W1), "other order"),
        (lambda W1, b1, W2, b2: W2 @ W1, "two tensors"),
    ],
)
def test_wrong_collapses_are_refused(answer, sentence):
    refuses(lesson.check_collapse(answer), sentence)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (lambda z, slope=0.01: z.relu(), "negative z give 0"),
        (lambda z, slope=0.01: torch.where(z > 0, z, slope), "the slope itself"),
        (lambda z, slope=0.01: torch.where(z < 0, z, slope * z), "swapped"),
        (lambda z, slope=0.01: torch.where(z > 0, z, 0.01 * z), "use the argument"),
        (lambda z, slope=0.01: torch.where(z > 0, z, -slope * z), "sign is turned"),
        (lambda z, slope=0.01: z.relu() + slope * z, "added above 0 too"),
        (lambda z, slope=0.01: max(slope * z, z), "torch.where"),
        (lambda z, slope=0.01: z if z > 0 else slope * z, "torch.where"),
        (lambda z, slope=0.01: torch.where(z > 0, z, slope * z).detach(), "gradient"),
        (lambda z, slope=0.01: print(end=""), "None"),
    ],
)
def test_wrong_leaky_relus_are_refused(answer, sentence):
    refuses(lesson.check_leaky_relu(answer), sentence)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (lambda z: 1 - torch.tanh(z), "squared"),
        (lambda z: 1 - z**2, "not with z itself"),
        (lambda z: torch.tanh(z) * (1 - torch.tanh(z)), "sigmoid's rule"),
        (lambda z: 1 + torch.tanh(z) ** 2, "a sign"),
        (lambda z: torch.tanh(z**2) * -1 + 1, "not of z"),
        (torch.tanh, "tanh(z) itself"),
        (lambda z: 1 - math.tanh(z) ** 2, "use torch's"),
    ],
)
def test_wrong_derivatives_are_refused(answer, sentence):
    refuses(lesson.check_tanh_derivative(answer), sentence)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (lambda z: (z > 0).float(), "made of steps"),
        (torch.sign, "slope is 0 everywhere"),
        (lambda z: z * 0 + 1, "constant"),
        (lambda z: 2 * z + 1, "straight line"),
        (lambda z: z, "straight line"),
        (lambda z: z.softmax(-1), "mixes numbers"),
        (lambda z: z.sin() - z.mean(), "mixes numbers"),
        (lambda z: z.log(), "inf or nan"),
        (lambda z: z.sin().sum(), "expected shape"),
        (lambda z: z.sin().detach(), "leaves the graph"),
        (lambda z: 0 if z < 0 else z, "torch.where"),
        (math.sin, "use torch's"),
        (lambda z: z * torch.sigmoid(z).detach(), "its slope by autograd"),
        (lambda z: print(end=""), "does the function return its result?"),
    ],
)
def test_unfit_activations_are_refused(answer, sentence):
    refuses(lesson.check_activation(answer), sentence)


def broken(z):
    raise ValueError("no such thing")


def test_an_error_inside_the_learners_function_is_shown():
    refuses(lesson.check_activation(broken), "ValueError: no such thing")


def test_an_activation_that_can_die_is_accepted_with_a_warning():
    assert "units can die" in lesson.check_activation(torch.relu).message
    assert "die" not in lesson.check_activation(F.silu).message


# The plots and helpers -----------------------------------------------------------------------------------------


def test_the_learners_collapse_draws_the_middle_panel(solutions, stubs):
    figure = lesson.plot_collapse(solutions["collapse"])
    left, middle, right = (axes.images[0].get_array() for axes in figure.axes)
    assert abs(left - middle).max() < 1e-4 and abs(left - right).max() > 0.1
    assert figure.get_suptitle() == "Three linear layers are one, by your collapse"
    accuracy = [int(axes.get_title().split("accuracy ")[1].split()[0]) for axes in figure.axes]
    assert accuracy == [88, 88, 94]  # as the cell of section 1 prints them
    assert "not written yet" in lesson.plot_collapse(stubs["collapse"]).get_suptitle()
    wrong = lesson.plot_collapse(lambda W1, b1, W2, b2: (W2 @ W1, b2))
    assert "your" in wrong.get_suptitle() and "accuracy 88 %" not in wrong.axes[1].get_title()
    assert "returned a Tensor" in lesson.plot_collapse(lambda W1, b1, W2, b2: W2 @ W1).get_suptitle()


def test_a_stub_is_replaced_and_a_written_function_kept(stubs, solutions):
    assert lesson.usable_or(stubs["my_activation"], "silu").function is F.silu
    assert lesson.usable_or(solutions["my_activation"], "silu").function is solutions["my_activation"]
