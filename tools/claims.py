"""Recompute the numbers that the lessons state, and see whether the lessons still state them.

    python tools/claims.py              every claim
    python tools/claims.py 06 08        those of some lessons
    python tools/claims.py --fast       those that the tests hold up as well

A claim names the lesson, a phrase that must stand in the lesson's text, and the value that a function must return.
`@claim` above the function lists it; where one function serves many claims, so does the call `claim(…)(function)`.
So a lesson cannot keep a sentence whose number has changed, nor lose a sentence whose number is still kept here.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from functools import cache, partial
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import NamedTuple

import nbformat
import numpy as np
import torch
from sklearn.datasets import load_wine
from sklearn.linear_model import LogisticRegression
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from mlp_tutorial import Dataset, NeuralNetworkModel, SeededRandomness, evaluate, load_dataset, predict, train
from mlp_tutorial.lessons.activations import dead_shares
from mlp_tutorial.lessons.activations.initialisation import fresh_flow
from mlp_tutorial.lessons.backpropagation.faulty_runs import faulty_run
from mlp_tutorial.lessons.backpropagation.faulty_runs import penguin_network as faulty_network
from mlp_tutorial.lessons.building_blocks import load_three_questions
from mlp_tutorial.lessons.building_blocks.exercises import starts_that_separate
from mlp_tutorial.lessons.building_blocks.random_functions import random_bends
from mlp_tutorial.lessons.conclusion import SkipModel
from mlp_tutorial.lessons.conclusion.exercises import _losses_of_shares
from mlp_tutorial.lessons.conclusion.moved_digits import moved
from mlp_tutorial.lessons.forward_pass import penguin_network
from mlp_tutorial.lessons.losses.outlier_explorer import fit_steps, load_flippers
from mlp_tutorial.lessons.losses.rare_class import torch_weighted_cross_entropy, train_weighted
from mlp_tutorial.lessons.neurons import load_two_species
from mlp_tutorial.lessons.optimizers.descent_racers import Racer, Settings
from mlp_tutorial.lessons.optimizers.exercises import scheduled_run
from mlp_tutorial.lessons.optimizers.schedules import cosine
from mlp_tutorial.lessons.optimizers.surfaces import load_surface
from mlp_tutorial.lessons.playground import explore_playground
from mlp_tutorial.lessons.putting_it_together import explore_drawing
from mlp_tutorial.lessons.putting_it_together.digit_network import digit_network
from mlp_tutorial.lessons.putting_it_together.turned_pixels import fewest_that_flip
from mlp_tutorial.lessons.shared.initialisation import initialise
from mlp_tutorial.sweep import sweep

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"
SEEDS = range(10)
Value = float | Sequence[float]


class Claim(NamedTuple):
    """A sentence of a lesson, and the function that recomputes its number."""

    lesson: str  # "06", or "playground"
    phrase: str  # stands in the notebook, blanks and line breaks apart
    expected: Value
    within: float  # allowed relative difference
    slow: bool  # more than about a second: not held up by the tests
    measure: Callable[[], Value]


CLAIMS: list[Claim] = []


def claim(lesson: str, phrase: str, expected: Value, *, within: float = 0.0, slow: bool = False) -> Callable:
    """List the function below as the measurement behind a phrase; several phrases may share one function."""

    def listed(measure: Callable[[], Value]) -> Callable[[], Value]:
        CLAIMS.append(Claim(lesson, phrase, expected, within, slow, measure))
        return measure

    return listed


def facts(lesson: str, *rows: tuple[str, Value, Callable[[], Value]]) -> None:
    """List claims that are cheap to recompute: a phrase, the value, to a hundredth of it, and the function."""
    for phrase, expected, measure in rows:
        claim(lesson, phrase, expected, within=0.01)(measure)


def problems(found: Claim) -> list[str]:
    """Return a sentence for each way in which a claim does not hold; none if it does."""
    return [*missing_phrase(found), *wrong_value(found)]


def missing_phrase(found: Claim) -> list[str]:
    """Return a sentence if the claim's phrase does not stand in its lesson."""
    (path,) = NOTEBOOKS.glob(f"{found.lesson}*.ipynb")
    if _plain(found.phrase) in _prose(path):
        return []
    return [
        f"{path.name} no longer says: {found.phrase!r}. If the sentence was reworded, change the phrase in "
        "tools/claims.py with it; if it was taken out, take the claim out as well."
    ]


def wrong_value(found: Claim) -> list[str]:
    """Return a sentence if the claim's value is not the one expected."""
    value, expected = ([*x] if isinstance(x, Sequence) else [x] for x in (found.measure(), found.expected))
    same = len(value) == len(expected)
    same = same and all(map(lambda a, b: math.isclose(a, b, rel_tol=found.within), value, expected))
    return [] if same else [f"{found.phrase!r}: expected {found.expected}, measured {value}"]


@cache
def _prose(path: Path) -> str:
    cells = nbformat.read(path, as_version=4).cells
    return _plain("\n".join(cell.source for cell in cells if cell.cell_type == "markdown"))


def _plain(text: str) -> str:
    return " ".join(text.replace("\N{NARROW NO-BREAK SPACE}", " ").split())


# What several claims need -------------------------------------------------------------------------------------


def final_losses(
    dataset: str, hidden_sizes: Sequence[int], *, learning_rate: float, optimizer: str = "sgd", **options
) -> list[float]:
    """Return the training loss at the end, one for each of ten seeds, trained side by side; options as for `sweep`."""
    options = {"learning_rates": [learning_rate], "optimizers": [optimizer], "seeds": SEEDS, **options}
    return sweep(load_dataset(dataset), hidden_sizes, **options).training_loss[:, -1].tolist()


def trained(
    model: nn.Module, dataset: Dataset | DataLoader, optimizer: torch.optim.Optimizer, **options
) -> list[float]:
    """Train a classifier and return its losses; options as for `train`."""
    return train(model, dataset, nn.CrossEntropyLoss(), optimizer, progress=False, **options).training_loss


def below(limit: float, losses: Iterable[float]) -> int:
    """Count the losses below a limit."""
    return sum(loss < limit for loss in losses)


# Lesson 01 ----------------------------------------------------------------------------------------------------


def neuron_descent(
    w: Sequence[float], learning_rate: float, num_steps: int, activation: Callable = torch.sigmoid
) -> list[float]:
    """Return the losses of lesson 01's neuron on its way down from the weights `w` and the bias 0."""
    bills = load_two_species()
    w, b = torch.tensor(w, requires_grad=True), torch.tensor(0.0, requires_grad=True)
    losses = []
    for _ in range(num_steps + 1):
        loss = (activation(bills.X_train @ w + b) - bills.y_train).square().mean()
        d_w, d_b = torch.autograd.grad(loss, [w, b])
        with torch.no_grad():
            w -= learning_rate * d_w
            b -= learning_rate * d_b
        losses.append(loss.item())
    return losses


def first_below(limit: float, losses: Sequence[float]) -> int:
    """Return the place of the first loss below a limit; that behind the last one if there is none."""
    return next((place for place, loss in enumerate(losses) if loss < limit), len(losses))


@claim("01", "For the bill length it is 5.5 mm", 5.5, within=0.01)
def the_standard_deviation_of_a_bill() -> float:
    bills = load_two_species()
    return bills.unstandardise(bills.X_train)[:, 0].std(correction=0).item()


@claim("01", "90 with a rate of 1, 8 with 10", (90, 8))
def steps_to_the_goal() -> list[float]:
    return [first_below(0.03, neuron_descent([-1.0, 1.0], rate, 100)) for rate in (1.0, 10.0)]


@claim("01", "stays there for about 12,000 steps", 12_000, within=0.05, slow=True)
def steps_until_the_neuron_leaves_the_flat() -> float:
    return first_below(0.3, neuron_descent([-8.0, 0.0], 1.0, 13_000))


@claim("01", "With 0.1 it settles at 0.05", 0.05, within=0.05)
def without_the_sigmoid() -> float:
    return neuron_descent([-8.0, 0.0], 0.1, 100, activation=lambda z: z)[-1]


