"""Early stopping and divergence: when they end a run, what they say, and the weights that are restored."""

import numpy as np
import pytest
import torch
from torch import nn

from mlp_tutorial.model import NeuralNetworkModel
from mlp_tutorial.training.history import History
from mlp_tutorial.training.loop import train, training_steps
from tests.training.helpers import CROSS_ENTROPY, classes, new_model, regression, sgd


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


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("batch_size", [None, 7])
def test_divergence_stops_with_epoch_reason_and_what_to_try(batch_size, capsys):
    X, y = regression()
    model = NeuralNetworkModel(1, [], 1)
    history = train(model, (X, y), nn.MSELoss(), sgd(model, 1e6), num_epochs=50, batch_size=batch_size)
    assert history.diverged and 0 < len(history) < 50
    assert all(np.isfinite(history.training_loss))
    when = "in" if history.stop_reason.startswith("Stopped in") else "after"
    epoch = len(history) + (when == "in")
    assert history.stop_reason.startswith(f"Stopped {when} epoch {epoch}: the ")
    assert f"the training loss of epoch {len(history)} was {history.training_loss[-1]:.3g}" in history.stop_reason
    assert history.stop_reason.endswith("Try a learning rate smaller than 100000.")
    assert capsys.readouterr().out.strip() == history.stop_reason


def test_a_run_that_diverges_in_its_last_step_says_so():
    X, y = regression()
    model, other = NeuralNetworkModel(1, [], 1), NeuralNetworkModel(1, [], 1)
    other.load_state_dict(model.state_dict())
    whole = train(model, (X, y), nn.MSELoss(), sgd(model, 1e6), num_epochs=50)
    other_history = train(other, (X, y), nn.MSELoss(), sgd(other, 1e6), num_epochs=len(whole))
    assert other_history.training_loss == whole.training_loss and other_history.diverged
    assert other_history.stop_reason == whole.stop_reason


def test_a_finite_run_of_all_its_epochs_has_no_reason_to_stop():
    X, y = regression()
    model = NeuralNetworkModel(1, [], 1)
    history = train(model, (X, y), nn.MSELoss(), sgd(model, 0.3), num_epochs=30)
    assert not history.diverged and history.stop_reason == "" and history.metric[-1] > 0.99
