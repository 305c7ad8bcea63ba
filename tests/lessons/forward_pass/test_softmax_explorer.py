"""Logits into probabilities, and the places where float32 gives up."""

import math

import pytest
import torch

from mlp_tutorial.lessons.forward_pass.softmax_explorer import OVERFLOW, UNDERFLOW, explore_softmax


def by_formula(logits):
    powers = logits.exp()
    return powers / powers.sum(1, keepdim=True)


def expected(logits):
    """Probabilities in Python's double precision."""
    powers = [math.exp(logit - max(logits)) for logit in logits]
    return [power / sum(powers) for power in powers]


@pytest.mark.parametrize("name", ["adelie", "chinstrap", "gentoo", "added"])
def test_every_slider_moves_the_picture(name):
    explorer = explore_softmax(added=0.0)
    picture, logits = explorer.canvas.image.value, explorer.logits
    explorer.controls[name].value += 2
    assert explorer.canvas.image.value != picture
    assert not torch.equal(explorer.logits, logits)
    assert explorer.probabilities.tolist() == pytest.approx(expected(explorer.logits[0].tolist()), abs=1e-6)


def test_adding_a_number_to_all_changes_nothing_until_exp_gives_up():
    explorer = explore_softmax(by_formula, added=0.0)
    first = explorer.probabilities.tolist()
    explorer.controls["added"].value = 80
    assert explorer.probabilities.tolist() == pytest.approx(first, abs=1e-5)
    explorer.controls["added"].value = 100
    assert explorer.probabilities.isnan().all()
    assert "inf / inf" in explorer.status_line.note
    explorer.controls["added"].value = -120
    assert explorer.probabilities.isnan().all()
    assert "0 / 0" in explorer.status_line.note
    explorer.controls["added"].value = 0
    assert explorer.probabilities.tolist() == first and not explorer.status_line.note


def test_the_shaded_zones_begin_where_float32_ends():
    assert torch.tensor([OVERFLOW - 0.01, OVERFLOW + 0.01]).exp().isinf().tolist() == [False, True]
    assert (torch.tensor([UNDERFLOW + 0.1, UNDERFLOW - 0.1]).exp() == 0).tolist() == [False, True]


def test_the_learners_function_drives_the_picture_and_a_stub_does_not():
    equal = explore_softmax(lambda logits: torch.full_like(logits, 1 / 3), added=5.0)
    assert "Adelie 0.333" in equal.status_line.text
    assert "by your softmax" in equal.sentence()
    for stub in (lambda logits: ..., lambda logits: None):
        assert "torch.softmax" in explore_softmax(stub).sentence()


def test_wrong_functions_and_settings_are_refused_in_words():
    replaced = explore_softmax(lambda logits: logits.sum(1))
    assert "Your softmax returned shape (1,), expected (1, 3)" in replaced.status_line.note
    with pytest.raises(ValueError, match="three logits, for Adelie, Chinstrap, Gentoo; there are 2"):
        explore_softmax(logits=(1.0, 2.0))


def test_a_function_that_fails_later_leaves_the_picture_and_says_why():
    def picky(logits):
        if logits.max() > 4:
            raise ValueError("too much")
        return logits.softmax(1)

    explorer = explore_softmax(picky)
    picture = explorer.canvas.image.value
    explorer.controls["gentoo"].value = 5
    assert "too much" in explorer.status_line.note
    assert explorer.canvas.image.value == picture


def test_a_sum_that_overflows_is_said():
    explorer = explore_softmax(by_formula, logits=(2.5, 2.5, -1.0), added=86.0)
    assert explorer.probabilities.tolist() == [0.0, 0.0, 0.0]
    assert explorer.status_line.note.startswith("Each e^logit is finite, but their sum is infinite in float32")
    explorer.controls["added"].value = -103
    assert explorer.probabilities.tolist() == [0.5, 0.5, 0.0]
    assert explorer.status_line.note == "float32 has few digits left for an e^logit as small as these."
    for added in (86.0, -103.0):
        assert explore_softmax(logits=(2.5, 2.5, -1.0), added=added).status_line.note == ""


def test_without_a_number_to_add_three_logits_have_room_to_move():
    explorer = explore_softmax(logits=(2.0, 1.0, 0.0))
    assert {*explorer.controls} == {"adelie", "chinstrap", "gentoo"}
    axes = explorer.canvas.figure.axes[0]
    (left, _), (right, _) = axes.transData.transform([(-8, 0), (8, 0)])
    assert right - left > 240  # pixels
    assert explore_softmax(added=0.0).canvas.figure.axes[0].get_xlim()[1] > OVERFLOW
