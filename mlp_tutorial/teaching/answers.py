"""Where the answers of a learner's notebook stand, and the code that each of them needs. Nothing is run here.

A learner's notebook may have been through Colab, VS Code and mails: cells go missing, lose their tags, come twice or in
another order. So an answer is looked for by the tag of its cell, then by the name that the exercise asks for, then by
what the learner's own check is called with.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection
from dataclasses import dataclass

from mlp_tutorial.lessons.shared.feedback import Feedback
from mlp_tutorial.teaching.handed_out import CHECK_CALL, Exercise, Lesson
from mlp_tutorial.teaching.notebook_cells import Cells, bound, used

#: Calls that show something, and that no answer needs.
_SHOWN_ALONE = ("check_", "explore_", "plot_", "print", "display")


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
    own = [node for node in lines if _called(node).startswith("check_") or not _is_shown_alone(node)]
    known = {name for node in ast.parse(lesson.imports).body for name in bound(node)}
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
        for check, arguments in CHECK_CALL.findall(cell.source):
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
