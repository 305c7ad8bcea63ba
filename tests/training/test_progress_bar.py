"""The progress bar of long training."""

import time
from contextlib import nullcontext

import pytest

from mlp_tutorial.training import progress_bar
from mlp_tutorial.training.loop import train
from tests.training.helpers import CROSS_ENTROPY, Fails, classes, new_model, sgd


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

    def make(total, **options):
        made.append((total, Bar()))
        return made[-1][1]

    monkeypatch.setattr("tqdm.auto.tqdm", make)
    return made


@pytest.mark.parametrize("run", ["to its end", "interrupted", "failing"])
def test_long_work_shows_a_progress_bar(run, bars, monkeypatch):
    monkeypatch.setattr(progress_bar, "PROGRESS_BAR_AFTER", 0.0)
    model, error = new_model(), {"interrupted": KeyboardInterrupt, "failing": ValueError}.get(run)
    arguments = model, classes(), Fails(9, error()) if error else CROSS_ENTROPY, sgd(model)
    with pytest.raises(error) if error else nullcontext():
        train(*arguments, num_epochs=6)
    [(total, bar)] = bars
    assert total == 6 and bar.n == (6 if run == "to its end" else 4) and bar.closed


def test_a_resumed_run_counts_its_own_epochs(bars, monkeypatch):
    monkeypatch.setattr(progress_bar, "PROGRESS_BAR_AFTER", 0.0)
    model = new_model()
    history = train(model, classes(), CROSS_ENTROPY, sgd(model), num_epochs=6, progress=False)
    train(model, classes(), CROSS_ENTROPY, sgd(model), num_epochs=3, history=history)
    assert [(total, bar.n) for total, bar in bars] == [(3, 3)]


def test_the_bar_comes_only_after_its_time(bars, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(time, "perf_counter", lambda: now[0])
    counts = []

    def callback(history):
        counts.append(len(bars))
        now[0] += 0.75

    model = new_model()
    train(model, classes(), CROSS_ENTROPY, sgd(model), num_epochs=6, callback=callback)
    assert progress_bar.PROGRESS_BAR_AFTER == 2.0
    assert counts == [0, 0, 0, 1, 1, 1] and bars[0][1].n == 6  # 0, 0.75, 1.5, 2.25 seconds …


def test_short_work_and_progress_false_show_none(bars, monkeypatch):
    model = new_model()
    train(model, classes(), CROSS_ENTROPY, sgd(model), num_epochs=3)
    monkeypatch.setattr(progress_bar, "PROGRESS_BAR_AFTER", 0.0)
    train(model, classes(), CROSS_ENTROPY, sgd(model), num_epochs=3, progress=False)
    assert bars == []


def test_the_real_bar(capsys, monkeypatch):
    monkeypatch.setattr(progress_bar, "PROGRESS_BAR_AFTER", 0.0)
    model = new_model()
    train(model, classes(), CROSS_ENTROPY, sgd(model), num_epochs=3)
    assert "training" in "".join(capsys.readouterr())  # in the output where another test has begun a notebook session
