"""A class on one machine: learners with lesson 05 behind a JupyterHub, and how soon each gets a picture."""

from __future__ import annotations

import asyncio
import re
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

import psutil

from ..table import Row, at_least, at_most, circumstances, load_of_machine, percentile
from .hub import HOW_TO_INSTALL, Hub, is_installed, running_hub
from .seat import BARE_LOOP, Move, Seat

SEATS = (1, 5, 10, 20, 30, 40)
PERIOD, SECONDS = 3.0, 21.0  # a move every so many seconds, for so long
HURRY, SECONDS_OF_HURRY = 0.5, 8.0  # the same where the machine is to be saturated
SECONDS_OF_REST = 6.0
AT_ONCE = 4  # learners who come in at the same time
PATIENCE = 60.0  # seconds for the last picture of a saturated machine
DOCUMENT = Path(__file__).parents[2] / "docs" / "server.md"
#: What the document holds between these two lines is written by this benchmark.
BEGIN, END = "<!-- measured: python -m benchmarks seats --write -->", "<!-- end of what was measured -->"


@dataclass
class Trial:
    """What so many learners saw, and what it cost."""

    num_seats: int
    moves: list[list[Move]]  # of each learner
    cells: list[float]  # seconds
    kernels: float  # processor seconds a move, as all below
    servers: float
    hub: float
    busy: float  # cores, with the learners' own program, which stands for their browsers
    learners: float  # cores that this program takes
    shown: int  # learners whose last move got its picture

    def first_of_each(self) -> list[list[float]]:
        """Return each learner's seconds to first pictures; a move that got none before the next one is not counted."""
        return [[move.first for move in moves if move.first is not None] for moves in self.moves]

    def first(self) -> list[float]:
        """Return the seconds to the first pictures of all."""
        return [*chain.from_iterable(self.first_of_each())]

    def finished(self) -> list[float]:
        """Return the seconds to each finished curve."""
        return [move.finished for moves in self.moves for move in moves if move.finished is not None]


@dataclass
class Measured:
    """All that was measured."""

    trials: list[Trial] = field(default_factory=list)
    hurried: Trial | None = None
    bare_loop: float = 0.0  # processor seconds
    start: float = 0.0  # processor seconds of a seat, from nothing to the end of its lesson's first run
    idle: dict[str, float] = field(
        default_factory=dict
    )  # milliseconds of a core a second, of a seat; of all for the hub
    memory: dict[str, tuple[float, float]] = field(
        default_factory=dict
    )  # own (USS) and with its share (PSS), MB of a seat


def rows(seats: Sequence[int] = SEATS, write: bool = False) -> list[Row]:
    """Measure so many seats, the fewest first; if asked to, write their table into the document."""
    if not is_installed():
        return [Row("a class on one machine", f"not measured: {HOW_TO_INSTALL}")]
    load = load_of_machine()
    with running_hub() as hub:
        measured = asyncio.run(_measure(hub, sorted(seats)))
    if write:
        text = DOCUMENT.read_text(encoding="utf-8")
        DOCUMENT.write_text(with_table(text, f"{in_words(measured)}\n\n{circumstances(load)}"), encoding="utf-8")
    return judged(measured)


async def _measure(hub: Hub, numbers: list[int]) -> Measured:
    measured, seats = Measured(), []
    for number in numbers:
        while len(seats) < number:
            coming = [Seat(hub.address, hub.token, len(seats) + i) for i in range(min(AT_ONCE, number - len(seats)))]
            await asyncio.gather(*(seat.start() for seat in coming))
            seats += coming
        if not measured.trials:
            measured.bare_loop = float(await seats[0].execute(BARE_LOOP))
        measured.trials.append(await _trial(hub, seats, PERIOD, SECONDS))
    before = _spent(hub, seats)
    await asyncio.sleep(SECONDS_OF_REST)
    for name, spent in _spent(hub, seats).items():
        measured.idle[name] = 1000 * (spent - before[name]) / SECONDS_OF_REST / (1 if name == "hub" else len(seats))
    measured.hurried = await _trial(hub, seats, HURRY, SECONDS_OF_HURRY)
    for name in ("kernel", "server"):
        infos = [getattr(seat, name).memory_full_info() for seat in seats]
        measured.memory[name] = tuple(statistics.mean(getattr(i, kind) for i in infos) / 1e6 for kind in ("uss", "pss"))
    measured.start = statistics.mean(seat.seconds_to_start for seat in seats)
    for seat in seats:
        await seat.stop()
    return measured


