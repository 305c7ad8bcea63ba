"""Runs that are saved, and go on as if they had never stopped."""

import copy

import numpy as np
import pytest
import torch
from torch.optim import lr_scheduler

from mlp_tutorial.training.history import History
from mlp_tutorial.training.loop import train
from tests.training.helpers import CROSS_ENTROPY, WithNorm, classes, new_model, sgd


def seeded_with_norm():
    torch.manual_seed(1)
    return WithNorm()


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
    """Everything at once: dropout, mini-batches, a scheduler, clipping, a validation split and early stopping."""
    path = tmp_path / "run.pt"

    def run(num_epochs, saved=None, callback=None):
        torch.manual_seed(np.random.default_rng().integers(1000))  # the caller's own random numbers do not matter
        model = seeded_with_norm()
        optimizer = OPTIMIZERS[name](model)
        scheduler, history = lr_scheduler.CosineAnnealingLR(optimizer, T_max=20), History()
        parts = {"model": model, "optimizer": optimizer, "scheduler": scheduler, "history": history}
        if saved is not None:
            for part in ("model", "optimizer", "scheduler"):
                parts[part].load_state_dict(saved[part])
            parts["history"] = history = History.from_state_dict(saved["history"])
        train(
            model,
            classes(40),
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
    model = seeded_with_norm()
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
