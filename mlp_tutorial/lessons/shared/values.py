"""Values that a check meets: copies of them, whether two are the same, and how they read in a sentence."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from types import GeneratorType

import numpy as np
import torch

from mlp_tutorial.utils.wording import with_article


def copied(value: object) -> object:
    """Return a copy of tensors and arrays, also of those in lists and tuples; what else there is, as it is."""
    if isinstance(value, torch.Tensor):
        return value.detach().clone().requires_grad_(value.requires_grad)
    if isinstance(value, np.ndarray):
        return value.copy()
    return type(value)(map(copied, value)) if type(value) in (list, tuple) else value


def same(one: object, other: object, tolerance: float = 1e-6) -> bool:
    """Return whether two values hold the same numbers; of what cannot be compared, the same kind."""
    if isinstance(one, (list, tuple)):
        return isinstance(other, (list, tuple)) and len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, Mapping):
        return isinstance(other, Mapping) and one.keys() == other.keys() and all(same(one[k], other[k]) for k in one)
    if isinstance(one, str):
        return one == other
    if isinstance(one, (torch.Tensor, np.ndarray, np.generic, int, float)):
        try:
            pair = [torch.as_tensor(value).detach().to_dense().double() for value in (one, other)]
        except (TypeError, ValueError, RuntimeError):
            return type(one) is type(other)
        options = {"rtol": tolerance, "atol": tolerance, "equal_nan": True}
        return pair[0].shape == pair[1].shape and torch.allclose(*pair, **options)
    return type(one) is type(other)


def shown(value: object, most: int = 60) -> str:
    """Return a value as a learner can type it, cut where it grows long.

    Examples
    --------
    >>> shown(torch.tensor([[1.0, -2.5]])), shown(torch.zeros(40))
    ('[[1, -2.5]]', 'a tensor of shape (40,)')
    """
    value = inspect.unwrap(value) if callable(value) else value
    if isinstance(value, (torch.Tensor, np.ndarray)):
        text = re.sub(r"\.0\b", "", shown(value.tolist(), most=10**6))
        return text if len(text) <= most else f"a tensor of shape {tuple(value.shape)}"
    if isinstance(value, (list, tuple)):
        text = f"[{', '.join(shown(part, 10**6) for part in value)}]"
    elif isinstance(value, float):
        text = f"{value:.4g}" + ".0" * (abs(value) < 10**4 and value.is_integer())
    elif isinstance(value, dict):
        text = f"{{{', '.join(f'{key!r}: {shown(part)}' for key, part in value.items())}}}"
    elif inspect.isroutine(value) or inspect.isclass(value):
        text = f"the {'class' if inspect.isclass(value) else 'function'} {value.__name__}"
    else:
        text = repr(value)
        text = with_article(type(value).__name__) if " at 0x" in text else text
    return text if len(text) <= most else f"{text[: most - 2]} …"


def in_words(given: Mapping[str, object]) -> str:
    """Return the arguments of a call as a learner can type them, "" where that would be long."""
    words = ", ".join(f"{key} = {shown(value, 80)}" for key, value in given.items())
    return "" if "a tensor of shape" in words or "…" in words else words


def where_they_differ_most(one: torch.Tensor, other: torch.Tensor) -> tuple[int, ...]:
    difference = (one.double() - other.double()).abs().nan_to_num(torch.inf)
    return tuple(map(int, torch.unravel_index(difference.argmax(), difference.shape)))


def two_numbers(one: float, other: float) -> tuple[str, str]:
    """Return two numbers with five digits, or as many as it takes to see that they differ.

    Examples
    --------
    >>> two_numbers(0.25, 1 / 3), two_numbers(12.345678, 12.345654)
    (('0.25', '0.33333'), ('12.34568', '12.34565'))
    """
    for digits in range(5, 18):
        pair = f"{one:.{digits}g}", f"{other:.{digits}g}"
        if pair[0] != pair[1]:
            break
    return pair


def kind(answer: object) -> str:
    """Return in words what kind of thing an answer is, with what to do about it where that is known."""
    answer = inspect.unwrap(answer) if callable(answer) else answer
    if inspect.isclass(answer):
        return f"the class {answer.__name__}"
    what_to_do = {type(None): " (does the function return its result?)", GeneratorType: " (write return, not yield)"}
    word = "None" if answer is None else with_article(type(answer).__name__)
    return word + what_to_do.get(type(answer), "")
