"""The wall: its presets set what their names say, and each is a call that the guide for teachers names."""

import ast
import inspect
import io
import re
import sys
from pathlib import Path

import pytest
from PIL import Image

from mlp_tutorial.lessons.neurons import explore_neuron
from mlp_tutorial.lessons.shared.trainer import explore_training
from mlp_tutorial.teaching import wall
from mlp_tutorial.teaching.wall import SHOWS, Wall
from mlp_tutorial.wall import main
from tests.lesson_helpers import kept_widgets

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "teaching.md").read_text(encoding="utf-8")
EVERY_PRESET = [(show, preset) for show, presets in SHOWS.items() for preset in presets]


#: What the arguments of a call must be like for its preset to bear the name.
NAMES = {
    ("playground", "three neurons"): lambda a: a["hidden_sizes"] == [3] and a["num_epochs"] == 0,
    ("playground", "a feature for a layer"): lambda a: a["hidden_sizes"] == [] and a["dataset"] == "xor",
    ("playground", "bend the plane"): lambda a: a["see"] == len(a["hidden_sizes"]) and a["bend"] == 0,
    ("playground", "no activation"): lambda a: a["activation"] == "identity" and a["see"] == len(a["hidden_sizes"]),
    ("playground", "noise by heart"): lambda a: a["noise"] > 0 and a["num_points"] <= 100,
    ("playground", "dead neurons"): lambda a: a["activation"] == "relu" and a["hidden_sizes"] == [2],
    ("trainer", "the usual rate"): lambda a: a["learning_rate"] == USUAL_RATE,
    ("trainer", "ten times the rate"): lambda a: a["learning_rate"] == 10 * USUAL_RATE,
    ("trainer", "six hidden layers"): lambda a: len(a["hidden_sizes"]) == 6,
    ("trainer", "a thousand epochs"): lambda a: a["num_epochs"] == 1000,
    ("trainer", "a dead network"): lambda a: a["learning_rate"] == 5 and "100 % of the units" in diagnosis(a),
    ("neuron", "a larger weight"): lambda a: a["w1"] > WEIGHT > 0,
    ("neuron", "a large loss"): lambda a: neurons_numbers(a)["loss"] > 0.8,
    ("neuron", "no activation"): lambda a: a["activation"] == "identity",
    ("neuron", "penguins on both sides"): lambda a: 90 < neurons_numbers(a)["accuracy"] < 100,
    ("race", "four activations"): lambda a: len(set(a["activation"])) == 4,
    ("race", "three optimizers"): lambda a: len(set(a["optimizer"])) == 3,
    ("sweep", "penguins"): lambda a: a["dataset"] == "penguins",
    ("sweep", "moons"): lambda a: a["dataset"] == "moons",
    ("gradients", "sigmoid"): lambda a: a["activation"] == "sigmoid",
    ("gradients", "relu"): lambda a: a["activation"] == "relu",
    ("gradients", "weights five times as large"): lambda a: a["scale"] == 5,
}
USUAL_RATE = inspect.signature(explore_training).parameters["learning_rate"].default
WEIGHT = inspect.signature(explore_neuron).parameters["w1"].default


def diagnosis(arguments):
    """Return the note below the status line of a trainer."""
    return explore_training(**arguments).status_line.note


def neurons_numbers(arguments):
    """Return the numbers that the status line of a neuron names, by the words before them."""
    text = explore_neuron(**arguments).status_line.text
    return {name: float(number) for name, number in re.findall(r"(\w+) ([\d.]+)", text)}


@pytest.fixture
def shown(short_runs):
    """A small wall whose runs are cut short; closed at the end."""
    one = Wall(900, 400)
    yield one
    wall.close(one)


def test_every_preset_sets_what_its_name_says(monkeypatch):
    for name in [name for name in vars(wall) if name.startswith("explore_")]:  # its arguments instead of an explorer
        signature = inspect.signature(getattr(wall, name))

        def arguments(*values, signature=signature, **named):
            bound = signature.bind(*values, **named)
            bound.apply_defaults()
            return bound.arguments

        monkeypatch.setattr(wall, name, arguments)
    assert list(NAMES) == EVERY_PRESET
    for (show, preset), is_so in NAMES.items():
        assert is_so(SHOWS[show][preset]()), (show, preset)


def test_every_preset_is_a_call_of_the_guide():
    calls = [ast.unparse(ast.parse(call)) for call in re.findall(r"`(explore_\w+\([^`]*\))`", GUIDE)]
    tree = ast.parse(Path(wall.__file__).read_text(encoding="utf-8"))
    presets = [ast.unparse(node.body) for node in ast.walk(tree) if isinstance(node, ast.Lambda) and not node.args.args]
    assert len(presets) == len(EVERY_PRESET)
    assert not set(presets) - set(calls)


def test_an_address_opens_a_preset_or_the_page_says_what_there_is(shown):
    for query, show, preset, said in [
        ("", "playground", "three neurons", ""),
        ("token=1", "playground", "three neurons", ""),
        ("preset=Bend-the", "playground", "bend the plane", ""),
        ("show=trainer&preset=ten-times", "trainer", "ten times the rate", ""),
        ("show=cat", "trainer", "ten times the rate", "There is no “cat”. There are: playground, trainer"),
        ("show=race&preset=<b>", "trainer", "ten times the rate", "There is no “&lt;b&gt;”. There are: four activ"),
        ("show=neuron", "neuron", "a larger weight", ""),
    ]:
        shown.open_address(query)
        assert (shown.show, shown.preset) == (show, preset)
        assert shown._said.value.startswith(said) and bool(shown._said.value) == bool(said)


def test_keys_and_buttons_change_what_is_shown_and_the_kernel_keeps_nothing_of_what_was(shown):
    shown.menu.value = "neuron"
    counts = []
    for _ in range(2):
        shown.buttons.children[1].click()
        assert (shown.show, shown.preset) == ("neuron", "a large loss")
        shown.menu.value = "trainer"
        assert (shown.show, shown.menu.value, shown.preset) == ("trainer", "trainer", "the usual rate")
        assert [one.description for one in shown.buttons.children if one.button_style] == ["the usual rate"]
        counts.append(len(kept_widgets()))
        shown.menu.value = "neuron"
    assert len(set(counts)) == 1
    for one in kept_widgets():
        one.get_state()  # raises where it refers to a widget that is closed, for which a page would wait for ever


def test_pictures_are_drawn_as_large_as_the_page_allows(short_runs):
    explorer = Wall().explorer
    width, height = Image.open(io.BytesIO(explorer.canvas.image.value)).size
    assert 1450 <= width <= 1920 - wall.COLUMN and 700 <= height <= 850


def test_without_voila_the_command_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "voila", None)
    with pytest.raises(SystemExit, match=r'-m pip install "voila>=0\.5"'):
        main()
