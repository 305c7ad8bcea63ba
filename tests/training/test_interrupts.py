"""Interrupted training: the cell ends, and history and weights are kept."""

import os
import signal
import subprocess
import sys
import textwrap

import pytest

from mlp_tutorial.training.history import History
from mlp_tutorial.training.loop import train
from tests.kernel import Kernel
from tests.training.helpers import CROSS_ENTROPY, Fails, assert_same_weights, classes, new_model, sgd


def interrupted(model, criterion=CROSS_ENTROPY, **options):
    """Train until the interrupt, and return the history that it carries."""
    with pytest.raises(KeyboardInterrupt) as interrupt:
        train(model, classes(26), criterion, sgd(model), num_epochs=9, **options)
    return interrupt.value.history


def test_an_interrupt_keeps_history_and_weights(capsys):
    model, other = new_model(), new_model()
    history = interrupted(model, Fails(11, KeyboardInterrupt()), batch_size=8)
    assert len(history) == 2 and history.num_steps == 10 - 2 * 1  # each epoch: four steps and one measurement
    assert history.stop_reason == "Stopped after epoch 2: model and history keep what was learned."
    printed = capsys.readouterr().out
    assert printed.startswith(history.stop_reason)
    assert "To go on: import sys; history = sys.last_value.history; train(..., history=history)" in printed
    whole = train(other, classes(26), CROSS_ENTROPY, sgd(other), num_epochs=2, batch_size=8)
    assert whole.training_loss == history.training_loss
    assert_same_weights(model, other)


def test_a_history_in_the_callers_hand_goes_on_growing(capsys):
    model, mine = new_model(), History()
    assert interrupted(model, Fails(5, KeyboardInterrupt()), history=mine) is mine and len(mine) == 2
    assert "sys.last_value" not in capsys.readouterr().out
    train(model, classes(26), CROSS_ENTROPY, sgd(model), num_epochs=4, history=mine)
    assert len(mine) == 2 + 4 and mine.stop_reason == ""


def test_a_loop_over_runs_ends_with_the_interrupt():
    begun = []
    with pytest.raises(KeyboardInterrupt):
        for seed in range(3):
            begun.append(model := new_model(seed))
            train(model, classes(), Fails(5, KeyboardInterrupt()), sgd(model), num_epochs=9)
    assert len(begun) == 1


def test_an_interrupt_in_a_layer_while_measuring():
    model = new_model()

    def interrupt(module, inputs, output):
        if not module.training and len(seen) == 2:
            raise KeyboardInterrupt
        seen.append(None) if not module.training else None

    seen = []
    model.output_layer.register_forward_hook(interrupt)
    history = interrupted(model)
    lengths = {len(getattr(history, name)) for name in ("training_loss", "metric", "gradient_norm", "seconds")}
    assert lengths == {2} and history.num_steps == 3
    assert history.stop_reason.startswith("Stopped after epoch 2")


def test_an_interrupt_in_the_callback():
    def callback(history):
        if len(history) == 3:
            raise KeyboardInterrupt

    history = interrupted(new_model(), callback=callback)
    assert len(history) == 3 and history.stop_reason.startswith("Stopped after epoch 3")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for another process")
def test_the_stop_button_ends_a_cell_that_loops_over_runs(kernel):
    kernel.run(SETUP)
    cell = kernel.client.execute(LOOP, stop_on_error=False)  # what comes next is answered all the same
    while "under way" not in kernel.client.get_iopub_msg(timeout=60)["content"].get("text", ""):
        pass
    kernel.manager.interrupt_kernel()
    reply = kernel.reply(cell)["content"]
    assert (reply["status"], reply["ename"]) == ("error", "KeyboardInterrupt")
    assert len(reply["traceback"]) < 6, "the way through the loop is nothing that a learner has to read"
    assert kernel.evaluate("len(begun)") == 1
    assert kernel.evaluate("model is begun[0] and not torch.equal(model.output_layer.weight, before)")
    kernel.run("import sys; history = sys.last_value.history")
    learned = kernel.evaluate("len(history)")
    kernel.run("train(model, data, nn.MSELoss(), optimizer, num_epochs=2, history=history)")
    assert learned >= 20 and kernel.evaluate("len(history)") == learned + 2


@pytest.fixture
def kernel():
    kernel = Kernel()
    yield kernel
    kernel.stop()


SETUP = """
import torch
from torch import nn
from mlp_tutorial.model import NeuralNetworkModel
from mlp_tutorial.training import train

X = torch.linspace(-1, 1, 64).unsqueeze(1)
data, begun = (X, X**2), []

def callback(history):
    if len(history) == 20:
        print("under way", flush=True)
"""
LOOP = """
for rate in (0.05, 0.1, 0.2):
    torch.manual_seed(0)
    model = NeuralNetworkModel(1, [8], 1)
    before = model.output_layer.weight.clone()
    begun.append(model)
    optimizer = torch.optim.SGD(model.parameters(), lr=rate)
    train(model, data, nn.MSELoss(), optimizer, num_epochs=10**9, callback=callback)
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for another process")
def test_a_real_interrupt_from_outside():
    program = """
        import signal

        import torch
        from torch import nn
        from mlp_tutorial.model import NeuralNetworkModel
        from mlp_tutorial.training import train

        # What a shell starts in the background ignores interrupts, and hands that on.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        X = torch.linspace(-1, 1, 64).unsqueeze(1)
        torch.manual_seed(0)
        model = NeuralNetworkModel(1, [8], 1)
        before, random_state = model.output_layer.weight.clone(), torch.get_rng_state()
        optimizer = torch.optim.SGD(model.parameters(), lr=0.05)

        def callback(history):
            if len(history) == 20:
                print("under way", flush=True)

        try:
            train(model, (X, X**2), nn.MSELoss(), optimizer, num_epochs=10**9, callback=callback, progress=False)
        except KeyboardInterrupt as interrupt:
            history = interrupt.history
        assert len(history) >= 20 and abs(len(history.seconds) - len(history)) == 0
        assert not torch.equal(model.output_layer.weight, before)
        assert torch.equal(torch.get_rng_state(), random_state) and model.training
        print("kept", history.stop_reason)
    """
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    try:
        assert process.stdout.readline() == "under way\n"
        process.send_signal(signal.SIGINT)
        out, errors = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 0, errors
    assert "kept Stopped after epoch" in out and out.count("model and history keep what was learned") == 2
