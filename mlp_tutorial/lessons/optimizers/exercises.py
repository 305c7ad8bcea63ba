"""What lesson 08 imports: its explorers, its plots, and the checks of its exercises."""

from __future__ import annotations

import math
from collections.abc import Callable

import matplotlib
import torch
from matplotlib.axes import Axes
from torch import nn

from mlp_tutorial.data.load import load_dataset
from mlp_tutorial.lessons.optimizers.schedules import Schedule, usable_schedule
from mlp_tutorial.lessons.shared.checks import NotYet, check, compare, fresh_generator
from mlp_tutorial.model import NeuralNetworkModel
from mlp_tutorial.plots.style import CLASS_COLOURS, STYLE, TRAINING_COLOUR, new_figure
from mlp_tutorial.sweep.runs import sweep
from mlp_tutorial.training.history import History
from mlp_tutorial.training.loop import train
from mlp_tutorial.utils.errors import is_number
from mlp_tutorial.utils.randomness import SeededRandomness

# The range test ------------------------------------------------------------------------------------------------


def plot_range_test(history: History) -> Axes:
    """Draw the loss of a run whose learning rate has grown from epoch to epoch, against that rate.

    Parameters
    ----------
    history : History
        As `train` returned it, with a scheduler that raises the rate.

    Returns
    -------
    matplotlib Axes
        The axes drawn on.
    """
    axes = _axes()
    with matplotlib.rc_context(STYLE):
        axes.plot(history.learning_rate, history.training_loss, color=TRAINING_COLOUR)
        axes.set(xscale="log", xlabel="learning rate of the epoch", ylabel="training loss")
        axes.set_ylim(0, 2 * history.training_loss[0])
    return axes


# Exercise 4: choose a rate -------------------------------------------------------------------------------------

#: The problem of the exercise, as `sweep` takes it, and how low a run is to end.
RATE_PROBLEM = {"hidden_sizes": [16, 16], "optimizers": ["momentum"], "num_epochs": 60}
GOOD_MEDIAN, GOOD_WORST = 0.1, 0.2
#: A rate that does badly is too low below this, too high above.
TOO_HIGH_ABOVE = 0.5
#: Other seeds than those of the explorer: a rate is to serve networks not seen yet.
NEW_SEEDS = range(100, 120)


@check
def check_rate(rate: float) -> str:
    """Train the moons' network with the rate from twenty seeds that the explorer does not show."""
    if not is_number(rate) or not 0 < rate < math.inf:
        raise NotYet(f"Give one number greater than 0, such as 0.01; it is {rate!r}.")
    runs = sweep(load_dataset("moons"), learning_rates=[rate], seeds=NEW_SEEDS, **RATE_PROBLEM)
    losses = runs.training_loss[:, -1].nan_to_num(nan=math.inf)  # (seed,)
    median, num_bad = losses.median().item(), int((losses > GOOD_WORST).sum())
    ends = f"From {len(losses)} new seeds the median loss is {median:.2f}"
    if median > GOOD_MEDIAN and rate < TOO_HIGH_ABOVE:
        raise NotYet(f"{ends}: too low, the steps are right but too short for so few epochs. Go higher.")
    if median > GOOD_MEDIAN:
        raise NotYet(f"{ends}: too high, every step jumps across the valley. Go lower.")
    if num_bad:
        raise NotYet(
            f"{ends}, but {num_bad} of them end above {GOOD_WORST}: this rate stands at the edge, where luck decides. "
            "Keep some distance: go a little lower."
        )
    return f"{ends}, and the worst of them ends at {losses.max().item():.2f}."


# Exercise 5: a schedule ----------------------------------------------------------------------------------------


