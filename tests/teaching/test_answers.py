"""Finding answers and what they need; and that every solution holds for problems that no learner has seen."""

import ast
import inspect
import re
import shlex
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
import torch

from mlp_tutorial.lessons.shared import problems
from mlp_tutorial.lessons.shared.guard import _picture
from mlp_tutorial.lessons.shared.values import same
from mlp_tutorial.teaching.answers import answer_of
from mlp_tutorial.teaching.handed_out import NotALesson, all_lessons, lesson_of, opened
from mlp_tutorial.teaching.notebook_cells import Cells, bound, used
from mlp_tutorial.teaching.sandbox import Job, _outcome
from tests.lessons.answers import CHECKS, CLASSES, FUNCTIONS, VALUES, solutions
from tests.teaching.notebooks import code_cell, lesson, notebooks, without

#: Checks that train for seconds, on data that is the same for everybody.
SLOW = {"smallest", "build", "seconds", "own_loss", *(f"task_{number}" for number in (2, 3, 4, 5, 6, 8))}
PAGE = (Path(__file__).resolve().parents[2] / "docs" / "teaching.md").read_text(encoding="utf-8")
every_lesson = pytest.mark.parametrize("handed_out", all_lessons(), ids=[one.name for one in all_lessons()])


@pytest.fixture
def fresh_problems():
    problems.draw_fresh_problems(71_843)
    yield
    problems.draw_fresh_problems(0)


@every_lesson
def test_every_solution_holds_for_fresh_problems(handed_out, fresh_problems):
    cells = Cells.of(lesson(handed_out.name, all))
    for exercise in handed_out.exercises:
        answer = answer_of(exercise, handed_out, cells)
        assert not answer.notes and not answer.missing
        if exercise.names[0] in SLOW:
            continue
        job = Job(("", 0), handed_out.room, exercise.check, answer.names, handed_out.imports, answer.code)
        outcome = _outcome(job, getattr(import_module(handed_out.room), exercise.check))
        assert outcome["status"] == "correct", (exercise.names, outcome["message"])


@every_lesson
def test_a_stored_lesson_is_not_attempted(handed_out):
    for exercise in handed_out.exercises:
        assert answer_of(exercise, handed_out, handed_out.cells).missing.status == "not attempted"


@pytest.mark.parametrize(
    ("name", "right"),
    [
        pytest.param(name, solutions(number)[name], id=name)
        for table in (FUNCTIONS, CLASSES)
        for number, checks in table.items()
        for name in checks
        if name != "build"  # it is given nothing
    ],
)
def test_an_answer_for_the_visible_problems_alone_passes_where_they_are_visible(name, right):
    answer, seen = knows_only_what_it_saw(right)
    try:
        assert CHECKS[name](answer).passed
        seen.append(None)
        problems.draw_fresh_problems(71_843)
        fresh = CHECKS[name](answer)
        assert (fresh.status, fresh.points) == ("not yet", 0), fresh
    finally:
        problems.draw_fresh_problems(0)


def test_the_guide_names_the_exercises_that_have_nothing_to_draw():
    names = {name if isinstance(name, str) else name[0] for checks in VALUES.values() for name in checks} | {"build"}
    sentence = re.search(r"Nine exercises have nothing to draw.*?`own_dataset`", PAGE, re.DOTALL)[0]
    assert set(re.findall(r"`(\w+)`", sentence)) == names and len(names) == 9


def knows_only_what_it_saw(right):
    """Return an answer that is right for arguments that came before None was put at the end of a list, and that list."""
    seen = []

    def compare(arguments):
        given = [_picture(one) for one in arguments if not callable(one) and not isinstance(one, torch.optim.Optimizer)]
        if seen[-1:] != [None]:
            seen.append(given)
        elif not any(same(given, one) for one in seen):
            raise ValueError("I never saw this.")

    if inspect.isclass(right):

        class Answer(right):
            def __init__(self, *arguments, **options):
                compare(arguments)
                super().__init__(*arguments, **options)

        return Answer, seen

    def answer(*arguments):
        compare(arguments)
        return right(*arguments)

    return answer, seen


