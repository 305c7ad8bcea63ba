"""The claims of the playground."""

from __future__ import annotations

import math

import torch

from mlp_tutorial import load_dataset
from mlp_tutorial.lessons.playground import explore_playground
from tools.claims.frame import claims_of

claim, facts = claims_of("playground")


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


claim("one line reaches about 70 %", 0.7, within=0.02)(best_line)
facts(("border is at 2 divided by its curvature, near 0.084", 0.084, plane_border))
