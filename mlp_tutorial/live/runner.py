"""Runs work in slices, so that a slider can interrupt it, and repaints at a measured pace."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable, Iterator

from ..display import density
from ..utils.threads import one_thread

#: Seconds of work between two looks at whether a slider has moved.
SLICE = 0.010
#: Seconds between two pictures, at least.
SHORTEST_FRAME = 0.033
#: Share of the time that drawing may take; a greater one brings the live trainer's pictures over 0.25 MB a second.
DRAWING_SHARE = 0.12
#: Where work takes so many times its processor time, others wait for the same cores, and so many seconds lie between two
#: pictures: a class that shares a machine gets its first and last pictures sooner than more in between.
CROWDED, CROWDED_FRAME = 3.0, 0.5
#: Seconds that one run may take where nothing can interrupt it: with the last picture, the kernel is free within one.
COLAB_TIME_LIMIT = 0.8
#: Seconds without work after which a picture is painted once more, to last.
REST = 0.15
#: A piece of work: a generator of short stretches, each true where one unit (an epoch) is complete, or a function that
#: does it all at once.
Work = Callable[[], Iterator[bool] | None]


class Runner:
    """Drives one piece of work at a time; a new one supersedes the one before.

    Where an event loop runs (Jupyter), the work is a task on the loop of the cell that made the runner: every few
    milliseconds it lets other messages through, whichever thread they come from. Where none runs (a script, a test) and on
    Google Colab, which shows no update from the background, `start` returns when the work is done; on Colab, after a
    second at the latest.

    `paint(finished, lasting)` draws the current state: whether the work is finished, and whether the picture is to last.
    Where a next move may follow at once, the finished picture is painted first, and to last after a rest; after long work it
    lasts at once where one painted at rest would be no finer.
    `on_error` is called with an exception that the work or the drawing raised.
    """

    def __init__(
        self,
        paint: Callable[[bool, bool], None],
        on_error: Callable[[Exception], None],
        drawing_share: float = DRAWING_SHARE,
        shortest_frame: float = SHORTEST_FRAME,
    ) -> None:
        self._paint, self._on_error = paint, on_error
        self.drawing_share, self._shortest_frame = drawing_share, shortest_frame
        self._task: asyncio.Task | None = None
        self.running = False
        self.out_of_time = False  # whether the last piece of work was left unfinished at its time limit
        self.drawing_seconds = self.working_seconds = 0.0  # of the current piece of work
        self._loop = None if on_colab() else _running_loop()

    def start(self, work: Work, *, pace: float | None = None) -> None:
        """Begin a piece of work, and give up the one under way; a pace is the units per second, at most.

        `work` is called when the work begins, so that it sees the latest values of the sliders.
        """
        if self._loop is None:
            limit = COLAB_TIME_LIMIT if on_colab() else None
            self.run_now(work, pace=pace if on_colab() else None, time_limit=limit)
        elif _running_loop() is self._loop:
            self._supersede(work, pace)
        else:
            # The caller is in another thread (kernels with subshells): only the loop may touch tasks.
            self._loop.call_soon_threadsafe(self._supersede, work, pace)

    def answer(self, event: Callable[..., None], *arguments: object) -> None:
        """Call an event's method: at once, or where there is a loop, on that loop, one event after the other.

        Kernels with subshells call back in another thread; there an event could fall into the middle of the work that
        it is about, and be forgotten.
        """
        if self._loop is None:
            event(*arguments)
        else:
            self._loop.call_soon_threadsafe(event, *arguments)

    def stop(self) -> None:
        """Give up the work under way."""
        if self._task is not None:
            self._task.cancel()

    def run_now(self, work: Work, *, pace: float | None = None, time_limit: float | None = None) -> None:
        """Do a piece of work at once, and return when it is done or, `out_of_time`, the limit (in seconds) is reached."""
        self.stop()
        try:
            for pause in self._slices(work, pace, time_limit, lasting=True):
                time.sleep(pause)
        except Exception as error:
            self._fail(error)

    def rest(self) -> None:
        """After a rest paint the picture once more, to last; where no loop runs, it does already."""
        if self.rests:
            self._task = self._loop.create_task(self._rest())

    @property
    def rests(self) -> bool:
        """Whether lasting pictures are painted after a rest."""
        return self._loop is not None

    def _supersede(self, work: Work, pace: float | None) -> None:
        self.stop()
        self._task = self._loop.create_task(self._run(work, pace))

    async def _run(self, work: Work, pace: float | None) -> None:
        slices = self._slices(work, pace, None, lasting=False)
        try:
            for pause in slices:
                await asyncio.sleep(pause)
        except Exception as error:
            # Nothing above would see it: an exception in a task is lost. The explorer shows it in words.
            self._fail(error)
        else:
            if not self._lasts:
                await self._rest()
        finally:
            slices.close()

    async def _rest(self) -> None:
        await asyncio.sleep(REST)
        try:
            self._paint(True, True)
        except Exception as error:
            self._fail(error)

    def _slices(self, work: Work, pace: float | None, time_limit: float | None, lasting: bool) -> Iterator[float]:
        """Work and paint in turns, yielding the seconds to wait before the next slice."""
        self.running, self.out_of_time = True, False
        self.drawing_seconds = self.working_seconds = 0.0
        started, computed = time.perf_counter(), time.process_time()
        next_frame = next_unit = started
        steps = work() or iter(())
        finished = False
        while not finished:
            slice_began = time.perf_counter()
            finished, unit_complete = self._one_slice(steps, slice_began + SLICE, pace is not None)
            now = time.perf_counter()
            self.working_seconds += now - slice_began
            if not finished and time_limit is not None and now - started > time_limit:
                finished = self.out_of_time = True
            if finished:
                self.running = False
            if finished or now >= next_frame:
                self._lasts = finished and (lasting or (density() == 1 and now - started > REST))
                self._paint(finished, self._lasts)
                drawn = time.perf_counter()
                self.drawing_seconds += drawn - now
                took = self.working_seconds + self.drawing_seconds
                is_crowded = took > max(REST, CROWDED * (time.process_time() - computed))
                frame = max(CROWDED_FRAME if is_crowded else self._shortest_frame, (drawn - now) / self.drawing_share)
                # Counted from when this picture was due; a slice that ended late puts off no picture after it.
                next_frame = max(next_frame + frame, now)
            if finished:
                return
            pause = 0.0
            if pace is not None and unit_complete:
                next_unit = max(next_unit + 1 / pace, time.perf_counter() - 1 / pace)
                pause = max(next_unit - time.perf_counter(), 0.0)
            yield pause

    def _fail(self, error: Exception) -> None:
        self.running = False
        self._on_error(error)

    @staticmethod
    def _one_slice(steps: Iterator[bool], until: float, one_unit: bool) -> tuple[bool, bool]:
        """Return whether the work is finished, and whether a unit is complete (which ends a paced slice)."""
        with one_thread():  # the browser needs the other one
            for unit_complete in steps:
                if (unit_complete and one_unit) or time.perf_counter() >= until:
                    return False, unit_complete
        return True, False


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:  # asyncio's way to say that there is none
        return None


def on_colab() -> bool:
    """Return whether this is Google Colab."""
    return "google.colab" in sys.modules
