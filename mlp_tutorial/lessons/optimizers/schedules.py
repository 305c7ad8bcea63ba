"""Schedules of lesson 08: functions of the step (or epoch) that say by what factor the learning rate is multiplied."""

from __future__ import annotations

import math
from collections.abc import Callable

from mlp_tutorial.lessons.shared.stand_ins import StandIn, stand_in

#: `schedule(step, num_steps)`: counted from 0; returns the factor.
Schedule = Callable[[int, int], float]


def constant(step, num_steps):
    return 1.0


def cosine(step, num_steps):
    return (1 + math.cos(math.pi * min(step / num_steps, 1))) / 2


def usable_schedule(schedule: Schedule, num_steps: int, use: Callable | None = None) -> StandIn:
    """Return a learner's schedule; where it would stop the notebook, the cosine without warm-up."""
    trials = [(step, num_steps) for step in range(num_steps)]
    return stand_in(schedule, cosine, *trials, noun="schedule", called="cosine", use=use)
