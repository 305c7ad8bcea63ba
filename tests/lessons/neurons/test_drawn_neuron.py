"""The drawn neuron shows the numbers that the neuron computes, for every bill, weight and bend."""

import pytest
import torch

from mlp_tutorial.lessons.neurons.drawn_neuron_explorer import explore_drawn_neuron
from mlp_tutorial.lessons.neurons.one_neuron import load_two_species
from mlp_tutorial.model import ACTIVATIONS

DATA = load_two_species()


@pytest.fixture(scope="module")
def explorer():
    return explore_drawn_neuron(2.0, -1.0, 0.5, penguin=3)


def drawn(explorer):
    return {name: text.get_text() for name, text in explorer.picture.numbers.items()}


def test_every_number_drawn_is_the_neurons_own(explorer):
    x = DATA.X_train[2]
    z = (x @ torch.tensor([2.0, -1.0]) + 0.5).item()
    output = torch.sigmoid(torch.tensor(z)).item()
    words = {name: float(text.lstrip("×+ bias").replace("−", "-")) for name, text in drawn(explorer).items()}
    expected = {
        "w1": 2.0,
        "w2": -1.0,
        "b": 0.5,
        "x of w1": x[0].item(),
        "x of w2": x[1].item(),
        "z": z,
        "output": output,
    }
    assert words == pytest.approx(expected, abs=0.0051)
    assert (explorer.z, explorer.output) == pytest.approx((z, output), abs=1e-5)
    assert [line[0] for line in explorer.picture.point.get_data()] == pytest.approx([z, output], abs=1e-5)
    bill = DATA.unstandardise(x[None])[0].tolist()
    assert [line[0] for line in explorer.picture.bill.get_data()] == pytest.approx(bill, abs=1e-4)


def test_every_slider_moves_the_drawn_neuron(explorer):
    for name, value in {"w1": -3.0, "w2": 4.0, "b": -2.0, "penguin": 100}.items():
        before = drawn(explorer)
        explorer.controls[name].value = value
        assert drawn(explorer) != before, name
    widths = {name: line.get_linewidth() for name, line in explorer.picture.links.items()}
    assert widths["w2"] > widths["w1"]
    species = DATA.class_names[int(DATA.y_train[99])]
    assert f"penguin 100, truly {species}" in explorer.status_line.text
    outputs = torch.sigmoid(DATA.X_train @ torch.tensor([-3.0, 4.0]) - 2.0)
    accuracy = ((outputs > 0.5) == (DATA.y_train == 1)).float().mean().item()
    assert explorer.accuracy == pytest.approx(accuracy)
    assert "z = (−3.00) × " in explorer.status_line.note


@pytest.mark.parametrize("activation", ["tanh", "relu", "identity"])
def test_the_bend_is_the_chosen_one(explorer, activation):
    explorer.controls["activation"].value = activation
    places, heights = (torch.tensor(values) for values in explorer.picture.curve.get_data())
    assert torch.allclose(ACTIVATIONS[activation](places), heights)
    assert explorer.output == pytest.approx(ACTIVATIONS[activation](torch.tensor(explorer.z)).item(), abs=1e-5)


def test_bad_settings_get_a_sentence():
    with pytest.raises(ValueError, match="penguin is a number from 1 to 132; it is 0"):
        explore_drawn_neuron(penguin=0)
    with pytest.raises(ValueError, match="Did you mean 'sigmoid'"):
        explore_drawn_neuron(activation="sigmiod")
