"""Lesson 02: wrong answers are refused with the sentence that helps, its data are those of the file, its numbers hold."""

from itertools import pairwise, product

import pytest
import torch
from matplotlib import pyplot
from torch import nn

from mlp_tutorial import NeuralNetworkModel, SeededRandomness, load_dataset, train
from mlp_tutorial.data.bundled import PENGUINS_FILE
from mlp_tutorial.lessons.building_blocks.architecture_explorer import explore_architecture
from mlp_tutorial.lessons.building_blocks.exercises import (
    NEEDED,
    STARTS,
    check_count_parameters,
    check_hat,
    check_outputs,
    check_smallest,
    load_three_questions,
    plot_hats,
    starts_that_separate,
    wave,
)
from tests.lesson_helpers import refuses

LESSON = "02_building_blocks.ipynb"


# Exercise 1: count by formula -----------------------------------------------------------------------------------


def count(*, biases=lambda sizes: sum(sizes[1:]), layers=slice(None), weights=True):
    """Return a formula with the given peculiarities."""

    def count_parameters(input_size, hidden_sizes, output_size):
        sizes = [input_size, *hidden_sizes, output_size]
        products = [n * m for n, m in pairwise(sizes)]
        return (sum(products[layers]) if weights else 0) + biases(sizes)

    return count_parameters


def first_layer_missing(input_size, hidden_sizes, output_size):
    return count()(hidden_sizes[0], hidden_sizes[1:], output_size)


def last_layer_missing(input_size, hidden_sizes, output_size):
    return count()(input_size, hidden_sizes[:-1], hidden_sizes[-1])


def no_empty_list(input_size, hidden_sizes, output_size):
    return count()(input_size, hidden_sizes, output_size) + 0 * hidden_sizes[0]


def writes_into_its_argument(input_size, hidden_sizes, output_size):
    hidden_sizes.append(output_size)
    return count()(input_size, hidden_sizes[:-1], output_size)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (count(biases=lambda sizes: 0), "the parameters of 2 → 8 → 3: expected 51, got 40"),
        (count(biases=lambda sizes: 0), "these are the weights alone; each neuron has a bias as well"),
        (count(biases=lambda sizes: len(sizes) - 1), "one bias a layer is counted; there is one for each neuron"),
        (count(biases=sum), "the inputs are given biases; they compute nothing"),
        (count(biases=lambda sizes: sum(sizes[:-1])), "and not those of the outputs"),
        (count(biases=lambda sizes: sum(sizes[1:-1])), "the biases of the output layer are missing"),
        (count(weights=False), "these are the neurons; each of them has weights"),
        (first_layer_missing, "the layer that starts at the inputs is missing"),
        (last_layer_missing, "the layer that leads to the outputs is missing"),
        (no_empty_list, "hidden_sizes=[] raised an IndexError"),
        (writes_into_its_argument, "hidden_sizes has changed"),
        (lambda n, hidden, m: 2 * 8 + 8 + 8 * 3 + 3, "the parameters of 3 → 5 → 4 → 2: expected"),
        (lambda n, hidden, m: None if hidden else 1, "got None"),
    ],
)
def test_wrong_counts_are_refused(wrong, sentence):
    refuses(check_count_parameters(wrong), sentence)


def test_a_count_by_pytorch_or_by_a_loop_is_right():
    def by_loop(input_size, hidden_sizes, output_size):
        total, before = 0, input_size
        for size in (*hidden_sizes, output_size):
            total += (before + 1) * size
            before = size
        return total

    assert check_count_parameters(by_loop).passed
    assert check_count_parameters(lambda *sizes: NeuralNetworkModel(*sizes).count_parameters()).passed


def test_the_learners_formula_drives_the_explorer(solutions, stubs):
    own = explore_architecture(2, [8, 8], 3, count_parameters=solutions["count_parameters"])
    own.controls["width"].value = 16
    assert own.status_line.text.endswith("371 parameters (before 123)")  # three times as many, as the lesson says
    assert own.status_line.note == "Your formula says 371 as well."
    stub = explore_architecture(2, [8, 8], 3, count_parameters=stubs["count_parameters"])
    assert "not written yet" in stub.status_line.note


