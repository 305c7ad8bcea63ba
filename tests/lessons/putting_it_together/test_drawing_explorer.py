"""A digit drawn by clicks gets the network's own answers, and the fewest pixels that flip one are found by trying all."""

import pytest
import torch

from mlp_tutorial.lessons.putting_it_together.digit_network import digit_network
from mlp_tutorial.lessons.putting_it_together.drawing_explorer import PAPER, explore_drawing
from mlp_tutorial.lessons.putting_it_together.turned_pixels import fewest_that_flip, turned_over

MODEL, DIGITS, _ = digit_network()
RAW = (DIGITS.X_validation * DIGITS.feature_std + DIGITS.feature_mean).round()


def answers(pixels):
    with torch.no_grad():
        return MODEL((pixels - DIGITS.feature_mean) / DIGITS.feature_std).softmax(-1)


@pytest.fixture
def explorer():
    return explore_drawing()


def test_a_click_turns_one_pixel_and_all_bars_are_the_networks(explorer):
    pixels, picture = explorer.pixels.clone(), explorer.canvas.image.value
    assert torch.equal(pixels, RAW[2]) and "0 pixels turned" in explorer.status_line.text
    explorer.click(2, 0)
    pixels[16] = 16.0
    assert torch.equal(explorer.pixels, pixels) and explorer.canvas.image.value != picture
    widths = [bar.get_width() for bar in explorer.picture.bars.bars]
    assert widths == pytest.approx(answers(pixels).tolist(), abs=1e-5)
    assert explorer.status_line.text.startswith("answer 9, 100 % (before: 3, 100 %)")
    assert explorer.status_line.text.endswith("1 pixel turned: [(2, 0)]")
    assert "answer 9, 100 %, then" in explorer.sentence()


def test_a_second_click_and_reset_turn_pixels_back(explorer):
    for place in ((5, 3), (0, 0), (5, 3)):
        explorer.click(*place)
    assert explorer.turned == [(0, 0)]
    explorer.buttons["reset"].click()
    assert explorer.turned == [] and torch.equal(explorer.pixels, RAW[2])


def test_another_start_is_drawn_on_anew(explorer):
    explorer.click(5, 3)
    explorer.controls["start"].value = 8
    assert explorer.turned == [] and torch.equal(explorer.pixels, RAW[16])
    assert "the 8 of validation row 16" in explorer.status_line.note
    explorer.controls["start"].value = PAPER
    assert not explorer.pixels.any() and "empty paper" in explorer.sentence()
    explorer.click(3, 4)
    assert explorer.pixels.nonzero().flatten().tolist() == [28]


def test_each_button_lies_on_its_pixel_and_says_its_ink(explorer):
    areas = {area.key: area for area in explorer._clicks.areas}
    assert len(areas) == 64
    to_screen = explorer.picture.paper.transData
    for (row, column), area in areas.items():
        x, y = to_screen.transform((column, row))
        assert area.left < x < area.left + area.width
        assert area.top < explorer.canvas.height - y < area.top + area.height
        assert area.tooltip == f"row {row}, column {column}: {int(RAW[2, 8 * row + column])} of 16 ink"


def test_the_fewest_pixels_are_the_fewest():
    among = [number for number in range(64) if 0 < number % 8 < 7]
    one = turned_over(RAW[2], [[number] for number in among])
    assert (answers(one).argmax(1) == 3).all()
    assert answers(turned_over(RAW[2], [[43, 45]])).argmax(1).tolist() == [2]
    assert fewest_that_flip(MODEL, DIGITS, RAW[2], among, most=3) == 2
    assert fewest_that_flip(MODEL, DIGITS, RAW[2], range(64), most=3) == 1


def test_settings_that_cannot_work_are_refused_in_words():
    with pytest.raises(ValueError, match="Unknown start 12"):
        explore_drawing(12)
    with pytest.raises(ValueError, match=r"pairs \(row, column\), each number from 0 to 7"):
        explore_drawing(3, [(0, 8)])