async def _trial(hub: Hub, seats: list[Seat], period: float, seconds: float) -> Trial:
    await asyncio.sleep(1)
    before, own, began, idle = _spent(hub, seats), time.process_time(), time.perf_counter(), psutil.cpu_times().idle
    learned = await asyncio.gather(*(seat.learn(period, seconds) for seat in seats))
    took, own = time.perf_counter() - began, time.process_time() - own
    busy = psutil.cpu_count() - (psutil.cpu_times().idle - idle) / took
    shown = await asyncio.gather(*(seat.last_move_shown(PATIENCE) for seat in seats))
    moves = [moves for moves, _ in learned]
    num_moves = sum(map(len, moves))
    a_move = {name: (spent - before[name]) / num_moves for name, spent in _spent(hub, seats).items()}
    cells = [cell for _, cells in learned for cell in cells]
    costs = a_move["kernel"], a_move["server"], a_move["hub"]
    return Trial(len(seats), moves, cells, *costs, busy, own / took, sum(shown))


def _spent(hub: Hub, seats: list[Seat]) -> dict[str, float]:
    """Return the processor seconds spent so far."""

    def sum_of(processes: list[psutil.Process]) -> float:
        return sum(times.user + times.system for times in (process.cpu_times() for process in processes))

    kernels, servers = [seat.kernel for seat in seats], [seat.server for seat in seats]
    return {"kernel": sum_of(kernels), "server": sum_of(servers), "hub": sum_of(hub.processes)}


def judged(measured: Measured) -> list[Row]:
    """Return the rows that are judged by targets."""
    found, targets = [], {30: 150, 40: 300}
    for trial in measured.trials:
        seats = "1 seat" if trial.num_seats == 1 else f"{trial.num_seats} seats"
        what = f"{seats}, a move every {PERIOD:.0f} s: move → first changed picture, p95"
        (first, _), (half, most) = _in_words(trial.first()), _in_words(trial.finished())
        beside, value = f"p50 {first}; finished curve p50 {half}, p95 {most}", 1000 * percentile(trial.first(), 95)
        if trial.num_seats in targets:
            found.append(at_most(what, value, targets[trial.num_seats], "ms", 0, beside))
        else:
            found.append(Row(what, f"{value:,.0f} ms ({beside})"))
    last, bare = measured.trials[-1], measured.bare_loop
    found.append(at_most(f"the finished curve, p95, {last.num_seats} seats", percentile(last.finished(), 95), 1, "s"))
    fewest = min(measured.trials, key=lambda trial: trial.kernels)
    beside = (
        f"{fewest.kernels / bare:.1f} × the bare loop's {bare:.2f} s; {last.kernels:.2f} s with {last.num_seats} seats"
    )
    found.append(at_most("a move in the kernel, processor time", fewest.kernels, 0.10, "s", 2, beside))
    for name, target in (("kernel", 250), ("server", 100)):
        own, share = measured.memory[name]
        found.append(
            at_most(f"a seat's own memory: its {name}", own, target, "MB", 0, f"with its share {share:.0f} MB")
        )
    hurried = measured.hurried
    what = f"saturated, {hurried.num_seats} seats, a move every {HURRY} s"
    halves = [statistics.median(first) for first in hurried.first_of_each() if first]
    half = statistics.median(halves)
    unlike = f"{what}: the slowest seat's median first picture against the median seat's"
    found.append(at_most(unlike, max(halves) / half, 2, "×", 1, f"{max(halves):.1f} s against {half:.1f} s"))
    got = f"{what}: last moves that got their picture"
    return [*found, at_least(got, hurried.shown, hurried.num_seats, f"of {hurried.num_seats}")]


