"""A lesson reaches its end whatever the learner wrote, and where the package stands in, the words say why.

Each kind of answer goes into all exercises of a lesson at once. Of the lesson those cells run, in this process and as
Jupyter runs them, that see an answer, and those that make what they need: another cell cannot tell one answer from the
next. The explorers train as on Colab, where nothing can interrupt them, for 0.02 seconds a move in place of 0.8.
"""

import ast
import io
import math
import symtable
from functools import cache

import pytest
import torch
from ipywidgets import Checkbox
from matplotlib import pyplot
from matplotlib.text import Text

from mlp_tutorial.lessons.losses import rare_class
from mlp_tutorial.live.explorer import Explorer
from tests.solutions import NOTEBOOKS, exercises, read

pytestmark = pytest.mark.usefixtures("short_runs")

LESSONS = sorted(path for path in NOTEBOOKS.glob("*.ipynb") if path.stem[0].isdigit())
#: What a function returns in place of the solution's answer, and in which words the lesson says so.
SPOILED = {
    "nothing": (lambda answer: None, "returned None"),
    "another shape": (lambda answer: each(answer, lambda t: torch.stack([t, t])), "returned"),
    "a text": (lambda answer: "0.5", "returned a str"),
    "nan": (lambda answer: each(answer, lambda t: t * math.nan), "returned nan"),
}
KINDS = {
    "stub": "not written yet",
    "half-filled stub": "not written yet",
    **{kind: words for kind, (_, words) in SPOILED.items()},
    "an exception": "raised ValueError",
    "no function": "a float",
}
#: What stands in a function's place, where the whole of it is replaced.
BODIES = {"half-filled stub": "z = ...; return torch.sigmoid(z)", "an exception": "raise ValueError('no idea')"}


def each(answer, change):
    """Change every part of an answer; what is no tensor becomes one."""
    if isinstance(answer, (tuple, list)):
        return type(answer)(each(part, change) for part in answer)
    is_number = isinstance(answer, (torch.Tensor, int, float))
    return change(torch.as_tensor(answer if is_number else 1.0))


class Spoil(ast.NodeTransformer):
    """Changes what functions return; of a class, what its `forward` returns."""

    def __init__(self, kind):
        self.kind = kind

    def visit_ClassDef(self, node):
        node.body = [self.visit(part) if getattr(part, "name", "") == "forward" else part for part in node.body]
        return node

    def visit_FunctionDef(self, node):
        if self.kind in BODIES:
            node.body = ast.parse(f"def body():\n  {BODIES[self.kind]}").body[0].body
        elif any(isinstance(part, ast.Return) for part in ast.walk(node)):
            node.body = [Returns().visit(part) for part in node.body]
        else:
            node.body = [ast.Pass()]  # of a function that is to change something: nothing is changed
        return node


class Returns(ast.NodeTransformer):
    """Sends what is returned through `spoil`, but not what inner functions return."""

    def visit_Return(self, node):
        node.value = ast.Call(ast.Name("spoil", ast.Load()), [node.value], [])
        return node

    def visit_FunctionDef(self, node):
        return node

    visit_Lambda = visit_FunctionDef


def value(answer, kind):
    """Return what is wrong, in its kind, for an answer that is a value."""
    if kind == "half-filled stub" and isinstance(answer, dict):
        return {**answer, list(answer)[-1]: ...}
    wrong = {
        "half-filled stub": ...,
        "nothing": None,
        "another shape": {} if isinstance(answer, dict) else [],
        "a text": "text",
        "nan": dict.fromkeys(answer, math.nan) if isinstance(answer, dict) else math.nan,
        "an exception": {key: [[]] for key in answer} if isinstance(answer, dict) else object(),
        "no function": 3.5,
    }
    return wrong.get(kind, answer)


def answer(stub, solution, kind, namespace):
    """Define in the namespace what an exercise asks for, wrong in the kind that is named; no kind is right."""
    if kind == "stub":
        exec(stub, namespace)
        return
    tree = ast.parse(solution)
    if kind not in ("", "no function"):
        tree = Spoil(kind).visit(tree)
    namespace["spoil"] = SPOILED.get(kind, (None, ""))[0]
    exec(compile(ast.fix_missing_locations(tree), "<answer>", "exec"), namespace)
    for name in defined(stub):
        if not callable(namespace[name]):
            namespace[name] = value(namespace[name], kind)
        elif kind == "no function":
            namespace[name] = 3.5


def defined(source):
    """Return the names that a cell gives a value, functions and imports among them."""
    symbols = symtable.symtable(source, "<cell>", "exec").get_symbols()
    return {symbol.get_name() for symbol in symbols if symbol.is_assigned() or symbol.is_imported()}


def used(source):
    """Return the names that a cell takes from cells before it."""
    tables = [symtable.symtable(source, "<cell>", "exec")]
    for table in tables:
        tables += table.get_children()
    symbols = [symbol for table in tables for symbol in table.get_symbols() if table is tables[0] or symbol.is_global()]
    return {symbol.get_name() for symbol in symbols if symbol.is_referenced()} - defined(source)


