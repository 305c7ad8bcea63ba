"""Write the lessons for Google Colab: each notebook carries the package, so that the file alone runs from top to bottom.

python tools/colab.py                    every lesson in notebooks/, into dist/colab/
python tools/colab.py PATH [PATH ...]    some notebooks

Python alone is enough for it. A workflow brings what it writes to the branch `colab`, from which Colab opens it.
"""

from __future__ import annotations

import argparse
import atexit
import base64
import importlib.util
import inspect
import json
import shutil
import sys
import tempfile
import textwrap
import zlib
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # Python alone finds neither what is installed nor the folder in which it is called

from mlp_tutorial.lessons.copies import NOTEBOOK_METADATA, cleared, is_check, page, read, relinked, repository, text_of  # noqa: E402

PACKAGE = ROOT / "mlp_tutorial"
NOTEBOOKS, EDITION = Path("notebooks"), Path("dist") / "colab"
#: The branch of editions, and the page with which Colab opens a file of a repository on GitHub.
BRANCH, COLAB = "colab", "https://colab.research.google.com/github"
#: The first thing that a lesson says, where it is stored and where it is an edition.
FIRST, FIRST_ON_COLAB = "*Run → Run All Cells*", "*Runtime → Run all*"
FIRST_CELL = '''\
# @title This cell brings along the package that the lesson imports {{display-mode: "form"}}
import atexit, base64, importlib.util, json, shutil, sys, tempfile, zlib
from pathlib import Path

{function}
print(bring_package("""
{packed}
"""))'''


def address(name: str) -> str:
    """Return the address at which Colab opens the edition of a lesson, as in `01_neurons`."""
    owner_and_name = repository().removeprefix("https://github.com/")
    return f"{COLAB}/{owner_and_name}/blob/{BRANCH}/{name}.ipynb"


def opening(name: str) -> str:
    """Return the line that stands below a lesson's title."""
    return f"First choose {FIRST}: the sliders need it. · [Open in Colab]({address(name)})"


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


def edition(notebook: dict, name: str) -> dict:
    """Return a notebook for Colab: a cell brings the package, links lead to other editions and to the repository.

    Parameters
    ----------
    notebook : dict
        A stored notebook, as read from its JSON. Its first cell is the lesson's head.
    name : str
        The lesson's name, as in `01_neurons`.

    Returns
    -------
    dict
        The same without outputs, so that no answer stands beside its question, and with Colab's AI switched off.
    """
    head, *rest = [_for_colab(cell) for cell in notebook["cells"] if not is_check(cell)]
    head["source"] = head["source"].replace(
        opening(name), opening(name).partition(" · ")[0].replace(FIRST, FIRST_ON_COLAB)
    )
    bring = {
        "cell_type": "code",
        "execution_count": None,
        "id": "bring-the-package",
        # Colab folds the code of a form; JupyterLab that of a hidden source.
        "metadata": {"cellView": "form", "jupyter": {"source_hidden": True}},
        "outputs": [],
        "source": FIRST_CELL.format(function=inspect.getsource(bring_package), packed=pack()),
    }
    metadata = {"kernelspec": NOTEBOOK_METADATA["kernelspec"], "colab": {"generative_ai_disabled": True}}
    return {**notebook, "cells": [head, bring, *rest], "metadata": metadata}


def _for_colab(cell: dict) -> dict:
    text = "".join(cell["source"])
    if cell["cell_type"] == "markdown":
        text = relinked(
            text, lambda link: page(link) if link.startswith("../") else address(link.partition(".ipynb")[0])
        )
    return {**cleared(cell), "source": text}


def write_edition(path: Path, folder: Path) -> Path:
    """Write one lesson's edition for Colab into a folder, and return its path."""
    text = text_of(edition(read(path), path.stem))
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / path.name
    target.write_text(text, encoding="utf-8", newline="\n")
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
