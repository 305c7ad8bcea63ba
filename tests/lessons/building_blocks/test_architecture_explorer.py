"""The architecture that the sliders name, its parameters counted, and the curves that it draws."""

import contextlib
import io
from itertools import pairwise

import pytest
import torch

from mlp_tutorial import ACTIVATIONS
from mlp_tutorial.lessons.building_blocks.architecture_explorer import explore_architecture


def picture(explorer):
    return explorer.canvas.image.value


@pytest.mark.parametrize(
    ("name", "value", "architecture"),
    [
        ("num_layers", 0, "1 → 1"),
        ("num_layers", 3, "1 → 4 → 4 → 4 → 1"),
        ("width", 16, "1 → 16 → 1"),
        ("input_size", 16, "16 → 4 → 1"),
        ("output_size", 10, "1 → 4 → 10"),
    ],
)
def test_every_size_changes_architecture_count_and_picture(name, value, architecture):
    explorer = explore_architecture()
    before = picture(explorer)
    explorer.controls[name].value = value
    assert picture(explorer) != before
    widths = [int(width) for width in architecture.split(" → ")]
    count = sum(a * b + b for a, b in pairwise(widths))
    assert explorer.status_line.text == f"{architecture} · {count:,} parameters (before 13)"
    assert sum(parameter.numel() for parameter in explorer.model.parameters()) == count


@pytest.mark.parametrize(
    ("name", "value"), [("activation", "tanh"), ("seed", 3), ("num_samples", 9), ("weight_scale", 1.0)]
)
def test_every_other_control_changes_the_curves_and_not_the_count(name, value):
    explorer = explore_architecture()
    before, curves = picture(explorer), explorer.curves
    explorer.controls[name].value = value
    assert picture(explorer) != before
    assert explorer.curves.shape != curves.shape or not torch.equal(explorer.curves, curves)
    assert explorer.status_line.text == "1 → 4 → 1 · 13 parameters"


def test_the_width_before_stays_when_layers_come_and_go():
    explorer = explore_architecture(hidden_sizes=[3, 5])
    explorer.controls["num_layers"].value = 3
    assert explorer.hidden_sizes == [3, 5, 5]
    explorer.controls["num_layers"].value = 0
    explorer.controls["width"].value = 7
    explorer.controls["num_layers"].value = 2
    assert explorer.hidden_sizes == [7, 7]


def test_the_first_curve_is_that_of_the_network_drawn():
    explorer = explore_architecture(3, [6], 2, seed=4, num_samples=3)
    inputs = torch.zeros(len(explorer.x), 3)
    inputs[:, 0] = explorer.x
    first = explorer.model(inputs)[:, 0].detach()
    assert torch.allclose(first, explorer.curves[0].float(), atol=1e-4)
    following = explore_architecture(3, [6], 2, seed=5, num_samples=3)
    assert torch.equal(explorer.curves[1:], following.curves[:2])
    black = explorer.picture.functions.lines[0]
    assert black.get_color() == "black" and torch.equal(torch.as_tensor(black.get_ydata()), explorer.curves[0])


def test_what_the_lesson_says_of_the_curves():
    explorer, before = explore_architecture(hidden_sizes=[1], seed=1), -1
    for width in range(1, 17):
        explorer.controls["width"].value = width
        assert before <= len(explorer.bends()) <= width  # a neuron more is one bend more, or none
        before = len(explorer.bends())
        assert len(explorer.picture.functions.dots.get_xdata()) == before
    explorer.controls["width"].value = 8
    for num_layers in range(2, 7):
        explorer.controls["num_layers"].value = num_layers
        assert len(explorer.bends()) > 8
    assert "at the dots; there are 48" in explorer.status_line.note
    explorer.controls["weight_scale"].value = 0.5
    assert "at the dots, too flat beside the other curves to be seen; there" in explorer.status_line.note
    explorer.controls["activation"].value = "identity"
    assert explorer.bends() == [] and "bends nowhere" in explorer.status_line.note
    explorer.controls["activation"].value = "tanh"
    assert explorer.bends() is None and "no corners" in explorer.status_line.note
    explorer.controls["num_layers"].value = 0
    assert "every curve is a straight line" in explorer.status_line.note


def test_a_wider_layer_keeps_its_neurons_and_the_axis_stays():
    explorer = explore_architecture(hidden_sizes=[4], seed=1)
    weights, bends, top = explorer.model.input_layer.weight.clone(), explorer.bends(), explorer.picture.functions.top
    explorer.controls["width"].value = 5
    assert torch.equal(explorer.model.input_layer.weight[:4], weights)
    assert set(bends) < set(explorer.bends()) and explorer.picture.functions.top == top


def test_without_curves_the_diagram_stands_alone():
    explorer = explore_architecture(2, [8], 3, num_samples=0)
    assert explorer.picture.functions is None and len(explorer.canvas.figure.axes) == 1
    assert set(explorer.controls) == {"num_layers", "width", "input_size", "output_size", "seed"}
    assert explorer.status_line.note.startswith("Below each gap") and "random" not in explorer.sentence()


