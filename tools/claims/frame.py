"""What a claim is, and how one is held up."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple

import nbformat

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
Value = float | Sequence[float]


class Claim(NamedTuple):
    """A sentence of a lesson, and the function that recomputes its number."""

    lesson: str  # "06", or "playground"
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


def facts(lesson: str, *rows: tuple[str, Value, Callable[[], Value]]) -> None:
    """List claims that are cheap to recompute: a phrase, the value, to a hundredth of it, and the function."""
    for phrase, expected, measure in rows:
        claim(lesson, phrase, expected, within=0.01)(measure)


def claims_of(lesson: str) -> tuple[Callable, Callable]:
    """Return `claim` and `facts` for one lesson: two digits, or "playground"."""
    return partial(claim, lesson), partial(facts, lesson)


def problems(found: Claim) -> list[str]:
    """Return a sentence for each way in which a claim does not hold; none if it does."""
    return [*missing_phrase(found), *wrong_value(found)]


def missing_phrase(found: Claim) -> list[str]:
    """Return a sentence if the claim's phrase does not stand in its lesson."""
    (path,) = NOTEBOOKS.glob(f"{found.lesson}*.ipynb")
    if _plain(found.phrase) in _prose(path):
        return []
    return [
        f"{path.name} no longer says: {found.phrase!r}. If the sentence was reworded, change the phrase in "
        "tools/claims with it; if it was taken out, take the claim out as well."
    ]


def wrong_value(found: Claim) -> list[str]:
    """Return a sentence if the claim's value is not the one expected."""
    value, expected = ([*x] if isinstance(x, Sequence) else [x] for x in (found.measure(), found.expected))
    same = len(value) == len(expected)
    same = same and all(map(lambda a, b: math.isclose(a, b, rel_tol=found.within), value, expected))
    return [] if same else [f"{found.phrase!r}: expected {found.expected}, measured {value}"]


@cache
def _prose(path: Path) -> str:
    cells = nbformat.read(path, as_version=4).cells
    return _plain("\n".join(cell.source for cell in cells if cell.cell_type == "markdown"))


def _plain(text: str) -> str:
    return " ".join(text.replace("\N{NARROW NO-BREAK SPACE}", " ").split())
