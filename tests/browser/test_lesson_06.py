"""Lesson 06 in JupyterLab: everything runs, every explorer shows its picture, and its sliders are alive."""

import re

LESSON = "06_activations.ipynb"


def test_the_point_moves_along_the_function_and_its_slope(notebook, screenshots):
    explorer = notebook.explorer('explore_activation("sigmoid"')
    explorer.settle()
    pictures = [explorer.picture()]
    explorer.drag("z", [0.2, 0.8, 0.5], pause=0.05)
    explorer.settle()
    z = float(explorer.readout("z"))
    assert f"z = {z:.2f}".replace("-", "−") in explorer.status()
    pictures.append(explorer.picture())
    explorer.choose("activation", "relu")
    explorer.press("z", "Home")
    explorer.settle()
    assert "relu(z) = 0.000 · slope 0.000" in explorer.status() and "Off" in explorer.note()
    pictures.append(explorer.picture())
    assert len(set(pictures)) == 3
    explorer.screenshot(screenshots / "lesson-06-activation.png")


def test_the_gradients_follow_depth_and_initialisation(notebook, screenshots):
    explorer = notebook.explorer("explore_gradients(activation=")
    explorer.settle()
    assert "PyTorch's default 3.2·10⁻⁶" in explorer.status()
    explorer.choose("activation", "relu")
    explorer.settle()
    assert "PyTorch's default 0.0018" in explorer.status()
    explorer = notebook.explorer('explore_gradients(activation="relu"')
    explorer.settle()
    before = explorer.picture()
    explorer.drag("hidden layers", [0.4, 0.7, 0.9], pause=0.05)
    explorer.press("hidden layers", "End")
    explorer.choose("initialisation", "Xavier")
    explorer.settle()
    assert explorer.note().startswith("Xavier, 10 seeds")
    explorer.choose("initialisation", "He")
    explorer.settle()
    assert explorer.readout("hidden layers") == "20"
    assert "He 0.022" in explorer.status() and explorer.note().startswith("He, 10 seeds")
    assert explorer.picture() != before and not notebook.errors()
    explorer.screenshot(screenshots / "lesson-06-gradients.png")


def test_the_race_is_run_anew_after_a_move_and_names_its_leader(notebook, screenshots):
    explorer = notebook.explorer("activation=activations")
    explorer.settle()
    assert explorer.drawn() == (640, 2)
    assert explorer.status().startswith("epoch 200 of 200 · relu leads")
    before = explorer.picture()
    explorer.drag("learning rate", [0.3, 0.7, 0.45], pause=0.05)
    explorer.settle()
    assert explorer.picture() != before
    assert len(re.findall(r"(relu|silu|tanh|sigmoid) \d\.\d\d, \d+ %", explorer.status())) == 4
    explorer.click("reset")
    explorer.settle()
    assert explorer.status() == "epoch 0 of 200"
    explorer.click("play")
    explorer.settle()
    assert explorer.status().startswith("epoch 200 of 200") and not notebook.errors()
    explorer.screenshot(screenshots / "lesson-06-race.png")