# Exercise 2: a hat ----------------------------------------------------------------------------------------------


def corners(weights, biases=(1.0, 0.0, -1.0), at_output=0.0):
    """Return a sum of ReLU neurons."""
    return lambda x: sum(w * (x + b).relu() for w, b in zip(weights, biases, strict=True)) + at_output


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (corners([1, 0, 0]), "this is the first neuron alone"),
        (corners([1, -1, 0]), "after 0 it stays at 1: the slope has to fall by 2 there"),
        (corners([1, -2, 0]), "a third neuron has to stop it at 1"),
        (corners([1, -1, 1]), "the middle neuron needs the weight −2"),
        (corners([1, 1, 1]), "one of them needs a negative weight"),
        (corners([1, -1, -1]), "the slope has to fall by 2 there"),
        (corners([1, -2, 1], at_output=-1.0), "no bias is needed at the output"),
        (lambda x: 1 - x.abs(), "without ReLU it goes on falling below 0"),
        (lambda x: (1 - x).relu() + (1 + x).relu() - 1, "look at the slopes there"),
        (corners([1, -2, 1], biases=(2.0, 0.0, -2.0)), "your hat: right shape, wrong values"),
        (lambda x: corners([1, -2, 1])(x).sum(), "expected shape (7,), got shape ()"),
        (lambda x: print(end=""), "expected a tensor, got None"),
    ],
)
def test_wrong_hats_are_refused(wrong, sentence):
    refuses(check_hat(wrong), sentence)


def test_hats_written_another_way_are_right():
    assert check_hat(lambda x: torch.relu(1 - torch.relu(x) - torch.relu(-x))).passed
    assert check_hat(lambda x: (1 - x.abs()).clamp(min=0)).passed
    assert check_hat(corners([1, -2, 1], biases=(1.0, 0.0, -1.0))).passed


def test_the_plot_is_driven_by_the_learners_hat(solutions, stubs):
    def sums(hat):
        figure = plot_hats(hat)
        pyplot.close(figure)
        return figure.get_suptitle(), [axes.lines[-1].get_ydata() for axes in figure.axes], figure.axes

    title, own, panels = sums(solutions["hat"])
    assert "your hat" in title
    stub_title, package, _ = sums(stubs["hat"])
    assert "not written yet" in stub_title
    for one, other in zip(own, package, strict=True):
        assert torch.allclose(torch.as_tensor(one), torch.as_tensor(other), atol=1e-5)
    x = torch.linspace(-3, 3, 601)
    gaps = [(torch.as_tensor(y) - wave(x)).abs().max().item() for y in own]
    assert gaps == sorted(gaps, reverse=True) and gaps[-1] < 0.2  # the more hats, the smaller the gap
    assert [axes.get_title().splitlines()[1] for axes in panels] == [f"largest gap {gap:.2f}" for gap in gaps]
    _, blank, _ = sums(torch.zeros_like)
    assert all((y == 0).all() for y in blank)


# Exercise 3: outputs for four tasks -----------------------------------------------------------------------------

SIZES = {"spam": 1, "digit": 10, "film": 5, "house": 2}
LOSSES = {"spam": "BCEWithLogitsLoss", "digit": "CrossEntropyLoss", "film": "BCEWithLogitsLoss", "house": "MSELoss"}


