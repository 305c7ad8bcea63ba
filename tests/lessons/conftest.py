"""The solutions of the lesson that a module of tests names as its `LESSON`, and explorers that paint nothing."""

import pytest

from mlp_tutorial.live.canvas import Canvas
from tests.solutions import NOTEBOOKS, defined_by, exercises, read


@pytest.fixture(scope="module")
def solutions(request):
    """The notebook's own solutions, by name."""
    return defined_by(exercise.code for exercise in exercises(read(NOTEBOOKS / request.module.LESSON)))


@pytest.fixture(scope="module")
def stubs(request):
    """The notebook's exercises as the learner finds them, by name."""
    notebook = read(NOTEBOOKS / request.module.LESSON)
    return defined_by(notebook.cells[exercise.stub].source for exercise in exercises(notebook))


@pytest.fixture
def nothing_painted(monkeypatch):
    """Let explorers compute everything at each move, but paint no picture: that takes most of the time."""
    monkeypatch.setattr(Canvas, "paint", lambda canvas, **options: None)
