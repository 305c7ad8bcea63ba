"""Lessons as slides: every heading begins one, every explorer stands on one of its own."""

import pytest

from mlp_tutorial.lessons.copies import read
from tests.solutions import NOTEBOOKS
from tools.slides import as_slides


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_headings_and_explorers_begin_slides(path):
    slides = as_slides(read(path))
    kinds = [cell["metadata"].get("slideshow", {}).get("slide_type", "") for cell in slides["cells"]]
    sources = ["".join(cell["source"]) for cell in slides["cells"]]
    assert kinds[0] == "slide" and "subslide" in kinds
    for number, (cell, source) in enumerate(zip(slides["cells"], sources, strict=True)):
        assert (kinds[number] == "slide") == (cell["cell_type"] == "markdown" and source.startswith("#"))
        if cell["cell_type"] == "code" and source.startswith("explore_"):
            assert kinds[number] == "subslide" and kinds[number + 1] in ("slide", "subslide")
    assert not any(cell.get("outputs") for cell in slides["cells"])
