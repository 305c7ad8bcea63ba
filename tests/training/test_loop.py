"""The training loop against loops in plain PyTorch, and what it must leave as it was."""

import os
import random
import signal
import subprocess
import sys
import textwrap

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from mlp_tutorial.data.load import load_dataset
from mlp_tutorial.model import NeuralNetworkModel
from mlp_tutorial.training import loop as training_module
from mlp_tutorial.training.evaluation import evaluate
from mlp_tutorial.training.history import History
from mlp_tutorial.training.loop import train, training_steps

CROSS_ENTROPY = nn.CrossEntropyLoss()


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def classes(count=26, seed=3):
    generator = torch.Generator().manual_seed(seed)
    X = torch.randn(count, 2, generator=generator)
    X[-2:] *= 8  # the last samples are unlike the others
    return X, (X[:, 0] * X[:, 1] > 0).long()


def new_model(seed=1, **options):
    torch.manual_seed(seed)
    return NeuralNetworkModel(2, [6, 5], 2, **options)


def sgd(model, learning_rate=0.1, **options):
    return torch.optim.SGD(model.parameters(), lr=learning_rate, **options)


def bare_epoch(model, batches, criterion, optimizer):
    """One epoch as every PyTorch tutorial has it; returns the batches' losses and sizes."""
    model.train()
    losses, sizes = [], []
    for inputs, targets in batches:
        optimizer.zero_grad()
        loss = criterion(model(inputs), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        sizes.append(len(inputs))
    return losses, sizes


def assert_same_weights(model, other):
    assert all(torch.equal(a, b) for a, b in zip(model.parameters(), other.parameters(), strict=True))


@pytest.mark.parametrize("learning_rate", [0.01, 0.3])
def test_full_batch_equals_the_bare_loop(learning_rate):
    (X, y), model, other = classes(), new_model(), new_model()
    history = train(model, (X, y), CROSS_ENTROPY, sgd(model, learning_rate), num_epochs=20)
    optimizer = sgd(other, learning_rate)
    expected = [bare_epoch(other, [(X, y)], CROSS_ENTROPY, optimizer)[0][0] for _ in range(20)]
    assert history.training_loss == expected
    assert_same_weights(model, other)
    assert history.num_steps == len(history) == 20 and history.stop_reason == ""


@pytest.mark.parametrize("seed", [0, 5])
def test_mini_batches_equal_the_bare_loop_weighted_by_samples(seed):
    (X, y), model, other = classes(26), new_model(), new_model()
    history = train(model, (X, y), CROSS_ENTROPY, sgd(model), num_epochs=6, batch_size=8, seed=seed)
    shuffle, optimizer, weighted, unweighted = torch.Generator().manual_seed(seed), sgd(other), [], []
    for _ in range(6):
        order = torch.randperm(26, generator=shuffle)
        batches = [(X[rows], y[rows]) for rows in order.split(8)]
        losses, sizes = bare_epoch(other, batches, CROSS_ENTROPY, optimizer)
        assert sizes == [8, 8, 8, 2]
        weighted.append(np.average(losses, weights=sizes))
        unweighted.append(np.mean(losses))
    np.testing.assert_allclose(history.training_loss, weighted, rtol=1e-12)
    assert not np.allclose(history.training_loss, unweighted, rtol=1e-3)  # a mean of batches is another number
    assert_same_weights(model, other)
    assert history.num_steps == 24


@pytest.mark.parametrize("shuffled", [False, True])
def test_a_loader_equals_a_hand_loop_over_it(shuffled):
    def loader():
        generator = torch.Generator().manual_seed(7)
        return DataLoader(TensorDataset(*classes()), batch_size=8, shuffle=shuffled, generator=generator)

    model, other = new_model(), new_model()
    history = train(model, loader(), CROSS_ENTROPY, sgd(model), num_epochs=4)
    batches, optimizer, expected = loader(), sgd(other), []
    for _ in range(4):
        losses, sizes = bare_epoch(other, batches, CROSS_ENTROPY, optimizer)
        expected.append(np.average(losses, weights=sizes))
    np.testing.assert_allclose(history.training_loss, expected, rtol=1e-12)
    assert_same_weights(model, other)


def test_a_shuffled_loader_without_a_generator_follows_the_seed():
    def run(global_seed):
        model = new_model()
        torch.manual_seed(global_seed)
        loader = DataLoader(TensorDataset(*classes()), batch_size=8, shuffle=True)
        return train(model, loader, CROSS_ENTROPY, sgd(model), num_epochs=3, seed=4).training_loss

    assert run(1) == run(2)


def test_of_a_dataset_the_validation_part_is_measured_and_never_trained_on():
    dataset = load_dataset("xor")
    model, other = new_model(), new_model()
    history = train(model, dataset, CROSS_ENTROPY, sgd(model), num_epochs=5)
    optimizer = sgd(other)
    for epoch in range(5):
        batches = [(dataset.X_train, dataset.y_train)]
        assert bare_epoch(other, batches, CROSS_ENTROPY, optimizer)[0][0] == history.training_loss[epoch]
        measured = evaluate(other, (dataset.X_validation, dataset.y_validation), CROSS_ENTROPY)
        assert (history.validation_loss[epoch], history.metric[epoch]) == measured[:2]
    assert_same_weights(model, other)


def test_validation_data_of_every_kind_give_the_same_losses():
    pair, held_out = classes(), classes(30, seed=9)
    loader = DataLoader(TensorDataset(*held_out), batch_size=7, shuffle=True)
    histories = []
    for validation_data in (held_out, list(held_out), loader):
        model = new_model()
        histories.append(train(model, pair, CROSS_ENTROPY, sgd(model), num_epochs=4, validation_data=validation_data))
    assert histories[0].validation_loss == histories[1].validation_loss
    assert histories[0].validation_loss == pytest.approx(histories[2].validation_loss, rel=1e-6)
    assert histories[0].metric == pytest.approx(histories[2].metric)
    assert all(history.training_loss == histories[0].training_loss for history in histories)


def test_every_field_of_the_history():
    pair, model = classes(), new_model()
    history = train(
        model, pair, CROSS_ENTROPY, sgd(model, 0.25), num_epochs=7, batch_size=9, validation_data=classes(10, 4)
    )
    for name in ("training_loss", "validation_loss", "metric", "gradient_norm", "learning_rate", "seconds"):
        values = getattr(history, name)
        assert len(values) == 7 and all(type(value) is float for value in values), name
    assert history.metric_name == "accuracy" and all(0 <= value <= 1 for value in history.metric)
    assert history.learning_rate == [0.25] * 7 and history.num_steps == 21
    assert all(seconds > 0 for seconds in history.seconds)
    assert not history.diverged and history.best_epoch == 0


def test_without_validation_data_the_metric_is_the_training_datas():
    (X, y), model = classes(), new_model()
    history = train(model, (X, y), CROSS_ENTROPY, sgd(model), num_epochs=3)
    assert history.validation_loss == []
    assert history.metric[-1] == evaluate(model, (X, y), CROSS_ENTROPY).metric


def test_the_gradient_norm_is_that_of_the_last_step():
    (X, y), model, other = classes(), new_model(), new_model()
    history = train(model, (X, y), CROSS_ENTROPY, sgd(model), num_epochs=1)
    gradients = torch.autograd.grad(CROSS_ENTROPY(other(X), y), list(other.parameters()))
    expected = np.sqrt(sum((gradient.double() ** 2).sum().item() for gradient in gradients))
    assert history.gradient_norm == [pytest.approx(expected, rel=1e-5)]


def test_seconds_do_not_count_pauses():
    pair, model = classes(), new_model()
    now = [0.0]

    def criterion(outputs, targets):
        now[0] += 3.0
        return CROSS_ENTROPY(outputs, targets)

    history = History()
    steps = training_steps(model, pair, criterion, sgd(model), num_epochs=1, batch_size=13, history=history)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training_module.time, "perf_counter", lambda: now[0])
        for _ in steps:
            now[0] += 100.0
    assert history.seconds == [3 * 3.0]  # two batches and one measurement


