"""A penguin's way through a network, one number after the other, against the layers in double precision."""

import re

import pytest
import torch

from mlp_tutorial.lessons.forward_pass.forward_stepper import explore_forward
from mlp_tutorial.lessons.forward_pass.stages import measured, penguin_network
from tests.lessons.forward_pass.helpers import NUM_STEPS, without_pictures


def test_each_step_computes_one_number_more():
    explorer = explore_forward(step=1)
    places, pictures = set(), set()
    for step in range(1, NUM_STEPS + 1):
        explorer.controls["step"].value = step
        assert sum(explorer.computed) == step
        assert explorer.status_line.text.startswith(f"step {step} of 22 · ")
        assert ("answer: Adelie, 100 % (truly Adelie)" in explorer.status_line.text) == (step == NUM_STEPS)
        places.add((explorer.stage, explorer.unit))
        pictures.add(explorer.canvas.image.value)
    assert len(places) == len(pictures) == NUM_STEPS


def test_the_numbers_of_the_lesson():
    explorer = explore_forward(3, step=3)
    assert explorer.equation() == "z[0] = (−1.36)·(−1.38) + 0.75·(−0.03) + 0.51 = 2.36"
    explorer.controls["step"].value = 19
    assert explorer.equation() == "logits[2] = (−0.67)·0.00 + 1.40·0.00 + (−0.89)·3.74 − 0.77 = −4.10"
    answers, explorer = {}, without_pictures(step=22)
    for tenths in range(364, 561):
        explorer.controls["bill_length"].value = tenths / 10
        answers.setdefault(re.search(r"answer: (\w+)", explorer.status_line.text)[1], tenths / 10)
    assert answers == {"Adelie": 36.4, "Chinstrap": 42.0, "Gentoo": 52.2}
    assert explore_forward(193, step=22).status_line.text.endswith("answer: Adelie, 46 % (truly Chinstrap)")


@pytest.mark.parametrize(("name", "change"), [("bill_length", 4.0), ("bill_depth", -2.0), ("penguin", 5)])
def test_every_slider_changes_picture_and_numbers(name, change):
    explorer = explore_forward(step=22)
    picture, stages = explorer.canvas.image.value, explorer.stages
    explorer.controls[name].value += change
    assert explorer.canvas.image.value != picture
    for before, after in zip(stages[:2], explorer.stages[:2], strict=True):
        assert not torch.equal(before.values, after.values)


def test_an_edited_input_travels_to_the_end_and_is_no_penguin_any_more():
    explorer = explore_forward(3, step=22)
    assert "truly" in explorer.status_line.text
    explorer.controls["bill_length"].value = 50.0
    assert "answer: Chinstrap" in explorer.status_line.text and "truly" not in explorer.status_line.text
    assert explorer.sentence().startswith("An edited penguin, bill 50.0 mm long and 17.1 mm deep")
    explorer.controls["penguin"].value = 4
    assert (explorer.controls["bill_length"].value, explorer.controls["bill_depth"].value) == (39.1, 18.7)
    assert explorer.sentence().startswith("Penguin 4, bill 39.1 mm long")


def test_a_penguin_that_the_page_sends_back_is_still_that_penguin():
    explorer = explore_forward(3, step=22)
    explorer.controls["bill_length"].value = 36.400000000000006
    assert explorer.raw == measured(explorer.dataset, 3) and "(truly Adelie)" in explorer.status_line.text
    assert "torch.tensor([36.4, 17.1])" in explorer.program()


def test_every_penguin_goes_through_as_it_does_in_the_batch():
    model, penguins = penguin_network()
    explorer = without_pictures(step=22)
    probabilities = model(penguins.X_train).softmax(1)
    for row in range(0, 206, 9):
        explorer.controls["penguin"].value = row
        assert torch.allclose(explorer.stages[-1].values, probabilities[row], atol=1e-4)
        assert f"(truly {penguins.class_names[penguins.y_train[row]]})" in explorer.status_line.text


def test_only_a_step_draws_the_background_anew():
    explorer = explore_forward(step=11)
    paint, drawn_anew = explorer.canvas.paint, []
    explorer.canvas.paint = lambda **how: drawn_anew.append(how["background_changed"]) or paint(**how)
    explorer.controls["bill_length"].value = 40.0
    explorer.controls["step"].value = 17
    assert drawn_anew == [False, True]


def test_settings_are_called_as_keywords_and_shown_on_the_sliders():
    explorer = explore_forward(penguin=12, step=9, bill_length=41.5)
    assert explorer.controls["bill_length"].value == 41.5
    assert explorer.controls["bill_depth"].value == measured(explorer.dataset, 12)[1]
    bundle = explorer._repr_mimebundle_()
    assert bundle["text/plain"] == explorer.sentence() and "image/png" in bundle
    explorer.buttons["show code"].click()
    assert "torch.tensor([41.5, 18.3])" in explorer.code_panel.program


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [({"penguin": 206}, "0 to 205; it is 206"), ({"penguin": -1}, "0 to 205"), ({"step": 0}, "1 to 22; it is 0")],
)
def test_what_does_not_exist_is_refused(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        explore_forward(**arguments)
