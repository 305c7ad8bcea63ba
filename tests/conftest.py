"""Figures of pyplot in all tests: none needs a screen, and none stays open; and the scale that tests may change."""

import sys
import types

import matplotlib
import pytest
import torch
from matplotlib import pyplot

from mlp_tutorial.display import set_controls, set_scale
from mlp_tutorial.live import explorer, runner

matplotlib.use("Agg")


@pytest.fixture(autouse=True)
def no_figure_left_open():
    """Close what a test has opened: pyplot keeps every figure, and warns of more than twenty."""
    yield
    pyplot.close("all")


@pytest.fixture
def float64():
    """Compute in double precision, for one test: there rounding cannot hide a mistake."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


@pytest.fixture
def usual_scale():
    """Go back to the usual scale after the test."""
    yield
    set_scale(1)


@pytest.fixture
def with_fields():
    """Give explorers fields in place of sliders, for one test."""
    set_controls("fields")
    yield
    set_controls("sliders")


@pytest.fixture
def short_runs(monkeypatch):
    """Let explorers train as on Colab, where nothing can interrupt them, for 0.02 seconds a move in place of 0.8."""
    monkeypatch.setitem(sys.modules, "google.colab", types.ModuleType("google.colab"))
    monkeypatch.setattr(runner, "COLAB_TIME_LIMIT", 0.02)
    monkeypatch.setattr(explorer, "FIRST_PICTURE_TIME_LIMIT", 0.02)