def test_training_learns():
    dataset, model = load_dataset("moons"), new_model(activation="tanh")
    history = train(model, dataset, CROSS_ENTROPY, torch.optim.Adam(model.parameters(), lr=0.02), num_epochs=150)
    assert history.training_loss[-1] < 0.5 * history.training_loss[0] and history.metric[-1] > 0.8


def test_the_generator_yields_after_every_step_and_every_epoch():
    pair, model = classes(26), new_model()
    steps = training_steps(model, pair, CROSS_ENTROPY, sgd(model), num_epochs=2, batch_size=10)
    seen = [(history.num_steps, len(history)) for history in steps]
    assert seen == [(1, 0), (2, 0), (3, 0), (3, 1), (4, 1), (5, 1), (6, 1), (6, 2)]


def test_the_generator_pauses_after_as_many_seconds_as_asked_for_and_after_every_epoch():
    pair, now = classes(60), [0.0]

    def criterion(outputs, targets):
        now[0] += 1.0  # a step takes a second
        return CROSS_ENTROPY(outputs, targets)

    def seen(pause_every):
        model, history = new_model(), History()
        steps = training_steps(
            model, pair, criterion, sgd(model), num_epochs=2, batch_size=10, pause_every=pause_every,
            history=history,
        )  # fmt: skip
        pauses = [(history.num_steps, len(history)) for history in steps]
        return pauses, history.training_loss, history.seconds

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training_module.time, "perf_counter", lambda: now[0])
        every_step, in_twos, per_epoch = seen(0.0), seen(2.0), seen(float("inf"))
    assert in_twos[0] == [(2, 0), (4, 0), (6, 0), (6, 1), (8, 1), (10, 1), (12, 1), (12, 2)]
    assert per_epoch[0] == [(6, 1), (12, 2)] and len(every_step[0]) == 14
    assert every_step[1:] == in_twos[1:] == per_epoch[1:]  # the same losses, and the same seconds


