"""What the explorers that train have in common: their sliders, their epochs, their pace."""

import asyncio
import math

import pytest
from torch import nn

from tests.lesson_helpers import settled
from tests.lessons.shared.helpers import short_training as short


def test_sliders_change_the_architecture_as_they_say():
    explorer = short(hidden_sizes=[6, 4])
    explorer.controls["num_layers"].value = 3
    assert explorer.experiment.hidden_sizes == (6, 4, 4)
    explorer.controls["width"].value = 9
    assert explorer.experiment.hidden_sizes == (9, 9, 9)
    explorer.controls["num_layers"].value = 0
    assert explorer.experiment.hidden_sizes == ()
    explorer.controls["num_layers"].value = 1
    assert explorer.experiment.hidden_sizes == (9,)


def test_more_epochs_go_on_with_the_run_and_fewer_begin_anew():
    explorer = short()
    model = explorer.model
    explorer.controls["num_epochs"].value = 20
    assert explorer.model is model and len(explorer.history) == 20
    explorer.controls["num_epochs"].value = 10
    assert explorer.model is not model and len(explorer.history) == 10
    assert short(num_epochs=20).history.training_loss[:10] == explorer.history.training_loss


def test_an_own_loss_stays_for_every_data_set_of_its_task():
    def double(outputs, targets):
        return 2 * nn.functional.cross_entropy(outputs, targets)

    explorer = short(criterion=double)
    for dataset in ("circles", "digits"):
        explorer.controls["dataset"].value = dataset
        usual = short(dataset=dataset).history.training_loss
        assert explorer.history.training_loss[0] == pytest.approx(2 * usual[0])
        assert "Your loss" not in explorer.status_line.note
    explorer.controls["dataset"].value = "penguins_body_mass"
    assert explorer.history.training_loss == short(dataset="penguins_body_mass").history.training_loss
    assert "Your loss is made for classification; this is regression" in explorer.status_line.note
    explorer.controls["dataset"].value = "penguins"
    assert explorer.experiment.criterion is double and "Your loss" not in explorer.status_line.note


def test_the_speed_of_play_is_obeyed_at_once():
    async def scenario():
        explorer = short(num_epochs=400)
        explorer.controls["speed"].value = 5.0
        explorer.buttons["play"].click()
        await asyncio.sleep(0.5)
        assert explorer.runner.running and len(explorer.history) < 10
        model = explorer.model
        explorer.controls["speed"].value = math.inf
        await settled(explorer)
        assert len(explorer.history) == 400 and explorer.model is model, "the same run goes on"
        explorer.buttons["play"].click()
        await asyncio.sleep(0.02)
        explorer.controls["speed"].value = 5.0
        await asyncio.sleep(0.1)
        reached = len(explorer.history)
        await asyncio.sleep(0.5)
        assert explorer.runner.running and len(explorer.history) <= reached + 4
        explorer.buttons["play"].click()
        await settled(explorer)

    asyncio.run(scenario())
