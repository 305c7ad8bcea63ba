"""The race on a surface: its optimizers take the steps of torch's."""

import asyncio
import math

import numpy as np
import pytest
import torch

from mlp_tutorial.experiment import OPTIMIZERS
from mlp_tutorial.lessons.optimizers.descent_explorer import explore_descent
from mlp_tutorial.lessons.optimizers.descent_picture import on_and_off_the_map
from mlp_tutorial.lessons.optimizers.own_optimizer import optimizer_with
from mlp_tutorial.lessons.optimizers.surfaces import load_surface
from tests.lesson_helpers import printed_by, settled

LESSON = "08_optimizers.ipynb"


@pytest.mark.usefixtures("nothing_painted")
def test_the_ravine_behaves_as_the_lesson_says():
    def last(learning_rate, *names, **settings):
        racers = explore_descent("ravine", names or ["sgd"], learning_rate, **settings).racers
        return [racer.losses[-1] for racer in racers]

    assert last(0.02)[0] == pytest.approx(0.14, abs=0.005)
    assert last(0.08)[0] == pytest.approx(50, abs=0.5)
    assert explore_descent("ravine", ["sgd"], 0.04).racers[0].trail[1][1] == pytest.approx(0, abs=1e-6)
    too_high = explore_descent("ravine", ["sgd"], 0.1)
    too_high.buttons["play"].click()
    assert "Off the map: sgd" in too_high.status_line.note
    sgd, momentum, nesterov = last(0.02, "sgd", "momentum", "nesterov")
    assert nesterov < 1e-4 < momentum < 1e-3 < sgd
    assert max(last(0.02, "momentum", "nesterov", momentum=0.8)) < 1e-6
    assert len(set(last(0.02, "sgd", "momentum", "nesterov", momentum=0.0))) == 1


@pytest.mark.usefixtures("nothing_painted")
def test_the_network_slice_behaves_as_the_lesson_says():
    four = ["sgd", "momentum", "rmsprop", "adam"]
    adams = load_surface("network").marks["found by Adam"]
    sgds = load_surface("network").marks["found by SGD"]
    from_start = explore_descent("network", four, 0.1)
    assert min(racer.losses[-1] for racer in from_start.racers[1:]) < 0.05
    assert from_start.racers[0].losses[-1] > 0.2
    for racer in from_start.racers[2:]:
        assert math.dist(racer.trail[-1], adams) < math.dist(racer.trail[-1], sgds)
    for racer in explore_descent("network", four, 0.1, start=(2.0, -2.0)).racers:
        assert math.dist(racer.trail[-1], sgds) < math.dist(racer.trail[-1], adams)


@pytest.mark.usefixtures("nothing_painted")
def test_the_learners_optimizer_joins_the_race(solutions, stubs):
    own = optimizer_with(solutions["adam_step"])
    explorer = explore_descent("network", ["adam", own], 0.1, betas=(0.5, 0.9))
    theirs, mine = explorer.racers
    assert mine.name == "adam_step"
    assert mine.losses == pytest.approx(theirs.losses, abs=1e-5)
    before = mine.losses
    explorer.controls["beta1"].value = 0.9
    theirs, mine = explorer.racers
    assert mine.losses != before and mine.losses == pytest.approx(theirs.losses, abs=1e-5)

    class Stubborn(torch.optim.Optimizer):
        def __init__(self, parameters, lr):
            super().__init__(parameters, {"lr": lr})

        def step(self, closure=None):
            pass

    stubborn = explore_descent("bowl", Stubborn, num_steps=10).racers[0]
    assert stubborn.trail[-1] == stubborn.trail[0]
    stub = explore_descent("rosenbrock", ["momentum", optimizer_with(stubs["momentum_step"])], 0.001)
    assert stub.racers[0].losses == stub.racers[1].losses
    assert "not written yet" in stub.sentence()


