"""Every exercise of every lesson is stored unfilled, with its check's answer, and every picture is stored."""

import re

import pytest

from tests.solutions import NOTEBOOKS, exercises, read

every_notebook = pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)


@every_notebook
def test_exercises_are_stored_unfilled(path):
    notebook = read(path)
    for exercise in exercises(notebook):
        stub = notebook.cells[exercise.stub].source
        is_played = re.match(
            r"task_\d+ = explore_playground\(", stub
        )  # what is answered is what the learner does in it
        assert is_played or "..." in stub, f"this exercise is stored filled in:\n{stub}"
        (answer,) = [output.data["text/plain"] for output in notebook.cells[exercise.check].outputs]
        assert answer.startswith("Not yet." if is_played else "Not attempted yet.")


@every_notebook
def test_every_picture_is_stored(path):
    for cell in read(path).cells:
        if cell.cell_type == "code" and re.search(r"^(\w+ = )?(plot|explore)_\w+\(", cell.source, re.MULTILINE):
            assert any("image/png" in output.get("data", {}) for output in cell.outputs), cell.source
