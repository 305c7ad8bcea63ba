"""What the explorer finds inside a model class: layers, shapes, the state_dict."""

import re

import pytest
import torch
from torch import nn

from mlp_tutorial import ACTIVATIONS, NeuralNetworkModel
from mlp_tutorial.lessons.model_class.model_explorer import explore_model
from mlp_tutorial.lessons.model_class.model_picture import CHANGED, MOST_VALUES, plot_model
from tests.lesson_helpers import printed_by


def moved(name, value):
    """Return the default explorer with a control moved, and the picture before."""
    explorer = explore_model()
    picture = explorer.canvas.image.value
    explorer.controls[name].value = value
    return explorer, picture


@pytest.mark.parametrize(
    ("name", "value", "changed", "note"),
    [
        ("batch_size", 64, 0, "No tensor below has changed: the same parameters serve every sample"),
        ("input_size", 3, 1, "New or with a new shape: input_layer.weight."),
        ("width", 9, 5, "input_layer.weight, input_layer.bias, hidden_layers.0.weight and 2 more"),
        ("output_size", 4, 2, "output_layer.weight, output_layer.bias."),
        ("num_layers", 3, 2, "hidden_layers.1.weight, hidden_layers.1.bias."),
        ("num_layers", 1, 0, "Gone: hidden_layers.0.weight, hidden_layers.0.bias."),
        ("activation", "tanh", 0, "this activation function has nothing to learn"),
        ("seed", 1, 0, "other random values"),
    ],
)
def test_every_control_changes_picture_and_note(name, value, changed, note):
    explorer, picture = moved(name, value)
    assert explorer.canvas.image.value != picture
    assert note in explorer.status_line.note
    assert len(explorer.changed) == changed


def test_status_and_still_tell_the_same():
    explorer = explore_model(5, [4], 2, batch_size=9)
    assert explorer.status_line.text == "5 → 4 → 2 · 4 tensors · 34 parameters · batch (9, 5) → (9, 2)"
    assert "Each layer owns two tensors" in explorer.status_line.note
    assert explorer._repr_mimebundle_()["text/plain"] == explorer.sentence()
    assert "(9, 5) → (9, 4) → (9, 2)" in explorer.sentence()
    assert explorer.code_panel.visible is False
    explorer.buttons["show code"].click()
    assert explorer.code_panel.program == explorer.program()


def numbers_of(explorer):
    return {name: tensor.clone() for name, tensor in explorer.anatomy.tensors.items()}


@pytest.mark.parametrize(
    ("name", "value", "touched"), [("input_size", 3, {"input_layer"}), ("num_layers", 3, {"hidden_layers.1"})]
)
def test_a_moved_slider_changes_no_number_of_the_other_layers(name, value, touched):
    explorer = explore_model()
    before = numbers_of(explorer)
    explorer.controls[name].value = value
    for key, tensor in numbers_of(explorer).items():
        if key.rpartition(".")[0] not in touched:
            assert torch.equal(tensor, before[key]), key


def test_the_table_holds_the_numbers_of_the_state_dict():
    explorer = explore_model(2, [3], 2)
    rows = re.findall("<tr>(.*?)</tr>", explorer.table.value)[1:]
    for row, (name, tensor) in zip(rows, explorer.model.state_dict().items(), strict=True):
        cells = re.findall("<td[^>]*>(.*?)</td>", row)
        assert f"<code>{name}</code>" in row and cells[0] == str(tuple(tensor.shape))
        assert cells[1].endswith(f"{tensor.numel()}") and "font-weight" not in row
        shown = [float(cell.replace("−", "-")) for cell in cells[2:]]
        assert shown == pytest.approx(tensor.flatten()[:MOST_VALUES].tolist(), abs=0.006)
    explorer.controls["input_size"].value = 3
    (marked,) = (row for row in re.findall("<tr>(.*?)</tr>", explorer.table.value) if CHANGED in row)
    assert "input_layer.weight" in marked