facts(
    "01",
    ("The loss is 0.845, and still the tangents", 0.845, lambda: neuron_descent([-8.0, 0.0], 1.0, 0)[0]),
    ("It falls to 0.31", 0.31, lambda: neuron_descent([-8.0, 0.0], 1.0, 1000)[-1]),
    ("wrong by one half, and 0.5² = 0.25", 0.25, lambda: neuron_descent([0.0, 0.0], 1.0, 0)[0]),
    ("stays at 0.311, the share of Chinstraps", 0.311, lambda: load_two_species().y_train.float().mean().item()),
    ("with 0.1 more than 900", True, lambda: first_below(0.03, neuron_descent([-1.0, 1.0], 0.1, 1000)) > 900),
    ("climbs towards 1, where all answers are wrong", True, lambda: neuron_descent([0.0, 0.0], -1.0, 300)[-1] > 0.9),
    ("Together 50 numbers", 50, lambda: sum(p.numel() for p in nn.Linear(4, 10).parameters())),
)


@claim("01", "after one step every output is 0", 0.0)
def the_largest_output_in_millimetres() -> float:
    bills = load_two_species()
    X, w = bills.unstandardise(bills.X_train), torch.zeros(2, requires_grad=True)
    (torch.sigmoid(X @ w) - bills.y_train).square().mean().backward()
    return torch.sigmoid(X @ -w.grad).max().item()


# Lesson 02 ----------------------------------------------------------------------------------------------------


@claim("02", "2 → 8 → 3 has 51 parameters, 2 → 16 → 3 has 99", (51, 99))
def parameters_of_one_hidden_layer() -> list[float]:
    return [NeuralNetworkModel(2, [width], 3).count_parameters() for width in (8, 16)]


@claim("02", "penguin 160 is a female from Biscoe island, heavier than 4 kg", (0, 1, 1))
def the_answers_for_penguin_160() -> list[float]:
    return load_three_questions()[1][160].tolist()


for phrase, expected, hidden_sizes in (
    ("`[2, 8]` did so from 6 of the 20 starts", 6, (2, 8)),
    ("only 15 of the 20 starts found it", 15, (3,)),
    ("With 8 neurons, 20 of 20 did", 20, (8,)),
):
    claim("02", phrase, expected, slow=True)(partial(starts_that_separate, hidden_sizes))


facts(
    "02",
    ("The status line went from 17 to 21", (17, 21), lambda: [count(2, [width], 1) for width in (4, 5)]),
    ("The gap between the hidden layers: 72 of 105", (72, 105), lambda: [count(8, [], 8), count(2, [8, 8], 1)]),
    ("From 123 to 371: three times as many", (123, 371), lambda: [count(2, [width] * 2, 3) for width in (8, 16)]),
    ("its weights quadruple (64 to 256)", (64, 256), lambda: [width**2 for width in (8, 16)]),
    ("32 biases: 2,080", 2080, lambda: count(64, [], 32)),
    ("Three can rise in all directions, and 17 parameters are enough", 17, lambda: count(2, [3], 2)),
    ("in `[8, 8, 8]` made a curve with 26 bends", 26, lambda: max(random_bends([8, 8, 8]))),
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
    ("right for 80 % of the penguins", 80, lambda: round(100 * chinstraps().eq(0).float().mean().item())),
)


def chinstraps() -> torch.Tensor:
    """Return a column of 1 and 0: who is a Chinstrap."""
    return (load_dataset("penguins").y_train == 1).float().unsqueeze(1)


def count(input_size: int, hidden_sizes: Sequence[int], output_size: int) -> int:
    """Count a network's parameters."""
    return NeuralNetworkModel(input_size, hidden_sizes, output_size).count_parameters()


# Lesson 03 ----------------------------------------------------------------------------------------------------


@claim(
    "03",
    "57 % of the penguins can never be answered rightly, so no training gets below 0.42",
    (0.57, 0.42),
    within=0.01,
)
def a_relu_on_the_body_mass() -> list[float]:
    masses = load_dataset("penguins_body_mass").y_train
    return [(masses < 0).float().mean().item(), masses.clamp(max=0).square().mean().item()]


facts(
    "03",
    ("2 · 8 + 8 + 8 · 3 + 3 = 51 numbers", 51, lambda: count(2, [8], 3)),
    ("24 + 72 + 72 + 27 = 195 parameters", 195, lambda: count(2, [8, 8, 8], 3)),
    ("51 in place of 195", 51, lambda: count(2, [8], 3)),
    (
        "1.0 is worse: the answer 0 for everybody",
        1.0,
        lambda: load_dataset("penguins_body_mass").y_train.square().mean().item(),
    ),
    (
        "Two: (16, 32) and (8, 16)",
        (16, 32, 8, 16),
        lambda: [n for layer in NeuralNetworkModel(1, [32, 16, 8], 1).hidden_layers for n in layer.weight.shape],
    ),
)


@claim("03", "all points but one are right. (Luck helps: of ten seeds, three get 97 %", (1, 3), slow=True)
def spirals_in_the_playground() -> tuple[int, int]:
    """How many points section 1's network gets wrong; how many of ten seeds get 97 % of the validation points."""
    settings = {"activation": "relu", "optimizer": "adam", "batch_size": 50, "num_epochs": 120}
    measured = [explore_playground("spiral", [8, 8], 0.02, seed=seed, **settings).run.measure() for seed in SEEDS]
    wrong = sum(250 - round(250 * one.metric) for one in measured[1].values())
    return wrong, sum(one["validation"].metric >= 0.97 for one in measured)


# Lesson 04 ----------------------------------------------------------------------------------------------------


@claim("04", "Penguin 193 gets 46 % Adelie and 43 % Chinstrap", (46, 43))
def the_unsure_penguin() -> list[float]:
    model, penguins = penguin_network()
    return (100 * model(penguins.X_train[193]).softmax(0)[:2]).round().tolist()


def traced(penguin: int) -> list[torch.Tensor]:
    """Return the sums of each layer of lesson 04's network for one penguin."""
    model, penguins = penguin_network()
    return [trace.pre_activation for trace in model.trace(penguins.X_train[penguin])]


def answers_along(row: int, lengths: Iterable[float]) -> list[int]:
    """Return lesson 04's answers for a penguin whose bill grows, and 9 where unit 2 of the second layer is off."""
    model, penguins = penguin_network()
    depth = penguins.unstandardise(penguins.X_train)[row, 1].item()
    return [model(penguins.standardise([length, depth])).argmax().item() for length in lengths]


facts(
    "04",
    ("Of the second layer's three sums, two are below 0", 2, lambda: int((traced(3)[1] < 0).sum())),
    ("Every logit of penguin 3 is 3.74 times", 3.74, lambda: traced(3)[1].max().item()),
    ("Adelie turns into Chinstrap", (0, 1, 2), lambda: [*dict.fromkeys(answers_along(3, range(36, 57)))]),
    (
        "The computer gives up near 88",
        (True, False),
        lambda: [math.isfinite(torch.tensor(z).exp().item()) for z in (88.0, 89.0)],
    ),
    (
        "NumPy's floats have 64 bits",
        (64, 32),
        lambda: [torch.finfo(torch.from_numpy(np.ones(1)).dtype).bits, torch.finfo(torch.ones(1).dtype).bits],
    ),
    ("followed one penguin through 22 numbers", 22, lambda: 2 + 2 * (4 + 3) + 2 * 3),
    ("gives logits of shape (3,)", 1, lambda: traced(3)[2].ndim),
)


facts(
    "04",
    (
        "At 2 the one has 79 %, at 4 it has 96 %",
        (79, 96),
        lambda: [round(100 * torch.tensor([logit, 0.0, 0.0]).softmax(0)[0].item()) for logit in (2.0, 4.0)],
    ),
)


# Lesson 05 ----------------------------------------------------------------------------------------------------


@cache
def curves(learning_rate: float, hidden_sizes: tuple[int, ...] = (8, 8), num_epochs: int = 300) -> list[list[float]]:
    """Return the training losses on the penguins, epoch by epoch, for each of ten seeds."""
    options = {"learning_rates": [learning_rate], "optimizers": ["sgd"], "seeds": SEEDS, "num_epochs": num_epochs}
    return sweep(load_dataset("penguins"), hidden_sizes, **options).training_loss.tolist()


