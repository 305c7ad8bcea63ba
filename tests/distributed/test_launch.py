"""Losses and weights of several processes are those of a single one."""

import subprocess

import pytest
from torch import distributed

from mlp_tutorial import load_dataset
from mlp_tutorial.distributed.launch import TIME_LIMIT, launch, train_this_share
from mlp_tutorial.distributed.shares import Shares
from mlp_tutorial.experiment import Experiment
from mlp_tutorial.training.history import History


def single_process(num_epochs, *arguments, **options):
    experiment, history = Experiment(*arguments, **options), History()
    for _ in experiment.steps(*experiment.build(), num_epochs, history):
        pass
    return history


def test_two_processes_reach_the_losses_of_one():
    """206 penguins in batches of 33: shares of 17 and 16, and of 4 and 4 at the end."""
    settings = {"batch_size": 33, "optimizer": "momentum", "seed": 3}
    run = launch(2, hidden_sizes=(6, 5), learning_rate=0.05, num_epochs=4, **settings)
    one = single_process(4, "penguins", (6, 5), 0.05, **settings)
    assert run.training_loss == pytest.approx(one.training_loss, abs=1e-5)
    assert run.validation_loss == pytest.approx(one.validation_loss, abs=1e-5)
    assert run.samples == [106, 100]
    assert run.same_weights


@pytest.fixture
def world_of_one(tmp_path):
    distributed.init_process_group("gloo", init_method=(tmp_path / "store").as_uri(), rank=0, world_size=1)
    yield
    distributed.destroy_process_group()


def test_a_single_process_trains_as_without_a_group(world_of_one):
    run = train_this_share(Experiment("penguins_body_mass", (4,), 0.05, 50, optimizer="adam"), 3)
    one = single_process(3, "penguins_body_mass", (4,), 0.05, 50, optimizer="adam")
    assert run.training_loss == pytest.approx(one.training_loss, abs=1e-6)
    assert run.validation_loss == pytest.approx(one.validation_loss, abs=1e-6)
    assert run.samples == [len(load_dataset("penguins_body_mass").X_train)]


def test_a_larger_share_counts_for_more(world_of_one, monkeypatch):
    """As the first of two processes with shares of 3 and 2, it hands on 1.2 times its own gradient."""
    monkeypatch.setattr(Shares, "__iter__", lambda self: iter([(setattr(self, "weight", 1.2), self.dataset)[1]]))
    heavy = train_this_share(Experiment("penguins", (), 0.1, seed=1), 2)
    expected = single_process(2, "penguins", (), 0.12, seed=1)
    assert heavy.training_loss == pytest.approx(expected.training_loss, abs=1e-6)


def test_a_run_that_diverges_ends_with_its_reason(world_of_one):
    with pytest.raises(RuntimeError, match=r"Stopped in epoch \d: the loss became (nan|inf).*learning rate smaller"):
        train_this_share(Experiment("penguins", (8, 8), 1e20, 50), 5)


def test_settings_that_cannot_work_are_refused_before_anything_starts(monkeypatch):
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("started"))
    with pytest.raises(ValueError, match="has 1, fewer than the 2 processes"):
        launch(2, batch_size=41)  # 206 = 5 · 41 + 1
    with pytest.raises(ValueError, match="num_processes must be at least 1"):
        launch(0)
    with pytest.raises(ValueError, match="Unknown optimizer"):
        launch(2, optimizer="sdg")


def test_processes_that_fail_or_hang_are_reported(monkeypatch):
    failed = subprocess.CompletedProcess([], 1, stdout="", stderr="gloo found no network")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: failed)
    with pytest.raises(RuntimeError, match=r"The processes failed:\ngloo found no network"):
        launch(2)

    def hang(*arguments, **options):
        raise subprocess.TimeoutExpired(arguments, options["timeout"])

    monkeypatch.setattr(subprocess, "run", hang)
    with pytest.raises(RuntimeError, match=f"have not ended after {TIME_LIMIT} seconds"):
        launch(2)
