"""A notebook in JupyterLab in Chromium, in which every change of an explorer's picture is noted with its time."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from tools.browser import HOW_TO_INSTALL, chromium, jupyter_lab, launched_browser, write_notebook
from tools.notebook_page import Explorer, Notebook

from .table import Row

WATCH = """root => {
    const image = root.querySelector('img.widget-image');
    const marks = window.marks = {moves: [], releases: [], repaints: [], places: []};
    for (const [event, list] of [['pointermove', marks.moves], ['pointerup', marks.releases]])
        window.addEventListener(event, () => list.push(performance.now()), true);
    new MutationObserver(() => {
        const place = root.getBoundingClientRect();
        marks.repaints.push(performance.now());
        marks.places.push([place.top, place.height].map(Math.round).join());
    }).observe(image, {attributes: true, attributeFilter: ['src']}); }"""
FORGET = "() => { for (const list of Object.values(marks)) list.length = 0; }"


def in_the_browser(sources: Sequence[str], *measurements: Callable[[Notebook], list[Row]]) -> list[Row]:
    """Open a notebook with these cells, run the first, and return the rows of all measurements."""
    if chromium() is None:
        return [Row("liveness in a browser", f"not measured: {HOW_TO_INSTALL}")]
    with tempfile.TemporaryDirectory() as folder:
        write_notebook(Path(folder) / "live.ipynb", *sources)
        with jupyter_lab(Path(folder)) as address, launched_browser() as browser:
            notebook = Notebook(browser, address, "live.ipynb")
            notebook.run_cell(0)
            rows = [row for measurement in measurements for row in measurement(notebook)]
            notebook.close()
            return rows


def watched(notebook: Notebook, cell: str) -> Explorer:
    """Run a cell, and return its explorer at rest; from now on `marks` in the page holds what happens to it."""
    notebook.run_cell(cell)
    explorer = notebook.explorer(cell)
    explorer.settle()
    explorer.root.evaluate(WATCH)
    return explorer