@claim("05", "nine needed fewer than 20 epochs at 1, and eight more than 100 at 0.1", (9, 8))
def epochs_to_a_loss_below_a_fifth() -> list[float]:
    fast, slow = ([first_below(0.2, losses) + 1 for losses in curves(rate)] for rate in (1.0, 0.1))
    return [below(20, fast), 10 - below(101, slow)]


@claim("05", "At 0.001 the curve is almost a straight line and ends above 1", 10)
def runs_that_end_above_1() -> float:
    return 10 - below(1.0, (losses[-1] for losses in curves(0.001)))


@claim("05", "Nine of ten seeds show one, between epochs 6 and 15", 9)
def runs_with_a_tooth() -> float:
    return sum(any(now > last + 0.05 for last, now in pairwise(losses[4:15])) for losses in curves(2.0))


@claim("05", "for seven of ten seeds or more then lies flat at 1.05", True)
def runs_that_end_flat() -> bool:
    return sum(1.04 < losses[-1] < 1.06 for losses in curves(5.0)) >= 7


@claim(
    "05", "With 0 hidden layers the borders are straight lines, and the loss ends at 0.16", (0.16,) * 10, within=0.03
)
def runs_without_a_hidden_layer() -> list[float]:
    return [losses[-1] for losses in curves(0.1, ())]


@claim("05", "the loss has hardly moved after 300 epochs (for seven of ten seeds)", 7, slow=True)
def six_layers_after_300_epochs() -> float:
    return 10 - below(0.9, (losses[-1] for losses in curves(0.1, (8,) * 6)))


@claim("05", "after 2,000 epochs nine of the ten are below 0.1", 9, slow=True)
def six_layers_after_2000_epochs() -> float:
    return below(0.1, (losses[-1] for losses in curves(0.1, (8,) * 6, 2000)))


@claim("05", "nine were above their start again in the last 100 epochs, and six ended there", (9, 6), slow=True)
def a_forgotten_zero_grad() -> list[float]:
    penguins, again, ended = load_dataset("penguins"), 0, 0
    for seed in SEEDS:
        model, criterion, optimizer = faulty_network(0.1, seed)
        losses = []
        for _ in range(300):
            loss = criterion(model(penguins.X_train), penguins.y_train)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        again += max(losses[-100:]) > losses[0]
        ended += losses[-1] > losses[0]
    return [again, ended]


@claim(
    "05",
    "three end at 79 %, the others between 84 and 94 %; with the right loss all have 94 % or more",
    (3, 84, 94, 94),
    slow=True,
)
def a_softmax_before_the_loss() -> list[float]:
    penguins, shares = load_dataset("penguins"), {"wrong": [], "right": []}
    for seed in SEEDS:
        for name, criterion in (
            ("wrong", lambda logits, y: nn.functional.cross_entropy(logits.softmax(1), y)),
            ("right", nn.functional.cross_entropy),
        ):
            model, _, optimizer = faulty_network(0.1, seed)
            history = train(model, penguins, criterion, optimizer, num_epochs=300, progress=False)
            shares[name].append(round(100 * history.metric[-1]))
    others = [share for share in shares["wrong"] if share != 79]
    return [shares["wrong"].count(79), min(others), max(others), min(shares["right"])]


@claim(
    "05",
    "A flattens near 0.58, just above the 0.55 that it cannot cross, though 97 % of its answers are right",
    (0.58, 0.97),
    within=0.01,
)
def fault_a() -> list[float]:
    losses, accuracy = faulty_run("A")
    return [losses[-1], accuracy]


def one_path(w1: float) -> list[float]:
    """Return z of section 1's network, and the gradients by w1, b1, w2 and b2."""
    w1, b1, w2, b2 = (torch.tensor(number, requires_grad=True) for number in (w1, 0.2, 2.0, -1.0))
    z = w1 * 1.5 + b1
    gradients = torch.autograd.grad((w2 * z.relu() + b2 - 1.0) ** 2, [w1, b1, w2, b2])
    return [z.item(), *(gradient.item() for gradient in gradients)]


def two_ways() -> list[float]:
    """Return the gradients of an x that enters twice: as its second use, as its first, and of both together."""

    def gradient(*inputs: torch.Tensor) -> list[float]:
        loss = (torch.relu(0.8 * inputs[0] + 0.2) + inputs[-1] - 1.9) ** 2
        return [one.item() for one in torch.autograd.grad(loss, inputs)]

    first, second, x = (torch.tensor(1.5, requires_grad=True) for _ in range(3))
    return [*gradient(first, second)[::-1], *gradient(x)]


facts(
    "05",
    ("Step 9 reaches `w1`: 4.80", 4.8, lambda: one_path(0.8)[1]),
    ("Trying gave 4.89", 4.89, lambda: ((2 * 1.415 - 2) ** 2 - (2 * 1.4 - 2) ** 2) / 0.01),
    ("Only `b2` still learns, with −4.00", (0, 0, 0, -4), lambda: one_path(-0.5)[1:]),
    ("With w1 at −0.5, z = −0.55", -0.55, lambda: one_path(-0.5)[0]),
    ("2.00 comes back over the direct way, 1.60 through the neuron", (2.0, 1.6), lambda: two_ways()[:2]),
    ("The sum, 3.60", 3.6, lambda: two_ways()[2]),
    ("cannot get below 0.55", 0.551, lambda: -math.log(math.e / (math.e + 2))),
    ("an epoch then has 26 steps in place of one", 26, lambda: math.ceil(206 / 8)),
    ("acts like one of 20.6", 20.6, lambda: 0.1 * len(load_dataset("penguins").y_train)),
    (
        "1.05 is the **baseline**",
        1.05,
        lambda: _entropy(load_dataset("penguins").y_train.bincount() / len(load_dataset("penguins").y_train)),
    ),
)


def _entropy(shares: torch.Tensor) -> float:
    return -(shares * shares.log()).sum().item()


def forgotten_zero_grad(seed: int, num_epochs: int = 300) -> list[float]:
    """Return the losses of section 6's first mistake."""
    penguins, losses = load_dataset("penguins"), []
    model, criterion, optimizer = faulty_network(0.1, seed)
    for _ in range(num_epochs):
        loss = criterion(model(penguins.X_train), penguins.y_train)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


@claim("05", "0.1 within 40 epochs, where the curve of section 5 was still near 0.7", (True, 0.7), within=0.1)
def the_gift_of_a_forgotten_zero_grad() -> list[float]:
    return [min(forgotten_zero_grad(0, 40)) <= 0.105, curves(0.1)[0][39]]


@claim("05", "training loss falls, validation loss rises", 10)
def runs_whose_validation_loss_turns_up() -> int:
    """In how many seeds the validation loss at rate 1 ends above its lowest by a tenth of it."""
    options = {"learning_rates": [1.0], "optimizers": ["sgd"], "seeds": SEEDS, "num_epochs": 300}
    losses = sweep(load_dataset("penguins"), [8, 8], **options).validation_loss
    return int((losses[:, -1] > 1.1 * losses.min(1).values).sum())


# Lesson 06 ----------------------------------------------------------------------------------------------------

DEFAULT = "PyTorch's default"


def share_of_gradient(
    activation: str, scheme: str = DEFAULT, layers: int = 6, width: int = 8, scale: float = 1.0
) -> float:
    """Median over the seeds of what arrives at the sums of layer 1, as a share of the last layer's gradient."""
    penguins, sizes = load_dataset("penguins"), [width] * layers
    flows = [fresh_flow(penguins, sizes, activation, scheme, seed=seed, scale=scale) for seed in SEEDS]
    return median(flow.gradients[0] / flow.gradients[-1] for flow in flows)


