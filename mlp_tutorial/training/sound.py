"""A loss curve as a sound: the pitch falls as the loss does."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

SAMPLES_PER_SECOND = 8000
SHORTEST, LONGEST, SECONDS_PER_EPOCH = 1.0, 4.0, 0.05
LOWEST_PITCH, HIGHEST_PITCH = 220.0, 880.0  # hertz
FADE = 0.01  # seconds; a tone that begins at full strength clicks


def loss_sound(training_loss: Sequence[float], validation_loss: Sequence[float] = ()) -> np.ndarray:
    """Return a sound of at most four seconds for the left and the right ear, of 8,000 samples a second.

    Parameters
    ----------
    training_loss : sequence of float
        For the left ear; for both where there is no other. The highest loss of both curves has the highest pitch, 880 Hz,
        the lowest the lowest, 220 Hz; between them equal ratios of losses are equal intervals.
    validation_loss : sequence of float, optional
        For the right ear.

    Returns
    -------
    numpy.ndarray
        Of shape (2, samples), from -1 to 1.

    Raises
    ------
    ValueError
        If there is no loss, or one that is NaN or infinite.
    """
    curves = [training_loss, validation_loss or training_loss]
    for name, losses in zip(("training", "validation"), curves, strict=True):
        if not losses:
            raise ValueError("There is nothing to hear yet: no epoch is finished. Train for one at least.")
        for epoch, loss in enumerate(losses, start=1):
            if not math.isfinite(loss):
                raise ValueError(
                    f"The {name} loss of epoch {epoch} is {loss}, which has no pitch: the run diverged. "
                    "Listen to one with a lower learning rate."
                )
    logs = [np.log(np.maximum(losses, 1e-12)) for losses in curves]
    low, high = np.min(np.concatenate(logs)), np.max(np.concatenate(logs))
    seconds = min(max(SECONDS_PER_EPOCH * len(training_loss), SHORTEST), LONGEST)
    time = np.linspace(0, 1, round(seconds * SAMPLES_PER_SECOND))
    loudness = np.minimum(np.minimum(time, 1 - time) * seconds / FADE, 1) / 2
    ears = []
    for log in logs:
        height = np.interp(time, np.linspace(0, 1, len(log)), log) - low
        pitch = LOWEST_PITCH * (HIGHEST_PITCH / LOWEST_PITCH) ** (height / max(high - low, 1e-12))
        ears.append(loudness * np.sin(2 * np.pi * np.cumsum(pitch) / SAMPLES_PER_SECOND))
    return np.stack(ears)
