"""Each row of the stacked optimizer goes where `torch.optim` takes it."""

import pytest
import torch

from mlp_tutorial.sweep.stacked_optimizer import SWEEP_OPTIMIZERS, StackedOptimizer

TORCH = {
    "sgd": lambda weights, rate: torch.optim.SGD(weights, lr=rate),
    "momentum": lambda weights, rate: torch.optim.SGD(weights, lr=rate, momentum=0.9),
    "adam": lambda weights, rate: torch.optim.Adam(weights, lr=rate),
}


def gradient_of(weights, step):
    return torch.sin(3 * weights + step) + 0.1 * weights


@pytest.mark.parametrize("names", [["sgd"] * 2, ["momentum"] * 2, ["adam"] * 2, ["sgd", "momentum", "adam"]])
def test_fifty_steps_are_those_of_torch(names):
    start = torch.randn(len(names), 7, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    rates = [0.1 / (number + 1) for number in range(len(names))]
    weights = start.clone()
    stacked = StackedOptimizer(weights, names, rates)
    rows = [row.clone().requires_grad_() for row in start]
    others = [TORCH[name]([row], rate) for name, row, rate in zip(names, rows, rates, strict=True)]
    for step in range(50):
        stacked.step(gradient_of(weights, step), torch.ones(len(names), dtype=torch.bool))
        for row, other in zip(rows, others, strict=True):
            row.grad = gradient_of(row.detach(), step)
            other.step()
    torch.testing.assert_close(weights, torch.stack(rows).detach(), rtol=1e-9, atol=1e-12)


def test_each_row_has_a_momentum_of_its_own():
    momenta, start = (0.0, 0.5, 0.99), torch.linspace(-1, 1, 15, dtype=torch.float64).reshape(3, 5)
    weights = start.clone()
    stacked = StackedOptimizer(weights, ["momentum"] * 3, [0.05] * 3, momenta)
    rows = [row.clone().requires_grad_() for row in start]
    others = [torch.optim.SGD([row], lr=0.05, momentum=one) for row, one in zip(rows, momenta, strict=True)]
    for step in range(20):
        stacked.step(gradient_of(weights, step), torch.ones(3, dtype=torch.bool))
        for row, other in zip(rows, others, strict=True):
            row.grad = gradient_of(row.detach(), step)
            other.step()
    torch.testing.assert_close(weights, torch.stack(rows).detach(), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", SWEEP_OPTIMIZERS)
def test_a_row_that_does_not_move_stays_even_where_its_gradient_is_lost(name):
    weights = torch.ones(2, 3)
    stacked = StackedOptimizer(weights, [name] * 2, [0.1, 0.1])
    gradients = torch.stack([torch.full((3,), torch.nan), torch.ones(3)])
    stacked.step(gradients, torch.tensor([False, True]))
    assert (weights[0] == 1).all() and (weights[1] < 1).all()
