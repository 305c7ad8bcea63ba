"""`train` against skorch, Lightning and Keras, which live in an environment of their own, and against scikit-learn."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from ..table import Row, at_most
from ..timing import ratio_of_pairs
from .work import WORK

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
ENVIRONMENT = ROOT / ".venv-peers"
PYTHON = ENVIRONMENT / ("Scripts" if os.name == "nt" else "bin") / "python"
REQUIREMENTS = HERE / "requirements.txt"
TARGETS = {"skorch": 0.50, "lightning": 0.33, "keras": 0.15}
PAIRS = 7


def install() -> None:
    """Make the environment of the peers."""
    (torch,) = re.findall(r"^torch==\S+", REQUIREMENTS.read_text(), re.MULTILINE)
    subprocess.run([sys.executable, "-m", "venv", ENVIRONMENT], check=True)
    (ENVIRONMENT / ".gitignore").write_text("*\n")
    # torch by name, and exactly: a looser request would fetch gigabytes of GPU packages on Linux.
    pip = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, torch, "-r", REQUIREMENTS], check=True)


def rows() -> list[Row]:
    """Measure every row, whole runs in turns between two interpreters."""
    versions = dict(re.findall(r"^(\w+)==(\S+)", REQUIREMENTS.read_text(), re.MULTILINE))
    found = []
    for name, target in TARGETS.items():
        what = f"`train()` against {name} {versions[name]}, {WORK}"
        if PYTHON.exists():
            ratio, beside = _against(name, str(PYTHON))
            found.append(at_most(what, ratio, target, "× its time", beside=beside))
        else:
            how = "not measured: make the peers' environment first, python -m benchmarks --install-peers"
            found.append(Row(what, how, f"≤ {target:.2f} × its time"))
    ratio, beside = _against("sklearn", sys.executable)
    return [
        *found,
        Row("beside: scikit-learn's MLPClassifier (NumPy, no modules)", f"{ratio:.2f} × its time ({beside})"),
    ]


def _against(name: str, python: str) -> tuple[float, str]:
    with Worker("mlp_tutorial", sys.executable) as ours, Worker(name, python) as theirs:
        ratio, took = ratio_of_pairs(ours.run, theirs.run, PAIRS)
        if not 0.5 < ours.loss / theirs.loss < 2:
            raise RuntimeError(f"Not the same work: {name} ended at a loss of {theirs.loss}, ours is {ours.loss}.")
    return ratio, f"{1000 * took:.0f} ms against {1000 * took / ratio:.0f} ms"


class Worker:
    """A competitor in a process of its own."""

    def __init__(self, name: str, python: str) -> None:
        self.name = name
        self.loss = float("nan")
        self._process = subprocess.Popen(
            [python, str(HERE / "worker.py"), name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )

    def run(self) -> float:
        """Train once and return the seconds it took."""
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError(f"{self.name} failed:\n{self._process.stderr.read()[-2000:]}")
        seconds, self.loss = map(float, answer.split())
        return seconds

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *exception: object) -> None:
        self._process.stdin.close()
        self._process.wait(20)