# What is left as it was


class Fails(nn.Module):
    """A criterion that raises at its k-th call, or gives a loss that is not finite."""

    def __init__(self, at, error=None):
        super().__init__()
        self.calls, self.at, self.error = 0, at, error

    def forward(self, outputs, targets):
        self.calls += 1
        loss = CROSS_ENTROPY(outputs, targets)
        if self.calls != self.at:
            return loss
        if self.error is not None:
            raise self.error
        return loss * float("nan")


def run_to_end(model, data, options):
    train(model, data, CROSS_ENTROPY, sgd(model), num_epochs=3, **options)


def run_interrupted(model, data, options):
    train(model, data, Fails(6, KeyboardInterrupt()), sgd(model), num_epochs=3, **options)


def run_failing(model, data, options):
    with pytest.raises(RuntimeError, match="out of order"):
        train(model, data, Fails(6, RuntimeError("out of order")), sgd(model), num_epochs=3, **options)


def run_diverging(model, data, options):
    assert train(model, data, Fails(6), sgd(model), num_epochs=3, **options).diverged


def run_closed_early(model, data, options):
    steps = training_steps(model, data, CROSS_ENTROPY, sgd(model), num_epochs=3, **options)
    for _ in range(6):
        next(steps)
    steps.close()


def run_dropped(model, data, options):
    steps = training_steps(model, data, CROSS_ENTROPY, sgd(model), num_epochs=3, **options)
    next(steps)
    del steps


def run_stopped_by_callback(model, data, options):
    train(model, data, CROSS_ENTROPY, sgd(model), num_epochs=3, **options, callback=lambda history: True)


