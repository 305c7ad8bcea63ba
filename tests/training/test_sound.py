"""What a loss curve sounds like."""

import numpy as np
import pytest

from mlp_tutorial import History
from mlp_tutorial.training.sound import SAMPLES_PER_SECOND, loss_sound


def pitches(sound, parts=8):
    """The pitch of each part of a sound in hertz, by how often it changes its sign."""
    pieces = np.array_split(sound, parts)
    return np.array([SAMPLES_PER_SECOND * np.sum(np.diff(np.sign(piece)) != 0) / 2 / len(piece) for piece in pieces])


def test_the_pitch_falls_with_the_loss_by_equal_intervals_for_equal_ratios():
    left, right = loss_sound([2.0 * 0.9**epoch for epoch in range(40)])
    assert np.array_equal(left, right) and abs(left).max() <= 0.5
    heard = pitches(left)
    assert (np.diff(heard) < 0).all()
    expected = 880 * 4.0 ** -((np.arange(8) + 0.5) / 8)
    assert heard == pytest.approx(expected, rel=0.05)


def test_validation_is_on_the_right_and_on_the_same_scale():
    left, right = loss_sound([1.0, 0.1, 0.01, 0.001], [1.0, 0.5, 0.5, 1.0])
    assert pitches(left)[-1] < 270 and pitches(right)[-1] > 700


@pytest.mark.parametrize(("epochs", "seconds"), [(1, 1.0), (40, 2.0), (10_000, 4.0)])
def test_it_is_between_one_and_four_seconds_long(epochs, seconds):
    sound = loss_sound([0.5] * epochs)
    assert sound.shape == (2, seconds * SAMPLES_PER_SECOND) and np.isfinite(sound).all()
    assert pitches(sound[0])[3] == pytest.approx(220, rel=0.05)


@pytest.mark.parametrize("loss", [float("nan"), float("inf")])
def test_a_loss_without_a_pitch_is_named(loss):
    with pytest.raises(
        ValueError, match=rf"validation loss of epoch 2 is {loss}, which has no pitch: the run diverged"
    ):
        History(training_loss=[1.0, 2.0], validation_loss=[1.0, loss]).listen()


def test_nothing_is_heard_before_the_first_epoch():
    with pytest.raises(ValueError, match="no epoch is finished"):
        History().listen()


def test_a_history_is_heard_without_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    player = History(training_loss=[1.0, 0.5], validation_loss=[1.0, 0.8]).listen()
    assert player._repr_html_().count("data:audio/wav;base64,") == 1 and not list(tmp_path.iterdir())
