"""Where the answers of a learner's notebook stand, and the code that each of them needs. Nothing is run here.

A learner's notebook may have been through Colab, VS Code and mails: cells go missing, lose their tags, come twice or in
another order. So an answer is looked for by the tag of its cell, then by the name that the exercise asks for, then by
what the learner's own check is called with.
"""

from __future__ import annotations

import ast
import builtins
import functools
import json
import re
import symtable
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mlp_tutorial.lessons.copies import LESSONS, is_check, mark, read
from mlp_tutorial.lessons.shared.feedback import Feedback

_CHECK_CALL = re.compile(r"^(?:\w+\.)?(check_\w+)\(([\w, ]*)\)", re.MULTILINE)
_FENCED_CODE = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)
#: Calls that show something, and that no answer needs.
_SHOWN_ALONE = ("check_", "explore_", "plot_", "print", "display")
_LARGEST_FILE = 100_000_000


class NotALesson(Exception):
    """A file is no notebook of the series; the message says why."""


# The lessons -------------------------------------------------------------------------------------------------------


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
        The code of its first cell's imports.
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
        check, arguments = _CHECK_CALL.search(cells.all[i + 1].source).groups()
        headings = re.findall(r"^### (.+)$", "\n".join(c.source for c in cells.all[:i] if c.kind == "markdown"), re.M)
        (solution,) = (cell.source for cell in cells.all[i:end] if "solution" in cell.tags)
        code, stub = _FENCED_CODE.search(solution)[1], cells.all[i]
        exercises.append(Exercise(tuple(arguments.split(", ")), check, headings[-1], stub.source, stub.id, code))
    shown = (i for i, cell in enumerate(notebook["cells"]) if cell["cell_type"] == "code" and not is_check(cell))
    first = cells.all[next(shown)]
    code = "\n".join(ast.unparse(node) for node in first.tree.body if isinstance(node, ast.Import | ast.ImportFrom))
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
        kinds = [cell["cell_type"] for cell in notebook["cells"]]
        if all(isinstance(kind, str) for kind in kinds) and Cells.of(notebook):
            return notebook
    except OSError as error:
        raise NotALesson(f"The file cannot be read: {error.strerror}.") from None
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
            is_named = re.compile(rf"\b{exercise.check}\(|{_binding(exercise.names[0])}", re.MULTILINE)
            found[lesson] += any(is_named.search(cell.source) for cell in cells if cell.kind == "code")
    lesson, number = found.most_common(1)[0]
    if not number:
        raise NotALesson("This is no lesson of the series: neither a title nor an exercise of one is in it.")
    return lesson


# Cells -------------------------------------------------------------------------------------------------------------


def _binding(name: str) -> str:
    """Return the pattern of a line that gives a name a value."""
    return rf"^(?:(?:async )?def|class) {name}\b|^{name}\s*(?::[^=\n]*)?=[^=]"


@dataclass(frozen=True, eq=False)
class Cell:
    """A cell of a notebook; `tree` is its code, None where it cannot be read, with `error` saying why."""

    kind: str
    source: str
    tags: tuple[str, ...] = ()
    id: str = ""
    outputs: tuple[dict, ...] = ()

    @functools.cached_property
    def _parsed(self) -> tuple[ast.Module | None, str]:
        """The code without notebook magic, and its text; without code, why Python cannot read it."""
        magic = re.compile(r"^(\s*)(?:[%!].*|[\w.]+\?+\s*|\?+[\w.]+\s*)$", re.MULTILINE)
        first = None
        for text in (self.source, magic.sub(r"\1pass", self.source)):
            try:
                symtable.symtable(text, "cell", "exec")  # it finds errors that the parser lets pass
                return ast.parse(text), text
            except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
                first = first or error
        line = f" in the line `{first.text.strip()}`" if getattr(first, "text", None) else ""
        return None, f"Python cannot read this cell{line}: {getattr(first, 'msg', first)}."

    @property
    def tree(self) -> ast.Module | None:
        return self._parsed[0]

    @property
    def error(self) -> str:
        return "" if self.tree else self._parsed[1]

    def text(self, node: ast.stmt) -> str:
        """Return a statement as the learner wrote it."""
        decorators = getattr(node, "decorator_list", [])
        if decorators:
            return "\n".join(self._parsed[1].splitlines()[decorators[0].lineno - 1 : node.end_lineno])
        return ast.get_source_segment(self._parsed[1], node)

    def binds(self, name: str) -> bool:
        """Return whether the cell's own lines give a name a value."""
        if self.tree is None:
            return re.search(_binding(name), self.source, re.MULTILINE) is not None
        return any(name in bound(node) for node in self.tree.body)

    def defines(self, name: str) -> bool:
        """Return whether a line of its own makes a name anew, as an answer does and a loop or an import does not."""
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Assign, ast.AnnAssign)
        if self.tree is None:
            return self.binds(name)
        return any(isinstance(node, kinds) and name in bound(node) for node in self.tree.body)

    def same_code(self, source: str) -> bool:
        """Return whether a piece of code is the same but for comments and spaces."""
        return self.tree is not None and ast.dump(self.tree) == ast.dump(ast.parse(source))


