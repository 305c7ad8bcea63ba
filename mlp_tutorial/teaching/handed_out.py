"""The lessons as they are handed out, and to which of them a learner's notebook belongs."""

from __future__ import annotations

import ast
import functools
import json
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from mlp_tutorial.lessons.copies import LESSONS, is_check, mark, read
from mlp_tutorial.teaching.notebook_cells import Cells, binding_of

#: A call of a check alone in its line: its name, and what it is called with.
CHECK_CALL = re.compile(r"^(?:\w+\.)?(check_\w+)\(([\w, ]*)\)", re.MULTILINE)
_FENCED_CODE = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_LARGEST_FILE = 100_000_000


class NotALesson(Exception):
    """A file is no notebook of the series; the message says why."""


@dataclass(frozen=True)
class Exercise:
    """One exercise of a lesson.

    Parameters
    ----------
    names : tuple of str
        What its check is called with: `("output_sizes", "losses")`.
    check : str
        The name of the check.
    title : str
        Its heading, such as "Exercise 1 · Count by formula".
    stub, stub_id : str
        The cell as the learner finds it.
    solution : str
        The code of its solution.
    """

    names: tuple[str, ...]
    check: str
    title: str
    stub: str
    stub_id: str
    solution: str


@dataclass(frozen=True, eq=False)
class Lesson:
    """A lesson as it is handed out.

    Parameters
    ----------
    name : str
        Of its file: "05_backpropagation".
    title : str
        The first heading.
    room : str
        The module that its checks are imported from.
    imports : str
        The code of the imports before its first section.
    exercises : tuple of Exercise
        In their order.
    cells : Cells
        All cells, for what an answer needs and the learner has deleted.
    edition : str
        A mark of its text.
    """

    name: str
    title: str
    room: str
    imports: str
    exercises: tuple[Exercise, ...]
    cells: Cells
    edition: str


@functools.cache
def all_lessons() -> tuple[Lesson, ...]:
    """Return the lessons and the playground; raise `FileNotFoundError` where the package came without them."""
    if LESSONS is None:
        raise FileNotFoundError(
            "The package came without its lessons, as on Colab. Download the notebooks, and run this where the series is "
            "installed: README.md says how."
        )
    return tuple(_lesson(path) for path in sorted(LESSONS.glob("*.ipynb")))


def _lesson(path: Path) -> Lesson:
    notebook = read(path)
    cells, room = Cells.of(notebook), path.stem.lstrip("0123456789_")
    stubs = [i for i, cell in enumerate(cells.all) if "exercise" in cell.tags]
    exercises = []
    for i, end in zip(stubs, [*stubs[1:], len(cells.all)], strict=True):
        check, arguments = CHECK_CALL.search(cells.all[i + 1].source).groups()
        headings = re.findall(r"^### (.+)$", "\n".join(c.source for c in cells.all[:i] if c.kind == "markdown"), re.M)
        (solution,) = (cell.source for cell in cells.all[i:end] if "solution" in cell.tags)
        code, stub = _FENCED_CODE.search(solution)[1], cells.all[i]
        exercises.append(Exercise(tuple(arguments.split(", ")), check, headings[-1], stub.source, stub.id, code))
    section = next(
        i for i, cell in enumerate(cells.all) if cell.kind == "markdown" and re.search("^## ", cell.source, re.M)
    )
    before = (
        i for i, cell in enumerate(notebook["cells"][:section]) if cell["cell_type"] == "code" and not is_check(cell)
    )
    lines = (node for i in before for node in cells.all[i].tree.body if isinstance(node, ast.Import | ast.ImportFrom))
    code = "\n".join(map(ast.unparse, lines))
    title = cells.all[0].source.splitlines()[0]
    return Lesson(path.stem, title, f"mlp_tutorial.lessons.{room}", code, tuple(exercises), cells, mark(notebook))


def notebooks_in(folder: Path) -> list[Path]:
    """Return all notebooks below a folder, without the copies that editors keep and what macOS adds to archives."""

    def is_beside(path: Path) -> bool:
        return any(part in (".ipynb_checkpoints", "__MACOSX") or part.startswith("._") for part in path.parts)

    found = sorted(folder.rglob("*.ipynb"))
    return [path for path in found if path.is_file() and not is_beside(path.relative_to(folder))]


def opened(path: Path) -> dict:
    """Return a notebook's JSON; raise `NotALesson` where a file holds none."""
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise NotALesson(f"The file is larger than {_LARGEST_FILE // 10**6} MB.")
        notebook = json.loads(path.read_bytes())
        if "worksheets" in notebook:
            raise NotALesson("It is in the format of before 2015. Open it in Jupyter, save it, and grade it then.")
        kinds = [cell["cell_type"] for cell in notebook["cells"]]
        if all(isinstance(kind, str) for kind in kinds) and Cells.of(notebook):
            return notebook
    except OSError as error:
        raise NotALesson(f"The file cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise NotALesson("The file is not in UTF-8, as notebooks are: another program has saved it anew.") from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        pass
    raise NotALesson("This is no notebook: the file holds something else, or only a part of one.")


def lesson_of(notebook: dict) -> Lesson:
    """Return which lesson a notebook is: by its title, else by the exercises in it; raise `NotALesson` where none."""
    cells = Cells.of(notebook).all
    lines = {line for cell in cells if cell.kind == "markdown" for line in cell.source.splitlines()}
    titled = [lesson for lesson in all_lessons() if lesson.title in lines]
    if len(titled) == 1:
        return titled[0]
    found = Counter()
    for lesson in all_lessons():
        for exercise in lesson.exercises:
            is_named = re.compile(rf"\b{exercise.check}\(|{binding_of(exercise.names[0])}", re.MULTILINE)
            found[lesson] += any(is_named.search(cell.source) for cell in cells if cell.kind == "code")
    lesson, number = found.most_common(1)[0]
    if not number:
        raise NotALesson("This is no lesson of the series: neither a title nor an exercise of one is in it.")
    return lesson
