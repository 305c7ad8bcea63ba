"""What belongs to the whole notebook and not to an answer: random numbers, gradient mode, and torch's other settings."""

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


def _set_default_device(device: torch.device) -> None:
    """Set the default device; "cpu" by its name would slow every call of torch from here on."""
    torch.set_default_device(None if device.type == "cpu" else device)


#: Settings of torch: how each is read and set, and whether answers can be right that leave it changed.
_SETTINGS = {
    "set_grad_enabled": (torch.is_grad_enabled, torch.set_grad_enabled, False),
    "set_default_dtype": (torch.get_default_dtype, torch.set_default_dtype, False),
    "set_default_device": (torch.get_default_device, _set_default_device, False),
    "set_num_threads": (torch.get_num_threads, torch.set_num_threads, True),
    "autograd.set_detect_anomaly": (torch.is_anomaly_enabled, torch.autograd.set_detect_anomaly, True),
}


def torch_settings() -> dict[str, object]:
    return {name: read() for name, (read, *_) in _SETTINGS.items()}


@contextmanager
def everything_restored() -> Iterator[None]:
    """Leave all random states and settings as they were, whatever an answer does to them."""
    state, settings = random_state(), torch_settings()
    set_random_state(seeded_state(0))  # the same numbers at every check
    try:
        with torch.enable_grad():
            torch.set_default_dtype(torch.float32)
            yield
    finally:
        for name, now in torch_settings().items():
            if now != settings[name]:
                _SETTINGS[name][1](settings[name])
        set_random_state(state)


def compare_settings(before: dict[str, object]) -> None:
    """Raise `NotYet` where a call has left torch with other settings than it found."""
    for name, now in torch_settings().items():
        *_, harmless = _SETTINGS[name]
        if now == before[name] or harmless:
            continue
        if name == "set_grad_enabled":
            raise NotYet(
                "After the call gradients are switched off for good, and nothing in the notebook could be trained: write "
                "`with torch.no_grad():` around the lines that need it."
            )
        what = name.removeprefix("set_").replace("_", " ")
        raise NotYet(f"The function sets another {what} for the whole notebook: leave torch.{name} out.")


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
