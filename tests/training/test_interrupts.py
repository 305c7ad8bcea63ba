"""Interrupted training: history and weights are kept."""

import os
import signal
import subprocess
import sys
import textwrap

import pytest

from mlp_tutorial.training.loop import train
from tests.training.helpers import CROSS_ENTROPY, Fails, assert_same_weights, classes, new_model, sgd


def test_an_interrupt_keeps_history_and_weights(capsys):
    model, other = new_model(), new_model()
    history = train(model, classes(26), Fails(11, KeyboardInterrupt()), sgd(model), num_epochs=9, batch_size=8)
    assert len(history) == 2 and history.num_steps == 10 - 2 * 1  # each epoch: four steps and one measurement
    assert history.stop_reason == "Interrupted in epoch 3: history and weights are kept."
    assert capsys.readouterr().out.strip() == history.stop_reason
    whole = train(other, classes(26), CROSS_ENTROPY, sgd(other), num_epochs=2, batch_size=8)
    assert whole.training_loss == history.training_loss
    assert_same_weights(model, other)


def test_an_interrupt_in_a_layer_while_measuring():
    model = new_model()

    def interrupt(module, inputs, output):
        if not module.training and len(seen) == 2:
            raise KeyboardInterrupt
        seen.append(None) if not module.training else None

    seen = []
    model.output_layer.register_forward_hook(interrupt)
    history = train(model, classes(), CROSS_ENTROPY, sgd(model), num_epochs=9)
    lengths = {len(getattr(history, name)) for name in ("training_loss", "metric", "gradient_norm", "seconds")}
    assert lengths == {2} and history.num_steps == 3
    assert history.stop_reason.startswith("Interrupted in epoch 3")


def test_an_interrupt_in_the_callback():
    def callback(history):
        if len(history) == 3:
            raise KeyboardInterrupt

    model = new_model()
    history = train(model, classes(), CROSS_ENTROPY, sgd(model), num_epochs=9, callback=callback)
    assert len(history) == 3 and history.stop_reason.startswith("Interrupted")


def test_a_run_goes_on_after_an_interrupt():
    model = new_model()
    history = train(model, classes(), Fails(5, KeyboardInterrupt()), sgd(model), num_epochs=9)
    train(model, classes(), CROSS_ENTROPY, sgd(model), num_epochs=4, history=history)
    assert len(history) == 2 + 4 and history.stop_reason == ""


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

        history = train(model, (X, X**2), nn.MSELoss(), optimizer, num_epochs=10**9, callback=callback, progress=False)
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
    assert "kept Interrupted in epoch" in out and out.count("history and weights are kept") == 2
