"""The problems that the checks draw: always the same for learners, others in every grading."""

from __future__ import annotations

import torch

_problems = {"seed": 0}


def draw_fresh_problems(seed: int) -> None:
    """Make all checks of this process draw other problems than the learners' checks do, whose seed is 0."""
    _problems["seed"] = seed


def problem_seed(seed: int = 0) -> int:
    """Return the seed of a problem: always the same for learners, another in every grading."""
    return seed + _problems["seed"]


def generator(seed: int = 0) -> torch.Generator:
    """Return a source of random numbers of its own: the same problems at every check, the notebook's numbers untouched."""
    return torch.Generator().manual_seed(problem_seed(1000 + seed))


def whole_numbers(draw: torch.Generator, low: int, high: int, number: int) -> list[int]:
    """Draw some whole numbers from `low` to `high`."""
    return torch.randint(low, high + 1, (number,), generator=draw).tolist()
