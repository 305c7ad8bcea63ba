"""The explorer of mistakes shows what the network answers for what it draws, by whichever function it is given."""

import pytest
import torch

from mlp_tutorial.lessons.putting_it_together.digit_network import digit_network
from mlp_tutorial.lessons.putting_it_together.error_explorer import edited, explore_errors, package_probabilities


def raw_probabilities(model, dataset, raw_X):
    return model(raw_X).softmax(1)  # forgets to standardise


@pytest.fixture(scope="module")
def network():
    return digit_network()[:2]


def test_editing_moves_the_ink_and_loses_what_leaves_the_image():
    digit = torch.arange(64.0).reshape(1, 64) % 17
    image = digit.reshape(8, 8)
    moved = edited(digit, 2, -1, 1.0).reshape(8, 8)
    assert torch.equal(moved[:7, 2:], image[1:, :6])
    assert not moved[7].any() and not moved[:, :2].any()
    assert torch.equal(edited(digit, 0, 0, 1.0), digit)
    assert torch.equal(edited(digit, 0, 0, 2.0), (2 * digit).clamp(max=16))


def test_the_mistakes_are_those_of_the_network_and_the_surest_comes_first(network):
    model, digits = network
    explorer = explore_errors()
    with torch.no_grad():
        shares = model(digits.X_validation).softmax(1)
    wrong = (shares.argmax(1) != digits.y_validation).nonzero().flatten().tolist()
    assert sorted(explorer.rows) == wrong and len(wrong) == explorer.controls["mistake"].max
    confidence = [shares[row].max().item() for row in explorer.rows]
    assert confidence == sorted(confidence, reverse=True)


def test_every_slider_moves_the_picture_and_the_numbers_are_the_networks(network):
    model, digits = network
    explorer = explore_errors()
    raw = digits.standardise(digits.unstandardise(digits.X_validation)) * digits.feature_std + digits.feature_mean
    for name, value in {"mistake": 4, "shift_right": 1, "shift_down": -2, "ink": 0.7}.items():
        before = explorer.canvas.image.value
        explorer.controls[name].value = value
        assert explorer.canvas.image.value != before, name
    with torch.no_grad():
        answers = model(digits.standardise(edited(raw, 1, -2, 0.7))).softmax(1)
    assert torch.allclose(explorer.shares, answers[explorer.rows[3]], atol=1e-3)
    assert explorer.num_right == (answers.argmax(1) == digits.y_validation).sum()
    assert f"{explorer.num_right} of all 359 validation digits are answered right" in explorer.status_line.note
    mean = answers.max(1).values.mean().item()
    assert explorer.status_line.note.endswith(f"a mean probability of {mean:.0%}.".replace("%", " %"))
    assert "mistake 4 of" in explorer.status_line.text
    assert "shift right 1, shift down −2, ink 0.7" in explorer.sentence()


@pytest.mark.usefixtures("nothing_painted")
def test_what_the_lesson_says_about_moved_and_pale_digits():
    explorer = explore_errors()
    right = {}
    for edit in ((0, 0, 1.0), (1, 0, 1.0), (-1, 0, 1.0), (0, 0, 0.5)):
        for name, value in zip(("shift_right", "shift_down", "ink"), edit, strict=True):
            explorer.controls[name].value = value
        right[edit] = explorer.num_right
    assert list(right.values()) == pytest.approx([346, 125, 116, 321], abs=2)


def test_the_learners_function_drives_the_picture_and_a_stub_does_not():
    own, stub = explore_errors(raw_probabilities), explore_errors(lambda model, dataset, raw_X: ...)
    assert "by your raw_probabilities" in own.sentence()
    assert own.num_right < 320 and len(own.rows) == 359 - own.num_right
    assert stub.sentence() == explore_errors().sentence()


def test_a_function_without_mistakes_still_has_digits_to_look_at(network):
    _, digits = network

    def oracle(model, dataset, raw_X):
        return torch.nn.functional.one_hot(digits.y_validation[: len(raw_X)], 10).float()

    explorer = explore_errors(oracle)
    assert "digit 1 of 359" in explorer.status_line.text and "(right)" in explorer.status_line.text


def test_numbers_that_are_no_probabilities_are_named():
    explorer = explore_errors(lambda model, dataset, raw_X: model(dataset.standardise(raw_X)).detach())
    assert "they are no probabilities" in explorer.status_line.note


def test_wrong_functions_and_settings_are_refused_in_words():
    replaced = explore_errors(lambda model, dataset, raw_X: torch.zeros(len(raw_X)))
    assert "returned shape (2,), expected (2, 10)" in replaced.status_line.note
    with pytest.raises(ValueError, match="mistake is a number from 1 to"):
        explore_errors(mistake=0)
    with pytest.raises(ValueError, match="shift_right is at most 3 pixels either way; it is 4"):
        explore_errors(shift_right=4)
    with pytest.raises(ValueError, match="ink is a factor above 0"):
        explore_errors(ink=0)


def test_a_function_that_fails_later_leaves_the_picture_and_says_why():
    def picky(model, dataset, raw_X):
        if raw_X[:, 0].sum() > 100:
            raise ValueError("too much ink in the corner")
        return package_probabilities(model, dataset, raw_X)

    explorer = explore_errors(picky)
    picture = explorer.canvas.image.value
    explorer.controls["shift_right"].value = -2
    assert "too much ink in the corner" in explorer.status_line.note
    assert explorer.canvas.image.value == picture
