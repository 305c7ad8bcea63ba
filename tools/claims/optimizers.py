"""The claims of lesson 08."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from statistics import median

import torch
from torch import nn

from mlp_tutorial import NeuralNetworkModel, SeededRandomness, load_dataset
from mlp_tutorial.lessons.optimizers.descent_racers import Racer, Settings
from mlp_tutorial.lessons.optimizers.exercises import scheduled_run
from mlp_tutorial.lessons.optimizers.schedules import cosine
from mlp_tutorial.lessons.optimizers.surfaces import load_surface
from mlp_tutorial.sweep import sweep
from tools.claims.frame import claims_of
from tools.claims.runs import SEEDS, below, count, final_losses, trained

claim, facts = claims_of("08")
#: Stops of the slider of rates on the network's map.
RATES = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0)


@claim("at 0.02 the loss after 100 steps is 0.14", 0.14, within=0.05)
def the_ravine_after_100_steps() -> float:
    """A step multiplies x by 1 - rate and y by 1 - 25 rate."""
    x, y = -4 * (1 - 0.02) ** 100, 2 * (1 - 25 * 0.02) ** 100
    return (x**2 + 25 * y**2) / 2


@claim("Momentum 0.9 has at 0.032 the loss that SGD has at 0.32", 1.0, within=0.1, slow=True)
def momentum_at_a_tenth_of_the_rate() -> float:
    """Ratio of the median losses over the explorer's five seeds."""
    options = {"dataset": "penguins", "hidden_sizes": [8, 8], "num_epochs": 100, "seeds": range(5)}
    momentum = final_losses(learning_rate=10**-1.5, optimizer="momentum", **options)
    return median(momentum) / median(final_losses(learning_rate=10**-0.5, **options))


@claim("it fell fastest between 0.3 and 1.1 and was lowest between 1.9 and 3.3, for nine of ten", (9, 9), slow=True)
def where_the_range_test_falls_and_is_lowest() -> list[int]:
    """In how many seeds the steepest step down before the lowest loss, and that loss, stand between these rates."""
    places = [range_test(seed) for seed in SEEDS]
    return [sum(0.25 < fastest < 1.15 for fastest, _ in places), sum(1.85 < lowest < 3.35 for _, lowest in places)]


def range_test(seed: int) -> tuple[float, float]:
    """Return the rates at which section 4's loss falls fastest, and is lowest."""
    rates = [0.001 * 1.1**epoch for epoch in range(100)]
    with SeededRandomness(seed):
        model = NeuralNetworkModel(2, [8, 8], 3)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.001)
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=1.1)
    losses = trained(model, load_dataset("penguins"), optimizer, num_epochs=100, scheduler=scheduler)
    lowest = losses.index(min(losses))
    return rates[min(range(lowest), key=lambda epoch: losses[epoch + 1] - losses[epoch])], rates[lowest]


@claim("The loss falls fastest around 0.5 and is lowest near 2.5", (0.5, 2.5), within=0.15)
def the_range_test_of_the_lesson() -> tuple[float, float]:
    return range_test(0)


@claim("about as low up to 0.75, but from 0.56 on seven of 20 seeds or more jump out of the valley", True, slow=True)
def rates_on_the_moons() -> bool:
    """Whether the medians of 20 seeds up to 0.75 are as low as at 0.3, none has jumped at 0.3, and seven at 0.56."""
    rates = [0.3, 0.42, 0.56, 0.75, 1.0]
    options = {"optimizers": ["momentum"], "seeds": range(20), "num_epochs": 60}
    losses = sweep(load_dataset("moons"), [16, 16], learning_rates=rates, **options).training_loss[:, -1].reshape(5, 20)
    medians, jumped = losses.median(1).values, (losses > 0.1).sum(1)
    return bool(medians[:4].max() < 1.1 * medians[0] < medians[4] and jumped[0] == 0 and (jumped[2:] >= 7).all())


@claim("On the digits, 1.0 is a good rate for SGD", 10, slow=True)
def digits_at_rate_1() -> int:
    return below(0.02, digits_losses("sgd", 1.0))


@claim("a tenth of SGD's rate for momentum, a hundredth for Adam", (10, 10), slow=True)
def digits_at_the_guessed_rates() -> list[int]:
    return [below(0.02, digits_losses("momentum", 0.1)), below(0.02, digits_losses("adam", 0.01))]


def digits_losses(optimizer: str, learning_rate: float) -> list[float]:
    """Return the last losses of section 8's networks for the digits."""
    options = {"optimizer": optimizer, "num_epochs": 10, "batch_size": 64}
    return final_losses("digits", [32], learning_rate=learning_rate, **options)


@claim("At 0.8 both end below 0.000001", True)
def momentum_of_0_8_in_the_ravine() -> bool:
    """Whether momentum and Nesterov end there after 100 steps."""
    return max(race("ravine", name, 0.02, 0.8).losses[-1] for name in ("momentum", "nesterov")) < 1e-6


@claim("The schedule ended lower for 10 of 10 seeds.", (10, 6), slow=True)
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


def race(surface: str, optimizer: str, learning_rate: float, momentum: float = 0.9, **settings) -> Racer:
    """Let one optimizer of the explorers take its 100 steps, with their usual settings but for those given."""
    place = load_surface(surface)
    usual = {"beta1": 0.9, "beta2": 0.999, "weight_decay": 0.0, "noise": 0.0, "seed": 0, "num_steps": 100}
    usual |= {"start": place.start, "schedule": lambda *_: 1.0}
    racer = Racer(optimizer, place, Settings(learning_rate, momentum, **{**usual, **settings}))
    for _ in range(100):
        racer.step()
    return racer


