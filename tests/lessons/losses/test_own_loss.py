"""The losses of lesson 07 by their names, and what a learner's own is asked for."""

import pytest
import torch
import torch.nn.functional as F

from mlp_tutorial.lessons.losses.own_loss import LOSSES, criterion_named, gradient_of, one_number, own_name


def test_the_names_stand_for_torchs_losses():
    outputs, y = torch.tensor([0.2, -3.0, 1.5]), torch.tensor([0.0, 1.0, 1.4])
    expected = (F.mse_loss(outputs, y), F.l1_loss(outputs, y), F.huber_loss(outputs, y, delta=0.3))
    assert [criterion_named(name, 0.3)(outputs, y) for name in LOSSES] == list(expected)


def test_a_loss_is_one_number():
    assert one_number(torch.tensor([2.0])).shape == ()
    with pytest.raises(ValueError, match=r"one number, the mean over the batch; it returned shape \(2,\)"):
        one_number(torch.ones(2))
    with pytest.raises(TypeError, match="must return a tensor; it returned a float"):
        one_number(1.0)


def test_the_gradient_is_autograds_and_0_where_the_loss_does_not_follow():
    outputs, other = torch.tensor([1.0, 2.0], requires_grad=True), torch.ones(1, requires_grad=True)
    assert gradient_of(outputs.square().sum(), outputs).tolist() == [2.0, 4.0]
    assert gradient_of(other.sum(), outputs).tolist() == [0.0, 0.0]
    assert gradient_of(torch.tensor(3.0), outputs).tolist() == [0.0, 0.0]


def test_a_learners_loss_has_its_name_or_that_of_its_class():
    assert own_name(F.mse_loss) == "your mse_loss" and own_name(torch.nn.SmoothL1Loss()) == "your SmoothL1Loss"
