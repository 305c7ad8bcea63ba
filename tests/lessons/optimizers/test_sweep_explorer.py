"""Sixteen learning rates at once: each run is that of `train`."""

import asyncio
from itertools import pairwise

import pytest
import torch
from torch import nn

from mlp_tutorial import NeuralNetworkModel, SeededRandomness, load_dataset, train
from mlp_tutorial.lessons.optimizers.sweep_explorer import LEARNING_RATES, explore_sweep
from mlp_tutorial.sweep.stacked_optimizer import SWEEP_OPTIMIZERS
from tests.lesson_helpers import printed_by, settled
from tests.lessons.optimizers.helpers import short_sweep as short


def test_every_rate_is_trained_from_every_seed():
    explorer = short()
    explorer.controls["num_seeds"].value = 3
    assert explorer.losses.shape == (16, 3, 10)


def test_sixteen_rates_a_quarter_of_a_decade_apart():
    assert len(LEARNING_RATES) == 16
    ratios = [high / low for low, high in pairwise(LEARNING_RATES)]
    assert ratios == pytest.approx([10**0.25] * 15, rel=0.03)


def test_every_run_is_that_of_train():
    explorer = short(batch_size=64, optimizer="momentum")
    for rate, seed in ((0.01, 1), (0.32, 0)):
        with SeededRandomness(seed):
            model = NeuralNetworkModel(2, [4], 3)
        optimizer = torch.optim.SGD(model.parameters(), lr=rate, momentum=0.9)
        options = {"num_epochs": 10, "batch_size": 64, "seed": seed}
        history = train(model, load_dataset("penguins"), nn.CrossEntropyLoss(), optimizer, **options)
        own = explorer.losses[LEARNING_RATES.index(rate), seed].tolist()
        assert own == pytest.approx(history.training_loss, abs=1e-5)


def test_marking_a_rate_trains_nothing_and_a_width_trains_all():
    explorer = short()
    sweep, picture = explorer.sweep, explorer.canvas.image.value
    explorer.controls["learning_rate"].value = 1.0
    assert explorer.sweep is sweep and explorer.canvas.image.value != picture
    assert "rate 1: training loss" in explorer.status_line.text
    explorer.controls["width"].value = 7
    assert explorer.sweep is not sweep and explorer.experiment.hidden_sizes == (7,)
    assert explorer.experiment.learning_rate == 1.0


def test_more_epochs_go_on_with_the_runs_and_fewer_begin_anew():
    explorer = short()
    sweep = explorer.sweep
    explorer.controls["num_epochs"].value = 20
    assert explorer.sweep is sweep and explorer.done() == 20
    explorer.controls["num_epochs"].value = 10
    assert explorer.sweep is not sweep and explorer.done() == 10
    explorer.buttons["reset"].click()
    assert explorer.done() == 0 and explorer.status_line.text == "epoch 0 of 10"
    explorer.buttons["step"].click()
    assert explorer.done() == 1
    explorer.buttons["play"].click()
    assert explorer.done() == 10


def test_the_valleys_lie_where_the_lesson_says():
    def medians(optimizer):
        explorer = explore_sweep("penguins", [8, 8], optimizer=optimizer)
        return dict(zip(LEARNING_RATES, explorer.losses[:, :, -1].median(1).values.tolist(), strict=True))

    sgd, momentum, adam = map(medians, SWEEP_OPTIMIZERS)
    assert max(sgd[rate] for rate in (0.32, 0.56, 1.0, 1.8)) < 0.08 < sgd[0.18]
    assert momentum[0.056] < 0.06 < momentum[0.032] and adam[0.01] < 0.06 < adam[0.0056]


def test_slider_moves_on_a_running_loop_lose_no_last_value():
    async def scenario():
        explorer = short(num_epochs=100)
        for width in (3, 9, 17, 5):
            explorer.controls["width"].value = width
            await asyncio.sleep(0.02)
        explorer.controls["learning_rate"].value = 0.32
        await settled(explorer)
        assert explorer.experiment.hidden_sizes == (5,) and explorer.done() == 100
        assert "rate 0.32" in explorer.status_line.text
        assert torch.equal(explorer.losses, short(num_epochs=100, hidden_sizes=[5]).losses)

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"learning_rates": [0.1]}, "at least two learning rates"),
        ({"learning_rates": [0.0, 0.1]}, "all greater than 0"),
        ({"learning_rate": 0}, "must be greater than 0"),
        ({"optimizer": "sdg"}, "sgd"),
    ],
)
def test_wrong_settings_are_refused_in_words(settings, sentence):
    with pytest.raises(ValueError, match=sentence):
        short(**settings)


def test_the_nearest_rate_is_marked_and_the_sentence_is_true():
    explorer = short(learning_rate=0.11, learning_rates=[0.1, 0.01, 1.0])
    assert explorer.learning_rates == [0.01, 0.1, 1.0] and explorer.controls["learning_rate"].value == 0.1
    assert explorer.sentence().startswith(
        "3 learning rates from 0.01 to 1, 2 seeds each, on penguins, network 2 → 4 → 3, full batch, relu, sgd."
    )
    low, high = explorer.losses[1, :, -1].aminmax()
    assert f"{low:.2f} to {high:.2f} over seeds" in explorer.sentence()


def test_the_program_run_alone_gives_the_same_losses():
    explorer = short(learning_rates=[0.01, 0.1], batch_size=64, num_epochs=5, optimizer="adam")
    (lines,) = printed_by(explorer.program())
    losses = [float(line.rsplit(" ", 1)[1]) for line in lines]
    assert losses == pytest.approx(explorer.losses[:, :, -1].flatten().tolist(), abs=1e-5)
    assert lines[0].startswith("learning rate 0.01, seed 0: training loss ")
