"""What weights do for a rare class: recall and accuracy, counted over several seeds."""

import pytest
import torch

from mlp_tutorial.lessons.losses.rare_class import (
    RARE,
    load_rare_class,
    plot_rare_class,
    recall_and_accuracy,
    torch_weighted_cross_entropy,
    train_weighted,
)


def test_the_rare_class_is_rare_and_real():
    penguins = load_rare_class()
    assert penguins.class_names[RARE] == "Chinstrap"
    assert penguins.y_train.bincount().argmin() == RARE
    assert penguins.feature_names == ("flipper_length_mm", "body_mass_g")


def test_recall_and_accuracy_are_counted_right():
    penguins = load_rare_class()

    def answering(answers):
        class Fixed(torch.nn.Module):
            def forward(self, x):
                return torch.nn.functional.one_hot(answers, 3).float()

        return Fixed()

    y = penguins.y_validation
    share = (y == RARE).float().mean().item()
    assert recall_and_accuracy(answering(y), penguins) == (1.0, 1.0)
    everywhere = recall_and_accuracy(answering(torch.full_like(y, RARE)), penguins)
    assert everywhere == pytest.approx((1.0, share))
    nowhere = recall_and_accuracy(answering(torch.where(y == RARE, 0, y)), penguins)
    assert nowhere == pytest.approx((0.0, 1 - share))


def test_what_the_lesson_says_holds_for_ten_seeds():
    runs = torch.tensor(
        [
            [train_weighted(torch_weighted_cross_entropy, weight, seed=seed) for seed in range(10)]
            for weight in (1.0, 5.0)
        ]
    )  # (weights, seeds, 2)
    recall, accuracy = runs[..., 0], runs[..., 1]
    assert (recall[1] > recall[0]).all() and (accuracy[1] < accuracy[0]).all()
    assert recall.mean(1).tolist() == pytest.approx([0.20, 0.79], abs=0.02)
    assert accuracy.mean(1).tolist() == pytest.approx([0.79, 0.66], abs=0.02)


def test_the_plot_is_driven_by_the_learners_loss():
    seen = []

    def own(logits, y, weights):
        seen.append(tuple(weights.tolist()))
        return torch_weighted_cross_entropy(logits, y, weights)

    options = {"weights": (1, 5), "seeds": (0, 1), "num_epochs": 3}
    axes = plot_rare_class(own, **options)
    assert set(seen[1:]) == {(1.0, 1.0, 1.0), (1.0, 5.0, 1.0)}  # after a trial
    assert "your own" in axes.get_title()
    expected = [train_weighted(own, 5, seed=seed, num_epochs=3)[0] for seed in (0, 1)]
    assert axes.lines[0].get_ydata()[1] == pytest.approx(sum(expected) / 2)
    stub = plot_rare_class(lambda logits, y, weights: ..., **options)
    assert "not written yet" in stub.get_title()
    assert list(stub.lines[0].get_ydata()) == pytest.approx(list(axes.lines[0].get_ydata()))
