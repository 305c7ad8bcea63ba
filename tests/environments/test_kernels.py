"""The live trainer under 200 moves of a slider, in a kernel of the environment's version of ipykernel."""

import time

import pytest

from tests.kernel import Kernel
from tests.live.test_kernel import SETUP, until_shown

NUM_EPOCHS = 20
MOVES = 200
LEFT = "(threading.active_count(), len(asyncio.all_tasks(explorer.runner._loop)))"


@pytest.fixture(scope="module")
def kernel():
    kernel = Kernel()
    try:
        kernel.run(SETUP)
        kernel.run("import threading")
        yield kernel
    finally:
        kernel.stop()


@pytest.mark.parametrize("cell", ["", "time.sleep(3)", "await asyncio.sleep(3)"], ids=["idle", "busy", "awaiting"])
def test_two_hundred_moves(kernel, cell):
    ids = kernel.evaluate("{name: control.model_id for name, control in explorer.controls.items()}")
    rates = kernel.evaluate("[rate for _, rate in explorer.controls['learning_rate'].options]")
    # The first messages of a kernel with subshells start threads, which stay.
    kernel.until_answered([kernel.move(ids["width"], value=1), kernel.move(ids["learning_rate"], index=1)])
    until_shown(kernel, [1, 1], rates[1], NUM_EPOCHS)
    settle(kernel)
    before = kernel.evaluate(LEFT)
    kernel.messages.clear()
    running = kernel.client.execute(cell)
    sent = []
    for number in range(MOVES // 2):
        sent.append(kernel.move(ids["width"], value=number % 8 + 1))
        sent.append(kernel.move(ids["learning_rate"], index=number % len(rates)))
        time.sleep(0.01)
    assert kernel.reply(running)["content"]["status"] == "ok"
    kernel.until_answered(sent)
    width, rate = number % 8 + 1, rates[number % len(rates)]
    until_shown(kernel, [width, width], rate, NUM_EPOCHS)
    expected = kernel.evaluate(f"trained_at_once({[width, width]}, {rate})")
    assert kernel.evaluate("explorer.history.training_loss") == pytest.approx(expected, rel=1e-5)
    assert kernel.pictures()
    assert not kernel.complaints()
    assert not kernel.evaluate("'Error' in explorer.status_line.note")
    settle(kernel)
    assert kernel.evaluate(LEFT) == before, "a thread or a task is left"


def settle(kernel):
    """Wait until the last picture has been painted to last, which ends the task."""
    deadline = time.monotonic() + 5
    while not kernel.evaluate("explorer.runner._task.done()"):
        assert time.monotonic() < deadline, "the task does not end"
        time.sleep(0.05)