def test_a_figure_shows_layers_alone_or_as_forward_joins_them():
    model = NeuralNetworkModel(2, [4, 4], 3)
    alone, joined = plot_model(model), plot_model(model, torch.zeros(5, 2))
    assert len(alone.axes) == 3 and len(joined.axes) == 1
    words = [text.get_text() for text in joined.axes[0].texts if text.get_visible()]
    assert "hidden 1\n(5, 4)" in words and "output_layer\nweight (3, 4)\nbias (3,)" in words

    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.second = nn.Linear(2, 3), nn.Linear(2, 1)

        def forward(self, x):
            return self.second(x), self.first(x)

    with pytest.raises(ValueError, match="second hands on 1 numbers, and first takes 2"):
        plot_model(Twice(), torch.zeros(5, 2))
    with pytest.raises(ValueError, match=r"uses no nn\.Linear"):
        plot_model(nn.ReLU(), torch.zeros(5, 2))


def test_same_seed_same_weights():
    first, second = explore_model(seed=3), explore_model(seed=3)
    for one, other in zip(first.model.parameters(), second.model.parameters(), strict=True):
        assert torch.equal(one, other)


@pytest.mark.parametrize("hidden_sizes", [[6], [16, 16, 16, 16], [5, 6, 7]])
def test_the_program_prints_the_same_model(hidden_sizes):
    explorer = explore_model(3, hidden_sizes, 2, batch_size=10, activation="gelu", seed=4)
    (printed,) = printed_by(explorer.program())
    lines = nn.Module.__repr__(explorer.model).splitlines()
    assert printed[: len(lines)] == lines
    assert printed[len(lines)] == f"parameters: {explorer.num_parameters()}"
    assert printed[len(lines) + 1] == "batch: (10, 3) -> (10, 2)"
    rows = [
        f"{name} {tuple(tensor.shape)} {tensor.numel()} {[round(v, 2) for v in tensor.flatten()[:MOST_VALUES].tolist()]}"
        for name, tensor in explorer.anatomy.tensors.items()
    ]
    assert printed[len(lines) + 2 :] == rows


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_program_computes_what_the_model_computes(activation):
    explorer = explore_model(2, [6, 5, 4], 3, activation=activation, seed=2)
    namespace = {"__name__": "program"}
    exec(explorer.program(), namespace)
    x = torch.randn(8, 2, generator=torch.Generator().manual_seed(0))
    assert torch.equal(namespace["model"](x), explorer.model(x))


def test_impossible_settings_are_refused_in_words():
    with pytest.raises(ValueError, match="draws 1 to 4 hidden layers; hidden_sizes has 0"):
        explore_model(hidden_sizes=[])
    with pytest.raises(ValueError, match="draws 1 to 4 hidden layers; hidden_sizes has 5"):
        explore_model(hidden_sizes=[2] * 5)
    with pytest.raises(ValueError, match=r"activation must be one of relu, .*; it is 'rely'"):
        explore_model(activation="rely")
    with pytest.raises(TypeError, match=r"must make an nn.Module; it made a list"):
        explore_model(model_class=lambda *sizes: list(sizes))


def test_a_class_that_fails_while_a_slider_moves_says_so_and_keeps_the_picture():
    class NoThree(NeuralNetworkModel):
        def __init__(self, input_size, hidden_sizes, output_size):
            if input_size == 3:
                raise ValueError("three is too many")
            super().__init__(input_size, hidden_sizes, output_size)

    explorer = explore_model(model_class=NoThree)
    picture = explorer.canvas.image.value
    explorer.controls["input_size"].value = 3
    assert "three is too many" in explorer.status_line.note
    assert explorer.canvas.image.value == picture
    explorer.controls["input_size"].value = 4
    assert explorer.status_line.text.startswith("4 → 8 → 8 → 3")
