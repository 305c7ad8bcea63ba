"""The tasks of the playground: what they ask for passes, by code and by hand; every way around them is refused."""

import math
import re
from dataclasses import replace

import pandas as pd
import pytest
import torch
from torch import nn

from mlp_tutorial import Dataset, load_dataset
from mlp_tutorial.data import PENGUINS_FILE
from mlp_tutorial.lessons import playground
from mlp_tutorial.lessons.playground import (
    check_broken_network,
    check_by_hand,
    check_dead_layer,
    check_disc,
    check_hills,
    check_learning_rate,
    check_overfitting,
    check_own_table,
    check_spiral,
    check_xor,
    explore_playground,
)
from tests.lesson_helpers import refuses
from tests.solutions import NOTEBOOKS, exercises, read
from tools.lesson import ROOT, Lesson

pytestmark = pytest.mark.usefixtures("nothing_painted")  # what is asked here is about the network

NOTEBOOK = NOTEBOOKS / "playground.ipynb"
EXERCISES = exercises(read(NOTEBOOK))
CHECKS = [getattr(playground, name) for name in dir(playground) if name.startswith("check_")]
FAST = {"optimizer": "adam", "batch_size": 25}
WITH_SINES = {"features": ["x1", "x2", "sin x1", "sin x2"]}
TRAINED_DISC = {"dataset": "disc", "hidden_sizes": [3], "learning_rate": 0.1, "num_epochs": 20, **FAST}
NOISY = {"dataset": "disc", "hidden_sizes": [8, 8], "noise": 0.3, "num_points": 100, **FAST}
STRIP = {
    "input_layer.weight": [[1, -1], [-1, 1]],
    "input_layer.bias": [3.5, 3.5],
    "output_layer.weight": [[0, 0], [2, 2]],
    "output_layer.bias": [0, -2],
}


def square(x):
    return x**2


class OwnModule(nn.Module):
    """Knows the answer to xor."""

    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(1))

    def forward(self, X):
        product = self.scale * X.prod(1, keepdim=True)
        return torch.cat([-product, product], 1)


def train(explorer, num_epochs):
    for _ in explorer.run.train_to(num_epochs):
        pass
    return explorer


def moved(explorer, *places, value):
    """Set numbers of the network by hand, each named as (layer, unit, source); None for the bias."""
    for place in places:
        explorer.run.set_number(*place, value)
    return explorer


def weights_of(explorer):
    return {name: value.clone() for name, value in explorer.model.state_dict().items()}


def test_there_are_ten_tasks_and_a_check_each():
    cells = read(NOTEBOOK).cells
    called = [cells[exercise.check].source.split("(")[0].removeprefix("playground.") for exercise in EXERCISES]
    assert len(EXERCISES) == 10 and sorted(called) == sorted(check.__name__ for check in CHECKS)
    text = "\n".join(cell.source for cell in cells)
    titles = [f"### Task {number} · " for number in range(1, 11)]
    assert [text.count(title) for title in titles] == [1] * 10


@pytest.mark.parametrize("exercise", EXERCISES, ids=range(1, 11))
def test_the_solution_passes_and_an_untouched_playground_is_told_what_is_missing(exercise):
    cells = read(NOTEBOOK).cells
    namespace = {"playground": playground, "explore_playground": explore_playground}
    exec(f"{exercise.code}\nfeedback = {cells[exercise.check].source}", namespace)
    assert namespace["feedback"].passed, namespace["feedback"]
    assert "package's own" not in namespace["feedback"].message
    (untouched,) = [output.data["text/plain"] for output in cells[exercise.check].outputs]
    assert untouched.startswith("Not yet. ") and re.search(r"\d|'", untouched)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_what_is_no_playground_is_refused_in_words(check):
    assert check(...).status == "not attempted"
    for answer in (None, math.nan, "spiral", explore_playground, nn.Linear, torch.zeros(2), {}):
        refuses(check(answer), "Give this check what explore_playground returns")