RUNS = [run_to_end, run_interrupted, run_failing, run_diverging, run_closed_early, run_dropped, run_stopped_by_callback]


class WithNorm(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(2, 6), nn.BatchNorm1d(6), nn.Dropout(0.3), nn.Linear(6, 2))

    def forward(self, x):
        return self.layers(x)


@pytest.mark.parametrize("kind", ["pair", "loader"])
@pytest.mark.parametrize("run", RUNS)
def test_the_callers_state_is_left_as_it_was(run, kind):
    model, (X, y), bystander = WithNorm(), classes(), torch.ones(3, requires_grad=True)
    model.layers[1].eval()
    model.layers[0].bias.requires_grad_(False)
    bystander.grad = torch.full((3,), 7.0)
    X.requires_grad_()
    X_before, y_before = X.detach().clone(), y.clone()
    data = (X, y) if kind == "pair" else DataLoader(TensorDataset(X, y), batch_size=8, shuffle=True)
    modes, statistics = [module.training for module in model.modules()], model.layers[1].running_mean.clone()
    random_state, python_state = torch.get_rng_state(), random.getstate()
    num_threads = torch.get_num_threads()

    run(model, data, {"batch_size": 8} if kind == "pair" else {})

    assert [module.training for module in model.modules()] == modes
    assert torch.equal(model.layers[1].running_mean, statistics)  # the caller had frozen it
    assert torch.equal(torch.get_rng_state(), random_state)
    assert random.getstate() == python_state
    assert torch.get_num_threads() == num_threads and torch.is_grad_enabled()
    assert X.grad is None and torch.equal(X, X_before) and torch.equal(y, y_before)
    assert torch.equal(bystander.grad, torch.full((3,), 7.0)) and model.layers[0].bias.grad is None


@pytest.mark.parametrize("training", [True, False])
def test_a_model_is_trained_in_train_mode_and_given_back_in_the_callers(training):
    model, modes = WithNorm(), []
    model.train(training)
    model.layers[2].register_forward_hook(lambda module, inputs, output: modes.append(module.training))
    train(model, classes(), CROSS_ENTROPY, sgd(model), num_epochs=2)
    assert modes == [True, False, True, False]  # training, measuring, training, measuring
    assert all(module.training == training for module in model.modules())
    assert model.layers[1].num_batches_tracked == 2


def test_between_two_steps_the_random_numbers_are_the_callers():
    torch.manual_seed(8)
    expected = [torch.rand(1).item() for _ in range(6)]
    model = WithNorm()
    torch.manual_seed(8)
    steps = training_steps(model, classes(), CROSS_ENTROPY, sgd(model), num_epochs=3)
    assert [torch.rand(1).item() for _ in steps] == expected


def test_parameters_that_the_optimizer_does_not_hold_keep_their_gradients():
    model, (X, y) = new_model(), classes()
    first, *held = model.parameters()
    first.grad = torch.full_like(first, 5.0)
    before = first.detach().clone()
    train(model, (X, y), CROSS_ENTROPY, torch.optim.SGD(held, lr=0.1), num_epochs=2)
    assert torch.equal(first.grad, torch.full_like(first, 5.0)) and torch.equal(first, before)
    assert all(parameter.grad is not None for parameter in held)


def test_frozen_parameters_may_be_held_and_others_not():
    model, other, (X, y) = new_model(), new_model(), classes()
    for one in (model, other):
        one.input_layer.requires_grad_(False)
    held = [*model.input_layer.parameters(), *model.hidden_layers.parameters()]  # not the output layer's
    history = train(model, (X, y), CROSS_ENTROPY, torch.optim.SGD(held, lr=0.1), num_epochs=2)
    optimizer = torch.optim.SGD(other.hidden_layers.parameters(), lr=0.1)
    assert history.training_loss == [bare_epoch(other, [(X, y)], CROSS_ENTROPY, optimizer)[0][0] for _ in range(2)]
    assert model.output_layer.weight.grad is None and model.input_layer.weight.grad is None


