"""The map of learning rate and momentum: every cell is a run of `train`, and the present one is framed."""

import re

import numpy as np
import pytest
import torch
from torch import nn

from mlp_tutorial import NeuralNetworkModel, SeededRandomness, load_dataset, train
from mlp_tutorial.lessons.optimizers.momentum_explorer import MOMENTA, explore_momentum
from mlp_tutorial.lessons.optimizers.sweep_explorer import LEARNING_RATES
from tests.lesson_helpers import printed_by


@pytest.fixture(scope="module")
def explorer():
    return explore_momentum("penguins", [4], 0.1, 0.9, num_epochs=10, num_seeds=2)


def test_every_cell_is_a_run_of_train(explorer):
    assert explorer.losses.shape == (9, 16, 2, 10)
    for momentum, rate, seed in ((0.0, 0.32, 1), (0.95, 0.1, 0)):
        with SeededRandomness(seed):
            model = NeuralNetworkModel(2, [4], 3)
        optimizer = torch.optim.SGD(model.parameters(), lr=rate, momentum=momentum)
        history = train(
            model, load_dataset("penguins"), nn.CrossEntropyLoss(), optimizer, num_epochs=10, progress=False
        )
        own = explorer.losses[MOMENTA.index(momentum), LEARNING_RATES.index(rate), seed].tolist()
        assert own == pytest.approx(history.training_loss, abs=1e-5)


def test_the_map_shows_the_medians_and_frames_the_present_cell(explorer):
    sweep = explorer.sweep
    medians = np.median(explorer.losses[..., -1].nan_to_num(nan=1e6, posinf=1e6).numpy(), -1)
    assert np.array_equal(explorer.picture.map.get_array(), medians)
    for rate, momentum, cell in ((0.32, 0.94, (10, 5)), (0.001, 0.0, (0, 0)), (0.1, 0.9, (8, 4))):
        explorer.controls["learning_rate"].value, explorer.controls["momentum"].value = rate, momentum
        assert explorer.picture._frame.get_xy() == (cell[0] - 0.5, cell[1] - 0.5)
        assert f"rate {rate:g}, momentum {MOMENTA[cell[1]]:g}: training loss" in explorer.status_line.text
    assert explorer.sweep is sweep  # the frame trains nothing


def test_the_map_fills_as_the_networks_train(explorer):
    explorer.buttons["reset"].click()
    assert explorer.picture.map.get_array().mask.all()
    explorer.buttons["step"].click()
    first = explorer.picture.map.get_array().copy()
    explorer.buttons["play"].click()
    assert np.isfinite(first).all() and (explorer.picture.map.get_array() < first).mean() > 0.5


def test_the_valley_runs_along_a_diagonal():
    """As the lesson says: a tenth of the rate with momentum 0.9 is about the rate without it."""
    explorer = explore_momentum("penguins", [8, 8])
    medians = dict(zip(MOMENTA, explorer._medians(), strict=True))
    first_low = {momentum: LEARNING_RATES[int((row < 0.1).argmax())] for momentum, row in medians.items()}
    assert [first_low[momentum] for momentum in (0.0, 0.7, 0.9)] == [0.32, 0.1, 0.032]
    texts = [
        text.get_window_extent() for axes in explorer.canvas.figure.axes for text in (axes.title, axes.yaxis.label)
    ]
    assert min(box.x0 for box in texts) >= 0 and max(box.x1 for box in texts) <= 640


def test_the_program_run_alone_gives_the_same_losses():
    explorer = explore_momentum("moons", [], num_epochs=1, num_seeds=1)
    (lines,) = printed_by(explorer.program())
    losses = [float(line.rsplit(" ", 1)[1]) for line in lines]
    assert losses == pytest.approx(explorer.losses[..., -1].flatten().tolist(), abs=1e-5)
    assert re.match(r"momentum 0.0, learning rate 0.001, seed 0: training loss ", lines[0])


def test_a_momentum_that_cannot_be_is_refused():
    with pytest.raises(ValueError, match="from 0 to below 1; it is 1"):
        explore_momentum(momentum=1)
