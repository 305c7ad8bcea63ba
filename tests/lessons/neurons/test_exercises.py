"""The checks of lesson 01 accept right answers in any form, and refuse wrong ones with the sentence that helps."""

import numpy as np
import pytest
import torch

from mlp_tutorial import load_dataset
from mlp_tutorial.lessons.neurons.exercises import (
    GOAL,
    check_advice,
    check_hand_training,
    check_layer,
    check_neuron,
    plot_layer,
)
from mlp_tutorial.lessons.neurons.one_neuron import load_two_species
from tests.lesson_helpers import refuses

LESSON = "01_neurons.ipynb"


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda x, w, b: torch.sigmoid(x * w + b), "nothing adds the products up: use @"),
        (lambda x, w, b: x @ w + b, "the sigmoid is missing"),
        (lambda x, w, b: torch.sigmoid(x @ w), "the bias is missing"),
        (lambda x, w, b: torch.sigmoid(x @ w) + b, "the bias is added after the sigmoid"),
        (lambda x, w, b: torch.sigmoid((x * w + b).sum(-1)), "the bias is added once for each input"),
        (lambda x, w, b: 1 / (1 + torch.exp(x @ w + b)), "the sign inside is turned round"),
        (lambda x, w, b: torch.relu(x @ w + b), "this is ReLU"),
        (lambda x, w, b: torch.sigmoid(x[0] * w[0] + x[1] * w[1] + b), "the first two penguins"),
        (lambda x, w, b: torch.sigmoid((x * w).sum() + b), "it adds up over the penguins too"),
        (lambda x, w, b: torch.sigmoid(w @ x + b), "Your code raised RuntimeError"),
        (lambda x, w, b: print(end=""), "expected a tensor, got None"),
    ],
)
def test_wrong_neurons_are_refused(wrong, sentence):
    refuses(check_neuron(wrong), sentence)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda X, W, b: torch.sigmoid(X @ W + b), ".T turns a matrix over"),
        (lambda X, W, b: torch.sigmoid(X @ W.reshape(2, 3) + b), "reshape only cuts the numbers anew"),
        (lambda X, W, b: torch.sigmoid(W @ X.T + b[:, None]), "it is transposed: a row for each penguin"),
        (lambda X, W, b: X @ W.T + b, "the sigmoid is missing"),
        (lambda X, W, b: torch.sigmoid(X @ W.T), "the biases are missing"),
        (lambda X, W, b: torch.sigmoid(X @ W.T) + b, "the biases are added after the sigmoid"),
        (lambda X, W, b: torch.sigmoid(X @ W[0] + b[0]), "this is the first neuron alone"),
        (lambda X, W, b: torch.softmax(X @ W.T + b, 1), "softmax ties the neurons together"),
        (lambda X, W, b: [torch.sigmoid(X @ row) for row in W], "expected a tensor, got a list"),
        (lambda X, W, b: torch.sigmoid(X @ W.T + b[:2]), "Your code raised RuntimeError"),
    ],
)
def test_wrong_layers_are_refused(wrong, sentence):
    refuses(check_layer(wrong), sentence)


@pytest.mark.parametrize(
    ("numbers", "sentence"),
    [
        ((-4.0, 1.5, 2.0), "w1 must be positive"),
        ((6.0, -1.5, 0), "With a bias of 0 the line runs through the average bill"),
        ((5.0, 0.0, -2.25), "Bill length alone does not get there"),
        ((1.0, -0.4, -0.5), "too timid: make all three numbers larger"),
        ((8.0, 8.0, -8.0), "The largest gradient is that of w2, 0."),
        (("4", -1.5, -2.0), "w1 must be a number, such as 2.5; it is '4'"),
    ],
)
def test_wrong_numbers_are_refused_with_what_would_help(numbers, sentence):
    refuses(check_hand_training(dict(zip(("w1", "w2", "b"), numbers, strict=True))), sentence)


