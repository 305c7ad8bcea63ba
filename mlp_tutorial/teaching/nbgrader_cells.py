"""What runs inside nbgrader: the cell that counts an exercise's points, and what makes a submission ready for it.

A learner's answers never run where nbgrader runs. They are found in the saved notebook and checked in processes of their
own, exactly as `python -m mlp_tutorial.grade` does it: what a notebook does to the checks, to `Feedback` or to this module
counts for nothing.
"""

from __future__ import annotations

import os
from pathlib import Path

from mlp_tutorial.lessons.shared.feedback import Feedback
from mlp_tutorial.teaching.answers import answer_of
from mlp_tutorial.teaching.handed_out import Exercise, all_lessons, opened
from mlp_tutorial.teaching.notebook_cells import Cells
from mlp_tutorial.teaching.sandbox import Job, Limits, run

#: Cells with this tag are left out by what nbgrader runs notebooks with.
LEFT_OUT = "skip-execution"


def points(lesson: str, name: str, *, of: float, seed: int | None = None) -> float | None:
    """Check an answer in the notebook that this is called in, as it is saved; do so only where nbgrader runs it.

    Parameters
    ----------
    lesson : str
        The lesson, and without .ipynb the name of the notebook: "01_neurons".
    name : str
        The name that the exercise asks for: "neuron".
    of : float
        The exercise's points.
    seed : int, optional
        Of the problems that the check draws. By default they are those that the learner's own check draws; then
        nothing is done while nbgrader grades, for the hidden tests do it.

    Returns
    -------
    float or None
        The points, above 0: nbgrader takes the last number of a cell for a partial score. None outside nbgrader.

    Raises
    ------
    AssertionError
        If the answer gets no points; it says why.
    FileNotFoundError
        If the notebook has another name.
    """
    __tracebackhide__ = True
    execution = os.environ.get("NBGRADER_EXECUTION", "")
    if not execution or (execution == "autograde" and seed is None):
        return None
    path = Path(f"{lesson}.ipynb")
    if not path.exists():
        raise FileNotFoundError(f"The notebook must be named {path}: its answers are read from there.")
    handed_out = next(one for one in all_lessons() if one.name == lesson)
    exercise = next(one for one in handed_out.exercises if one.names[0] == name)
    answer = answer_of(exercise, handed_out, Cells.of(opened(path)))
    feedback = answer.missing
    if not feedback:
        job = Job((lesson, 0), handed_out.room, exercise.check, answer.names, handed_out.imports, answer.code)
        ((_, outcome),) = run([job], [handed_out.room], seed or 0, Limits(), processes=1)
        feedback = Feedback(**outcome)
    if not feedback.points:
        feedback.require()
    print(feedback, *answer.notes)
    return round(of * feedback.points / feedback.of, 2)


def only_tests(notebook: dict, resources: dict) -> tuple[dict, dict]:
    """Put every test of a lesson into a submission, once, and let nothing but tests run.

    nbgrader calls this first of all. What a learner has made of the test cells is dropped; nbgrader fills in what they
    hold. So it does not matter whether some were deleted, copied or changed, or whether the notebook has lost its
    metadata on the way.

    Parameters
    ----------
    notebook : NotebookNode
        The submission.
    resources : dict
        nbgrader's own; ["nbgrader"]["notebook"] is the name of the lesson.
    """
    import nbformat

    lesson = next((one for one in all_lessons() if one.name == resources["nbgrader"]["notebook"]), None)
    if lesson is None:
        return notebook, resources
    tests = {exercise.names[0]: test_cell(exercise) for exercise in lesson.exercises}
    tests_ids = {cell["metadata"]["nbgrader"]["grade_id"] for cell in tests.values()}
    cells = []
    for cell in notebook["cells"]:
        grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id")
        if grade_id in tests_ids:
            continue
        if cell["cell_type"] == "code":
            cell["metadata"]["tags"] = sorted({*cell["metadata"].get("tags", []), LEFT_OUT})
        cells.append(cell)
        if grade_id in tests:
            cells.append(tests.pop(grade_id))
    notebook["cells"] = [nbformat.from_dict(cell) for cell in (*cells, *tests.values())]
    notebook["metadata"].pop("widgets", None)  # Colab's, which nbconvert cannot read
    return notebook, resources


def test_cell(exercise: Exercise, source: str = "", worth: float = 0) -> dict:
    """Return the cell that counts an exercise's points."""
    name = exercise.names[0]
    about = {"grade": True, "solution": False, "locked": True, "points": worth, "grade_id": f"{name}_points"}
    return code_cell(f"points-{name}", source, about)


def code_cell(cell_id: str, source: str, about: dict, tags: tuple[str, ...] = ()) -> dict:
    """Return a cell of code that nbgrader knows."""
    metadata = {"nbgrader": {"schema_version": 3, "task": False, **about}}
    if tags:
        metadata["tags"] = list(tags)
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": cell_id,
        "metadata": metadata,
        "outputs": [],
        "source": source,
    }
