"""Each lesson in Voilà, in Notebook 7 and as a page that nbconvert wrote: every explorer shows a picture."""

import shutil
from types import SimpleNamespace

import pytest
from nbconvert import HTMLExporter

from tests.solutions import NOTEBOOKS, read
from tools.browser import HOW_TO_INSTALL, ROOT, chromium, jupyter_lab, launched_browser
from tools.notebook_page import Notebook

every_lesson = pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
WIDTHS = "images => images.filter(image => image.complete).map(image => image.naturalWidth)"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A Jupyter server, which also serves Voilà and Notebook 7; a browser; the folder of the lessons."""
    if chromium() is None:
        pytest.fail(HOW_TO_INSTALL)
    folder = tmp_path_factory.mktemp("lab") / "notebooks"
    shutil.copytree(ROOT / "notebooks", folder, ignore=shutil.ignore_patterns(".*"))
    with jupyter_lab(folder) as address, launched_browser() as browser:
        yield SimpleNamespace(folder=folder, address=address, browser=browser)


def explorer_cells(path):
    """Return the numbers of the cells that show an explorer: a picture with a sentence instead of `<Figure …>`."""
    return [
        number
        for number, cell in enumerate(read(path).cells)
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {}) and not output["data"]["text/plain"].startswith("<Figure")
    ]


@every_lesson
def test_voila(server, path):
    page = server.browser.new_page(viewport={"width": 1200, "height": 2400})
    address = server.address.format(path.name).replace("/lab/tree/", "/voila/render/").replace("reset&", "")
    page.goto(address, wait_until="commit")  # the page is complete only when all cells have run
    wanted = len(explorer_cells(path))
    images = ".mlp-explorer .mlp-first img.widget-image"
    try:
        page.wait_for_function(f"() => document.querySelectorAll({images!r}).length >= {wanted}", timeout=90_000)
        page.wait_for_function(
            f"() => [...document.querySelectorAll({images!r})].every(image => image.naturalWidth >= 300)",
            timeout=10_000,
        )
        assert page.locator(images).count() == wanted
    finally:
        page.screenshot(path=ROOT / "build" / "screenshots" / f"voila_{path.stem}.png")
        page.close()


@every_lesson
def test_notebook_7(server, path):
    address = server.address.replace("/lab/tree/", "/notebooks/").replace("reset&", "")
    notebook = Notebook(server.browser, address, path.name)
    try:
        notebook.run_all()
        for number in explorer_cells(path):
            explorer = notebook.explorer(number)
            assert explorer.image.evaluate("image => image.naturalWidth") >= 300
        notebook.page.screenshot(path=ROOT / "build" / "screenshots" / f"notebook7_{path.stem}.png")
    finally:
        notebook.close()


@every_lesson
def test_html(server, path, tmp_path):
    text, _ = HTMLExporter(exclude_input_prompt=True).from_filename(str(path))
    (tmp_path / "lesson.html").write_text(text, encoding="utf-8")
    page = server.browser.new_page(viewport={"width": 1000, "height": 1000})
    page.goto(f"file://{tmp_path / 'lesson.html'}", wait_until="domcontentloaded")
    stored = [
        output
        for cell in read(path).cells
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {})
    ]
    widths = page.locator("img").evaluate_all(WIDTHS)
    page.close()
    assert len(widths) == len(stored) >= len(explorer_cells(path)) > 0
    assert all(width >= 300 for width in widths)
