"""Explorers with fields in place of sliders: everything has a name, and what a run comes to is announced."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tools.browser import write_notebook
from tools.notebook_page import Notebook

NEURON = "from mlp_tutorial.lessons.neurons import explore_neuron\nexplore_neuron()"
TRAINER = "from mlp_tutorial.lessons.shared.trainer import explore_training\nexplore_training(num_epochs=20)"
SWEEP = (
    "from mlp_tutorial.lessons.optimizers import explore_sweep\nexplore_sweep('moons', hidden_sizes=[4], num_epochs=4)"
)
PLAYGROUND = "from mlp_tutorial.lessons.playground import explore_playground\nexplore_playground(num_points=60)"
EXPLORERS = (NEURON, TRAINER, SWEEP, PLAYGROUND)  # all kinds of controls, and a picture that can be clicked


@pytest.fixture(scope="module")
def notebook(lab):
    write_notebook(
        lab.folder / "fields.ipynb", "from mlp_tutorial import set_controls\nset_controls('fields')", *EXPLORERS
    )
    notebook = Notebook(lab.browser, lab.address, "fields.ipynb", height=3600)
    notebook.run_all()
    yield notebook
    notebook.close()


def announced(page):
    """What stands in the regions whose changes are announced, as the browser hands it to a screen reader."""
    nodes = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    parts = {node["nodeId"]: node for node in nodes}

    def text(node):
        own = node.get("name", {}).get("value", "") if node.get("role", {}).get("value") == "StaticText" else ""
        return own + "".join(text(parts[child]) for child in node.get("childIds", ()) if child in parts)

    return [text(node) for node in nodes if node.get("role", {}).get("value") == "status"]


def test_axe_finds_nothing(notebook, screenshots):
    for source in EXPLORERS:
        explorer = notebook.explorer(source)
        if source != NEURON:
            explorer.unfold()
        explorer.click("show code")
        explorer.root.locator(".mlp-code").wait_for()
        explorer.settle()
        assert explorer.root.locator("[role=slider]").count() == 0
        explorer.root.evaluate("root => { root.id = 'looked-at'; }")
        found = Axe().run(notebook.page, context="#looked-at")
        explorer.root.evaluate("root => { root.id = ''; }")
        assert found.violations_count == 0, found.generate_report()
        explorer.screenshot(screenshots / f"fields-{EXPLORERS.index(source)}.png")


def test_what_is_typed_moves_the_picture_its_description_and_what_is_announced(notebook):
    explorer = notebook.explorer(TRAINER)
    field = explorer.root.get_by_label("learning rate")
    field.fill("0.5")
    field.press("Enter")
    explorer.settle()
    picture = explorer.root.get_by_role("img").first
    assert "learning rate 0.5" in picture.get_attribute("alt")
    assert any(text.startswith(explorer.status().split(" · ")[0]) for text in announced(notebook.page))
