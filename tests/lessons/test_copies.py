"""The lessons to work in: made once, never written over, and offered anew where a lesson has changed."""

import json
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelspec import get_kernel_dict

from mlp_tutorial.lessons import __main__ as command
from mlp_tutorial.lessons import copies
from mlp_tutorial.lessons.copies import CONTENTS, make_copies, read, repository, working_copy

STORED = sorted(copies.LESSONS.glob("*.ipynb"))


@pytest.fixture
def upstream(tmp_path, monkeypatch):
    """A folder of one lesson, which a test may change as an update would."""
    folder = tmp_path / "stored"
    folder.mkdir()
    (folder / STORED[0].name).write_bytes(STORED[0].read_bytes())
    monkeypatch.setattr(copies, "LESSONS", folder)
    monkeypatch.setattr(command, "LESSONS", folder)
    return folder / STORED[0].name


def update(path, words):
    lesson = read(path)
    lesson["cells"][-1]["source"] = words
    path.write_text(json.dumps(lesson), encoding="utf-8")


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.stem)
def test_a_copy_is_the_lesson_without_outputs(path):
    lesson = read(path)
    copy = working_copy(lesson)
    nbformat.validate(nbformat.from_dict(copy))
    assert lesson == read(path), "the lesson itself was changed"
    for before, after in zip(lesson["cells"], copy["cells"], strict=True):
        text = "".join(before["source"]).replace("../README.md#the-lessons", CONTENTS)
        assert "".join(after["source"]) == text and before["metadata"] == after["metadata"]
    code = [cell for cell in copy["cells"] if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)


def test_a_copy_says_of_its_kernel_what_the_kernel_will_say():
    """Else JupyterLab marks it as changed as soon as it is opened."""
    metadata = working_copy(read(STORED[0]))["metadata"]
    assert metadata["language_info"] == IPythonKernel.language_info
    assert metadata["kernelspec"]["display_name"] == get_kernel_dict()["display_name"]


def test_links_lead_to_files_that_are_there(tmp_path):
    make_copies(tmp_path)
    for path in tmp_path.glob("*.ipynb"):
        for cell in read(path)["cells"]:
            if cell["cell_type"] == "markdown":
                for match in copies.CODE_OR_LINK.finditer("".join(cell["source"])):
                    assert not match[3] or (tmp_path / match[3]).exists(), f"{path.name}: {match[0]}"
    for name in (path.name for path in STORED):
        assert f"]({name})" in (tmp_path / CONTENTS).read_text(encoding="utf-8")


def test_a_link_to_another_file_of_the_series_leads_to_the_repository():
    cell = {"cell_type": "markdown", "metadata": {}, "source": "[page](../docs/teaching.md#a) `x[0](../y)` [up](#top)"}
    (copy,) = working_copy({"cells": [cell]})["cells"]
    assert copy["source"] == f"[page]({repository()}/blob/HEAD/docs/teaching.md#a) `x[0](../y)` [up](#top)"


def test_copies_are_made_once_and_never_written_over(upstream, tmp_path):
    folder = tmp_path / "mine" / "lessons"
    assert make_copies(folder) == [f"1 lesson was copied into {folder}. Work there: nothing writes over your files."]
    own = folder / upstream.name
    own.write_text(own.read_text(encoding="utf-8").replace("A neuron", "My neuron"), encoding="utf-8")
    before = own.read_bytes()
    assert make_copies(folder) == []
    assert own.read_bytes() == before
    assert sorted(path.name for path in folder.iterdir()) == [upstream.name, CONTENTS]


def test_a_changed_lesson_is_offered_beside_the_old_one_once(upstream, tmp_path):
    folder = tmp_path / "mine"
    make_copies(folder)
    before = (folder / upstream.name).read_bytes()
    for words, name in [("better", "01_neurons (new).ipynb"), ("best", "01_neurons (new 2).ipynb")]:
        update(upstream, words)
        (sentence,) = make_copies(folder)
        assert (
            sentence == f"01_neurons.ipynb has changed since you began with it. The new one lies beside yours: {name}"
        )
        assert read(folder / name)["cells"][-1]["source"] == words
        assert make_copies(folder) == []
    assert (folder / upstream.name).read_bytes() == before


