"""Recompute the numbers that the lessons state, and see whether the lessons still state them.

    python tools/claims.py              every claim
    python tools/claims.py 06 08        those of some lessons
    python tools/claims.py --fast       those that the tests hold up as well

A claim is a function under `@claim`: it names the lesson, a phrase that must stand in the lesson's text, and the
value that the function must return. So a lesson cannot keep a sentence whose number has changed, nor lose the
sentence whose number is still kept here.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import nbformat
import torch

from mlp_tutorial import load_dataset
from mlp_tutorial.lessons.losses.rare_class import torch_weighted_cross_entropy, train_weighted
from mlp_tutorial.sweep import sweep

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"
SEEDS = range(10)
Value = float | Sequence[float]


class Claim(NamedTuple):
    """A sentence of a lesson, and the function that recomputes its number."""

    lesson: str  # "06"
    phrase: str  # stands in the notebook, blanks and line breaks apart
    expected: Value
    within: float  # allowed relative difference
    slow: bool  # more than about a second: not held up by the tests
    measure: Callable[[], Value]


CLAIMS: list[Claim] = []


def claim(lesson: str, phrase: str, expected: Value, *, within: float = 0.0, slow: bool = False) -> Callable:
    """List the function below as the measurement behind a phrase; several phrases may share one function."""

    def listed(measure: Callable[[], Value]) -> Callable[[], Value]:
        CLAIMS.append(Claim(lesson, phrase, expected, within, slow, measure))
        return measure

    return listed


def problems(found: Claim) -> list[str]:
    """Return a sentence for each way in which a claim does not hold; none if it does."""
    return [*missing_phrase(found), *wrong_value(found)]


def missing_phrase(found: Claim) -> list[str]:
    """Return a sentence if the claim's phrase does not stand in its lesson."""
    (path,) = NOTEBOOKS.glob(f"{found.lesson}_*.ipynb")
    cells = nbformat.read(path, as_version=4).cells
    text = _plain("\n".join(cell.source for cell in cells if cell.cell_type == "markdown"))
    return [] if _plain(found.phrase) in text else [f"{path.name} does not say: {found.phrase!r}"]


def wrong_value(found: Claim) -> list[str]:
    """Return a sentence if the claim's value is not the one expected."""
    value, expected = ([*x] if isinstance(x, Sequence) else [x] for x in (found.measure(), found.expected))
    same = len(value) == len(expected)
    same = same and all(map(lambda a, b: math.isclose(a, b, rel_tol=found.within), value, expected))
    return [] if same else [f"{found.phrase!r}: expected {found.expected}, measured {value}"]


def _plain(text: str) -> str:
    return " ".join(text.replace("\N{NARROW NO-BREAK SPACE}", " ").split())


# What several claims need -------------------------------------------------------------------------------------


def final_losses(
    dataset: str, hidden_sizes: Sequence[int], *, learning_rate: float, optimizer: str = "sgd", **options
) -> list[float]:
    """Return the training loss at the end, one for each of ten seeds, trained side by side; options as for `sweep`."""
    options = {"learning_rates": [learning_rate], "optimizers": [optimizer], "seeds": SEEDS, **options}
    return sweep(load_dataset(dataset), hidden_sizes, **options).training_loss[:, -1].tolist()


# Lesson 01 ----------------------------------------------------------------------------------------------------


# Lesson 02 ----------------------------------------------------------------------------------------------------


# Lesson 03 ----------------------------------------------------------------------------------------------------


# Lesson 04 ----------------------------------------------------------------------------------------------------


# Lesson 05 ----------------------------------------------------------------------------------------------------


# Lesson 06 ----------------------------------------------------------------------------------------------------


# Lesson 07 ----------------------------------------------------------------------------------------------------


@claim(
    "07", "for each of ten seeds, on average from 20 % to 79 % and from 79 % to 66 %", (10, 20, 79, 79, 66), slow=True
)
def a_class_weight_of_five() -> list[float]:
    """In how many seeds it raises recall and lowers accuracy; the means of both, before and after, in percent."""
    runs = [[train_weighted(torch_weighted_cross_entropy, w, seed=seed) for w in (1, 5)] for seed in SEEDS]
    traded = sum(after[0] > before[0] and after[1] < before[1] for before, after in runs)
    means = torch.tensor(runs).mean(0)  # (before and after, recall and accuracy)
    return [traded, *(round(100 * share) for share in means.T.flatten().tolist())]


# Lesson 08 ----------------------------------------------------------------------------------------------------


@claim("08", "at 0.02 the loss after 100 steps is 0.14", 0.14, within=0.05)
def the_ravine_after_100_steps() -> float:
    """A step multiplies x by 1 - rate and y by 1 - 25 rate."""
    x, y = -4 * (1 - 0.02) ** 100, 2 * (1 - 25 * 0.02) ** 100
    return (x**2 + 25 * y**2) / 2


# Lesson 09 ----------------------------------------------------------------------------------------------------


# Lesson 10 ----------------------------------------------------------------------------------------------------


def main(arguments: list[str] | None = None) -> int:
    """Hold up the claims named in `arguments`; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("lessons", nargs="*", metavar="LESSON", help="two digits; none: all lessons")
    parser.add_argument("--fast", action="store_true", help="leave out what takes more than a second")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    failed = 0
    for found in CLAIMS:
        if (found.slow and options.fast) or (options.lessons and found.lesson not in options.lessons):
            continue
        start = time.perf_counter()
        sentences = problems(found)
        failed += bool(sentences)
        print(f"{found.lesson} {found.measure.__name__}: {time.perf_counter() - start:.1f} s", *sentences, sep="\n   ")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
