"""The live trainer in JupyterLab, on a notebook of its own: what a learner does, and what must then be seen."""

import random

import pytest

from tools.browser import write_notebook
from tools.notebook_page import Notebook

from .conftest import results

IMPORTS = """\
from mlp_tutorial import NeuralNetworkModel
from mlp_tutorial.lessons.shared.trainer import explore_training


class Picky(NeuralNetworkModel):
    def __init__(self, input_size, hidden_sizes, output_size):
        if len(hidden_sizes) > 1:
            raise ValueError("Picky wants one hidden layer.")
        super().__init__(input_size, hidden_sizes, output_size)"""
TRAINER = "explorer = explore_training()\nexplorer"
PICKY = "picky = explore_training(hidden_sizes=[4], model_class=Picky, num_epochs=20)\npicky"
SETTINGS = (
    "explorer.experiment.learning_rate, list(explorer.experiment.hidden_sizes), explorer.controls['num_epochs'].value"
)


@pytest.fixture(scope="module")
def notebook(lab):
    write_notebook(lab.folder / "trainer.ipynb", IMPORTS, TRAINER, PICKY)
    notebook = Notebook(lab.browser, lab.address, "trainer.ipynb")
    notebook.run_all()
    yield notebook
    notebook.close()


@pytest.fixture
def explorer(notebook):
    """A new explorer with its default settings."""
    notebook.run_cell(TRAINER)
    yield notebook.explorer(TRAINER)
    assert not notebook.errors()
    assert all(output["output_type"] != "stream" for cell in notebook.cells() for output in cell["outputs"])


def shown_settings(notebook):
    """The settings that the kernel has arrived at, as arguments of `explore_training`."""
    learning_rate, hidden_sizes, num_epochs = notebook.evaluate(SETTINGS)
    return {"learning_rate": learning_rate, "hidden_sizes": hidden_sizes, "num_epochs": num_epochs}


def layout_problems(explorer):
    """What keeps the explorer from fitting its cell: what would scroll sideways, or is cut off."""
    return explorer.root.evaluate(
        """root => {
            const found = [], inside = root.getBoundingClientRect();
            for (let element = root; !element.classList.contains('jp-Cell'); element = element.parentElement) {
                if (element.scrollWidth > element.clientWidth + 1)
                    found.push(`${element.className}: ${element.scrollWidth} in ${element.clientWidth} px`);
            }
            for (const element of root.querySelectorAll('img, button, .widget-slider, .mlp-status')) {
                const box = element.getBoundingClientRect();
                if (box.width && (box.right > inside.right + 1 || box.left < inside.left - 1))
                    found.push(`${element.className} from ${box.left} to ${box.right} px`);
            }
            const status = root.querySelector('.mlp-status').parentElement;
            for (const element of [status, status.parentElement]) {
                if (element.scrollHeight > element.clientHeight + 1)
                    found.push(`the status line is cut off: ${element.scrollHeight} in ${element.clientHeight} px`);
            }
            return found; }"""
    )


def faint_texts(explorer):
    """Every text whose contrast with what is behind it is below 4.5, the least that WCAG 2 allows."""
    return explorer.root.evaluate(
        """root => {
            const numbers = colour => colour.match(/[0-9.]+/g).map(Number);
            const luminance = colour => {
                const [red, green, blue] = numbers(colour).slice(0, 3).map(value => value / 255)
                    .map(value => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
                return 0.2126 * red + 0.7152 * green + 0.0722 * blue; };
            const found = [];
            for (const element of root.querySelectorAll('*')) {
                const own = [...element.childNodes].filter(node => node.nodeType === Node.TEXT_NODE);
                const text = own.map(node => node.textContent).join('').trim();
                if (!text || !element.checkVisibility()) continue;
                let behind = element;
                while (numbers(getComputedStyle(behind).backgroundColor)[3] === 0) behind = behind.parentElement;
                const [dark, light] = [luminance(getComputedStyle(element).color),
                    luminance(getComputedStyle(behind).backgroundColor)].sort((a, b) => a - b);
                const contrast = (light + 0.05) / (dark + 0.05);
                if (contrast < 4.5) found.push(`${text.slice(0, 30)}: ${contrast.toFixed(1)}`);
            }
            return found; }"""
    )


