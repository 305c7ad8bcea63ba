"""Schedules of lesson 08: functions of the step (or epoch) that say by what factor the learning rate is multiplied."""

from __future__ import annotations

import math
from collections.abc import Callable

#: `schedule(step, num_steps)`: counted from 0; returns the factor.
Schedule = Callable[[int, int], float]


def cosine(step, num_steps):
    return (1 + math.cos(math.pi * min(step / num_steps, 1))) / 2


def schedule_with(schedule: Schedule) -> Schedule:
    """Return a learner's schedule; while it is still a stub, the cosine without warm-up.

    Examples
    --------
    >>> schedule_with(lambda epoch, num_epochs: ...) is cosine
    True
    """
    try:
        answer = schedule(0, 100)
    except TypeError as error:
        if "ellipsis" in str(error).lower():
            return cosine
        raise
    return cosine if answer is ... or answer is None else schedule
