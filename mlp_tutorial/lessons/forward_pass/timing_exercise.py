"""The check of lesson 04's exercise on time: a batch beside a loop over single rows."""

from __future__ import annotations

import time
from collections.abc import Callable

import torch
from torch import nn

from mlp_tutorial.lessons.forward_pass.stages import penguin_network
from mlp_tutorial.lessons.shared.checks import check
from mlp_tutorial.lessons.shared.comparing import as_parts
from mlp_tutorial.lessons.shared.feedback import NotYet
from mlp_tutorial.lessons.shared.problems import generator, whole_numbers
from mlp_tutorial.lessons.shared.values import shown
from mlp_tutorial.utils.errors import is_number
from mlp_tutorial.utils.threads import one_thread


@check(repeatable=False)
def check_seconds(seconds: Callable) -> str:
    """Let `seconds(model, X)` time a model that keeps the time of its calls itself, then the penguins' network."""
    clock = _SlowModel()
    X = torch.randn(whole_numbers(generator(), 8, 12, 1)[0], 2)
    began = time.perf_counter()
    times = as_parts(seconds(clock, X), ("one_by_one", "batch"), "numbers of seconds")
    elapsed = time.perf_counter() - began
    if wrong := [answer for answer in times if not is_number(answer)]:
        raise NotYet(f"Return two numbers of seconds; one of them is {shown(wrong[0])}.")
    times = [float(answer) for answer in times]
    sizes = [size for size, _, _ in clock.calls]
    if (singles := sizes.count(1)) < len(X):
        raise NotYet(
            f"X has {len(X)} rows, but the model was called with a single one {singles} times: "
            "loop over all of X, and call the model on each row."
        )
    if len(X) not in sizes:
        raise NotYet(f"The model was never called on all {len(X)} rows at once: the batch is model(X).")
    alone, whole = (sorted(end - start for rows, start, end in clock.calls if rows == size) for size in (1, len(X)))
    loop, batch = sum(alone[: len(X)]), whole[0]  # the shortest: a loop may be timed several times

    def fit(one_by_one: float, of_batch: float) -> bool:
        return one_by_one > loop - SLACK and of_batch > batch - SLACK and one_by_one + of_batch < elapsed + SLACK

    if not fit(*times):
        raise NotYet(_why_not_timed(*times, fit, elapsed, loop, batch))
    model, dataset = penguin_network()
    with torch.no_grad(), one_thread():
        one_by_one, batch = seconds(model, dataset.X_train)
    if not 0 < 2 * batch <= one_by_one:  # rounded to 0, or disturbed
        return "Both times are right. (Just now those for 206 penguins could not be compared.)"
    return f"For 206 penguins your loop took {one_by_one / batch:,.0f} times as long as one batch."


def _why_not_timed(
    one_by_one: float, batch: float, fit: Callable, elapsed: float, took_loop: float, took_batch: float
) -> str:
    """Say why two times cannot be those of the calls, by what makes them fit."""
    for factor, unit in ((1e-3, "milliseconds"), (1e-6, "microseconds"), (1e-9, "nanoseconds"), (60, "minutes")):
        if fit(factor * one_by_one, factor * batch):
            return f"These are {unit}: return seconds."
    if fit(-one_by_one, -batch):
        return "The times are below 0: subtract the reading before from the reading after."
    if fit(batch, one_by_one):
        return "The batch took longer than the loop? The two are swapped: return one_by_one, batch."
    if fit(one_by_one, batch - one_by_one):
        return "The second time holds the first as well: read the clock anew before the batch."
    if fit(one_by_one - batch, batch):
        return "The first time holds the second as well: read the clock between the two."
    if max(one_by_one, batch) > elapsed + SLACK:
        return (
            "A time is longer than your function ran in all: a reading of the clock is no time yet. Read it before and "
            "after the work, and subtract."
        )
    if min(one_by_one, batch) < 0.9 * _SlowModel.SECONDS:
        return (
            f"A time of {min(one_by_one, batch):.3f} s is shorter than a single call took: the calls must lie between two "
            "readings of time.perf_counter(), end minus start."
        )
    if one_by_one < took_loop:
        return (
            f"The calls on single rows took {took_loop:.3f} s, the first time is only {one_by_one:.3f} s: "
            "the clock must run over the whole loop."
        )
    return (
        f"The batch took {took_batch:.3f} s, the second time is {batch:.3f} s: the clock must run over model(X) alone."
    )


#: Seconds by which two readings of a clock may differ.
SLACK = 0.001


class _SlowModel(nn.Module):
    """A model each of whose calls takes some time; `calls` keeps the number of rows, the start and the end of each."""

    SECONDS = 0.003

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[tuple[int, float, float]] = []

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        start = time.perf_counter()
        time.sleep(self.SECONDS)
        self.calls.append((1 if X.ndim == 1 else len(X), start, time.perf_counter()))
        return X