def test_first_picture_stands_before_anything_is_touched(explorer, headless, screenshots):
    explorer.settle()
    assert explorer.drawn() == (640, 2)
    assert layout_problems(explorer) == []
    assert results(explorer.status()) == headless()
    explorer.screenshot(screenshots / "trainer.png")


def test_dragging_the_learning_rate_with_the_mouse_ends_at_the_last_value(notebook, explorer, headless, screenshots):
    before = explorer.picture()
    explorer.drag("learning rate", [0.6, 0.9, 0.3, 0.5, 0.7, 0.55], pause=0.05)
    explorer.settle()
    settings = shown_settings(notebook)
    assert settings["learning_rate"] == pytest.approx(float(explorer.readout("learning rate")), rel=0.01)
    assert settings["learning_rate"] != 0.1
    assert explorer.picture() != before
    assert results(explorer.status()) == headless(**settings)
    explorer.screenshot(screenshots / "trainer-dragged.png")


def test_moving_the_hidden_layers_with_the_keyboard(notebook, explorer, headless):
    before = explorer.picture()
    explorer.press("hidden layers", "ArrowRight")
    explorer.press("width", "ArrowLeft", times=3)
    explorer.settle()
    assert explorer.readout("hidden layers") == "3"
    assert shown_settings(notebook)["hidden_sizes"] == [5, 5, 5]
    assert explorer.picture() != before
    assert results(explorer.status()) == headless(hidden_sizes=[5, 5, 5])


def test_play_pause_step_and_reset(notebook, explorer, headless):
    explorer.click("reset")
    explorer.settle()
    assert explorer.epoch() == 0
    initial_weights = notebook.evaluate("float(sum(p.abs().sum() for p in explorer.model.parameters()))")
    initial_picture = explorer.picture()

    explorer.click("play")
    explorer.button("pause").wait_for()
    explorer.page.wait_for_timeout(500)
    explorer.click("pause")
    explorer.settle()
    paused_at = explorer.epoch()
    assert 0 < paused_at < 300
    explorer.page.wait_for_timeout(500)
    assert explorer.epoch() == paused_at

    explorer.click("step")
    explorer.settle()
    assert explorer.epoch() == paused_at + 1
    assert results(explorer.status()).split(" · ")[1:] == headless(num_epochs=paused_at + 1).split(" · ")[1:]

    explorer.click("reset")
    explorer.settle()
    assert explorer.epoch() == 0
    assert notebook.evaluate("float(sum(p.abs().sum() for p in explorer.model.parameters()))") == initial_weights
    assert explorer.picture() == initial_picture


def test_a_pinned_run_stays_with_a_legend_of_what_differs(notebook, explorer, screenshots):
    explorer.click("pin")
    explorer.settle()
    explorer.drag("learning rate", [0.45])
    explorer.settle()
    legend = notebook.evaluate("[t.get_text() for t in explorer.canvas.figure.axes[0].get_legend().get_texts()]")
    assert any("0.1" in label for label in legend)
    explorer.screenshot(screenshots / "trainer-pinned.png")
    pinned = explorer.picture()
    explorer.click("unpin")
    explorer.settle()
    assert explorer.picture() != pinned


def test_show_code_shows_the_program_of_the_current_settings(explorer, screenshots):
    program = explorer.root.locator(".mlp-code")
    explorer.click("show code")
    program.wait_for()
    assert "lr=0.1" in program.inner_text()
    explorer.press("learning rate", "Home")
    explorer.settle()
    assert "lr=0.0001" in program.inner_text()
    explorer.screenshot(screenshots / "trainer-code.png")
    explorer.click("show code")
    program.wait_for(state="hidden")


