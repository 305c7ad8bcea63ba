"""Install what the lessons need into the folder .venv, or see at once that it is all there.

    python tools/install.py

Python alone is enough for it. uv installs, because it knows which build of PyTorch fits: on Linux without a GPU the one
without gigabytes of CUDA. That build lies in PyTorch's own index; where it cannot be reached, pip installs what it finds.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import platform
import re
import socket
import subprocess
import sys
import sysconfig
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
#: Written last, so that an installation that was interrupted starts again.
STAMP = VENV / "installed"
#: What an installation is made from.
SOURCES = ("requirements.lock", "pyproject.toml", "setup.py", "mlp_tutorial/version.py")
#: The Pythons for which PyPI has the PyTorch of the lock.
OLDEST, NEWEST = (3, 10), (3, 14)
TORCH_INDEX = "https://download.pytorch.org/whl/cpu/"
IN_A_BROWSER = "The lessons also run in a browser, without an installation: README.md has the links."


def misfit(version: tuple[int, ...], system: str, machine: str) -> str | None:
    """Return why PyTorch cannot be installed on such a computer, and what to do; None where it can."""
    found = "Python {}.{}".format(*version)
    if version < OLDEST:
        return f"{found} is too old, the lessons need 3.10: name a newer one, as in `make lab PYTHON=python3.12`."
    if version > NEWEST:
        return (
            f"{found} is newer than the PyTorch of these lessons, which ends at 3.14: name an older one, "
            "as in `make lab PYTHON=python3.13`."
        )
    if (system, machine) == ("Darwin", "x86_64"):
        return (
            "There is no PyTorch of these years for Macs with an Intel processor. If this Mac has Apple's (M1 or later), "
            f"its Python is one for Intel: install Python from python.org. {IN_A_BROWSER}"
        )
    if (system, machine) == ("Windows", "arm64"):
        return (
            "PyPI has no PyTorch for the Python of Windows on ARM: install the 64-bit Python (x86-64) from python.org, "
            f"which Windows runs as well, and call this with it. {IN_A_BROWSER}"
        )
    return None


def this_machine() -> str:
    """Return the processor for which this Python was made, which on Windows may not be the computer's."""
    return sysconfig.get_platform().removeprefix("win-") if os.name == "nt" else platform.machine()


def wanted_stamp() -> dict[str, str]:
    """Return what is noted of a finished installation: from what it was made, and in which folder."""
    digest = hashlib.sha256(b"".join((ROOT / name).read_bytes() for name in SOURCES))
    return {"folder": str(ROOT), "made from": digest.hexdigest()}


def noted_stamp() -> dict[str, str]:
    """Return what was noted when the installation was finished; nothing where none was."""
    try:
        return json.loads(STAMP.read_text(encoding="utf-8")) if PYTHON.exists() else {}
    except (OSError, ValueError):
        return {}


def main() -> None:
    """Bring the installation up to date, by as little as is needed."""
    wanted, noted = wanted_stamp(), noted_stamp()
    if noted == wanted:
        return
    if reason := misfit(sys.version_info[:2], platform.system(), this_machine()):
        sys.exit(reason)
    if not os.access(VENV if VENV.exists() else ROOT, os.W_OK):
        sys.exit(
            f"The installation in {ROOT} is not up to date, and you may not write there: ask whoever made it to call "
            "`make lab` once, or copy the folder to a place of your own."
        )
    if noted.get("made from") == wanted["made from"]:
        print(f"This folder was {noted['folder']} when the lessons were installed: the installation follows it.")
        rewrite_scripts(noted["folder"])
    else:
        first = "Installing PyTorch, JupyterLab and the package into .venv: some minutes, this once."
        print("Bringing the installation up to date." if noted else first, flush=True)
        make_environment()
        if not (torch_index_answers() and install_with_uv()) and not install_with_pip():
            sys.exit(f"Nothing is installed yet. {what_is_in_the_way()} Then call this again.")
    if not pip("--no-deps", "--no-build-isolation", "--editable", str(ROOT)):
        sys.exit("The package itself could not be installed: pip's words stand above.")
    STAMP.write_text(json.dumps(wanted), encoding="utf-8")


def make_environment() -> None:
    """Make .venv, unless it is there and works: its Python may have been taken away."""
    version = [PYTHON, "-m", "pip", "--version"]
    if PYTHON.exists() and subprocess.run(version, check=False, capture_output=True).returncode == 0:
        return
    if importlib.util.find_spec("ensurepip") is None:
        sys.exit(
            f"{sys.executable} cannot make virtual environments: install its venv module (on Debian: apt-get install "
            "python3-venv)."
        )
    if run(sys.executable, "-m", "venv", "--clear", VENV):
        sys.exit(f"{VENV} could not be made: Python's words stand above.")


def rewrite_scripts(old_folder: str) -> None:
    """Write the new name of this folder into the commands of .venv, which hold the old one."""
    old, new = os.path.join(old_folder, VENV.name), str(VENV)
    # A script's first line may not hold a space. The second form is what pip writes then: sh hands the file to Python.
    first_line = "#!{}\n" if " " not in new else "#!/bin/sh\n'''exec' \"{}\" \"$0\" \"$@\"\n' '''\n"
    for path in PYTHON.parent.iterdir():
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):  # a program, or a link that leads nowhere
            continue
        if old in text:
            text = re.sub(rf"^#!{re.escape(old)}.*\n", lambda _: first_line.format(PYTHON), text)
            path.write_text(text.replace(old, new), encoding="utf-8")


def torch_index_answers() -> bool:
    """Tell whether PyTorch's own index can be reached, and say what follows where it cannot."""
    try:
        urllib.request.urlopen(TORCH_INDEX, timeout=10).close()
        return True
    except OSError:
        print(
            "PyTorch's own index cannot be reached from here, so pip installs what it finds elsewhere. On Linux that may be "
            "PyTorch with CUDA: gigabytes.",
            flush=True,
        )
        return False


def install_with_uv() -> bool:
    """Install the lock, with the build of PyTorch that fits this computer; tell whether that went well."""
    command = [PYTHON, "-m", "uv", "pip", "install", "--python", PYTHON, "--torch-backend=auto", "--compile-bytecode"]
    return pip("uv>=0.7") and run(*command, torch(), "-r", ROOT / "requirements.lock") == 0


def install_with_pip() -> bool:
    """Install the lock with what pip finds; tell whether that went well."""
    return pip(torch(), "-r", str(ROOT / "requirements.lock"))


def torch() -> str:
    """Return the lock's line for torch. It stands on the command line too, so that no package can ask for another build."""
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    return next(line for line in lines if line.startswith("torch=="))


def what_is_in_the_way() -> str:
    """Return why nothing could be fetched, as far as a connection tells, and what to do."""
    proxy = urllib.request.getproxies().get("https")
    address = urlsplit(proxy or os.environ.get("PIP_INDEX_URL") or "https://pypi.org")
    try:
        socket.create_connection((address.hostname, address.port or 443), timeout=10).close()
    except OSError as error:
        if proxy:
            return (
                f"The proxy {address.hostname}:{address.port}, which the variable https_proxy names, does not answer "
                f"({error}): correct it, or take it out by `unset https_proxy HTTPS_PROXY`."
            )
        return f"{address.hostname} cannot be reached ({error}): connect this computer to the network."
    return f"{address.hostname} answers, so read pip's words above."


def pip(*arguments: str) -> bool:
    """Install with the pip of .venv; tell whether that went well."""
    return run(PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *arguments) == 0


def run(*command: str | Path) -> int:
    """Run a program, and return its exit status."""
    return subprocess.run([str(part) for part in command], cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    main()