@pytest.mark.usefixtures("nothing_painted")
def test_deep_networks_look_flat_with_the_weights_of_pytorch_and_not_with_larger_ones():
    def height(**settings):
        curves = explore_architecture(hidden_sizes=[8] * 6, num_samples=12, **settings).curves
        return (curves.amax(1) - curves.amin(1)).median()

    assert height(weight_scale=1.0) < 0.05 and height() > 0.5


def right_count(input_size, hidden_sizes, output_size):
    sizes = [input_size, *hidden_sizes, output_size]
    return sum(n * m + m for n, m in pairwise(sizes))


@pytest.mark.usefixtures("nothing_painted")
def test_the_learners_formula_is_compared_at_every_move():
    explorer = explore_architecture(2, [8, 8], 3, count_parameters=right_count)
    assert explorer.status_line.note == "Your formula says 123 as well."
    explorer.controls["width"].value = 16
    assert explorer.status_line.text.endswith("371 parameters (before 123)")
    assert explorer.status_line.note == "Your formula says 371 as well."
    wrong = explore_architecture(2, [8], 3, count_parameters=lambda n, hidden, m: 40)
    assert wrong.status_line.note == "Your formula says 40, but this network has 51 parameters."
    assert "Your formula says 40" in wrong.sentence()
    stub = explore_architecture(2, [8], 3, count_parameters=lambda *sizes: ...)
    assert "not written yet" in stub.status_line.note

    def no_empty_list(input_size, hidden_sizes, output_size):
        return hidden_sizes[0] * 0 + right_count(input_size, hidden_sizes, output_size)

    explorer = explore_architecture(2, [8], 3, count_parameters=no_empty_list)
    explorer.controls["num_layers"].value = 0
    assert explorer.status_line.text.startswith("2 → 3 · 9 parameters")
    assert (
        explorer.status_line.note
        == "Your count_parameters raised IndexError: list index out of range: the count above is PyTorch's."
    )


def test_an_activation_of_the_learners_own_drives_the_curves():
    explorer = explore_architecture(activation=torch.sin)
    assert explorer.controls["activation"].value is torch.sin
    assert "With sin the curves have no corners" in explorer.status_line.note
    assert not torch.equal(explorer.curves, explore_architecture().curves)


def printed_rows(text):
    *rows, count = text.splitlines()
    numbers = [row.split(" ", 1)[1].strip("[]").split(",") for row in rows]
    return [[float(part) for part in row] for row in numbers], int(count.split(":")[1])


def shown_rows(explorer):
    return [curve[::100].tolist() for curve in explorer.curves]


def bent(x):
    return x.abs()


@pytest.mark.usefixtures("nothing_painted")
@pytest.mark.parametrize("activation", [*ACTIVATIONS, bent])
def test_the_program_knows_every_activation(activation):
    explorer = explore_architecture(hidden_sizes=[4, 3], activation=activation, num_samples=1)
    state = torch.get_rng_state()
    with contextlib.redirect_stdout(io.StringIO()) as output:
        exec(explorer.program(), {})
    torch.set_rng_state(state)
    rows, _ = printed_rows(output.getvalue())
    assert rows[0] == pytest.approx(shown_rows(explorer)[0], abs=2e-4)


@pytest.mark.parametrize(
    ("settings", "error", "sentence"),
    [
        ({"hidden_sizes": [2] * 7}, ValueError, "draws up to 6 hidden layers; there are 7"),
        ({"hidden_sizes": 4}, TypeError, "must be a list of widths"),
        ({"hidden_sizes": [0]}, ValueError, r"hidden_sizes\[0\] must be at least 1"),
        ({"input_size": 0}, ValueError, "input_size must be at least 1"),
        ({"num_samples": 13}, ValueError, "must be 0 to 12; it is 13"),
        ({"activation": "rleu"}, ValueError, "Did you mean 'relu'"),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_words(settings, error, sentence):
    with pytest.raises(error, match=sentence):
        explore_architecture(**settings)


def test_settings_are_called_as_keywords_and_shown_on_the_sliders():
    explorer = explore_architecture(64, [32, 16], 12, num_samples=7, seed=60)
    values = {name: control.value for name, control in explorer.controls.items()}
    assert (values["input_size"], values["output_size"], values["num_samples"], values["seed"]) == (64, 12, 7, 60)
    assert explorer.controls["num_layers"].value == 2 and explorer.hidden_sizes == [32, 16]
    bundle = explorer._repr_mimebundle_()
    assert bundle["text/plain"] == explorer.sentence() and "image/png" in bundle
    assert "weights of shape (32, 64), (16, 32), (12, 16)" in explorer.sentence()
    explorer.buttons["show code"].click()
    assert explorer.code_panel.program == explorer.program()


def test_the_functions_stand_clear_of_the_diagram_and_inside():
    for settings in ({}, {"input_size": 2, "output_size": 3}, {"weight_scale": 0.5}, {"weight_scale": 5.0}):
        explorer = explore_architecture(**settings)
        axes = explorer.canvas.figure.axes[1]
        box = axes.get_tightbbox()
        assert box.x0 >= 384 and box.x1 <= 640 and box.y0 >= 0 and box.y1 <= 330, settings