def first_step(optimizer: str) -> float:
    """Return how far an optimizer moves x in its first step on the bowl, at rate 1."""
    trail = race("bowl", optimizer, 1.0).trail
    return abs(trail[1][0] - trail[0][0])


def length_of_sgds_trail(learning_rate: float) -> float:
    """Return the length of SGD's way on the network's map."""
    return sum(map(math.dist, *zip(*pairwise(race("network", "sgd", learning_rate).trail), strict=True)))


facts(
    ("lands on the other side, half as high", -0.5, lambda: 1 - 25 * 0.06),
    (
        "RMSprop has no correction: its first step is ten times as long",
        10.0,
        lambda: first_step("rmsprop") / first_step("adam"),
    ),
    ("the first steps are about three times too long", True, lambda: 3 < 0.1 / 0.001**0.5 < 3.5),
    (
        "The lower the rate, the shorter SGD's trail",
        True,
        lambda: all(a < b for a, b in pairwise(length_of_sgds_trail(rate) for rate in RATES)),
    ),
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
                for rate in RATES
            )
            > 0.5
        ),
    ),
    ("its first step is 0.1 right and 0.1 up", (0.1, 0.1), lambda: race("network", "adam", 0.1).trail[1]),
    (
        "After 100 steps it is the lower, 0.051 against 0.23",
        (0.051, 0.226),
        lambda: [race("network", name, 0.1).losses[-1] for name in ("adam", "sgd")],
    ),
    (
        "and so at every rate of this slider",
        True,
        lambda: all(
            race("network", "adam", rate).losses[-1] < race("network", "sgd", rate).losses[-1] for rate in RATES
        ),
    ),
    (
        "At 1 it shoots past the lowest place, and comes back",
        True,
        lambda: min((losses := race("network", "adam", 1.0).losses)[:7]) < losses[10] > losses[-1],
    ),
    ("An epoch has 7 batches", 7, lambda: math.ceil(206 / 32)),
    ("= 10 times their size", 10.0, lambda: 1 / (1 - 0.9)),
    ("Adam moves every weight by 1 in its first step", 1.0, lambda: first_step("adam")),
)


@claim("On the penguins all three end near 0.05", (0.05, 0.05, 0.05), within=0.4)
def three_optimizers_from_their_valleys() -> list[float]:
    """Medians of ten seeds after the explorer's 100 epochs."""
    return [
        median(final_losses("penguins", [8, 8], learning_rate=rate, optimizer=name, num_epochs=100))
        for name, rate in (("sgd", 1.0), ("momentum", 0.32), ("adam", 0.032))
    ]


@claim("the loss ended below 0.1 for 10 of 10 seeds, and above it for all ten as it stands here", (10, 0), slow=True)
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


@claim("From 0.32 to 1.8 nothing changes much", True, slow=True)
def the_valley_of_sgd() -> bool:
    """Whether these four rates end within 0.03 of one another, and the rates beside them do not."""
    losses = dict(zip([round(rate, 2) for rate in SIXTEEN], ends(SIXTEEN, optimizers=["sgd"]), strict=True))
    inside = [losses[rate] for rate in (0.32, 0.56, 1.0, 1.78)]
    return max(inside) - min(inside) < 0.03 and losses[0.18] > max(inside)


@claim("From (2, −2) all four go to the other valley", True, slow=True)
def four_optimizers_from_another_start() -> bool:
    """Whether all end nearer to one place than to where each ends from (0, 0)."""
    for name in ("sgd", "momentum", "rmsprop", "adam"):
        here, there = (race("network", name, 0.1, start=start).trail[-1] for start in ((2.0, -2.0), (0.0, 0.0)))
        if math.dist(here, there) < 2:
            return False
    return True


@claim("In 18 of 20 seeds it ended lower", 18, slow=True)
def cosine_against_a_constant_rate() -> int:
    noisy = partial(race, "bowl", "sgd", 0.3, noise=3.0)
    return sum(noisy(seed=seed, schedule=cosine).losses[-1] < noisy(seed=seed).losses[-1] for seed in range(20))


@claim("With 4 hidden layers the wall moves from 5.6 to 1.8", (5.62, 1.78), within=0.01, slow=True)
def where_the_wall_stands() -> list[float]:
    """The lowest rate beyond the valley at which the median run ends above the baseline's half."""
    walls = []
    for hidden_sizes in ([8, 8], [8] * 4):
        losses = ends(SIXTEEN, optimizers=["sgd"], hidden_sizes=hidden_sizes)
        best = losses.index(min(losses))
        walls.append(next(rate for rate, loss in zip(SIXTEEN[best:], losses[best:], strict=True) if loss > 0.5))
    return walls


@claim("Adam's valley begins near 0.01", True, slow=True)
def the_valley_of_adam() -> bool:
    low, begin, best = (ends([rate], optimizers=["adam"])[0] for rate in (0.0032, 0.01, 0.032))
    return begin - best < 0.1 < low - best


@claim("With 0.7 it begins near 0.1, about a third of the rate", 1.0, within=0.25, slow=True)
def momentum_of_0_7_at_a_third_of_the_rate() -> float:
    """Ratio of its median loss at 0.1 to that of plain SGD at 0.32."""
    penguins, losses = load_dataset("penguins"), []
    for seed in range(5):
        with SeededRandomness(seed):
            model = NeuralNetworkModel(2, [8, 8], 3)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.7)
        losses.append(trained(model, penguins, optimizer, num_epochs=100)[-1])
    return median(losses) / ends([10**-0.5], optimizers=["sgd"])[0]
