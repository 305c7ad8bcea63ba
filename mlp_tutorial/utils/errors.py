"""Errors that several modules raise, each in a sentence."""

from __future__ import annotations

import difflib
import operator
from collections.abc import Iterable
from numbers import Real


def did_you_mean(name: object, known: Iterable[object]) -> str:
    """Return " Did you mean …?" with the nearest known name; "" where none is near."""
    known = {str(one).lower(): str(one) for one in known}
    nearest = difflib.get_close_matches(str(name).lower(), known, n=1, cutoff=0.4)
    return f" Did you mean {known[nearest[0]]!r}?" if nearest else ""


def unknown_name(kind: str, name: object, known: Iterable[str]) -> str:
    """Return the sentence for a name that is not known: what came, the nearest, and all that there are.

    Examples
    --------
    >>> unknown_name("activation", "rleu", ["relu", "tanh"])
    "Unknown activation 'rleu'. Did you mean 'relu'? Known names: relu, tanh."
    """
    known = list(known)
    return f"Unknown {kind} {name!r}.{did_you_mean(name, known)} Known names: {', '.join(known)}."


def check_known(kind: str, name: object, known: Iterable[str]) -> None:
    """Raise an error that says what came and all that there are, unless this is one of the known names."""
    if name not in known:
        raise ValueError(unknown_name(kind, name, known))


def is_number(value: object) -> bool:
    """Return whether a value is one real number. NumPy's and 0-d tensors are welcome, True and False are not.

    Examples
    --------
    >>> import numpy as np
    >>> is_number(0.1), is_number(np.float32(0.1)), is_number(True), is_number("0.1")
    (True, True, False, False)
    """
    if getattr(value, "ndim", None) == 0 and hasattr(value, "item"):  # a 0-d tensor or array
        value = value.item()
    return isinstance(value, Real) and not isinstance(value, bool)


def check_number(name: str, number: float, example: str = "") -> None:
    """Raise an error that names it unless this is a number."""
    if not is_number(number):
        raise TypeError(f"{name} must be a number{example and f', such as {example}'}; it is {number!r}.")


def check_positive(name: str, number: float) -> None:
    """Raise an error that names it unless this number is greater than 0."""
    if not number > 0:
        raise ValueError(f"{name} must be greater than 0; it is {number!r}.")


def whole_number(value: object) -> int | None:
    """Return a whole number as an `int`; None for anything else. Welcome are those of `is_number`.

    Examples
    --------
    >>> import numpy as np
    >>> whole_number(3), whole_number(np.int64(3)), whole_number(2.5), whole_number(True)
    (3, 3, None, None)
    """
    if not is_number(value):
        return None
    try:
        return operator.index(value)
    except TypeError:
        return None


def check_whole_number(name: str, number: int, example: str) -> int:
    """Return a whole number as an `int`, or raise an error that names it."""
    whole = whole_number(number)
    if whole is None:
        raise TypeError(f"{name} must be a whole number, such as {example}; it is {number!r}.")
    return whole


def check_seed(seed: int) -> int:
    """Return a seed that torch and NumPy take, as an `int`, or raise an error."""
    whole = check_whole_number("seed", seed, "0")
    if not 0 <= whole < 2**32:
        raise ValueError(f"seed must be at least 0 and less than 2**32; it is {seed}.")
    return whole


def check_count(name: str, number: int) -> int:
    """Return a whole number of at least 1, or raise an error that names it."""
    whole = whole_number(number)
    if whole is None:
        raise TypeError(f"{name} must be a whole number of at least 1; it is {number!r}.")
    if whole < 1:
        raise ValueError(f"{name} must be at least 1; it is {number}.")
    return whole