def test_another_run_of_a_lesson_is_no_change(upstream, tmp_path):
    make_copies(tmp_path / "mine")
    lesson = read(upstream)
    for cell in lesson["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], 99
    upstream.write_text(json.dumps(lesson), encoding="utf-8")
    assert make_copies(tmp_path / "mine") == []


@pytest.mark.parametrize("text", ["", "{}", '{"metadata": []}', '{"metadata": {"mlp_tutorial": {"lesson": "other"}}}'])
def test_a_file_of_the_learners_own_stays(text, upstream, tmp_path):
    own = tmp_path / "mine" / upstream.name
    own.parent.mkdir()
    own.write_text(text)
    assert "(new).ipynb" in make_copies(own.parent)[0]
    assert own.read_text() == text


def run(folder, *arguments, **environment):
    program = [sys.executable, "-m", "mlp_tutorial.lessons", "--copy-only", *arguments]
    env = {**command.os.environ, "PYTHONPATH": str(copies.ROOT), **environment}
    return subprocess.run(program, check=False, cwd=folder, env=env, capture_output=True, text=True)


def test_the_command_loads_no_torch_and_takes_the_folder_from_the_variable(tmp_path):
    done = run(tmp_path, MLP_LESSONS=str(tmp_path / "own"), PYTHONVERBOSE="1")
    assert f"{len(STORED)} lessons were copied into {tmp_path / 'own'}" in done.stdout
    assert "import 'torch" not in done.stderr and "import 'mlp_tutorial.lessons.copies'" in done.stderr
    assert run(tmp_path, str(tmp_path / "own")).stdout == f"Your lessons are in {tmp_path / 'own'}.\n"


def test_where_nothing_can_be_written_it_says_what_to_do(tmp_path):
    (tmp_path / "file").write_text("")
    done = run(tmp_path, str(tmp_path / "file" / "below"))
    assert done.returncode == 1
    assert done.stdout == f"The lessons cannot be copied into {tmp_path / 'file' / 'below'}: Not a directory.\n"
    assert (
        done.stderr == "Name a folder that you can write: MLP_LESSONS=FOLDER before the command, or FOLDER behind it.\n"
    )


def test_from_an_installation_that_cannot_be_written_the_copies_go_home(tmp_path, monkeypatch, capsys):
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(command, "ROOT", tmp_path / "file")
    monkeypatch.setattr(command, "IN_CHECKOUT", True)
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "home")
    assert command.prepared(None) == tmp_path / "home" / "my_lessons"
    printed = capsys.readouterr().out.splitlines()
    assert printed[0].startswith("The lessons cannot be copied into")
    assert printed[1].startswith(f"{len(STORED)} lessons were copied into {tmp_path / 'home'}")


def test_the_originals_are_opened_as_they_are(upstream, capsys):
    assert command.prepared(upstream.parent) == upstream.parent
    assert "originals" in capsys.readouterr().out
    assert [path.name for path in upstream.parent.iterdir()] == [upstream.name]


def test_jupyterlab_starts_in_the_folder_with_the_options_behind_the_dashes(monkeypatch, tmp_path):
    started = []
    monkeypatch.setattr("jupyterlab.labapp.LabApp.launch_instance", started.append)
    command.main([str(tmp_path), "--", "--no-browser", "--port", "9000"])
    command.main([str(copies.LESSONS), "--"])
    mine, originals = started
    assert mine[-3:] == ["--no-browser", "--port", "9000"]
    assert f"--ServerApp.root_dir={tmp_path}" in mine and "--LabApp.default_url=/lab" in mine
    assert (
        f"--ServerApp.root_dir={copies.ROOT}" in originals and "--LabApp.default_url=/lab/tree/notebooks" in originals
    )
    (settings,) = (part.partition("=")[2] for part in mine if "app_settings_dir" in part)
    overrides = json.loads((Path(settings) / "overrides.json").read_text(encoding="utf-8"))
    assert overrides["@jupyterlab/apputils-extension:notification"]["fetchNews"] == "false"


def test_without_jupyterlab_it_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "jupyterlab.labapp", None)
    with pytest.raises(SystemExit, match=r'-m pip install "jupyterlab>=4\.2" "ipywidgets>=8\.1" "ipykernel<7,>=6\.29"'):
        command.main([str(tmp_path)])
    assert (tmp_path / STORED[0].name).exists()


def test_without_lessons_it_says_so(monkeypatch, capsys):
    """As on Colab, where the package is unpacked alone."""
    monkeypatch.setattr(command, "LESSONS", None)
    with pytest.raises(SystemExit):
        command.main([])
    assert "came without its lessons" in capsys.readouterr().err
