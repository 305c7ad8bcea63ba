"""Schedulers, clipping, early stopping, validation split, callback, resuming and devices: each within the one loop."""

import copy

import numpy as np
import pytest
import torch
from torch import nn
from torch.optim import lr_scheduler
from torch.utils.data import DataLoader, TensorDataset

from mlp_tutorial.training import loop as training_module
from mlp_tutorial.training.batches import split_validation
from mlp_tutorial.training.history import History
from mlp_tutorial.training.loop import train, training_steps

CROSS_ENTROPY = nn.CrossEntropyLoss()


def classes(count=40, seed=3):
    generator = torch.Generator().manual_seed(seed)
    X = torch.randn(count, 2, generator=generator)
    return X, (X[:, 0] * X[:, 1] > 0).long()


def new_model(dropout=0.0):
    torch.manual_seed(1)
    return nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Dropout(dropout), nn.Linear(8, 2))


def sgd(model, learning_rate=0.2, **options):
    return torch.optim.SGD(model.parameters(), lr=learning_rate, **options)


def bare_loss(model, data, optimizer, clip=None):
    model.train()
    optimizer.zero_grad()
    loss = CROSS_ENTROPY(model(data[0]), data[1])
    loss.backward()
    if clip is not None:
        clip(model)
    optimizer.step()
    return loss.item()


def loss_of(model, data):
    model.eval()
    with torch.no_grad():
        return CROSS_ENTROPY(model(data[0]), data[1]).item()


# Schedulers

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


# Clipping and weight decay


@pytest.mark.parametrize("limit", [0.05, 1e9])
def test_clipping_equals_clipping_by_hand(limit):
    def clip(model):
        norm = np.sqrt(sum((p.grad.double() ** 2).sum().item() for p in model.parameters()))
        norms.append(norm)
        for parameter in model.parameters():
            parameter.grad *= min(1.0, limit / norm)

    model, other, data, norms = new_model(), new_model(), classes(), []
    history = train(model, data, CROSS_ENTROPY, sgd(model), num_epochs=6, max_gradient_norm=limit)
    optimizer = sgd(other)
    losses = [bare_loss(other, data, optimizer, clip) for _ in range(6)]
    np.testing.assert_allclose(history.training_loss, losses, rtol=1e-5)
    np.testing.assert_allclose(history.gradient_norm, norms, rtol=1e-5)  # before clipping
    unclipped = new_model()
    plain = train(unclipped, data, CROSS_ENTROPY, sgd(unclipped), num_epochs=6)
    assert np.allclose(plain.training_loss, losses, rtol=1e-5) == (limit == 1e9)


@pytest.mark.parametrize("limit", [0, -1.0, float("nan")])
def test_a_limit_that_would_turn_gradients_round(limit):
    model = new_model()
    with pytest.raises(ValueError, match=f"max_gradient_norm must be greater than 0; it is {limit}"):
        train(model, classes(), CROSS_ENTROPY, sgd(model), max_gradient_norm=limit)


def test_weight_decay_is_the_optimizers():
    model, other, data = new_model(), new_model(), classes()
    history = train(model, data, CROSS_ENTROPY, sgd(model, weight_decay=0.1), num_epochs=5)
    optimizer = sgd(other, weight_decay=0.1)
    assert history.training_loss == [bare_loss(other, data, optimizer) for _ in range(5)]


# Early stopping


class Scripted(nn.Module):
    """A criterion whose validation losses are given; the training loss is the real one."""

    def __init__(self, model, losses):
        super().__init__()
        self.model, self.losses = [model], iter(losses)

    def forward(self, outputs, targets):
        loss = CROSS_ENTROPY(outputs, targets)
        return loss if self.model[0].training else loss * 0 + next(self.losses)


def run_scripted(losses, patience, num_epochs=20, **options):
    """Train with given validation losses; return the history, the model and its weights after every epoch."""
    model, weights = new_model(), []

    def remember(history):
        weights.append([parameter.detach().clone() for parameter in model.parameters()])

    history = train(
        model,
        classes(),
        Scripted(model, losses),
        sgd(model),
        num_epochs=num_epochs,
        validation_data=classes(9),
        patience=patience,
        callback=remember,
        **options,
    )
    return history, model, weights