def test_other_data_other_modules_and_own_activations_are_refused():
    points = pd.DataFrame({"x1": [0.1, 0.2] * 50, "x2": [0.3, 0.4, 0.1, 0.2] * 25, "class": ["a", "b"] * 50})
    own = explore_playground(Dataset.from_frame(points, target="class", name="xor"))
    moons = explore_playground("moons")
    asked = {
        "xor": [check_xor, check_by_hand],
        "disc": [check_disc, check_broken_network, check_overfitting],
        "spiral": [check_spiral],
        "plane": [check_learning_rate],
        "gaussians": [check_dead_layer],
        "hills": [check_hills],
    }
    for name, checks in asked.items():
        module, activation = (
            explore_playground(name, model=OwnModule()) if name in ("xor", "disc") else None,
            explore_playground(name, [1], activation=square),
        )
        for check in checks:
            refuses(check(moons), f"This task is about the data set '{name}'; this is 'moons'")
            refuses(check(own), f"This task is about the data set '{name}'")
            refuses(check(activation), "An activation of your own")
            if module is not None:
                refuses(check(module), "playground's own network")


# Task after task, the ways around ------------------------------------------------------------------------------


def test_xor():
    options = {"features": ["x1", "x2", "x1·x2"], "num_epochs": 40}
    refuses(check_xor(explore_playground("xor", [4], **options)), "1 hidden layer is there")
    everything = ["x1", "x2", "x1²", "x2²", "x1·x2"]
    refuses(check_xor(explore_playground("xor", [], **{**options, "features": everything})), "It is given 5 features")
    squares = {**options, "features": ["x1", "x2", "x1²"]}
    refuses(check_xor(explore_playground("xor", [], **squares)), "of 1,000 new points right: 95 % are needed")
    untrained = explore_playground("xor", [], **{**options, "num_epochs": 0})
    refuses(check_xor(untrained), "of 1,000 new points right: 95 % are needed")
    untrained.clicks.click(("feature", "x2"))
    untrained.go_to(40)
    assert check_xor(untrained).passed  # x1 and the product


def test_disc():
    refuses(check_disc(explore_playground("disc", [4], num_epochs=20)), "It has 4 hidden neurons, at most 3")
    refuses(check_disc(explore_playground("disc", [2, 2])), "It has 4 hidden neurons, at most 3")
    squares = explore_playground("disc", [1], 0.1, features=["x1²", "x2²"], num_epochs=20, **FAST)
    refuses(check_disc(squares), "Here the network is given x1 and x2 alone: click x1², x2² off.")
    refuses(check_disc(explore_playground("disc", [2], 0.1, num_epochs=20, **FAST)), "95 % are needed")
    few = explore_playground("disc", [3], 0.1, num_points=50, training_share=0.1, num_epochs=40, **FAST)
    assert few.history.training_loss[-1] < 0.1  # by heart
    refuses(check_disc(few), "of 1,000 new points right: 95 % are needed")


def test_a_neuron_that_is_switched_off_does_not_count():
    trained = explore_playground(**TRAINED_DISC)
    weights = weights_of(trained)
    wider = explore_playground("disc", [4])
    with torch.no_grad():
        for name, value in wider.model.state_dict().items():
            value[tuple(slice(size) for size in weights[name].shape)] = weights[name]
    refuses(check_disc(wider), "It has 4 hidden neurons")
    wider.run.switch(1, 3, False)
    assert check_disc(wider).passed
    wider.run.switch(1, 0, False)
    refuses(check_disc(wider), "95 % are needed")


def test_spiral():
    wide = explore_playground("spiral", [14], 0.1, num_epochs=40, **FAST, **WITH_SINES)
    refuses(check_spiral(wide), "It has 14 hidden neurons, at most 12 are allowed.")
    assert "new points" not in check_spiral(wide).message
    refuses(check_spiral(explore_playground("spiral", [8], 0.1, num_epochs=20, **FAST)), "95 % are needed")
    refuses(check_spiral(explore_playground("spiral", [8], **WITH_SINES)), "95 % are needed")
    few = explore_playground("spiral", [12], 0.1, num_points=50, num_epochs=60, **FAST)
    refuses(check_spiral(few), "95 % are needed")


