"""Weight: what the package and the lessons cost a learner's machine."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
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
NUM_KERNELS = 10


def rows() -> list[Row]:
    """Measure every row."""
    found = [at_most("`import mlp_tutorial` beyond `import torch`", _import_seconds(), 0.1, "s")]
    paths = sorted(NOTEBOOKS.glob("*.ipynb"))
    total = 0.0
    for path in paths:
        with run_all(path) as (seconds, kernel):
            total += seconds
            megabytes = kernel.memory_info().rss / 1e6
        if path.name == TRAINING_LESSON:
            what, beside = f"resident memory of a kernel after {path.stem}", _share_of_many(path)
            found.append(at_most(what, megabytes, 420, "MB", 0, beside))
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


@contextmanager
def run_all(path: Path) -> Iterator[tuple[float, psutil.Process]]:
    """Run a notebook in a new kernel; yield the seconds it took, and the kernel's process."""
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(notebook, timeout=60, kernel_name="python3", resources={"metadata": {"path": path.parent}})
    started = time.perf_counter()
    with client.setup_kernel(env={**os.environ, "PYTHONPATH": str(ROOT)}):
        for number, cell in enumerate(notebook.cells):
            client.execute_cell(cell, number)
        yield time.perf_counter() - started, psutil.Process(client.km.provisioner.process.pid)


def _share_of_many(path: Path) -> str:
    """Say how much memory a kernel holds where several run at once: what they share is divided among them."""
    with ExitStack() as stack:
        kernels = [stack.enter_context(run_all(path))[1] for _ in range(NUM_KERNELS)]
        shares = [getattr(kernel.memory_full_info(), "pss", None) for kernel in kernels]
    if None in shares:
        return "its share with others: known on Linux alone"
    return f"{statistics.median(shares) / 1e6:.0f} MB its share, PSS, where {NUM_KERNELS} run"