@pytest.mark.parametrize(
    ("losses", "patience", "best", "last"),
    [
        ([5, 4, 3, 4, 4, 4, 4], 2, 3, 5),
        ([5, 4, 3, 4, 4, 4, 4], 1, 3, 4),
        ([5, 6, 4, 6, 3, 6, 6, 6], 2, 5, 7),
        ([3, 3, 3, 3], 3, 1, 4),  # not lower is not better
        ([1, 2, 3, 4, 5], 4, 1, 5),
    ],
)
def test_early_stopping_restores_the_best_weights(losses, patience, best, last, capsys):
    history, model, weights = run_scripted(losses, patience)
    assert len(history) == last and history.best_epoch == best
    assert history.validation_loss == losses[:last]
    assert history.stop_reason == (
        f"Stopped early after epoch {last}: the validation loss was lowest in epoch {best} "
        f"({losses[best - 1]:.3f}), whose weights are restored."
    )
    assert capsys.readouterr().out.strip() == history.stop_reason
    for parameter, expected in zip(model.parameters(), weights[best - 1], strict=True):
        assert torch.equal(parameter, expected)
    assert not torch.equal(next(model.parameters()), weights[best][0]) if best < last - 1 else True
    assert not history.diverged


def test_patience_that_is_never_spent_keeps_the_last_weights():
    history, model, weights = run_scripted([5, 4, 3, 4, 3.5], patience=3, num_epochs=5)
    assert history.stop_reason == "" and history.best_epoch == 3 and len(history) == 5
    for parameter, expected in zip(model.parameters(), weights[-1], strict=True):
        assert torch.equal(parameter, expected)
    for value, expected in zip(history.best_weights.values(), weights[2], strict=True):
        assert torch.equal(value, expected)


def test_the_last_epoch_is_judged_before_it_is_handed_out():
    model = new_model()
    steps = training_steps(
        model, classes(), Scripted(model, [3, 4, 2]), sgd(model), num_epochs=3, validation_data=classes(9), patience=2
    )
    for history in steps:
        assert history.best_epoch == [0, 1, 1, 3][len(history)]


def test_early_stopping_in_a_resumed_run_remembers_the_best():
    history, model, weights = run_scripted([5, 3, 4], patience=3, num_epochs=3)
    assert history.stop_reason == ""
    history = History.from_state_dict(history.state_dict())
    train(
        model,
        classes(),
        Scripted(model, [4, 4, 4]),
        sgd(model),
        num_epochs=9,
        validation_data=classes(9),
        patience=3,
        history=history,
    )
    assert len(history) == 5 and history.best_epoch == 2 and "epoch 2 (3.000)" in history.stop_reason
    for parameter, expected in zip(model.parameters(), weights[1], strict=True):
        assert torch.equal(parameter, expected)


def test_early_stopping_needs_something_to_watch():
    model = new_model()
    with pytest.raises(ValueError, match=r"Early stopping .* give validation_data or validation_fraction"):
        train(model, classes(), CROSS_ENTROPY, sgd(model), patience=3)
    with pytest.raises(ValueError, match="patience must be at least 1; it is 0"):
        train(model, classes(), CROSS_ENTROPY, sgd(model), patience=0, validation_fraction=0.2)


# Validation split


def test_a_validation_fraction_trains_on_the_rest():
    data, model, other = classes(), new_model(), new_model()
    history = train(model, data, CROSS_ENTROPY, sgd(model), num_epochs=4, validation_fraction=0.25, seed=6)
    training, validation = split_validation(data, None, 0.25, seed=6)
    assert (len(training[0]), len(validation[0])) == (30, 10)
    optimizer = sgd(other)
    for epoch in range(4):
        assert history.training_loss[epoch] == bare_loss(other, training, optimizer)
        assert history.validation_loss[epoch] == loss_of(other, validation)


# Callback


def test_the_callback_sees_the_history_after_every_epoch():
    seen, model = [], new_model()
    history = train(
        model,
        classes(),
        CROSS_ENTROPY,
        sgd(model),
        num_epochs=4,
        batch_size=16,
        callback=lambda history: seen.append((history, len(history), history.num_steps)),
    )
    assert seen == [(history, epoch, 3 * epoch) for epoch in range(1, 5)]


