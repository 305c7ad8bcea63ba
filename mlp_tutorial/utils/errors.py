"""Errors that several modules raise, each in a sentence."""

from __future__ import annotations

import difflib
import operator
from collections.abc import Iterable
from numbers import Real

import numpy as np


def unknown_name(kind: str, name: object, known: Iterable[str]) -> str:
    """Return the sentence for a name that is not known: what came, the nearest, and all that there are.

    Examples
    --------
    >>> unknown_name("activation", "rleu", ["relu", "tanh"])
    "Unknown activation 'rleu'. Did you mean 'relu'? Known names: relu, tanh."
    """
    known = list(known)
    nearest = difflib.get_close_matches(str(name).lower(), known, n=1, cutoff=0.4)
    suggestion = f" Did you mean {nearest[0]!r}?" if nearest else ""
    return f"Unknown {kind} {name!r}.{suggestion} Known names: {', '.join(known)}."


def check_number(name: str, number: float) -> None:
    """Raise an error that names it unless this is a number."""
    if isinstance(number, bool) or not isinstance(number, Real):
        raise TypeError(f"{name} must be a number; it is {number!r}.")


def whole_number(value: object) -> int | None:
    """Return a whole number as an `int`; None for anything else. NumPy's are welcome, True and False are not.

    Examples
    --------
    >>> whole_number(3), whole_number(2.5), whole_number(True)
    (3, None, None)
    """
    if isinstance(value, (bool, np.bool_)):  # below NumPy 2 the latter passes for a whole number
        return None
    try:
        return operator.index(value)
    except TypeError:
        return None


def check_count(name: str, number: int) -> int:
    """Return a whole number of at least 1, or raise an error that names it."""
    whole = whole_number(number)
    if whole is None:
        raise TypeError(f"{name} must be a whole number of at least 1; it is {number!r}.")
    if whole < 1:
        raise ValueError(f"{name} must be at least 1; it is {number}.")
    return whole
