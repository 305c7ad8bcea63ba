"""Time, and ratios of times on a machine that is never quite quiet."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable


def seconds(run: Callable[[], object]) -> float:
    """Return how long a call takes."""
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def ratio_of_pairs(first: Callable[[], float], second: Callable[[], float], pairs: int) -> tuple[float, float]:
    """Run two things that return their time in turns.

    Returns
    -------
    tuple of (ratio, seconds)
        The median of the pairs' ratios, first to second, and the median time of the first.
    """
    first(), second()  # warm up
    taken = []
    for number in range(pairs):
        # Each goes first as often as the other, so that neither profits from what the other leaves behind.
        taken.append((first(), second()) if number % 2 else (second(), first())[::-1])
    return statistics.median(one / other for one, other in taken), statistics.median(one for one, _ in taken)
