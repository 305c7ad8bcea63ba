"""The series as one book: what every lesson holds and introduces, how long it takes, and what is the same in all.

python -m tools.book          a table of all lessons
python -m tools.book --terms  the same, then the new terms and names of every lesson
python -m tools.book --links  the addresses outside this project that lessons and pages point to, a line each
python -m tools.book --write  write what is the same in all lessons, how to begin and where it leads, and the address in
                              pyproject.toml
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell

from mlp_tutorial.lessons.copies import is_check, repository
from tools.colab import address, opening
from tools.lesson import NOTEBOOKS, ROOT, TITLES, Lesson, lessons, links, names_used
from tools.notebooks import normalise, read, write

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
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


def addresses() -> list[str]:
    """Return every address outside this project that a lesson or a page points to, each once."""
    found = [link for lesson in lessons() for link in lesson.links()]
    found += [link for page in PAGES for link in links(page.read_text(encoding="utf-8"))]
    return sorted({target for _, _, target in found if "://" in target})


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


if __name__ == "__main__":
    main()
