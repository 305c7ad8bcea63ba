"""Run the answers of learners, each in a process of its own with limits.

The processes are forks of one that has loaded PyTorch and the lessons, so that a process costs milliseconds; where
Python cannot fork, on Windows, each loads them itself. What the limits hold and what not: `docs/teaching.md`.
"""

from __future__ import annotations

import contextlib
import gc
import json
import linecache
import multiprocessing
import os
import queue
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from mlp_tutorial.teaching.enclosure import enclose, limit

#: How long a process may take to load PyTorch where it cannot be forked from one that has.
_STARTING = 120.0
_LONGEST_MESSAGE = 1_000_000
_STATUSES = ("not attempted", "not yet", "correct")
#: What PyTorch, the checks and scikit-learn import where they first need it: once is enough for all processes.
_LATE_IMPORTS = (
    *("tqdm", "torch.fx.experimental.symbolic_shapes"),
    *("sklearn.datasets", "sklearn.linear_model", "sklearn.model_selection"),
)


@dataclass(frozen=True)
class Job:
    """An answer to be checked.

    Parameters
    ----------
    key : tuple of str and int
        By which whoever asked knows it again.
    room, check : str
        The lesson's module and the name of its check.
    names : tuple of str
        What the check is called with.
    imports, code : str
        What runs before the check: the lesson's imports, and the learner's code.
    """

    key: tuple[str, int]
    room: str
    check: str
    names: tuple[str, ...]
    imports: str
    code: str


@dataclass(frozen=True)
class Limits:
    """What an answer may take.

    Parameters
    ----------
    seconds : float, default 30
        Of computing, for all that it runs, check included. By the clock it may take three times as long, and on Linux
        longer if it has computed meanwhile. On Windows the clock alone counts.
    megabytes : int, default 1000
        More memory than the process has at its start. Held on Linux alone.
    """

    seconds: float = 30.0
    megabytes: int = 1000


def run(
    jobs: Iterable[Job], rooms: Sequence[str], seed: int, limits: Limits, processes: int
) -> Iterator[tuple[tuple, dict]]:
    """Check answers, several at once; yield the key of each and its outcome, as they come.

    An outcome has the keys of a `Feedback`: status, message, points, of.
    """
    can_fork = "forkserver" in multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("forkserver" if can_fork else "spawn")
    os.environ.update({"OMP_NUM_THREADS": "1", "MPLBACKEND": "agg"})  # of the processes
    if can_fork:
        context.set_forkserver_preload([*_LATE_IMPORTS, *rooms, __name__])
    waiting, running, heard = iter(jobs), set(), queue.SimpleQueue()
    try:
        while True:
            while len(running) < processes and (job := next(waiting, None)):
                reader, writer = context.Pipe(duplex=False)
                folder = tempfile.mkdtemp(prefix="grading_")
                process = context.Process(target=_checked, args=(job, seed, limits, writer, folder), daemon=True)
                process.start()
                writer.close()
                running.add(one := _Running(job, process, folder, time.monotonic() + _STARTING))
                threading.Thread(target=_listen, args=(one, reader, heard), daemon=True).start()
            if not running:
                return
            soonest = min(one.deadline for one in running) - time.monotonic()
            outcomes = {}
            with contextlib.suppress(queue.Empty):
                one, message = heard.get(timeout=max(soonest, 0))
                if one in running and message == "begun" and not one.has_begun:
                    one.has_begun, one.deadline = True, time.monotonic() + 3 * limits.seconds
                    one.has_computed(limits)
                elif one in running:
                    outcomes[one] = message if isinstance(message, dict) else _ended(one.process, limits)
            for one in running - outcomes.keys():
                if time.monotonic() > one.deadline:
                    if one.has_begun and one.has_computed(limits):  # on a busy machine, where the clock says little
                        one.deadline = time.monotonic() + 3 * limits.seconds
                    else:
                        outcomes[one] = _too_long(limits)
            for one, outcome in outcomes.items():
                running.remove(one)
                one.stop()
                yield one.job.key, outcome
    finally:
        for one in running:
            one.stop()


