"""A wheel of the package carries its data and the lessons, and works where there is no checkout."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.hidden_package import hiding

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The folder into which a wheel of this checkout was unpacked, as pip does it."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    for name in ("mlp_tutorial", "notebooks"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, source]
    built = subprocess.run(command, check=False, capture_output=True, text=True)
    assert built.returncode == 0, built.stdout + built.stderr
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
        wheel.extractall(folder / "installed")
    return folder / "installed"


def test_it_holds_every_file_of_the_package_and_every_lesson(installed):
    def files(folder, *suffixes):
        return {path.relative_to(folder) for path in folder.rglob("*") if path.suffix in suffixes}

    assert files(installed / "mlp_tutorial", ".py", ".csv", ".json") == files(
        ROOT / "mlp_tutorial", ".py", ".csv", ".json"
    )
    assert files(installed / "mlp_tutorial" / "notebooks", ".ipynb") == files(ROOT / "notebooks", ".ipynb")
    assert not [path for path in installed.iterdir() if path.name.split("-")[0] != "mlp_tutorial"]


def test_it_writes_the_lessons_where_it_is_called(installed, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    environment = {**os.environ, **hiding(tmp_path)}
    environment.pop("MLP_LESSONS", None)
    program = (
        f"import sys, runpy; sys.path.insert(0, {str(installed)!r}); sys.argv[1:] = ['--copy-only'];"
        "runpy.run_module('mlp_tutorial.lessons', run_name='__main__', alter_sys=True);"
        "from mlp_tutorial.lessons.copies import page; print(page('../docs/teaching.md'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], check=False, cwd=empty, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    names = sorted(path.name for path in (empty / "my_lessons").glob("*.ipynb"))
    assert names == sorted(path.name for path in (ROOT / "notebooks").glob("*.ipynb"))
    copied, address = done.stdout.splitlines()
    assert copied.startswith(f"{len(names)} lessons were copied into {empty / 'my_lessons'}")
    assert address.startswith("https://github.com/") and address.endswith("/blob/HEAD/docs/teaching.md")
