"""The live trainer in a real kernel, moved by the messages that a notebook's front end sends."""

import ast
import queue
import sys
import time
from pathlib import Path

import pytest
from jupyter_client import KernelManager

ROOT = Path(__file__).resolve().parents[2]
NUM_EPOCHS = 20
SETUP = f"""
import asyncio, sys, time
sys.path.insert(0, {str(ROOT)!r})
import torch
from mlp_tutorial import NeuralNetworkModel, load_dataset, train
from mlp_tutorial.lessons.trainer import explore_training

def trained_at_once(hidden_sizes, learning_rate):
    data = load_dataset("penguins")
    torch.manual_seed(0)
    model = NeuralNetworkModel(data.input_size, hidden_sizes, data.output_size)
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
    return train(model, data, torch.nn.CrossEntropyLoss(), optimizer, num_epochs={NUM_EPOCHS}, progress=False).training_loss

explorer = explore_training(num_epochs={NUM_EPOCHS})
explorer
"""
SHOWN = "(list(explorer.experiment.hidden_sizes), explorer.experiment.learning_rate, len(explorer.history))"


class Kernel:
    """A kernel of the current environment and, as far as messages go, the front end of its notebook."""

    def __init__(self):
        self.manager = KernelManager()
        self.manager.kernel_spec.argv[0] = sys.executable
        self.manager.start_kernel()
        self.client = self.manager.blocking_client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)
        self.messages, self.subshell = [], None
        features = self.reply(self.client.kernel_info())["content"].get("supported_features", [])
        if "kernel subshells" in features:  # there JupyterLab sends all messages of widgets to one subshell
            request = self.client.session.msg("create_subshell_request")
            self.client.control_channel.send(request)
            self.subshell = self.client.get_control_msg(timeout=10)["content"]["subshell_id"]

    def stop(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)

    def reply(self, message_id):
        while (reply := self.client.get_shell_msg(timeout=60))["parent_header"]["msg_id"] != message_id:
            pass
        return reply

    def run(self, code):
        reply = self.reply(self.client.execute(code))["content"]
        assert reply["status"] == "ok", "\n".join(reply["traceback"])

    def evaluate(self, expression):
        message_id = self.client.execute("", silent=True, user_expressions={"value": expression})
        value = self.reply(message_id)["content"]["user_expressions"]["value"]
        assert value["status"] == "ok", value
        return ast.literal_eval(value["data"]["text/plain"])

    def send(self, model_id, **data):
        message = self.client.session.msg("comm_msg", {"comm_id": model_id, "data": data})
        if self.subshell is not None:
            message["header"]["subshell_id"] = self.subshell
        self.client.shell_channel.send(message)
        return message["header"]["msg_id"]

    def move(self, model_id, **state):
        return self.send(model_id, method="update", state=state, buffer_paths=[])

    def click(self, model_id):
        return self.send(model_id, method="custom", content={"event": "click"})

    def until_answered(self, message_ids):
        """Wait until the kernel is idle after each message: a front end sends a slider's next value only then."""
        waiting, deadline = set(message_ids), time.monotonic() + 30
        while waiting:
            assert time.monotonic() < deadline, f"{len(waiting)} messages were never answered"
            try:
                message = self.client.get_iopub_msg(timeout=0.5)
            except queue.Empty:
                continue
            self.messages.append(message)
            if message["content"].get("execution_state") == "idle":
                waiting.discard(message["parent_header"]["msg_id"])

    def until_shown(self, hidden_sizes, learning_rate, num_epochs):
        """Wait until the run shown is this one, and complete; read all that was published on the way."""
        expected = (hidden_sizes, learning_rate, num_epochs)
        deadline = time.monotonic() + 10
        while (shown := self.evaluate(SHOWN)) != expected or self.evaluate("explorer.runner.running"):
            assert time.monotonic() < deadline, f"the run shown is {shown}, the sliders say {expected}"
            time.sleep(0.05)
        self.until_answered([self.client.execute("")])

    def complaints(self):
        """What went wrong in a callback, and what was printed, where no learner would look for it."""
        return [m["content"] for m in self.messages if m["msg_type"] in ("error", "stream")]

    def pictures(self):
        updates = [m for m in self.messages if m["msg_type"] == "comm_msg"]
        return [
            bytes(m["buffers"][0]) for m in updates if m["content"]["data"].get("buffer_paths") == [["value"]]
        ]


@pytest.fixture(scope="module")
def kernel():
    kernel = Kernel()
    try:
        kernel.run(SETUP)
        yield kernel
    finally:
        kernel.stop()


@pytest.fixture(scope="module")
def ids(kernel):
    ids = kernel.evaluate(
        "{name: w.model_id for name, w in {**explorer.controls, **explorer.buttons}.items()}"
    )
    # ipykernel 7.4 sends a comm's messages to the main shell until it has first answered in a subshell. A front end
    # waits for each answer; a burst that straddles the change would be taken out of order.
    kernel.until_answered([kernel.move(ids["width"], value=1), kernel.move(ids["learning_rate"], index=1)])
    return ids


@pytest.mark.parametrize(
    ("cell", "first"),
    [("", 2), ("time.sleep(1)", 5), ("await asyncio.sleep(1)", 8)],
    ids=["idle", "busy", "awaiting"],
)
def test_of_thirty_moves_the_last_ones_win(kernel, ids, cell, first):
    rates = kernel.evaluate("[rate for _, rate in explorer.controls['learning_rate'].options]")
    kernel.messages.clear()
    running = kernel.client.execute(cell)
    for width in range(first, first + 15):
        kernel.move(ids["width"], value=width)
        time.sleep(0.004)  # into the middle of the model's making
        kernel.move(ids["learning_rate"], index=width)
        time.sleep(0.004)
    assert kernel.reply(running)["content"]["status"] == "ok"
    kernel.until_shown([width, width], rates[width], NUM_EPOCHS)
    expected = kernel.evaluate(f"trained_at_once({[width, width]}, {rates[width]})")
    assert kernel.evaluate("explorer.history.training_loss") == pytest.approx(expected, rel=1e-5)
    pictures = kernel.pictures()
    assert pictures and all(picture.startswith(b"\x89PNG") for picture in pictures)
    assert not kernel.complaints()


def test_no_click_is_lost(kernel, ids):
    hidden_sizes, learning_rate, _ = kernel.evaluate(SHOWN)
    kernel.messages.clear()
    kernel.until_answered([kernel.click(ids["reset"])])
    kernel.until_shown(hidden_sizes, learning_rate, 0)
    kernel.until_answered([kernel.click(ids["step"]) for _ in range(10)])
    kernel.until_shown(hidden_sizes, learning_rate, 10)
    assert not kernel.complaints()
