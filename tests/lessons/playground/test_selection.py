"""What is selected: sliders for its numbers, which change them, follow them, and are put away."""

import ipywidgets as widgets
import pytest
import torch
from torch import nn

from mlp_tutorial.lessons.playground.network_columns import columns_of
from mlp_tutorial.lessons.playground.playground_run import PlaygroundRun
from mlp_tutorial.lessons.playground.playground_settings import Live, Start
from mlp_tutorial.lessons.playground.selection import Selection, exists, layer_after, switched_off
from tests.lesson_helpers import kept_widgets
from tests.lessons.playground.helpers import own_modules


class Selected:
    """A run and a selection whose changes are made at once."""

    def __init__(self, key=None, **settings):
        settings = {"dataset": "disc", "hidden_sizes": (4, 2), "num_points": 60, **settings}
        self.run = PlaygroundRun(Start(**settings), Live())
        self.columns = columns_of(self.run.model, self.run.start.inputs(self.run.dataset.X_train))
        self.changes = []
        self.selection = Selection(self.changes.append)
        self.select(key)

    def select(self, key):
        self.selection.select(key, self.columns)
        self.show()

    def show(self):
        self.selection.show(self.run, self.columns)

    def make_changes(self):
        while self.changes:
            self.changes.pop(0)()

    @property
    def parts(self):
        return {part.description: part for part in self.selection.widget.children}


def test_a_neuron_has_a_slider_for_each_weight_its_bias_and_a_switch():
    selected = Selected(("neuron", 1, 2), features=("x1", "x1·x2", "sin x2"))
    layer = selected.run.model.input_layer
    assert list(selected.parts) == ["from x1", "from x1·x2", "from sin x2", "bias", "switched on"]
    shown = [part.value for part in selected.selection.widget.children[:4]]
    assert shown == pytest.approx([*layer.weight[2].tolist(), layer.bias[2].item()], abs=0.0051)
    assert selected.parts["switched on"].value and selected.selection.neuron() == (1, 2)


def test_of_the_output_there_is_no_switch_and_of_a_link_one_slider():
    selected = Selected(("neuron", 3, 1))
    assert list(selected.parts) == ["from neuron 1", "from neuron 2", "bias"]
    selected.select(("link", 2, 1, 3))
    assert list(selected.parts) == ["from neuron 4"] and selected.selection.neuron() is None
    assert selected.parts["from neuron 4"].value == pytest.approx(
        selected.run.model.hidden_layers[0].weight[1, 3].item(), abs=0.0051
    )
    selected.select(None)
    assert not selected.parts


@pytest.mark.parametrize(
    ("key", "label", "number"),
    [
        (("neuron", 1, 3), "from x2", lambda model: model.input_layer.weight[3, 1]),
        (("neuron", 1, 0), "bias", lambda model: model.input_layer.bias[0]),
        (("neuron", 2, 1), "from neuron 3", lambda model: model.hidden_layers[0].weight[1, 2]),
        (("neuron", 3, 0), "bias", lambda model: model.output_layer.bias[0]),
        (("link", 3, 1, 0), "from neuron 1", lambda model: model.output_layer.weight[1, 0]),
        (("link", 1, 2, 1), "from x2", lambda model: model.input_layer.weight[2, 1]),
    ],
)
def test_a_slider_changes_its_number_and_no_other(key, label, number):
    selected = Selected(key)
    before = torch.cat([value.flatten() for value in selected.run.model.parameters()]).clone()
    selected.parts[label].value = 2.37
    assert len(selected.changes) == 1
    selected.make_changes()
    assert number(selected.run.model).item() == pytest.approx(2.37)
    after = torch.cat([value.flatten() for value in selected.run.model.parameters()])
    assert (after != before).sum() == 1


