"""The lessons for Colab: each file alone runs, wherever it lies; tests/environments runs all of them on Colab's versions."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests.hidden_package import hiding
from tests.solutions import NOTEBOOKS
from tools.colab import bring_package, edition, main, write_edition
from tools.notebooks import MAX_BYTES

PATHS = sorted(NOTEBOOKS.glob("*.ipynb"))
every_notebook = pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)


@pytest.fixture
def elsewhere(tmp_path):
    """An empty folder, and the variables for a Python that cannot import the package."""
    (tmp_path / "hiding").mkdir()
    (tmp_path / "empty").mkdir()
    return tmp_path / "empty", {**os.environ, **hiding(tmp_path / "hiding")}


def run(elsewhere, program):
    folder, variables = elsewhere
    command = [sys.executable, "-"]  # an edition's first cell is too long for the command line
    return subprocess.run(
        command, check=False, input=program, cwd=folder, env=variables, capture_output=True, text=True
    )


def code_of(notebook, number=0):
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    return "".join(cells[number]["source"])


@every_notebook
def test_an_edition_is_the_lesson_with_one_more_cell(path, tmp_path):
    target = write_edition(path, tmp_path)
    assert target.stat().st_size < MAX_BYTES, "store fewer or smaller pictures"
    assert nbformat.validate(nbformat.read(target, as_version=4)) is None
    stored, written = (json.loads(p.read_text(encoding="utf-8")) for p in (path, target))
    for cell in stored["cells"]:
        for data in (output.get("data", {}) for output in cell.get("outputs", [])):
            if "text/html" in data:
                data.pop("image/png", None)  # the picture is in the HTML, with its alternative text
    assert [cell.get("outputs") for cell in written["cells"][1:]] == [cell.get("outputs") for cell in stored["cells"]]
    sources = [["".join(cell["source"]) for cell in notebook["cells"]] for notebook in (stored, written)]
    for before, after in zip(sources[0], sources[1][1:], strict=True):
        assert before == after or re.search(r"\]\([^)]+\.(ipynb|md)", before)
    prose = "\n".join("".join(cell["source"]) for cell in written["cells"] if cell["cell_type"] == "markdown")
    assert not re.search(r"\]\((?!https?:)[^)]*\.(ipynb|md|png|svg|csv)", prose), "a link to a missing file"


def test_the_same_lesson_gives_the_same_file(tmp_path):
    one, other = (write_edition(PATHS[0], tmp_path / name).read_bytes() for name in ("one", "other"))
    assert one == other


def test_links_become_text_and_code_stays():
    code = "`layers[0](x)`, $f[0](x)$\n```python\nlayers[0](x)\n```\n[PyTorch](https://pytorch.org), [up](#top)"
    cell = {"cell_type": "markdown", "source": [f"**Next:** [02 · Blocks](02.ipynb#a) · [all](../README.md)\n{code}"]}
    _, written = edition({"cells": [cell]})["cells"]
    assert "".join(written["source"]) == f"**Next:** 02 · Blocks · all\n{code}"


def test_the_first_cell_unpacks_the_package_once_and_says_so(elsewhere):
    first_cell = code_of(edition({"cells": []}))
    program = f"""
import sys
before = list(sys.path)
try:
    import mlp_tutorial
except ImportError as error:
    print(error)
for _ in range(2):
    exec({first_cell!r})
assert len(sys.path) == len(before) + 1
import pathlib, mlp_tutorial, mlp_tutorial.lessons.backpropagation
assert mlp_tutorial.load_dataset("penguins").input_size == 2
print(pathlib.Path(mlp_tutorial.__file__).parents[1])
"""
    done = run(elsewhere, program)
    assert done.returncode == 0, done.stderr
    missing, unpacked, again, folder = done.stdout.splitlines()
    assert missing == "No module named 'mlp_tutorial'"
    assert unpacked == f"The package mlp_tutorial was unpacked into {folder}, for this session; nothing was installed."
    assert again.startswith(f"The package mlp_tutorial is here already, in {folder}")
    assert not Path(folder).exists(), "the unpacked package outlived its session"
    assert not done.stderr


def test_an_installed_package_is_used_as_it_is():
    before = list(sys.path)
    assert bring_package("never looked at").startswith("The package mlp_tutorial is here already")
    assert sys.path == before


def test_a_folder_that_only_has_the_name_does_not_count(elsewhere):
    (elsewhere[0] / "mlp_tutorial").mkdir()
    done = run(elsewhere, f"exec({code_of(edition({'cells': []}))!r}); import mlp_tutorial; mlp_tutorial.train")
    assert "was unpacked into" in done.stdout, done.stderr
    assert done.returncode == 0, done.stderr


def test_a_stored_lesson_alone_says_what_is_missing_and_both_ways_to_get_it(elsewhere):
    cells = [code_of(json.loads(path.read_text(encoding="utf-8"))) for path in PATHS]
    done = run(
        elsewhere,
        f"""
for cell in {cells!r}:
    try:
        exec(cell)
    except ImportError as error:
        print(error)
""",
    )
    messages = done.stdout.splitlines()
    assert len(messages) == len(PATHS), done.stderr
    for path, message in zip(PATHS, messages, strict=True):
        assert message.startswith("No module named 'mlp_tutorial'."), f"{path.name}: {message}"
        assert "README.md" in message and "make colab" in message, f"{path.name}: {message}"


def test_one_edition_runs_alone_in_an_empty_folder(elsewhere, tmp_path):
    folder, variables = elsewhere
    notebook = nbformat.read(write_edition(NOTEBOOKS / "04_forward_pass.ipynb", tmp_path), as_version=4)
    client = NotebookClient(notebook, timeout=60, resources={"metadata": {"path": str(folder)}})
    client.execute(env=variables)
    assert "was unpacked into" in notebook.cells[0].outputs[0].text
    assert not list(folder.iterdir())


def test_the_command_writes_all_lessons(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(NOTEBOOKS.parent)
    main(["--to", str(tmp_path)])
    assert sorted(path.name for path in tmp_path.glob("*")) == [path.name for path in PATHS]
    assert capsys.readouterr().out.count("runs alone on Colab") == len(PATHS)


def test_the_command_says_what_it_misses(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit):
        main([])
    assert "no lessons in" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["07.ipynb"])
    assert "no such notebook: 07.ipynb" in capsys.readouterr().err
