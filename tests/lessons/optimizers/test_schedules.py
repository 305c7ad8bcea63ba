"""Schedules of the learning rate, against torch's, and a learner's own."""

import pytest
import torch

from mlp_tutorial.lessons.optimizers.schedules import cosine, schedule_with


def test_the_cosine_is_torchs():
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=40)
    for step in range(41):
        assert cosine(step, 40) == pytest.approx(optimizer.param_groups[0]["lr"], abs=1e-9)
        optimizer.step()
        scheduler.step()
    assert cosine(50, 40) == 0.0  # a run that goes on stays there, and does not rise again


def test_a_stub_is_replaced_and_a_written_schedule_kept():
    assert schedule_with(lambda step, num_steps: ...) is cosine
    assert schedule_with(lambda step, num_steps: None) is cosine
    assert schedule_with(lambda step, num_steps: 1 - ...) is cosine  # half written
    halves = lambda step, num_steps: 0.5  # noqa: E731
    assert schedule_with(halves) is halves


def test_another_error_of_the_learners_function_is_shown():
    with pytest.raises(TypeError, match="takes 1 positional argument"):
        schedule_with(lambda step: 1.0)
