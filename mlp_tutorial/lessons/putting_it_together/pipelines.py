"""Four pipelines of lesson 09, each with a leak of its own, tried on labels that are coin tosses."""

from __future__ import annotations

import inspect
from collections.abc import Callable

import numpy as np


def coin_tosses(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return 100 rows of 400 random features, and labels that no feature knows anything about."""
    draw = np.random.default_rng(seed)
    return draw.normal(size=(100, 400)), draw.integers(2, size=100)


def score(X: np.ndarray, y: np.ndarray) -> float:
    """Fit a linear model to the first 60 rows, by least squares; return its accuracy on the other 40."""
    X = np.column_stack([np.ones(len(X)), X])
    weights, *_ = np.linalg.lstsq(X[:60], y[:60], rcond=None)
    return float(((X[60:] @ weights > 0.5) == y[60:]).mean())


def pipeline_a(X, y):
    X = (X - X.mean(0)) / X.std(0)
    return score(X[:, :10], y)


def pipeline_b(X, y):
    # how well each of the 400 features goes with y
    agreement = abs((X - X.mean(0)).T @ (y - y.mean()))
    best_ten = agreement.argsort()[-10:]
    return score(X[:, best_ten], y)


def pipeline_c(X, y):
    # written down after the diagnosis, which is y
    days_in_treatment = np.random.default_rng(0).poisson(2 + 8 * y)
    return score(np.column_stack([X[:, :10], days_in_treatment]), y)


def pipeline_d(X, y):
    # 40 models, on ten features each
    candidates = [X[:, i : i + 10] for i in range(0, 400, 10)]
    return max(score(candidate, y) for candidate in candidates)


PIPELINES = {"A": pipeline_a, "B": pipeline_b, "C": pipeline_c, "D": pipeline_d}


def mean_accuracy(pipeline: Callable[[np.ndarray, np.ndarray], float]) -> float:
    """Return the mean of the accuracies that a pipeline reports for ten tables of coin tosses."""
    return float(np.mean([pipeline(*coin_tosses(seed)) for seed in range(10)]))


def show_pipelines() -> None:
    """Print each pipeline's code, and the accuracy that it reports."""
    for letter, pipeline in PIPELINES.items():
        print(f"{letter} reports an accuracy of {100 * mean_accuracy(pipeline):.0f} %")
        print(inspect.getsource(pipeline))
