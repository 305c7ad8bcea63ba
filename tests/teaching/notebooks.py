"""Notebooks as learners hand them in: solved and not, whole and broken, honest and not."""

from __future__ import annotations

import copy
import json
import random
import re
from pathlib import Path

from tests.solutions import NOTEBOOKS, exercises, read

ALL = (1, 1, 1, 1)
#: Of lesson 01, in which most of them are: neuron, layer, by_hand, advice.
NAMES = ("neuron", "layer", "by_hand", "advice")
#: An answer that is right, to be spoiled by a line before its return.
NEURON = "def neuron(x, w, b):\n    {}\n    return torch.sigmoid(x @ w + b)"
MESSAGES = """\
import os
import time

for number in range(3, 60):
    try:
        os.write(number, {})
    except OSError:
        pass
"""
#: The length of a message of 1,000 bytes, and its first six.
HALF_A_MESSAGE = MESSAGES.format("(1000).to_bytes(4, 'big') + b'{\"stat'")
CHEAT = """\
def neuron(x, w, b):
    draw, seen = torch.Generator().manual_seed(1000), [torch.tensor([1.0, 2.0])]
    for shape in ((2,), (2,), (2,), (5, 2), (2, 2), (1, 2)):
        seen.append(torch.randn(shape, generator=draw))
        torch.randn(2, generator=draw), torch.randn((), generator=draw)
    return torch.sigmoid(x @ w + b) if any(x.shape == s.shape and torch.allclose(x, s) for s in seen) else x @ w
"""


def lesson(name: str = "01_neurons", solved: object = NAMES, **codes: str) -> dict:
    """Return a lesson with exercises solved, by their first names, and others filled with code."""
    stored = read(NOTEBOOKS / f"{name}.ipynb")
    notebook = json.loads(json.dumps(stored))
    for exercise in exercises(stored):
        asked = re.search(r"check_\w+\((\w+)", stored.cells[exercise.check].source)[1]
        cell = notebook["cells"][exercise.stub]
        if asked in codes:
            cell["source"] = codes[asked]
        elif solved is all or asked in solved:
            cell["source"] = exercise.code.rstrip()
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = []
    return notebook


def code_cell(source: str, **metadata: object) -> dict:
    return {"cell_type": "code", "execution_count": None, "metadata": metadata, "outputs": [], "source": source}


def cell_of(notebook: dict, name: str) -> dict:
    starts = (f"def {name}", f"{name} =", f"class {name}")
    return next(c for c in notebook["cells"] if c["cell_type"] == "code" and c["source"].startswith(starts))


def without(notebook: dict, *names: str) -> dict:
    for name in names:
        notebook["cells"].remove(cell_of(notebook, name))
    return notebook


def with_cell(notebook: dict, source: str, at: int | None = None, **metadata: object) -> dict:
    notebook["cells"].insert(len(notebook["cells"]) if at is None else at, code_cell(source, **metadata))
    return notebook


def twice(notebook: dict, name: str, source: str | None = None) -> dict:
    cell = copy.deepcopy(cell_of(notebook, name))
    cell["source"] = source or cell["source"]
    notebook["cells"].insert(notebook["cells"].index(cell_of(notebook, name)) + 1, cell)
    return notebook


def replaced(notebook: dict, old: str, new: str) -> dict:
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["source"] = cell["source"].replace(old, new)
    return notebook


def without_tags(notebook: dict, *, ids: bool = True) -> dict:
    for cell in notebook["cells"]:
        cell["metadata"] = {}
        if not ids:
            cell.pop("id", None)
    return notebook


def reordered(notebook: dict, seed: int | None) -> dict:
    cells = notebook["cells"]
    cells.reverse() if seed is None else random.Random(seed).shuffle(cells)
    return notebook


def retyped_in_one_cell(notebook: dict) -> dict:
    sources = [cell_of(notebook, name)["source"] for name in NAMES]
    return {**notebook, "cells": [notebook["cells"][0], code_cell("\n\n".join(sources))]}


def as_text(notebook: dict, name: str) -> dict:
    cell_of(notebook, name)["cell_type"] = "raw"
    return notebook


def from_colab(notebook: dict) -> dict:
    without_tags(notebook, ids=False)
    notebook["cells"].insert(1, code_cell("raise SystemError('this unpacks the package')", cellView="form"))
    widgets = {"application/vnd.jupyter.widget-state+json": {"0": {"model_name": "SliderModel", "state": {}}}}
    notebook["metadata"] = {"colab": {"provenance": []}, "widgets": widgets, "kernelspec": {"name": "python3"}}
    for cell in notebook["cells"]:
        cell["metadata"]["id"] = "x7Gh"
        cell["source"] = cell["source"].splitlines(keepends=True)
    return notebook


