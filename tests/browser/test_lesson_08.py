"""Lesson 08 in JupyterLab: everything runs, optimizers race and sweeps train under the hand, at the pace asked for."""

LESSON = "08_optimizers.ipynb"
EXPLORERS = ("explore_descent(", "explore_sweep(", "explore_momentum(")


def test_every_explorer_shows_its_picture(notebook, screenshots):
    cells = [
        number
        for number, cell in enumerate(notebook.cells())
        if cell["type"] == "code" and cell["source"].lstrip().startswith(EXPLORERS)
    ]
    assert len(cells) >= 6
    for number in cells:
        explorer = notebook.explorer(number)
        explorer.settle()
        assert explorer.drawn() == (640, 2)
        explorer.screenshot(screenshots / f"lesson-08-cell-{number}.png")


def test_a_race_follows_rate_start_and_surface(notebook, screenshots):
    explorer = notebook.explorer('explore_descent("ravine", ["sgd", "momentum"')
    explorer.settle()
    pictures = [explorer.picture()]
    assert explorer.status().startswith("step 0 of 100")  # there to be played
    explorer.click("play")
    explorer.button("pause").wait_for()
    explorer.settle()
    assert explorer.status() == "step 100 of 100 · loss: sgd 0.14, momentum 0.00056, nesterov 0.000026"
    explorer.drag("momentum", [0.5, 0.2], pause=0.05)
    explorer.press("momentum", "Home")
    explorer.settle()
    assert explorer.status() == "step 100 of 100 · loss: sgd 0.14, momentum 0.14, nesterov 0.14"
    pictures.append(explorer.picture())
    explorer.unfold()
    explorer.drag("start x", [0.6, 0.9], pause=0.05)
    explorer.settle()
    pictures.append(explorer.picture())
    explorer.choose("surface", "saddle")
    explorer.settle()
    assert explorer.readout("start x").replace("−", "-") == "-2.00"
    for surface, start in {
        "network": (0.0, 0.0),
        "rosenbrock": (-1.5, 2.0),
        "ravine": (-4.0, 2.0),
        "saddle": (-2.0, 0.01),
    }.items():
        explorer.choose("surface", surface)
        explorer.settle()
        shown = [float(explorer.readout(f"start {name}").replace("−", "-")) for name in "xy"]
        assert tuple(shown) == start
    pictures.append(explorer.picture())
    assert len(set(pictures)) == 4
    explorer.screenshot(screenshots / "lesson-08-saddle.png")
    assert not notebook.errors()


def test_the_map_of_rate_and_momentum_follows_both(notebook, screenshots):
    explorer = notebook.explorer("explore_momentum(")
    explorer.settle()
    before = explorer.picture()
    explorer.press("momentum", "End")
    explorer.press("learning rate", "Home")
    explorer.settle()
    assert "rate 0.001, momentum 0.99: training loss" in explorer.status()
    assert explorer.picture() != before
    explorer.screenshot(screenshots / "lesson-08-momentum.png")


def test_the_sweep_trains_anew_with_every_size_and_marks_a_rate(notebook, screenshots):
    explorer = notebook.explorer('explore_sweep("penguins"')
    explorer.settle()
    pictures = [explorer.picture()]
    explorer.drag("hidden layers", [0.5, 0.67], pause=0.05)
    explorer.settle()
    assert explorer.readout("hidden layers") == "4"
    assert explorer.note() == "Too high: 1.8 and above (shaded) learn nothing."
    pictures.append(explorer.picture())
    explorer.press("learning rate", "ArrowRight", times=4)
    explorer.settle()
    assert "rate 1: training loss" in explorer.status()
    pictures.append(explorer.picture())
    explorer.press("width", "ArrowRight", times=3)
    explorer.settle()
    pictures.append(explorer.picture())
    assert len(set(pictures)) == 4
    explorer.screenshot(screenshots / "lesson-08-sweep.png")
    assert not notebook.errors()