for phrase, expected, settings in (
    ("With sigmoid, 3.2·10⁻⁶ of the last layer's gradient arrives", 3.2e-6, {"activation": "sigmoid"}),
    ("With ReLU the share is 0.0018", 0.0018, {"activation": "relu"}),
    ("with 12 layers 3.2·10⁻⁶", 3.2e-6, {"activation": "relu", "layers": 12}),
    ("with 20 layers 7.4·10⁻¹⁰", 7.4e-10, {"activation": "relu", "layers": 20}),
    ("A width of 32 does not help: 0.0014", 0.0014, {"activation": "relu", "width": 32}),
    ("With ReLU and He, 0.33 of the last layer's gradient", 0.33, {"activation": "relu", "scheme": "He"}),
    ("too small for ReLU: 0.068", 0.068, {"activation": "relu", "scheme": "Xavier"}),
    ("With tanh, Xavier's share is 0.32", 0.32, {"activation": "tanh", "scheme": "Xavier"}),
    ("and He's 0.59", 0.59, {"activation": "tanh", "scheme": "He"}),
    ("even with He its share is 4.1·10⁻⁴", 4.1e-4, {"activation": "sigmoid", "scheme": "He"}),
    ("He's variance, and its share is 0.53", 0.53, {"activation": "relu", "scale": 2.45}),
    ("layer 1 has about 5,000 times the gradient", 5000, {"activation": "relu", "scheme": "He", "scale": 5.0}),
):
    claim("06", phrase, expected, within=0.03)(partial(share_of_gradient, **settings))


@claim("06", "In section 3 it was a little less, 0.37", 0.37, within=0.03)
def factor_of_a_hidden_layer() -> float:
    """What each of the five steps from hidden layer 6 to hidden layer 1 leaves of a gradient."""
    flows = [fresh_flow(load_dataset("penguins"), [8] * 6, "relu", DEFAULT, seed=seed) for seed in SEEDS]
    return median((flow.gradients[0] / flow.gradients[5]) ** (1 / 5) for flow in flows)


def six_layers(width: int = 8, learning_rate: float = 0.1, num_epochs: int = 300, **options) -> int:
    """In how many of ten seeds PyTorch's default brings the loss of six layers below 0.2."""
    options |= {"learning_rate": learning_rate, "num_epochs": num_epochs}
    return below(0.2, final_losses("penguins", [width] * 6, **options))


for phrase, expected, settings in (
    ("| ReLU, default | 2 of 10 |", 2, {}),
    ("| ReLU, default, width 32 | 9 of 10 |", 9, {"width": 32}),
    ("| tanh, default | 7 of 10 |", 7, {"activation": "tanh"}),
    ("| sigmoid, default, Xavier or He | 0 of 10 |", 0, {"activation": "sigmoid"}),
    ("At 0.3 the default brings seven of ten seeds below 0.2", 7, {"learning_rate": 0.3}),
):
    claim("06", phrase, expected)(partial(six_layers, **settings))


def as_tanh(model: NeuralNetworkModel) -> None:
    """Let a sigmoid network with Xavier's weights compute what a tanh network does: tanh z = 2 sigmoid(2z) - 1."""
    first, *later = [layer for _, layer in model.linear_layers()]
    with torch.no_grad():
        for layer in later:
            layer.bias.copy_(-layer.weight.sum(1))
            layer.weight.mul_(2)
        for layer in (first, *later[:-1]):
            layer.weight.mul_(2)
            layer.bias.mul_(2)


def six_layers_started(
    activation: str, scheme: str, learning_rate: float = 0.1, then: Callable[[NeuralNetworkModel], None] | None = None
) -> int:
    """In how many of ten seeds six layers with other first weights end below 0.2."""
    losses = []
    for seed in SEEDS:
        with SeededRandomness(seed):
            model = NeuralNetworkModel(2, [8] * 6, 3, activation)
            initialise(model, scheme)
        if then:
            then(model)
        optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
        losses.append(trained(model, load_dataset("penguins"), optimizer, num_epochs=300)[-1])
    return below(0.2, losses)


for phrase, expected, arguments in (
    ("| ReLU, He | 10 of 10 |", 10, ("relu", "He")),
    ("| tanh, Xavier | 10 of 10 |", 10, ("tanh", "Xavier")),
    ("| sigmoid, default, Xavier or He | 0 of 10 |", 0, ("sigmoid", "He")),
    ("At rate 0.5 it then trained from all ten seeds", 10, ("sigmoid", "Xavier", 0.5, as_tanh)),
):
    claim("06", phrase, expected, slow=True)(partial(six_layers_started, *arguments))


@claim("06", "In the first hidden layer it stays off for good", (0, True, 0), slow=True)
def dead_units_that_come_back() -> tuple[float, ...]:
    """Units of [8, 8] at rate 2 that are dead and later are not: in layer 1, whether any in layer 2, whole layers."""
    penguins, back, layers_back = load_dataset("penguins"), [0, 0], 0
    for seed in SEEDS:
        with SeededRandomness(seed):
            model = NeuralNetworkModel(2, [8, 8], 3)
        optimizer = torch.optim.SGD(model.parameters(), lr=2.0)
        before = [torch.zeros(8, dtype=torch.bool)] * 2
        for _ in range(300):
            trained(model, penguins, optimizer, num_epochs=1)
            traces = model.trace(penguins.X_train)
            now = [(trace.pre_activation <= 0).all(0) for trace in traces[:2]]
            for layer in (0, 1):
                back[layer] += int((before[layer] & ~now[layer]).sum())
                layers_back += bool(before[layer].all() and not now[layer].all())
            before = now
    return back[0], back[1] > 0, layers_back


@claim("06", "The order was the same for all ten seeds that were tried.", 10, slow=True)
def order_of_the_race_on_the_spiral() -> int:
    """In how many seeds ReLU halves its first loss before SiLU, that before tanh, and sigmoid not at all."""
    options = {"learning_rates": [0.01], "optimizers": ["adam"], "seeds": SEEDS, "num_epochs": 200}
    halved = []
    for activation in ("relu", "silu", "tanh", "sigmoid"):
        losses = sweep(load_dataset("spiral"), [16, 16], activation=activation, **options).training_loss
        reached = losses < losses[:, :1] / 2
        halved.append(torch.where(reached.any(1), reached.int().argmax(1), 200).tolist())
    return sum(relu < silu < tanh < sigmoid == 200 for relu, silu, tanh, sigmoid in zip(*halved, strict=True))


facts(
    "06",
    ("leave 0.25⁶, or 2.4·10⁻⁴ of a gradient", 2.44e-4, lambda: 0.25**6),
    ("Beyond ±5 the slope is below 0.01", True, lambda: slope(torch.sigmoid, 5.0) < 0.01),
    ("The sigmoid's slope is 0.25 at best", 0.25, lambda: max(slope(torch.sigmoid, z / 10) for z in range(-50, 51))),
    ("tanh saturates too, but has slope 1 at 0", 1.0, lambda: slope(torch.tanh, 0.0)),
    (
        "a little gradient still passes, with its sign turned",
        True,
        lambda: all(-0.2 < slope(one, -2.0) < 0 for one in (nn.functional.gelu, nn.functional.silu)),
    ),
    ("of 114 and of 6 parameters", (114, 6), lambda: [count(2, [8, 8], 2), count(2, [], 2)]),
    ("should leave $\\sqrt{1/6} = 0.41$ of the signal", 0.408, lambda: (1 / 6) ** 0.5),
    ("2.45, which is $\\sqrt 6$", 2.45, lambda: 6**0.5),
    ("1.05 is the loss of one answer for all", 1.05, lambda: all_alike(0.0)[0]),
    ("From 0.5, all units of a layer get the same gradient and stay equal", 0.0, lambda: round(all_alike(0.5)[1], 3)),
)


def slope(function: Callable, z: float) -> float:
    """Return an activation's slope by autograd."""
    z = torch.tensor(z, requires_grad=True)
    return torch.autograd.grad(function(z), z)[0].item()


def all_alike(start: float) -> tuple[float, float]:
    """Train from weights that are all the same: the loss, and how far two units of layer 1 are apart."""
    model = NeuralNetworkModel(2, [8, 8], 3)
    for _, layer in model.linear_layers():
        nn.init.constant_(layer.weight, start)
        nn.init.zeros_(layer.bias)
    losses = trained(model, load_dataset("penguins"), torch.optim.SGD(model.parameters(), lr=0.1), num_epochs=300)
    units = model.input_layer.weight.detach()
    return losses[-1], (units - units[0]).abs().max().item()