@pytest.mark.usefixtures("nothing_painted")
def test_the_learners_schedule_drives_the_race(solutions, stubs):
    own = solutions["warm_up_cosine"]
    explorer = explore_descent("bowl", ["sgd"], 0.5, schedule=own, num_steps=50)
    expected, value = [], (16 + 4) / 2
    for step in range(50):
        expected.append(value)
        value *= (1 - 0.5 * own(step, 50)) ** 2
    assert explorer.racers[0].losses[:50] == pytest.approx(expected, rel=1e-3, abs=1e-12)
    assert "schedule warm_up_cosine" in explorer.sentence()
    assert "schedule cosine" in explore_descent(schedule=stubs["warm_up_cosine"], num_steps=10).sentence()


def test_play_step_reset_and_moves_on_a_running_loop():
    async def scenario():
        explorer = explore_descent("network", ["sgd", "adam"], 0.1)
        explorer.buttons["play"].click()
        assert explorer.num_steps == 0 and len(explorer.racers[0].trail) == 101
        await asyncio.sleep(0.5)
        assert explorer.runner.running and explorer.buttons["play"].description == "pause"
        assert 0 < explorer.num_steps < 60
        explorer.buttons["play"].click()
        await settled(explorer)
        paused = explorer.num_steps
        explorer.buttons["step"].click()
        explorer.buttons["step"].click()
        await settled(explorer)
        assert explorer.num_steps == paused + 2
        for rate in (0.2, 0.5, 0.05):
            explorer.controls["learning_rate"].value = rate
        await settled(explorer)
        assert explorer.settings.learning_rate == 0.05 and explorer.num_steps == 100
        explorer.buttons["reset"].click()
        await settled(explorer)
        assert explorer.num_steps == 0 and explorer.status_line.note == "At the start: press play."
        assert len(explorer.racers[0].trail) == 1

    asyncio.run(scenario())


def test_another_surface_brings_its_own_start_and_there_may_be_no_optimizer():
    explorer = explore_descent("ravine", ["sgd"])
    explorer.controls["surface"].value = "rosenbrock"
    assert explorer.settings.start == load_surface("rosenbrock").start
    assert "rosenbrock" in explorer.sentence()
    explorer.controls["race_sgd"].value = False
    assert "No optimizer is chosen" in explorer.status_line.note


@pytest.mark.parametrize(
    ("settings", "error", "sentence"),
    [
        ({"surface": "ravin"}, ValueError, "ravine"),
        ({"optimizers": ["sdg"]}, ValueError, "sgd"),
        ({"optimizers": [torch.nn.Linear]}, TypeError, "a name or a class, such as torch.optim.Adam"),
        ({"schedule": "cosin"}, ValueError, "cosine"),
        ({"learning_rate": -0.1}, ValueError, "must be greater than 0; it is -0.1"),
        ({"rates": (0.1, 0.01)}, ValueError, r"such as \(0.01, 0.1\); they are \(0.1, 0.01\)"),
    ],
)
def test_wrong_settings_are_refused_in_words(settings, error, sentence):
    with pytest.raises(error, match=sentence):
        explore_descent(**settings)


def race_alone(capsys, program):
    """What a program prints in a namespace of its own; that it needs nothing of this process is tested once."""
    exec(program, {})
    return capsys.readouterr().out


def places(explorer):
    return "".join(
        f"{racer.name}: x {racer.trail[-1][0]:.6g}, y {racer.trail[-1][1]:.6g}, loss {racer.losses[-1]:.6g}\n"
        for racer in explorer.racers
    )


SETTINGS = {"noise": 0.5, "schedule": "cosine", "weight_decay": 0.01, "num_steps": 20}


@pytest.mark.usefixtures("nothing_painted")
def test_the_program_run_alone_ends_at_the_same_places(capsys):
    explorer = explore_descent("rosenbrock", OPTIMIZERS, 0.001, **SETTINGS)
    (lines,) = printed_by(explorer.program())  # at the start, that of the whole race
    assert lines == places(explorer).splitlines()
    explorer.controls["surface"].value = "network"
    assert race_alone(capsys, explorer.program()) == places(explorer)


def test_the_program_holds_the_learners_rule(stubs, capsys):
    program = explore_descent("bowl", ["sgd", optimizer_with(stubs["momentum_step"])], num_steps=10).program()
    assert "torch.optim.SGD([point], lr=0.02, momentum=0.9)" in program

    def plain_step(weight, gradient, learning_rate):
        return weight - learning_rate * gradient

    explorer = explore_descent("bowl", optimizer_with(plain_step), num_steps=10)
    assert race_alone(capsys, explorer.program()) == places(explorer)


