"""The racers take the steps of torch's optimizers."""

from dataclasses import replace

import pytest
import torch

from mlp_tutorial.experiment import OPTIMIZERS
from mlp_tutorial.lessons.optimizers.descent_explorer import explore_descent
from mlp_tutorial.lessons.optimizers.descent_racers import Racer
from mlp_tutorial.lessons.optimizers.schedules import constant, cosine
from mlp_tutorial.lessons.optimizers.surfaces import load_surface


def by_torch(surface, make, start, num_steps):
    point = torch.tensor(start, requires_grad=True)
    optimizer = make([point])
    losses = []
    for _ in range(num_steps):
        loss = load_surface(surface).loss(*point)
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return [*losses, load_surface(surface).loss(*point).item()], tuple(point.tolist())


@pytest.mark.parametrize("surface", ["saddle", "network"])
def test_the_optimizers_are_torchs(surface):
    start = (0.5, -0.25)
    explorer = explore_descent(
        surface, OPTIMIZERS, 0.02, momentum=0.8, betas=(0.7, 0.95), start=start, weight_decay=0.1, num_steps=30
    )
    decay = {"lr": 0.02, "weight_decay": 0.1}
    makers = (
        lambda p: torch.optim.SGD(p, **decay),
        lambda p: torch.optim.SGD(p, momentum=0.8, **decay),
        lambda p: torch.optim.SGD(p, momentum=0.8, nesterov=True, **decay),
        lambda p: torch.optim.RMSprop(p, **decay),
        lambda p: torch.optim.Adam(p, betas=(0.7, 0.95), **decay),
        lambda p: torch.optim.AdamW(p, betas=(0.7, 0.95), **decay),
    )
    for racer, make in zip(explorer.racers, makers, strict=True):
        losses, end = by_torch(surface, make, start, 30)
        assert racer.losses == losses and racer.trail[-1] == end, racer.name
    assert explorer.racers[4].losses != explorer.racers[5].losses


def test_a_cosine_calms_the_noise_for_18_of_20_seeds():
    explorer = explore_descent("bowl", ["sgd"], 0.3, noise=3.0, num_steps=100)
    num_better = 0
    for seed in range(20):
        ends = []
        for schedule in (constant, cosine):
            racer = Racer("sgd", explorer.surface, replace(explorer.settings, schedule=schedule, seed=seed))
            for _ in range(100):
                racer.step()
            ends.append(racer.losses[-1])
        num_better += ends[1] < ends[0]
    assert num_better == 18
