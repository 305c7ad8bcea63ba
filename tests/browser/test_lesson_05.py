"""Lesson 05 in JupyterLab: everything runs, every explorer shows its picture, and its sliders are alive."""

from .conftest import results

LESSON = "05_backpropagation.ipynb"


def explorer_cells(notebook):
    return [number for number, cell in enumerate(notebook.cells()) if has_widget(cell)]


def has_widget(cell):
    return any("application/vnd.jupyter.widget-view+json" in output.get("data", {}) for output in cell["outputs"])


def test_every_explorer_shows_its_picture(notebook, screenshots):
    cells = explorer_cells(notebook)
    assert len(cells) >= 2
    for number in cells:
        explorer = notebook.explorer(number)
        explorer.settle()
        width, dots = explorer.drawn()
        # The playground's is made smaller where the page is narrow.
        assert (width, dots) == (640, 2) or width * dots == 1720
        explorer.screenshot(screenshots / f"lesson-05-cell-{number}.png")


def test_dragging_the_learning_rate_and_the_hidden_layers_trains_anew(notebook, headless, screenshots):
    explorer = notebook.explorer("explore_training(dataset")
    explorer.settle()
    pictures = [explorer.picture()]
    for label, position in {"learning rate": 0.45, "hidden layers": 0.5}.items():
        explorer.drag(label, [0.3, 0.7, position], pause=0.05)
        explorer.settle()
        pictures.append(explorer.picture())
        expected = headless(
            hidden_sizes=[8] * int(explorer.readout("hidden layers")),
            learning_rate=float(explorer.readout("learning rate")),
        )
        assert results(explorer.status()) == expected
    assert explorer.readout("hidden layers") == "3"
    assert len(set(pictures)) == 3
    assert not notebook.errors()
    explorer.screenshot(screenshots / "lesson-05-dragged.png")
