"""Write docs/environments.md: what ran in each environment of noxfile.py, lesson by lesson.

python tools/environments.py                  make the table from the records in build/environments
python tools/environments.py --record NAME    note what this environment is (noxfile.py does that)
"""

from __future__ import annotations

import argparse
import datetime
import json
import platform
import re
import xml.etree.ElementTree as ElementTree
from collections import Counter, defaultdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RECORDS = ROOT / "build" / "environments"
TABLE = ROOT / "docs" / "environments.md"
PACKAGES = ["torch", "numpy", "matplotlib", "scikit-learn", "pandas", "ipywidgets", "ipykernel", "ipython"]
#: Every environment, with what is done in it.
ENVIRONMENTS = {
    "colab": "each lesson's Colab edition, alone in an empty folder, with Colab's versions; every control moved by message",
    "kernels-6.31": "the live trainer under 200 slider messages, three times",
    "kernels-newest": "the same with the newest ipykernel, whose widgets answer in a subshell",
    "lock-3.10": "all tests but the browser's, and every notebook, on the versions of `requirements.lock`",
    "lock-3.12": "the same",
    "lock-3.13": "the same",
    "floors": "the same on the oldest versions that `pyproject.toml` admits",
    "newest": "the same on the newest versions",
    "processors-default-1": "every notebook without vector instructions (`ATEN_CPU_CAPABILITY=default`), one thread",
    "processors-default-2": "the same, two threads",
    "processors-avx2-1": "every notebook with AVX2 (`ATEN_CPU_CAPABILITY=avx2`), one thread",
    "processors-avx2-2": "the same, two threads",
    "pages": "each lesson in Voilà and in Notebook 7, and as HTML by nbconvert; each explorer shows a picture",
}
NOT_RUN = """\
* **Google Colab itself.** It cannot be reached from a test. `colab` has the versions of its image of August 2026 and
  takes its way of updating widgets (what a callback sends before it returns); its front end is not there.
* **Windows and macOS.** They run in the workflow `.github/workflows/environments.yml`, which calls the same sessions; the
  table above comes from Linux alone.
* **A GPU.** The lessons compute on the processor; CUDA builds of PyTorch (`+cu`) ran without their GPU libraries."""


def record(name: str) -> None:
    """Note the versions of this environment, and forget what an earlier run in it has found."""
    versions = {}
    for package in PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            versions[package] = "–"
    if versions["torch"] != "–":
        import torch

        versions["torch"] = torch.__version__  # with the build: +cpu, +cu130
    RECORDS.mkdir(parents=True, exist_ok=True)
    (RECORDS / f"{name}.xml").unlink(missing_ok=True)
    facts = {
        "date": datetime.date.today().isoformat(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "versions": versions,
    }
    (RECORDS / f"{name}.json").write_text(json.dumps(facts, indent=1), encoding="utf-8")


def outcomes(report: Path) -> dict[str, Counter[str]]:
    """Return how many tests of a report passed, failed or were skipped, by lesson; "" holds those of no lesson."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for case in ElementTree.parse(report).iter("testcase"):
        place = f"{case.get('classname')}::{case.get('name')}"
        lesson = re.search(r"\b(\d\d)_[a-z_]+(?:\.ipynb|\]|-)", place)
        kinds = {child.tag for child in case}
        outcome = "failed" if kinds & {"failure", "error"} else "skipped" if "skipped" in kinds else "passed"
        found[lesson[1] if lesson else ""][outcome] += 1
    return found


def in_words(counts: Counter[str]) -> str:
    """Return one cell of the table."""
    if not counts["passed"] + counts["failed"]:
        return "–"
    if counts["failed"]:
        return f"**{counts['failed']} of {counts['passed'] + counts['failed']} failed**"
    return str(counts["passed"])


def table(records: Path = RECORDS) -> str:
    """Return the page with both tables."""
    lessons = [path.name[:2] for path in sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))]
    rows, versions, dates = [], [], set()
    for name in ENVIRONMENTS:
        report, facts = records / f"{name}.xml", records / f"{name}.json"
        if not (report.exists() and facts.exists()):
            rows.append([f"`{name}`", *["not run"] * len(lessons), "not run"])
            continue
        counts = outcomes(report)
        rows.append([f"`{name}`", *[in_words(counts[lesson]) for lesson in lessons], in_words(counts[""])])
        fact = json.loads(facts.read_text(encoding="utf-8"))
        dates.add(fact["date"])
        versions.append([f"`{name}`", fact["python"], *(fact["versions"][package] for package in PACKAGES)])
    described = "\n".join(f"* `{name}`: {what}" for name, what in ENVIRONMENTS.items())
    when = " to ".join(sorted({min(dates), max(dates)})) if dates else "never"
    return f"""\
# Where the lessons run

Written by `python tools/environments.py` from the records that the sessions of `noxfile.py` leave. Run: {when}, on
{platform.system()} {platform.machine()}.

A number says how many tests of a lesson passed in that environment (a cell of a notebook is one test); a failure is
set in bold, and "–" means that the environment has no test of its own for the lesson. JupyterLab is not in the table:
`make test` drives every lesson in it, with the versions of `requirements.lock`.

{_as_markdown(["environment", *lessons, "package"], rows)}

{described}

## Versions

{_as_markdown(["environment", "Python", *PACKAGES], versions)}

## Not run

{NOT_RUN}

## How to run it

`make colab-test` runs `colab`. For the others: `pip install nox uv`, then `nox --list` and `nox -s floors`, say. The
Python versions that a session names must be installed.
"""


def _as_markdown(header: list[str], rows: list[list[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main() -> None:
    """Record this environment, or write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--record", metavar="NAME", help="note what this environment is")
    options = parser.parse_args()
    if options.record:
        record(options.record)
        return
    if not any(RECORDS.glob("*.xml")):
        parser.error(f"there are no records in {RECORDS.relative_to(ROOT)}: run the sessions of noxfile.py first")
    TABLE.parent.mkdir(exist_ok=True)
    TABLE.write_text(table(), encoding="utf-8")
    print(f"written: {TABLE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