def test_a_network_broken_by_one_weight():
    by_slider = explore_playground(**TRAINED_DISC)
    by_slider.select(("link", 2, 0, 0))
    slider = by_slider.selection.widget.children[0]
    slider.value = slider.min if slider.value > 0 else slider.max
    assert check_broken_network(by_slider).passed

    refuses(check_broken_network(explore_playground(**TRAINED_DISC)), "It still gets")
    untrained = explore_playground("disc", [3])
    refuses(check_broken_network(untrained), "no single weight brings it back")
    a_little = moved(explore_playground(**TRAINED_DISC), (0, 0, 0), value=0.5)
    refuses(check_broken_network(a_little), "break it to 60 % or less.")
    two = moved(explore_playground(**TRAINED_DISC), (1, 0, 0), (1, 0, 1), (1, 0, 2), value=0.0)
    moved(two, (1, 1, 0), (1, 1, 1), value=0.0)
    refuses(check_broken_network(two), "no single weight brings it back")
    bias = moved(explore_playground(**TRAINED_DISC), (1, 0, None), value=40.0)
    refuses(check_broken_network(bias), "no single weight brings it back")
    deep = explore_playground("disc", [8, 8])
    refuses(check_broken_network(deep), "It has 96 weights, and each is tried: take a smaller network")
    off = explore_playground(**TRAINED_DISC, off=[(1, 0)])
    refuses(check_broken_network(off), "1 neuron is switched off")


def test_a_rate_that_nearly_bursts():
    full = {"batch_size": None, "num_epochs": 50}
    refuses(
        check_learning_rate(explore_playground("plane", [], 0.03, **full)), "At 0.03 it learns, and at 0.0375 it does"
    )
    refuses(check_learning_rate(explore_playground("plane", [], 0.06, **full)), "go higher")
    refuses(
        check_learning_rate(explore_playground("plane", [], 0.1, **full)), "At 0.1 it bursts: in 50 epochs the loss"
    )
    refuses(check_learning_rate(explore_playground("plane", [], 10.0, **full)), "At 10 it bursts")
    refuses(check_learning_rate(explore_playground("plane", [], 0.08, batch_size=None)), "train 50 epochs at this rate")
    refuses(check_learning_rate(explore_playground("plane", [], 0.03, optimizer="adam", **full)), "go higher")
    by_hand = explore_playground("plane", [], 0.1, batch_size=None)
    by_hand.go_to(60)
    by_hand.controls["learning_rate"].value = 0.08
    refuses(check_learning_rate(by_hand), "Now reset")
    by_hand.on_reset()
    by_hand.go_to(50)
    assert check_learning_rate(by_hand).passed


def test_overfitting():
    refuses(
        check_overfitting(explore_playground(**NOISY, num_epochs=30)), "at least 200 epochs, without stopping early"
    )
    wild = explore_playground(**NOISY, num_epochs=200)
    refuses(check_overfitting(wild), "Half is done, it overfits: its validation loss is lowest after")
    for easier in ({"num_points": 500}, {"noise": 0.0}, {"training_share": 0.9}, {"data_seed": 3}):
        refuses(check_overfitting(explore_playground(**{**NOISY, **easier})), "Other data would be easier. Go back to ")
    small = explore_playground(**{**NOISY, "hidden_sizes": [1]}, num_epochs=200)
    refuses(check_overfitting(small), "Without brakes it hardly overfits")
    slow = explore_playground(**NOISY, learning_rate=1e-4, num_epochs=200)
    refuses(check_overfitting(slow), "Without brakes it hardly overfits")
    weak = explore_playground(**NOISY, penalty="L2", penalty_rate=0.0001, num_epochs=200)
    refuses(check_overfitting(weak), "or less is needed")
    much = explore_playground(**NOISY, penalty="L2", penalty_rate=1.0, num_epochs=200)
    refuses(check_overfitting(much), "or less is needed")


def test_an_overfitted_network_is_tamed_while_it_trains_on():
    tamed = explore_playground(**NOISY, num_epochs=200)
    tamed.controls["penalty_rate"].value = 0.03
    tamed.controls["penalty"].value = "L2"
    tamed.go_to(500)
    assert check_overfitting(tamed).passed, check_overfitting(tamed)


