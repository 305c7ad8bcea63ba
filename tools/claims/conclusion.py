"""The claims of lesson 10."""

from __future__ import annotations

import math
from functools import cache

import torch
from torch import nn

from mlp_tutorial import SeededRandomness, load_dataset, predict
from mlp_tutorial.lessons.conclusion import SkipModel, explore_moved_digit
from mlp_tutorial.lessons.conclusion.exercises import _losses_of_shares
from mlp_tutorial.lessons.conclusion.moved_digits import digits_of, on_sheet, trained_networks
from tools.claims.backpropagation import a_forgotten_zero_grad
from tools.claims.frame import claims_of
from tools.claims.runs import SEEDS, below, count, curves, final_losses, trained

claim, facts = claims_of("10")


#: Where digits are moved: the middle, four ways by one pixel, four ways by two.
PLACES = (
    (0, 0),
    *((pixels * right, pixels * down) for pixels in (1, 2) for right, down in ((1, 0), (-1, 0), (0, 1), (0, -1))),
)


@cache
def moved_digits_known() -> tuple[torch.Tensor, torch.Tensor]:
    """Return how many digits the linear layers know, and how many the convolution; both of shape (10 seeds, 9 places)."""
    pictures, y = digits_of("validation")
    known = []
    for seed in SEEDS:
        networks = trained_networks(seed).values()
        known.append([[(predict(one, on_sheet(pictures, *at)) == y).sum() for one in networks] for at in PLACES])
    return torch.tensor(known).unbind(2)


@claim("For each of ten seeds it knows at least 335 of 359, wherever they stand", 10, slow=True)
def convolutions_that_do_not_notice() -> int:
    """How many of ten seeds know as many digits at all nine places, and so many."""
    _, known = moved_digits_known()
    return ((known == known[:, :1]) & (known >= 335)).all(1).sum().item()


@claim("the linear layers fewer than 200 after one pixel, and fewer than 70 after two", (10, 10), slow=True)
def linear_layers_that_lose_moved_digits() -> list[int]:
    """How many of ten seeds know so few, whichever way the digits move."""
    known, _ = moved_digits_known()
    return [(known[:, 1:5] < 200).all(1).sum().item(), (known[:, 5:] < 70).all(1).sum().item()]


@claim("they lose about half of all digits; two, nearly all", (0.46, 0.12), within=0.05, slow=True)
def shares_of_moved_digits() -> list[float]:
    """The mean share that linear layers know, over ten seeds and four ways, for one pixel and for two."""
    known, _ = moved_digits_known()
    return [(part.double().mean() / 359).item() for part in (known[:, 1:5], known[:, 5:])]


@claim("the training loss ends at about 0.05 or below", 10, slow=True)
def networks_with_skips_below_0_055() -> int:
    """How many of ten seeds of six layers train with skip connections."""
    losses = []
    for seed in SEEDS:
        with SeededRandomness(seed):
            model = SkipModel(2, [8] * 6, 3)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        losses.append(trained(model, load_dataset("penguins"), optimizer, num_epochs=300)[-1])
    return below(0.055, losses)


def right_by_attention() -> float:
    """Return the share of the validation penguins that attention to the known ones gets right."""
    penguins = load_dataset("penguins")
    known = nn.functional.one_hot(penguins.y_train).float()
    answers = nn.functional.scaled_dot_product_attention(4 * penguins.X_validation, penguins.X_train, known)
    return (answers.argmax(1) == penguins.y_validation).float().mean().item()


@claim("without skips the loss stayed above 1", True, slow=True)
def the_network_without_skips() -> bool:
    return curves(0.1, (8,) * 6)[0][-1] > 1


@claim("without skips only two of the ten end below 0.1, and seven are still above 0.9", (2, 7), slow=True)
def networks_without_skips() -> tuple[int, int]:
    """How many of ten seeds end below 0.1, and how many above 0.9."""
    losses = final_losses("penguins", [8] * 6, learning_rate=0.1, num_epochs=300)
    return below(0.1, losses), 10 - below(0.9, losses)


def answers_to_the_first_6(right: int) -> tuple[int, int, int]:
    """Return what both networks of the top read, moved to the right, and how surely the linear layers do, in percent."""
    linear, convolved = explore_moved_digit(6, right).shares
    return int(linear.argmax()), int(convolved.argmax()), round(100 * linear.max().item())


facts(
    ("In the middle both read a 6", (6, 6), lambda: answers_to_the_first_6(0)[:2]),
    ("One pixel further the linear layers read a 1, with 100 %", (1, 6, 100), lambda: answers_to_the_first_6(1)),
    ("= 180 + 420 + 84 = 684", 684, lambda: count(8, [20, 20], 4)),
    ("ReLU leaves it at 1; the sigmoid makes it 0.73", (1, 0.731), lambda: [3 * 1 - 4 + 2, 1 / (1 + math.exp(-1))]),
    ("Nothing was trained, and most answers are right", True, lambda: right_by_attention() > 0.9),
    ("0.25¹⁰ is about one millionth", 9.5e-7, lambda: 0.25**10),
)


@claim("lies above the other, by up to 0.05", 0.05, within=0.25)
def the_plain_average_of_unequal_shares() -> float:
    """The largest distance of its training loss from the whole batches', in the first ten epochs."""
    plain = _losses_of_shares((28, 5), lambda gradients, counts: sum(gradients) / len(gradients), 10)
    return max(
        a - b for a, b in zip(plain, _losses_of_shares((33,), lambda gradients, counts: gradients[0], 10), strict=True)
    )


claim("Nine of ten seeds of lesson 05 were above their start again in the last 100 epochs", (9, 6), slow=True)(
    a_forgotten_zero_grad
)
