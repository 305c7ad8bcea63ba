"""The four faulty runs of lesson 05 show their faults, and wrong names for them are refused."""

from itertools import pairwise

import pytest
import torch
import torch.nn.functional as F

from mlp_tutorial.lessons.backpropagation.faulty_runs import FAULTS, check_faults, faulty_run, plot_faults
from tests.lesson_helpers import refuses

RIGHT = {"A": FAULTS[3], "B": FAULTS[1], "C": FAULTS[0], "D": FAULTS[2]}


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({**RIGHT, "A": "overfitting"}, "3 of 4 are right. Look again at A"),
        ({**RIGHT, "B": RIGHT["C"], "C": RIGHT["B"]}, "2 of 4 are right. Look again at B"),
        ({**RIGHT, "D": "learning rate too high"}, "Look again at D"),
        ({**RIGHT, "C": "too slow"}, "C: 'too slow' is none of those to choose from"),
        (list(RIGHT.values()), "Give a dictionary"),
    ],
)
def test_wrong_names_of_faults_are_refused(wrong, sentence):
    refuses(check_faults(wrong), sentence)


def test_the_four_curves_show_what_the_lesson_says():
    (softmaxed, softmaxed_accuracy), (high, high_accuracy), (low, _), (forgotten, _) = map(faulty_run, "ABCD")
    lowest = F.cross_entropy(torch.tensor([[1.0, 0.0, 0.0]]), torch.tensor([0])).item()
    assert lowest < softmaxed[-1] < lowest + 0.05 and softmaxed_accuracy > 0.9
    assert max(high[:50]) > 2 and high[-1] == pytest.approx(1.05, abs=0.01) and high_accuracy < 0.5
    assert all(after < before for before, after in pairwise(low)) and low[-1] > 0.9 * low[0]
    assert min(forgotten[:60]) < 0.2 and max(forgotten[-100:]) > forgotten[0]


def test_the_figure_of_faults_has_four_panels():
    panels = plot_faults().axes
    assert [axes.get_title()[0] for axes in panels] == list("ABCD")
