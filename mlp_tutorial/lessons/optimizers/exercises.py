"""The checks and plots of lesson 08's exercises on rates and schedules."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from matplotlib.axes import Axes
from torch import nn

from mlp_tutorial.data.load import load_dataset
from mlp_tutorial.lessons.optimizers.schedules import Schedule, usable_schedule
from mlp_tutorial.lessons.shared.checks import check
from mlp_tutorial.lessons.shared.comparing import compare
from mlp_tutorial.lessons.shared.feedback import NotYet
from mlp_tutorial.lessons.shared.problems import generator, whole_numbers
from mlp_tutorial.lessons.shared.values import shown
from mlp_tutorial.model import NeuralNetworkModel
from mlp_tutorial.plots.style import CLASS_COLOURS, TRAINING_COLOUR, new_figure
from mlp_tutorial.sweep.runs import sweep
from mlp_tutorial.training.history import History
from mlp_tutorial.training.loop import train
from mlp_tutorial.utils.errors import is_number
from mlp_tutorial.utils.randomness import SeededRandomness

#: The problem of the exercise on rates, as `sweep` takes it, and how low a run is to end.
RATE_PROBLEM = {"hidden_sizes": [16, 16], "optimizers": ["momentum"], "num_epochs": 60}
GOOD_MEDIAN, GOOD_WORST = 0.1, 0.2
#: A rate that does badly is too low below this, too high above.
TOO_HIGH_ABOVE = 0.5
#: Other seeds than those of the explorer: a rate is to serve networks not seen yet.
NEW_SEEDS = range(100, 120)


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
    with new_figure(6, 3.2) as figure:
        axes = figure.subplots()
        axes.plot(history.learning_rate, history.training_loss, color=TRAINING_COLOUR)
        highest = 2 * history.training_loss[0]
        axes.set(xscale="log", ylim=(0, highest), xlabel="learning rate of the epoch", ylabel="training loss")
    return axes


@check
def check_rate(rate: float) -> str:
    """Train the moons' network with the rate from twenty seeds that the explorer does not show."""
    if not is_number(rate) or not 0 < rate < math.inf:
        raise NotYet(f"Give one number greater than 0, such as 0.01; it is {shown(rate)}.")
    rate = float(rate)
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


@check
def check_warm_up_cosine(warm_up_cosine: Callable) -> str:
    """Compare the factors of all epochs with the formula, for several lengths."""
    for warm_up, rest in ((2, 4), (6, 17), (1, 5), (10, 20), whole_numbers(generator(), 3, 30, 2)):
        num_epochs = warm_up + rest
        given = (num_epochs,) if warm_up == 10 else (num_epochs, warm_up)  # 10 is the default
        answers = [warm_up_cosine(epoch, *given) for epoch in range(num_epochs)]
        if wrong := [answer for answer in answers if not is_number(answer)]:
            none = " It ends without return." if wrong[0] is None else ""
            raise NotYet(f"Return one number for each epoch; one of them is {shown(wrong[0])}.{none}")
        right, mistakes = _warm_up_cosines(warm_up, rest)
        factors = torch.tensor([float(answer) for answer in answers], dtype=torch.float64)
        compare(f"the factors with num_epochs={num_epochs}, warm_up={warm_up}", factors, right, causes=mistakes)
    return "Up in warm_up epochs, down in all that are left."


