"""The picture of one training step."""

from mlp_tutorial.lessons.conclusion.training_step_picture import plot_training_step


def test_the_picture_of_a_step_names_every_lesson():
    text = " ".join(text.get_text() for text in plot_training_step().axes[0].texts)
    assert all(number in text for number in ("01–04", "05", "06", "07", "08", "09"))
