"""Errors that several modules raise, each in a sentence."""

from __future__ import annotations

import difflib
import operator
from collections.abc import Iterable
from numbers import Real


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


def check_count(name: str, number: int) -> int:
    """Return a whole number of at least 1, or raise an error that names it."""
    try:
        # NumPy's whole numbers are welcome, True and False are not.
        whole = None if isinstance(number, bool) else operator.index(number)
    except TypeError:
        whole = None
    if whole is None:
        raise TypeError(f"{name} must be a whole number of at least 1; it is {number!r}.")
    if whole < 1:
        raise ValueError(f"{name} must be at least 1; it is {number}.")
    return whole
