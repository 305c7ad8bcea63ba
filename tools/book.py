"""The series as one book: what every lesson holds and introduces, and how long it takes.

    python -m tools.book          a table of all lessons
    python -m tools.book --terms  the same, then the new terms and names of every lesson
    python -m tools.book --links  the addresses outside this project that lessons and pages point to, a line each
    python -m tools.book --write  write what is the same in all lessons, how to begin and where it leads, and the address in
                                  pyproject.toml

Minutes are estimated and rounded to 5: one for 150 words, one for 15 lines of code, two and a half for each sort of explorer
in the lesson, four for an exercise, half a minute for a question answered from memory. Words are those of the prose,
without glossary, sources and what is folded away; lines are those outside exercises. A quiz has minutes of its own.
"""

from __future__ import annotations

import argparse
import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell

from mlp_tutorial.lessons.copies import is_check, repository
from tools.colab import address, opening
from tools.notebooks import normalise, read, write
from tools.website import FENCED

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = ROOT / "notebooks"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
WORDS_A_MINUTE, LINES_A_MINUTE = 150, 15
MINUTES_AN_EXPLORER, MINUTES_AN_EXERCISE, MINUTES_A_QUESTION = 2.5, 4, 0.5
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
CONTENTS = "**Contents:** [all lessons](../README.md#the-lessons)"
#: The first code cell of every lesson, folded away: what to do where the package is missing.
CHECK = """\
# Folded away: where PyTorch or the package is missing, this cell says what to do.
from importlib import import_module

try:
    import_module("torch"), import_module("mlp_tutorial.lessons")
except ImportError as error:
    raise ImportError(
        f"{{error}}. This notebook needs PyTorch and mlp_tutorial: install both as README.md says, or on Colab open "
        "{address}"
    ) from None"""
#: The repository in a link to Colab, by which an address is found that is no longer right.
REPOSITORY_ON_COLAB = re.compile(r"colab\.research\.google\.com/github/([\w.-]+/[\w.-]+)/blob/")
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


def addresses() -> list[str]:
    """Return every address outside this project that a lesson or a page points to, each once."""
    found = [link for lesson in lessons() for link in lesson.links()]
    found += [link for page in PAGES for link in links(page.read_text(encoding="utf-8"))]
    return sorted({target for _, _, target in found if "://" in target})


def notebooks() -> list[Lesson]:
    """Return the lessons, and the playground, which stands beside them."""
    return [*lessons(), *map(Lesson, NOTEBOOKS.glob("playground.ipynb"))]


def navigation(name: str) -> str:
    """Return the last line of a lesson: where it leads to; the playground leads to the first."""
    names = list(TITLES)
    place = names.index(name) if name in names else -1  # the playground stands before them
    parts = [("Back", names[place - 1])] if place > 0 else []
    parts += [("Next", following) for following in names[place + 1 : place + 2]]
    return " · ".join([*(f"**{way}:** [{TITLES[other]}]({other}.ipynb)" for way, other in parts), CONTENTS])


def framed(notebook: nbformat.NotebookNode, name: str) -> nbformat.NotebookNode:
    """Return a notebook in normal form, with the lines that are the same in all of them."""
    title, *rest = notebook.cells[0].source.split("\n\n")
    rest = [part for part in rest if not part.startswith("First choose ")]
    notebook.cells[0].source = "\n\n".join([title, opening(name), *rest])
    if not is_check(notebook.cells[1]):
        notebook.cells.insert(1, new_code_cell(metadata={"jupyter": {"source_hidden": True}}))
    notebook.cells[1].source = CHECK.format(address=address(name))
    code_cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for number, cell in enumerate(code_cells, start=1):
        for ran in [cell, *(output for output in cell.outputs if output.output_type == "execute_result")]:
            ran.execution_count = number
    last = notebook.cells[-1]
    if last.source.splitlines()[-1].endswith(CONTENTS):
        last.source = last.source.rpartition("\n")[0].rstrip("\n")
    last.source += f"\n\n{navigation(name)}"
    return normalise(notebook)


def write_frames() -> list[Path]:
    """Write the common lines into the lessons, and the address into the pages; return the files that changed."""
    notebooks = sorted(NOTEBOOKS.glob("*.ipynb"))
    new = {path: write(framed(read(path.read_text(encoding="utf-8")), path.stem)) for path in notebooks}
    wanted = repository().removeprefix("https://github.com/")
    stale = {name for page in PAGES for name in REPOSITORY_ON_COLAB.findall(page.read_text(encoding="utf-8"))}
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for name in stale:
            text = text.replace(name, wanted)
        new[page] = text
    changed = [path for path, text in new.items() if path.read_text(encoding="utf-8") != text]
    for path in changed:
        path.write_text(new[path], encoding="utf-8", newline="\n")
    return changed


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


def table(found: list[Lesson]) -> str:
    """Return the table of lessons as text."""
    lines = [f"{'lesson':36} words  lines  explorers  exercises  minutes (named)  code cells, longest"]
    for lesson in found:
        longest = max(len(source.splitlines()) for source in lesson.code())
        lines.append(
            f"{lesson.title:36} {lesson.num_words():5}  {lesson.num_lines():5}  {lesson.num_explorers():9}  "
            f"{lesson.num_exercises():9}  {lesson.minutes():7} ({lesson.minutes_named()})       "
            f"{len(lesson.code()):3}, {longest} lines"
        )
    return "\n".join(lines)


def introduced(found: list[Lesson]) -> str:
    """Return the new terms and names of each lesson as text."""
    seen_terms, seen_names, lines = set(), set(), []
    for lesson in found:
        terms = [word for word in lesson.bold() if word not in seen_terms]
        names = sorted(set().union(*map(names_used, lesson.code(exercises=True))) - seen_names)
        lines += [f"\n{lesson.title}", f"  in bold: {', '.join(terms)}", f"  names: {', '.join(names)}"]
        seen_terms |= set(terms)
        seen_names |= set(names)
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> None:
    """Print the table, and where asked for what each lesson introduces."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--terms", action="store_true", help="list the new terms and names of every lesson")
    parser.add_argument(
        "--links", action="store_true", help="list the addresses outside this project, and nothing else"
    )
    parser.add_argument("--write", action="store_true", help="write the common lines and the address, and nothing else")
    options = parser.parse_args(arguments)
    if options.write:
        for path in write_frames():
            print(f"written: {path.relative_to(ROOT)}")
        return
    if options.links:
        print("\n".join(addresses()))
        return
    print(table(lessons()))
    if options.terms:
        print(introduced(lessons()))


def _is_exercise(cell: nbformat.NotebookNode) -> bool:
    return "exercise" in cell.metadata.get("tags", []) or bool(re.search(r"^check_\w+\(", cell.source, re.MULTILINE))


if __name__ == "__main__":
    main()
