"""A learner's loss beside PyTorch's: equal ones pass, and what differs is named."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from mlp_tutorial.lessons.losses.loss_comparison import NUM_STEPS, checked_loss, gradient_of, normal, train_alongside
from mlp_tutorial.lessons.shared.checks import NotYet, fresh_generator


def along(own, reference=None):
    draw = fresh_generator()
    train_alongside(own, reference or nn.MSELoss(), draw, y=normal(draw, 24, 1))


def test_the_same_loss_written_another_way_passes_and_is_called_at_every_step():
    calls = []

    def own(outputs, y):
        calls.append(None)
        return ((outputs - y) ** 2).sum() / y.numel()

    along(own)
    assert len(calls) == NUM_STEPS == 50


@pytest.mark.parametrize(
    ("own", "what"),
    [
        (lambda outputs, y: F.mse_loss(outputs, y) + 1e-5, "the loss in training step 1 of 50"),
        # The same values with another gradient: only the training shows it.
        (lambda outputs, y: F.mse_loss(outputs, y).detach() + 0 * outputs.sum(), "the weights after training step 1"),
    ],
)
def test_a_small_difference_in_value_or_gradient_is_found(own, what):
    with pytest.raises(NotYet, match=what):
        along(own)


def test_no_number_no_gradient_no_tensor():
    outputs = torch.ones(3, requires_grad=True)
    with pytest.raises(NotYet, match=r"returned shape \(3,\)"):
        checked_loss("the loss", outputs)
    with pytest.raises(NotYet, match=r"Leave \.item"):
        checked_loss("the loss", 1.0)
    with pytest.raises(NotYet, match="Does it return its result"):
        checked_loss("the loss", None)
    with pytest.raises(NotYet, match="no gradient comes back"):
        gradient_of("the loss", torch.tensor(1.0), outputs)
    assert gradient_of("the loss", outputs.square().sum(), outputs).tolist() == [2.0, 2.0, 2.0]