@claim(
    "06",
    "ReLU ended with a dead layer in eight; leaky ReLU learned in nine (one diverged), tanh in all ten",
    (8, 9, 10),
    slow=True,
)
def survivors_of_rate_5() -> tuple[int, int, int]:
    """Of ten seeds: a whole layer dead with ReLU, and better than 0.3 with leaky ReLU and with tanh."""
    penguins, dead = load_dataset("penguins"), 0
    for seed in SEEDS:
        with SeededRandomness(seed):
            model = NeuralNetworkModel(2, [8, 8], 3)
        trained(model, penguins, torch.optim.SGD(model.parameters(), lr=5.0), num_epochs=300)
        dead += max(dead_shares(model, penguins.X_train)) == 1
    leaky, tanh = (
        final_losses("penguins", [8, 8], learning_rate=5.0, num_epochs=300, activation=name)
        for name in ("leaky_relu", "tanh")
    )
    return dead, below(0.3, leaky), below(0.3, tanh)


@claim("06", "At 0.03, sigmoid follows after 200 to 300 epochs", 10, slow=True)
def sigmoid_at_a_higher_rate() -> int:
    """In how many of ten seeds sigmoid halves its first loss between epochs 190 and 310."""
    options = {"learning_rates": [0.03], "optimizers": ["adam"], "seeds": SEEDS, "num_epochs": 400}
    losses = sweep(load_dataset("spiral"), [16, 16], activation="sigmoid", **options).training_loss
    halved = (losses < losses[:, :1] / 2).int().argmax(1)
    return int(((halved > 190) & (halved < 310)).sum())


facts(
    "06",
    ("the loss lies flat at 1.05", 1.05, lambda: rate_five("relu")),
    ("the loss comes back, and ends at 0.05", 0.05, lambda: round(rate_five("leaky_relu"), 2)),
    ("the default brought the loss below 0.2 in two", 2, six_layers),
)
claim("06", "in two, and He in all ten", 10, slow=True)(partial(six_layers_started, "relu", "He"))


def rate_five(activation: str) -> float:
    """Return the last loss of section 5's explorer, from seed 1 at rate 5."""
    return final_losses("penguins", [8, 8], learning_rate=5.0, num_epochs=300, activation=activation, seeds=[1])[0]


# Lesson 07 ----------------------------------------------------------------------------------------------------


@claim(
    "07", "for each of ten seeds, on average from 20 % to 79 % and from 79 % to 66 %", (10, 20, 79, 79, 66), slow=True
)
def a_class_weight_of_five() -> list[float]:
    """In how many seeds it raises recall and lowers accuracy; the means of both, before and after, in percent."""
    runs = [[train_weighted(torch_weighted_cross_entropy, w, seed=seed) for w in (1, 5)] for seed in SEEDS]
    traded = sum(after[0] > before[0] and after[1] < before[1] for before, after in runs)
    means = torch.tensor(runs).mean(0)  # (before and after, recall and accuracy)
    return [traded, *(round(100 * share) for share in means.T.flatten().tolist())]


@claim("07", "With rate 1 it had 97 % after 100 epochs, for all ten.", 97, slow=True)
def worst_accuracy_with_the_brier_score() -> float:
    """Of ten seeds, in percent, on the validation part."""
    options = {"learning_rates": [1.0], "seeds": SEEDS, "num_epochs": 100}
    return round(100 * sweep(load_dataset("penguins"), [8, 8], criterion=brier_score, **options).metric.min().item())


def brier_score(logits: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Squared distance between probabilities and one-hot targets."""
    return (logits.softmax(1) - nn.functional.one_hot(y, 3)).square().sum(1).mean()


def line_slopes(mass: float, criterion: nn.Module) -> float:
    """Return the slope of the outlier's line, in g per mm."""
    length, x, masses, outlier = load_flippers()
    masses = masses.clone()
    masses[outlier] = mass
    *_, line = fit_steps(x, masses, criterion)
    return 1000 * line.weight * ((x[1] - x[0]) / (length[1] - length[0])).item()


for phrase, expected, criterion, masses_typed in (
    ("Under MSE the slope goes from 57 to 77 and on to 121", (57, 77, 121), nn.MSELoss(), (5.55, 10.0, 20.0)),
    ("Under MAE it goes from 53 to 58 and stays there", (53, 58, 58), nn.L1Loss(), (5.55, 10.0, 20.0)),
    ("Huber goes from 57 to 60", (57, 60, 60), nn.HuberLoss(delta=0.5), (5.55, 10.0, 20.0)),
    ("with delta 4 to 78", 78, nn.HuberLoss(delta=4.0), (20.0,)),
):
    claim("07", phrase, expected, within=0.01)(
        partial(lambda criterion, typed: [line_slopes(mass, criterion) for mass in typed], criterion, masses_typed)
    )


def sure_loss(logit: float, smoothing: float = 0.0) -> float:
    """Return the loss of the explorer's sample, whose right class has a logit and the others 0 and −1."""
    logits = torch.tensor([[logit, 0.0, -1.0]])
    return nn.functional.cross_entropy(logits, torch.tensor([0]), label_smoothing=smoothing).item()


facts(
    "07",
    ("twice the error: 4 at first, 0.2 at the end", (4, 0.2), lambda: [2 * 2.0, 2 * 0.1]),
    ("At 5 the loss is 0.01, not 0", 0.01, lambda: round(sure_loss(5.0), 2)),
    ("the right class keeps 0.87", 0.867, lambda: 1 - 0.2 + 0.2 / 3),
    (
        "The loss is lowest near logit 2.2",
        2.2,
        lambda: min((z / 10 for z in range(100)), key=lambda z: sure_loss(z, 0.2)),
    ),
    ("cuts its loss at 100", 100, lambda: nn.functional.binary_cross_entropy(torch.zeros(1), torch.ones(1)).item()),
    (
        "a loss that sinks to the variance of the targets* (1, for they are standardised)",
        1.0,
        lambda: load_dataset("penguins_body_mass").y_train.var(correction=0).item(),
    ),
    ("a squared error, ends at 1", 1.0, lambda: (1 - torch.tensor([-20.0, 0, -1]).softmax(0)[0].item()) ** 2),
)


@claim("07", "below that of cross-entropy for 8 of 10 seeds, and equal for the other 2", (8, 2), slow=True)
def accuracy_of_the_brier_score() -> tuple[int, int]:
    """After 100 epochs at rate 0.1, on the validation part."""
    options = {"learning_rates": [0.1], "seeds": SEEDS, "num_epochs": 100}
    brier, plain = (
        sweep(load_dataset("penguins"), [8, 8], criterion=criterion, **options).metric
        for criterion in (brier_score, nn.CrossEntropyLoss())
    )
    return int((brier < plain).sum()), int((brier == plain).sum())


# Lesson 08 ----------------------------------------------------------------------------------------------------


@claim("08", "at 0.02 the loss after 100 steps is 0.14", 0.14, within=0.05)
def the_ravine_after_100_steps() -> float:
    """A step multiplies x by 1 - rate and y by 1 - 25 rate."""
    x, y = -4 * (1 - 0.02) ** 100, 2 * (1 - 25 * 0.02) ** 100
    return (x**2 + 25 * y**2) / 2


@claim("08", "Momentum 0.9 has at 0.032 the loss that SGD has at 0.32", 1.0, within=0.1, slow=True)
def momentum_at_a_tenth_of_the_rate() -> float:
    """Ratio of the median losses over the explorer's five seeds."""
    options = {"dataset": "penguins", "hidden_sizes": [8, 8], "num_epochs": 100, "seeds": range(5)}
    momentum = final_losses(learning_rate=10**-1.5, optimizer="momentum", **options)
    return median(momentum) / median(final_losses(learning_rate=10**-0.5, **options))


@claim("08", "it was lowest between 1.9 and 3.3, for nine of ten", 9, slow=True)
def where_the_range_test_is_lowest() -> int:
    """In how many seeds the lowest loss stands at a rate from 1.85 to 3.35."""
    rates = [0.001 * 1.1**epoch for epoch in range(100)]
    found = 0
    for seed in SEEDS:
        with SeededRandomness(seed):
            model = NeuralNetworkModel(2, [8, 8], 3)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.001)
        scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=1.1)
        losses = trained(model, load_dataset("penguins"), optimizer, num_epochs=100, scheduler=scheduler)
        found += 1.85 < rates[losses.index(min(losses))] < 3.35
    return found


