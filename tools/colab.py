"""Write the lessons for Google Colab: each notebook carries the package, so that the file alone runs from top to bottom.

python tools/colab.py                    every lesson in notebooks/, into dist/colab/
python tools/colab.py PATH [PATH ...]    some notebooks
"""

from __future__ import annotations

import argparse
import atexit
import base64
import importlib.util
import inspect
import json
import re
import shutil
import sys
import tempfile
import textwrap
import zlib
from collections.abc import Sequence
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1] / "mlp_tutorial"
NOTEBOOKS, EDITION = Path("notebooks"), Path("dist") / "colab"
#: Code and formulas, which stay as they are, or a link to a file that does not come along.
CODE_OR_LINK = re.compile(r"(```.*?```|`[^`]*`|\$[^$]+\$)|(?<!!)\[([^][]*)\]\((?![a-z]+:|#)[^()\s]+\)", re.DOTALL)
FIRST_CELL = '''\
# @title Run this cell first: it brings along the package that the lesson imports {{display-mode: "form"}}
import atexit, base64, importlib.util, json, shutil, sys, tempfile, zlib
from pathlib import Path

{function}
print(bring_package("""
{packed}
"""))'''


def bring_package(packed: str) -> str:
    """Let this notebook import mlp_tutorial: an installed one, else the one in `packed`; return what was done."""
    found = importlib.util.find_spec("mlp_tutorial")
    if found is not None and found.origin is not None:  # without an origin it is any folder of that name
        return f"The package mlp_tutorial is here already, in {Path(found.origin).parent}; nothing was changed."
    folder = Path(tempfile.mkdtemp(prefix="mlp_tutorial_"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for name, text in json.loads(zlib.decompress(base64.b64decode(packed))).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    sys.path.append(str(folder))
    importlib.invalidate_caches()
    return f"The package mlp_tutorial was unpacked into {folder}, for this session; nothing was installed."


def pack() -> str:
    """Return the package's files, compressed, as lines of text; the same files give the same text."""
    paths = [path for path in sorted(PACKAGE.rglob("*")) if path.suffix in (".py", ".csv")]
    names = {f"{PACKAGE.name}/{path.relative_to(PACKAGE).as_posix()}": path for path in paths}
    if (licence := PACKAGE.parent / "LICENSE").exists():
        names[f"{PACKAGE.name}/LICENSE"] = licence
    texts = {name: path.read_text(encoding="utf-8") for name, path in names.items()}
    packed = base64.b64encode(zlib.compress(json.dumps(texts, ensure_ascii=False).encode(), 9)).decode()
    return "\n".join(textwrap.wrap(packed, 160))


def edition(notebook: dict) -> dict:
    """Return a notebook for Colab: the first cell brings the package, links to other files become plain text.

    Parameters
    ----------
    notebook : dict
        A stored notebook, as read from its JSON.

    Returns
    -------
    dict
        The same with one more cell; the cells of the lesson keep their outputs.
    """
    first_cell = {
        "cell_type": "code",
        "execution_count": None,
        "id": "bring-the-package",
        # Colab folds the code of a form; JupyterLab that of a hidden source.
        "metadata": {"cellView": "form", "jupyter": {"source_hidden": True}},
        "outputs": [],
        "source": FIRST_CELL.format(function=inspect.getsource(bring_package), packed=pack()).splitlines(keepends=True),
    }
    return {**notebook, "cells": [first_cell, *map(_without_links, notebook["cells"])]}


def _without_links(cell: dict) -> dict:
    if cell["cell_type"] != "markdown":
        return cell
    text = CODE_OR_LINK.sub(lambda match: match[1] or match[2], "".join(cell["source"]))
    return {**cell, "source": text.splitlines(keepends=True)}


def write_edition(path: Path, folder: Path) -> Path:
    """Write one lesson's edition for Colab into a folder, and return its path."""
    text = json.dumps(edition(json.loads(path.read_text(encoding="utf-8"))), ensure_ascii=False, indent=1)
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / path.name
    target.write_text(text + "\n", encoding="utf-8", newline="\n")
    return target


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line and write the editions."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="notebooks; none: all lessons")
    parser.add_argument("--to", type=Path, default=EDITION, metavar="FOLDER", help=f"default: {EDITION}")
    options = parser.parse_args(arguments)
    paths = options.paths or sorted(NOTEBOOKS.glob("*.ipynb"))
    if not paths:
        parser.error(f"no lessons in {NOTEBOOKS.resolve()}: call this in the folder of the series, or name them.")
    if missing := [str(path) for path in paths if not path.is_file()]:
        parser.error(f"no such notebook: {', '.join(missing)}")
    for path in paths:
        target = write_edition(path, options.to)
        print(f"{target}: {target.stat().st_size / 1000:.0f} kB, runs alone on Colab")


if __name__ == "__main__":
    main()
