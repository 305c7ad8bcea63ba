"""Figures of pyplot in all tests: none needs a screen, and none stays open."""

import matplotlib
import pytest
from matplotlib import pyplot

matplotlib.use("Agg")


@pytest.fixture(autouse=True)
def no_figure_left_open():
    """Close what a test has opened: pyplot keeps every figure, and warns of more than twenty."""
    yield
    pyplot.close("all")