@claim("08", "At 0.8 both end below 0.000001", True)
def momentum_of_0_8_in_the_ravine() -> bool:
    """Whether momentum and Nesterov end there after 100 steps."""
    losses = []
    for nesterov in (False, True):
        point = torch.tensor([-4.0, 2.0], requires_grad=True)
        optimizer = torch.optim.SGD([point], lr=0.02, momentum=0.8, nesterov=nesterov)
        for _ in range(100):
            optimizer.zero_grad()
            (point**2 * torch.tensor([1.0, 25.0])).sum().div(2).backward()
            optimizer.step()
        losses.append((point**2 * torch.tensor([1.0, 25.0])).sum().item() / 2)
    return max(losses) < 1e-6


@claim("08", "The schedule ended lower for 10 of 10 seeds.", (10, 6), slow=True)
def schedules_that_end_lower() -> tuple[int, int]:
    """In how many of ten seeds warm-up and cosine end below the constant rate, and in how many the warm-up alone."""
    lower = [0, 0]
    for seed in SEEDS:
        factors = (lambda *_: 1.0, lambda epoch, _: _warm_up(epoch) * cosine(max(epoch - 10, 0), 50), _warm_up)
        constant, *others = (scheduled_run(factor, 60, seed).training_loss[-1] for factor in factors)
        lower = [count + (loss < constant) for count, loss in zip(lower, others, strict=True)]
    return lower[0], lower[1]


def _warm_up(epoch: int, num_epochs: int = 60) -> float:
    return min((epoch + 1) / 10, 1)


def race(
    surface: str, optimizer: str, learning_rate: float, momentum: float = 0.9, start: tuple | None = None
) -> Racer:
    """Let one optimizer of the explorers take its 100 steps."""
    place, usual = load_surface(surface), {"beta1": 0.9, "beta2": 0.999, "weight_decay": 0.0, "noise": 0.0, "seed": 0}
    settings = Settings(
        learning_rate, momentum, **usual, num_steps=100, start=start or place.start, schedule=lambda *_: 1.0
    )
    racer = Racer(optimizer, place, settings)
    for _ in range(100):
        racer.step()
    return racer


facts(
    "08",
    ("the loss stays at 50", 50.0, lambda: race("ravine", "sgd", 0.08).losses[-1]),
    (
        "At 0.1 it is −1.5, and the point leaves the map",
        (-1.5, True),
        lambda: [1 - 25 * 0.1, race("ravine", "sgd", 0.1).diverged],
    ),
    ("ten times at $\\mu = 0.9$", 10.0, lambda: 1 / (1 - 0.9)),
    (
        "it stands at 0.00056, and Nesterov, whose look ahead brakes, at 0.000026",
        (0.00056, 0.000026),
        lambda: [race("ravine", name, 0.02).losses[-1] for name in ("momentum", "nesterov")],
    ),
    ("momentum's loss is 15", 15.0, lambda: race("ravine", "momentum", 0.02, 0.99).losses[-1]),
    (
        "At 0.9 your optimizer ends at 2.5, SGD at 5.6",
        (2.5, 5.6),
        lambda: [race("rosenbrock", name, 0.001).losses[-1] for name in ("momentum", "sgd")],
    ),
    ("At 0.95 yours ends at 0.081", 0.081, lambda: race("rosenbrock", "momentum", 0.001, 0.95).losses[-1]),
    ("The network has 51 parameters", 51, lambda: count(2, [8], 3)),
    (
        "SGD reaches its own star at no rate",
        True,
        lambda: (
            min(
                math.dist(race("network", "sgd", rate).trail[-1], load_surface("network").marks["found by SGD"])
                for rate in (0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
            )
            > 0.5
        ),
    ),
    ("An epoch has 7 batches", 7, lambda: math.ceil(206 / 32)),
    ("= 10 times their size", 10.0, lambda: 1 / (1 - 0.9)),
    (
        "Adam moves every weight by 1 in its first step",
        1.0,
        lambda: abs(race("bowl", "adam", 1.0).trail[1][0] - race("bowl", "adam", 1.0).trail[0][0]),
    ),
)


@claim("08", "On the penguins all three end near 0.05", (0.05, 0.05, 0.05), within=0.4)
def three_optimizers_from_their_valleys() -> list[float]:
    """Medians of ten seeds after the explorer's 100 epochs."""
    return [
        median(final_losses("penguins", [8, 8], learning_rate=rate, optimizer=name, num_epochs=100))
        for name, rate in (("sgd", 1.0), ("momentum", 0.32), ("adam", 0.032))
    ]


@claim(
    "08", "the loss ended below 0.1 for 10 of 10 seeds, and above it for all ten as it stands here", (10, 0), slow=True
)
def a_scheduler_per_epoch_and_per_batch() -> tuple[int, int]:
    penguins, ended = load_dataset("penguins"), []
    for steps_per_epoch in (1, 7):
        losses = []
        for seed in SEEDS:
            with SeededRandomness(seed):
                model = NeuralNetworkModel(2, [8, 8], 3)
            optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
            scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=20, gamma=0.1)
            shuffle, criterion = torch.Generator().manual_seed(seed), nn.CrossEntropyLoss()
            for _ in range(60):
                for batch in torch.randperm(206, generator=shuffle).split(32):
                    loss = criterion(model(penguins.X_train[batch]), penguins.y_train[batch])
                    optimizer.zero_grad()
                    loss.backward()
                    optimizer.step()
                    if steps_per_epoch == 7:
                        scheduler.step()
                if steps_per_epoch == 1:
                    scheduler.step()
            losses.append(criterion(model(penguins.X_train), penguins.y_train).item())
        ended.append(below(0.1, losses))
    return ended[0], ended[1]


def ends(learning_rates: Sequence[float], **options) -> list[float]:
    """Return the median losses of the explorer's five seeds after 100 epochs, one for each rate."""
    options = {"seeds": range(5), "num_epochs": 100, "hidden_sizes": [8, 8], **options}
    runs = sweep(load_dataset("penguins"), learning_rates=learning_rates, **options)
    losses = runs.training_loss[:, -1].nan_to_num(nan=math.inf)
    return losses.reshape(len(learning_rates), -1).median(1).values.tolist()


SIXTEEN = [10 ** (-3 + step / 4) for step in range(16)]


@claim("08", "From 0.32 to 1.8 nothing changes much", True, slow=True)
def the_valley_of_sgd() -> bool:
    """Whether these four rates end within 0.03 of one another, and the rates beside them do not."""
    losses = dict(zip([round(rate, 2) for rate in SIXTEEN], ends(SIXTEEN, optimizers=["sgd"]), strict=True))
    inside = [losses[rate] for rate in (0.32, 0.56, 1.0, 1.78)]
    return max(inside) - min(inside) < 0.03 and losses[0.18] > max(inside)


@claim("08", "From (2, −2) all four go to the other valley", True, slow=True)
def four_optimizers_from_another_start() -> bool:
    """Whether all end nearer to one place than to where each ends from (0, 0)."""
    for name in ("sgd", "momentum", "rmsprop", "adam"):
        here, there = (race("network", name, 0.1, start=start).trail[-1] for start in ((2.0, -2.0), (0.0, 0.0)))
        if math.dist(here, there) < 2:
            return False
    return True


@claim("08", "In 18 of 20 seeds it ended lower", 18, slow=True)
def cosine_against_a_constant_rate() -> int:
    lower, place = 0, load_surface("bowl")
    for seed in range(20):
        losses = []
        for schedule in (lambda *_: 1.0, cosine):
            racer = Racer("sgd", place, Settings(0.3, 0.9, 0.9, 0.999, 0.0, 3.0, seed, 100, place.start, schedule))
            for _ in range(100):
                racer.step()
            losses.append(racer.losses[-1])
        lower += losses[1] < losses[0]
    return lower


