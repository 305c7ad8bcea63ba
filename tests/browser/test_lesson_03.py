"""Lesson 03 in JupyterLab: everything runs, the explorers show their pictures, and their sliders are alive."""

LESSON = "03_model_class.ipynb"


def test_dragging_the_sizes_builds_the_model_anew(notebook, screenshots):
    explorer = notebook.explorer("explore_model(hidden_sizes=[8, 8, 8])")
    explorer.settle()
    width = explorer.image.evaluate("image => image.naturalWidth")
    assert width == explorer.image.bounding_box()["width"] == 640
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


def test_the_plain_list_and_the_trainer_are_alive(notebook, screenshots):
    plain = notebook.explorer("model_class=PlainList")
    assert "51 parameters" in plain.status() and "2 layers that it computes with" in plain.note()
    plain.screenshot(screenshots / "lesson-03-plain-list.png")
    trainer = notebook.explorer("explore_training(model_class")
    trainer.settle()
    before = trainer.picture()
    trainer.press("width", "ArrowRight")
    trainer.settle()
    assert trainer.status().startswith("epoch 300 of 300")
    assert trainer.picture() != before
    trainer.screenshot(screenshots / "lesson-03-training.png")
    assert not notebook.errors()
