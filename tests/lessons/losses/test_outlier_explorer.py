"""Lines fitted with and without an outlier are the best ones for their loss."""

import asyncio
from itertools import combinations

import numpy as np
import pytest
import torch
from torch import nn

from mlp_tutorial.lessons.losses.outlier_explorer import explore_outlier, fit_steps, load_flippers
from tests.lesson_helpers import printed_by, settled


def noted(mass):
    _, x, masses, outlier = load_flippers()
    masses[outlier] = mass
    return x.double().numpy(), masses.double().numpy()


def lowest_absolute_error(x, y):
    """The best line under MAE runs through two of the points: try all pairs."""
    errors = []
    for one, other in combinations(range(len(x)), 2):
        if x[one] != x[other]:
            weight = (y[one] - y[other]) / (x[one] - x[other])
            errors.append(np.abs(weight * (x - x[one]) + y[one] - y).mean())
    return min(errors)


@pytest.mark.usefixtures("nothing_painted")
@pytest.mark.parametrize("mass", [0.0, 5.55, 20.0])
def test_the_fits_are_the_best_lines(mass):
    lines = explore_outlier(mass).lines
    x, y = noted(mass)
    least_squares = np.polyfit(x, y, 1)
    assert (lines["MSE"].weight, lines["MSE"].bias) == pytest.approx(least_squares, abs=1e-4)
    assert lines["MAE"].loss == pytest.approx(lowest_absolute_error(x, y), abs=1e-4)
    huber = lines["Huber"]
    errors = huber.weight * x + huber.bias - y
    pull = errors.clip(-0.5, 0.5)  # at the minimum, the gradients of the Huber loss cancel
    assert [pull.mean(), (pull * x).mean()] == pytest.approx([0, 0], abs=1e-3)


@pytest.mark.usefixtures("nothing_painted")
def test_the_lesson_s_numbers():
    slopes = {mass: explore_outlier(mass).slopes for mass in (5.55, 10.0, 20.0)}
    assert {mass: [round(s) for s in slope.values()] for mass, slope in slopes.items()} == {
        5.55: [57, 53, 57],
        10.0: [77, 58, 60],
        20.0: [121, 58, 60],
    }
    assert slopes[20.0]["MAE"] == pytest.approx(slopes[10.0]["MAE"], abs=0.01)
    assert round(explore_outlier(20.0, delta=4.0).slopes["Huber"]) == 78


def test_a_slider_fits_anew_what_depends_on_it():
    explorer = explore_outlier(10.0)
    picture, before = explorer.canvas.image.value, dict(explorer.lines)
    explorer.controls["delta"].value = 2.0
    assert explorer.canvas.image.value != picture
    assert explorer.lines["Huber"] != before["Huber"] and explorer.lines["MSE"] is before["MSE"]
    assert explorer.lines["Huber"] == explore_outlier(10.0, delta=2.0).lines["Huber"]
    explorer.controls["mass"].value = 5.55
    assert explorer.lines == explore_outlier(5.55, delta=2.0).lines
    assert explorer.status_line.note == "This is the penguin's true mass."


def test_moves_in_quick_succession_end_at_the_last_value():
    async def scenario():
        explorer = explore_outlier()
        for mass in (1.0, 7.0, 14.0, 18.0):
            explorer.controls["mass"].value = mass
            await asyncio.sleep(0.002)
        await settled(explorer)
        assert explorer.lines == (await asyncio.to_thread(explore_outlier, 18.0)).lines
        assert "mass noted 18.00 kg" in explorer.status_line.text

    asyncio.run(scenario())


def cube_root(outputs, y):
    return ((outputs - y).square() + 0.1).pow(1 / 3).mean()


def test_an_own_loss_is_a_fourth_line_and_a_stub_is_none():
    lines = explore_outlier(12.0, own_loss=cube_root).lines
    assert list(lines) == ["MSE", "MAE", "Huber", "your cube_root"]
    _, x, masses, outlier = load_flippers()
    masses[outlier] = 12.0
    *_, expected = fit_steps(x, masses, cube_root)
    assert lines["your cube_root"] == expected
    stub = explore_outlier(own_loss=lambda outputs, y: ...)
    assert len(stub.lines) == 3 and "its line is left out" in stub.status_line.note


@pytest.mark.usefixtures("nothing_painted")
def test_the_programs_print_the_lines_shown():
    explorers = [
        explore_outlier(mass, delta=0.8, own_loss=own_loss)
        for mass, own_loss in ((7.35, cube_root), (20.0, nn.SmoothL1Loss(beta=0.3)))
    ]
    printed = printed_by(*(explorer.program() for explorer in explorers))
    for lines, explorer in zip(printed, explorers, strict=True):
        assert lines == [
            f"{name}: mass = {line.weight:.5f} * x + {line.bias:.5f}, loss {line.loss:.5f}, "
            f"{explorer.slopes[name]:.2f} g for each mm"
            for name, line in explorer.lines.items()
        ]


def test_settings_that_cannot_work_are_refused():
    with pytest.raises(ValueError, match="delta must be greater than 0; it is -1"):
        explore_outlier(delta=-1)


def test_the_still_says_what_is_seen_and_a_mass_above_the_picture_is_marked():
    state = torch.get_rng_state()
    explorer = explore_outlier(20.0)
    assert "above the picture" in explorer.picture.title.get_text()
    bundle = explorer._repr_mimebundle_()
    assert bundle["text/plain"] == explorer.sentence()
    assert "noted with 20.00 kg instead of 5.55 kg" in explorer.sentence()
    assert "all noted rightly" in explore_outlier().sentence()
    assert torch.equal(torch.get_rng_state(), state)