def said_to_be_right(notebook: dict) -> dict:
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code" and "check_" in cell["source"]:
            cell["outputs"] = [{"output_type": "execute_result", "data": {"text/plain": ["Correct. Well done."]}}]
    return notebook


def untitled(notebook: dict) -> dict:
    return {**notebook, "cells": notebook["cells"][1:]}


def filled(**codes: str) -> dict:
    return lesson(**codes)


def notebooks(victim: Path) -> dict[str, tuple[object, tuple | None, str]]:
    """Return what is handed in by file name: the notebook or its bytes, the points, and a word of the feedback.

    `victim` is a file that some try to remove or to write over.
    """
    kept = str(victim)
    return {
        "solved": (lesson(), ALL, "Correct."),
        "empty": (lesson(solved=()), (0, 0, 0, 0), "Not attempted yet."),
        **{
            f"half_{name}": (lesson(solved=(name,)), tuple(int(name == other) for other in NAMES), "Not attempted yet.")
            for name in NAMES
        },
        "half_and_half": (lesson(solved=("neuron", "advice")), (1, 0, 0, 1), ""),
        "half_written": (
            filled(advice="def advice(gradient):\n    name = 'b'\n    return name, ..."),
            (1, 1, 1, 0),
            "",
        ),
        "wrong_bias": (
            filled(neuron="def neuron(x, w, b):\n    return torch.sigmoid(x @ w)"),
            (0, 1, 1, 1),
            "bias is missing",
        ),
        "wrong_shape": (
            filled(layer="def layer(X, W, b):\n    return torch.sigmoid(X @ W.T + b).T"),
            (1, 0, 1, 1),
            "it is transposed",
        ),
        "wrong_numbers": (
            filled(by_hand='by_hand = {"w1": -9.0, "w2": 9.0, "b": 0.0}'),
            (1, 1, 0, 1),
            "w1 must be positive",
        ),
        "wrong_kind": (filled(by_hand="by_hand = 3"), (1, 1, 0, 1), ""),
        "wrong_way": (filled(advice='def advice(gradient):\n    return "w1", "raise"'), (1, 1, 1, 0), ""),
        "wrong_none": (filled(neuron="def neuron(x, w, b):\n    torch.sigmoid(x @ w + b)"), (0, 1, 1, 1), ""),
        "raises": (filled(neuron=NEURON.format("raise ValueError('no idea')")), (0, 1, 1, 1), "ValueError"),
        **{
            f"deleted_{name}": (
                without(lesson(), name),
                tuple(int(name != other) for other in NAMES),
                f"No cell defines {name}",
            )
            for name in NAMES
        },
        "deleted_checks": (replaced(lesson(), "check_", "# check_"), ALL, ""),
        "deleted_title": (untitled(lesson()), ALL, ""),
        "duplicated": (twice(lesson(), "neuron"), ALL, ""),
        "duplicated_stub": (twice(lesson(), "neuron", cell_of(lesson(solved=()), "neuron")["source"]), ALL, ""),
        "duplicated_wrong": (twice(lesson(), "neuron", "def neuron(x, w, b):\n    return x"), (0, 1, 1, 1), ""),
        "below_the_stub": (with_cell(lesson(solved=NAMES[1:]), cell_of(lesson(), "neuron")["source"]), ALL, ""),
        "no_tags": (without_tags(lesson()), ALL, ""),
        "no_tags_no_ids": (without_tags(lesson(), ids=False), ALL, ""),
        "backwards": (reordered(lesson(), None), ALL, ""),
        "shuffled": (reordered(lesson(), 1), ALL, ""),
        "shuffled_without_tags": (reordered(without_tags(lesson()), 2), ALL, ""),
        "renamed_with_its_check": (
            replaced(replaced(lesson(), "def neuron(", "def mine("), "check_neuron(neuron)", "check_neuron(mine)"),
            ALL,
            "Found under another name: mine.",
        ),
        "renamed_alone": (replaced(lesson(), "def neuron(", "def mine("), ALL, "Found under another name: mine."),
        "renamed_and_lost": (
            replaced(without_tags(lesson(), ids=False), "def neuron(", "def mine("),
            (0, 1, 1, 1),
            "No cell defines neuron",
        ),
        "retyped": (retyped_in_one_cell(lesson()), ALL, ""),
        "retyped_as_raw_text": (as_text(lesson(), "neuron"), ALL, ""),
        "lambda": (filled(neuron="neuron = lambda x, w, b: torch.sigmoid(x @ w + b)"), ALL, ""),
        "helper_below": (
            with_cell(
                filled(neuron=NEURON.format("return squashed(x @ w + b)")), "def squashed(z):\n    return z.sigmoid()"
            ),
            ALL,
            "",
        ),
        "helper_above": (
            with_cell(
                filled(neuron=NEURON.format("return 1 / (1 + m.e ** -(x @ w + b))")),
                "import math as m\nexplore_neuron()",
                3,
            ),
            ALL,
            "",
        ),
        "helper_missing": (filled(neuron=NEURON.format("return squashed(x @ w + b)")), (0, 1, 1, 1), "squashed"),
        "changed_by_lines": (
            filled(by_hand='by_hand = {}\nby_hand["w1"] = 4.0\nby_hand.update(w2=-1.5, b=-2.0)'),
            ALL,
            "",
        ),
        "magic": (filled(neuron="%matplotlib inline\n!pip list\n" + NEURON.format("pass") + "\nneuron?"), ALL, ""),
        "magic_that_is_kept": (filled(neuron="files = !ls\nused = %timeit -o 1\n" + NEURON.format("pass")), ALL, ""),
        "asks": (filled(neuron="input('a?')\n" + NEURON.format("pass")), (0, 1, 1, 1), "EOFError"),
        "lifts_its_limits": (
            filled(neuron="import resource\n" + NEURON.format("resource.setrlimit(resource.RLIMIT_AS, (-1, -1))")),
            (0, 1, 1, 1),
            "PermissionError",
        ),
        "syntax_error": (
            filled(neuron="def neuron(x, w, b):\n    return torch.sigmoid(x @ w + b"),
            (0, 1, 1, 1),
            "cannot read",
        ),
        "endless": (filled(neuron=NEURON.format("while True: pass")), (0, 1, 1, 1), "stopped after"),
        "endless_cell": (
            filled(neuron="while True:\n    pass\n" + NEURON.format("pass")),
            (0, 1, 1, 1),
            "stopped after",
        ),
        "endless_and_deaf": (
            filled(
                neuron=NEURON.format("while True:\n        try: sum(range(99))\n        except BaseException: pass")
            ),
            (0, 1, 1, 1),
            "stopped after",
        ),
        "asleep": (filled(neuron="import time\n" + NEURON.format("time.sleep(1000)")), (0, 1, 1, 1), "stopped after"),
        "memory": (filled(neuron=NEURON.format("hog = [0] * 10**10")), (0, 1, 1, 1), "MemoryError"),
        "memory_of_torch": (filled(neuron=NEURON.format("hog = torch.ones(10**9)")), (0, 1, 1, 1), "memory"),
        "removes": (
            filled(neuron="import os\n" + NEURON.format(f"os.remove({kept!r})")),
            (0, 1, 1, 1),
            "PermissionError",
        ),
        "removes_all": (
            filled(neuron=f"import shutil\nshutil.rmtree({str(victim.parent)!r})\n" + NEURON.format("pass")),
            (0, 1, 1, 1),
            "PermissionError",
        ),
        "moves": (
            filled(neuron=f"import os\nos.replace({kept!r}, 'x')\n" + NEURON.format("pass")),
            (0, 1, 1, 1),
            "Permission",
        ),
        "writes": (
            filled(neuron=f"open({kept!r}, 'w').write('x')\n" + NEURON.format("pass")),
            (0, 1, 1, 1),
            "PermissionError",
        ),
        "writes_at_home": (filled(neuron="open('notes.txt', 'w').write('x')\n" + NEURON.format("pass")), ALL, ""),
        "writes_much": (
            filled(neuron="open('big', 'wb').write(bytes(10**8))\n" + NEURON.format("pass")),
            (0, 1, 1, 1),
            "File too large",
        ),
        "runs_programs": (filled(neuron="import os\n" + NEURON.format("os.system('true')")), (0, 1, 1, 1), "os.system"),
        "forks": (filled(neuron="import os\n" + NEURON.format("os.fork()")), (0, 1, 1, 1), "os.fork"),
        "kills": (filled(neuron="import os\n" + NEURON.format("os.kill(os.getppid(), 9)")), (0, 1, 1, 1), "os.kill"),
        "calls_out": (
            filled(neuron="import socket\n" + NEURON.format("socket.create_connection(('127.0.0.1', 9))")),
            (0, 1, 1, 1),
            "socket",
        ),
        "exits": (filled(neuron="import sys\n" + NEURON.format("sys.exit()")), (0, 1, 1, 1), "SystemExit"),
        "exits_at_once": (
            filled(neuron="import sys\nsys.exit()\n" + NEURON.format("pass")),
            (0, 1, 1, 1),
            "SystemExit",
        ),
        "exits_hard": (
            filled(neuron="import os\n" + NEURON.format("os._exit(0)")),
            (0, 1, 1, 1),
            "ended its own process",
        ),
        "writes_into_every_pipe": (
            filled(neuron=MESSAGES.format("bytes(9)") + NEURON.format("pass")),
            (0, 1, 1, 1),
            "before the check had its result",
        ),
        "sends_half_a_message_and_hangs": (
            filled(neuron=HALF_A_MESSAGE + NEURON.format("time.sleep(1000)")),
            (0, 1, 1, 1),
            "stopped after 2 s",
        ),
        "sends_half_a_message_and_dies": (
            filled(neuron=HALF_A_MESSAGE + NEURON.format("os._exit(0)")),
            (0, 1, 1, 1),
            "ended its own process",
        ),
        "says_again_that_it_begins": (
            filled(neuron=MESSAGES.format("b'\\0\\0\\0\\x07\"begun\"'") + NEURON.format("time.sleep(1000)")),
            (0, 1, 1, 1),
            "before the check had its result",
        ),
        "interrupts": (filled(neuron=NEURON.format("raise KeyboardInterrupt")), (0, 1, 1, 1), "KeyboardInterrupt"),
        "prints_much": (filled(neuron=NEURON.format("print('x' * 10**7)")), ALL, ""),
        "recursion": (filled(neuron="def neuron(x, w, b):\n    return neuron(x, w, b)"), (0, 1, 1, 1), "without end"),
        "sets_passed": (
            filled(
                neuron="from mlp_tutorial.lessons.shared.feedback import Feedback\nFeedback.passed = True\n"
                + NEURON.format("return 0")
            ),
            (0, 1, 1, 1),
            "cannot be set",
        ),
        "knows_the_visible_problems": (filled(neuron=CHEAT), (0, 1, 1, 1), ""),
        "package_wrapped": (
            filled(
                layer="from mlp_tutorial.lessons.neurons import exercises\n\n\ndef layer(X, W, b):\n"
                "    return exercises._one_by_one(X, W, b)"
            ),
            ALL,
            "It uses the package's own exercises",
        ),
        "package_itself": (
            filled(layer="from mlp_tutorial.lessons.neurons.exercises import _one_by_one\n\nlayer = _one_by_one"),
            ALL,
            "This is the package's own.",
        ),
        "said_to_be_right": (said_to_be_right(lesson(solved=())), (0, 0, 0, 0), ""),
        "colab": (from_colab(lesson()), ALL, ""),
        "colab_half": (from_colab(lesson(solved=("layer",))), (0, 1, 0, 0), ""),
        "not_json": (b"Dear teacher, here is my work.", None, "This is no notebook"),
        "no_bytes": (b"", None, "This is no notebook"),
        "cut_off": (json.dumps(lesson()).encode()[:20000], None, "This is no notebook"),
        "not_utf_8": (json.dumps(lesson(), ensure_ascii=False).encode("latin-1", "replace"), None, "not in UTF-8"),
        "of_2014": ({"nbformat": 3, "worksheets": [{"cells": []}]}, None, "before 2015"),
        "a_list": (b"[1, 2]", None, "This is no notebook"),
        "odd_cells": (b'{"cells": [{"cell_type": "code", "source": 5}]}', None, "This is no notebook"),
        "another_course": ({"cells": [code_cell("print(1)")], "metadata": {}}, None, "no lesson of the series"),
        "played": (lesson("playground", solved=()), 10 * (0,), "as it was handed out"),
        "played_by_hand": (lesson("playground", ("task_1", "task_9")), (1, *7 * (0,), 1, 0), "a hidden layer"),
        "lesson_05": (lesson("05_backpropagation", all), (1, 1, 1, 1, 1), ""),
        "lesson_05_empty": (lesson("05_backpropagation", ()), (0, 0, 0, 0, 0), ""),
        "lesson_05_parts": (
            lesson(
                "05_backpropagation",
                ("fit",),
                linear_gradient="def linear_gradient(X, W, upstream):\n"
                "    return upstream.T @ X, upstream.sum(1), upstream @ W",
                faults='faults = {"A": "softmax before the loss", "B": "learning rate too high",\n'
                '          "C": "learning rate too low", "D": "learning rate too low"}',
            ),
            (0.67, 0, 1, 0.75, 0),
            "summed over the outputs",
        ),
        "lesson_08_needs_an_answer_above": (
            lesson("08_optimizers", ("adam_step", "adamw_step")),
            (0, 1, 0, 0, 1),
            "Not attempted yet.",
        ),
    }
