"""The race: each run equals a run alone, and all start from the same weights."""

import asyncio
import re
import sys
import time
import types

import pytest
import torch

from mlp_tutorial import NeuralNetworkModel
from mlp_tutorial.lessons.shared.race import explore_race
from mlp_tutorial.lessons.shared.trainer import explore_training
from mlp_tutorial.utils.randomness import SeededRandomness
from tests.lesson_helpers import settled
from tests.lessons.shared.helpers import OwnLinear
from tests.lessons.shared.helpers import short_race as short

FAILED = "These settings cannot work"


@pytest.mark.parametrize(
    "settings",
    [
        {"activation": ["relu", "sigmoid", "gelu"], "batch_size": 64},
        {"optimizer": ["sgd", "momentum", "adam"], "learning_rate": [0.3, 0.05, 0.01]},
        {"learning_rate": [0.01, 0.1, 1.0]},
        {"batch_size": [None, 16]},
        {"seed": [3, 4]},
    ],
)
def test_each_run_equals_the_live_trainer_alone(settings):
    race = short(**settings)
    (count,) = {len(value) for value in settings.values() if isinstance(value, list)}
    for run in range(count):
        own = {name: value[run] if isinstance(value, list) else value for name, value in settings.items()}
        alone = explore_training("spiral", [4], **{"learning_rate": 0.1, **own}, num_epochs=12)
        assert race.histories[run].training_loss == alone.history.training_loss
        assert race.histories[run].validation_loss == alone.history.validation_loss


def test_all_start_from_the_same_weights_and_reset_goes_back_to_them():
    race = short(seed=3)
    race.buttons["reset"].click()
    assert race.done() == 0 and "epoch 0 of 12" in race.status_line.text
    with SeededRandomness(3):
        fresh = NeuralNetworkModel(2, [4], 2)
    for model in race.models:
        assert all(torch.equal(value, fresh.state_dict()[name]) for name, value in model.state_dict().items())
    race.buttons["play"].click()
    assert [len(history) for history in race.histories] == [12, 12]


def test_the_runs_advance_together_and_a_pause_leaves_them_at_the_same_epoch():
    race = short(activation=["relu", "tanh", "elu"], batch_size=32)
    race.restart = True
    for _ in race.work():
        lengths = [len(history) for history in race.histories]
        assert max(lengths) - min(lengths) <= 1

    async def scenario():
        race = short(num_epochs=1000)
        await settled(race)  # on a busy machine the first run goes on after the first picture
        race.controls["speed"].value = 60.0
        race.buttons["play"].click()
        deadline = time.perf_counter() + 10
        while race.buttons["play"].description != "pause" or not 0 < race.done() < 1000:
            assert time.perf_counter() < deadline, "the race has not begun again"
            await asyncio.sleep(0.01)
        race.buttons["play"].click()
        await settled(race)
        assert len({len(history) for history in race.histories}) == 1 and 0 < race.done() < 1000
        before = [history.training_loss[:] for history in race.histories]
        race.controls["num_epochs"].value = race.done() + 10
        await settled(race)
        for history, losses in zip(race.histories, before, strict=True):
            assert history.training_loss[: len(losses)] == losses and len(history) == len(losses) + 10

    asyncio.run(scenario())


def test_the_leader_has_the_lowest_loss_and_a_diverged_run_cannot_lead():
    race = short(activation=["sigmoid", "relu", "tanh"], num_epochs=40, learning_rate=0.5)
    losses = [history.training_loss[-1] for history in race.histories]
    assert race.leader() == losses.index(min(losses))
    assert f"{race.names[race.leader()]} leads" in race.status_line.text
    assert f"sigmoid {losses[0]:.2f}" in race.status_line.text
    diverging = short(dataset="penguins_body_mass", learning_rate=[50.0, 0.01], num_epochs=100)
    assert diverging.histories[0].diverged and len(diverging.histories[1]) == 100
    assert diverging.leader() == 1 and "rate 50 diverged in epoch" in diverging.status_line.text


def test_the_title_of_the_regions_says_whose_they_are_and_whether_that_run_leads():
    race = short()
    title = race.canvas.figure.axes[1].texts[0].get_text
    leader, other = race.leader(), 1 - race.leader()
    assert title() == f"what {race.names[leader]} answers (leads)"
    race.controls["beside"].value = other
    assert title() == f"what {race.names[other]} answers"
    race.buttons["reset"].click()
    race.controls["beside"].value = "leader"
    assert "(leads)" not in title()  # nobody does before the first epoch


