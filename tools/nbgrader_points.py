"""Run a whole course through nbgrader, and see that every submission gets what is right in it.

    python tools/nbgrader_points.py             all lessons
    python tools/nbgrader_points.py 01 05       some
    python tools/nbgrader_points.py --write     puts their rows of the table into docs/teaching.md

It needs nbgrader beside the package: `nox -s nbgrader` makes such an environment.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from mlp_tutorial.teaching.handed_out import Exercise, Lesson, all_lessons
from mlp_tutorial.teaching.nbgrader_course import make_course

PAGE = Path(__file__).resolve().parents[1] / "docs" / "teaching.md"
#: Answers of which a part is right: what is changed in a solution, and the share of the points that is left.
PARTS = {
    ("02_building_blocks", "output_sizes"): ('"digit": 10', '"digit": 9', 3 / 4),
    ("05_backpropagation", "linear_gradient"): ("upstream.sum(0)", "upstream.sum(1)", 2 / 3),
}
#: Lines of a learner who wants points for nothing, before answers that are wrong.
PASSED = """\
import mlp_tutorial.lessons.shared.feedback as feedback

try:
    feedback.Feedback.passed = True
except AttributeError:
    type.__setattr__(feedback.Feedback, "passed", True)
    type.__setattr__(feedback.Feedback, "require", lambda self: self)
"""
OWN_CHECK = """\
import sys

from mlp_tutorial.lessons.shared.feedback import Feedback


def {check}(*answers):
    return Feedback("correct", "Right.", 1, 1)


for name, module in list(sys.modules.items()):
    if name.startswith("mlp_tutorial") and hasattr(module, "{check}"):
        module.{check} = {check}
