"""What the tests of several lessons share."""

import asyncio
import json
import subprocess
import sys
import time
import warnings
from functools import cache

from ipywidgets import Widget

RUN_PROGRAMS = """
import contextlib, io, json, sys, traceback
for line in sys.stdin:
    complaint = ''
    with contextlib.redirect_stdout(io.StringIO()) as output:
        try:
            exec(json.loads(line), {'__name__': '__main__'})
        except Exception:
            complaint = traceback.format_exc()
    print(json.dumps([output.getvalue(), complaint]), flush=True)
"""


def kept_widgets():
    """Return all widgets that the kernel keeps; only this name for them is the same in ipywidgets 7 and 8."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return list(Widget.widgets.values())


def refuses(feedback, sentence):
    """Assert that a check refused an answer, and said why."""
    assert feedback.status == "not yet", feedback
    assert sentence in feedback.message, feedback


async def settled(explorer):
    """Wait until the explorer has answered what was asked of it."""
    deadline = time.perf_counter() + 20
    while True:
        for _ in range(5):
            await asyncio.sleep(0.005)
        if not explorer.runner.running:
            return
        assert time.perf_counter() < deadline, "the run did not end"


def printed_by(*programs):
    """Run programs in a Python that knows nothing of this one, each with names of its own; return each one's lines."""
    python, printed = other_python(), []
    for program in programs:
        print(json.dumps(program), file=python.stdin, flush=True)
        output, complaint = json.loads(python.stdout.readline())
        assert not complaint, complaint
        printed.append(output.splitlines())
    return printed


@cache
def other_python():
    """Start a Python that runs what it is sent; importing torch takes seconds, so there is one for all tests."""
    command = [sys.executable, "-X", "utf8", "-c", RUN_PROGRAMS]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    return subprocess.Popen(command, **pipes, encoding="utf-8")
