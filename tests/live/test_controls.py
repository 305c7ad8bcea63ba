"""What a control shows and the value that it stands for."""

import pytest

from mlp_tutorial.live.controls import (
    BUTTONS,
    button,
    choice_slider,
    float_slider,
    int_slider,
    label_of,
    log_slider,
    menu,
    own_menu,
    value_of,
)


@pytest.mark.parametrize("value", [0.1, 0.037, 1e-6, 50.0])
def test_the_logarithmic_slider_stops_at_round_numbers_and_at_its_value(value):
    slider = log_slider("learning rate", value, 1e-4, 10)
    numbers = [number for _, number in slider.slider.options]
    assert slider.value == float(slider.field.value) == slider.slider.value == value
    assert numbers == sorted(set(numbers))
    assert {0.0001, 0.001, 0.01, 0.1, 1.0, 10.0} <= set(numbers)


def heard(slider):
    """The values that an explorer is told of."""
    values = []
    slider.observe(lambda change: values.append(change["new"]), "value")
    return values


def test_the_number_beside_the_slider_is_the_number_in_use():
    slider = log_slider("learning rate", 0.1, 1e-4, 10)
    values = heard(slider)
    slider.slider.index += 1  # an arrow key
    assert (slider.field.value, value_of(slider)) == ("0.15", 0.15)
    slider.field.value = "0.26"  # typed
    assert (slider.field.value, value_of(slider), slider.slider.value) == ("0.26", 0.26, 0.3)
    slider.slider.index -= 1
    assert (slider.field.value, value_of(slider)) == ("0.2", 0.2)
    slider.field.value = "50"  # beyond the slider's end
    assert (slider.field.value, value_of(slider), slider.slider.value) == ("50", 50, 10)
    slider.field.value = "0,12345678"
    assert (slider.field.value, value_of(slider)) == ("0.123457", 0.123457)
    assert values == [0.15, 0.26, 0.2, 50.0, 0.123457]


@pytest.mark.parametrize("typed", ["abc", "", "inf", "0.1.2"])
def test_what_is_no_number_goes_back_to_what_it_was(typed):
    slider = log_slider("learning rate", 0.1, 1e-4, 10)
    values = heard(slider)
    slider.field.value = typed
    assert slider.field.value == "0.1" and value_of(slider) == 0.1 and not values


@pytest.mark.parametrize("typed", ["0", "-0.5"])
def test_a_typed_number_that_cannot_be_a_rate_is_refused_in_a_sentence(typed):
    slider = log_slider("learning rate", 0.1, 1e-4, 10)
    slider.field.value = typed
    with pytest.raises(ValueError, match=f"learning rate must be greater than 0; it is {typed}"):
        value_of(slider)


def test_a_slider_of_choices_stops_at_these_alone():
    slider = choice_slider("learning rate", 0.018, [0.01, 0.018, 0.032])
    values = heard(slider)
    assert list(slider.slider.options) == [("0.01", 0.01), ("0.018", 0.018), ("0.032", 0.032)]
    for typed, used in {"0.03": 0.032, "0.031": 0.032, "5": 0.032, "-1": 0.01}.items():
        slider.field.value = typed
        assert float(slider.field.value) == slider.slider.value == value_of(slider) == used
    assert values == [0.032, 0.01]


def test_a_number_with_more_digits_than_are_shown_is_used_as_shown():
    slider = float_slider("weight", 0.0, -5, 5)
    slider.value = 2.346
    assert value_of(slider) == 2.35
    slider.readout_format = ".3f"
    assert value_of(slider) == 2.346


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


def test_with_fields_every_slider_has_a_label_of_its_own_and_keeps_its_value(with_fields):
    controls = {
        "BoundedIntText": int_slider("width", 8, 1, 32),
        "BoundedFloatText": float_slider("weight", 0.5, -5, 5),
        "Dropdown": choice_slider("rate", 0.018, [0.01, 0.018, 0.032]),
    }
    for kind, control in controls.items():
        assert type(control).__name__ == kind and control.description == label_of(control) != ""
    assert [value_of(control) for control in controls.values()] == [8, 0.5, 0.018]
    rate = log_slider("learning rate", 0.1, 1e-4, 10)
    (field,) = rate.children
    assert field is rate.field and field.description == label_of(rate) == "learning rate"
    field.value = "0,26"
    assert value_of(rate) == 0.26
