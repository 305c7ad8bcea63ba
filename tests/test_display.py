"""One setting makes everything larger, and changes no layout."""

import base64
import io
import subprocess
import sys

import nbformat
import numpy as np
import pytest
from PIL import Image

from mlp_tutorial.display import dots_per_inch, scale, set_controls, set_scale
from mlp_tutorial.lessons.shared.trainer import explore_training
from tests.solutions import NOTEBOOKS
from tools.notebooks import execute

pytestmark = pytest.mark.usefixtures("usual_scale")


def shown(explorer):
    return Image.open(io.BytesIO(explorer.canvas.image.value))


def places(explorer):
    """Where every text of the picture begins and ends, as shares of the picture."""
    figure = explorer.canvas.figure
    texts = [text for axes in figure.axes for text in axes.findobj(lambda artist: hasattr(artist, "get_text"))]
    boxes = [
        text.get_window_extent().transformed(figure.transFigure.inverted()).extents
        for text in texts
        if text.get_text() and text.get_visible()
    ]
    return np.array(boxes)


def test_an_explorer_grows_and_keeps_its_layout():
    usual = explore_training(num_epochs=3)
    set_scale(1.5)
    large = explore_training(num_epochs=3)
    assert shown(usual).size == (640, 300) and shown(large).size == (960, 450)
    assert large.canvas.image.layout.width == "calc(640px * var(--mlp-scale, 1))"
    assert "mlp-640-150" in large._dom_classes and ".mlp-640-150 { --mlp-scale: 1.5;" in large.children[0].value
    assert places(large) == pytest.approx(places(usual), abs=0.012)  # letters are fitted to whole pixels
    smaller = shown(large).convert("L").resize((640, 300))
    difference = np.asarray(smaller, float) - np.asarray(shown(usual).convert("L"), float)
    assert abs(difference).mean() < 6


@pytest.mark.parametrize("factor", [0, 0.4, 3.5, "large", None, float("nan")])
def test_a_scale_that_cannot_be_is_refused(factor):
    with pytest.raises(ValueError, match=r"must be a number between 0\.5 and 3, such as 1\.5"):
        set_scale(factor)
    assert scale() == 1 and dots_per_inch() == 100


def test_the_environment_can_ask_for_coarse_pictures(monkeypatch):
    program = [sys.executable, "-c", "from mlp_tutorial.display import density; print(density())"]
    for asked, got in (("", "2\n"), ("1", "1\n")):
        monkeypatch.setenv("MLP_TUTORIAL_DENSITY", asked)
        assert subprocess.check_output(program, text=True) == got
    monkeypatch.setenv("MLP_TUTORIAL_DENSITY", "3")
    refused = subprocess.run(program, check=False, capture_output=True, text=True)
    assert refused.returncode and "MLP_TUTORIAL_DENSITY must be 1 or 2" in refused.stderr


def test_the_environment_can_ask_for_it(monkeypatch):
    program = "from mlp_tutorial.display import scale; print(scale())"
    monkeypatch.setenv("MLP_TUTORIAL_SCALE", "1.25")
    assert subprocess.check_output([sys.executable, "-c", program], text=True) == "1.25\n"


def test_an_unknown_kind_of_controls_is_refused_at_once_and_from_the_environment_at_first_use(monkeypatch):
    with pytest.raises(ValueError, match=r"Unknown kind of controls 'field'. Did you mean 'fields'\?"):
        set_controls("field")
    monkeypatch.setenv("MLP_TUTORIAL_CONTROLS", "knobs")
    program = "import mlp_tutorial; print('imported'); mlp_tutorial.set_controls('fields')"
    run = subprocess.run([sys.executable, "-c", program], text=True, capture_output=True, check=False)
    assert run.stdout == "imported\n"
    assert "Unknown kind of controls 'knobs'. Known names: sliders, fields." in run.stderr


STILL = "from matplotlib import pyplot\nfigure, axes = pyplot.subplots(figsize=(4, 2), dpi=100)"


@pytest.mark.parametrize("before", [True, False], ids=["before the first figure", "after it"])
def test_stills_grow_in_a_notebook(before):
    setting = "import mlp_tutorial.plots\nfrom mlp_tutorial.display import set_scale\nset_scale(2)"
    sources = [setting, STILL] if before else [STILL, setting, STILL, "set_scale(1)", STILL]
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    notebook = execute(nbformat.v4.new_notebook(cells=cells), NOTEBOOKS)
    sizes = [
        Image.open(io.BytesIO(base64.b64decode(output.data["image/png"]))).width
        for cell in notebook.cells
        for output in cell.outputs
        if "data" in output
    ]
    if before:
        assert sizes[0] > 600  # 800 without the margins that are cut off
    else:
        assert sizes[1] == pytest.approx(2 * sizes[0], abs=6) and sizes[2] == sizes[0]
