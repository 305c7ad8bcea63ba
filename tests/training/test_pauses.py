"""Pauses of the loop, and what the caller finds as it was: then, and when the run has ended in whatever way."""

import random
import time

import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

from mlp_tutorial.training.history import History
from mlp_tutorial.training.loop import train, training_steps
from tests.training.helpers import CROSS_ENTROPY, Fails, WithNorm, classes, new_model, sgd


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
        patch.setattr(time, "perf_counter", lambda: now[0])
        every_step, in_twos, per_epoch = seen(0.0), seen(2.0), seen(float("inf"))
    assert in_twos[0] == [(2, 0), (4, 0), (6, 0), (6, 1), (8, 1), (10, 1), (12, 1), (12, 2)]
    assert per_epoch[0] == [(6, 1), (12, 2)] and len(every_step[0]) == 14
    assert every_step[1:] == in_twos[1:] == per_epoch[1:]  # the same losses, and the same seconds


def test_seconds_do_not_count_pauses():
    pair, model = classes(), new_model()
    now = [0.0]

    def criterion(outputs, targets):
        now[0] += 3.0
        return CROSS_ENTROPY(outputs, targets)

    history = History()
    steps = training_steps(model, pair, criterion, sgd(model), num_epochs=1, batch_size=13, history=history)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "perf_counter", lambda: now[0])
        for _ in steps:
            now[0] += 100.0
    assert history.seconds == [3 * 3.0]  # two batches and one measurement


def test_between_two_steps_the_random_numbers_are_the_callers():
    torch.manual_seed(8)
    expected = [torch.rand(1).item() for _ in range(6)]
    model = WithNorm()
    torch.manual_seed(8)
    steps = training_steps(model, classes(), CROSS_ENTROPY, sgd(model), num_epochs=3)
    assert [torch.rand(1).item() for _ in steps] == expected


def test_training_works_where_gradients_are_switched_off():
    model, other = new_model(), new_model()
    with torch.no_grad():
        history = train(model, classes(), CROSS_ENTROPY, sgd(model), num_epochs=2)
        assert not torch.is_grad_enabled()
    assert history.training_loss == train(other, classes(), CROSS_ENTROPY, sgd(other), num_epochs=2).training_loss


def run_to_end(model, data, options):
    train(model, data, CROSS_ENTROPY, sgd(model), num_epochs=3, **options)


def run_interrupted(model, data, options):
    with pytest.raises(KeyboardInterrupt):
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
