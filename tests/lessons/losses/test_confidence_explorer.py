"""What three logits cost and where their gradient points, with label smoothing and with a learner's loss."""

import math

import pytest
import torch
import torch.nn.functional as F

from mlp_tutorial.lessons.losses.confidence_explorer import explore_confidence
from mlp_tutorial.lessons.shared.probability_bars import SPECIES


def by_hand(logits, right, smoothing):
    """Loss and gradient in Python's double precision."""
    log_sum = max(logits) + math.log(sum(math.exp(z - max(logits)) for z in logits))
    targets = [smoothing / 3 + (1 - smoothing) * (k == right) for k in range(3)]
    loss = sum(t * (log_sum - z) for t, z in zip(targets, logits, strict=True))
    return loss, [math.exp(z - log_sum) - t for z, t in zip(logits, targets, strict=True)]


def by_formula(logits, y):
    powers = logits.exp()
    return -(powers / powers.sum(1, keepdim=True))[torch.arange(len(y)), y].log().mean()


@pytest.mark.usefixtures("nothing_painted")
@pytest.mark.parametrize(
    ("right", "smoothing", "scale"),
    [("Adelie", 0.0, 1.0), ("Chinstrap", 0.2, 1.0), ("Gentoo", 0.0, 3.0), ("Gentoo", 0.5, 0.3)],
)
def test_loss_and_gradient_are_those_of_the_formulas(right, smoothing, scale):
    logits = (2.5, -0.5, 1.0)
    explorer = explore_confidence(logits=logits, right=right, smoothing=smoothing, scale=scale)
    loss, gradient = by_hand([scale * z for z in logits], SPECIES.index(right), smoothing)
    assert explorer.loss == pytest.approx(loss, abs=1e-5)
    assert explorer.gradient == pytest.approx(gradient, abs=1e-5)


@pytest.mark.parametrize("smoothing", [0.0, 0.3])
def test_the_curve_is_what_the_slider_of_the_true_species_travels(smoothing):
    explorer = explore_confidence(right="Chinstrap", smoothing=smoothing)
    x, y = (torch.as_tensor(values) for values in explorer.picture.curve.get_data())
    for logit in (-4.0, 1.5, 4.5):
        explorer.controls["chinstrap"].value = logit
        nearest = int((x - explorer.probabilities[1]).abs().argmin())
        assert y[nearest].item() == pytest.approx(explorer.loss, abs=0.1)
        assert explorer.picture.point.get_xdata()[0] == explorer.probabilities[1]
    if not smoothing:
        assert torch.allclose(y, -x.log(), atol=1e-5)


def test_a_sure_and_wrong_answer_pays_without_limit_and_says_so():
    explorer = explore_confidence()
    losses = []
    for logit in (2.0, 0.0, -2.0, -5.0):
        explorer.controls["adelie"].value = logit
        losses.append(explorer.loss)
    assert losses == sorted(losses)
    explorer.controls["adelie"].value = -1.2
    assert explorer.answer != 0 and 0.1 < explorer.probabilities[0] < 0.3
    assert "Sure and wrong" not in explorer.status_line.note  # wrong, but not sure
    explorer.controls["adelie"].value = -5.0
    assert "answer Chinstrap: wrong" in explorer.status_line.text
    assert "Sure and wrong" in explorer.status_line.note
    explorer.controls["chinstrap"].value = 5.0
    assert explorer.loss > 8 and explorer.picture.point.get_marker() == "^"  # above the picture


def test_label_smoothing_turns_the_gradient_round_beyond_the_target():
    below, beyond = (explore_confidence(logits=(z, 0, -1), smoothing=0.2) for z in (2.1, 2.3))
    assert below.gradient[0] < 0 < beyond.gradient[0]
    assert below.targets == pytest.approx([0.8667, 0.0667, 0.0667], abs=1e-4)
    sure = explore_confidence(logits=(5, 0, -1), smoothing=0.2)
    assert "that costs again" in sure.status_line.note and sure.loss > below.loss


@pytest.mark.parametrize("name", ["adelie", "chinstrap", "gentoo", "smoothing", "scale", "right"])
def test_every_control_moves_the_picture(name):
    explorer = explore_confidence()
    picture, loss = explorer.canvas.image.value, explorer.loss
    control = explorer.controls[name]
    control.value = {"right": "Gentoo", "scale": 3.0}[name] if name in ("right", "scale") else control.value + 0.4
    assert explorer.canvas.image.value != picture and explorer.loss != loss


def test_an_own_loss_drives_the_picture_and_breaks_where_it_breaks():
    explorer = explore_confidence(by_formula, right="Chinstrap")
    assert explorer.loss == pytest.approx(by_hand([2, 0, -1], 1, 0.0)[0], abs=1e-5)
    assert "your by_formula" in explorer.sentence() and "smoothing" not in explorer.controls
    explorer.controls["scale"].value = 100.0
    assert math.isinf(explorer.loss) and "e^logit became infinite" in explorer.status_line.note
    stable = explore_confidence(F.cross_entropy, right="Chinstrap", scale=1000.0)
    assert stable.loss == pytest.approx(2000) and stable.gradient == pytest.approx([1, -1, 0])
    stub = explore_confidence(lambda logits, y: ..., right="Chinstrap")
    assert "not written yet" in stub.status_line.note
    assert stub.loss == explore_confidence(right="Chinstrap").loss


def test_wrong_settings_and_losses_are_refused_in_words():
    with pytest.raises(ValueError, match="three logits, for Adelie, Chinstrap, Gentoo; there are 2"):
        explore_confidence(logits=(1.0, 2.0))
    with pytest.raises(ValueError, match="'Gentoo'"):
        explore_confidence(right="Gento")
    with pytest.raises(ValueError, match="smoothing must be between 0 and 1; it is 2"):
        explore_confidence(smoothing=2)
    with pytest.raises(ValueError, match="scale must be greater than 0; it is 0"):
        explore_confidence(scale=0)
    assert "returned shape (1, 3), expected ()" in explore_confidence(lambda logits, y: logits).status_line.note


def test_the_still_says_what_it_shows():
    assert (
        explore_confidence().sentence().startswith("Logits: Adelie 2.0, Chinstrap 0.0, Gentoo −1.0; probabilities 0.84")
    )
