"""Gradients of the learner's own train a network; a stub falls back on autograd."""

import pytest
from torch import nn

from mlp_tutorial import NeuralNetworkModel
from mlp_tutorial.lessons.backpropagation.own_gradients import cross_entropy_with, model_with
from mlp_tutorial.lessons.shared.trainer import explore_training
from tests.lessons.backpropagation.helpers import minus_one_hot

LESSON = "05_backpropagation.ipynb"


def final_loss(**own):
    history = explore_training(num_epochs=300, regions=False, **own).history
    return history.training_loss[-1]


def test_right_gradients_train_like_autograd(solutions):
    own = final_loss(
        model_class=model_with(solutions["linear_gradient"]), criterion=cross_entropy_with(solutions["logits_gradient"])
    )
    assert own == pytest.approx(final_loss(), abs=1e-4)


def test_a_gradient_without_its_mean_ends_on_one_answer_for_all():
    assert final_loss(criterion=cross_entropy_with(minus_one_hot)) > 0.9


def test_stubs_fall_back_on_autograd():
    assert model_with(lambda X, W, upstream: (..., ..., ...)).function is NeuralNetworkModel
    assert isinstance(cross_entropy_with(lambda logits, y: ...).function, nn.CrossEntropyLoss)