@dataclass(frozen=True, eq=False)
class Cells:
    """The cells of a notebook."""

    all: tuple[Cell, ...] = field(default=())

    @classmethod
    def of(cls, notebook: dict) -> Cells:
        cells = []
        for cell in notebook["cells"]:
            about = cell.get("metadata") or {}
            source, outputs = "".join(cell.get("source", "")), tuple(cell.get("outputs") or ())
            cells.append(
                Cell(cell["cell_type"], source, tuple(about.get("tags") or ()), str(cell.get("id", "")), outputs)
            )
        return cls(tuple(cells))

    def with_code(self) -> Iterator[tuple[int, Cell]]:
        """Yield the cells of code, and exercises that were made cells of text, with their positions."""
        for i, cell in enumerate(self.all):
            if cell.kind == "code" or "exercise" in cell.tags:
                yield i, cell

    def binding(self, name: str, before: int, stubs: Sequence[str]) -> int | None:
        """Return the position of the cell that defines a name for a cell further down: the last one above, or the last."""
        places = [i for i, cell in self.with_code() if cell.tree and cell.binds(name)]
        filled = [i for i in places if not any(self.all[i].same_code(stub) for stub in stubs)] or places
        above = [i for i in filled if i < before]
        return (above or filled or [None])[-1]


def bound(statement: ast.stmt) -> set[str]:
    """Return the names that a statement gives a value, or changes what they stand for: `faults["A"] = 1` changes faults."""
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return {statement.name}
    if isinstance(statement, (ast.Import, ast.ImportFrom)):
        return {alias.asname or alias.name.partition(".")[0] for alias in statement.names}
    names = set()
    if isinstance(statement, ast.Expr):
        call = statement.value
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
            names.update(_root(call.func))
    for node in ast.iter_child_nodes(statement):
        if isinstance(node, ast.stmt):
            names |= bound(node)
        elif isinstance(node, (ast.ExceptHandler, ast.match_case)):
            names.update(name for inner in node.body for name in bound(inner))
        else:
            for part in ast.walk(node):
                if isinstance(getattr(part, "ctx", None), ast.Store):
                    names.update(_root(part))
    return names


def _root(node: ast.expr) -> set[str]:
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    return {node.id} if isinstance(node, ast.Name) else set()


def used(code: str) -> set[str]:
    """Return the names that a piece of code takes from around it, builtins apart."""
    names = set()

    def collect(table: symtable.SymbolTable) -> None:
        for symbol in table.get_symbols():
            if symbol.is_referenced() and (table.get_type() == "module" or symbol.is_global()):
                names.add(symbol.get_name())
        for child in table.get_children():
            collect(child)

    collect(symtable.symtable(code, "answer", "exec"))
    return names - set(vars(builtins))


# Answers -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Answer:
    """What a notebook holds for an exercise.

    Parameters
    ----------
    code : str
        What has to run for it, "" where there is nothing to run.
    names : tuple of str
        What the check is called with.
    missing : Feedback, optional
        Where there is nothing to run, what to say.
    notes : tuple of str
        What the teacher may want to look at.
    """

    code: str
    names: tuple[str, ...]
    missing: Feedback | None = None
    notes: tuple[str, ...] = ()