@dataclass(eq=False)
class _Running:
    """A process at work, its folder, and when it is stopped."""

    job: Job
    process: BaseProcess
    folder: str
    deadline: float
    has_begun: bool = False
    seconds: float = 0.0

    def has_computed(self, limits: Limits) -> bool:
        """Return whether the process has computed for a tenth of its time since the last look, where Linux knows it."""
        before = self.seconds
        with contextlib.suppress(OSError), open(f"/proc/{self.process.pid}/stat") as file:
            ticks = file.read().rpartition(")")[2].split()[11:13]
            self.seconds = sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")
        return self.seconds - before > limits.seconds / 10

    def stop(self) -> None:
        self.process.kill()
        self.process.join()
        self.process.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def _listen(one: _Running, reader: Connection, heard: queue.SimpleQueue) -> None:
    """Hand on what a process sends, until it ends; None stands for the end, and for what makes no sense.

    What is sent comes from where the learner's code runs, and half a message keeps whoever reads it waiting. So each
    process has a thread that waits for it, until the process is stopped.
    """
    with reader:
        while (message := _received(reader)) is not None:
            heard.put((one, message))
    heard.put((one, None))


def _received(reader: Connection) -> dict | str | None:
    try:
        message = json.loads(reader.recv_bytes(_LONGEST_MESSAGE))
        if message == "begun" or (0 <= message["points"] <= message["of"] > 0 and message["message"].strip()):
            return message if message == "begun" or message["status"] in _STATUSES else None
    except (EOFError, OSError, ValueError, TypeError, KeyError, AttributeError):
        pass
    return None


def _ended(process: BaseProcess, limits: Limits) -> dict:
    """Say why a process is no more, and sent nothing."""
    process.join(1)
    if process.exitcode == -getattr(signal, "SIGXCPU", 0):
        return _too_long(limits)
    return _wrong("It ended its own process, or took more memory than there is, before the check had its result.")


def _too_long(limits: Limits) -> dict:
    return _wrong(f"It was stopped after {limits.seconds:g} s. Does a loop have no end?")


def _wrong(message: str) -> dict:
    return {"status": "not yet", "message": message, "points": 0, "of": 1}


# Inside the process ------------------------------------------------------------------------------------------------


def _checked(job: Job, seed: int, limits: Limits, writer: Connection, folder: str) -> None:
    """Run an answer and its check, and send the outcome."""
    from importlib import import_module

    import torch
    import tqdm

    from mlp_tutorial.lessons.shared.problems import draw_fresh_problems

    gc.freeze()  # to look through all that was loaded would copy it
    torch.set_num_threads(1)
    tqdm.tqdm.set_lock(threading.RLock())  # its own is shared by processes, and outlives one that is stopped
    draw_fresh_problems(seed)
    check = getattr(import_module(job.room), job.check)
    os.chdir(folder)
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in range(3):  # input, output and errors, also of code that is not Python
        os.dup2(nothing, standard)
    sys.stdin = os.fdopen(0, closefd=False)  # who asks by `input` is told that nobody answers
    if os.name == "posix":  # what is open beside belongs to the grading: only the way for the outcome is left
        os.closerange(3, writer.fileno())
        os.closerange(writer.fileno() + 1, 65_536)
    _send(writer, "begun")
    limit(limits.seconds, limits.megabytes)
    enclose(os.path.realpath(folder))
    try:
        outcome = _outcome(job, check)
    except BaseException as error:
        outcome = _wrong(f"It ended with {type(error).__name__}, which stops the whole notebook: leave that out.")
    _send(writer, outcome)
    os._exit(0)  # what the learner's code left to be run at the end is not


def _send(writer: Connection, message: object) -> None:
    writer.send_bytes(json.dumps(message).encode())


def _outcome(job: Job, check: object) -> dict:
    from mlp_tutorial.lessons.shared.explanations import what_failed

    namespace = {"__name__": "__main__"}
    exec(compile(job.imports, "<imports>", "exec"), namespace)
    name = "<answer>"
    linecache.cache[name] = (len(job.code), None, job.code.splitlines(keepends=True), name)
    try:
        exec(compile(job.code, name, "exec"), namespace)
    except Exception as error:
        error.from_answer = True
        return _wrong(what_failed(error))
    return asdict(check(*(namespace[name] for name in job.names)))