def test_a_dead_layer_is_made_and_revived_with_sliders():
    explorer = explore_playground("gaussians", [2], 0.1, activation="relu", seed=1)
    refuses(check_dead_layer(explorer), "No layer of this network was dead")
    for unit in range(2):
        explorer.select(("neuron", 1, unit))
        *weights, bias = explorer.selection.widget.children[:3]
        for slider in weights:
            slider.value = 0.0
        bias.value = -1.0
    refuses(check_dead_layer(explorer), "Half is done: layer 1 answers 0 to every point")
    before = weights_of(explorer)
    train(explorer, 5)
    refuses(check_dead_layer(explorer), "Half is done")
    assert torch.equal(before["input_layer.weight"], explorer.model.state_dict()["input_layer.weight"])
    for unit in range(2):
        explorer.select(("neuron", 1, unit))
        explorer.selection.widget.children[2].value = 1.0
    refuses(check_dead_layer(explorer), "The layer is awake again.")
    train(explorer, 60)
    assert check_dead_layer(explorer).passed, check_dead_layer(explorer)


def test_a_layer_that_was_never_dead_or_is_another_is_refused():
    alive = explore_playground("gaussians", [2], 0.1, activation="relu", num_epochs=20)
    refuses(check_dead_layer(alive), "No layer of this network was dead when this cell looked")
    refuses(check_dead_layer(explore_playground("gaussians", [])), "It has no hidden layer")
    one_awake = moved(explore_playground("gaussians", [2], activation="relu", seed=1), (0, 0, None), value=-40.0)
    refuses(check_dead_layer(one_awake), "1 neuron is awake")
    places = [(0, unit, source) for unit in range(2) for source in (0, 1, None)]
    at_zero = moved(explore_playground("gaussians", [2], seed=1), *places, value=0.0)  # tanh is steep there
    refuses(check_dead_layer(at_zero), "yet a gradient reaches its weights")
    refuses(check_dead_layer(train(at_zero, 5)), "No layer of this network was dead")
    off = explore_playground("gaussians", [2], activation="relu", off=[(1, 0), (1, 1)], seed=1)
    refuses(check_dead_layer(off), "2 neurons are switched off")
    dead = moved(explore_playground("gaussians", [2], activation="relu"), (0, 0, None), (0, 1, None), value=-40.0)
    refuses(check_dead_layer(dead), "Half is done")
    dead.on_new_weights()
    refuses(check_dead_layer(train(dead, 20)), "No layer of this network was dead")


def test_hills():
    wide = explore_playground("hills", [8], 0.05, num_epochs=40, **FAST)
    refuses(check_hills(wide), "It has 8 hidden neurons, at most 6 are allowed.")
    refuses(check_hills(explore_playground("hills", [6])), "R² on 1,000 new points is")
    sines = explore_playground("hills", [6], 0.05, features=["x1", "x2", "sin x1"], num_epochs=40, **FAST)
    refuses(check_hills(sines), "click sin x1 off")
    refuses(check_hills(explore_playground("hills", [1], 0.05, num_epochs=40, **FAST)), "0.40 is needed")
    few = explore_playground("hills", [6], 0.1, num_points=50, num_epochs=200, **FAST)
    refuses(check_hills(few), "0.40 is needed")


def test_by_hand():
    trained = explore_playground("xor", [2], 0.1, num_epochs=30, **FAST)
    refuses(check_by_hand(trained), "It was trained for 30 epochs: reset")
    copied = explore_playground("xor", [2], weights=weights_of(trained))
    refuses(check_by_hand(copied), "12 numbers are neither those it began with nor round")
    refuses(check_by_hand(explore_playground("xor", [2])), "75 % are needed")
    product = explore_playground("xor", [2], features=["x1·x2"])
    refuses(check_by_hand(product), "click x1·x2 off")
    line = explore_playground(
        "xor", [], weights={"output_layer.weight": [[0, 0], [1, 1]], "output_layer.bias": [0, -2]}
    )
    refuses(check_by_hand(line), "Without a hidden layer it draws one line")
    wider = explore_playground("xor", [2], weights={**STRIP, "input_layer.bias": [40, 40]})
    refuses(check_by_hand(wider), "75 % are needed")