@pytest.mark.parametrize(
    ("task", "size", "loss", "sentence"),
    [
        ("spam", 1, "CrossEntropyLoss", "the softmax is always 1, the loss always 0"),
        ("spam", 2, "BCEWithLogitsLoss", "yes and no is one question"),
        ("spam", 1, "MSELoss", "yes or no is no amount"),
        ("spam", 3, "CrossEntropyLoss", "one yes/no question needs one logit"),
        ("digit", 1, "MSELoss", "would say that a 9 is more than a 1"),
        ("digit", 1, "CrossEntropyLoss", "the loss always 0"),
        ("digit", 9, "CrossEntropyLoss", "the digits are 0 to 9"),
        ("digit", 10, "BCEWithLogitsLoss", "the ten shares have to compete"),
        ("digit", 10, "MSELoss", "classes, no amounts"),
        ("digit", 4, "CrossEntropyLoss", "there are ten classes"),
        ("film", 5, "CrossEntropyLoss", "a softmax lets only one win"),
        ("film", 1, "BCEWithLogitsLoss", "five labels are five yes/no questions"),
        ("film", 32, "BCEWithLogitsLoss", "so five outputs; you have 32"),
        ("film", 5, "MSELoss", "five yes/no questions, no amounts"),
        ("house", 1, "MSELoss", "two amounts are asked for"),
        ("house", 2, "CrossEntropyLoss", "are amounts, and no classes"),
        ("house", 2.0, "MSELoss", "the output size is a whole number, such as 3; it is 2.0"),
        ("house", 2, "L1", "choose a loss out of"),
    ],
)
def test_wrong_outputs_are_refused(task, size, loss, sentence):
    refuses(check_outputs({**SIZES, task: size}, {**LOSSES, task: loss}), f"{task}: ")
    refuses(check_outputs({**SIZES, task: size}, {**LOSSES, task: loss}), sentence)


def test_both_ways_of_a_yes_or_no_are_right_and_a_loss_may_be_the_class_itself():
    assert check_outputs({**SIZES, "spam": 2}, {**LOSSES, "spam": "CrossEntropyLoss"}).passed
    classes = {task: getattr(nn, loss) for task, loss in LOSSES.items()}
    assert check_outputs(SIZES, classes).passed
    assert check_outputs(SIZES, {**classes, "digit": nn.CrossEntropyLoss(), "film": "nn.BCEWithLogitsLoss()"}).passed
    refuses(check_outputs([1, 10, 5, 2], LOSSES), "must be a dictionary with the keys spam, digit, film, house")
    half = check_outputs(SIZES, {**LOSSES, "house": ...})
    assert half.status == "not attempted"


# Exercise 4: the smallest network -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ([], "without a hidden layer the border is one straight line"),
        ([2], "two neurons enclose nothing"),
        ([1, 8], "one neuron tells points apart in one direction only, so it can enclose nothing"),
        (
            [2, 8],
            "separated the circles from 6 of 20 starts; 10 are needed: two neurons enclose nothing, and only from some",
        ),
        ([2, 2], "[2, 2], 18 parameters, separated the circles from 0 of 20 starts; 10 are needed"),
        ([8, 1, 1, 1], "everything has to pass through a layer of one neuron"),
        ([4], "That is enough, but a network with fewer parameters does it, too"),
        ([8], "[8], 42 parameters, separated the circles from 20 of 20 starts. That is enough, but"),
        (3, "Give a list of widths, such as [8] or [4, 4]; it is 3"),
        ("3", "Give a list of widths"),
        ([0], "Each width is a whole number of at least 1"),
        ([3.0], "one of them is 3.0"),
        ([[3]], "one of them is [3]"),
        ([64, 64], "many more than it takes"),
    ],
)
def test_networks_that_are_too_small_or_not_the_smallest_are_refused(wrong, sentence):
    refuses(check_smallest(wrong), sentence)


def test_no_network_with_fewer_parameters_separates_the_circles():
    def num_parameters(hidden_sizes):
        return NeuralNetworkModel(2, hidden_sizes, 2).count_parameters()

    every = [sizes for depth in range(4) for sizes in product(range(1, 5), repeat=depth)]
    smaller = [sizes for sizes in every if num_parameters(list(sizes)) <= 17 and sizes != (3,)]
    assert {(), (1,), (2,), (1, 1), (1, 2), (2, 1), (1, 3), (1, 1, 1)} <= set(smaller)
    found = {sizes: starts_that_separate(sizes) for sizes in smaller}
    assert {sizes for sizes, count in found.items() if count} == {(3, 1)}  # as many parameters, and a bottleneck
    assert found[3, 1] < NEEDED - 2
    # Far from the number asked for on both sides, so that another processor's rounding changes no verdict.
    assert 12 <= starts_that_separate((3,)) < STARTS and NEEDED == 10
    assert starts_that_separate((8,)) == STARTS
    assert check_smallest((3,)).passed