@pytest.mark.parametrize(("answer", "epochs"), [(True, 2), (False, 5), (None, 5), (1, 5), ("no", 5), ([1], 5)])
def test_only_true_stops_the_training(answer, epochs):
    model = new_model()
    history = train(
        model,
        classes(),
        CROSS_ENTROPY,
        sgd(model),
        num_epochs=5,
        callback=lambda history: answer if len(history) == 2 else None,
    )
    assert len(history) == epochs
    assert history.stop_reason == ("Stopped by the callback after epoch 2." if epochs == 2 else "")


def test_an_error_in_the_callback_is_the_callers():
    model, history = new_model(), History()
    with pytest.raises(ZeroDivisionError):
        train(
            model,
            classes(),
            CROSS_ENTROPY,
            sgd(model),
            history=history,
            callback=lambda history: 1 / (len(history) - 2),
        )
    assert len(history) == 2


# Resuming

OPTIMIZERS = {
    "SGD": sgd,
    "momentum": lambda model: sgd(model, momentum=0.9),
    "Adam": lambda model: torch.optim.Adam(model.parameters(), lr=0.05),
    "AdamW": lambda model: torch.optim.AdamW(model.parameters(), lr=0.05, amsgrad=True),
    "RMSprop": lambda model: torch.optim.RMSprop(model.parameters(), lr=0.01),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("checkpoint", ["after train", "in the callback"])
def test_a_saved_run_goes_on_with_identical_losses(name, checkpoint, tmp_path):
    """With dropout, mini-batches, a scheduler, clipping, a validation split and early stopping all at once."""
    path = tmp_path / "run.pt"

    def run(num_epochs, saved=None, callback=None):
        torch.manual_seed(np.random.default_rng().integers(1000))  # the caller's own random numbers do not matter
        model = new_model(dropout=0.4)
        optimizer = OPTIMIZERS[name](model)
        scheduler, history = lr_scheduler.CosineAnnealingLR(optimizer, T_max=20), History()
        parts = {"model": model, "optimizer": optimizer, "scheduler": scheduler, "history": history}
        if saved is not None:
            for part in ("model", "optimizer", "scheduler"):
                parts[part].load_state_dict(saved[part])
            parts["history"] = history = History.from_state_dict(saved["history"])
        train(
            model,
            classes(),
            CROSS_ENTROPY,
            optimizer,
            num_epochs=num_epochs,
            batch_size=7,
            seed=5,
            validation_fraction=0.2,
            scheduler=scheduler,
            max_gradient_norm=0.5,
            patience=50,
            history=history,
            callback=callback and (lambda history: callback(parts)),
        )
        return parts

    def save(parts):
        if len(parts["history"]) == 4:
            torch.save({name: part.state_dict() for name, part in parts.items()}, path)

    whole = run(10, callback=save if checkpoint == "in the callback" else None)
    if checkpoint == "after train":
        save(run(4))
    resumed = run(6, torch.load(path, weights_only=True))
    for field in ("training_loss", "validation_loss", "metric", "gradient_norm", "learning_rate"):
        assert getattr(resumed["history"], field) == getattr(whole["history"], field), field
    assert resumed["history"].num_steps == whole["history"].num_steps == 50
    assert resumed["history"].best_epoch == whole["history"].best_epoch
    for a, b in zip(resumed["model"].parameters(), whole["model"].parameters(), strict=True):
        assert torch.equal(a, b)
    for key, value in whole["history"].best_weights.items():
        assert torch.equal(resumed["history"].best_weights[key], value)


def test_all_options_at_once_go_on_as_if_never_stopped(tmp_path):
    def start():
        model = new_model()
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-3)
        return model, optimizer, lr_scheduler.StepLR(optimizer, 3, 0.5)

    def go_on(parts, num_epochs, history=None):
        model, optimizer, scheduler = parts
        seen = []
        history = train(
            model,
            classes(40),
            CROSS_ENTROPY,
            optimizer,
            num_epochs=num_epochs,
            batch_size=8,
            seed=3,
            validation_fraction=0.25,
            scheduler=scheduler,
            max_gradient_norm=0.5,
            patience=50,
            device="cpu",
            history=history,
            callback=lambda history: seen.append(len(history)),
        )
        assert seen == list(range(len(history) - num_epochs + 1, len(history) + 1))
        return history

    whole_parts = start()
    whole = go_on(whole_parts, 9)
    parts = start()
    history = go_on(parts, 4)
    torch.save([*(part.state_dict() for part in parts), history.state_dict()], tmp_path / "run.pt")
    *states, state = torch.load(tmp_path / "run.pt", weights_only=True)
    others = start()
    for part, saved in zip(others, states, strict=True):
        part.load_state_dict(saved)
    resumed = go_on(others, 5, History.from_state_dict(state))
    for name in ("training_loss", "validation_loss", "metric", "gradient_norm", "learning_rate", "best_epoch"):
        assert getattr(resumed, name) == getattr(whole, name)
    assert all(map(torch.equal, others[0].parameters(), whole_parts[0].parameters()))