def answer_of(exercise: Exercise, lesson: Lesson, cells: Cells) -> Answer:
    """Find a learner's answer to an exercise, and the code that it needs."""
    place, names, notes = _place(exercise, lesson, cells), exercise.names, ()
    if place is None or cells.all[place].same_code(exercise.stub):
        elsewhere = _renamed(exercise, cells)
        if elsewhere:
            place, names = elsewhere
            notes = (f"Found under another name: {', '.join(names)}.",)
        elif place is None:
            why = f"No cell defines {names[0]}: it was deleted, or the name is another."
            return Answer("", names, Feedback("not yet", why))
        else:
            return Answer("", names, Feedback("not attempted", "The cell is as it was handed out."))
    cell = cells.all[place]
    if cell.tree is None:
        return Answer("", names, Feedback("not yet", cell.error))
    lines = cell.tree.body
    while lines and _is_shown_alone(lines[-1]):
        lines = lines[:-1]
    # A check in the midst of an answer may be a part of it, as in the playground's task 7.
    own = [node for node in lines if _calls_check(node) or not _is_shown_alone(node)]
    known = used_or_bound(lesson.imports)
    code = "\n".join(map(cell.text, own))
    wanted = (used(code) | set(names)) - {name for node in own for name in bound(node)}
    helpers = _helpers(wanted, known, place, lesson, cells)
    code = "\n".join([*helpers, code])
    if any(isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name in names for node in own):
        foreign = package_names(code, lesson.imports) - package_names(exercise.solution, lesson.imports)
        if foreign:
            notes += (f"It uses the package's own {', '.join(sorted(foreign))}, which the solution does without.",)
    return Answer(code, names, notes=notes)


def _place(exercise: Exercise, lesson: Lesson, cells: Cells) -> int | None:
    """Return where the answer stands: rather filled in than not, rather tagged than not, rather further down."""
    handed_out = {cell.source for cell in lesson.cells.all} - {exercise.stub}
    places = [
        (not cell.same_code(exercise.stub), "exercise" in cell.tags, i)
        for i, cell in cells.with_code()
        if cell.source not in handed_out and cell.defines(exercise.names[0])
    ]
    return max(places)[2] if places else None


def _renamed(exercise: Exercise, cells: Cells) -> tuple[int, tuple[str, ...]] | None:
    """Return where an answer of another name stands: the one that the check is called with, else the one in its cell."""
    for _, cell in reversed(list(cells.with_code())):
        for check, arguments in _CHECK_CALL.findall(cell.source):
            names = tuple(re.findall(r"\w+", arguments))
            if check == exercise.check and names != exercise.names and len(names) == len(exercise.names):
                place = cells.binding(names[0], len(cells.all), ())
                if place is not None:
                    return place, names
    for i, cell in cells.with_code():
        if cell.id and cell.id == exercise.stub_id and cell.tree and len(exercise.names) == 1:
            made = [n.name for n in cell.tree.body if isinstance(n, (ast.FunctionDef, ast.ClassDef))]
            if len(made) == 1 and made[0] != exercise.names[0]:
                return i, (made[0],)
    return None


def _is_shown_alone(node: ast.stmt) -> bool:
    if isinstance(node, ast.Pass) or (isinstance(node, ast.Expr) and isinstance(node.value, (ast.Name, ast.Constant))):
        return True
    return _called(node).startswith(_SHOWN_ALONE)


def _calls_check(node: ast.stmt) -> bool:
    return _called(node).startswith("check_")


def _called(node: ast.stmt) -> str:
    """Return the name of the function that a line calls without keeping its result, "" for another line."""
    value = getattr(node, "value", None) if isinstance(node, ast.Expr) else None
    function = value.func if isinstance(value, ast.Call) else value
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")


def _helpers(wanted: Collection[str], known: Collection[str], place: int, lesson: Lesson, cells: Cells) -> list[str]:
    """Return the statements that define names, and what those need in turn; what the learner deleted, from the lesson."""
    stubs = [exercise.stub for exercise in lesson.exercises]
    waiting, seen, picked = list(wanted), set(known), {}
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        for source, found in ((1, cells), (0, lesson.cells)):
            i = found.binding(name, place, stubs)
            if i is None:
                continue
            for k, node in enumerate(found.all[i].tree.body):
                if name in bound(node) and (source, i, k) not in picked:
                    picked[source, i, k] = found.all[i].text(node)
                    waiting += used(picked[source, i, k])
            break
    return [picked[key] for key in sorted(picked)]


def used_or_bound(code: str) -> set[str]:
    """Return the names that the imports of a lesson define."""
    return {name for node in ast.parse(code).body for name in bound(node)}


def package_names(code: str, imports: str) -> set[str]:
    """Return what a piece of code uses of this package, checks apart."""
    handed, found = _imported(imports), used(code)
    names = {name for name in handed if name in found} | _imported(code)
    strings = (node.value for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Constant))
    names |= {"mlp_tutorial" for value in strings if isinstance(value, str) and "mlp_tutorial." in value}
    return {name for name in names if not name.startswith("check_")}


def _imported(code: str) -> set[str]:
    """Return what a piece of code imports from this package, under the names that it gives."""
    names = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "mlp_tutorial":
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names if alias.name.partition(".")[0] == "mlp_tutorial")
    return names
