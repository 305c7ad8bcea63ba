"""Lesson 10: right answers pass in any form, typical wrong ones are refused with the sentence that helps."""

import pytest
import torch

from mlp_tutorial.lessons.conclusion.exercises import check_combine, check_training_bytes, plot_shares
from tests.lesson_helpers import refuses

LESSON = "10_conclusion.ipynb"


def curves(axes):
    return [line.get_ydata() for line in axes.get_lines()]


# Exercise 1: bytes ---------------------------------------------------------------------------------------------


def test_training_bytes(solutions, stubs):
    assert check_training_bytes(solutions["training_bytes"]).passed
    assert check_training_bytes(stubs["training_bytes"]).status == "not attempted"

    def another_way(num_parameters, optimizer):
        return num_parameters * {"sgd": 8, "momentum": 12, "adam": 16}[optimizer]

    assert check_training_bytes(another_way).passed
    assert "112 GB" in check_training_bytes(another_way).message
    assert 7e9 * another_way(1, "adam") == 112e9


@pytest.mark.parametrize(
    "per_parameter, sentence",
    [
        ({"sgd": 2, "momentum": 3, "adam": 4}, "a float32 number has 4 bytes"),
        ({"sgd": 4, "momentum": 8, "adam": 12}, "one set of numbers is missing"),
        ({"sgd": 8, "momentum": 12, "adam": 12}, "one set of numbers is missing"),
        ({"sgd": 8, "momentum": 8, "adam": 8}, "the optimizer's numbers are missing"),
        ({"sgd": 12, "momentum": 12, "adam": 16}, "one set of numbers too many"),
    ],
)
def test_wrong_bytes_are_refused(per_parameter, sentence):
    refuses(check_training_bytes(lambda number, optimizer: number * per_parameter[optimizer]), sentence)


# Exercise 2: putting gradients together ------------------------------------------------------------------------


def test_combine(solutions, stubs):
    assert check_combine(solutions["combine"]).passed
    assert check_combine(stubs["combine"]).status == "not attempted"

    def another_way(gradients, counts):
        shares = torch.tensor(counts) / sum(counts)
        return shares @ torch.stack(gradients)

    assert check_combine(another_way).passed


@pytest.mark.parametrize(
    "combine, sentence",
    [
        (lambda gradients, counts: sum(gradients) / len(gradients), "every process counts the same"),
        (lambda gradients, counts: sum(gradients), "added up, not averaged"),
        (
            lambda gradients, counts: sum(g * c for g, c in zip(gradients, counts, strict=True)),
            "not divided by the number of all samples",
        ),
        (
            lambda gradients, counts: sum(g * c for g, c in zip(gradients, counts, strict=True)) / len(counts),
            "not by the number of processes",
        ),
    ],
)
def test_wrong_combinations_are_refused(combine, sentence):
    refuses(check_combine(combine), sentence)


def test_the_right_combination_draws_the_curve_of_one_process(solutions, stubs):
    whole, shared = curves(plot_shares(solutions["combine"]))
    assert shared == pytest.approx(whole, abs=1e-3)
    assert curves(plot_shares(stubs["combine"]))[1] == pytest.approx(shared)
    _, averaged = curves(plot_shares(lambda gradients, counts: sum(gradients) / len(gradients)))
    assert max(abs(averaged - whole)) > 0.03