def test_hand_made_weights_from_the_sliders_pass():
    explorer = explore_playground("xor", [2])
    for column, rows in ((1, STRIP["input_layer.weight"]), (2, STRIP["output_layer.weight"])):
        biases = STRIP["input_layer.bias" if column == 1 else "output_layer.bias"]
        for unit, numbers in enumerate([*row, bias] for row, bias in zip(rows, biases, strict=True)):
            explorer.select(("neuron", column, unit))
            for slider, value in zip(explorer.selection.widget.children, numbers, strict=False):
                slider.value = float(value)
    assert check_by_hand(explorer).passed, check_by_hand(explorer)


def test_own_table():
    refuses(check_own_table(explore_playground("penguins", num_epochs=20)), "'penguins' is a data set of the package")
    for data in (load_dataset("moons"), Dataset.from_csv(PENGUINS_FILE, target="species")):
        refuses(check_own_table(explore_playground(data, num_epochs=20)), "is a data set of the package")
    days = pd.DataFrame(
        {"warm": [37 * day % 31 / 10 for day in range(100)], "wind": [7 * day % 13 for day in range(100)]}
    )
    days["swim"] = ["yes" if day > 1.5 else "no" for day in days.warm]
    dataset = Dataset.from_frame(days, target="swim")
    refuses(check_own_table(explore_playground(dataset)), "one answer for all rows has")
    trained = explore_playground(dataset, [4], num_epochs=40, **FAST)
    assert check_own_table(trained).passed and "own.)" not in check_own_table(trained).message
    renamed = explore_playground(replace(load_dataset("wine"), name="my wine"), [4], num_epochs=40, **FAST)
    refuses(check_own_table(renamed), "the set 'wine' of the package under another name")
    for data in (load_dataset("moons"), load_dataset("penguins"), Dataset.from_csv(PENGUINS_FILE, target="species")):
        mine = explore_playground(replace(data, name="mine"))
        refuses(check_own_table(mine), "of the package under another name")
    few = Dataset.from_frame(days[::4], target="swim")
    refuses(check_own_table(explore_playground(few, num_epochs=20)), "The table has 25 rows")
    chance = days.assign(swim=[("yes", "no")[13 * day % 29 % 2] for day in range(100)])
    told_nothing = explore_playground(Dataset.from_frame(chance, target="swim"), num_epochs=2)
    refuses(check_own_table(told_nothing), "or the table does not tell")


def test_a_table_of_numbers_passes_with_any_number_of_features():
    table = pd.DataFrame(
        {name: [(factor * row) % 17 / 17 for row in range(120)] for name, factor in zip("abc", (3, 5, 7), strict=True)}
    )
    table["sum"] = table.sum(axis=1)
    explorer = explore_playground(
        Dataset.from_frame(table, target="sum", task="regression"), [4], num_epochs=60, **FAST
    )
    assert check_own_table(explorer).passed, check_own_table(explorer)


# The notebook --------------------------------------------------------------------------------------------------


def test_checks_leave_the_playground_as_it_is():
    explorer = explore_playground(**TRAINED_DISC)
    before, state = weights_of(explorer), torch.get_rng_state()
    for check in (check_disc, check_broken_network, check_overfitting):
        check(explorer)
    assert explorer.done() == 20 and torch.equal(state, torch.get_rng_state())
    assert all(torch.equal(value, before[name]) for name, value in explorer.model.state_dict().items())


def test_lesson_01_and_the_readme_lead_to_the_notebook():
    assert any("(playground.ipynb)" in cell.source for cell in read(NOTEBOOKS / "01_neurons.ipynb").cells)
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    row = next(line for line in readme.splitlines() if "notebooks/playground.ipynb)" in line)
    assert f"| {Lesson(NOTEBOOK).minutes()} |" in row
