"""Lifts the solutions out of a notebook, so that no second copy of them exists.

An exercise is a code cell tagged `exercise`, with its check in the code cell after it. Before the next exercise stand one
or two markdown cells tagged `hint` and one tagged `solution`, all folded; the solution's fenced code takes the place of the
exercise's stub.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import nbformat
import torch
import torch.nn.functional as F
from nbformat import NotebookNode
from torch import nn

from mlp_tutorial import NeuralNetworkModel

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"
FENCED_CODE = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)
CHECK_CALL = re.compile(r"^(?:\w+\.)?check_\w+\(.*\)$", re.MULTILINE)


@dataclass(frozen=True)
class Exercise:
    """One exercise: the positions of its cells in the notebook, and the solution's code."""

    stub: int
    check: int
    hints: tuple[int, ...]
    solution: int
    code: str


def read(path: Path) -> NotebookNode:
    """Return a stored notebook."""
    return nbformat.read(path, as_version=4)


def exercises(notebook: NotebookNode) -> list[Exercise]:
    """Return the notebook's exercises; an incomplete one raises an `AssertionError` that says what is missing."""
    stubs = positions(notebook, "exercise")
    found = []
    for stub, end in zip(stubs, [*stubs[1:], len(notebook.cells)], strict=True):
        place = f"the exercise {notebook.cells[stub].source.splitlines()[0]!r}"
        check = stub + 1
        assert check < end and notebook.cells[check].cell_type == "code", f"{place}: no check cell follows"
        assert CHECK_CALL.search(notebook.cells[check].source), f"{place}: the cell after it calls no check_…"
        hints = [i for i in positions(notebook, "hint") if stub < i < end]
        solutions = [i for i in positions(notebook, "solution") if stub < i < end]
        assert 1 <= len(hints) <= 2, f"{place}: it has {len(hints)} hints, expected one or two"
        assert len(solutions) == 1, f"{place}: it has {len(solutions)} solutions, expected one"
        for i in (*hints, *solutions):
            source = notebook.cells[i].source
            folded = source.startswith("<details><summary>") and source.endswith("</details>")
            assert folded, f"{place}: the cell that begins {source[:40]!r} is not folded"
        code = FENCED_CODE.findall(notebook.cells[solutions[0]].source)
        assert len(code) == 1, f"{place}: its solution holds {len(code)} blocks of code, expected one"
        found.append(Exercise(stub, check, tuple(hints), solutions[0], code[0]))
    return found


def positions(notebook: NotebookNode, tag: str) -> list[int]:
    """Return the positions of the cells with a tag."""
    return [i for i, cell in enumerate(notebook.cells) if tag in cell.metadata.get("tags", [])]


def defined_by(codes):
    """Return what pieces of a lesson's code define, by name."""
    namespace = {"torch": torch, "nn": nn, "F": F, "pairwise": pairwise, "NeuralNetworkModel": NeuralNetworkModel}
    for code in codes:
        exec(code, namespace)
    return namespace
