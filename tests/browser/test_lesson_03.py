"""Lesson 03 in JupyterLab: everything runs, the explorers show their pictures, and table, sliders and buttons are alive."""

LESSON = "03_model_class.ipynb"


def test_dragging_the_sizes_builds_the_model_anew(notebook, screenshots):
    explorer = notebook.explorer("explore_model(")
    explorer.settle()
    assert explorer.drawn() == (640, 2)
    assert explorer.status() == "2 → 8 → 8 → 8 → 3 · 8 tensors · 195 parameters · batch (32, 2) → (32, 3)"
    pictures = [explorer.picture()]
    explorer.press("hidden layers", "ArrowLeft", times=2)
    explorer.settle()
    assert explorer.status() == "2 → 8 → 3 · 4 tensors · 51 parameters · batch (32, 2) → (32, 3)"
    assert explorer.note().startswith("Gone: hidden_layers.")
    pictures.append(explorer.picture())
    explorer.drag("batch size", [0.4, 0.7, 1.0], pause=0.05)
    explorer.settle()
    assert explorer.status().endswith("batch (128, 2) → (128, 3)")
    assert "No tensor below has changed" in explorer.note()
    pictures.append(explorer.picture())
    explorer.press("inputs", "ArrowRight")
    explorer.settle()
    assert "3 → 8 → 3" in explorer.status()
    assert explorer.note() == "New or with a new shape: input_layer.weight."
    pictures.append(explorer.picture())
    assert len(set(pictures)) == 4
    explorer.screenshot(screenshots / "lesson-03-model.png")
    assert not notebook.errors()


def test_the_table_is_text_and_the_own_class_trains(notebook, screenshots):
    table = notebook.explorer("explore_model(").root.locator("table.mlp-table")
    assert "input_layer.weight" in table.inner_text()
    assert table.bounding_box()["width"] <= 672
    playground = notebook.explorer("model=usable_or(MyModel")
    playground.settle()
    assert playground.status().startswith("epoch ")
    before = playground.picture()
    playground.click("step")
    playground.settle()
    assert playground.picture() != before
    playground.screenshot(screenshots / "lesson-03-playground.png")
    assert not notebook.errors()
