"""Make an nbgrader course of the lessons, from the notebooks that are stored.

    python -m mlp_tutorial.nbgrader COURSE

COURSE gets an assignment for each lesson in source/, grading.toml with the points, and nbgrader_config.py. The assignments
are written anew each time; the other two are yours to edit, and stay. What nbgrader does with a course: docs/teaching.md.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from mlp_tutorial.lessons.copies import LESSONS, NOTEBOOK_METADATA, cleared, page, read, relinked, text_of
from mlp_tutorial.teaching.grade import SETTINGS, read_settings
from mlp_tutorial.teaching.handed_out import Lesson, all_lessons
from mlp_tutorial.teaching.nbgrader_cells import LEFT_OUT, test_cell
from mlp_tutorial.teaching.notebook_cells import bound, used

CONFIG = "nbgrader_config.py"
_CONFIG_TEXT = """\
# Made by python -m mlp_tutorial.nbgrader, once: edit it as you like.
from mlp_tutorial.teaching.nbgrader_cells import only_tests

c = get_config()  # noqa: F821
c.CourseDirectory.course_id = "mlp"
# The lessons' own stubs stay; what nbgrader writes into an exercise would stop Run All.
c.ClearSolutions.code_stub = {"python": ""}
# Puts back test cells that were deleted or changed, and runs nothing but tests: a learner's code never runs where nbgrader
# does. Without this line nbgrader runs all cells but the explorers, as tests of your own may need it.
c.Autograde.sanitize_preprocessors.prepend([only_tests])
c.Execute.timeout = 300
"""
_TEST = """\
# Leave this cell as it is: when you have handed in, nbgrader counts your points here, at most {worth:g}.
from mlp_tutorial.teaching.nbgrader_cells import points

points("{lesson}", "{name}", of={worth:g})
### BEGIN HIDDEN TESTS
points("{lesson}", "{name}", of={worth:g}, seed={seed})
### END HIDDEN TESTS"""
_SHOWS = re.compile(r"\b(?:explore|plot)_\w+\(")


def main(arguments: list[str] | None = None) -> None:
    """Read the command line and make the course."""
    parser = argparse.ArgumentParser(
        prog="python -m mlp_tutorial.nbgrader",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("course", type=Path, metavar="COURSE", help="a folder, made where it is missing")
    course = parser.parse_args(arguments).course
    try:
        print("\n".join(make_course(course)))
    except (ValueError, OSError) as error:
        sys.exit(str(error))


def make_course(course: Path) -> list[str]:
    """Write the sources of all assignments, and the settings where there are none; return what to do next."""
    course.mkdir(parents=True, exist_ok=True)
    settings = read_settings(course / SETTINGS)
    if not (course / CONFIG).exists():
        (course / CONFIG).write_text(_CONFIG_TEXT, encoding="utf-8")
    for lesson in all_lessons():
        folder = course / "source" / lesson.name
        folder.mkdir(parents=True, exist_ok=True)
        text = text_of(source_of(lesson, settings.get(lesson.name, {}), settings["seed"]))
        (folder / f"{lesson.name}.ipynb").write_text(text, encoding="utf-8", newline="\n")
    names = ", ".join(lesson.name for lesson in all_lessons())
    return [
        f"The assignments are in {course / 'source'}: {names}.",
        f"Points: {course / SETTINGS}. Next, in {course}: nbgrader generate_assignment {all_lessons()[0].name}",
    ]


def source_of(lesson: Lesson, worth: dict[str, float], seed: int) -> dict:
    """Return a lesson as the source of an nbgrader assignment.

    Parameters
    ----------
    lesson : Lesson
        As it is handed out.
    worth : dict
        The points of its exercises by name; 1 where there are none.
    seed : int
        Of the problems that the hidden tests draw.

    Returns
    -------
    dict
        A notebook of nbformat 4.5. Each exercise has its solution between nbgrader's marks, and behind its check a
        cell that counts its points; what only shows has a tag by which nbgrader leaves it out.
    """
    stored, exercises = read(LESSONS / f"{lesson.name}.ipynb"), {one.stub_id: one for one in lesson.exercises}
    shown, cells, tested = _shown(lesson), [], None
    for number, stored_cell in enumerate(stored["cells"]):
        cell, tags = cleared(stored_cell), stored_cell["metadata"].get("tags", [])
        if "solution" in tags:
            continue
        if cell["cell_type"] == "markdown":
            cell["source"] = relinked("".join(cell["source"]), _from_an_assignment)
        exercise = exercises.get(cell["id"])
        if exercise:
            cell["source"] = f"{exercise.stub}\n### BEGIN SOLUTION\n{exercise.solution}### END SOLUTION"
            about = {"grade": False, "solution": True, "locked": False, "task": False, "schema_version": 3}
            cell["metadata"] = {"tags": tags, "nbgrader": {**about, "grade_id": exercise.names[0]}}
        elif number in shown:
            cell["metadata"] = {**cell["metadata"], "tags": [*tags, LEFT_OUT]}
        cells.append(cell)
        if tested:  # behind the learner's own check, which follows the exercise
            name = tested.names[0]
            about = {"lesson": lesson.name, "name": name, "worth": worth.get(name, 1), "seed": seed}
            cells.append(test_cell(tested, _TEST.format(**about), about["worth"]))
        tested = exercise
    return {"cells": cells, "metadata": NOTEBOOK_METADATA, "nbformat": 4, "nbformat_minor": 5}


def _shown(lesson: Lesson) -> set[int]:
    """Return the positions of cells that only show: explorers and plots, and cells that need what those return."""
    shown, lost = set(), set()
    for number, cell in enumerate(lesson.cells.all):
        if cell.kind != "code" or "exercise" in cell.tags or not cell.tree:
            continue
        names = {name for node in cell.tree.body for name in bound(node)}
        if _SHOWS.search(cell.source) or used(cell.source) & lost:
            shown.add(number)
            lost |= names
        else:
            lost -= names
    return shown


def _from_an_assignment(link: str) -> str:
    """Return where a lesson's link leads from a folder beside those of the other assignments."""
    return page(link) if link.startswith("../") else f"../{link.partition('.')[0]}/{link}"