def cells_that_see_answers(notebook):
    """Return the positions of the cells that see an answer, and of all that they need, in their order."""
    seeing, tainted = [], set()
    stubs = {exercise.stub for exercise in exercises(notebook)}
    code = [i for i, cell in enumerate(notebook.cells) if cell.cell_type == "code"]
    for i in code:
        source = notebook.cells[i].source
        if i in stubs or used(source) & tainted:
            seeing.append(i)
            tainted |= defined(source)
        else:
            tainted -= defined(source)
    chosen, needed, solutions = [], set(), {exercise.stub: exercise.code for exercise in exercises(notebook)}
    for i in reversed(code):
        source = notebook.cells[i].source
        if i in seeing or defined(source) & needed:
            chosen.append(i)
            needed = (needed - defined(source)) | used(source) | used(solutions.get(i, ""))
    return chosen[::-1], [i for i in seeing if i not in stubs]


def run(source, namespace):
    """Run a cell as Jupyter does; return the value of its last expression."""
    tree = ast.parse(source)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "<cell>", "exec"), namespace)
    return None if last is None else eval(compile(ast.Expression(last.value), "<cell>", "eval"), namespace)


def shown(value):
    """Show what a cell has made, as Jupyter does, and return every word that can be read in it."""
    if isinstance(value, Explorer):
        return f"{value._repr_mimebundle_()['text/plain']} {value.status_line.note}"
    words = [repr(value)]
    for figure in map(pyplot.figure, pyplot.get_fignums()):
        figure.savefig(io.BytesIO())
        words += [text.get_text() for text in figure.findobj(Text)]
    pyplot.close("all")
    return " ".join(words).replace("\n", " ")


def moved(explorer, most=3):
    """Move the first controls once, and return whether the explorer said that it cannot work."""
    failed = False
    for control in (getattr(one, "slider", one) for one in list(explorer.controls.values())[:most]):
        if hasattr(control, "index"):
            control.index = len(control.options) - 1
        elif isinstance(control, Checkbox):
            control.value = not control.value
        else:
            control.value = control.max if control.value < control.max else control.value - control.step
        failed |= "cannot work" in explorer.status_line.text
    return failed


@pytest.fixture(autouse=True, scope="module")
def trained_once():
    """The runs of the longest plots, with what the package puts in, are the same for each answer."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rare_class, "train_weighted", cache(rare_class.train_weighted))
        yield


class Lesson:
    """A notebook's cells; those that see no answer run once for all kinds of answers."""

    def __init__(self, path):
        self.notebook = read(path)
        self.solutions = {exercise.stub: exercise.code for exercise in exercises(self.notebook)}
        self.checks = {exercise.check for exercise in exercises(self.notebook)}
        self.cells, self.seeing = cells_that_see_answers(self.notebook)
        assert {*self.solutions, *self.checks} <= set(self.cells)
        self.made = {"__name__": "__main__"}
        self.before = {}
        for i in self.cells:
            if i not in self.solutions and i not in self.seeing:
                run(self.source(i), self.made)
            self.before[i] = dict(self.made)

    def source(self, i):
        return self.notebook.cells[i].source

    def run(self, kind):
        """Run the cells that see an answer; yield each with its value."""
        answers = {}
        for i in self.cells:
            namespace = {**self.before[i], **answers}
            if i in self.solutions:
                answer(self.source(i), self.solutions[i], kind, namespace)
            elif i in self.seeing:
                yield i, run(self.source(i), namespace)
            else:
                continue
            answers.update({name: namespace[name] for name in defined(self.source(i))})


lesson = cache(Lesson)


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
@pytest.mark.parametrize("kind", KINDS)
def test_a_lesson_reaches_its_end(path, kind):
    this = lesson(path)
    answered = {name for stub in this.solutions if "return" in this.source(stub) for name in defined(this.source(stub))}
    for i, result in this.run(kind):
        source, words = this.source(i), shown(result)
        if i in this.checks:
            assert words.startswith("Not"), (source, words)
        elif used(source) & answered:
            assert KINDS[kind] in words, (source, words)
        if isinstance(result, Explorer):
            assert not moved(result), (source, result.status_line.text, result.status_line.note)


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_the_solutions_pass_their_checks(path):
    this = lesson(path)
    answers = {this.source(i): shown(result) for i, result in this.run("") if i in this.checks}
    refused = [f"{source}\n  {words}" for source, words in answers.items() if not words.startswith("Correct.")]
    assert not refused, "\n".join(refused)


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_function_that_fails_later_ends_in_the_explorers_error_line(path, monkeypatch):
    this, broken = lesson(path), []

    def spoil(answer):
        if broken:
            raise ValueError("only at first")
        return answer

    monkeypatch.setitem(SPOILED, "later", (spoil, ""))
    notes = []
    for _, result in this.run("later"):
        if isinstance(result, Explorer):
            broken.append(True)
            moved(result, most=2)
            notes.append(result.status_line.note)
            broken.clear()
    assert any("ValueError: only at first" in note for note in notes), notes