@claim("08", "With 4 hidden layers the wall moves from 5.6 to 1.8", (5.62, 1.78), within=0.01, slow=True)
def where_the_wall_stands() -> list[float]:
    """The lowest rate beyond the valley at which the median run ends above the baseline's half."""
    walls = []
    for hidden_sizes in ([8, 8], [8] * 4):
        losses = ends(SIXTEEN, optimizers=["sgd"], hidden_sizes=hidden_sizes)
        best = losses.index(min(losses))
        walls.append(next(rate for rate, loss in zip(SIXTEEN[best:], losses[best:], strict=True) if loss > 0.5))
    return walls


@claim("08", "Adam's valley begins near 0.01", True, slow=True)
def the_valley_of_adam() -> bool:
    low, begin, best = (ends([rate], optimizers=["adam"])[0] for rate in (0.0032, 0.01, 0.032))
    return begin - best < 0.1 < low - best


@claim("08", "With 0.7 it begins near 0.1, about a third of the rate", 1.0, within=0.25, slow=True)
def momentum_of_0_7_at_a_third_of_the_rate() -> float:
    """Ratio of its median loss at 0.1 to that of plain SGD at 0.32."""
    penguins, losses = load_dataset("penguins"), []
    for seed in range(5):
        with SeededRandomness(seed):
            model = NeuralNetworkModel(2, [8, 8], 3)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.7)
        losses.append(trained(model, penguins, optimizer, num_epochs=100)[-1])
    return median(losses) / ends([10**-0.5], optimizers=["sgd"])[0]


# Lesson 09 ----------------------------------------------------------------------------------------------------


@claim("09", "(from other seeds, all 36 or all but one)", (35, 36), slow=True)
def right_wines_at_rate_0_1() -> tuple[int, int]:
    """Fewest and most right validation wines over ten seeds."""
    table = load_wine(as_frame=True).frame
    wine = Dataset.from_frame(table, target="target", features=list(table.columns[:10]))
    runs = sweep(wine, [64, 32], learning_rates=[0.1], seeds=SEEDS, num_epochs=100)
    right = (len(wine.y_validation) * runs.metric).round().tolist()
    return min(right), max(right)


@claim(
    "09",
    "for 345 of the 346 digits that were read right (from ten seeds, for all but one at most)",
    (345, 1),
    slow=True,
)
def digits_that_one_pixel_flips() -> tuple[int, int]:
    """How many of the right validation digits one pixel flips, from seed 0; how many at most it does not, over the seeds."""
    digits, flipped, safe = load_dataset("digits"), [], []
    raw = digits.unstandardise(digits.X_validation).round()
    for seed in SEEDS:
        with SeededRandomness(seed):
            model = NeuralNetworkModel(64, [128], 10)
        optimizer = torch.optim.Adam(model.parameters(), lr=0.002)
        trained(model, digits, optimizer, num_epochs=100, batch_size=64, patience=10, seed=seed)
        right = (predict(model, digits.X_validation) == digits.y_validation).nonzero()[:, 0]
        fewest = [fewest_that_flip(model, digits, raw[row], range(64), most=2) for row in right]
        flipped.append(fewest.count(1))
        safe.append(fewest.count(2))
    return flipped[0], max(safe)


@claim("09", "led in 18 and tied in two, this one among them", (18, 2), slow=True)
def leads_over_logistic_regression() -> tuple[int, int]:
    """On how many of twenty splits the network is ahead, and on how many it ties."""
    leads = []
    for seed in range(20):
        digits = load_dataset("digits", seed=seed)
        with SeededRandomness(seed):
            model = NeuralNetworkModel(64, [128], 10)
        optimizer = torch.optim.Adam(model.parameters(), lr=0.002)
        trained(model, digits, optimizer, num_epochs=100, batch_size=64, patience=10, seed=seed)
        linear = LogisticRegression(max_iter=1000).fit(digits.X_train, digits.y_train)
        accuracy = evaluate(model, digits, nn.CrossEntropyLoss(), part="test").metric
        leads.append(round(len(digits.y_test) * (accuracy - linear.score(digits.X_test, digits.y_test))))
    return sum(lead > 0 for lead in leads), sum(lead == 0 for lead in leads)


@claim("09", "They agree to the last digit, from each of ten seeds", 0.0, slow=True)
def differences_between_the_fields_loop_and_train() -> float:
    """The largest over ten seeds, in the mean losses of five epochs."""
    largest, penguins = 0.0, load_dataset("penguins")
    rows, criterion = TensorDataset(penguins.X_train, penguins.y_train), nn.CrossEntropyLoss()
    for seed in SEEDS:
        with SeededRandomness(seed):
            plain = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 3))
        with SeededRandomness(seed):
            ours = NeuralNetworkModel(2, [8, 8], 3)
        loaders = [
            DataLoader(rows, batch_size=32, shuffle=True, generator=torch.Generator().manual_seed(seed))
            for _ in range(2)
        ]
        optimizer = torch.optim.SGD(ours.parameters(), lr=0.1)
        kept = trained(ours, loaders[0], optimizer, num_epochs=5)
        optimizer, losses = torch.optim.SGD(plain.parameters(), lr=0.1), []
        for _ in range(5):
            total = 0.0
            for inputs, targets in loaders[1]:
                loss = criterion(plain(inputs), targets)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                total += loss.item() * len(inputs)
            losses.append(total / len(rows))
        largest = max(largest, *(abs(a - b) for a, b in zip(losses, kept, strict=True)))
    return largest


@cache
def digits_moved(right: int = 0, ink: float = 1.0) -> tuple[int, int]:
    """Return how many validation digits lesson 09's network still knows, and the mean probability of its answers."""
    model, digits, _ = digit_network()
    pictures = digits.unstandardise(digits.X_validation).reshape(-1, 8, 8) * ink
    shares = predict(model, digits.standardise(moved(pictures, right).reshape(-1, 64)), probabilities=True)
    return int((shares.argmax(1) == digits.y_validation).sum()), round(100 * shares.amax(1).mean().item())


def drawn(start: int | str, *turned: tuple[int, int]) -> tuple[int, int]:
    """Return what the network on top of lesson 09 reads, and how surely, in percent."""
    shares = explore_drawing(start, turned).shares
    return int(shares.argmax()), round(100 * shares.max().item())


facts(
    "09",
    ("with ink at (5, 3) and none at (5, 5) it reads a 2, with 96 %", (2, 96), lambda: drawn(3, (5, 3), (5, 5))),
    ("On empty paper it reads a 4, with 74 %", (4, 74), lambda: drawn("empty paper")),
    ("346 of 359 are right as they stand", 346, lambda: digits_moved()[0]),
    ("it has 346 of 359 right, logistic regression 342", 342, lambda: right_by_logistic_regression("validation")),
    (
        "One pixel to the right leaves 125, one to the left 116",
        (125, 116),
        lambda: [digits_moved(r)[0] for r in (1, -1)],
    ),
    ("only from 98 % to 90 and 92 %", (98, 90, 92), lambda: [digits_moved(right)[1] for right in (0, 1, -1)]),
    ("Half the ink leaves 321", 321, lambda: digits_moved(0, 0.5)[0]),
    ("here one point", 1.0, lambda: round(100 * (0.967 * 0.033 / 359) ** 0.5)),
    (
        "is right for 90 % of the digits",
        90,
        lambda: round(100 * (load_dataset("digits").y_test != 8).float().mean().item()),
    ),
    ("5 of the 13 mistakes", (5, 13), lambda: [*mistakes_of_the_digit_network()]),
    ("both have 347 of 359", (347, 347), lambda: [right_by_the_network("test"), right_by_logistic_regression("test")]),
)


def right_by_logistic_regression(part: str) -> int:
    """Count its right digits on a part."""
    digits = load_dataset("digits")
    linear = LogisticRegression(max_iter=1000).fit(digits.X_train, digits.y_train)
    return int((linear.predict(getattr(digits, f"X_{part}")) == getattr(digits, f"y_{part}").numpy()).sum())