def test_training_works_where_gradients_are_switched_off():
    model, other = new_model(), new_model()
    with torch.no_grad():
        history = train(model, classes(), CROSS_ENTROPY, sgd(model), num_epochs=2)
        assert not torch.is_grad_enabled()
    assert history.training_loss == train(other, classes(), CROSS_ENTROPY, sgd(other), num_epochs=2).training_loss


@pytest.mark.parametrize("batch_size", [None, 8])
def test_dropout_follows_the_seed(batch_size):
    def run(seed, global_seed):
        torch.manual_seed(1)
        model = WithNorm()
        torch.manual_seed(global_seed)
        return train(
            model, classes(), CROSS_ENTROPY, sgd(model), num_epochs=4, batch_size=batch_size, seed=seed
        ).training_loss

    assert run(0, 1) == run(0, 2)
    assert run(0, 1) != run(1, 1)


def test_dropout_equals_the_bare_loop_after_manual_seed():
    torch.manual_seed(1)
    model = WithNorm()
    torch.manual_seed(1)
    other = WithNorm()
    history = train(model, classes(), CROSS_ENTROPY, sgd(model), num_epochs=4, seed=11)
    optimizer = sgd(other)
    torch.manual_seed(11)
    expected = [bare_epoch(other, [classes()], CROSS_ENTROPY, optimizer)[0][0] for _ in range(4)]
    assert history.training_loss == expected


# Interrupted


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


# Diverged


def regression(count=20):
    X = torch.linspace(-1, 1, count).unsqueeze(1)
    return X, 3 * X


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("batch_size", [None, 7])
def test_divergence_stops_with_epoch_reason_and_what_to_try(batch_size, capsys):
    X, y = regression()
    model = NeuralNetworkModel(1, [], 1)
    history = train(model, (X, y), nn.MSELoss(), sgd(model, 1e6), num_epochs=50, batch_size=batch_size)
    assert history.diverged and 0 < len(history) < 50
    assert all(np.isfinite(history.training_loss))
    when = "in" if history.stop_reason.startswith("Stopped in") else "after"
    epoch = len(history) + (when == "in")
    assert history.stop_reason.startswith(f"Stopped {when} epoch {epoch}: the ")
    assert f"the training loss of epoch {len(history)} was {history.training_loss[-1]:.3g}" in history.stop_reason
    assert history.stop_reason.endswith("Try a learning rate smaller than 1e+06.")
    assert capsys.readouterr().out.strip() == history.stop_reason


def test_a_loss_lost_in_the_last_step_is_told():
    X, y = regression()
    model, other = NeuralNetworkModel(1, [], 1), NeuralNetworkModel(1, [], 1)
    other.load_state_dict(model.state_dict())
    whole = train(model, (X, y), nn.MSELoss(), sgd(model, 1e6), num_epochs=50)
    other_history = train(other, (X, y), nn.MSELoss(), sgd(other, 1e6), num_epochs=len(whole))
    assert other_history.training_loss == whole.training_loss and other_history.diverged
    assert other_history.stop_reason == whole.stop_reason


def test_a_finite_run_of_all_its_epochs_has_no_reason_to_stop():
    X, y = regression()
    model = NeuralNetworkModel(1, [], 1)
    history = train(model, (X, y), nn.MSELoss(), sgd(model, 0.3), num_epochs=30)
    assert not history.diverged and history.stop_reason == "" and history.metric[-1] > 0.99


