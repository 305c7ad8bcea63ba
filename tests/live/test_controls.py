"""What a control shows and the value that it stands for."""

import pytest

from mlp_tutorial.live.controls import (
    BUTTONS,
    button,
    choice_slider,
    float_slider,
    int_slider,
    log_slider,
    menu,
    own_menu,
)


@pytest.mark.parametrize("value", [0.1, 0.037, 1e-6, 50.0])
def test_the_logarithmic_slider_stops_at_round_numbers_and_at_its_value(value):
    slider = log_slider("learning rate", value, 1e-4, 10)
    numbers = [number for _, number in slider.options]
    assert slider.value == value
    assert numbers == sorted(set(numbers))
    assert {0.0001, 0.001, 0.01, 0.1, 1.0, 10.0} <= set(numbers)
    assert all(float(label) == pytest.approx(number, rel=1e-5) for label, number in slider.options)


def test_a_slider_of_choices_stops_at_these_alone():
    slider = choice_slider("learning rate", 0.018, [0.01, 0.018, 0.032])
    assert list(slider.options) == [("0.01", 0.01), ("0.018", 0.018), ("0.032", 0.032)] and slider.value == 0.018


def test_ranges_grow_to_hold_the_value():
    assert (int_slider("width", 64, 1, 32).max, int_slider("width", 64, 1, 32).value) == (64, 64)
    assert float_slider("weight", -9.0, -5, 5).min == -9.0


def test_a_menu_shows_names_for_what_they_stand_for():
    chosen = menu("batch size", 0, {"all": 0, "8": 8})
    assert chosen.value == 0 and chosen.label == "all"


def test_every_button_explains_itself():
    for name, tooltip in BUTTONS.items():
        assert button(name, tooltip).description == name and button(name, tooltip).tooltip == tooltip


def test_a_value_of_the_learners_own_stands_first_in_a_menu():
    assert dict(own_menu("activation", "relu", ["relu", "tanh"], "relu").options) == {"relu": "relu", "tanh": "tanh"}
    own = own_menu("activation", abs, ["relu", "tanh"], "abs")
    assert own.options[0] == ("your abs", abs) and own.value is abs
