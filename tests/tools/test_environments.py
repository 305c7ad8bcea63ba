"""noxfile.py, the workflow that calls its sessions, and the table of what ran in them; all without nox."""

import importlib.util
import json
import re
import shutil
import subprocess
import sys
import types
from pathlib import Path

import pytest
import yaml

from mlp_tutorial import check
from tests.test_environment import LOCK_LINES, tomllib
from tools import environments

ROOT = Path(__file__).resolve().parents[2]
WORKFLOW = ROOT / ".github" / "workflows" / "environments.yml"


@pytest.fixture(scope="module")
def noxfile():
    """The namespace of noxfile.py, run with a stand-in for nox; its sessions' names are in `names`."""
    names = []

    def session(python):
        def note(function):
            pythons = [python] if isinstance(python, str) else python
            suffixes = [""] if isinstance(python, str) else [f"-{one}" for one in pythons]
            names.extend(
                f"{function.__name__}{suffix}{case}" for suffix in suffixes for case in getattr(function, "cases", [""])
            )
            return function

        return note

    def parametrize(name, values, ids):
        def note(function):
            function.cases = [f"({one})" for one in ids]
            return function

        return note

    nox = types.ModuleType("nox")
    nox.session, nox.parametrize, nox.options = session, parametrize, types.SimpleNamespace()
    nox.project = types.SimpleNamespace(load_toml=lambda path: tomllib.loads((ROOT / path).read_text()))
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "nox", nox)
        patch.chdir(ROOT)
        namespace = {}
        exec((ROOT / "noxfile.py").read_text(encoding="utf-8"), namespace)
    return {**namespace, "names": names}


def test_the_workflow_calls_sessions_that_exist(noxfile):
    (job,) = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))["jobs"].values()
    matrix = job["strategy"]["matrix"]
    systems = {*matrix["system"], *(one["system"] for one in matrix["include"])}
    called = [*matrix["session"], *(one["session"] for one in matrix["include"])]
    assert systems == {"ubuntu-latest", "windows-latest", "macos-latest"}
    assert set(called) == set(noxfile["names"]), "the workflow does not call every session"
    assert 'nox -s "${{ matrix.session }}"' in WORKFLOW.read_text(encoding="utf-8")


def test_every_session_has_its_line_in_the_table(noxfile):
    records = [re.sub(r"[^\w.]+", "-", name).strip("-") for name in noxfile["names"] if name != "processors"]
    records += [name for name in environments.ENVIRONMENTS if name.startswith("processors-")]
    assert sorted(records) == sorted(environments.ENVIRONMENTS)


def test_the_pythons_of_the_matrix(noxfile):
    assert {"lock-3.10", "lock-3.12", "lock-3.13"} <= set(noxfile["names"])
    assert "nox -s colab" in (ROOT / "Makefile").read_text(encoding="utf-8")


class Recorded:
    """Notes what a session installs and runs."""

    def __init__(self, name):
        self.name, self.posargs, self.installed, self.commands = name, [], [], []

    def install(self, *arguments):
        self.installed += arguments

    def run(self, *arguments, env):
        self.commands.append((arguments, env))