def test_a_switch_switches_the_neuron():
    selected = Selected(("neuron", 1, 2))
    selected.parts["switched on"].value = False
    selected.make_changes()
    assert switched_off(selected.run, selected.columns) == [(1, 2)]
    assert selected.run.on[1].tolist() == [1, 1, 0, 1]
    selected.select(("neuron", 1, 2))
    assert not selected.parts["switched on"].value
    selected.parts["switched on"].value = True
    selected.make_changes()
    assert not switched_off(selected.run, selected.columns)


def test_sliders_follow_the_training_and_change_nothing_by_it():
    selected = Selected(("neuron", 1, 0))
    with torch.no_grad():
        selected.run.model.input_layer.weight[0] = torch.tensor([0.123, -9.876])
        selected.run.model.input_layer.bias[0] = float("nan")
    selected.show()
    assert [part.value for part in selected.parts.values()] == pytest.approx([0.12, -9.88, 0.0, 1])
    assert not selected.changes and selected.run.model.input_layer.weight[0, 1].item() == pytest.approx(-9.876)


def test_the_last_of_quick_moves_counts():
    selected = Selected(("neuron", 1, 0))
    slider = selected.parts["from x1"]
    first = slider.value
    slider.value = 3.0
    slider.value = first  # before the first move has been answered
    selected.make_changes()
    assert selected.run.model.input_layer.weight[0, 0].item() == pytest.approx(first)


def test_widgets_do_not_pile_up():
    selected = Selected()
    keys = [("neuron", 1, 0), ("neuron", 2, 1), ("link", 1, 0, 0), None]
    counts = []
    for _ in range(4):
        for key in keys:
            selected.select(key)
        counts.append(len(kept_widgets()))
    assert counts[1:] == counts[1:2] * 3


def test_of_many_weights_the_first_have_sliders():
    selected = Selected(("neuron", 2, 0), hidden_sizes=(40, 2))
    assert len(selected.parts) == 16 + 2


@pytest.mark.parametrize("name", own_modules())
def test_every_neuron_of_modules_of_ones_own_can_be_selected(name):
    model, widths, linked = own_modules()[name]
    selected = Selected(model=model, hidden_sizes=())
    for column in range(1, len(widths)):
        for unit in range(widths[column]):
            selected.select(("neuron", column, unit))
            assert selected.selection.key == ("neuron", column, unit)
            sliders = [part for part in selected.selection.widget.children if isinstance(part, widgets.FloatSlider)]
            layer = selected.columns[column].linear
            assert len(sliders) == (0 if layer is None else layer.in_features + 1)
            switchable = column + 1 in linked and column + 1 < len(widths)
            assert ("switched on" in selected.parts) == switchable


def test_layers_without_a_bias_have_no_slider_for_it():
    selected = Selected(("neuron", 1, 0), model=nn.Sequential(nn.Linear(2, 3, bias=False), nn.Linear(3, 2)))
    assert "bias" not in selected.parts


def test_what_is_not_there_is_not_selected():
    selected = Selected(("neuron", 1, 0))
    for key in (
        ("neuron", 0, 0),
        ("neuron", 4, 0),
        ("neuron", 1, 4),
        ("link", 1, 0, 2),
        ("link", 1, 0),
        ("neuron", 1, 0, 0),
    ):
        assert not exists(key, selected.columns), key
        selected.select(key)
        assert selected.selection.key is None and not selected.parts
    assert exists(("neuron", 3, 1), selected.columns) and exists(("link", 1, 0, 1), selected.columns)
    assert layer_after(selected.run, selected.columns, 3) is None
    assert [layer_after(selected.run, selected.columns, column) for column in (1, 2)] == [1, 2]


def test_what_a_page_sends_back_of_a_slider_is_no_move():
    selected = Selected(("neuron", 1, 1))
    before = [value.clone() for value in selected.run.model.parameters()]
    for slider in (part for part in selected.selection.widget.children if isinstance(part, widgets.FloatSlider)):
        slider.value += 1e-15  # a slider put at 0.37 comes back as 0.37000000000000005
    selected.make_changes()
    assert all(torch.equal(a, b) for a, b in zip(before, selected.run.model.parameters(), strict=True))
