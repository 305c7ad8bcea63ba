"""Rates and schedules that do not serve are refused with the sentence that helps; what lesson 08 says is true."""

import math

import pytest
import torch
from torch import nn

from mlp_tutorial import NeuralNetworkModel, SeededRandomness, load_dataset, train
from mlp_tutorial.lessons.optimizers.exercises import (
    check_rate,
    check_warm_up_cosine,
    plot_range_test,
    plot_schedule,
    scheduled_run,
)
from mlp_tutorial.sweep.runs import sweep
from tests.lesson_helpers import refuses

LESSON = "08_optimizers.ipynb"


# Exercise 3: choose a rate --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (0.001, "too low"),
        (0.05, "Go higher"),
        (0.56, "this rate stands at the edge, where luck decides"),
        (0.7, "a little lower"),
        (3.2, "too high, every step jumps across the valley"),
        (1000.0, "too high"),
        ("0.1", "Give one number greater than 0"),
        ([0.1, 0.2], "Give one number greater than 0"),
        (-0.1, "Give one number greater than 0"),
        (True, "Give one number greater than 0"),
        (math.nan, "Give one number greater than 0"),
    ],
)
def test_wrong_rates_are_refused(wrong, sentence):
    refuses(check_rate(wrong), sentence)


@pytest.mark.parametrize("right", [0.18, 0.2, 0.3, 0.32, 0.4])
def test_several_rates_are_right(right):
    assert check_rate(right).passed


# Exercise 4: a schedule -----------------------------------------------------------------------------------------


def schedule(*, rising=lambda epoch, warm_up: (epoch + 1) / warm_up, falling):
    def warm_up_cosine(epoch, num_epochs, warm_up=10):
        if epoch < warm_up:
            return rising(epoch, warm_up)
        return falling(epoch, num_epochs, warm_up)

    return warm_up_cosine


def half(progress):
    return (1 + math.cos(math.pi * progress)) / 2


def right_fall(epoch, num_epochs, warm_up):
    return half((epoch - warm_up) / (num_epochs - warm_up))


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (schedule(rising=lambda e, w: e / w, falling=right_fall), "the first epoch has the factor 0"),
        (schedule(falling=lambda e, n, w: half(e / n)), "the cosine began with the first epoch"),
        (schedule(falling=lambda e, n, w: half((e - w) / n)), "num_epochs − warm_up epochs to fall"),
        (schedule(falling=lambda e, n, w: 2 * right_fall(e, n, w) - 1), "a bare cosine falls to −1"),
        (schedule(falling=lambda e, n, w: 2 * right_fall(e, n, w)), "it is not divided by 2"),
        (schedule(falling=lambda e, n, w: math.cos(math.pi / 2 * (e - w) / (n - w))), "that is a quarter of a wave"),
        (lambda epoch, num_epochs, warm_up=10: half(epoch / num_epochs), "the warm-up is missing"),
        (schedule(falling=lambda e, n, w: 1.0), "after the warm-up it has to fall"),
        (schedule(falling=lambda e, n, w: "0.1"), "Return one number for each epoch; one of them is '0.1'"),
    ],
)
def test_wrong_schedules_are_refused(wrong, sentence):
    refuses(check_warm_up_cosine(wrong), sentence)


def test_schedules_written_in_other_ways_pass(solutions):
    as_tensor = schedule(
        rising=lambda e, w: torch.tensor(1 - (w - 1 - e) / w),
        falling=lambda e, n, w: torch.cos(torch.tensor(math.pi / 2 * (e - w) / (n - w))) ** 2,
    )
    assert check_warm_up_cosine(as_tensor).passed
    assert check_warm_up_cosine(solutions["warm_up_cosine"]).passed


def test_the_solution_is_what_pytorchs_own_schedulers_do(solutions):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    schedulers = torch.optim.lr_scheduler
    rise = schedulers.LinearLR(optimizer, start_factor=1 / 10, total_iters=9)
    fall = schedulers.CosineAnnealingLR(optimizer, T_max=30)
    both = schedulers.SequentialLR(optimizer, [rise, fall], milestones=[10])
    for epoch in range(40):
        factor = optimizer.param_groups[0]["lr"]
        assert solutions["warm_up_cosine"](epoch, 40, 10) == pytest.approx(factor, abs=1e-6)
        optimizer.step()
        both.step()


def test_the_plot_is_driven_by_the_learners_schedule(solutions, stubs):
    axes = plot_schedule(lambda epoch, num_epochs: 0.5, num_epochs=3)
    constant, own = axes.figure.axes[1].lines
    assert list(constant.get_ydata()) == [0.18] * 3 and list(own.get_ydata()) == [0.09] * 3
    assert "not written yet" in str(plot_schedule(stubs["warm_up_cosine"], 3).get_legend().get_texts()[1])
    assert "warm_up_cosine" in str(plot_schedule(solutions["warm_up_cosine"], 12).get_legend().get_texts()[1])


# What the lesson says of its runs -------------------------------------------------------------------------------


def test_the_schedule_ends_lower_and_as_the_lesson_says(solutions):
    constant = scheduled_run(lambda epoch, num_epochs: 1.0, 60, seed=0).training_loss[-1]
    own = scheduled_run(solutions["warm_up_cosine"], 60, seed=0).training_loss[-1]
    assert own == pytest.approx(0.03, abs=0.01) and constant == pytest.approx(0.08, abs=0.02)


def test_the_range_test_falls_fastest_in_the_middle_and_bursts():
    with SeededRandomness(0):
        model = NeuralNetworkModel(2, [8, 8], 3)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.001)
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=1.1)
    history = train(
        model, load_dataset("penguins"), nn.CrossEntropyLoss(), optimizer, num_epochs=100, scheduler=scheduler
    )
    (line,) = plot_range_test(history).lines
    rates, losses = map(torch.tensor, (line.get_xdata(), line.get_ydata()))
    assert 1.5 < rates[losses.argmin()] < 3 and losses[rates > 3].max() > 1
    falls = (losses[:-6] - losses[6:])[rates[6:] < 2]
    assert 0.3 < rates[falls.argmax() + 3] < 0.7


@pytest.mark.parametrize(
    ("dataset", "hidden_sizes", "options", "bound", "expected"),
    [
        # Section 7: seeds that end below.
        ("spiral", [16, 16], {"num_epochs": 100}, 0.2, {("sgd", 1.0): 0, ("momentum", 0.32): 1, ("adam", 0.032): 10}),
        ("penguins", [8, 8], {"num_epochs": 100}, 0.08, {("sgd", 1.0): 10, ("momentum", 0.1): 10, ("adam", 0.032): 10}),
        # Section 8.
        (
            "digits",
            [32],
            {"num_epochs": 10, "batch_size": 64},
            1,
            {("sgd", 1.0): 10, ("momentum", 1.0): 0, ("momentum", 0.1): 10, ("adam", 1.0): 0, ("adam", 0.01): 10},
        ),
    ],
)
def test_what_is_said_of_ten_seeds(dataset, hidden_sizes, options, bound, expected):
    for (name, rate), num_low in expected.items():
        runs = sweep(
            load_dataset(dataset), hidden_sizes, learning_rates=[rate], seeds=range(10), optimizers=[name], **options
        )
        assert int((runs.training_loss[:, -1] < bound).sum()) == num_low, (name, rate)