"""


def right_in_part(exercise: Exercise, lesson: Lesson) -> tuple[str, float]:
    """Return an answer that is right in part, and its share; the stub where no such answer is known."""
    if (lesson.name, exercise.names[0]) not in PARTS:
        return exercise.stub, 0
    old, new, share = PARTS[lesson.name, exercise.names[0]]
    if old not in exercise.solution:
        raise ValueError(f"{lesson.name}, {exercise.names[0]}: the solution holds no {old}; change PARTS.")
    return exercise.solution.replace(old, new, 1), share


def wrong(exercise: Exercise, lines: str) -> tuple[str, float]:
    """Return an answer that is something else than asked for, behind some lines of code."""
    return f"{lines}\n{' = '.join(exercise.names)} = lambda *arguments, **options: -7.5", 0


#: For each kind of submission: the code of an exercise and the share of the points that is due.
KINDS: dict[str, Callable[[int, Exercise, Lesson], tuple[str, float]]] = {
    "right": lambda number, exercise, lesson: (exercise.solution, 1),
    "half right": lambda number, exercise, lesson: (
        (exercise.solution, 1) if number % 2 else right_in_part(exercise, lesson)
    ),
    "empty": lambda number, exercise, lesson: (exercise.stub, 0),
    "`passed = True`": lambda number, exercise, lesson: wrong(exercise, PASSED),
    "a check of one's own": lambda number, exercise, lesson: wrong(exercise, OWN_CHECK.format(check=exercise.check)),
    "right, test cells deleted": lambda number, exercise, lesson: (exercise.solution, 1),
    "empty, test cells deleted": lambda number, exercise, lesson: (exercise.stub, 0),
}
LEARNERS = dict(zip(KINDS, ("right", "half", "empty", "passed", "own_check", "deleted", "all_deleted"), strict=True))


def nbgrader(course: Path, *arguments: str) -> str:
    """Run a command of nbgrader in the course; return what it said."""
    tools = Path(sys.executable).parent  # nbgrader calls alembic by its name
    environment = {**os.environ, "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "nbgrader", *arguments]
    done = subprocess.run(command, cwd=course, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"nbgrader {' '.join(arguments)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def hand_in(course: Path, lesson: Lesson) -> dict[str, float]:
    """Write a submission of each kind, made of what learners get; return the points due to each."""
    released = (course / "release" / lesson.name / f"{lesson.name}.ipynb").read_text(encoding="utf-8")
    due = {}
    for kind, answer in KINDS.items():
        notebook = json.loads(released)
        by_name = {cell["metadata"].get("nbgrader", {}).get("grade_id"): cell for cell in notebook["cells"]}
        due[kind] = 0.0
        for number, exercise in enumerate(lesson.exercises):
            code, share = answer(number, exercise, lesson)
            by_name[exercise.names[0]]["source"] = code
            due[kind] += round(share, 2)
        if "deleted" in kind:
            lost = {f"{exercise.names[0]}_points" for exercise in lesson.exercises}
            lost |= {exercise.names[0] for exercise in lesson.exercises} if kind.startswith("empty") else set()
            notebook["cells"] = [
                cell for cell in notebook["cells"] if cell["metadata"].get("nbgrader", {}).get("grade_id") not in lost
            ]
        folder = course / "submitted" / LEARNERS[kind] / lesson.name
        folder.mkdir(parents=True)
        (folder / f"{lesson.name}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    return due


def graded(course: Path, lesson: Lesson) -> tuple[dict[str, float], dict[str, float]]:
    """Take an assignment from its source to the feedback; return the points due and given by kind."""
    name = lesson.name
    nbgrader(course, "generate_assignment", name)
    said = nbgrader(course, "validate", f"source/{name}/{name}.ipynb")
    if "Success!" not in said:
        raise RuntimeError(f"{name}: the source does not pass its own tests:\n{said}")
    said = nbgrader(course, "validate", f"release/{name}/{name}.ipynb")
    if f"FAILED ON {len(lesson.exercises)} CELL(S)" not in said:
        raise RuntimeError(f"{name}: what learners get passes tests without an answer:\n{said}")
    due = hand_in(course, lesson)
    nbgrader(course, "autograde", name)
    nbgrader(course, "generate_feedback", name)
    nbgrader(course, "export", "--to", "points.csv")
    with open(course / "points.csv", encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["assignment"] == name]
    given = {row["student_id"]: float(row["score"]) for row in rows}
    if any(float(row["max_score"]) != len(lesson.exercises) for row in rows):
        raise RuntimeError(f"{name}: expected {len(lesson.exercises)} points at most, got {rows[0]['max_score']}")
    for learner, sentence in (("right", "Correct."), ("empty", "Not attempted yet.")):
        page = (course / "feedback" / learner / name / f"{name}.html").read_text(encoding="utf-8")
        if page.count(sentence) < len(lesson.exercises):
            raise RuntimeError(f"{name}: the page of {learner} does not hold the sentences of the checks.")
    return due, {kind: given[learner] for kind, learner in LEARNERS.items()}


def main() -> None:
    """Read the command line, run the lessons, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lessons", nargs="*", metavar="LESSON", help="first letters of their names; none: all")
    parser.add_argument("--write", action="store_true", help="put the table into docs/teaching.md")
    options = parser.parse_args()
    lessons = [one for one in all_lessons() if not options.lessons or one.name.startswith(tuple(options.lessons))]
    head, rows, differing = ["assignment", "points", *KINDS], {}, []
    with tempfile.TemporaryDirectory() as folder:
        course = Path(folder)
        make_course(course)
        for lesson in lessons:
            due, given = graded(course, lesson)
            rows[lesson.name] = [lesson.name, len(lesson.exercises), *(f"{given[kind]:g}" for kind in KINDS)]
            print(row(rows[lesson.name]), flush=True)
            wrong = [kind for kind in KINDS if abs(given[kind] - due[kind]) > 0.001]
            differing += [f"{lesson.name}, {kind}: {given[kind]:g}, due are {due[kind]:g}" for kind in wrong]
    if differing:
        sys.exit("\n".join(["Other points than are due:", *differing]))
    if options.write:
        write(row(head), {name: row(cells) for name, cells in rows.items()})


def row(cells: list) -> str:
    """Return a row of a table."""
    return f"| {' | '.join(map(str, cells))} |"


def write(head: str, rows: dict[str, str]) -> None:
    """Put rows into the table in docs/teaching.md; those of lessons that were not run stay."""
    page = PAGE.read_text(encoding="utf-8")
    table = re.search(r"^\| assignment \|.*\n(?:\|.*\n)+", page, re.MULTILINE)[0]
    stored = {line.split(" | ")[0].removeprefix("| "): line for line in table.splitlines()[2:]}
    stored = {name: rows.get(name, stored.get(name)) for name in (lesson.name for lesson in all_lessons())}
    lines = [head, re.sub(r"[^|]+", " --- ", head), *filter(None, stored.values())]
    PAGE.write_text(page.replace(table, "\n".join([*lines, ""])), encoding="utf-8")


if __name__ == "__main__":
    main()