@check
def check_warm_up_cosine(warm_up_cosine: Callable) -> str:
    """Compare the factors of all epochs with the formula, for lengths drawn at random, and train with them."""
    draw = fresh_generator()
    warm_up, rest = (int(torch.randint(low, high, (), generator=draw)) for low, high in ((4, 9), (11, 30)))
    num_epochs = warm_up + rest
    answers = [warm_up_cosine(epoch, num_epochs, warm_up) for epoch in range(num_epochs)]
    if any(not isinstance(answer, (int, float, torch.Tensor)) for answer in answers):
        wrong = next(answer for answer in answers if not isinstance(answer, (int, float, torch.Tensor)))
        raise NotYet(f"Return one number for each epoch; one of them is {wrong!r}.")

    def factors(rising: Callable[[int], float], falling: Callable[[int], float]) -> torch.Tensor:
        return torch.tensor(
            [rising(epoch) if epoch < warm_up else falling(epoch) for epoch in range(num_epochs)], dtype=torch.float64
        )

    def half_cosine(progress: float) -> float:
        return (1 + math.cos(math.pi * progress)) / 2

    def rising(epoch: int) -> float:
        return (epoch + 1) / warm_up

    def falling(epoch: int) -> float:
        return half_cosine((epoch - warm_up) / rest)

    compare(
        "the factors",
        torch.tensor([float(answer) for answer in answers], dtype=torch.float64),
        factors(rising, falling),
        causes=[
            (
                factors(lambda epoch: epoch / warm_up, falling),
                "the first epoch has the factor 0, and is lost: it gets 1/warm_up, so count from 1",
            ),
            (
                factors(rising, lambda epoch: half_cosine(epoch / num_epochs)),
                "the cosine began with the first epoch: it begins after the warm-up, from 1",
            ),
            (
                factors(rising, lambda epoch: half_cosine((epoch - warm_up) / num_epochs)),
                "the cosine does not reach its end: it has num_epochs − warm_up epochs to fall",
            ),
            (
                factors(rising, lambda epoch: math.cos(math.pi * (epoch - warm_up) / rest)),
                "a bare cosine falls to −1, and a negative rate climbs: (1 + cos) / 2 falls to 0",
            ),
            (factors(rising, lambda epoch: 1 + math.cos(math.pi * (epoch - warm_up) / rest)), "it is not divided by 2"),
            (
                factors(rising, lambda epoch: math.cos(math.pi / 2 * (epoch - warm_up) / rest)),
                "that is a quarter of a wave; half a wave ends flat: (1 + cos(π · progress)) / 2",
            ),
            (
                factors(falling_from_start := lambda epoch: half_cosine(epoch / num_epochs), falling_from_start),
                "the warm-up is missing",
            ),
            (factors(rising, lambda epoch: 1.0), "after the warm-up it has to fall"),
        ],
    )
    seen = _rates_in_training(lambda epoch: warm_up_cosine(epoch, num_epochs, warm_up), num_epochs)
    compare("the learning rates that train saw", seen, 0.1 * factors(rising, falling))
    return f"Up in {warm_up} epochs, down in {rest}: train followed your factors."


def _rates_in_training(factor: Callable[[int], float], num_epochs: int) -> torch.Tensor:
    model = nn.Linear(1, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, factor)
    data = (torch.zeros(2, 1), torch.zeros(2, 1))
    history = train(model, data, nn.MSELoss(), optimizer, num_epochs=num_epochs, scheduler=scheduler, progress=False)
    return torch.tensor(history.learning_rate, dtype=torch.float64)


def plot_schedule(schedule: Schedule, num_epochs: int = 60, seed: int = 0) -> Axes:
    """Train the moons' network in small batches, with a constant rate and with a schedule, and draw both losses.

    Parameters
    ----------
    schedule : callable
        `schedule(epoch, num_epochs)` returns the factor of the learning rate. Where it would stop the
        notebook, the cosine without warm-up stands in.
    num_epochs : int, default 60
        Length of both runs.
    seed : int, default 0
        For the initial weights and the order of the batches, the same in both runs.

    Returns
    -------
    matplotlib Axes
        The axes with the losses; below them stand the axes with the learning rates.
    """

    def run(factor: Schedule) -> History:
        return scheduled_run(factor, num_epochs, seed)

    chosen = usable_schedule(schedule, num_epochs, use=run)
    axes, below = _axes(2, height_ratios=[2.2, 1])
    with matplotlib.rc_context(STYLE):
        looks = (("constant", run(lambda epoch, num_epochs: 1.0), "--"), (chosen.title("").strip(), chosen.result, "-"))
        for number, (label, history, line_style) in enumerate(looks):
            style = {"color": CLASS_COLOURS[number], "linestyle": line_style}
            epochs = range(1, len(history) + 1)
            axes.plot(epochs, history.training_loss, label=f"{label}: ends at {history.training_loss[-1]:.2f}", **style)
            below.plot(epochs, history.learning_rate, **style)
        axes.set(ylabel="training loss", yscale="log", title="Moons, SGD with momentum, batches of 16")
        axes.set_yticks([0.03, 0.1, 0.3], ["0.03", "0.1", "0.3"])
        axes.minorticks_off()
        axes.legend()
        below.set(xlabel="epoch", ylabel="learning rate")
        below.set_ylim(bottom=0)
    return axes


def scheduled_run(schedule: Schedule, num_epochs: int, seed: int) -> History:
    """Train the moons' network in batches of 16, with momentum, by a schedule.

    Parameters
    ----------
    schedule : callable
        `schedule(epoch, num_epochs)` returns the factor of the learning rate, which is 0.18.
    num_epochs, seed : int
        Length of the run; where weights and order come from.
    """
    moons = load_dataset("moons")
    with SeededRandomness(seed):
        model = NeuralNetworkModel(2, [16, 16], 2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.18, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda epoch: float(schedule(epoch, num_epochs)))
    return train(
        model,
        (moons.X_train, moons.y_train),
        nn.CrossEntropyLoss(),
        optimizer,
        num_epochs=num_epochs,
        batch_size=16,
        seed=seed,
        scheduler=scheduler,
        progress=False,
    )


def _axes(rows: int = 1, **grid: object) -> Axes:
    figure = new_figure(6, 3.2 if rows == 1 else 4)
    with matplotlib.rc_context(STYLE):
        return figure.subplots(rows, 1, sharex=True, gridspec_kw=grid or None)
