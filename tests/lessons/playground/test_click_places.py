"""What can be clicked, and what is said of it."""

import pytest
import torch

from mlp_tutorial.lessons.playground.click_places import MOST_LINK_BUTTONS, click_places
from mlp_tutorial.lessons.playground.input_features import FEATURES
from mlp_tutorial.lessons.playground.playground_picture import HEIGHT, WIDTH
from tests.lessons.playground.helpers import own_modules, small


def areas_of(explorer):
    return {area.key: area for area in explorer.clicks.areas}


@pytest.fixture(scope="module")
def areas():
    return areas_of(small("xor", features=["x1", "x2", "x1·x2"]))


def test_everything_can_be_clicked_once(areas):
    links = [(1, unit, source) for unit in range(4) for source in range(3)]
    links += [(2, unit, source) for unit in range(2) for source in range(4)]
    links += [(3, unit, source) for unit in range(2) for source in range(2)]
    expected = {("feature", name) for name in FEATURES}
    expected |= {("neuron", column, unit) for column, width in ((1, 4), (2, 2), (3, 2)) for unit in range(width)}
    expected |= {("link", *link) for link in links}
    expected |= {("width", layer, by) for layer in (1, 2) for by in (-1, 1)} | {("layers", -1), ("layers", 1)}
    assert set(areas) == expected


def test_each_says_what_it_is_its_value_and_what_a_click_does():
    explorer = small("xor", features=["x1", "x2", "x1·x2"], selected=("neuron", 1, 1))
    with torch.no_grad():
        explorer.model.input_layer.bias[3] = -0.25
        explorer.model.input_layer.weight[2, 2] = 1.5
    explorer.go()
    said = {key: area.tooltip for key, area in areas_of(explorer).items()}
    assert said["feature", "x1·x2"] == "feature x1·x2, on: click to switch it off"
    assert said["feature", "sin x1"] == "feature sin x1, off: click to switch it on"
    assert said["neuron", 1, 3] == "neuron 4 of layer 1, bias −0.250: click to enlarge it and change its weights"
    assert said["neuron", 1, 1].endswith("click to go back")
    names = explorer.run.dataset.class_names
    assert said["neuron", 3, 1].startswith(f"output {names[1]}, bias ")
    assert said["link", 1, 2, 2] == "weight 1.500 from feature x1·x2 to neuron 3 of layer 1: click to change it"
    assert said["width", 2, 1] == "more neurons in layer 2" and said["width", 2, -1] == "fewer neurons in layer 2"
    assert said["layers", 1] == "more hidden layers" and said["layers", -1] == "fewer hidden layers"
    assert len(set(said.values())) == len(said)


def test_the_values_said_are_those_of_now():
    explorer = small("xor", learning_rate=0.3)
    before = areas_of(explorer)
    explorer.go_to(3)
    after = areas_of(explorer)
    moved = [key for key in before if key[0] == "link" and before[key].tooltip != after[key].tooltip]
    assert len(moved) > 10
    assert [area[1:5] for area in before.values()] == [area[1:5] for area in after.values()]


CALLS = {
    "small": {},
    "all features": {"features": list(FEATURES), "hidden_sizes": [8] * 6},
    "wide": {"hidden_sizes": [40, 3]},
    "no hidden layer": {"hidden_sizes": []},
    "regression": {"dataset": "plane"},
    "three classes": {"dataset": "penguins"},
    "many features": {"dataset": "breast_cancer", "hidden_sizes": [3]},
    "ten classes": {"dataset": "digits", "hidden_sizes": [5]},
    **{f"module, {name}": {"model": model} for name, (model, *_) in own_modules().items()},
}


@pytest.mark.parametrize("name", CALLS)
def test_places_lie_inside_the_picture_and_on_no_other(name):
    areas = small(**CALLS[name]).clicks.areas
    assert areas and all(area.tooltip for area in areas)
    assert len({area.key for area in areas}) == len(areas)
    for area in areas:
        assert area.left >= 0 and area.left + area.width <= WIDTH, area
        assert area.top >= 0 and area.top + area.height <= HEIGHT, area
        assert area.width > 2 and area.height > 0.5, area
    areas = [area for area in areas if area.key[0] != "link"]
    for number, one in enumerate(areas):
        for other in areas[:number]:
            beside = min(one.left + one.width, other.left + other.width) - max(one.left, other.left)
            shared = min(one.top + one.height, other.top + other.height) - max(one.top, other.top)
            assert beside <= 0.01 or shared <= 0.01, (one, other)


def test_of_many_links_those_of_the_neuron_clicked_can_be_clicked():
    explorer = small(hidden_sizes=[8, 8, 8])
    assert sum(len(layer.weight.flatten()) for layer in explorer.run.linears) > MOST_LINK_BUTTONS
    assert not [key for key in areas_of(explorer) if key[0] == "link"]
    explorer.clicks.click(("neuron", 2, 5))
    assert {key[1:] for key in areas_of(explorer) if key[0] == "link"} == {(2, 5, source) for source in range(8)}
    explorer.clicks.click(("link", 2, 5, 3))
    assert explorer.selection.key == ("link", 2, 5, 3)


def test_a_module_of_ones_own_has_no_signs_and_its_features_are_what_it_is_given():
    model, *_ = own_modules()["skip"]
    explorer = small(model=model)
    kinds = {area.key[0] for area in explorer.clicks.areas}
    assert kinds == {"feature", "neuron", "link"}
    assert [area.key[1] for area in explorer.clicks.areas if area.key[0] == "feature"] == ["x1", "x2"]
    columns = explorer._columns
    assert click_places(explorer.places, columns, None, []) == explorer.clicks.areas


def test_a_neuron_that_is_switched_off_says_so():
    tooltips = [area.tooltip for area in small(off=[(1, 0)]).clicks.areas if "switched off" in area.tooltip]
    assert len(tooltips) == 1 and tooltips[0].startswith("neuron 1 of layer 1, bias")


def test_a_bias_or_a_weight_that_has_diverged_is_said():
    explorer = small()
    with torch.no_grad():
        explorer.model.input_layer.weight[0, 0] = float("nan")
        explorer.model.input_layer.bias[0] = float("inf")
    explorer.go()
    said = {key: area.tooltip for key, area in areas_of(explorer).items()}
    assert "nan" in said["link", 1, 0, 0].lower() or "not a number" in said["link", 1, 0, 0]
    assert "inf" in said["neuron", 1, 0].lower() or "∞" in said["neuron", 1, 0]