def test_without_the_saved_history_the_losses_are_others():
    model = new_model(dropout=0.4)
    history = train(model, classes(), CROSS_ENTROPY, sgd(model), num_epochs=4, batch_size=7)
    other = copy.deepcopy(model)
    resumed = train(model, classes(), CROSS_ENTROPY, sgd(model), num_epochs=2, batch_size=7, history=history)
    anew = train(other, classes(), CROSS_ENTROPY, sgd(other), num_epochs=2, batch_size=7)
    assert resumed.training_loss[4:] != anew.training_loss


def test_a_resumed_run_starts_with_no_reason_to_stop():
    model = new_model()
    optimizer = sgd(model)
    history = train(
        model, classes(), CROSS_ENTROPY, optimizer, num_epochs=4, callback=lambda history: len(history) == 2
    )
    assert history.stop_reason != ""
    train(model, classes(), CROSS_ENTROPY, optimizer, num_epochs=3, history=history)
    assert history.stop_reason == "" and len(history) == 5


@pytest.mark.parametrize(("before", "after", "word"), [(True, False, "with"), (False, True, "without")])
def test_a_run_goes_on_with_validation_as_it_began(before, after, word):
    model, held_out = new_model(), classes(9)
    optimizer = sgd(model)
    history = train(
        model, classes(), CROSS_ENTROPY, optimizer, num_epochs=2, validation_data=held_out if before else None
    )
    with pytest.raises(ValueError, match=f"was made {word} validation data: go on in the same way"):
        train(model, classes(), CROSS_ENTROPY, optimizer, history=history, validation_data=held_out if after else None)


# Devices


def test_auto_on_this_machine_equals_the_default():
    model, other, data = new_model(), new_model(), classes()
    device = training_module.choose_device("auto")
    history = train(model, data, CROSS_ENTROPY, sgd(model), num_epochs=3, device="auto")
    assert all(parameter.device.type == device.type for parameter in model.parameters())
    expected = train(other, data, CROSS_ENTROPY, sgd(other), num_epochs=3).training_loss
    assert history.training_loss == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("kind", ["pair", "mini-batches", "loader"])
def test_model_and_data_are_moved_before_the_first_step(kind, monkeypatch):
    moved_to = []
    monkeypatch.setattr(training_module, "choose_device", lambda name: moved_to.append(name) or torch.device("cpu"))
    model, data, moves = new_model(), classes(), []
    original_to = torch.Tensor.to
    monkeypatch.setattr(
        torch.Tensor,
        "to",
        lambda self, *arguments, **options: moves.append(len(self)) or original_to(self, *arguments, **options),
    )
    if kind == "loader":
        data = DataLoader(TensorDataset(*data), batch_size=16)
    train(
        model,
        data,
        CROSS_ENTROPY,
        sgd(model),
        num_epochs=3,
        batch_size=16 if kind == "mini-batches" else None,
        device="auto",
    )
    assert moved_to == ["auto"]
    if kind != "loader":
        assert moves.count(40) == 2 + (3 if kind == "mini-batches" else 0)  # X and y once; each epoch's order


def test_a_gpu_that_is_not_there(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    model = new_model()
    with pytest.raises(ValueError, match=r"There is no CUDA device here.*auto"):
        train(model, classes(), CROSS_ENTROPY, sgd(model), device="cuda:0")


def test_an_unknown_device_is_torchs_error():
    model = new_model()
    with pytest.raises(RuntimeError, match="device"):
        train(model, classes(), CROSS_ENTROPY, sgd(model), device="gpu")
