"""What belongs to the whole notebook and not to an answer: random numbers, gradient mode, default dtype."""

from __future__ import annotations

import functools
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import torch

from mlp_tutorial.lessons.shared.feedback import NotYet


def random_state() -> tuple:
    return torch.get_rng_state(), np.random.get_state(), random.getstate()  # noqa: NPY002


@functools.cache
def seeded_state(seed: int) -> tuple:
    return (
        torch.Generator().manual_seed(seed).get_state(),
        np.random.RandomState(seed).get_state(),
        random.Random(seed).getstate(),
    )


def set_random_state(state: tuple) -> None:
    torch.set_rng_state(state[0])
    np.random.set_state(state[1])  # noqa: NPY002
    random.setstate(state[2])


@contextmanager
def everything_restored() -> Iterator[None]:
    """Leave all random states, gradient mode and default dtype as they were, whatever an answer does to them."""
    state, gradients, dtype = random_state(), torch.is_grad_enabled(), torch.get_default_dtype()
    set_random_state(seeded_state(0))  # the same numbers at every check
    try:
        with torch.enable_grad():
            torch.set_default_dtype(torch.float32)
            yield
    finally:
        set_random_state(state)
        torch.set_grad_enabled(gradients)
        torch.set_default_dtype(dtype)


def compare_torch(gradients: bool, dtype: torch.dtype) -> None:
    """Raise `NotYet` where a call has left torch in another state than it found it."""
    if torch.is_grad_enabled() != gradients:
        raise NotYet(
            "After the call gradients are switched off for good, and nothing in the notebook could be trained: write "
            "`with torch.no_grad():` around the lines that need it."
        )
    if torch.get_default_dtype() != dtype:
        raise NotYet(
            "The function sets another default dtype for the whole notebook: leave torch.set_default_dtype out."
        )


@contextmanager
def seeds_heard(notes: list[str]) -> Iterator[None]:
    """Note where an answer sets a seed: what the notebook draws after it would be the same at every run."""
    note = "One thing beside: it sets the random seed of the whole notebook; a generator of its own would not."

    def noting(seed: Callable) -> Callable:
        def noted(*arguments: object) -> object:
            if note not in notes:
                notes.append(note)
            return seed(*arguments)

        return noted

    places = [(torch, "manual_seed"), (np.random, "seed"), (random, "seed")]
    kept = [getattr(module, name) for module, name in places]
    for (module, name), seed in zip(places, kept, strict=True):
        setattr(module, name, noting(seed))
    try:
        yield
    finally:
        for (module, name), seed in zip(places, kept, strict=True):
            setattr(module, name, seed)
