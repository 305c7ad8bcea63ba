"""Tell which exercises are solved, from what the checks said in the notebooks as they are saved.

    python -m mlp_tutorial.progress            of the notebooks in this folder
    python -m mlp_tutorial.progress FOLDER     of all below another one, also of many learners

Nothing is run, kept or sent. What is saved is believed: `python -m mlp_tutorial.grade` looks for itself.
"""

from __future__ import annotations

import argparse
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from mlp_tutorial.teaching.handed_out import Lesson, NotALesson, all_lessons, lesson_of, notebooks_in, opened
from mlp_tutorial.teaching.notebook_cells import Cells

_WIDTH = 12


@dataclass(frozen=True)
class Solved:
    """How many exercises of a notebook are solved, as it is saved.

    Parameters
    ----------
    file : str
        Its path below the folder, "" for a lesson that has no file there.
    lesson : str
        Its title: "05 · Backpropagation and training".
    solved, of : int
        How many exercises are solved, of how many.
    """

    file: str
    lesson: str
    solved: int
    of: int


@dataclass(frozen=True)
class Progress:
    """A table of what is solved; printed, it shows a bar for each lesson."""

    rows: tuple[Solved, ...]

    def __repr__(self) -> str:
        if not any(row.file for row in self.rows):
            return "No notebook of the series is here. Name the folder that yours are in: progress(FOLDER)."
        lessons = [row.lesson for row in self.rows]
        is_one_learner = len(set(lessons)) == len(lessons)
        names = [row.lesson if is_one_learner else row.file for row in self.rows]
        width = max(map(len, names))
        lines = []
        for row, name in zip(self.rows, names, strict=True):
            full = _WIDTH * row.solved // row.of
            count = f"{row.solved} of {row.of}" if row.file else "not begun"
            lines.append(f"{name:{width}}  {'█' * full}{'░' * (_WIDTH - full)}  {count}")
        total = f"{sum(row.solved for row in self.rows)} of {sum(row.of for row in self.rows)}"
        lines += [
            "",
            f"{total} exercises, as the notebooks are saved: save yours first, and what is saved is believed.",
        ]
        return "\n".join(lines)


def progress(folder: str | Path = ".") -> Progress:
    """Return which exercises are solved in the saved notebooks of a folder.

    Parameters
    ----------
    folder : str or Path, default "."
        Its notebooks, and those in folders below it. If each lesson comes at most once, lessons without a notebook
        are listed as well.

    Returns
    -------
    Progress
        Printed, a table with bars.

    Raises
    ------
    FileNotFoundError
        If there is no such folder, or the package came without its lessons, as on Colab.
    """
    folder = Path(folder).expanduser()
    if not folder.is_dir():
        raise FileNotFoundError(f"{folder} is no folder. Name the one that your notebooks are in.")
    rows, found = [], []
    for path in notebooks_in(folder):
        try:
            notebook = opened(path)
            lesson = lesson_of(notebook)
        except NotALesson:
            continue
        found.append(lesson)
        rows.append(_row(path.relative_to(folder).as_posix(), lesson, _num_solved(lesson, Cells.of(notebook))))
    if len(set(found)) == len(found):
        rows += [_row("", lesson, 0) for lesson in all_lessons() if lesson not in found]
        rows.sort(key=lambda row: row.lesson)
    return Progress(tuple(rows))


def _row(file: str, lesson: Lesson, solved: int) -> Solved:
    return Solved(file, lesson.title.lstrip("# "), solved, len(lesson.exercises))


def _num_solved(lesson: Lesson, cells: Cells) -> int:
    """Return how many of a lesson's checks said "Correct"."""
    right = set()
    for cell in cells.all:
        said = ["".join((output.get("data") or {}).get("text/plain", "")) for output in cell.outputs]
        if any(text.startswith("Correct.") for text in said):
            right.update(re.findall(r"\bcheck_\w+(?=\()", cell.source))
    return sum(exercise.check in right for exercise in lesson.exercises)


def main(arguments: list[str] | None = None) -> None:
    """Read the command line and print the table."""
    parser = argparse.ArgumentParser(
        prog="python -m mlp_tutorial.progress",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", nargs="?", default=".", metavar="FOLDER")
    try:
        print(progress(parser.parse_args(arguments).folder))
    except FileNotFoundError as error:
        sys.exit(str(error))
