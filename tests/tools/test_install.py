"""The installation: which way it goes, what it says where it cannot go on, and how it follows a folder that was moved."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tools import install

ROOT = Path(__file__).resolve().parents[2]
LINUX = ("Linux", "x86_64")


class Computer:
    """A folder with the files that an installation is made from, and the commands that were run, of which some fail."""

    def __init__(self, folder):
        self.folder = folder
        self.commands, self.failing = [], ()

    def run(self, *command):
        text = " ".join(map(str, command)).replace(str(self.folder), "HERE")
        self.commands.append(text)
        if "-m venv" in text:
            install.PYTHON.parent.mkdir(parents=True)
            install.PYTHON.symlink_to(sys.executable)
        return int(any(part in text for part in self.failing))


@pytest.fixture
def computer(tmp_path, monkeypatch):
    """A computer with a network, on which nothing is installed yet."""
    folder = tmp_path / "series"
    for name in install.SOURCES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    computer = Computer(folder)
    set_folder(monkeypatch, folder)
    monkeypatch.setattr(install, "run", computer.run)
    monkeypatch.setattr(install, "torch_index_answers", lambda: True)
    monkeypatch.setattr(install, "what_is_in_the_way", lambda: "The reason.")
    return computer


def set_folder(monkeypatch, folder):
    monkeypatch.setattr(install, "ROOT", folder)
    monkeypatch.setattr(install, "VENV", folder / ".venv")
    monkeypatch.setattr(install, "PYTHON", folder / ".venv" / "bin" / "python")
    monkeypatch.setattr(install, "STAMP", folder / ".venv" / "installed")


# Which way ----------------------------------------------------------------------------------------------------


def test_uv_takes_the_build_that_fits_and_a_second_call_runs_nothing(computer, capsys):
    install.main()
    venv, get_uv, with_uv, package = computer.commands
    assert venv == f"{sys.executable} -m venv --clear HERE/.venv"
    assert "-m pip install --quiet --disable-pip-version-check uv" in get_uv
    torch = next(line for line in (ROOT / "requirements.lock").read_text().splitlines() if line.startswith("torch=="))
    assert "-m uv pip install --python HERE/.venv/bin/python --torch-backend=auto" in with_uv
    assert with_uv.endswith(f" {torch} -r HERE/requirements.lock")
    assert package.endswith("--no-deps --no-build-isolation --editable HERE")
    assert "some minutes, this once" in capsys.readouterr().out
    computer.commands.clear()
    install.main()
    assert computer.commands == [] and capsys.readouterr().out == ""


@pytest.mark.parametrize("failing", [("-m uv",), ("uv>=",), "index"], ids=["uv fails", "no uv", "no index"])
def test_pip_and_the_lock_where_uv_cannot(failing, computer, monkeypatch):
    if failing == "index":
        monkeypatch.setattr(install, "torch_index_answers", lambda: False)
    else:
        computer.failing = failing
    install.main()
    with_pip = computer.commands[-2]
    assert re.search(r"-m pip install \S+ \S+ torch==[\d.]+ -r HERE/requirements.lock$", with_pip)
    assert install.noted_stamp() == install.wanted_stamp()
    assert not (failing == "index" and any("uv" in command for command in computer.commands))


def test_where_neither_works_it_says_why_and_starts_again(computer):
    computer.failing = ("-m uv", "-r HERE")
    with pytest.raises(SystemExit, match=r"^Nothing is installed yet\. The reason\. Then call this again\.$"):
        install.main()
    computer.failing = ()
    install.main()
    assert install.noted_stamp() == install.wanted_stamp()


def test_another_lock_is_installed_into_the_environment_that_is_there(computer):
    install.main()
    (computer.folder / "requirements.lock").write_text("torch==2.14.0\n")
    computer.commands.clear()
    install.main()
    assert "torch==2.14.0" in computer.commands[1] and not any("venv --clear" in one for one in computer.commands)


def test_an_environment_whose_python_is_gone_is_made_anew(computer):
    install.main()
    install.PYTHON.unlink()
    install.PYTHON.parent.rmdir()
    computer.commands.clear()
    install.main()
    assert "-m venv --clear" in computer.commands[0] and len(computer.commands) == 4


# A folder that was renamed or moved ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["moved", "moved to a name with spaces"])
def test_a_moved_folder_needs_no_network_and_its_commands_run_again(name, computer, monkeypatch, capsys):
    install.main()
    script = install.PYTHON.parent / "tool"
    script.write_text(f"#!{install.PYTHON}\nimport sys\nprint(sys.argv[1], {str(install.VENV)!r})\n")
    script.chmod(0o755)
    (install.PYTHON.parent / "program").write_bytes(b"\x7fELF\xff\xfe" + os.fsencode(install.VENV))
    for folder in (computer.folder.with_name(name), computer.folder.with_name("once more")):
        before = install.ROOT
        before.rename(folder)
        set_folder(monkeypatch, folder)
        computer.folder = folder
        computer.commands.clear()
        capsys.readouterr()
        install.main()
        (package,) = computer.commands
        assert package.endswith("--no-deps --no-build-isolation --editable HERE")
        assert f"This folder was {before} when the lessons were installed" in capsys.readouterr().out
        assert install.noted_stamp() == install.wanted_stamp()
        done = subprocess.run([install.PYTHON.parent / "tool", "ran"], check=False, capture_output=True, text=True)
        assert done.stdout == f"ran {install.VENV}\n", done.stderr
        assert (install.PYTHON.parent / "program").read_bytes().startswith(b"\x7fELF\xff\xfe")


def test_an_installation_that_may_not_be_written_says_whom_to_ask(computer, monkeypatch):
    install.main()
    (computer.folder / "requirements.lock").write_text("torch==2.14.0\n")
    monkeypatch.setattr(install.os, "access", lambda path, mode: False)
    with pytest.raises(SystemExit, match="you may not write there: ask whoever made it"):
        install.main()


# Computers that cannot ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("version", "machine", "what", "fix"),
    [
        ((3, 9), LINUX, "Python 3.9 is too old, the lessons need 3.10", "PYTHON=python3.12"),
        (
            (3, 15),
            LINUX,
            "Python 3.15 is newer than the PyTorch of these lessons, which ends at 3.14",
            "PYTHON=python3.13",
        ),
        ((3, 12), ("Darwin", "x86_64"), "no PyTorch of these years for Macs with an Intel", "in a browser"),
        ((3, 12), ("Windows", "arm64"), "no PyTorch for the Python of Windows on ARM", "64-bit Python (x86-64)"),
    ],
)
def test_what_cannot_work_gets_a_sentence(version, machine, what, fix, computer, monkeypatch):
    found = install.misfit(version, *machine)
    assert what in found and fix in found
    monkeypatch.setattr(install, "misfit", lambda *computer: found)
    with pytest.raises(SystemExit, match=re.escape(found)):
        install.main()
    assert computer.commands == []


@pytest.mark.parametrize("machine", [LINUX, ("Linux", "aarch64"), ("Darwin", "arm64"), ("Windows", "amd64")])
@pytest.mark.parametrize("version", [(3, 10), (3, 13), (3, 14)])
def test_what_can_work_is_let_in(version, machine):
    assert install.misfit(version, *machine) is None


def test_the_oldest_python_is_that_of_pyproject():
    assert f'requires-python = ">={install.OLDEST[0]}.{install.OLDEST[1]}"' in (ROOT / "pyproject.toml").read_text()


def test_a_python_without_venv_says_what_to_install(computer, monkeypatch):
    monkeypatch.setattr(install.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SystemExit, match="apt-get install python3-venv"):
        install.main()


# The network --------------------------------------------------------------------------------------------------


@pytest.fixture
def closed_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.fixture
def no_proxy(monkeypatch):
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


def test_a_dead_proxy_is_named_without_its_password(closed_port, no_proxy, monkeypatch):
    monkeypatch.setenv("https_proxy", f"http://ada:secret@127.0.0.1:{closed_port}")
    found = install.what_is_in_the_way()
    assert found.startswith(f"The proxy 127.0.0.1:{closed_port}, which the variable https_proxy names, does not answer")
    assert "unset https_proxy HTTPS_PROXY" in found and "secret" not in found


def test_a_computer_without_a_network_is_told_so(closed_port, no_proxy, monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{closed_port}/simple")
    assert "connect this computer to the network" in install.what_is_in_the_way()


def test_where_the_network_works_pip_has_the_word(no_proxy, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{server.getsockname()[1]}/simple")
        assert install.what_is_in_the_way() == "127.0.0.1 answers, so read pip's words above."


def test_an_index_that_does_not_answer_is_said(closed_port, no_proxy, monkeypatch, capsys):
    monkeypatch.setattr(install, "TORCH_INDEX", f"http://127.0.0.1:{closed_port}/whl/cpu/")
    assert install.torch_index_answers() is False
    assert "PyTorch's own index cannot be reached from here" in capsys.readouterr().out


# What calls it ------------------------------------------------------------------------------------------------


def dry_run(*arguments):
    return subprocess.run(
        ["make", "--dry-run", *arguments], check=True, cwd=ROOT, capture_output=True, text=True
    ).stdout


def test_make_installs_by_it_and_writes_editions_without_it():
    for target in ("lab", "test"):
        assert "python3 tools/install.py" in dry_run(target)
    editions = dry_run("colab")
    assert "python3 tools/colab.py" in editions and "install" not in editions.replace("install a newer one", "")
    assert "-m mlp_tutorial.lessons notebooks -- --no-browser" in dry_run(
        "lab", "LESSONS=notebooks", "LAB_OPTIONS=--no-browser"
    )


@pytest.mark.parametrize("python", ["no-such-python", "false"])
def test_make_says_where_python_is_missing_or_too_old(python):
    done = subprocess.run(["make", "lab", f"PYTHON={python}"], check=False, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode and f"{python} is missing or older than Python 3.10: install a newer one" in done.stdout


def test_uv_leaves_the_environment_alone():
    """`uv sync` answers that the project is unmanaged; else it would take JupyterLab out and CUDA in."""
    assert re.search(r"^\[tool\.uv\]\nmanaged = false", (ROOT / "pyproject.toml").read_text(), re.MULTILINE)


def test_the_container_installs_by_it():
    command = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text())["postCreateCommand"]
    assert command.startswith("python3 tools/install.py && .venv/bin/python -m mlp_tutorial.lessons --copy-only")
    binder = (ROOT / "postBuild").read_text()
    assert os.access(ROOT / "postBuild", os.X_OK) and "-m mlp_tutorial.lessons --copy-only my_lessons" in binder