def right_by_the_network(part: str) -> int:
    """Count the digit network's right answers on a part."""
    model, digits, _ = digit_network()
    return int((predict(model, getattr(digits, f"X_{part}")) == getattr(digits, f"y_{part}")).sum())


def mistakes_of_the_digit_network() -> tuple[int, int]:
    """Count its wrong 2s, and all that it gets wrong."""
    model, digits, _ = digit_network()
    wrong = predict(model, digits.X_validation) != digits.y_validation
    return int((wrong & (digits.y_validation == 2)).sum()), int(wrong.sum())


@claim("09", "near epoch 20 and climbs from there: overfitting", (0.05, 20), within=0.4)
def the_wine_at_rate_1() -> list[float]:
    """The lowest validation loss, and its epoch."""
    losses = wine_runs(1.0).validation_loss[0]
    return [losses.min().item(), losses.argmin().item() + 1]


@claim("09", "loss 0.96, 69 % of the validation wines right", (0.96, 69), within=0.01)
def the_example_as_it_stands() -> list[float]:
    runs = wine_runs(0.01)
    return [runs.training_loss[0, -1].item(), round(100 * runs.metric[0].item())]


def wine_runs(learning_rate: float):
    """Train lesson 09's example at a rate, from seed 0."""
    table = load_wine(as_frame=True).frame
    wine = Dataset.from_frame(table, target="target", features=list(table.columns[:10]))
    return sweep(wine, [64, 32], learning_rates=[learning_rate], seeds=[0], num_epochs=100)


facts(
    "09",
    ("along the row, 31 of the 36 true 2s", (31, 36), lambda: confusions(2)[:2]),
    (
        'all 31 answers "2", only 35 of 39 answers "9"',
        (31, 31, 35, 39),
        lambda: [*confusions(2)[::2], *confusions(9)[::2]],
    ),
    ("nearly every digit is a 9", True, lambda: sum(drawn(digit, (2, 0))[0] == 9 for digit in range(10)) >= 8),
)


def confusions(digit: int) -> tuple[int, int, int]:
    """Return of a digit how many the network finds, how many there are, and how often it answers it."""
    model, digits, _ = digit_network()
    answers, true = predict(model, digits.X_validation) == digit, digits.y_validation == digit
    return int((answers & true).sum()), int(true.sum()), int(answers.sum())


@claim(
    "09",
    "falls on, to below 0.002; the validation loss (dashed) stays at about 0.1",
    (True, 0.1),
    within=0.1,
    slow=True,
)
def the_losses_of_128_neurons() -> tuple[bool, float]:
    digits = load_dataset("digits")
    with SeededRandomness(0):
        model = NeuralNetworkModel(64, [128], 10)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.002)
    options = {"num_epochs": 100, "batch_size": 64, "patience": 10, "seed": 0, "progress": False}
    history = train(model, digits, nn.CrossEntropyLoss(), optimizer, **options)
    return history.training_loss[-1] < 0.002, history.validation_loss[-1]


# Lesson 10 ----------------------------------------------------------------------------------------------------


@claim(
    "10", "For each of ten seeds at least 345 of 359 stay right after one pixel, and 335 after two", (10, 10), slow=True
)
def convolutions_that_survive_moved_digits() -> tuple[int, int]:
    """How many of ten seeds keep so many right answers, one pixel to both sides, and two."""
    digits = load_dataset("digits")
    pictures, seen = (digits.unstandardise(X).reshape(-1, 1, 8, 8) / 16 for X in (digits.X_train, digits.X_validation))
    survived = [0, 0]
    for seed in SEEDS:
        with SeededRandomness(seed):
            layers = (
                nn.Conv2d(1, 64, kernel_size=5, padding=2),
                nn.ReLU(),
                nn.MaxPool2d(8),
                nn.Flatten(),
                nn.Linear(64, 10),
            )
        model = nn.Sequential(*layers)
        optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
        trained(model, (pictures, digits.y_train), optimizer, num_epochs=20, batch_size=64)
        for pixels, fewest in ((1, 345), (2, 335)):
            right = [(predict(model, moved(seen, shift)) == digits.y_validation).sum() for shift in (-pixels, pixels)]
            survived[pixels - 1] += min(right) >= fewest
    return tuple(map(int, survived))


@claim("10", "the training loss ends at about 0.05 or below", 10, slow=True)
def networks_with_skips_below_0_055() -> int:
    """How many of ten seeds of six layers train with skip connections."""
    losses = []
    for seed in SEEDS:
        with SeededRandomness(seed):
            model = SkipModel(2, [8] * 6, 3)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        losses.append(trained(model, load_dataset("penguins"), optimizer, num_epochs=300)[-1])
    return below(0.055, losses)


@claim("10", "without skips only two of the ten end below 0.1, and seven are still above 0.9", (2, 7), slow=True)
def networks_without_skips() -> tuple[int, int]:
    """How many of ten seeds end below 0.1, and how many above 0.9."""
    losses = final_losses("penguins", [8] * 6, learning_rate=0.1, num_epochs=300)
    return below(0.1, losses), 10 - below(0.9, losses)


facts(
    "10",
    ("= 180 + 420 + 84 = 684", 684, lambda: count(8, [20, 20], 4)),
    ("ReLU leaves it at 1; the sigmoid makes it 0.73", (1, 0.731), lambda: [3 * 1 - 4 + 2, 1 / (1 + math.exp(-1))]),
    ("0.25¹⁰ is about one millionth", 9.5e-7, lambda: 0.25**10),
)


@claim("10", "lies above the other, by up to 0.05", 0.05, within=0.25)
def the_plain_average_of_unequal_shares() -> float:
    """The largest distance of its training loss from the whole batches', in the first ten epochs."""
    plain = _losses_of_shares((28, 5), lambda gradients, counts: sum(gradients) / len(gradients), 10)
    return max(
        a - b for a, b in zip(plain, _losses_of_shares((33,), lambda gradients, counts: gradients[0], 10), strict=True)
    )


claim("10", "Nine of ten seeds of lesson 05 were above their start again in the last 100 epochs", (9, 6), slow=True)(
    a_forgotten_zero_grad
)


# The playground -----------------------------------------------------------------------------------------------


def plane_border() -> float:
    """Return the rate at which gradient descent on the plane's loss no longer arrives: 2 by the largest curvature."""
    dataset = explore_playground("plane", [], 0.08, batch_size=None, num_epochs=0).run.dataset
    X = torch.cat([dataset.X_train, torch.ones(len(dataset.X_train), 1)], 1)
    return 2 / (2 * torch.linalg.eigvalsh(X.T @ X / len(X))[-1]).item()


def best_line() -> float:
    """Return the largest share of the squares that one line gets right, out of lines in many directions."""
    squares = load_dataset("xor", standardise=False, num_points=4000)
    angles = torch.linspace(0, math.pi, 181)
    along = squares.X_train @ torch.stack([angles.cos(), angles.sin()])  # (points, lines)
    yes = along[:, None, :] > torch.linspace(-6, 6, 121)[:, None]  # (points, distances, lines)
    right = (yes == squares.y_train.bool()[:, None, None]).float().mean(0)
    return torch.maximum(right, 1 - right).max().item()


claim("playground", "one line reaches about 70 %", 0.7, within=0.02)(best_line)
facts("playground", ("border is at 2 divided by its curvature, near 0.084", 0.084, plane_border))


def main(arguments: list[str] | None = None) -> int:
    """Hold up the claims named in `arguments`; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("lessons", nargs="*", metavar="LESSON", help="two digits; none: all lessons")
    parser.add_argument("--fast", action="store_true", help="leave out what takes more than a second")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    failed = 0
    for found in CLAIMS:
        if (found.slow and options.fast) or (options.lessons and found.lesson not in options.lessons):
            continue
        start = time.perf_counter()
        sentences = problems(found)
        failed += bool(sentences)
        print(f"{found.lesson} {found.phrase!r}: {time.perf_counter() - start:.1f} s", *sentences, sep="\n   ")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