def test_a_trail_that_leaves_the_map_keeps_its_direction_and_crosses_it_nowhere_else():
    room = np.array([100.0, 100.0])
    places = np.array([[1.0, 2.0], [11.0, -398.0], [-9e9, 9e20], [np.nan, np.inf], [3.0, 4.0], [5.0, 6.0]])
    drawn = on_and_off_the_map(places, room)
    assert drawn[[0, 4, 5]].tolist() == places[[0, 4, 5]].tolist()
    assert drawn[1] == pytest.approx([1 + 10 / 4, 2 - 400 / 4])  # as steep as the way it went
    assert np.isnan(drawn[2]).all()  # between two places far away there is no line to be seen
    assert np.isfinite(drawn[3]).all()


def test_sgd_at_a_rate_far_too_high_draws_no_line_through_the_minimum():
    explorer = explore_descent("ravine", ["sgd"], learning_rate=10.0, num_steps=20)
    explorer.buttons["play"].click()
    x, y = explorer.picture.moving[0].get_data()
    assert np.isfinite(x).sum() == 2 and y[1] < -10


def test_the_old_start_that_a_page_sends_back_after_another_surface_is_no_move():
    explorer = explore_descent("ravine", ["sgd"], num_steps=5)
    explorer.controls["surface"].value = "network"
    explorer.controls["y"].value = 2.0  # the start on the ravine
    assert explorer.settings.start == (0.0, 0.0) and explorer.controls["y"].value == 0.0
    explorer.controls["y"].value = 1.5  # a hand
    assert explorer.settings.start == (0.0, 1.5)


def test_the_race_opens_at_its_start_and_its_still_shows_the_end():
    explorer = explore_descent("ravine", ["sgd"], 0.02)
    start, (_, end) = explorer.canvas.image.value, explorer.racers[0].at(100)
    assert explorer.status_line.text == "step 0 of 100 · loss: sgd 58"
    bundle = explorer._repr_mimebundle_()
    assert "step 100 of 100; loss: sgd 0.14." in bundle["text/plain"] and f"{end:.2g}" == "0.14"
    assert explorer.canvas.image.value == start and explorer.num_steps == 0
    explorer.buttons["step"].click()
    explorer.buttons["step"].click()
    x, y = explorer.picture.moving[0].get_data()
    assert [*zip(x, y, strict=True)] == explorer.racers[0].trail[:3]  # a dot for each step, and for the start
    assert explorer.picture.moving[0].get_marker() == "."


@pytest.mark.usefixtures("nothing_painted")
@pytest.mark.parametrize(
    ("optimizers", "noise", "acting"),
    [
        (["sgd"], 0, {"weight_decay"}),
        (["sgd", "nesterov"], 0, {"momentum", "weight_decay"}),
        (["adam", "rmsprop"], 1, {"beta1", "beta2", "weight_decay", "seed"}),
        ([], 0, set()),
    ],
)
def test_only_controls_that_act_are_there(optimizers, noise, acting):
    explorer = explore_descent("bowl", optimizers, noise=noise, num_steps=1)
    names = ("momentum", "beta1", "beta2", "weight_decay", "seed")
    assert {name for name in names if explorer.controls[name].layout.display != "none"} == acting
    explorer.controls["race_momentum"].value = True
    assert explorer.controls["momentum"].layout.display != "none"


def test_the_slider_of_rates_has_the_range_of_its_call():
    slider = explore_descent("ravine", ["sgd"], 0.02, rates=(0.02, 0.1)).controls["learning_rate"].slider
    stops = [rate for _, rate in slider.options]
    assert (stops[0], stops[-1], len(stops)) == (0.02, 0.1, 81) and {0.04, 0.08} < {*stops}


def test_what_a_page_sends_back_as_it_was_leaves_the_race_at_its_start():
    explorer = explore_descent("ravine", ["momentum"], 0.02)
    explorer.controls["momentum"].value = 0.9000000000000001
    assert explorer.num_steps == 0
    explorer.controls["momentum"].value = 0.8
    assert explorer.num_steps == 100
