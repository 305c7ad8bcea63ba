"""The claims of lesson 02."""

from __future__ import annotations

from functools import partial

import torch

from mlp_tutorial import NeuralNetworkModel, load_dataset
from mlp_tutorial.lessons.building_blocks import load_three_questions
from mlp_tutorial.lessons.building_blocks.exercises import starts_that_separate
from mlp_tutorial.lessons.building_blocks.random_functions import random_bends
from tools.claims.frame import claims_of
from tools.claims.runs import count, curves

claim, facts = claims_of("02")


@claim("2 → 8 → 3 has 51 parameters, 2 → 16 → 3 has 99", (51, 99))
def parameters_of_one_hidden_layer() -> list[float]:
    return [NeuralNetworkModel(2, [width], 3).count_parameters() for width in (8, 16)]


@claim("penguin 160 is a female from Biscoe island, heavier than 4 kg", (0, 1, 1))
def the_answers_for_penguin_160() -> list[float]:
    return load_three_questions()[1][160].tolist()


for phrase, expected, hidden_sizes in (
    ("`[2, 8]` did so from 6 of the 20 starts", 6, (2, 8)),
    ("only 15 of the 20 starts found it", 15, (3,)),
    ("With 8 neurons, 20 of 20 did", 20, (8,)),
):
    claim(phrase, expected, slow=True)(partial(starts_that_separate, hidden_sizes))


@claim("With 2 neurons the inner circle stays open on one side", 0, slow=True)
def circles_closed_by_two_neurons() -> int:
    return starts_that_separate((2,))


@claim("With 3 it is closed from most starts, with 8 from nearly all", True, slow=True)
def circles_closed_by_three_and_by_eight() -> bool:
    return starts_that_separate((3,)) > 10 and starts_that_separate((8,)) >= 19


facts(
    ("The status line went from 17 to 21", (17, 21), lambda: [count(2, [width], 1) for width in (4, 5)]),
    ("The gap between the hidden layers: 72 of 105", (72, 105), lambda: [count(8, [], 8), count(2, [8, 8], 1)]),
    ("From 123 to 371: three times as many", (123, 371), lambda: [count(2, [width] * 2, 3) for width in (8, 16)]),
    ("its weights quadruple (64 to 256)", (64, 256), lambda: [width**2 for width in (8, 16)]),
    ("32 biases: 2,080", 2080, lambda: count(64, [], 32)),
    ("Three can rise in all directions, and 17 parameters are enough", 17, lambda: count(2, [3], 2)),
    ("24 made 26 bends", 26, lambda: max(random_bends([8, 8, 8]))),
    ("never more bends than neurons", True, lambda: all(max(random_bends([width])) <= width for width in (4, 8, 16))),
    (
        "comes to a factor of 4",
        True,
        lambda: [4 - count(2, [2 * w] * 2, 3) / count(2, [w] * 2, 3) for w in (8, 64, 512)][2] < 0.05,
    ),
    (
        "a loss of 1.0, from 3 of these 5 starts",
        3,
        lambda: sum(0.95 < losses[-1] < 1.1 for losses in curves(0.1, (8, 1, 8))[:5]),
    ),
    ("So loss and gradient are 0 from the first step", 0.0, lambda: -torch.ones(1, 1).softmax(1).log().item()),
    ("right for 80 % of the penguins", 80, lambda: round(100 * chinstraps().eq(0).float().mean().item())),
)


def chinstraps() -> torch.Tensor:
    """Return a column of 1 and 0: who is a Chinstrap."""
    return (load_dataset("penguins").y_train == 1).float().unsqueeze(1)
