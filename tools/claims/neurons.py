"""The claims of lesson 01."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from sklearn.linear_model import LogisticRegression
from torch import nn

from mlp_tutorial.lessons.neurons import load_two_species
from tools.claims.frame import claims_of
from tools.claims.runs import first_below

claim, facts = claims_of("01")


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


@claim("For the bill length it is 5.5 mm", 5.5, within=0.01)
def the_standard_deviation_of_a_bill() -> float:
    bills = load_two_species()
    return bills.unstandardise(bills.X_train)[:, 0].std(correction=0).item()


@claim("90 with a rate of 1, 8 with 10", (90, 8))
def steps_to_the_goal() -> list[float]:
    return [first_below(0.03, neuron_descent([-1.0, 1.0], rate, 100)) for rate in (1.0, 10.0)]


@claim("stays there for about 12,000 steps", 12_000, within=0.05, slow=True)
def steps_until_the_neuron_leaves_the_flat() -> float:
    return first_below(0.3, neuron_descent([-8.0, 0.0], 1.0, 13_000))


@claim("With 0.1 it settles at 0.05", 0.05, within=0.05)
def without_the_sigmoid() -> float:
    return neuron_descent([-8.0, 0.0], 0.1, 100, activation=lambda z: z)[-1]


facts(
    ("The loss is 0.845, and still the tangents", 0.845, lambda: neuron_descent([-8.0, 0.0], 1.0, 0)[0]),
    ("It falls to 0.31", 0.31, lambda: neuron_descent([-8.0, 0.0], 1.0, 1000)[-1]),
    ("wrong by one half, and 0.5² = 0.25", 0.25, lambda: neuron_descent([0.0, 0.0], 1.0, 0)[0]),
    ("stays at 0.311, the share of Chinstraps", 0.311, lambda: load_two_species().y_train.float().mean().item()),
    ("with 0.1 more than 900", True, lambda: first_below(0.03, neuron_descent([-1.0, 1.0], 0.1, 1000)) > 900),
    ("climbs towards 1, where all answers are wrong", True, lambda: neuron_descent([0.0, 0.0], -1.0, 300)[-1] > 0.9),
    ("w1 = 4 and b = −2 get 96 % right", 96, lambda: percent_right_by_hand(4.0, 0.0, -2.0)),
    ("so no line gets all of them right", True, lambda: share_of_the_best_line() < 1),
    ("Together 50 numbers", 50, lambda: sum(p.numel() for p in nn.Linear(4, 10).parameters())),
)


def percent_right_by_hand(w1: float, w2: float, b: float) -> int:
    """Return how many of the training bills a neuron gets right, in percent."""
    bills = load_two_species()
    return round(100 * ((bills.X_train @ torch.tensor([w1, w2]) + b > 0) == bills.y_train.bool()).float().mean().item())


def share_of_the_best_line() -> float:
    """Return how many of the training bills a line gets right that is fitted without any penalty."""
    X, y = load_two_species().X_train.numpy(), load_two_species().y_train.numpy()
    return LogisticRegression(C=1e6, max_iter=10_000).fit(X, y).score(X, y)


@claim("after one step every output is 0", 0.0)
def the_largest_output_in_millimetres() -> float:
    bills = load_two_species()
    X, w = bills.unstandardise(bills.X_train), torch.zeros(2, requires_grad=True)
    (torch.sigmoid(X @ w) - bills.y_train).square().mean().backward()
    return torch.sigmoid(X @ -w.grad).max().item()
