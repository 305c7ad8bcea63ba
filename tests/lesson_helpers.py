"""What the tests of several lessons share."""

import asyncio
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
