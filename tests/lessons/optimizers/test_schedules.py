"""Schedules of the learning rate, against torch's, and a learner's own."""

import pytest
import torch

from mlp_tutorial.lessons.optimizers.schedules import cosine, usable_schedule


def test_the_cosine_is_torchs():
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=40)
    for step in range(41):
        assert cosine(step, 40) == pytest.approx(optimizer.param_groups[0]["lr"], abs=1e-9)
        optimizer.step()
        scheduler.step()
    assert cosine(50, 40) == 0.0  # a run that goes on stays there, and does not rise again


def test_a_stub_is_replaced_and_a_written_schedule_kept():
    assert usable_schedule(lambda step, num_steps: ..., 10).function is cosine
    assert usable_schedule(lambda step, num_steps: 1 - ..., 10).function is cosine  # half written
    halves = lambda step, num_steps: 0.5  # noqa: E731
    assert usable_schedule(halves, 10).function is halves


def test_a_schedule_that_fails_late_is_replaced_and_the_reason_said():
    late = usable_schedule(lambda step, num_steps: 1 / (9 - step), 10)
    assert late.function is cosine and late.why == "raised ZeroDivisionError: division by zero"