def test_floors_installs_every_dependency_at_its_floor(noxfile, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLP_TUTORIAL_GPU_STAND_INS", raising=False)
    session = Recorded("floors")
    noxfile["floors"](session)
    project = noxfile["PROJECT"]
    for line in [*project["dependencies"], *project["optional-dependencies"]["lab"]]:
        name, floor = re.match(r"([\w-]+)>=([\d.]+)", line).groups()
        if (name, floor) != ("ipywidgets", "8.1"):  # JupyterLab's; the package runs on Colab's 7.7.1 too
            assert f"{name}=={floor}" in session.installed
    assert session.commands[-1][1]["MLP_TUTORIAL_ENVIRONMENT"] == "floors"


def test_torch_is_installed_as_the_lock_has_it(noxfile, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLP_TUTORIAL_GPU_STAND_INS", raising=False)
    session = Recorded("lock-3.12")
    noxfile["lock"](session)
    assert session.installed[0] in LOCK_LINES and session.installed[0].startswith("torch==")
    assert len([one for one in session.installed if one.startswith("torch")]) == 1


def test_the_table_counts_by_lesson(tmp_path):
    (tmp_path / "floors.json").write_text(
        json.dumps(
            {
                "date": "2026-11-25",
                "system": "Linux",
                "python": "3.10.1",
                "stand_ins": True,
                "versions": dict.fromkeys(environments.PACKAGES, "1.2.3"),
            }
        )
    )
    (tmp_path / "floors.xml").write_text(
        """<testsuites><testsuite>
        <testcase classname="notebooks.01_neurons.ipynb" name="Cell 0"/>
        <testcase classname="notebooks/01_neurons.ipynb" name="Cell 1"><failure/></testcase>
        <testcase classname="tests.lessons.test_solutions" name="test_solutions[05_backpropagation]"/>
        <testcase classname="tests.test_model" name="test_it"/>
        <testcase classname="tests.test_model" name="test_not"><skipped/></testcase>
        </testsuite></testsuites>"""
    )
    page = environments.table(tmp_path)
    lines = {line.split("|")[1].strip(" `"): line for line in reversed(page.splitlines()) if line.startswith("| ")}
    cells = [cell.strip() for cell in lines["floors"].split("|")[2:-1]]
    header = [cell.strip() for cell in lines["environment"].split("|")[2:-1]]
    counts = dict(zip(header, cells, strict=True))
    assert (counts["01"], counts["05"], counts["04"], counts["package"]) == ("**1 of 2 failed**", "1", "–", "1")
    assert set(lines["colab"].split("|")[2:-1]) == {" not run "}
    assert "1.2.3 ¹" in page


def test_without_records_the_table_stays_as_it_is(tmp_path, monkeypatch, capsys):
    table = tmp_path / "environments.md"
    table.write_text("what ran")
    monkeypatch.setattr(environments, "ROOT", tmp_path)
    monkeypatch.setattr(environments, "RECORDS", tmp_path / "records")
    monkeypatch.setattr(environments, "TABLE", table)
    monkeypatch.setattr(sys, "argv", ["environments.py"])
    with pytest.raises(SystemExit):
        environments.main()
    assert "there are no records in records" in capsys.readouterr().err
    assert table.read_text() == "what ran"


def test_a_session_that_begins_again_forgets_what_it_found_before(tmp_path, monkeypatch):
    monkeypatch.setattr(environments, "RECORDS", tmp_path)
    (tmp_path / "floors.xml").write_text("<testsuites/>")
    environments.record("floors")
    assert not (tmp_path / "floors.xml").exists() and (tmp_path / "floors.json").exists()


def test_the_bug_form_begins_with_the_first_aid():
    form = yaml.safe_load((ROOT / ".github" / "ISSUE_TEMPLATE" / "bug.yml").read_text(encoding="utf-8"))
    assert "python -m mlp_tutorial.check" in form["body"][0]["attributes"]["description"]
    assert check.main.__doc__


needs_compiler = pytest.mark.skipif(
    sys.platform != "linux" or not (shutil.which("gcc") and shutil.which("objdump")),
    reason="needs gcc and binutils on Linux",
)


@needs_compiler
def test_stand_ins_let_a_library_load_without_the_gpu_libraries(tmp_path, monkeypatch, capsys):
    folder = tmp_path / "torch" / "lib"
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").touch()
    gpu, own = tmp_path / "libcublas.so.13", folder / "libtorch_cuda.so"
    (tmp_path / "gpu.c").write_text("int cublasCreate(void) { return 0; }\n")
    (tmp_path / "versions").write_text("libcublas.so.13 { cublasCreate; };\n")
    (tmp_path / "own.c").write_text("int cublasCreate(void);\nint (*create)(void) = cublasCreate;\n")
    gcc = ["gcc", "-w", "-shared", "-fPIC", "-o"]
    script = f"-Wl,-soname,{gpu.name},--version-script={tmp_path / 'versions'}"
    subprocess.run([*gcc, gpu, tmp_path / "gpu.c", script], check=True)
    subprocess.run([*gcc, own, tmp_path / "own.c", gpu, "-Wl,-rpath,$ORIGIN"], check=True)
    gpu.unlink()
    load = [sys.executable, "-c", f"import ctypes; print(ctypes.CDLL({str(own)!r}).cublasCreate())"]
    assert "libcublas.so.13: cannot open" in subprocess.run(load, check=False, capture_output=True, text=True).stderr
    spec = importlib.util.spec_from_file_location("gpu_stand_ins", ROOT / ".ci" / "gpu_stand_ins.py")
    gpu_stand_ins = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(gpu_stand_ins)
    monkeypatch.setattr(
        gpu_stand_ins.importlib.util,
        "find_spec",
        lambda name: types.SimpleNamespace(origin=folder.parent / "__init__.py"),
    )
    assert gpu_stand_ins.main() == 0
    assert "1 stand-ins" in capsys.readouterr().out
    assert subprocess.run(load, check=True, capture_output=True, text=True).stdout == f"{gpu_stand_ins.NO_DEVICE}\n"
