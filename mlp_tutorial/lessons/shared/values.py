"""Values that a check meets: whether two are the same, and how they read in a sentence."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch

from mlp_tutorial.utils.wording import with_article


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
            return False
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
    if isinstance(value, (torch.Tensor, np.ndarray)):
        text = shown(value.tolist(), most=10**6)
        return text if len(text) <= most else f"a tensor of shape {tuple(value.shape)}"
    if isinstance(value, (list, tuple)):
        text = f"[{', '.join(shown(part, 10**6) for part in value)}]"
    elif isinstance(value, float):
        text = f"{value:.4g}"
    elif isinstance(value, dict):
        text = f"{{{', '.join(f'{key!r}: {shown(part)}' for key, part in value.items())}}}"
    else:
        text = repr(value)
    return text if len(text) <= most else f"{text[: most - 2]} …"


def in_words(given: Mapping[str, object]) -> str:
    """Return the arguments of a call as a learner can type them, "" where that would be long."""
    words = ", ".join(f"{key} = {shown(value, 80)}" for key, value in given.items())
    return "" if "a tensor of shape" in words or "…" in words else words


def number(value: torch.Tensor) -> str:
    return f"{value.item():.5g}"


def kind(answer: object) -> str:
    return "None (does the function return its result?)" if answer is None else with_article(type(answer).__name__)
