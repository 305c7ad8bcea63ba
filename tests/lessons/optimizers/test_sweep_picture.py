"""The picture of the sweep: what it draws anew, what it shades, and where its texts stand."""

import torch
from torch import nn

from mlp_tutorial import load_dataset
from mlp_tutorial.lessons.optimizers.sweep_explorer import LEARNING_RATES, explore_sweep
from mlp_tutorial.training.evaluation import baseline_loss
from tests.lessons.optimizers.helpers import short_sweep as short


def test_only_moving_artists_are_drawn_while_sizes_and_rates_move():
    explorer = short()
    drawn, paint = [], explorer.canvas.paint
    explorer.canvas.paint = lambda **how: (drawn.append(how["background_changed"]), paint(**how))
    for name, value in {"width": 9, "num_layers": 3, "learning_rate": 1.0}.items():
        explorer.controls[name].value = value
    assert drawn and not any(drawn)
    assert explorer.canvas.figure.axes[0].get_title() == "sgd, 2 → 9 → 9 → 9 → 3"


def shaded(explorer):
    return [rate for rate, span in zip(LEARNING_RATES, explorer.picture.too_high, strict=True) if span.get_visible()]


def test_rates_too_high_are_shaded_and_named():
    explorer = explore_sweep("penguins", [8, 8])
    assert shaded(explorer) == [5.6]
    assert "5.6 and above (shaded) learn nothing" in explorer.status_line.note
    explorer.controls["num_layers"].value = 4
    assert shaded(explorer) == [1.8, 3.2, 5.6]
    explorer.controls["num_layers"].value = 1
    assert shaded(explorer) == [] and explorer.status_line.note == "No rate was too high."
    baseline = baseline_loss(torch.zeros(206, 3), load_dataset("penguins").y_train, nn.CrossEntropyLoss())
    for rate, losses in zip(LEARNING_RATES, explorer.losses[:, :, -1], strict=True):
        assert rate < 0.01 or losses.median() < baseline


def test_runs_that_are_not_finite_are_told_of_and_where_nothing_is_learned_that_is_said():
    explorer = explore_sweep("penguins_body_mass", [8], 5.6, num_epochs=30, num_seeds=3)
    assert 5.6 in shaded(explorer) and "3 of 3 seeds diverged" in explorer.status_line.text
    nothing = explore_sweep("spiral", [1, 1, 1, 1], num_epochs=10, num_seeds=3)
    assert "no rate does clearly better than the baseline" in nothing.status_line.note
    assert shaded(nothing) == []


def test_no_text_leaves_the_picture():
    explorer = short(dataset="digits", hidden_sizes=[32] * 6, num_seeds=1, num_epochs=1, log_scale=True)
    figure = explorer.canvas.figure
    figure.draw_without_rendering()
    for axes in figure.axes:
        for text in (axes.title, axes.xaxis.label, axes.yaxis.label):
            box = text.get_window_extent()
            assert box.x0 >= 0 and box.y0 >= 0 and box.x1 <= 640 and box.y1 <= 320, text
