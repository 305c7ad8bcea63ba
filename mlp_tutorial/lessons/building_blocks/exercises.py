"""The data of lesson 02, its plot, and the checks of its exercises."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise

import numpy as np
import torch
from matplotlib.figure import Figure
from torch import nn

from mlp_tutorial.data.bundled import PENGUINS_FILE
from mlp_tutorial.experiment import cached_dataset
from mlp_tutorial.lessons.shared.checks import check, part
from mlp_tutorial.lessons.shared.comparing_calls import compare_calls
from mlp_tutorial.lessons.shared.feedback import NotYet
from mlp_tutorial.lessons.shared.problems import generator, whole_numbers
from mlp_tutorial.lessons.shared.stand_ins import stand_in
from mlp_tutorial.lessons.shared.values import shown
from mlp_tutorial.plots.style import TRAINING_COLOUR, VALIDATION_COLOUR, new_figure
from mlp_tutorial.sweep.runs import sweep
from mlp_tutorial.training.evaluation import evaluate
from mlp_tutorial.utils.errors import whole_number
from mlp_tutorial.utils.wording import architecture_in_words


def load_three_questions() -> tuple[torch.Tensor, torch.Tensor]:
    """Load the penguins with three yes/no answers each: is it male, does it live on Biscoe, is it heavier than 4 kg?

    Returns
    -------
    Tensor of shape (333, 2)
        Bill length and bill depth, standardised.
    Tensor of shape (333, 3)
        1 for yes, 0 for no.

    Examples
    --------
    >>> X, Y = load_three_questions()
    >>> Y[0]
    tensor([1., 0., 0.])
    """
    import pandas as pd

    table = pd.read_csv(PENGUINS_FILE).dropna()
    bills = torch.tensor(table[["bill_length_mm", "bill_depth_mm"]].to_numpy(), dtype=torch.float32)
    X = (bills - bills.mean(0)) / bills.std(0, correction=0)  # (penguins, 2)
    answers = [table["sex"] == "male", table["island"] == "Biscoe", table["body_mass_g"] > 4000]
    Y = torch.tensor([answer.tolist() for answer in answers], dtype=torch.float32).T  # (penguins, 3)
    return X, Y.contiguous()


@check(parts=2)
def check_count_parameters(count_parameters: Callable) -> str:
    """Compare `count_parameters(input_size, hidden_sizes, output_size)` with PyTorch's count; no hidden layer is a part."""
    names, draw = ("input_size", "hidden_sizes", "output_size"), generator()

    def drawn(depth: int) -> tuple[int, list[int], int]:
        input_size, output_size, *hidden_sizes = whole_numbers(draw, 2, 60, depth + 2)
        return input_size, hidden_sizes, output_size

    for some in (
        ((2, [8], 3), (3, [5, 4], 2), (10, [64, 32], 3), (7, [6, 5, 4, 3], 2), (1, [1], 1), drawn(1), drawn(3)),
        ((4, [], 3), (1, [], 1), drawn(0)),
    ):
        cases = [
            (f"the parameters of {architecture_in_words(*sizes)}", dict(zip(names, sizes, strict=True)))
            for sizes in some
        ]
        with part():
            try:
                compare_calls(count_parameters, _num_parameters, cases, _WRONG_COUNTS, shorthand=_widths_and_weights)
            except IndexError:
                if some[0][1]:
                    raise
                raise NotYet(
                    "Right for networks with hidden layers, but hidden_sizes=[] raised an IndexError: then one layer leads "
                    "straight from the inputs to the outputs."
                ) from None
    return "Your formula agrees with PyTorch, for one to four hidden layers and for none at all."


def _num_parameters(input_size: int, hidden_sizes: Sequence[int], output_size: int) -> int:
    return sum(before * after + after for before, after in pairwise([input_size, *hidden_sizes, output_size]))


_WRONG_COUNTS = """
    weights  # these are the weights alone; each neuron has a bias as well
    weights + len(widths) - 1  # one bias a layer is counted; there is one for each neuron
    weights + sum(widths[:-1])  # the biases of the inputs are counted and not those of the outputs
    weights + sum(widths)  # the inputs are given biases; they compute nothing
    weights + sum(widths[1:-1])  # the biases of the output layer are missing
    sum(widths[1:])  # these are the neurons; each of them has weights, one for each input
    right - widths[-1] * (widths[-2] + 1)  # the layer that leads to the outputs is missing
    right - widths[1] * (widths[0] + 1)  # the layer that starts at the inputs is missing
"""


def _widths_and_weights(input_size: int, hidden_sizes: Sequence[int], output_size: int) -> dict[str, object]:
    widths = [input_size, *hidden_sizes, output_size]
    return {"widths": widths, "weights": sum(before * after for before, after in pairwise(widths))}


