"""The lessons as files to work in: without outputs, made once, and never written over."""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections.abc import Callable, Iterator
from importlib import metadata
from itertools import count
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
#: The folder of the checkout. An installed wheel has none; there it is where other packages lie too.
ROOT = PACKAGE.parent
#: The stored lessons: a wheel carries them inside the package, a checkout has them beside it.
LESSONS = next((folder for folder in (PACKAGE / "notebooks", ROOT / "notebooks") if folder.is_dir()), None)
#: The page to which the lessons' *Contents* leads in a folder of copies. It is written anew each time.
CONTENTS = "all_lessons.md"
#: Code and formulas, which stay as they are, or a link to a file beside the notebook.
CODE_OR_LINK = re.compile(r"(```.*?```|`[^`]*`|\$[^$]+\$)|(?<!!)\[([^][]*)\]\((?![a-z]+:|#)([^()\s]+)\)", re.DOTALL)
#: What a kernel of this Python says of itself. JupyterLab marks a notebook that says otherwise as changed.
NOTEBOOK_METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {
        "codemirror_mode": {"name": "ipython", "version": sys.version_info[0]},
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "name": "python",
        "nbconvert_exporter": "python",
        "pygments_lexer": "ipython3",
        "version": sys.version.split()[0],
    },
}


def repository() -> str:
    """Return the address of the series, which pyproject.toml names once: an installed package knows it too."""
    project = ROOT / "pyproject.toml"
    if project.is_file():
        text = project.read_text(encoding="utf-8")
    else:
        text = "\n".join(metadata.metadata("mlp_tutorial").get_all("Project-URL", []))
    return re.search(r'^Repository(?: = "|, )(https://[^"\s]+)', text, re.MULTILINE)[1]


def page(link: str) -> str:
    """Return the address in the repository of a file that a lesson links to, as in `../README.md#the-lessons`."""
    return f"{repository()}/blob/HEAD/{link.removeprefix('../')}"


def relinked(text: str, address: Callable[[str], str]) -> str:
    """Return a markdown text in which each link to a file leads to `address(link)`."""
    return CODE_OR_LINK.sub(lambda match: match[1] or f"[{match[2]}]({address(match[3])})", text)


def cleared(cell: dict) -> dict:
    """Return a copy of a cell, without what running it left behind."""
    return {**cell, "execution_count": None, "outputs": []} if cell["cell_type"] == "code" else dict(cell)


def is_check(cell: dict) -> bool:
    """Return whether a cell is the folded one that says what to do where the package is missing."""
    return cell["metadata"].get("jupyter", {}).get("source_hidden", False)


def mark(notebook: dict) -> str:
    """Return a mark of all that a learner reads and runs in a lesson; another run does not change it."""
    cells = [(cell["cell_type"], "".join(cell["source"])) for cell in notebook["cells"]]
    return hashlib.sha256(json.dumps(cells).encode()).hexdigest()[:16]


def read(path: Path) -> dict:
    """Return a notebook as its JSON says."""
    return json.loads(path.read_text(encoding="utf-8"))


def text_of(notebook: dict) -> str:
    """Return the text in which a notebook is written into a file."""
    return json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def working_copy(lesson: dict) -> dict:
    """Return the notebook to work in, which knows from which edition of the lesson it was made."""
    cells = [cleared(cell) for cell in lesson["cells"]]
    for cell in cells:
        if cell["cell_type"] == "markdown":
            cell["source"] = relinked("".join(cell["source"]), _from_a_copy)
    return {**lesson, "cells": cells, "metadata": {**NOTEBOOK_METADATA, "mlp_tutorial": {"lesson": mark(lesson)}}}


def contents(lessons: dict[str, dict]) -> str:
    """Return the page of all lessons, by the names of their files: the title of each, and its first words."""
    lines = ["# All lessons", ""]
    for name, lesson in lessons.items():
        title, _, first_words, *_ = "".join(lesson["cells"][0]["source"]).split("\n\n")
        lines.append(f"* [{title.removeprefix('# ')}]({name}): {first_words}")
    return "\n".join([*lines, ""])


def make_copies(folder: Path) -> list[str]:
    """Copy the lessons into a folder, beside whatever is there; return what was done, a sentence each.

    Parameters
    ----------
    folder : Path
        It is made where it is missing. A lesson that has changed since its copy was made is copied under a second name.

    Raises
    ------
    OSError
        If the folder cannot be written.
    """
    lessons = {path.name: read(path) for path in sorted(LESSONS.glob("*.ipynb"))}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / CONTENTS).write_text(contents(lessons), encoding="utf-8", newline="\n")
    said, num_made = [], 0
    for own_name, lesson in lessons.items():
        name = next(name for name in _names(own_name) if _is_free_or_has(folder / name, mark(lesson)))
        if (folder / name).exists():
            continue
        with open(folder / name, "x", encoding="utf-8", newline="\n") as file:
            file.write(text_of(working_copy(lesson)))
        num_made += name == own_name
        if name != own_name:
            said.append(f"{own_name} has changed since you began with it. The new one lies beside yours: {name}")
    if num_made:
        lessons_were = "1 lesson was" if num_made == 1 else f"{num_made} lessons were"
        said.insert(0, f"{lessons_were} copied into {folder}. Work there: nothing writes over your files.")
    return said


def _from_a_copy(link: str) -> str:
    """Return where a lesson's link leads from its copy, whose folder may lie anywhere."""
    if link == "../README.md#the-lessons":
        return CONTENTS
    return page(link) if link.startswith("../") else link


def _names(own_name: str) -> Iterator[str]:
    """Yield the names of a lesson's copies: the first, and those of later editions of the lesson."""
    stem = own_name.removesuffix(".ipynb")
    yield own_name
    yield f"{stem} (new).ipynb"
    yield from (f"{stem} (new {number}).ipynb" for number in count(2))


def _is_free_or_has(path: Path, wanted: str) -> bool:
    """Tell whether nothing has this name, or a copy of this very lesson has it."""
    if not path.exists():
        return True
    try:
        return read(path)["metadata"]["mlp_tutorial"]["lesson"] == wanted
    except (ValueError, KeyError, TypeError):  # a file of the learner's own
        return False