# All exercises --------------------------------------------------------------------------------------------------


def test_right_answers_pass_and_stubs_are_not_attempted(solutions, stubs):
    state = torch.get_rng_state()
    for _ in range(5):
        assert check_count_parameters(solutions["count_parameters"]).passed
        assert check_hat(solutions["hat"]).passed
    assert check_outputs(solutions["output_sizes"], solutions["losses"]).passed
    assert check_smallest(solutions["smallest"]).passed
    assert check_count_parameters(stubs["count_parameters"]).status == "not attempted"
    assert check_hat(stubs["hat"]).status == "not attempted"
    assert check_outputs(stubs["output_sizes"], stubs["losses"]).status == "not attempted"
    assert check_smallest(stubs["smallest"]).status == "not attempted"
    assert torch.equal(torch.get_rng_state(), state)


# What the lesson says -------------------------------------------------------------------------------------------


def test_the_three_questions_are_those_of_the_file():
    import pandas as pd

    X, Y = load_three_questions()
    rows = pd.read_csv(PENGUINS_FILE).dropna().to_dict("records")
    assert len(rows) == len(X) == len(Y) == 333
    for row, answers in zip(rows, Y.tolist(), strict=True):
        assert answers == [row["sex"] == "male", row["island"] == "Biscoe", row["body_mass_g"] > 4000]
    assert torch.allclose(X.mean(0), torch.zeros(2), atol=1e-5) and X.shape == (333, 2)
    assert (Y.mean(0) > 0.4).all() and (Y.mean(0) < 0.6).all()


def trained(hidden_sizes, output_size, criterion, data, *, rate, num_epochs, seed):
    with SeededRandomness(seed):
        model = NeuralNetworkModel(2, hidden_sizes, output_size)
    optimizer = torch.optim.SGD(model.parameters(), lr=rate)
    return model, train(model, data, criterion, optimizer, num_epochs=num_epochs, progress=False)


def test_four_hidden_neurons_tell_chinstraps_apart_and_one_neuron_does_not():
    penguins = load_dataset("penguins")
    data = penguins.X_train, (penguins.y_train == 1).float().unsqueeze(1)
    options = {"rate": 0.5, "num_epochs": 300}
    for seed in range(10):
        _, one = trained([], 1, nn.BCEWithLogitsLoss(), data, seed=seed, **options)
        _, four = trained([4], 1, nn.BCEWithLogitsLoss(), data, seed=seed, **options)
        assert 0.87 < one.metric[-1] < 0.9 and four.metric[-1] > 0.94


def test_one_output_and_cross_entropy_would_learn_nothing_and_are_refused():
    penguins = load_dataset("penguins")
    data = penguins.X_train, (penguins.y_train == 1).float().unsqueeze(1)
    model, _ = trained([8], 1, nn.BCEWithLogitsLoss(), data, rate=0.3, num_epochs=5, seed=0)
    assert nn.CrossEntropyLoss()(model(data[0]), data[1]).item() == 0.0
    with pytest.raises(ValueError, match="with one output learns nothing"):
        trained([8], 1, nn.CrossEntropyLoss(), data, rate=0.3, num_epochs=5, seed=0)


def test_a_bottleneck_of_one_neuron_is_dead_for_some_seeds_and_two_wide_layers_for_none():
    penguins = load_dataset("penguins")
    losses = {
        sizes: [
            trained(list(sizes), 3, nn.CrossEntropyLoss(), penguins, rate=0.1, num_epochs=300, seed=seed)[1]
            for seed in range(5)
        ]
        for sizes in ((8, 8), (8, 1, 8))
    }
    ends = {sizes: [run.training_loss[-1] for run in runs] for sizes, runs in losses.items()}
    assert max(ends[8, 8]) < 0.15
    assert [round(loss, 1) for loss in ends[8, 1, 8]] == [1.0, 0.1, 1.0, 1.0, 0.4]