def test_fresh_problems_are_other_problems(fresh_problems):
    fresh = problems.generator().initial_seed()
    problems.draw_fresh_problems(0)
    assert problems.generator().initial_seed() == 1000 != fresh


@every_lesson
def test_a_lesson_is_known_without_its_title(handed_out):
    notebook = lesson(handed_out.name, all)
    assert lesson_of(notebook).name == lesson_of({"cells": notebook["cells"][1:]}).name == handed_out.name


def test_what_an_answer_needs_comes_from_the_lesson_where_it_was_deleted():
    notebook = without(lesson("08_optimizers", ("adamw_step",)), "adam_step")
    handed_out = lesson_of(notebook)
    exercise = next(one for one in handed_out.exercises if one.names == ("adamw_step",))
    code = answer_of(exercise, handed_out, Cells.of(notebook)).code
    assert [node.name for node in ast.parse(code).body] == ["adam_step", "adamw_step"]


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("def f(x, y=a):\n    z = x + b\n    return [c for c in z if d(c)]", {"a", "b", "d"}),
        ("class A(B):\n    kind = c\n    def f(self):\n        return self.g(e, len(e))", {"B", "c", "e"}),
        ("x = lambda y: y @ W", {"W"}),
    ],
)
def test_the_names_that_code_takes_from_around_it(code, names):
    assert used(code) == names


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("a, (b, *c) = 1, (2, 3)", {"a", "b", "c"}),
        ("faults['A'] = x", {"faults"}),
        ("table.update(x=1)", {"table"}),
        ("try:\n    import a.b\nexcept ImportError:\n    c = 1", {"a", "c"}),
        ("for i in x:\n    y.z = i\n    def f(): w = 1", {"i", "y", "f"}),
        ("print(x)", set()),
    ],
)
def test_the_names_that_a_statement_changes(code, names):
    assert bound(ast.parse(code).body[0]) == names


def test_a_decorated_answer_keeps_its_decorator_and_its_comments():
    source = "@torch.no_grad()\ndef neuron(x, w, b):  # mine\n    return torch.sigmoid(x @ w + b)"
    notebook = lesson(neuron=f"{source}\n\nneuron")
    handed_out = lesson_of(notebook)
    assert answer_of(handed_out.exercises[0], handed_out, Cells.of(notebook)).code == source


@pytest.mark.parametrize("data", ["[1, 2]", '{"cells": 3}', '{"cells": [{"cell_type": null}]}', "", '{"cells": []}x'])
def test_what_is_no_notebook_gets_a_sentence(tmp_path, data):
    (tmp_path / "a.ipynb").write_text(data)
    with pytest.raises(NotALesson, match="This is no notebook"):
        opened(tmp_path / "a.ipynb")


def test_a_notebook_of_something_else_gets_a_sentence():
    with pytest.raises(NotALesson, match="no lesson of the series"):
        lesson_of({"cells": [code_cell("print(1)")]})


def test_there_are_at_least_sixty_kinds_of_notebooks(tmp_path):
    assert len(notebooks(tmp_path / "x.txt")) >= 60


def test_the_guide_for_teachers_has_commands_that_run(tmp_path):
    (tmp_path / "01.ipynb").write_bytes(b"not yet handed in")
    lines = [line for line in PAGE.replace("`", "\n").splitlines() if line.startswith("python -m mlp_tutorial.")]
    commands = [line for line in lines if "grade" in line or "progress" in line]
    assert len(commands) == 3
    folders = {"FOLDER": tmp_path, "grades": tmp_path / "out", "COURSE": tmp_path / "course"}
    for command in commands:
        words = [str(folders.get(word, word)) for word in shlex.split(command)]
        subprocess.run([sys.executable, *words[1:]], check=True, capture_output=True, timeout=120)
    assert (tmp_path / "out" / "grades.csv").exists() and (tmp_path / "course" / "nbgrader_config.py").exists()