def test_what_is_folded_under_more_works(notebook, explorer, headless, screenshots):
    explorer.unfold()
    explorer.choose("data set", "moons")
    explorer.choose("optimizer", "adam")
    explorer.settle()
    assert results(explorer.status()) == headless(dataset="moons", optimizer="adam")
    assert layout_problems(explorer) == []
    explorer.screenshot(screenshots / "trainer-more.png")


def test_a_setting_that_cannot_work_is_explained_in_words(notebook, screenshots):
    notebook.run_cell(PICKY)
    explorer = notebook.explorer(PICKY)
    explorer.settle()
    picture = explorer.picture()
    explorer.press("hidden layers", "ArrowRight")
    explorer.settle()
    assert "cannot work" in explorer.status()
    assert "Picky wants one hidden layer." in explorer.note()
    assert explorer.picture() == picture
    explorer.screenshot(screenshots / "trainer-bad-setting.png")
    explorer.press("hidden layers", "ArrowLeft")
    explorer.settle()
    assert explorer.status().startswith("epoch 20 of 20")


def test_two_hundred_quick_moves(notebook, explorer, headless):
    moves = random.Random(0)
    keys = ("ArrowLeft", "ArrowRight", "PageUp", "PageDown")
    for _ in range(200):
        explorer.press(moves.choice(["hidden layers", "width", "learning rate"]), moves.choice(keys))
    explorer.settle()
    settings = shown_settings(notebook)
    assert explorer.readout("hidden layers") == str(len(settings["hidden_sizes"]))
    assert float(explorer.readout("learning rate")) == pytest.approx(settings["learning_rate"], rel=0.01)
    assert results(explorer.status()) == headless(**settings)


def test_a_narrow_cell_needs_no_scrolling_sideways(lab, notebook, screenshots):
    """700 px is the width of the cell: its prompt and margins take 82 px of them."""
    narrow = Notebook(lab.browser, lab.address.replace("/lab/", "/doc/"), "trainer.ipynb", width=786)
    narrow.run_all()
    explorer = narrow.explorer(TRAINER)
    narrow.page.screenshot(path=screenshots / "trainer-narrow.png", clip={"x": 0, "y": 0, "width": 786, "height": 800})
    assert narrow.page.locator(".jp-CodeCell").first.bounding_box()["width"] == 700
    assert layout_problems(explorer) == []
    assert explorer.image.bounding_box()["width"] > 550
    # As narrow as beside the file browser on 800 px, the panels stand one below the other, and no text shrinks.
    narrow.page.set_viewport_size({"width": 454, "height": 1600})
    narrow.page.wait_for_function("() => document.querySelector('.mlp-explorer').getBoundingClientRect().width < 454")
    left, right = (explorer.root.locator(f".mlp-{name}").bounding_box() for name in ("first", "second"))
    assert [view.bounding_box()["width"] for view in explorer.root.locator("img.widget-image").all()] == [640, 640]
    assert left["y"] + left["height"] <= right["y"] and left["width"] + right["width"] == 640
    assert max(left["width"], right["width"]) <= 352
    explorer.screenshot(screenshots / "trainer-narrower.png")
    narrow.page.close()  # and leave the kernel, which is the other page's too


def test_a_dark_theme_leaves_it_readable(notebook, explorer, screenshots):
    notebook.menu("Settings", "Theme", "JupyterLab Dark")
    notebook.page.locator("body[data-jp-theme-light='false']").wait_for(state="attached")
    explorer.unfold()
    explorer.click("show code")
    explorer.settle()
    explorer.screenshot(screenshots / "trainer-dark-theme.png")
    unreadable = faint_texts(explorer)
    boxes = explorer.root.locator("input[type=checkbox]").evaluate_all(
        "boxes => boxes.map(box => getComputedStyle(box).colorScheme)"
    )
    notebook.menu("Settings", "Theme", "JupyterLab Light")
    notebook.page.locator("body[data-jp-theme-light='true']").wait_for(state="attached")
    assert unreadable == []
    assert "dark" not in boxes, "the boxes to tick are drawn as for a dark background"
