"""Numbers in words and signs."""

from mlp_tutorial.utils.wording import short_number


def test_numbers_are_short_and_never_minus_zero():
    shown = {-0.001: "0.00", -1.375: "−1.38", 9.996: "10.0", 97.26: "97.3", 4200.4: "4200"}
    assert {value: short_number(value) for value in shown} == shown
