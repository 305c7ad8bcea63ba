"""The colours stay apart for readers with a colour-vision deficiency, and colour is never the only cue."""

from collections import Counter
from itertools import combinations

import matplotlib
import matplotlib.colors
import numpy as np
import pytest
from matplotlib.figure import Figure

from mlp_tutorial import History
from mlp_tutorial.plots import style
from mlp_tutorial.plots.curves import LossCurves
from mlp_tutorial.plots.style import (
    BELOW_AND_ABOVE_ZERO,
    CLASS_COLOURS,
    CLASS_MARKERS,
    PINNED_COLOURS,
    STYLE,
    TRAINING_COLOUR,
    VALIDATION_COLOUR,
    class_style,
)
from tools.colours import DEFICIENCIES, difference, seen_with

each_deficiency = pytest.mark.parametrize("deficiency", DEFICIENCIES)


def smallest_difference(deficiency, colours):
    seen = seen_with(deficiency, np.array([matplotlib.colors.to_rgb(colour) for colour in colours]))
    return min(difference(one, other) for one, other in combinations(seen, 2))


def test_the_simulation_knows_the_classic_confusions():
    """Red against green: hard without the red or the green cones, easy without the blue ones."""
    red_and_green = ["#C04040", "#708030"]
    assert smallest_difference("deuteranopia", red_and_green) < 25
    assert smallest_difference("tritanopia", red_and_green) > 50
    for deficiency in DEFICIENCIES:  # what has no colour stays as it is
        greys = np.linspace(0, 1, 5)[:, None].repeat(3, 1)
        assert seen_with(deficiency, greys) == pytest.approx(greys, abs=1e-5)
    assert difference(np.zeros(3), np.ones(3)) == pytest.approx(100, abs=0.1)


@each_deficiency
def test_training_and_validation_look_very_different(deficiency):
    assert smallest_difference(deficiency, [TRAINING_COLOUR, VALIDATION_COLOUR]) > 80


@each_deficiency
def test_the_first_four_classes_stay_apart(deficiency):
    assert smallest_difference(deficiency, CLASS_COLOURS[:4]) > 15


@each_deficiency
def test_pinned_runs_stay_apart(deficiency):
    assert smallest_difference(deficiency, PINNED_COLOURS) > 15
    assert smallest_difference(deficiency, [TRAINING_COLOUR, VALIDATION_COLOUR, *PINNED_COLOURS]) > 8


@each_deficiency
def test_below_and_above_zero_stay_apart(deficiency):
    assert smallest_difference(deficiency, [BELOW_AND_ABOVE_ZERO(0.0), BELOW_AND_ABOVE_ZERO(1.0)]) > 60


def test_every_class_has_a_shape_of_its_own():
    assert len(set(CLASS_MARKERS)) == len(CLASS_MARKERS) == len(CLASS_COLOURS)


def test_dashes_and_width_say_the_same_as_colour():
    with matplotlib.rc_context(STYLE):
        plot = LossCurves(Figure().subplots())
    runs = [History(training_loss=[2.0, 1.0], validation_loss=[2.0, 1.5]) for _ in range(2)]
    plot.update(runs[0], pinned=[("other", runs[1])])
    assert plot.training.get_linestyle() == "-" and plot.validation.is_dashed()
    assert all(line.get_linewidth() < 0.7 * plot.training.get_linewidth() for line in plot.pinned)


def test_fonts_with_other_letters_are_named_only_where_the_machine_has_them():
    assert set(style.OTHER_FONTS) <= set(matplotlib.font_manager.get_font_names())
    assert STYLE.get("font.family", matplotlib.rcParams["font.family"])[0] == "sans-serif"


def test_more_classes_than_colours_are_told_apart_by_colour_and_marker():
    styles = [tuple(class_style(number).values()) for number in range(100)]
    assert len(set(styles)) == 100
    assert styles[:10] == list(zip(CLASS_COLOURS, CLASS_MARKERS, strict=True))
    assert Counter(colour for colour, _ in styles[:20]) == dict.fromkeys(CLASS_COLOURS, 2)
