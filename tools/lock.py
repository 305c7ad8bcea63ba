"""Write requirements.lock and environment.yml from the requirements in pyproject.toml.

The lock holds for Python 3.10 and newer on Linux, macOS and Windows: where versions differ, lines carry
environment markers. PyTorch stays at the version that the lock already names; change that line by hand.
"""

import re
import subprocess
import sys
from pathlib import Path

from packaging.requirements import Requirement

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements.lock"
ENVIRONMENT = ROOT / "environment.yml"
CONDA_PYTHON = "3.11"
CONDA_NAMES = {"torch": "pytorch-cpu", "matplotlib": "matplotlib-base"}  # where conda-forge has another name
# PyTorch's default build for Linux asks for these itself; the CPU build does without.
GPU_PACKAGE = re.compile(r"(nvidia-|cuda-|triton)")

LOCK_HEADER = """\
# Exact versions of everything, written by `make lock`. The floors are in pyproject.toml.
# torch stands on pip's own command line too (see Makefile), so that no package can ask for another build.
"""
ENVIRONMENT_TEMPLATE = """\
# For conda and Binder, with the versions of requirements.lock; written by `make lock`.
name: mlp_tutorial
channels:
  - conda-forge
dependencies:
  - python={python}
{pins}  - pip
  - pip:
      - -e .
"""


def resolve(torch: str) -> list[str]:
    """Return one line `name==version[ ; marker]` for every package needed anywhere; `torch` is one of them."""
    options = "--quiet --universal --python-version 3.10 --all-extras --no-header --no-annotate --constraint -"
    command = [sys.executable, "-m", "uv", "pip", "compile", *options.split(), "pyproject.toml"]
    resolved = subprocess.run(command, check=False, cwd=ROOT, input=torch, capture_output=True, text=True)
    if resolved.returncode:
        sys.exit(f"No set of versions fits pyproject.toml and {torch}:\n{resolved.stderr}")
    return [line for line in resolved.stdout.splitlines() if not GPU_PACKAGE.match(line)]


def conda_environment(project: dict, lock_lines: list[str]) -> str:
    """Return the text of environment.yml: what the package and JupyterLab need, at the lock's versions."""
    versions = {}
    for line in lock_lines:
        pin = Requirement(line)
        if pin.marker is None or pin.marker.evaluate({"python_full_version": f"{CONDA_PYTHON}.9"}):
            versions[pin.name] = str(pin.specifier).removeprefix("==")
    names = [Requirement(line).name for line in project["dependencies"] + project["optional-dependencies"]["lab"]]
    pins = [f"  - {CONDA_NAMES.get(name, name)}={versions[name]}\n" for name in names]
    return ENVIRONMENT_TEMPLATE.format(python=CONDA_PYTHON, pins="".join(pins))


def main() -> None:
    """Resolve, and write both files."""
    (torch,) = (line for line in LOCK.read_text().splitlines() if line.startswith("torch=="))
    lock_lines = resolve(torch)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    LOCK.write_text(LOCK_HEADER + "\n".join(lock_lines) + "\n")
    ENVIRONMENT.write_text(conda_environment(project, lock_lines))


if __name__ == "__main__":
    main()