def _warm_up_cosines(warm_up: int, rest: int) -> tuple[torch.Tensor, list[tuple[torch.Tensor, str]]]:
    """Return the right factors of all epochs, and the wrong ones, each with its cause."""
    epochs = torch.arange(warm_up + rest).double()
    progress = epochs[:rest] / rest  # of the fall
    rising = (epochs[:warm_up] + 1) / warm_up

    def half_cosine(progress: torch.Tensor) -> torch.Tensor:
        return (1 + torch.cos(math.pi * progress)) / 2

    def then(falling: torch.Tensor, rising: torch.Tensor = rising) -> torch.Tensor:
        return torch.cat([rising, falling])

    from_the_start, wave = half_cosine(epochs / len(epochs)), torch.cos(math.pi * progress)
    from_zero = then(half_cosine(progress), rising=epochs[:warm_up] / warm_up)
    too_long, quarter = half_cosine(epochs[:rest] / len(epochs)), torch.cos(math.pi / 2 * progress)
    ten = torch.where(epochs < warm_up, (epochs + 1) / 10, half_cosine((epochs - warm_up) / rest))
    whole = then(half_cosine(progress.floor()), rising=rising.floor())
    return then(half_cosine(progress)), [
        (from_zero, "the first epoch has the factor 0, and is lost: it gets 1/warm_up, so count from 1"),
        (ten, "the warm-up is fixed at 10 epochs: use the argument"),
        (whole, "// cuts off what stands behind the point: divide with /"),
        (then(from_the_start[warm_up:]), "the cosine began with the first epoch: it begins after the warm-up, from 1"),
        (then(too_long), "the cosine does not reach its end: it has num_epochs − warm_up epochs to fall"),
        (then(wave), "a bare cosine falls to −1, and a negative rate climbs: (1 + cos) / 2 falls to 0"),
        (then(1 + wave), "it is not divided by 2"),
        (then(quarter), "that is a quarter of a wave; half a wave ends flat: (1 + cos(π · progress)) / 2"),
        (then(half_cosine(progress + 1 / rest)), "the fall begins an epoch early: in epoch warm_up, progress is 0"),
        (
            then(half_cosine(epochs[:rest] / max(1, rest - 1))),
            "progress is 1 in the last epoch already: it would be 1 in epoch num_epochs, one further",
        ),
        (then(1 - progress), "that is a straight line; half a wave of the cosine is asked for"),
        (then(half_cosine(1 - progress)), "it rises after the warm-up: progress grows from 0 to 1"),
        (from_the_start, "the warm-up is missing"),
        (then(torch.ones(rest)), "after the warm-up it has to fall"),
    ]


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
    chosen = usable_schedule(schedule, num_epochs, use=lambda factor: scheduled_run(factor, num_epochs, seed))
    constant = scheduled_run(lambda epoch, num_epochs: 1.0, num_epochs, seed)
    with new_figure(6, 4) as figure:
        axes, below = figure.subplots(2, 1, sharex=True, gridspec_kw={"height_ratios": [2.2, 1]})
        looks = (("constant", constant, "--"), (chosen.title("").strip(), chosen.result, "-"))
        for number, (label, history, line_style) in enumerate(looks):
            style = {"color": CLASS_COLOURS[number], "linestyle": line_style}
            epochs = range(1, len(history) + 1)
            axes.plot(epochs, history.training_loss, label=f"{label}: ends at {history.training_loss[-1]:.2f}", **style)
            below.plot(epochs, history.learning_rate, **style)
        axes.set(ylabel="training loss", yscale="log", title="Moons, SGD with momentum, batches of 16")
        axes.set_yticks([0.03, 0.1, 0.3], ["0.03", "0.1", "0.3"])
        axes.minorticks_off()
        axes.legend()
        below.set(xlabel="epoch", ylabel="learning rate", ylim=(0, None))
    return axes


def scheduled_run(schedule: Schedule, num_epochs: int, seed: int) -> History:
    """Train the moons' network in batches of 16, with momentum, by a schedule of the learning rate 0.18."""
    moons = load_dataset("moons")
    with SeededRandomness(seed):
        model = NeuralNetworkModel(2, [16, 16], 2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.18, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda epoch: float(schedule(epoch, num_epochs)))
    data, options = (moons.X_train, moons.y_train), {"num_epochs": num_epochs, "batch_size": 16, "seed": seed}
    return train(model, data, nn.CrossEntropyLoss(), optimizer, scheduler=scheduler, progress=False, **options)
