"""The steps of the chain rule, against finite differences and `backward`."""

import pytest

from mlp_tutorial.lessons.backpropagation.backward_stepper import explore_backward
from mlp_tutorial.lessons.backpropagation.computation_graph import CHAIN


def test_the_defaults_are_the_numbers_of_the_lesson():
    gradient = {edge.parent: edge.gradient for edge in explore_backward().edges}
    assert {name: round(gradient[name], 6) for name in ("w1", "b1", "w2", "b2")} == {
        "w1": 4.8,
        "b1": 3.2,
        "w2": 2.24,
        "b2": 1.6,
    }


def test_a_relu_that_is_off_passes_nothing_and_says_why():
    explorer = explore_backward(w1=-0.5, step=6)
    gradient = {edge.parent: edge.gradient for edge in explorer.edges}
    assert [gradient[name] for name in ("z", "b1", "u", "w1", "x", "w2")] == [0.0] * 6
    assert gradient["b2"] == -4.0
    assert "ReLU is off and its slope is 0" in explorer.status_line.note
    explorer.controls["step"].value = 4
    assert "The local derivative a is 0" in explorer.status_line.note
    explorer.controls["step"].value = 9
    assert "Nothing arrives from u" in explorer.status_line.note


def test_each_step_reveals_one_edge():
    explorer = explore_backward(step=0)
    sentences, pictures = set(), set()
    for step in range(len(CHAIN.edges) + 1):
        explorer.controls["step"].value = step
        assert f"{step} of 10 steps" in explorer.sentence()
        assert explorer.sentence().count("∂L/∂") == step
        assert explorer.status_line.text.startswith(f"backward step {step} of 10 · loss 0.64")
        sentences.add(explorer.sentence())
        pictures.add(explorer.canvas.image.value)
    assert len(sentences) == len(pictures) == len(CHAIN.edges) + 1


def test_gradients_of_a_value_that_is_used_twice_add_up():
    explorer = explore_backward(w2=1.0, target=1.9, twice=True, step=2)
    assert explorer.status_line.text.endswith("gradient of x so far: 2.00") and "walk on" in explorer.status_line.note
    assert explorer.picture.sum.get_text() == "" and "b2" not in explorer.controls
    explorer.controls["step"].value = 10
    assert explorer.status_line.text.endswith("gradient of x: 3.60")
    assert explorer.status_line.note == "x is used twice: what comes over its two edges adds up, 2.00 + 1.60 = 3.60."
    assert explorer.picture.sum.get_text().endswith("3.60") and "∂L/∂x = 3.60" in explorer.sentence()


@pytest.mark.parametrize("name", ["x", "w1", "w2", "b1", "b2", "target"])
def test_every_slider_changes_picture_and_numbers(name):
    explorer = explore_backward(step=10)
    picture, edges = explorer.canvas.image.value, explorer.edges
    explorer.controls[name].value += 0.5
    assert explorer.canvas.image.value != picture
    assert explorer.edges != edges


def test_settings_are_called_as_keywords_and_shown_on_the_sliders():
    explorer = explore_backward(x=5.0, target=-2.0, step=3)
    assert explorer.controls["x"].value == 5.0  # the range grows
    assert explorer.controls["target"].value == -2.0
    assert "Backward, 3 of 10 steps" in explorer.sentence()
    bundle = explorer._repr_mimebundle_()
    assert bundle["text/plain"] == explorer.sentence()
    assert "image/png" in bundle


def test_an_impossible_step_is_refused():
    with pytest.raises(ValueError, match="0 to 10; it is 11"):
        explore_backward(step=11)
