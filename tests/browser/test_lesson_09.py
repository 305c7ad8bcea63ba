"""Lesson 09 in JupyterLab: everything runs, and the explorers of mistakes and of the own table answer."""

from .conftest import results

LESSON = "09_putting_it_together.ipynb"


def test_a_click_on_a_pixel_moves_the_probabilities(notebook, screenshots):
    explorer = notebook.explorer("explore_drawing(")
    picture = explorer.picture()
    pixel = explorer.root.locator('.mlp-click[title^="row 2, column 0:"]')
    pixel.click()
    explorer.settle()
    assert explorer.status().startswith("answer 9, 100 % (before: 3, 100 %)")
    assert explorer.picture() != picture and pixel.get_attribute("title").endswith("16 of 16 ink")
    explorer.screenshot(screenshots / "lesson-09-drawing.png")


def test_walking_through_the_mistakes_and_moving_a_digit(notebook, screenshots):
    explorer = notebook.explorer("explore_errors(")
    explorer.settle()
    assert explorer.drawn() == (612, 2)
    assert explorer.status().startswith("mistake 1 of 13 · truly 2 · answer 4")
    assert "346 of all 359" in explorer.note()
    pictures = [explorer.picture()]
    explorer.drag("mistake", [0.3, 0.7, 0.5], pause=0.05)
    explorer.settle()
    assert explorer.status().startswith(f"mistake {explorer.readout('mistake')} of 13")
    pictures.append(explorer.picture())
    explorer.press("shift right", "ArrowRight")
    explorer.settle()
    assert "125 of all 359" in explorer.note()
    pictures.append(explorer.picture())
    explorer.drag("ink", [0.3, 0.1], pause=0.05)
    explorer.settle()
    pictures.append(explorer.picture())
    assert len(set(pictures)) == 4
    assert not notebook.errors()
    explorer.screenshot(screenshots / "lesson-09-errors.png")


def test_the_tutorials_example_learns_when_its_rate_is_raised(notebook, headless, screenshots):
    explorer = notebook.explorer("explore_training(dataset=wine")
    explorer.settle()
    assert "validation loss 0.96 · accuracy 69 %" in explorer.status()
    explorer.screenshot(screenshots / "lesson-09-wine.png")
    explorer.unfold()
    explorer.choose("data set", "digits")
    explorer.settle()
    expected = headless(dataset="digits", hidden_sizes=[64, 32], learning_rate=0.01, num_epochs=100)
    assert results(explorer.status()) == expected
    explorer.screenshot(screenshots / "lesson-09-digits.png")


def test_the_own_table_trains(notebook, screenshots):
    explorer = notebook.explorer("usable_or(")
    explorer.settle()
    assert explorer.status().startswith("epoch 300 of 300 · training loss 0.13 · validation loss 0.12")
    explorer.screenshot(screenshots / "lesson-09-own-table.png")