@pytest.mark.parametrize("wrong", ["inputs", "targets"])
@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("where", ["training", "mini-batches", "validation", "validation loader"])
def test_values_that_are_not_finite_are_named(where, value, wrong):
    spoilt = [part.clone() for part in regression()]
    spoilt[wrong == "targets"][[3, 11]] = value
    model = NeuralNetworkModel(1, [4], 1)
    options = {"num_epochs": 5}
    if where == "training":
        data = spoilt
    elif where == "mini-batches":
        data, options["batch_size"] = spoilt, 20 // 2
        spoilt[wrong == "targets"][:] = value
    else:
        data = regression()
        loader = DataLoader(TensorDataset(*spoilt), batch_size=8)
        options["validation_data"] = loader if where == "validation loader" else tuple(spoilt)
    history = train(model, data, nn.MSELoss(), sgd(model), **options)
    count = {"mini-batches": 10, "validation loader": 1}.get(where, 2)
    assert history.diverged
    assert (
        f"because the {wrong} hold {count} values that are NaN or infinite. Clean the data first."
        in history.stop_reason
    )
    start = (
        "Stopped after epoch 1: the validation loss became"
        if "valid" in where
        else "Stopped in epoch 1: the loss became"
    )
    assert history.stop_reason.startswith(start)


@pytest.mark.parametrize("rate", [1e9, 1e12])
def test_weights_lost_in_an_earlier_run_are_named(rate):
    model = NeuralNetworkModel(1, [4], 1)
    train(model, regression(), nn.MSELoss(), sgd(model, rate), num_epochs=50)
    largest = max(parameter.abs().max().item() for parameter in model.parameters())
    again = train(model, regression(), nn.MSELoss(), sgd(model, 0.01), num_epochs=5)
    assert again.diverged and len(again) == again.num_steps == 0
    assert again.stop_reason.endswith(
        f"because the model's weights are lost already, up to {largest:.3g}. Make model and optimizer anew."
    )
    assert repr(again) == f"History: no epoch finished. {again.stop_reason}"


def test_weights_that_are_nan():
    model = NeuralNetworkModel(1, [4], 1)
    nn.init.constant_(model.output_layer.bias, float("nan"))
    history = train(model, regression(), nn.MSELoss(), sgd(model), num_epochs=5)
    assert "weights are lost already, up to nan" in history.stop_reason


def test_data_too_large_from_the_first_step_on():
    X, y = regression()
    model = NeuralNetworkModel(1, [], 1)
    history = train(model, (X * 1e30, y), nn.MSELoss(), sgd(model), num_epochs=5)
    assert history.stop_reason == (
        "Stopped in epoch 1: the loss became inf before the first step. "
        "Are inputs and targets standardised, and is the criterion right for them?"
    )


# The progress bar


class Bar:
    def __init__(self):
        self.n, self.closed = 0, False

    def update(self, count):
        self.n += count

    def close(self):
        self.closed = True


@pytest.fixture
def bars(monkeypatch):
    made = []

    def make(num_epochs):
        made.append((num_epochs, Bar()))
        return made[-1][1]

    monkeypatch.setattr(training_module, "_progress_bar", make)
    return made


@pytest.mark.parametrize("run", ["to its end", "interrupted", "failing"])
def test_long_work_shows_a_progress_bar(run, bars, monkeypatch):
    monkeypatch.setattr(training_module, "PROGRESS_BAR_AFTER", 0.0)
    model, criterion = (new_model(), {"interrupted": Fails(9, KeyboardInterrupt()), "failing": Fails(9, ValueError())})
    arguments = model, classes(), criterion.get(run, CROSS_ENTROPY), sgd(model)
    if run == "failing":
        with pytest.raises(ValueError):
            train(*arguments, num_epochs=6)
    else:
        train(*arguments, num_epochs=6)
    [(total, bar)] = bars
    assert total == 6 and bar.n == (6 if run == "to its end" else 4) and bar.closed


def test_a_resumed_run_counts_its_own_epochs(bars, monkeypatch):
    monkeypatch.setattr(training_module, "PROGRESS_BAR_AFTER", 0.0)
    model = new_model()
    history = train(model, classes(), CROSS_ENTROPY, sgd(model), num_epochs=6, progress=False)
    train(model, classes(), CROSS_ENTROPY, sgd(model), num_epochs=3, history=history)
    assert [(total, bar.n) for total, bar in bars] == [(3, 3)]


