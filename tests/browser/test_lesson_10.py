"""Lesson 10 in JupyterLab: everything runs, the second process included, and the trainer trains the learner's class."""

from tools.notebook_page import Notebook

LESSON = "10_conclusion.ipynb"
SKIPS = "explore_training(hidden_sizes"


def printed(notebook, cell):
    outputs = notebook.cells()[notebook.number(cell)]["outputs"]
    return "".join(output.get("text", "") for output in outputs)


def test_two_processes_run_beside_the_kernel_and_agree_with_it(notebook):
    assert "the copies have stayed equal: True" in printed(notebook, "two = launch(")
    assert "largest difference ≤ 1e-5: True" in printed(notebook, "one = train(")


def test_the_network_with_skips_is_trained_anew_by_its_sliders(notebook, screenshots):
    explorer = notebook.explorer(SKIPS)
    explorer.settle()
    assert "training loss 0.04" in explorer.status()
    explorer.screenshot(screenshots / "lesson-10-skips.png")
    before = explorer.picture()
    explorer.drag("hidden layers", [0.7, 0.4, 0.2], pause=0.05)
    explorer.settle()
    assert explorer.readout("hidden layers") == "2"
    assert explorer.picture() != before
    explorer.press("hidden layers", "Home")
    explorer.settle()
    assert explorer.readout("hidden layers") == "1"  # a class of one's own counts on a first hidden layer
    assert not notebook.errors()


def test_the_lesson_can_be_read_in_a_narrow_window(lab, screenshots):
    """Quiz, glossary and pictures, as they are stored."""
    narrow = Notebook(lab.browser, lab.address.replace("/lab/", "/doc/"), LESSON, width=800, height=9000)
    narrow.page.wait_for_timeout(1500)
    narrow.page.screenshot(path=screenshots / "lesson-10-narrow.png")
    wide = narrow.page.evaluate(
        """() => [...document.querySelectorAll('.jp-RenderedMarkdown img, .jp-RenderedImage img')]
            .filter(image => image.getBoundingClientRect().right > innerWidth).length"""
    )
    assert wide == 0
    narrow.close()
