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
from nbconvert import HTMLExporter

from tests.hidden_package import hiding
from tests.solutions import NOTEBOOKS
from tools.colab import COLAB, address, bring_package, edition, main, opening, write_edition
from tools.notebooks import MAX_BYTES
from tools.notebooks import main as tidy

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


def empty_edition():
    return edition({"cells": [{"cell_type": "markdown", "metadata": {}, "source": "# 01 · Neurons"}]}, "01_neurons")


@every_notebook
def test_an_edition_is_the_lesson_with_the_package_in_its_folded_cell_and_without_outputs(path, tmp_path):
    target = write_edition(path, tmp_path)
    assert target.stat().st_size < MAX_BYTES, "store fewer or smaller pictures"
    assert nbformat.validate(nbformat.read(target, as_version=4)) is None
    stored, written = (json.loads(p.read_text(encoding="utf-8")) for p in (path, target))
    head, bring, *rest = written["cells"]
    assert head["source"].split("\n\n")[1] == "First choose *Runtime → Run all*: the sliders need it."
    assert bring["source"].startswith("# @title") and bring["metadata"]["cellView"] == "form"
    for before, after in zip(stored["cells"][2:], rest, strict=True):
        assert "".join(before["source"]) == after["source"] or re.search(r"\]\([^)]+\.(ipynb|md)", str(before))
        assert before["metadata"] == after["metadata"], "a tag is lost"
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in written["cells"])
    assert written["metadata"]["colab"] == {"generative_ai_disabled": True}
    folded = [cell["source"] for cell in rest if {"hint", "solution"} & set(cell["metadata"].get("tags", []))]
    assert all(source.startswith("<details><summary>") for source in folded)


@every_notebook
def test_every_link_of_an_edition_leads_to_an_edition_or_to_the_repository(path):
    written = edition(json.loads(path.read_text(encoding="utf-8")), path.stem)
    prose = "\n".join(cell["source"] for cell in written["cells"] if cell["cell_type"] == "markdown")
    assert not re.search(
        r"\]\((?!https?:|#)[^)]*\)", re.sub(r"```.*?```|`[^`]*`|\$[^$]+\$", "", prose, flags=re.DOTALL)
    )
    stored = "".join(json.loads(path.read_text(encoding="utf-8"))["cells"][-1]["source"])
    neighbours = re.findall(r"\]\((\w+)\.ipynb\)", stored.splitlines()[-1])
    assert neighbours and all(f"]({address(name)})" in written["cells"][-1]["source"] for name in neighbours)
    assert opening(path.stem) not in prose and "Open in Colab" not in prose


def test_the_same_lesson_gives_the_same_file(tmp_path):
    one, other = (write_edition(PATHS[0], tmp_path / name).read_bytes() for name in ("one", "other"))
    assert one == other


def test_links_lead_to_the_web_and_code_stays():
    code = "`layers[0](x)`, $f[0](x)$\n```python\nlayers[0](x)\n```\n[PyTorch](https://pytorch.org), [up](#top)"
    text = f"**Next:** [02 · Blocks](02_building_blocks.ipynb) · [all](../README.md#the-lessons)\n{code}"
    cell = {"cell_type": "markdown", "metadata": {}, "source": [text]}
    written = edition({"cells": [cell]}, "01_neurons")["cells"][0]
    next_lesson = f"{COLAB}/OWNER/mlp-tutorial/blob/colab/02_building_blocks.ipynb"
    page = "https://github.com/OWNER/mlp-tutorial/blob/HEAD/README.md#the-lessons"
    expected = f"**Next:** [02 · Blocks]({next_lesson}) · [all]({page})\n{code}"
    assert written["source"] == expected.replace(
        "OWNER/mlp-tutorial", address("").split("/github/")[1].split("/blob")[0]
    )


def test_it_needs_nothing_but_python(tmp_path):
    """Neither what is installed (-S) nor the variables and the folder of whoever calls it (-I)."""
    command = [sys.executable, "-I", "-S", str(NOTEBOOKS.parent / "tools" / "colab.py"), str(PATHS[0]), "--to", "here"]
    done = subprocess.run(command, check=False, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "here" / PATHS[0].name).read_bytes() == write_edition(PATHS[0], tmp_path / "other").read_bytes()


def test_a_notebook_that_colab_saved_comes_home_valid_and_converts(tmp_path):
    """Colab stores widget states without the key that nbconvert looks for, and marks of its own."""
    saved = json.loads(write_edition(PATHS[0], tmp_path).read_text(encoding="utf-8"))
    saved["metadata"]["widgets"] = {"application/vnd.jupyter.widget-state+json": {"4f2a": {"model_name": "Layout"}}}
    saved["metadata"]["colab"]["provenance"] = []
    saved["nbformat_minor"] = 0
    for number, cell in enumerate(saved["cells"]):
        del cell["id"]
        cell["metadata"] |= {"id": f"Xy{number}", "colab": {"base_uri": "https://localhost:8080/"}}
    view = {"application/vnd.jupyter.widget-view+json": {"model_id": "4f2a"}, "text/plain": "a sentence"}
    saved["cells"][2]["outputs"] = [{"output_type": "display_data", "data": view, "metadata": {}}]
    with pytest.raises(KeyError, match="state"):
        HTMLExporter().from_notebook_node(nbformat.from_dict(saved))
    path = tmp_path / "saved.ipynb"
    path.write_text(json.dumps(saved), encoding="utf-8")
    assert tidy(["--tidy", str(path)]) == 0
    home = nbformat.read(path, as_version=4)
    nbformat.validate(home)
    assert "a sentence" in HTMLExporter().from_notebook_node(home)[0]
    assert "widgets" not in home.metadata


def test_the_first_cell_unpacks_the_package_once_and_says_so(elsewhere):
    first_cell = code_of(empty_edition())
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
    done = run(elsewhere, f"exec({code_of(empty_edition())!r}); import mlp_tutorial; mlp_tutorial.train")
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
        assert message == (
            "No module named 'mlp_tutorial'. This notebook needs PyTorch and mlp_tutorial: install both as README.md says, "
            f"or on Colab open {address(path.stem)}"
        )


def test_one_edition_runs_alone_in_an_empty_folder(elsewhere, tmp_path):
    folder, variables = elsewhere
    notebook = nbformat.read(write_edition(NOTEBOOKS / "04_forward_pass.ipynb", tmp_path), as_version=4)
    client = NotebookClient(notebook, timeout=60, resources={"metadata": {"path": str(folder)}})
    client.execute(env=variables)
    assert "was unpacked into" in notebook.cells[1].outputs[0].text
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