def test_the_bar_comes_only_after_its_time(bars, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(training_module.time, "perf_counter", lambda: now[0])
    counts = []

    def callback(history):
        counts.append(len(bars))
        now[0] += 0.75

    model = new_model()
    train(model, classes(), CROSS_ENTROPY, sgd(model), num_epochs=6, callback=callback)
    assert training_module.PROGRESS_BAR_AFTER == 2.0
    assert counts == [0, 0, 0, 1, 1, 1] and bars[0][1].n == 6  # 0, 0.75, 1.5, 2.25 seconds …


def test_short_work_and_progress_false_show_none(bars, monkeypatch):
    model = new_model()
    train(model, classes(), CROSS_ENTROPY, sgd(model), num_epochs=3)
    monkeypatch.setattr(training_module, "PROGRESS_BAR_AFTER", 0.0)
    train(model, classes(), CROSS_ENTROPY, sgd(model), num_epochs=3, progress=False)
    assert bars == []


def test_the_real_bar(capsys, monkeypatch):
    monkeypatch.setattr(training_module, "PROGRESS_BAR_AFTER", 0.0)
    model = new_model()
    train(model, classes(), CROSS_ENTROPY, sgd(model), num_epochs=3)
    assert "training" in capsys.readouterr().err


# What is refused


def refused(kind, match, **changes):
    model = changes.pop("model", None) or new_model()
    arguments = {"model": model, "data": classes(), "criterion": CROSS_ENTROPY, "optimizer": None} | changes
    if arguments["optimizer"] is None:
        arguments["optimizer"] = sgd(new_model() if not isinstance(model, nn.Module) else model)
    for function in (train, training_steps):  # the generator too, before its first step
        with pytest.raises(kind, match=match):
            function(**arguments)


@pytest.mark.parametrize(
    ("kind", "match", "changes"),
    [
        (TypeError, r"model must be an instance; it is the class Linear. Try Linear\(\.\.\.\)", {"model": nn.Linear}),
        (TypeError, "model must be an nn.Module; it is a function", {"model": lambda x: x}),
        (TypeError, r"criterion must be an instance; it is the class MSELoss\. Try MSELoss\(\)", {"criterion": nn.MSELoss}),
        (TypeError, "criterion must be a function.*it is 'mse'", {"criterion": "mse"}),
        (ValueError, r"reduction is 'sum'\. Try CrossEntropyLoss\(\)", {"criterion": nn.CrossEntropyLoss(reduction="sum")}),
        (ValueError, "its reduction is 'none'", {"criterion": nn.MSELoss(reduction="none")}),
        (TypeError, "must be a torch.optim optimizer.*it is a SGD", {"optimizer": torch.optim.SGD}),
        (TypeError, "must be a torch.optim optimizer.*it is a str", {"optimizer": "sgd"}),
        (ValueError, "num_epochs must be at least 1; it is 0", {"num_epochs": 0}),
        (TypeError, "num_epochs must be a whole number of at least 1; it is 2.5", {"num_epochs": 2.5}),
        (TypeError, "num_epochs must be a whole number of at least 1; it is True", {"num_epochs": True}),
        (ValueError, "batch_size must be at least 1; it is -2", {"batch_size": -2}),
        (TypeError, "batch_size must be a whole number of at least 1; it is 8.0", {"batch_size": 8.0}),
        (TypeError, "seed must be a whole number, such as 0; it is 'a'", {"seed": "a"}),
        (TypeError, "pair .* of tensors, not .ndarray, ndarray.", {"data": (np.zeros((3, 2)), np.zeros(3))}),
        (TypeError, "max_gradient_norm must be a number; it is 'a'", {"max_gradient_norm": "a"}),
        (TypeError, "validation_fraction must be a number; it is True", {"validation_fraction": True}),
        (TypeError, "scheduler must be made for this optimizer.*it is 'step'", {"scheduler": "step"}),
        (TypeError, r"lr_scheduler.StepLR\(optimizer, 30\); it is <class", {"scheduler": torch.optim.lr_scheduler.StepLR}),
        (TypeError, "history must be a History .* it is a dict", {"history": {}}),
    ],
)  # fmt: skip
def test_arguments_that_cannot_work(kind, match, changes):
    refused(kind, match, **changes)


def test_a_callback_that_cannot_be_called():
    model = new_model()
    with pytest.raises(TypeError, match="callback must be a function of the history; it is 'stop'"):
        train(model, classes(), CROSS_ENTROPY, sgd(model), callback="stop")


@pytest.mark.parametrize(
    ("criterion", "kind", "match"),
    [
        (lambda outputs, targets: (outputs - 1) ** 2, ValueError, r"one number, .* shape \(20, 2\).*\.mean\(\)"),
        (lambda outputs, targets: outputs.mean().item(), TypeError, "must return a tensor; it returned a float"),
        (lambda outputs, targets: outputs.detach().mean(), ValueError, "has no gradient: .* without .item"),
    ],
)  # fmt: skip
def test_a_loss_of_ones_own_that_cannot_be_followed_back(criterion, kind, match):
    model, history = new_model(), History()
    before = [parameter.clone() for parameter in model.parameters()]
    with pytest.raises(kind, match=match):
        train(model, classes(20), criterion, sgd(model), history=history)
    assert history.num_steps == 0 and all(map(torch.equal, model.parameters(), before))


def test_an_optimizer_of_another_model():
    refused(ValueError, "holds none of this model's trainable parameters", optimizer=sgd(new_model()))


def test_an_optimizer_of_frozen_parameters():
    model = new_model()
    model.requires_grad_(False)
    refused(ValueError, "holds none of this model's trainable parameters", model=model)


def test_lbfgs():
    model = new_model()
    refused(TypeError, "LBFGS .* needs a loop of its own", model=model, optimizer=torch.optim.LBFGS(model.parameters()))


def test_targets_are_checked_before_the_first_step():
    X, y = classes()
    y[-1] = 2  # one class too many, in whichever batch
    for batch_size in (None, 4):
        model, other = new_model(), new_model()
        with pytest.raises(ValueError, match="classes must be 0 to 1; the targets go from 0 to 2"):
            train(model, (X, y), CROSS_ENTROPY, sgd(model), batch_size=batch_size)
        assert_same_weights(model, other)


def test_validation_targets_are_checked():
    X, y = regression()
    model = NeuralNetworkModel(1, [], 1)
    with pytest.raises(ValueError, match=r"outputs have shape \(20, 1\), the targets \(20,\)"):
        train(model, (X, y), nn.MSELoss(), sgd(model), validation_data=(X, y[:, 0]))


def test_data_of_another_run_are_checked_when_it_goes_on():
    X, y = regression()
    model = NeuralNetworkModel(1, [], 1)
    optimizer = sgd(model)
    history = train(model, (X, y), nn.MSELoss(), optimizer, num_epochs=2)
    before = model.output_layer.weight.clone()
    with pytest.raises(ValueError, match="a loss would broadcast"):
        train(model, (X, y[:, 0]), nn.MSELoss(), optimizer, num_epochs=2, history=history)
    assert torch.equal(model.output_layer.weight, before)  # found before a step is taken


def test_a_refused_call_leaves_a_history_as_it_was():
    model = new_model()
    history = History(training_loss=[0.5], stop_reason="Interrupted.", diverged=True)
    with pytest.raises(ValueError):
        train(model, classes(), CROSS_ENTROPY, sgd(model), num_epochs=0, history=history)
    assert (history.stop_reason, history.diverged, history.randomness) == ("Interrupted.", True, None)
