"""One table: what was measured, the target, and whether it was met."""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
from collections.abc import Sequence
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from tools.browser import chromium

PACKAGES = ("torch", "numpy", "matplotlib", "jupyterlab", "ipywidgets", "ipykernel")


class Row(NamedTuple):
    """One line of the table; `met` is None where there is no target, or nothing was measured."""

    what: str
    measured: str
    target: str = ""
    met: bool | None = None


def at_most(what: str, value: float, target: float, unit: str = "", decimals: int = 2, beside: str = "") -> Row:
    """Return the row of a value that shall not exceed its target."""
    return _row(what, value, "≤", target, unit, decimals, beside, value <= target)


def at_least(what: str, value: float, target: float, unit: str = "", decimals: int = 0, beside: str = "") -> Row:
    """Return the row of a value that shall reach its target."""
    return _row(what, value, "≥", target, unit, decimals, beside, value >= target)


def _row(what: str, value: float, sign: str, target: float, unit: str, decimals: int, beside: str, met: bool) -> Row:
    unit = f" {unit}" if unit else ""
    measured = f"{value:,.{decimals}f}{unit}" + (f" ({beside})" if beside else "")
    return Row(what, measured, f"{sign} {target:,.{decimals}f}{unit}", met)


def percentile(values: Sequence[float], percent: int) -> float:
    """Return a percentile of some values."""
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def as_markdown(rows: Sequence[Row]) -> str:
    """Return the table as Markdown, its columns aligned."""
    words = {True: "yes", False: "**no**", None: "–"}
    lines = [("what", "measured", "target", "met?")]
    lines += [(row.what, row.measured, row.target or "–", words[row.met]) for row in rows]
    widths = [max(len(line[column]) for line in lines) for column in range(4)]
    lines.insert(1, tuple("-" * width for width in widths))
    padded = ([cell.ljust(width) for cell, width in zip(line, widths, strict=True)] for line in lines)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in padded)


def circumstances(load: float) -> str:
    """Return the sentences below a table: the day, the load before it was measured, the machine and the versions."""
    return f"{date.today()}, load of the machine before: {load:.1f}. {machine()}"


def load_of_machine() -> float:
    """Return how many processes wanted a core during the last minute, on average; 0 where that is not known."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0


def machine() -> str:
    """Return a sentence on the machine and the versions."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    processor = models[0] if models else platform.processor()
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    if (browser := chromium()) is not None:
        versions += (
            ", "
            + subprocess.run([browser, "--version"], check=True, capture_output=True, text=True)
            .stdout.split(" built")[0]
            .strip()
        )
    return f"{processor}, {os.cpu_count()} cores, {platform.system()}; Python {platform.python_version()}, {versions}."
