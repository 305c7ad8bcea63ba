"""Lesson 04 in JupyterLab: everything runs, every explorer shows its picture, and its sliders are alive."""

LESSON = "04_forward_pass.ipynb"


def test_the_drawn_network_lights_up_and_follows_the_bill(notebook, screenshots):
    explorer = notebook.explorer("explore_network(")
    assert explorer.status().endswith("answer: Adelie, 100 %")
    explorer.click("play")
    explorer.button("pause").wait_for()
    explorer.settle()
    explorer.drag("bill length", [0.3, 0.6], pause=0.05)
    explorer.settle()
    assert "answer: Chinstrap" in explorer.status()
    explorer.screenshot(screenshots / "lesson-04-network.png")


def test_stepping_and_editing_the_penguin(notebook, screenshots):
    explorer = notebook.explorer("explore_forward(")
    explorer.settle()
    assert explorer.drawn() == (612, 2)
    assert explorer.status() == "step 3 of 22 · input_layer, unit 0 · z[0] = 2.36"
    pictures = [explorer.picture()]
    explorer.press("step", "End")
    explorer.settle()
    assert explorer.status().endswith("answer: Adelie, 100 % (truly Adelie)")
    pictures.append(explorer.picture())
    explorer.drag("bill length", [0.3, 0.6, 0.9, 0.65], pause=0.05)
    explorer.settle()
    assert "answer: Chinstrap" in explorer.status()
    pictures.append(explorer.picture())
    explorer.press("penguin (row)", "ArrowRight")
    explorer.settle()
    assert explorer.readout("bill length") == "39.10"
    pictures.append(explorer.picture())
    assert len(set(pictures)) == 4
    assert not notebook.errors()
    explorer.screenshot(screenshots / "lesson-04-forward.png")


def test_the_formula_breaks_and_the_stable_softmax_does_not(notebook, screenshots):
    explorer = notebook.explorer("explore_softmax(softmax_by_formula, added")
    before = explorer.picture()
    explorer.drag("added to all", [0.6, 0.98], pause=0.05)
    explorer.settle()
    assert "Adelie nan" in explorer.status() and "inf / inf" in explorer.note()
    assert explorer.picture() != before
    explorer.screenshot(screenshots / "lesson-04-softmax.png")
    stable = notebook.explorer("explore_softmax(softmax, added")
    stable.press("added to all", "End")
    stable.settle()
    assert "Adelie 0.665" in stable.status()
    assert not notebook.errors()
