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
import torch
from sklearn.datasets import load_wine
from sklearn.linear_model import LogisticRegression
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from mlp_tutorial import Dataset, NeuralNetworkModel, SeededRandomness, evaluate, load_dataset, predict, train
from mlp_tutorial.lessons.activations.initialisation import fresh_flow
from mlp_tutorial.lessons.backpropagation.faulty_runs import faulty_run
from mlp_tutorial.lessons.backpropagation.faulty_runs import penguin_network as faulty_network
from mlp_tutorial.lessons.building_blocks import load_three_questions
from mlp_tutorial.lessons.building_blocks.exercises import starts_that_separate
from mlp_tutorial.lessons.conclusion import SkipModel
from mlp_tutorial.lessons.conclusion.moved_digits import moved
from mlp_tutorial.lessons.forward_pass import penguin_network
from mlp_tutorial.lessons.losses.rare_class import torch_weighted_cross_entropy, train_weighted
from mlp_tutorial.lessons.neurons import load_two_species
from mlp_tutorial.lessons.optimizers.exercises import scheduled_run
from mlp_tutorial.lessons.optimizers.schedules import cosine
from mlp_tutorial.lessons.putting_it_together.turned_pixels import fewest_that_flip
from mlp_tutorial.lessons.shared.initialisation import initialise
from mlp_tutorial.sweep import sweep

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"
SEEDS = range(10)
Value = float | Sequence[float]


class Claim(NamedTuple):
    """A sentence of a lesson, and the function that recomputes its number."""

    lesson: str  # "06"
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


def problems(found: Claim) -> list[str]:
    """Return a sentence for each way in which a claim does not hold; none if it does."""
    return [*missing_phrase(found), *wrong_value(found)]


def missing_phrase(found: Claim) -> list[str]:
    """Return a sentence if the claim's phrase does not stand in its lesson."""
    (path,) = NOTEBOOKS.glob(f"{found.lesson}_*.ipynb")
    cells = nbformat.read(path, as_version=4).cells
    text = _plain("\n".join(cell.source for cell in cells if cell.cell_type == "markdown"))
    return [] if _plain(found.phrase) in text else [f"{path.name} does not say: {found.phrase!r}"]


def wrong_value(found: Claim) -> list[str]:
    """Return a sentence if the claim's value is not the one expected."""
    value, expected = ([*x] if isinstance(x, Sequence) else [x] for x in (found.measure(), found.expected))
    same = len(value) == len(expected)
    same = same and all(map(lambda a, b: math.isclose(a, b, rel_tol=found.within), value, expected))
    return [] if same else [f"{found.phrase!r}: expected {found.expected}, measured {value}"]


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


# Lesson 04 ----------------------------------------------------------------------------------------------------


@claim("04", "Penguin 193 gets 46 % Adelie and 43 % Chinstrap", (46, 43))
def the_unsure_penguin() -> list[float]:
    model, penguins = penguin_network()
    return (100 * model(penguins.X_train[193]).softmax(0)[:2]).round().tolist()


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


# Lesson 08 ----------------------------------------------------------------------------------------------------


@claim("08", "at 0.02 the loss after 100 steps is 0.14", 0.14, within=0.05)
def the_ravine_after_100_steps() -> float:
    """A step multiplies x by 1 - rate and y by 1 - 25 rate."""
    x, y = -4 * (1 - 0.02) ** 100, 2 * (1 - 25 * 0.02) ** 100
    return (x**2 + 25 * y**2) / 2


@claim("08", "Momentum has at 0.032 the loss that SGD has at 0.32", 1.0, within=0.1, slow=True)
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
