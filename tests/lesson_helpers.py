"""What the tests of several lessons share."""

import asyncio
import subprocess
import sys
import time


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
    """Run programs, each with names of its own, in one fresh Python; return the lines that each prints."""
    end = "-" * 20
    code = f"for program in {programs!r}:\n    exec(program, {{'__name__': '__main__'}})\n    print({end!r})"
    command = [sys.executable, "-X", "utf8", "-c", code]
    run = subprocess.run(command, capture_output=True, encoding="utf-8", check=False, timeout=120)
    assert run.returncode == 0, run.stderr
    return [part.splitlines() for part in run.stdout.split(end + "\n")[:-1]]