def test_a_race_that_ran_out_of_time_says_how_to_go_on(monkeypatch):
    monkeypatch.setattr("mlp_tutorial.live.runner.COLAB_TIME_LIMIT", 0.05)
    monkeypatch.setitem(sys.modules, "google.colab", types.ModuleType("google.colab"))
    race = short()
    race.controls["num_epochs"].value = 1000
    assert 0 < race.done() < 1000
    assert race.status_line.note == "Paused, so that the sliders stay within reach: press play to go on."


def test_the_note_says_when_each_run_had_halved_its_loss():
    race = short(dataset="moons", optimizer=["sgd", "adam"], learning_rate=[0.001, 0.1], num_epochs=50)
    losses = race.histories[1].training_loss
    epoch = next(epoch for epoch, loss in enumerate(losses, 1) if loss <= losses[0] / 2)
    assert race.status_line.note == f"Half of the first loss was reached in epoch: sgd not yet, adam {epoch}."


def test_one_slider_scales_all_rates_where_each_run_has_its_own():
    race = short(optimizer=["sgd", "adam"], learning_rate=[0.1, 0.01])
    assert "learning_rate" not in race.controls and "optimizer" not in race.controls
    assert race.picture.curves.axes.get_title() == "rates 0.1, 0.01"
    race.controls["rate_factor"].value = 10.0
    assert [experiment.learning_rate for experiment in race.experiments] == pytest.approx([1.0, 0.1])
    assert race.picture.curves.axes.get_title() == "rates 1, 0.1"
    assert set(short(learning_rate=[0.1, 1.0]).controls) >= {"rate_factor", "activation", "optimizer"}


def test_own_functions_and_classes_race():
    def bent(x):
        return torch.where(x > 0, x, 0.3 * x)

    race = short(activation=["relu", bent, lambda x: x, lambda x: x.sin()])
    assert race.names == ["relu", "bent", "<lambda> 1", "<lambda> 2"] and race.models[1].activation is bent
    race = short(model_class=[NeuralNetworkModel, OwnLinear])
    assert race.names == ["NeuralNetworkModel", "OwnLinear"] and isinstance(race.models[1], OwnLinear)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({}, "none is"),
        ({"activation": ["relu", "tanh"], "optimizer": ["sgd", "adam"]}, "activation and optimizer are lists"),
        ({"activation": ["relu"]}, "2 to 8 runs"),
        ({"seed": list(range(9))}, "2 to 8 runs"),
        ({"optimizer": ["sgd", "adam"], "learning_rate": [0.1, 0.2, 0.3]}, "3 rates for 2"),
        ({"activation": ["relu", "rleu"]}, "rleu"),
        ({"optimizer": ["sgd", "adamm"]}, "adamm"),
    ],
)
def test_bad_settings_get_a_sentence(settings, sentence):
    with pytest.raises(ValueError, match=sentence):
        explore_race(num_epochs=10, **settings)


def test_a_failing_setting_is_explained_and_the_race_before_stays():
    def picky(x):
        if x.shape[1] > 5:
            raise ValueError("too wide for me")
        return x

    race = short(activation=["relu", picky])
    race.controls["width"].value = 6
    assert FAILED in race.status_line.text and "too wide" in race.status_line.note
    race.controls["width"].value = 3
    assert FAILED not in race.status_line.text and race.done() == 12


def test_the_sentence_states_settings_and_results():
    sentence = short(optimizer=["sgd", "adam"], learning_rate=[0.1, 0.01]).sentence()
    assert sentence.startswith("A race over optimizer (rates 0.1, 0.01) on spiral, network 2 → 4 → 2, full batch, relu")
    assert re.search(r"After 12 epochs, training loss and accuracy: sgd 0\.\d\d, \d\d %; adam", sentence)


def test_an_own_class_raced_first_takes_neither_name_nor_activation_from_the_packages():
    race = short(model_class=[OwnLinear, NeuralNetworkModel], activation="tanh")
    assert race.names == ["OwnLinear", "NeuralNetworkModel"]
    turned = short(model_class=[NeuralNetworkModel, OwnLinear], activation="tanh")
    assert race.histories[1].training_loss == turned.histories[0].training_loss
    relu = short(model_class=[OwnLinear, NeuralNetworkModel])
    assert race.histories[1].training_loss != relu.histories[1].training_loss
    relu.controls["activation"].value = "tanh"
    assert race.histories[1].training_loss == relu.histories[1].training_loss
    assert "activation" not in short(model_class=[OwnLinear, OwnLinear]).controls
