"""Schedulers against the bare loop with them."""

import pytest
from torch.optim import lr_scheduler

from mlp_tutorial.training.history import History
from mlp_tutorial.training.loop import train
from tests.training.helpers import CROSS_ENTROPY, bare_loss, classes, loss_of, new_model, sgd

SCHEDULERS = {
    "StepLR": lambda optimizer: lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.5),
    "ExponentialLR": lambda optimizer: lr_scheduler.ExponentialLR(optimizer, gamma=0.9),
    "CosineAnnealingLR": lambda optimizer: lr_scheduler.CosineAnnealingLR(optimizer, T_max=8),
    "LambdaLR": lambda optimizer: lr_scheduler.LambdaLR(optimizer, lambda epoch: 1 / (1 + epoch)),
    "OneCycleLR": lambda optimizer: lr_scheduler.OneCycleLR(optimizer, max_lr=0.5, total_steps=10),
    "SequentialLR": lambda optimizer: lr_scheduler.SequentialLR(
        optimizer,
        [lr_scheduler.LinearLR(optimizer, 0.1, 1, 3), lr_scheduler.ExponentialLR(optimizer, 0.8)],
        milestones=[3],
    ),
    "ChainedScheduler": lambda optimizer: lr_scheduler.ChainedScheduler(
        [lr_scheduler.ExponentialLR(optimizer, 0.9), lr_scheduler.StepLR(optimizer, 3)]
    ),
}


@pytest.mark.parametrize("name", SCHEDULERS)
def test_a_scheduler_equals_the_bare_loop_with_it(name):
    model, other, data = new_model(), new_model(), classes()
    optimizer = sgd(model)
    scheduler = SCHEDULERS[name](optimizer)
    history = train(model, data, CROSS_ENTROPY, optimizer, num_epochs=8, scheduler=scheduler)
    optimizer = sgd(other)
    scheduler = SCHEDULERS[name](optimizer)
    losses, rates = [], []
    for _ in range(8):
        rates.append(optimizer.param_groups[0]["lr"])
        losses.append(bare_loss(other, data, optimizer))
        scheduler.step()
    assert history.training_loss == losses and history.learning_rate == rates
    assert len(set(rates)) > 3  # the scheduler did something


@pytest.mark.parametrize("validated", [True, False])
def test_reduce_on_plateau_watches_the_validation_loss_or_else_the_training_loss(validated):
    def plateau(optimizer):
        return lr_scheduler.ReduceLROnPlateau(optimizer, patience=1, factor=0.5)

    model, other, data, held_out = new_model(), new_model(), classes(), classes(30, seed=8)
    optimizer = sgd(model, 8.0)
    history = train(
        model,
        data,
        CROSS_ENTROPY,
        optimizer,
        num_epochs=12,
        scheduler=plateau(optimizer),
        validation_data=held_out if validated else None,
    )
    optimizer = sgd(other, 8.0)
    scheduler, losses, rates = plateau(optimizer), [], []
    for _ in range(12):
        rates.append(optimizer.param_groups[0]["lr"])
        losses.append(bare_loss(other, data, optimizer))
        scheduler.step(loss_of(other, held_out) if validated else losses[-1])
    assert history.training_loss == losses and history.learning_rate == rates
    assert len(set(rates)) > 1


def test_a_scheduler_of_another_optimizer():
    model = new_model()
    scheduler = lr_scheduler.StepLR(sgd(model), 2)
    with pytest.raises(ValueError, match="scheduler was made for another optimizer"):
        train(model, classes(), CROSS_ENTROPY, sgd(model), scheduler=scheduler)


@pytest.mark.filterwarnings("ignore:To get the last learning rate")
def test_a_scheduler_that_fails_leaves_the_history_whole():
    model = new_model()
    optimizer, history = sgd(model), History()
    scheduler = lr_scheduler.OneCycleLR(optimizer, max_lr=0.5, total_steps=3)
    with pytest.raises(ValueError, match="Tried to step"):
        train(model, classes(), CROSS_ENTROPY, optimizer, num_epochs=9, scheduler=scheduler, history=history)
    lengths = {
        len(getattr(history, name)) for name in ("training_loss", "metric", "gradient_norm", "learning_rate", "seconds")
    }
    assert len(lengths) == 1 and history.num_steps == len(history) > 2