def test_the_goal_needs_all_three_numbers_and_can_be_reached_on_the_sliders():
    dataset = load_two_species()
    X, y = dataset.X_train, dataset.y_train
    stops = torch.arange(-8, 8.01, 0.5)
    w1, w2, b = torch.cartesian_prod(stops, stops, stops).T
    losses = (torch.sigmoid(X @ torch.stack([w1, w2]) + b) - y[:, None]).square().mean(0)
    assert losses[b == 0].min() > GOAL + 0.01 and losses[w2 == 0].min() > GOAL + 0.002
    assert 20 < (losses < GOAL).sum() < 0.05 * len(losses)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (
            lambda g: ((n := max(g, key=lambda k: abs(g[k]))), "raise" if g[n] > 0 else "lower"),
            "the gradient points uphill",
        ),
        (
            lambda g: ((n := max(g, key=g.get)), "lower" if g[n] > 0 else "raise"),
            "a gradient of −0.3 is stronger than one of 0.1",
        ),
        (
            lambda g: ((n := min(g, key=lambda k: abs(g[k]))), "lower" if g[n] > 0 else "raise"),
            "look at the sizes, without their signs",
        ),
        (lambda g: "w2", "Return a name and a word"),
        (lambda g: ("w2", "up"), 'the word "raise" or "lower"'),
        (lambda g: ("w2", "raise"), "you move w2; w1 matters most"),
    ],
)
def test_wrong_advice_is_refused(wrong, sentence):
    refuses(check_advice(wrong), sentence)


def test_right_answers_pass_whatever_is_drawn_and_leave_random_numbers_alone(solutions):
    checks = {"neuron": check_neuron, "layer": check_layer, "advice": check_advice}
    state = torch.get_rng_state()
    for name, check in checks.items():
        for _ in range(20):
            assert (feedback := check(solutions[name])).passed, feedback
    assert check_hand_training(solutions["by_hand"]).passed
    refuses(check_hand_training((4.0, -1.5, -2.0)), "Give a dictionary")
    assert check_neuron(lambda x, w, b: torch.sigmoid((x * w).sum(-1) + b)).passed
    assert torch.equal(torch.get_rng_state(), state)


def with_a_loop(gradient):
    strongest, direction = "w1", ""
    for name, slope in gradient.items():
        if abs(slope) >= abs(gradient[strongest]):
            strongest, direction = name, "raise" if slope < 0 else "lower"
    return strongest, direction


def test_right_answers_written_another_way_pass():
    assert check_neuron(lambda x, w, b: 1 / (1 + torch.exp(-(x @ w) - b))).passed
    assert check_layer(lambda X, W, b: torch.sigmoid(torch.nn.functional.linear(X, W, b))).passed
    assert check_layer(lambda X, W, b: torch.stack([torch.sigmoid(X @ W[k] + b[k]) for k in range(len(W))], 1)).passed
    assert check_hand_training({"w1": 6, "w2": -2.5, "b": -3}).passed
    assert check_advice(with_a_loop).passed


def test_the_plot_is_driven_by_the_learners_layer(solutions):
    W, b = torch.tensor([[-4.0, 2.0], [2.0, 1.5], [1.5, -4.5]]), torch.tensor([-1.0, -2.0, -2.0])

    def pictures(layer):
        figure = plot_layer(layer, W, b)
        return figure.get_suptitle(), [axes.images[0].get_array() for axes in figure.axes]

    title, own = pictures(solutions["layer"])
    assert "your layer" in title
    stub_title, package = pictures(lambda X, W, b: ...)
    assert "not written yet" in stub_title
    for one, other in zip(own, package, strict=True):
        assert np.array_equal(one, other)
    _, blank = pictures(lambda X, W, b: torch.zeros(len(X), 3))
    assert all((picture == 1).all() for picture in blank)
    dataset = load_dataset("penguins")
    answers = solutions["layer"](dataset.X_train, W, b) > 0.5
    right = [(answers[:, k] == (dataset.y_train == k)).float().mean().item() for k in range(3)]
    assert right[0] > 0.97 and right[2] > 0.97 and right[1] < 0.9  # as the lesson says of the three panels
