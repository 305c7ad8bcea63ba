"""The live trainer in a real kernel, moved by the messages that a notebook's front end sends."""

import time
from pathlib import Path

import pytest

from tests.kernel import Kernel

ROOT = Path(__file__).resolve().parents[2]
NUM_EPOCHS = 20
SETUP = f"""
import asyncio, sys, time
sys.path.insert(0, {str(ROOT)!r})
import torch
from mlp_tutorial import NeuralNetworkModel, load_dataset, train
from mlp_tutorial.lessons.shared.trainer import explore_training

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


def until_shown(kernel, hidden_sizes, learning_rate, num_epochs):
    """Wait until the run shown is this one, and complete; read all that was published on the way."""
    expected = (hidden_sizes, learning_rate, num_epochs)
    deadline = time.monotonic() + 10
    while (shown := kernel.evaluate(SHOWN)) != expected or kernel.evaluate("explorer.runner.running"):
        assert time.monotonic() < deadline, f"the run shown is {shown}, the sliders say {expected}"
        time.sleep(0.05)
    kernel.until_answered([kernel.client.execute("")])


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
        "{name: getattr(w, 'slider', w).model_id for name, w in {**explorer.controls, **explorer.buttons}.items()}"
    )
    # ipykernel 7.4 sends a comm's messages to the main shell until it has first answered in a subshell. A front end
    # waits for each answer; a burst that straddles the change would be taken out of order.
    kernel.until_answered([kernel.move(ids["width"], value=1), kernel.move(ids["learning_rate"], index=1)])
    return ids


@pytest.mark.parametrize(
    ("cell", "first"), [("", 2), ("time.sleep(1)", 5), ("await asyncio.sleep(1)", 8)], ids=["idle", "busy", "awaiting"]
)
def test_of_thirty_moves_the_last_ones_win(kernel, ids, cell, first):
    rates = kernel.evaluate("[rate for _, rate in explorer.controls['learning_rate'].slider.options]")
    kernel.messages.clear()
    running = kernel.client.execute(cell)
    for width in range(first, first + 15):
        kernel.move(ids["width"], value=width)
        time.sleep(0.004)  # into the middle of the model's making
        kernel.move(ids["learning_rate"], index=width)
        time.sleep(0.004)
    assert kernel.reply(running)["content"]["status"] == "ok"
    until_shown(kernel, [width, width], rates[width], NUM_EPOCHS)
    expected = kernel.evaluate(f"trained_at_once({[width, width]}, {rates[width]})")
    assert kernel.evaluate("explorer.history.training_loss") == pytest.approx(expected, rel=1e-5)
    pictures = kernel.pictures()
    assert pictures and all(picture.startswith(b"\x89PNG") for picture in pictures)
    assert not kernel.complaints()


def test_no_click_is_lost(kernel, ids):
    hidden_sizes, learning_rate, _ = kernel.evaluate(SHOWN)
    kernel.messages.clear()
    kernel.until_answered([kernel.click(ids["reset"])])
    until_shown(kernel, hidden_sizes, learning_rate, 0)
    kernel.until_answered([kernel.click(ids["step"]) for _ in range(10)])
    until_shown(kernel, hidden_sizes, learning_rate, 10)
    assert not kernel.complaints()
