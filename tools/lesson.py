"""A notebook of the series, read: its words, code, terms, links and exercises, and the minutes that it takes.

Minutes are estimated and rounded to 5: one for 150 words, one for 15 lines of code, two and a half for each sort of explorer
in the lesson, four for an exercise, half a minute for a question answered from memory. Words are those of the prose,
without glossary, sources and what is folded away; lines are those outside exercises. A quiz has minutes of its own.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import nbformat

from mlp_tutorial.lessons.copies import is_check
from tools.colab import opening
from tools.website import FENCED

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = ROOT / "notebooks"
WORDS_A_MINUTE = 150
LINES_A_MINUTE = 15
MINUTES_AN_EXPLORER = 2.5
MINUTES_AN_EXERCISE = 4
MINUTES_A_QUESTION = 0.5
#: A lesson's titles, as its links name it, in order.
TITLES = {
    "01_neurons": "01 · Neurons",
    "02_building_blocks": "02 · Building blocks",
    "03_model_class": "03 · The model class",
    "04_forward_pass": "04 · The forward pass",
    "05_backpropagation": "05 · Backpropagation and training",
    "06_activations": "06 · Activations",
    "07_losses": "07 · Losses",
    "08_optimizers": "08 · Optimizers",
    "09_putting_it_together": "09 · Putting it all together",
    "10_conclusion": "10 · Conclusion",
}
FOLDED = re.compile(r"<details>.*?</details>", re.DOTALL)
FORMULA = re.compile(r"\$\$.*?\$\$|\$[^$\n]+\$", re.DOTALL)
REFERENCE = re.compile(r"## (\d+ · )?(Glossary|Sources)\n")
QUESTION = re.compile(r"<summary>\d+\. ")
BOLD = re.compile(r"\*\*(.+?)\*\*")
MARKDOWN_LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(\s*([^()\s]+(?:\([^()]*\)[^()\s]*)?)\s*\)")


@dataclass(frozen=True)
class Lesson:
    """One notebook, read."""

    path: Path

    @cached_property
    def cells(self) -> list[nbformat.NotebookNode]:
        return nbformat.read(self.path, as_version=4).cells

    @property
    def number(self) -> str:
        return self.path.stem[:2]

    @property
    def title(self) -> str:
        return TITLES[self.path.stem]

    def markdown(self, *, folded: bool = True) -> list[str]:
        """Return the texts of the markdown cells, with or without what is folded away."""
        texts = [cell.source for cell in self.cells if cell.cell_type == "markdown"]
        return texts if folded else [FOLDED.sub("", text) for text in texts]

    def code(self, *, exercises: bool = False) -> list[str]:
        """Return the sources of the code cells that are not folded away, with or without exercises and their checks."""
        shown = (cell for cell in self.cells if cell.cell_type == "code" and not is_check(cell))
        return [cell.source for cell in shown if exercises or not _is_exercise(cell)]

    def num_words(self) -> int:
        return sum(
            len(re.findall(r"\w[\w'’-]*", FORMULA.sub("x", FENCED.sub("", text.replace(opening(self.path.stem), "")))))
            for text in self.markdown(folded=False)
            if not REFERENCE.match(text)
        )

    def num_lines(self) -> int:
        return sum(len([line for line in source.splitlines() if line.strip()]) for source in self.code())

    def num_exercises(self) -> int:
        return sum("exercise" in cell.metadata.get("tags", []) for cell in self.cells)

    def num_explorers(self) -> int:
        """Return how many kinds of explorers there are: one that comes again is known by then."""
        return len({name for source in self.code() for name in re.findall(r"\bexplore_\w+(?=\()", source)})

    def num_questions(self) -> int:
        return sum(len(QUESTION.findall(text)) for text in self.markdown() if not text.startswith("### Questions"))

    def minutes(self) -> int:
        """Return the estimate by which lesson and README name their minutes."""
        exact = (
            self.num_words() / WORDS_A_MINUTE
            + self.num_lines() / LINES_A_MINUTE
            + self.num_explorers() * MINUTES_AN_EXPLORER
            + self.num_exercises() * MINUTES_AN_EXERCISE
            + self.num_questions() * MINUTES_A_QUESTION
        )
        return 5 * round(exact / 5)

    def minutes_named(self) -> int | None:
        """Return the minutes that the lesson itself names, after its opening picture."""
        match = re.search(r"\*\*Time:\*\* (\d+) minutes", "\n".join(self.markdown()))
        return int(match[1]) if match else None

    def bold(self) -> list[str]:
        """Return what is set in bold in the prose, as `term` returns it, each once and in order."""
        found = [term(bold) for text in self.markdown() for bold in BOLD.findall(FENCED.sub("", text))]
        return list(dict.fromkeys(found))

    def links(self) -> Iterator[tuple[bool, str, str]]:
        """Yield whether it is a picture, the text and the target of every link."""
        for text in self.markdown():
            yield from links(text)

    def names_shown(self) -> set[str]:
        """Return the names of functions and methods that a learner has met: in code, prose, hints and stubs."""
        found = set()
        for source in self.code(exercises=True):
            found |= names_used(source)
        for cell in self.cells:
            if cell.cell_type == "markdown" and "solution" not in cell.metadata.get("tags", []):
                for code in re.findall(r"`([^`]+)`|<code>(.+?)</code>", cell.source):
                    found |= set(re.findall(r"[A-Za-z_]\w*", "".join(code)))
                for block in FENCED.findall(cell.source):
                    found |= set(re.findall(r"[A-Za-z_]\w*", block))
        return found

    def solutions(self) -> list[str]:
        """Return the code of the solutions."""
        return [
            "\n".join(FENCED.search(cell.source)[0].splitlines()[1:-1])
            for cell in self.cells
            if "solution" in cell.metadata.get("tags", [])
        ]


def lessons() -> list[Lesson]:
    """Return the lessons that there are, in order."""
    return [Lesson(NOTEBOOKS / f"{name}.ipynb") for name in TITLES if (NOTEBOOKS / f"{name}.ipynb").exists()]


def links(text: str) -> Iterator[tuple[bool, str, str]]:
    """Yield whether it is a picture, the text and the target of every link in a markdown text."""
    for match in MARKDOWN_LINK.finditer(FENCED.sub("", text)):
        yield match[1] == "!", match[2], match[3]
        yield from links(match[2])  # a picture that is a link


def notebooks() -> list[Lesson]:
    """Return the lessons, and the playground, which stands beside them."""
    return [*lessons(), *map(Lesson, NOTEBOOKS.glob("playground.ipynb"))]


def term(text: str) -> str:
    """Return a word as it is compared: small letters, no mark-up, singular."""
    plain = re.sub(r"[`*]", "", text).strip(" .:,").casefold()
    return plain[:-1] if re.search(r"[^aisu]s$", plain) else plain


def names_used(source: str) -> set[str]:
    """Return the attributes and functions that a piece of code uses."""
    source = re.sub(r"^[!%].*$", "", source, flags=re.MULTILINE)
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute):
            found.add(node.attr)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            found.add(node.func.id)
        elif isinstance(node, ast.alias):
            found.add(node.name.rpartition(".")[2])
    return found


def _is_exercise(cell: nbformat.NotebookNode) -> bool:
    return "exercise" in cell.metadata.get("tags", []) or bool(re.search(r"^check_\w+\(", cell.source, re.MULTILINE))