def in_words(measured: Measured) -> str:
    """Return the table of all seats, and what a seat costs, as Markdown."""
    lines = [
        "| seats | first picture, p50 / p95 | finished curve | own cell, p95 | busy cores | a move: kernel / server / hub |",
        "|---|---|---|---|---|---|",
    ]
    for trial in measured.trials:
        costs = [f"{1000 * seconds:.0f} ms" for seconds in (trial.kernels, trial.servers, trial.hub)]
        cells = [str(trial.num_seats), *(" / ".join(_in_words(seen)) for seen in (trial.first(), trial.finished()))]
        cells += [_in_words(trial.cells)[1], f"{trial.busy:.2f}", " / ".join(costs)]
        lines.append(f"| {' | '.join(cells)} |")
    table = "\n".join(lines)
    hurried, idle, (kernel, server) = measured.hurried, measured.idle, measured.memory.values()
    half, most = _in_words(hurried.first())
    return f"""{table}

* **Memory of a seat**, {hurried.num_seats} of them: kernel {kernel[0]:.0f} MB of its own, {kernel[1]:.0f} MB with its share
  of what all hold together; server {server[0]:.0f} MB of its own, {server[1]:.0f} MB with its share.
* **At rest** a seat takes {idle["kernel"] + idle["server"]:.1f} thousandths of a core, JupyterHub and its proxy take
  {idle["hub"]:.1f} for all.
* **The training of a move alone** takes {measured.bare_loop:.3f} s of a core: the same steps, written out by hand, without
  measuring and drawing.
* **Saturated**, a move every {HURRY} s at {hurried.num_seats} seats: the first picture after {half} / {most} (p50 / p95),
  and {hurried.shown} of {hurried.num_seats} last moves got theirs.
* The learners are a program on the same machine, which stands for their browsers. It took
  {measured.trials[-1].learners:.2f} of the busy cores at {hurried.num_seats} seats.

From that, what a class needs, with a quarter of each core to spare:

| class | memory, one lesson open each / two | cores, a move every 3 s / every 10 s | all start and run a lesson |
|---|---|---|---|
{_need(measured, 30)}
{_need(measured, 300)}"""


def _need(measured: Measured, num_seats: int) -> str:
    """Return the row of what so many seats need."""
    kernel, server = (share for _, share in measured.memory.values())
    gigabytes = [num_seats * (lessons * kernel + server) / 1000 for lessons in (1, 2)]
    trial = measured.trials[-1]
    cores = [num_seats * (trial.kernels + trial.servers + trial.hub) / period / 0.75 for period in (3, 10)]
    start = num_seats * measured.start / cores[0]
    return (
        f"| {num_seats} seats | {gigabytes[0]:.0f} / {gigabytes[1]:.0f} GB | {cores[0]:.1f} / {cores[1]:.1f} | "
        f"{start:.0f} s on {cores[0]:.1f} cores |"
    )


def _in_words(seconds: Sequence[float]) -> list[str]:
    """Return the median and the 95th percentile."""
    if len(seconds) < 2:
        return ["–", "–"]
    values = [percentile(seconds, percent) for percent in (50, 95)]
    return [f"{value:.2f} s" if value >= 0.995 else f"{1000 * value:.0f} ms" for value in values]


def with_table(document: str, table: str) -> str:
    """Return the document with another table between its two marks."""
    parts = re.split(f"({re.escape(BEGIN)}|{re.escape(END)})", document)
    if len(parts) != 5:
        raise ValueError(f"The document must hold the lines {BEGIN!r} and {END!r}, once each.")
    return "".join([*parts[:2], f"\n\n{table}\n\n", *parts[3:]])
