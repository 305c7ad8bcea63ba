"""The first aid: every check can pass, and each of its faults comes with a fix."""

import json
import os
import subprocess
import sys
from importlib import metadata

import pytest

from mlp_tutorial import check
from mlp_tutorial.check import Fault
from tests.hidden_package import hiding

HIDING_TORCH = """
import sys
class Refusing:
    def find_spec(self, name, path=None, target=None):
        if name == "torch":
            raise ModuleNotFoundError("No module named 'torch'")
sys.meta_path.insert(0, Refusing())
"""


def run_module(module, folder, *arguments, sitecustomize=""):
    (folder / "sitecustomize.py").write_text(sitecustomize, encoding="utf-8")
    paths = [str(folder), os.getcwd()]
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
    )


def test_in_a_whole_environment_everything_is_ok(tmp_path):
    done = run_module("mlp_tutorial.check", tmp_path)
    lines = done.stdout.splitlines()
    assert [line.split(":")[0] for line in lines] == [f"[OK]   {name}" for name in check.CHECKS], done.stdout
    assert done.returncode == 0 and not done.stderr


def test_without_torch_it_runs_all_the_same_and_says_so(tmp_path):
    done = run_module("mlp_tutorial.check", tmp_path, sitecustomize=HIDING_TORCH)
    assert done.returncode == 1 and not done.stderr
    assert "[OK]   Python" in done.stdout and "[OK]   libraries" in done.stdout
    assert "[FAIL] torch" in done.stdout and "No module named 'torch'" in done.stdout
    failed = done.stdout.count("[FAIL]")
    assert 0 < failed == done.stdout.count("       Fix: ")


def test_without_torch_an_import_still_fails_as_it_should(tmp_path):
    program = tmp_path / "learner.py"
    program.write_text("from mlp_tutorial import train")
    (tmp_path / "sitecustomize.py").write_text(HIDING_TORCH)
    paths = os.pathsep.join([str(tmp_path), os.getcwd()])
    done = subprocess.run(
        [sys.executable, str(program)],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": paths},
    )
    assert done.stderr.splitlines()[-1] == "ModuleNotFoundError: No module named 'torch'"


def pretend(monkeypatch, **versions):
    """Pretend that packages have some versions; None: not installed."""
    true_version = metadata.version

    def version(name):
        found = versions.get(name, "true")
        if found is None:
            raise metadata.PackageNotFoundError(name)
        return true_version(name) if found == "true" else found

    monkeypatch.setattr(check.metadata, "version", version)


@pytest.mark.parametrize(
    ("function", "versions", "what", "fix"),
    [
        ("check_torch", {"torch": None}, "torch is not installed", "make lab"),
        ("check_torch", {"torch": "1.13.1"}, "torch 1.13.1 is too old, 2.4 is needed", "make lab"),
        ("check_libraries", {"pandas": None}, "pandas is not installed", 'pip install "pandas"'),
        ("check_widgets", {"ipywidgets": "7.6.5"}, "ipywidgets 7.6.5 is too old", 'pip install "ipywidgets>=7.7.1"'),
        ("check_widgets", {"ipywidgets": "9.0.0"}, "newer than the lessons know", 'pip install "ipywidgets>=7.7.1,<9"'),
        ("check_kernel", {"ipykernel": None}, "ipykernel is not installed", 'pip install "ipykernel"'),
        ("check_package", {"mlp_tutorial": "0.0.1"}, "mlp_tutorial 0.0.1 is installed", "install the series anew"),
    ],
)
def test_a_version_that_cannot_work_gets_its_fix(function, versions, what, fix, monkeypatch):
    pretend(monkeypatch, **versions)
    with pytest.raises(Fault) as fault:
        getattr(check, function)()
    assert what in str(fault.value)
    assert fix in fault.value.fix


def test_an_old_python_is_named(monkeypatch):
    monkeypatch.setattr(check.sys, "version_info", (3, 9, 1))
    with pytest.raises(Fault, match=r"Python 3\.9 is too old, the lessons need 3\.10"):
        check.check_python()


@pytest.mark.parametrize(
    ("ipywidgets", "extension", "fits"),
    [("7.7.1", "5.0.16", False), ("8.1.9", "5.0.16", True), ("8.1.9", "3.1.11", False)],
)
def test_the_browser_extension_has_to_fit_ipywidgets(ipywidgets, extension, fits, monkeypatch, tmp_path):
    place = tmp_path / "@jupyter-widgets" / "jupyterlab-manager"
    place.mkdir(parents=True)
    (place / "package.json").write_text(json.dumps({"version": extension}))
    monkeypatch.setattr("jupyter_core.paths.jupyter_path", lambda *names: [str(tmp_path)])
    pretend(monkeypatch, ipywidgets=ipywidgets)
    if fits:
        assert extension in check.check_browser_extension()
        return
    with pytest.raises(Fault, match=f"does not fit ipywidgets {ipywidgets}") as fault:
        check.check_browser_extension()
    assert "--upgrade ipywidgets" in fault.value.fix


def test_a_missing_browser_extension_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr("jupyter_core.paths.jupyter_path", lambda *names: [str(tmp_path)])
    with pytest.raises(Fault, match="sliders would show as text") as fault:
        check.check_browser_extension()
    assert 'pip install "jupyterlab_widgets"' in fault.value.fix


def test_a_kernel_of_another_environment_is_named(monkeypatch, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(HIDING_TORCH)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(Fault, match="cannot import mlp_tutorial: No module named 'torch'") as fault:
        check.check_kernel()
    assert "-m ipykernel install --sys-prefix" in fault.value.fix


def test_an_installation_whose_folder_was_moved_is_named(monkeypatch, tmp_path):
    distribution = metadata.distribution("mlp_tutorial")
    noted = {"url": (tmp_path / "old name").as_uri(), "dir_info": {"editable": True}}
    monkeypatch.setattr(type(distribution), "read_text", lambda self, name: json.dumps(noted))
    with pytest.raises(Fault, match="old name, which is no longer there: the folder was renamed or moved") as fault:
        check.check_package()
    assert "`make lab` in the folder" in fault.value.fix
    (tmp_path / "old name").mkdir()
    assert check.check_package().startswith("mlp_tutorial ")


def test_a_kernel_that_finds_the_package_only_in_this_folder_is_named(monkeypatch, tmp_path):
    """As after a move: Python finds it in the folder where the check is called, and a lesson would not."""
    for name, value in hiding(tmp_path).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(Fault, match="cannot import mlp_tutorial: No module named 'mlp_tutorial'"):
        check.check_kernel()


def test_a_slow_processor_is_named(monkeypatch):
    monkeypatch.setattr(check, "SLOW", 10**9)
    with pytest.raises(Fault, match=r"only [\d]+ steps/s") as fault:
        check.check_device()
    assert "OMP_NUM_THREADS=1" in fault.value.fix


def test_an_unforeseen_error_is_a_failure_too(monkeypatch, capsys):
    def broken():
        raise RuntimeError("a surprise")

    monkeypatch.setattr(check, "CHECKS", {"torch": broken, "Python": check.check_python})
    assert check.main() == 1
    assert capsys.readouterr().out.startswith("[FAIL] torch: RuntimeError: a surprise\n       Fix: ")