@check
def check_hat(hat: Callable) -> str:
    """Compare `hat(x)` with the hat function, from −3 to 3."""
    spread = 6 * torch.rand(20, generator=generator()) - 3
    points = [torch.tensor([-2.0, -1, -0.5, 0, 0.5, 1, 2]), torch.arange(-3, 3.01, 0.25), spread, spread[:1]]
    compare_calls(hat, _hat, [("your hat", {"x": x}) for x in points], _WRONG_HATS, shorthand=_neurons_of_the_hat)
    return "Three corners, at −1, 0 and 1: three hidden neurons with the output weights 1, −2, 1 make them."


_WRONG_HATS = """
    rising  # this is the first neuron alone: it goes on rising after 0
    rising - middle  # after 0 it stays at 1: the slope has to fall by 2 there, from 1 to −1
    rising - 2 * middle  # it goes on falling below 0: a third neuron has to stop it at 1
    rising - middle - falling  # after 0 it stays at 1: the slope has to fall by 2 there, from 1 to −1
    rising - middle + falling  # the middle neuron needs the weight −2: the slope goes from 1 to −1
    rising + middle + falling  # all three neurons are added: one of them needs a negative weight
    right - 1  # the shape is right and lies too low: no bias is needed at the output
    right + 1  # the shape is right and lies too high: no bias is needed at the output
    -right  # it hangs upside down: turn the signs of the output weights
    1 - x.abs()  # without ReLU it goes on falling below 0 outside of −1 … 1
    (1 - x).relu() + rising - 1  # outside of −1 … 1 it rises: look at the slopes there
"""


def _neurons_of_the_hat(x: torch.Tensor) -> dict[str, torch.Tensor]:
    return {"rising": (x + 1).relu(), "middle": x.relu(), "falling": (x - 1).relu()}


def plot_hats(hat: Callable) -> Figure:
    """Draw a curve, and what 4, 8 and 16 hats side by side make of it, each as high as the curve at its peak.

    Parameters
    ----------
    hat : callable
        `hat(x)` is 0 outside of −1 … 1 and 1 at 0. Where it would stop the notebook, the package's own
        stands in.

    Returns
    -------
    matplotlib Figure
        The panels; each title holds the number of hats and of hidden neurons, and the largest gap.
    """
    x = torch.linspace(-3, 3, 601)
    curve = wave(x)
    chosen = stand_in(hat, _hat, (x,), noun="hat")
    with new_figure(6.4, 2.6) as figure:
        panels = figure.subplots(1, 3, sharey=True)
        for axes, number in zip(panels, (4, 8, 16), strict=True):
            peaks = torch.linspace(-3, 3, number)
            distance = peaks[1] - peaks[0]
            hats = torch.stack([wave(peak) * chosen.function((x - peak) / distance) for peak in peaks]).detach()
            total = hats.sum(0)  # (points,), from (hats, points)
            axes.plot(x, hats.T.numpy(), color="#BBBBBB", linewidth=0.8)
            axes.plot(x, curve, color=TRAINING_COLOUR, linewidth=1.5, label="the curve")
            axes.plot(x, total, label="sum of the hats", color=VALIDATION_COLOUR, linestyle=(0, (4, 1.5)))
            gap = (total - curve).abs().max().item()
            axes.set(xlabel="x", title=f"{number} hats, {3 * number} neurons\nlargest gap {gap:.2f}")
        figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
        figure.suptitle(chosen.title("A curve put together from"), fontsize=9)
    return figure


def wave(x: torch.Tensor) -> torch.Tensor:
    """Return the curve that `plot_hats` follows: a sine that rises and grows."""
    return torch.sin(2 * x) * (1 + x / 4) + x / 3


def _hat(x: torch.Tensor) -> torch.Tensor:
    return (x + 1).relu() - 2 * x.relu() + (x - 1).relu()


LOSSES = ("BCEWithLogitsLoss", "CrossEntropyLoss", "MSELoss")
#: What is wrong with a size and a loss, "" for nothing: the first that names one or both; "else" is for all that are left.
OUTPUTS = {
    "spam": {
        (1, "BCEWithLogitsLoss"): "",
        (2, "CrossEntropyLoss"): "",
        "MSELoss": "yes or no is no amount: train the probability, with BCEWithLogitsLoss.",
        (2, "BCEWithLogitsLoss"): "two outputs would answer two questions; yes and no is one question, so one output.",
        "else": "one yes/no question needs one logit, or two that a softmax compares.",
    },
    "digit": {
        (10, "CrossEntropyLoss"): "",
        1: "one output would say that a 9 is more than a 1; digits are classes: a logit for each of the ten.",
        9: "the digits are 0 to 9; count them.",
        "BCEWithLogitsLoss": "each picture shows exactly one digit: the ten shares have to compete, and add up to 1.",
        "MSELoss": "digits are classes, no amounts: use the loss for classes.",
        "else": "there are ten classes, so ten outputs; you have {size}.",
    },
    "film": {
        (5, "BCEWithLogitsLoss"): "",
        "CrossEntropyLoss": "several labels may fit at once, and a softmax lets only one win: five yes/no questions.",
        "MSELoss": "each label fits or does not: five yes/no questions, no amounts.",
        "else": "five labels are five yes/no questions, so five outputs; you have {size}.",
    },
    "house": {
        (2, "MSELoss"): "",
        "MSELoss": "two amounts are asked for, so two outputs; you have {size}.",
        "else": "a price and a heating cost are amounts, and no classes: no activation, and MSELoss.",
    },
}


