"""What the workflows run, as far as it can run here: the branch of editions, and the files of a release."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from mlp_tutorial.lessons.copies import repository

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = {path.stem: yaml.safe_load(path.read_text()) for path in (ROOT / ".github" / "workflows").glob("*.yml")}


def steps(name):
    return [step for job in WORKFLOWS[name]["jobs"].values() for step in job["steps"]]


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_workflow_calls_files_that_are_there(name):
    commands = "\n".join(step.get("run", "") for step in steps(name))
    called = re.findall(r"\b(tools/\w+\.py)\b", commands) + [
        f"tools/{module}.py" for module in re.findall(r"-m tools\.(\w+)", commands)
    ]
    assert not [path for path in called if not (ROOT / path).is_file()]


def publish(folder, remote, name):
    (script,) = (step["run"] for step in steps("colab") if step.get("name") == "publish")
    environment = {**os.environ, "REMOTE": str(remote), "GITHUB_REPOSITORY": name, "GITHUB_SHA": "1a2b3c"}
    command = ["bash", "-e", "-c", script]
    return subprocess.run(command, check=True, cwd=folder, env=environment, capture_output=True, text=True).stdout


def git(*arguments):
    return subprocess.run(["git", *arguments], check=True, capture_output=True, text=True).stdout


def test_the_branch_holds_the_editions_and_nothing_else(tmp_path):
    remote, folder = tmp_path / "remote", tmp_path / "checkout"
    git("init", "--quiet", "--bare", str(remote))
    folder.mkdir()
    (folder / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text())
    own_name = repository().removeprefix("https://github.com/")
    command = [sys.executable, str(ROOT / "tools" / "colab.py"), "--to", str(tmp_path / "made")]
    subprocess.run(command, check=True, cwd=ROOT, capture_output=True)
    for _ in range(2):  # each time anew
        shutil.copytree(tmp_path / "made", folder / "editions")
        assert publish(folder, remote, "a/fork").startswith("::notice::The links lead to the repository")
        publish(folder, remote, own_name)
        shutil.rmtree(folder / "editions")
    listed = git("-C", str(remote), "ls-tree", "--name-only", "colab").split()
    assert listed == sorted(path.name for path in (ROOT / "notebooks").glob("*.ipynb"))
    assert git("-C", str(remote), "log", "--format=%s", "colab") == "The lessons of 1a2b3c\n"


def test_a_release_holds_the_wheel_the_editions_and_the_site():
    build, release = (step["run"] for step in steps("release") if "run" in step)
    assert "python -m build" in build and "../dist/colab.zip *.ipynb" in build and "make site" in build
    assert build.strip().endswith("rm -r dist/site")  # a release takes files, no folders
    assert release.endswith("dist/*")
