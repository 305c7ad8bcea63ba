"""One JupyterLab and one Chromium for all browser tests; without Chromium they skip, or fail where it is required."""

import os
import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest

from mlp_tutorial.lessons.shared.trainer import explore_training
from tools.browser import HOW_TO_INSTALL, ROOT, chromium, jupyter_lab, launched_browser
from tools.notebook_page import Notebook


# Not for the whole session: while Playwright runs, every other test of this thread would see a running event loop.
@pytest.fixture(scope="package")
def lab(tmp_path_factory):
    """The notebooks in JupyterLab (a copy, with README.md and docs/ beside them), its address, and the browser."""
    if chromium() is None:
        missing = pytest.fail if os.environ.get("MLP_TUTORIAL_REQUIRE_BROWSER") == "1" else pytest.skip
        missing(HOW_TO_INSTALL)
    root = tmp_path_factory.mktemp("lab")
    for name in ("notebooks", "docs"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns(".*"))
    shutil.copy(ROOT / "README.md", root)
    folder = root / "notebooks"
    with jupyter_lab(folder, root) as address, launched_browser() as browser:
        yield SimpleNamespace(folder=folder, address=address, browser=browser)


@pytest.fixture(scope="module")
def notebook(lab, request):
    """The lesson that a module of tests names as its `LESSON`, open, with all cells run."""
    notebook = Notebook(lab.browser, lab.address, request.module.LESSON)
    notebook.run_all()
    yield notebook
    errors = notebook.errors()
    notebook.close()
    assert not errors


@pytest.fixture(scope="session")
def screenshots():
    """The folder where pictures of the page are kept."""
    return Path(os.environ.get("MLP_TUTORIAL_SCREENSHOTS") or ROOT / "build" / "screenshots")


@pytest.fixture(scope="session")
def headless():
    """A function that gives the status line of the trainer without a page: what the page must show."""

    def status(**settings):
        # In a thread of its own there is no running event loop, so the run is complete when the call returns.
        with ThreadPoolExecutor(1) as pool:
            return results(pool.submit(lambda: explore_training(**settings).status_line.text).result())

    return status


def results(status):
    """The status line without what differs from run to run: the speed, and the result before the last move."""
    return re.sub(r" \(before: [^)]+\)| · [\d,]+ steps/s", "", status)
