"""Weight: what the package and the lessons cost a learner's machine."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import psutil
from nbclient import NotebookClient

from tools.browser import ROOT
from tools.notebooks import MAX_BYTES, NOTEBOOKS

from .table import Row, at_most

IMPORT = """
import time
import torch
started = time.perf_counter()
import mlp_tutorial
print(time.perf_counter() - started)
"""
IMPORTS = 7
TRAINING_LESSON = "05_backpropagation.ipynb"


def rows() -> list[Row]:
    """Measure every row."""
    found = [at_most("`import mlp_tutorial` beyond `import torch`", _import_seconds(), 0.1, "s")]
    paths = sorted(NOTEBOOKS.glob("*.ipynb"))
    total = 0.0
    for path in paths:
        seconds, megabytes = run_all(path)
        total += seconds
        if path.name == TRAINING_LESSON:
            found.append(at_most(f"resident memory of a kernel after {path.stem}", megabytes, 450, "MB", 0))
        found.append(at_most(f"{path.stem}, run all, with the start of the kernel", seconds, 20, "s", 1))
    found.append(at_most(f"all lessons ({len(paths)}), run all", total, 120, "s", 1))
    sizes = {path.stem: path.stat().st_size for path in paths}
    largest = max(sizes, key=sizes.get)
    found.append(at_most("the largest stored notebook", sizes[largest] / 1e6, MAX_BYTES / 1e6, "MB", beside=largest))
    return found


def suite() -> list[Row]:
    """Time `make test`."""
    what, most = "`make test` with everything installed", 8.0
    if (make := shutil.which("make")) is None:
        return [Row(what, "not measured: make is not installed", f"≤ {most:.0f} min")]
    started = time.perf_counter()
    done = subprocess.run([make, "test"], check=False, cwd=ROOT, capture_output=True, text=True)
    minutes = (time.perf_counter() - started) / 60
    if done.returncode:
        return [Row(what, f"failed: {done.stdout.strip().splitlines()[-1]}", f"≤ {most:.0f} min", False)]
    return [at_most(what, minutes, most, "min", 1)]


def _import_seconds() -> float:
    command = [sys.executable, "-c", IMPORT]
    return statistics.median(float(subprocess.check_output(command, text=True)) for _ in range(IMPORTS))


def run_all(path: Path) -> tuple[float, float]:
    """Run a notebook in a new kernel; return the seconds, and the kernel's resident memory then, in MB."""
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(notebook, timeout=60, kernel_name="python3", resources={"metadata": {"path": path.parent}})
    started = time.perf_counter()
    with client.setup_kernel(env={**os.environ, "PYTHONPATH": str(ROOT)}):
        for number, cell in enumerate(notebook.cells):
            client.execute_cell(cell, number)
        seconds = time.perf_counter() - started
        kernel = psutil.Process(client.km.provisioner.process.pid)
        return seconds, kernel.memory_info().rss / 1e6
