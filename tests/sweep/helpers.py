"""Data and learning rates that tests of a sweep use."""

import torch

RATES = [0.003, 0.01, 0.03]


def classes(num_samples=120, seed=0):
    generator = torch.Generator().manual_seed(seed)
    X = torch.randn(num_samples, 4, generator=generator)
    return X, (X[:, 0] > 0).long() + (X[:, 1] + X[:, 2] > 0).long()


def values(num_samples=120, seed=0, outputs=2):
    X, _ = classes(num_samples, seed)
    return X, torch.stack([X[:, 0] * X[:, 1], X[:, 2].sin()], 1)[:, :outputs]
