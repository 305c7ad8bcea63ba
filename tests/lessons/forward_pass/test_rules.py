"""The equation of every number is true, and the note says what the number means."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.lessons.forward_pass.helpers import NUM_STEPS, without_pictures


def value_of(shown):
    return float(shown.replace("−", "-").strip("()"))


@given(step=st.integers(1, NUM_STEPS), length=st.floats(32, 60), depth=st.floats(13, 22))
@settings(max_examples=40, deadline=None)
def test_every_equation_is_true(explorer, step, length, depth):
    for name, value in {"step": step, "bill_length": round(length, 1), "bill_depth": round(depth, 1)}.items():
        explorer.controls[name].value = value
    name, how, *rest = explorer.equation().split(" = ")
    result = value_of(rest[-1])
    shown = re.sub(r"e\^(\(?[−\d.]+\)?)", r"2.718281828**(\1)", how).replace("−", "-").replace("·", "*")
    # Two decimals are shown, and factors as large as 1.5 and 10 stand before what was rounded.
    assert eval(shown) == pytest.approx(result, abs=0.12, rel=0.02)
    symbol, unit = name.rstrip("]").split("[")
    stage = explorer.stages[explorer.stage]
    assert stage.symbol == symbol and explorer.unit == int(unit)
    assert result == pytest.approx(stage.values[int(unit)].item(), abs=0.051)


def test_the_note_says_what_the_number_means():
    explorer = without_pictures(step=1)
    notes = {}
    for step in range(1, NUM_STEPS + 1):
        explorer.controls["step"].value = step
        notes[step] = explorer.status_line.note
    assert notes[1] == "The bill length lies 1.38 standard deviations below the mean of the training penguins."
    assert notes[3] == "The largest part comes from x[0]: 1.87."
    assert notes[7] == "z[0] is above 0: the unit is on, and hands it on unchanged."
    assert notes[8] == "z[1] is not above 0: the unit is off, and hands on 0."
    assert notes[17] == "The largest part comes from a[2]: 4.12. A logit is a raw score, here for Adelie."
    assert notes[22] == "The share of Gentoo. The three shares add up to 1."
