"""What holds for the whole series in JupyterLab: links between the lessons, the keyboard, and everything larger."""

import re

import pytest

from mlp_tutorial.lessons.copies import make_copies
from tools.browser import write_notebook
from tools.notebook_page import Notebook

from .test_trainer import layout_problems

SETTING = "from mlp_tutorial.display import set_scale\nset_scale(1.5)"
TRAINER = "from mlp_tutorial.lessons.shared.trainer import explore_training\nexplore_training(num_epochs=40)"
RACE = (
    "from mlp_tutorial.lessons.shared.race import explore_race\n"
    "activations = ['relu', 'silu', 'tanh', 'sigmoid']\n"
    "explore_race('spiral', [16, 16], 0.01, activation=activations, optimizer='adam', num_epochs=20)"
)
STILL = "from mlp_tutorial.lessons.conclusion import plot_training_step\nfigure = plot_training_step()"
FOCUS = """() => {
    const element = document.activeElement;
    const slider = element.closest('.mlp-number-slider') ?? element.closest('.widget-slider');
    return [element.getAttribute('role') ?? '', slider?.querySelector('.widget-label')?.innerText ?? '']; }"""


def test_the_links_below_a_lesson_lead_to_the_contents_and_to_another_lesson(lab):
    notebook = Notebook(lab.browser, lab.address, "10_conclusion.ipynb")
    last = len(notebook.cells()) - 1
    notebook.page.evaluate(
        "async number => { await jupyterapp.shell.currentWidget.content.scrollToItem(number, 'end'); }", last
    )
    notebook.page.get_by_role("link", name="all lessons").last.click()
    readme = notebook.page.locator(".jp-MarkdownViewer")
    readme.get_by_role("heading", name="The lessons").wait_for()
    readme.get_by_role("link", name="Backpropagation and training").click()
    notebook.page.get_by_role("heading", name=re.compile("^05 · Backpropagation")).first.wait_for()
    notebook.page.close()


@pytest.fixture(scope="module")
def notebook(lab):
    write_notebook(lab.folder / "book.ipynb", TRAINER, SETTING, TRAINER + "  # larger", STILL)
    notebook = Notebook(lab.browser, lab.address, "book.ipynb", width=1500)  # room for 672 px, 1.5 times
    notebook.run_all()
    yield notebook
    notebook.close()


def test_tab_walks_through_the_sliders_and_arrow_keys_move_them(notebook):
    explorer = notebook.explorer(0)
    explorer.settle()
    labels = ["hidden layers", "width", "learning rate", "epochs"]
    explorer.handle(labels[0]).focus()
    for number, label in enumerate(labels):
        while number and notebook.page.evaluate(FOCUS) != ["slider", label]:
            before = notebook.page.evaluate(FOCUS)
            notebook.page.keyboard.press("Tab")
            assert before[1] in labels  # on the way there is at most the slider's own number
        assert explorer.root.get_by_text(label, exact=True).first.is_visible()
        before = explorer.readout(label)
        notebook.page.keyboard.press("ArrowRight")
        explorer.settle()
        assert explorer.readout(label) != before
    assert not notebook.errors()


def test_space_presses_the_button_that_tab_has_reached(notebook):
    explorer = notebook.explorer(0)
    explorer.button("pin").focus()
    notebook.page.keyboard.press("Space")
    explorer.settle()
    assert "Pinned" in explorer.note()


def test_everything_is_larger_and_nothing_overlaps(notebook, screenshots):
    usual, large = notebook.explorer(0), notebook.explorer(2)
    large.settle()
    usual.screenshot(screenshots / "scale-1.png")
    large = notebook.explorer(2)
    large.screenshot(screenshots / "scale-1.5.png")
    assert layout_problems(large) == []
    sizes = {}
    for selector in (".widget-label", ".mlp-status", "button.jupyter-button", ".widget-readout"):
        sizes[selector] = large.root.locator(selector).first.evaluate(
            "element => parseFloat(getComputedStyle(element).fontSize)"
        )
    assert set(sizes.values()) == {19.5}, sizes  # 1.5 times 13 px
    assert large.image.bounding_box()["width"] == 960
    labels = large.root.locator(".widget-label:visible")
    cut_off = labels.evaluate_all(
        "elements => elements.filter(one => one.scrollWidth > one.clientWidth + 1).map(one => one.innerText)"
    )
    assert cut_off == []


def test_a_slider_works_as_well_when_it_is_larger(notebook):
    large = notebook.explorer(2)
    large.settle()
    before = large.picture()
    large.drag("hidden layers", [0.2, 0.5], pause=0.05)
    large.settle()
    assert large.readout("hidden layers") == "3"
    assert large.picture() != before


@pytest.mark.parametrize("setting", ["", SETTING + "\n"], ids=["usual", "larger"])
def test_on_a_narrow_page_no_line_of_the_status_is_cut_off(setting, lab, screenshots):
    write_notebook(lab.folder / "narrow.ipynb", setting + RACE)
    notebook = Notebook(lab.browser, lab.address, "narrow.ipynb", width=1000 if setting else 800)
    notebook.run_all()
    race = notebook.explorer(0)
    race.settle()
    race.screenshot(screenshots / f"narrow{'-1.5' * bool(setting)}.png")
    assert race.root.evaluate("root => root.clientWidth") < (580 if setting else 400)
    room, text = (race.root.locator(f".mlp-status{part}").bounding_box() for part in ("-room", " >> nth=0"))
    assert text["y"] + text["height"] <= room["y"] + room["height"]
    assert text["height"] > 4.5 * 17.5 * (1.5 if setting else 1), "too little text to prove anything"
    notebook.close()


def test_a_copy_is_not_marked_as_changed_when_it_is_opened_and_leads_to_the_other_copies(lab):
    make_copies(lab.folder / "copies")
    notebook = Notebook(lab.browser, lab.address, "copies/10_conclusion.ipynb")
    notebook.evaluate("1")  # the kernel has told what it is
    assert notebook.page.locator(".lm-TabBar-tab.jp-mod-dirty").count() == 0
    last = len(notebook.cells()) - 1
    notebook.page.evaluate(
        "async number => { await jupyterapp.shell.currentWidget.content.scrollToItem(number, 'end'); }", last
    )
    notebook.page.get_by_role("link", name="all lessons").last.click()
    notebook.page.locator(".jp-MarkdownViewer").get_by_role("link", name="05 · Backpropagation").click()
    notebook.page.get_by_role("heading", name=re.compile("^05 · Backpropagation")).first.wait_for()
    opened = notebook.page.evaluate("() => jupyterapp.shell.currentWidget.context.path")
    assert opened.endswith("copies/05_backpropagation.ipynb")
    notebook.page.close()
