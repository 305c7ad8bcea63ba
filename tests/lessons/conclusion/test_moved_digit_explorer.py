"""A digit that moves: what is drawn are the networks' own answers, and the convolution's do not change."""

import pytest
import torch

from mlp_tutorial.lessons.conclusion.moved_digit_explorer import explore_moved_digit
from mlp_tutorial.lessons.conclusion.moved_digits import digits_of, on_sheet, trained_networks


@pytest.fixture
def explorer():
    return explore_moved_digit(6, right=1)


def bars_of(explorer):
    return [[bar.get_width() for bar in bars.bars] for bars in explorer.picture.bars]


def test_sheet_and_bars_are_those_of_the_networks(explorer):
    for name, value in (("right", -2), ("down", 1), ("digit", 4)):
        explorer.controls[name].value = value
    pictures, y = digits_of("validation")
    row = int(explorer.status_line.note.split("row ")[1].split(",")[0])
    sheets = on_sheet(pictures, -2, 1)
    assert y[row] == 4 and explorer.status_line.note == f"The 4 of validation row {row}, moved 2 left and 1 down."
    assert explorer.picture.image.get_array().tolist() == sheets[row, 0].tolist()
    with torch.no_grad():
        logits = [network(sheets) for network in trained_networks().values()]
    for bars, answers in zip(bars_of(explorer), logits, strict=True):
        assert bars == pytest.approx(answers[row].softmax(0).tolist(), abs=1e-5)
    assert explorer.counts == [int((answers.argmax(1) == y).sum()) for answers in logits]


def test_one_pixel_is_enough_for_linear_layers_and_nothing_for_the_convolution(explorer):
    assert explorer.status_line.text.startswith("linear layers: 1, ") and ", convolution: 6, " in explorer.sentence()
    titles = [title.get_text() for title in explorer.picture.titles]
    assert titles == ["linear layers: 1", "convolution: 6"]
    moved, known = bars_of(explorer), explorer.counts
    explorer.controls["right"].value = 0
    middle = bars_of(explorer)
    assert "6" in explorer.picture.titles[0].get_text() and "where it was written" in explorer.status_line.note
    assert middle[1] == pytest.approx(moved[1], abs=1e-5) and explorer.counts[1] == known[1]
    assert explorer.counts[0] > 1.5 * known[0]


def test_settings_that_cannot_work_are_refused_in_words():
    with pytest.raises(ValueError, match="Unknown digit '12'"):
        explore_moved_digit(12)
    with pytest.raises(ValueError, match="Unknown number of pixels for down '3'"):
        explore_moved_digit(down=3)