@check(parts=4)
def check_outputs(output_sizes: Mapping[str, int], losses: Mapping[str, object]) -> str:
    """Compare output size and loss of each of the four tasks; for spam, two answers are right."""
    for name, answers in (("output_sizes", output_sizes), ("losses", losses)):
        if not isinstance(answers, Mapping) or set(answers) != set(OUTPUTS):
            raise NotYet(f"{name} must be a dictionary with the keys {', '.join(OUTPUTS)}.")
    for task in OUTPUTS:
        with part():
            size, loss = whole_number(output_sizes[task]), _name_of_loss(losses[task])
            if size is None:
                raise NotYet(
                    f"{task}: the output size is a whole number, such as 3; it is {shown(output_sizes[task])}."
                )
            if loss not in LOSSES:
                raise NotYet(f"{task}: choose a loss out of {', '.join(LOSSES)}; it is {shown(losses[task])}.")
            if why := _why_not(task, size, loss):
                raise NotYet(f"{task}: {why}")
    return "Each question got the outputs and the loss that it needs."


def _name_of_loss(loss: object) -> object:
    """Return the name of a loss given as a name, a class or an instance."""
    if isinstance(loss, str):
        return loss.rpartition(".")[2].removesuffix("()")
    return getattr(loss, "__name__", type(loss).__name__)


def _why_not(task: str, size: int, loss: str) -> str:
    """Return what a choice overlooks, "" where it is right."""
    if loss == "CrossEntropyLoss" and size == 1:
        return "with one output the softmax is always 1, the loss always 0, and nothing is learned."
    choices = (size, loss, (size, loss), "else")
    return next(why.format(size=size) for choice, why in OUTPUTS[task].items() if choice in choices)


#: What "separates" means: this share of the training points, from so many of the starts.
RIGHT, STARTS, NEEDED = 0.95, 20, 10
#: The network with the fewest parameters that does; the tests try every smaller one.
SMALLEST = (3,)
#: Above this, nothing is trained: it would keep the learner waiting.
MOST_PARAMETERS = 200


@lru_cache(maxsize=32)
def starts_that_separate(hidden_sizes: tuple[int, ...]) -> int:
    """Train a network by 300 steps of Adam from 20 starts at once, and count those after which it separates the circles."""
    data = cached_dataset("circles")
    runs = sweep(data, hidden_sizes, learning_rates=[0.05], seeds=range(STARTS), optimizers=["adam"], num_epochs=300)
    criterion = nn.CrossEntropyLoss()
    shares = [evaluate(runs.model(run), data, criterion, part="train").metric for run in range(STARTS)]
    return sum(share >= RIGHT for share in shares)


@check(parts=2)
def check_smallest(hidden_sizes: Sequence[int]) -> str:
    """Train the network from 20 starts on the circles, and look for one with fewer parameters that does it as well."""
    if isinstance(hidden_sizes, (torch.Tensor, np.ndarray)):
        hidden_sizes = hidden_sizes.tolist()
    if not isinstance(hidden_sizes, Sequence) or isinstance(hidden_sizes, str):
        raise NotYet(f"Give a list of widths, such as [8] or [4, 4]; it is {shown(hidden_sizes)}.")
    widths = [whole_number(width) for width in hidden_sizes]
    for width, given in zip(widths, hidden_sizes, strict=True):
        if width is None or width < 1:
            raise NotYet(f"Each width is a whole number of at least 1, as in [8] or [4, 4]; one of them is {given!r}.")
    count = _num_parameters(2, widths, 2)
    if count > MOST_PARAMETERS:
        raise NotYet(f"{widths} has {count:,} parameters, many more than it takes: try fewer than {MOST_PARAMETERS}.")
    found = starts_that_separate(tuple(widths))
    whose = f"{widths}, {count} parameters, separated the circles from {found} of {STARTS} starts"
    with part():
        if found < NEEDED:
            raise NotYet(f"{whose}; {NEEDED} are needed: {_why_too_small(widths)}.")
    with part():
        if found < NEEDED or count > _num_parameters(2, SMALLEST, 2):
            raise NotYet(f"{whose}. That is enough, but a network with fewer parameters does it, too.")
    return f"{whose}. Every smaller network fails: with one hidden layer, two neurons enclose nothing, three can."


def _why_too_small(widths: Sequence[int]) -> str:
    if not widths:
        return "without a hidden layer the border is one straight line"
    if widths[0] == 1:
        return "one neuron tells points apart in one direction only, so it can enclose nothing"
    if widths[0] == 2 and len(widths) > 1:
        return "two neurons enclose nothing, and only from some starts does a later layer learn to close the region"
    if widths[0] == 2:
        return "two neurons enclose nothing: in some direction neither of them rises"
    return "everything has to pass through a layer of one neuron" if 1 in widths else "try more neurons"
