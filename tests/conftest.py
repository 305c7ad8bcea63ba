"""Figures of pyplot in all tests: none needs a screen, and none stays open; and the scale that tests may change."""

import matplotlib
import pytest
from matplotlib import pyplot

from mlp_tutorial.display import set_scale

matplotlib.use("Agg")


@pytest.fixture(autouse=True)
def no_figure_left_open():
    """Close what a test has opened: pyplot keeps every figure, and warns of more than twenty."""
    yield
    pyplot.close("all")


@pytest.fixture
def usual_scale():
    """Go back to the usual scale after the test."""
    yield
    set_scale(1)
