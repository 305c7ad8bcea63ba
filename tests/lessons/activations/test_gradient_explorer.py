"""Gradients layer by layer are those that `backward` leaves, for every initialisation."""

import asyncio
import re
from itertools import pairwise
from statistics import median

import pytest
import torch

from mlp_tutorial import load_dataset
from mlp_tutorial.lessons.activations.gradient_explorer import SEEDS, explore_gradients
from mlp_tutorial.lessons.activations.gradient_flow import fresh_network, measure_flow, measure_values
from mlp_tutorial.lessons.shared.initialisation import SCHEMES
from mlp_tutorial.model import ACTIVATIONS
from mlp_tutorial.utils.wording import small_number
from tests.lesson_helpers import printed_by, settled

FAILED = "These settings cannot work"


# The explorer --------------------------------------------------------------------------------------------------


def small(**settings):
    return explore_gradients(**{"hidden_sizes": [4, 4], **settings})


@pytest.mark.parametrize(
    ("name", "values"),
    {
        "num_layers": [1, 20, 6],
        "width": [2, 64],
        "activation": list(ACTIVATIONS),
        "initialisation": list(SCHEMES),
        "dataset": ["digits", "penguins_body_mass", "spiral"],
        "scale": [0.05, 5.0],
        "view": ["histograms", "lines"],
    }.items(),
)
def test_every_control_can_be_set_and_is_obeyed(name, values):
    explorer = small()
    for value in values:
        explorer.controls[name].value = value
        assert FAILED not in explorer.status_line.text, explorer.status_line.note
        layers = explorer.controls["num_layers"].value + 1
        for flows in explorer.flows.values():
            assert [len(flow.gradients) for flow in flows] == [layers] * len(SEEDS)
        assert bytes(explorer.canvas.image.value).startswith(b"\x89PNG")


def test_medians_and_band_are_those_of_ten_separate_networks():
    explorer = small(activation="tanh", initialisation="He")
    dataset = load_dataset("penguins")
    flows = [measure_flow(*fresh_network(dataset, [4, 4], "tanh", "He", seed=seed)) for seed in range(10)]
    assert explorer.flows["He"] == flows
    for panel, quantity in enumerate(("gradients", "weight_gradients", "spreads")):
        values = [getattr(flow, quantity) for flow in flows]
        line = explorer.picture.lines[panel]["He"].get_ydata()
        assert line == pytest.approx([median(layer) for layer in zip(*values, strict=True)])
        corners = explorer.picture.bands[panel].get_paths()[0].vertices
        assert corners[0, 1] == pytest.approx(min(value[0] for value in values))
    shares = [flow.gradients[0] / flow.gradients[-1] for flow in flows]
    assert f"He {median(shares):.2g}" in explorer.status_line.text
    assert f"10 seeds: {min(shares):.2g} to {max(shares):.2g}" in explorer.status_line.note


def test_histograms_hold_every_number_of_the_chosen_schemes_first_network():
    explorer = small(activation="tanh", view="histograms")
    explorer.controls["initialisation"].value = "He"
    values = measure_values(*fresh_network(load_dataset("penguins"), [4, 4], "tanh", "He"))
    assert all(map(torch.equal, explorer.values_shown.outputs, values.outputs))
    for shapes, layers in zip(explorer.picture.shapes, (values.outputs, values.gradients), strict=True):
        outlines = [path.vertices for path in shapes.get_paths()]
        assert len(outlines) == 3
        for place, (outline, layer) in enumerate(zip(outlines, layers, strict=True), 1):
            numbers = layer.flatten()[layer.flatten() != 0].abs() if layers is values.gradients else layer.flatten()
            widest = outline[outline[:, 0] == outline[:, 0].max(), 1]
            inside = ((numbers >= widest.min()) & (numbers <= widest.max())).sum()
            edges = sorted({*outline[:, 1].tolist()})
            counts = [((numbers >= low) & (numbers < high)).sum() for low, high in pairwise(edges)]
            assert inside >= max(counts) - 1 and outline[:, 0].max() == pytest.approx(place + 0.45)


