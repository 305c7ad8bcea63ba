"""Lesson 01 in JupyterLab: everything runs, and a neuron is trained by hand, by the keyboard and by its gradient."""

import re

import pytest

LESSON = "01_neurons.ipynb"
BY_HAND, DESCENT = "hand_trained = explore_neuron(", "descended = explore_neuron("


def loss(explorer):
    return float(re.match(r"loss ([\d.]+)", explorer.status())[1])


def moves(notebook, name="descended"):
    """Who made each move, as the kernel wrote it down."""
    return notebook.evaluate(f"[who for who, _ in {name}.trail]")


def readouts(explorer):
    return [float(explorer.readout(label).replace("−", "-")) for label in ("weight w1", "weight w2", "bias b")]


def weights(notebook, name="descended"):
    return notebook.evaluate(f"list({name}.weights.values())")


def test_every_explorer_shows_its_picture(notebook, screenshots):
    explorers = ["explore_drawn_neuron()", "explore_neuron()", BY_HAND, DESCENT, "explore_neuron(w1=-8.0)"]
    for number, cell in enumerate(explorers):
        explorer = notebook.explorer(cell)
        explorer.settle()
        assert explorer.drawn() == (640, 2)
        explorer.screenshot(screenshots / f"lesson-01-explorer-{number}.png")


def test_a_hand_on_the_sliders_moves_line_loss_and_trail(notebook, screenshots):
    explorer = notebook.explorer(BY_HAND)
    explorer.settle()
    picture, before = explorer.picture(), loss(explorer)
    explorer.drag("weight w1", [0.55, 0.65, 0.75], pause=0.05)
    explorer.drag("bias b", [0.45, 0.4], pause=0.05)
    explorer.press("weight w2", "ArrowLeft", times=4)
    explorer.settle()
    assert explorer.picture() != picture and loss(explorer) < 0.1 < before
    assert readouts(explorer) == pytest.approx(weights(notebook, "hand_trained"), abs=0.006)
    assert weights(notebook, "hand_trained")[1] == pytest.approx(0.8)
    assert set(moves(notebook, "hand_trained")[1:]) == {"hand"}
    explorer.screenshot(screenshots / "lesson-01-by-hand.png")


def test_descend_moves_the_sliders_and_is_not_taken_for_a_hand(notebook, screenshots):
    explorer = notebook.explorer(DESCENT)
    explorer.click("reset")
    explorer.settle()
    explorer.click("descend")
    explorer.button("pause").wait_for()
    explorer.page.wait_for_timeout(1000)
    explorer.screenshot(screenshots / "lesson-01-descending.png")
    explorer.settle()
    assert moves(notebook) == ["start"] + ["descent"] * 100
    assert loss(explorer) < 0.03
    assert readouts(explorer) == pytest.approx(weights(notebook), abs=0.026)
    for _ in range(5):
        explorer.click("step")
    explorer.settle()
    assert moves(notebook) == ["start"] + ["descent"] * 105
    explorer.press("bias b", "ArrowRight")
    explorer.settle()
    assert moves(notebook)[-2:] == ["descent", "hand"]
    explorer.screenshot(screenshots / "lesson-01-descended.png")


def test_a_hand_stops_the_descent(notebook):
    explorer = notebook.explorer(DESCENT)
    explorer.click("reset")
    explorer.settle()
    explorer.click("descend")
    explorer.button("pause").wait_for()
    explorer.page.wait_for_timeout(400)
    explorer.press("weight w2", "End")  # the mouse may miss a handle that is on the move
    explorer.settle()
    made = moves(notebook)
    assert made[-1] == "hand" and 0 < made.count("descent") < 100
    assert weights(notebook)[1] == pytest.approx(readouts(explorer)[1], abs=0.006)
    assert weights(notebook)[1] > 5


@pytest.mark.parametrize("rest", [0.0, 0.15])
@pytest.mark.parametrize("positions", [[0.6, 0.7, 0.8, 0.9], [0.65], [0.5, 0.45, 0.4, 0.35, 0.3, 0.25]])
def test_a_slider_dragged_during_descent_stays_where_it_is_let_go(notebook, positions, rest):
    explorer = notebook.explorer(DESCENT)
    explorer.click("reset")
    explorer.settle()
    explorer.click("descend")
    explorer.button("pause").wait_for()
    explorer.page.wait_for_timeout(400)
    explorer.grab("weight w2")
    for position in positions:
        explorer.drag_on("weight w2", position)
        explorer.page.wait_for_timeout(20)
    explorer.page.wait_for_timeout(1000 * rest)
    in_hand = readouts(explorer)[1]
    explorer.page.mouse.up()
    explorer.settle()
    explorer.page.wait_for_timeout(600)
    assert readouts(explorer)[1] == in_hand == pytest.approx(weights(notebook)[1], abs=0.006)
    assert in_hand == pytest.approx(16 * positions[-1] - 8, abs=0.2)
    made = moves(notebook)
    by_hand = made[made.index("hand") :]
    # On a busy machine a drag may rest long enough between two of its places to be read as two moves.
    assert set(by_hand) == {"hand"} and len(by_hand) <= len(positions), "a hand ends the descent"
    assert 0 < made.count("descent") < 100


def test_another_activation_and_a_rate_that_is_too_high_are_told_in_words(notebook, screenshots):
    explorer = notebook.explorer("explore_neuron(w1=-8.0)")
    explorer.unfold()
    explorer.choose("activation", "identity")
    explorer.click("reset")
    explorer.settle()
    explorer.click("descend")
    explorer.settle()
    assert "Lower the learning rate, press reset" in explorer.note()
    explorer.screenshot(screenshots / "lesson-01-diverged.png")
