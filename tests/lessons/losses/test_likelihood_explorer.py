"""Targets under the curve of a noise: heights and losses are those of torch's distributions."""

import numpy as np
import pytest
import torch
from torch.distributions import Laplace, Normal

from mlp_tutorial.lessons.losses.likelihood_explorer import HIGHEST_LOSS, NOISES, explore_likelihood
from tests.lesson_helpers import printed_by

TORCH = {"Gaussian": Normal, "Laplace": Laplace}


@pytest.fixture(scope="module")
def explorer():
    return explore_likelihood()


@pytest.mark.parametrize("noise", NOISES)
def test_heights_and_losses_are_those_of_torch(explorer, noise):
    explorer.controls["noise"].value = noise
    for prediction, last in ((0.0, 6.0), (2.6, 6.0), (7.5, 0.5)):
        explorer.controls["prediction"].value, explorer.controls["target"].value = prediction, last
        y = torch.tensor([1.0, 1.5, 2.0, 2.5, last])
        logs = TORCH[noise](prediction, 1.0).log_prob(y)
        assert explorer.heights.tolist() == pytest.approx(logs.exp().tolist(), abs=1e-6)
        assert explorer.loss == pytest.approx(-logs.mean().item(), abs=1e-4)
        stems = np.array([segment[1] for segment in explorer.picture.stems.get_segments()])
        assert stems == pytest.approx(np.column_stack([y, logs.exp()]), abs=1e-5)
        for name, line in explorer.picture.losses.items():
            x, heights = line.get_data()
            expected = -TORCH[name](torch.as_tensor(x)[:, None], 1.0).log_prob(y).mean(1)
            assert heights == pytest.approx(expected, rel=1e-4)


def test_the_loss_is_the_mean_squared_or_absolute_error_and_a_constant(explorer):
    for noise, (factor, constant) in {"Gaussian": (0.5, 0.92), "Laplace": (1.0, 0.69)}.items():
        explorer.controls["noise"].value = noise
        errors = explorer.targets - explorer.prediction
        charged = errors.square().mean() if noise == "Gaussian" else errors.abs().mean()
        assert explorer.loss == pytest.approx(factor * charged.item() + constant, abs=0.005)
        assert f"+ {constant}" in NOISES[noise].as_loss


def test_the_most_likely_prediction_is_the_mean_or_the_median():
    for noise, best in (("Gaussian", 2.6), ("Laplace", 2.0)):
        explorer = explore_likelihood(noise, prediction=best)
        assert "no other prediction makes them more likely" in explorer.status_line.note
        for other in (best - 0.3, best + 0.3):
            assert explore_likelihood(noise, prediction=other).loss > explorer.loss
    assert "Farther left the product grows" in explore_likelihood(prediction=4.0).status_line.note


def test_a_loss_beyond_the_picture_is_an_arrow_at_its_edge(explorer):
    for noise, marker in (("Gaussian", "^"), ("Laplace", "o")):
        explorer.controls["noise"].value = noise
        explorer.controls["prediction"].value, explorer.controls["target"].value = 7.0, 6.0
        assert explorer.picture.point.get_marker() == marker
        assert 1 < explorer.picture.point.get_ydata()[0] < HIGHEST_LOSS


def test_the_program_prints_the_numbers_shown():
    explorer = explore_likelihood("Laplace", prediction=3.1)
    (lines,) = printed_by(explorer.program())
    assert lines[1] == f"mean of -log {round(explorer.loss, 4)}"


def test_wrong_settings_are_refused_in_words():
    with pytest.raises(ValueError, match="Did you mean 'Laplace'"):
        explore_likelihood("laplace")
    with pytest.raises(ValueError, match="there are none"):
        explore_likelihood(targets=())