def test_histograms_of_a_dead_and_of_an_exploding_network_can_be_drawn():
    dead = small(activation=lambda z: torch.relu(z - 100), view="histograms")
    assert not dead.values_shown.gradients[0].any() and FAILED not in dead.status_line.text
    explorer = explore_gradients(hidden_sizes=[64] * 20, activation="identity", scale=5.0, view="histograms")
    assert FAILED not in explorer.status_line.text


def test_the_sums_show_an_exploding_gradient_that_the_weights_hide():
    explorer = explore_gradients(hidden_sizes=[8] * 6, activation="relu", initialisation="He", scale=5.0)
    assert median(explorer.shares()["He"]) > 1000
    assert 0.3 < median(flow.weight_gradients[0] / flow.weight_gradients[-1] for flow in explorer.flows["He"]) < 3


def test_an_own_activation_is_measured_and_a_dead_network_has_no_share():
    def shifted(z):
        return torch.relu(z - 100)

    explorer = small(activation=shifted)
    assert explorer.shares()["He"] == [0.0] * 10
    assert "He 0" in explorer.status_line.text and "shifted" in explorer.sentence()


def test_schemes_that_are_not_taught_yet_are_nowhere():
    explorer = small(schemes=["PyTorch's default"])
    assert [*explorer.flows] == ["PyTorch's default"] == [*explorer.picture.lines[0]]
    assert not any(scheme in explorer.status_line.text for scheme in ("Xavier", "He"))
    assert explorer.controls["initialisation"].layout.display == "none"
    explorer.controls["view"].value = "histograms"
    explorer.controls["view"].value = "lines"
    assert explorer.shares() == {"PyTorch's default": small().shares()["PyTorch's default"]}


def test_choosing_another_scheme_measures_nothing_anew():
    explorer = small()
    flows = explorer.flows
    explorer.controls["initialisation"].value = "He"
    assert explorer.flows is flows and explorer.status_line.note.startswith("He, 10 seeds")


def test_choosing_another_scheme_breaks_no_measurement_off():
    async def scenario():
        explorer = small()
        explorer.controls["num_layers"].value = 12
        for _ in range(3):
            await asyncio.sleep(0.002)
        explorer.controls["initialisation"].value = "He"
        await settled(explorer)
        assert [len(flow) for flow in explorer.flows.values()] == [10, 10, 10]
        assert len(explorer.flows["He"][0].gradients) == 13

    asyncio.run(scenario())


def test_bad_settings_get_a_sentence():
    with pytest.raises(ValueError, match="Did you mean 'Xavier'"):
        explore_gradients(initialisation="xavier")
    with pytest.raises(ValueError, match="Unknown view 'bars'"):
        explore_gradients(view="bars")
    with pytest.raises(ValueError, match="all of one width"):
        explore_gradients(hidden_sizes=[4, 8])
    with pytest.raises(ValueError, match="at least one hidden layer"):
        explore_gradients(hidden_sizes=[])
    with pytest.raises(ValueError, match="rleu"):
        explore_gradients(activation="rleu")


def bent(z):
    return torch.where(z > 0, z, 0.3 * z)


def test_the_program_prints_the_medians_and_the_share_of_the_status_line():
    explorers = [
        small(activation="tanh"),
        small(initialisation="Xavier", dataset="penguins_body_mass", activation="relu", scale=0.5),
        small(initialisation="He", activation=bent, dataset="digits"),
    ]
    printed = printed_by(*[explorer.program() for explorer in explorers])
    for explorer, lines in zip(explorers, printed, strict=True):
        scheme = explorer.controls["initialisation"].value
        found = [
            re.fullmatch(r"layer \d: gradient of the sums (\S+), (\S+) of the last layer's", line) for line in lines
        ]
        seen = explorer.picture.lines[0][scheme].get_ydata()
        assert [float(match[1]) for match in found] == pytest.approx(list(seen), rel=1e-3)
        assert f"{scheme} {small_number(float(found[0][2]))}" in explorer.status_line.text
