"""The training loop against loops in plain PyTorch, and what it writes into the history."""

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

from mlp_tutorial.data.load import load_dataset
from mlp_tutorial.training.batches import as_batches, split_validation
from mlp_tutorial.training.evaluation import evaluate
from mlp_tutorial.training.history import History
from mlp_tutorial.training.loop import train, training_loop
from tests.training.helpers import (
    CROSS_ENTROPY,
    WithNorm,
    assert_same_weights,
    bare_epoch,
    bare_loss,
    classes,
    loss_of,
    new_model,
    sgd,
)


@pytest.mark.parametrize("learning_rate", [0.01, 0.3])
def test_full_batch_equals_the_bare_loop(learning_rate):
    (X, y), model, other = classes(), new_model(), new_model()
    history = train(model, (X, y), CROSS_ENTROPY, sgd(model, learning_rate), num_epochs=20)
    optimizer = sgd(other, learning_rate)
    expected = [bare_loss(other, (X, y), optimizer) for _ in range(20)]
    assert history.training_loss == expected
    assert_same_weights(model, other)
    assert history.num_steps == len(history) == 20 and history.stop_reason == ""


@pytest.mark.parametrize("seed", [0, 5])
def test_mini_batches_equal_the_bare_loop_weighted_by_samples(seed):
    (X, y), model, other = classes(26), new_model(), new_model()
    history = train(model, (X, y), CROSS_ENTROPY, sgd(model), num_epochs=6, batch_size=8, seed=seed)
    shuffle, optimizer, weighted, unweighted = torch.Generator().manual_seed(seed), sgd(other), [], []
    for _ in range(6):
        order = torch.randperm(26, generator=shuffle)
        batches = [(X[rows], y[rows]) for rows in order.split(8)]
        losses, sizes = bare_epoch(other, batches, CROSS_ENTROPY, optimizer)
        assert sizes == [8, 8, 8, 2]
        weighted.append(np.average(losses, weights=sizes))
        unweighted.append(np.mean(losses))
    np.testing.assert_allclose(history.training_loss, weighted, rtol=1e-12)
    assert not np.allclose(history.training_loss, unweighted, rtol=1e-3)  # a mean of batches is another number
    assert_same_weights(model, other)
    assert history.num_steps == 24


@pytest.mark.parametrize("shuffled", [False, True])
def test_a_loader_equals_a_hand_loop_over_it(shuffled):
    def loader():
        generator = torch.Generator().manual_seed(7)
        return DataLoader(TensorDataset(*classes()), batch_size=8, shuffle=shuffled, generator=generator)

    model, other = new_model(), new_model()
    history = train(model, loader(), CROSS_ENTROPY, sgd(model), num_epochs=4)
    batches, optimizer, expected = loader(), sgd(other), []
    for _ in range(4):
        losses, sizes = bare_epoch(other, batches, CROSS_ENTROPY, optimizer)
        expected.append(np.average(losses, weights=sizes))
    np.testing.assert_allclose(history.training_loss, expected, rtol=1e-12)
    assert_same_weights(model, other)


def test_a_shuffled_loader_without_a_generator_follows_the_seed():
    def run(global_seed):
        model = new_model()
        torch.manual_seed(global_seed)
        loader = DataLoader(TensorDataset(*classes()), batch_size=8, shuffle=True)
        return train(model, loader, CROSS_ENTROPY, sgd(model), num_epochs=3, seed=4).training_loss

    assert run(1) == run(2)


@pytest.mark.parametrize("batch_size", [None, 8])
def test_dropout_follows_the_seed(batch_size):
    def run(seed, global_seed):
        torch.manual_seed(1)
        model = WithNorm()
        torch.manual_seed(global_seed)
        return train(
            model, classes(), CROSS_ENTROPY, sgd(model), num_epochs=4, batch_size=batch_size, seed=seed
        ).training_loss

    assert run(0, 1) == run(0, 2)
    assert run(0, 1) != run(1, 1)


def test_dropout_equals_the_bare_loop_after_manual_seed():
    torch.manual_seed(1)
    model = WithNorm()
    torch.manual_seed(1)
    other = WithNorm()
    history = train(model, classes(), CROSS_ENTROPY, sgd(model), num_epochs=4, seed=11)
    optimizer = sgd(other)
    torch.manual_seed(11)
    expected = [bare_loss(other, classes(), optimizer) for _ in range(4)]
    assert history.training_loss == expected


def test_weight_decay_is_the_optimizers():
    model, other, data = new_model(), new_model(), classes()
    history = train(model, data, CROSS_ENTROPY, sgd(model, weight_decay=0.1), num_epochs=5)
    optimizer = sgd(other, weight_decay=0.1)
    assert history.training_loss == [bare_loss(other, data, optimizer) for _ in range(5)]


def test_training_learns():
    dataset, model = load_dataset("moons"), new_model(activation="tanh")
    history = train(model, dataset, CROSS_ENTROPY, torch.optim.Adam(model.parameters(), lr=0.02), num_epochs=150)
    assert history.training_loss[-1] < 0.5 * history.training_loss[0] and history.metric[-1] > 0.8


def test_the_loop_itself_takes_batches():
    (X, y), model, other = classes(), new_model(), new_model()
    batches, history = as_batches((X, y), batch_size=8), History()
    for _ in training_loop(model, batches, None, CROSS_ENTROPY, sgd(model), history, num_epochs=3):
        pass
    optimizer, expected = sgd(other), []
    for _ in range(3):
        losses, sizes = bare_epoch(other, batches, CROSS_ENTROPY, optimizer)
        expected.append(np.average(losses, weights=sizes))
    np.testing.assert_allclose(history.training_loss, expected, rtol=1e-12)
    assert_same_weights(model, other)


def test_of_a_dataset_the_validation_part_is_measured_and_never_trained_on():
    dataset = load_dataset("xor")
    model, other = new_model(), new_model()
    history = train(model, dataset, CROSS_ENTROPY, sgd(model), num_epochs=5)
    optimizer = sgd(other)
    for epoch in range(5):
        assert bare_loss(other, (dataset.X_train, dataset.y_train), optimizer) == history.training_loss[epoch]
        measured = evaluate(other, (dataset.X_validation, dataset.y_validation), CROSS_ENTROPY)
        assert (history.validation_loss[epoch], history.metric[epoch]) == measured[:2]
    assert_same_weights(model, other)


def test_validation_data_of_every_kind_give_the_same_losses():
    pair, held_out = classes(), classes(30, seed=9)
    loader = DataLoader(TensorDataset(*held_out), batch_size=7, shuffle=True)
    histories = []
    for validation_data in (held_out, list(held_out), loader):
        model = new_model()
        histories.append(train(model, pair, CROSS_ENTROPY, sgd(model), num_epochs=4, validation_data=validation_data))
    assert histories[0].validation_loss == histories[1].validation_loss
    assert histories[0].validation_loss == pytest.approx(histories[2].validation_loss, rel=1e-6)
    assert histories[0].metric == pytest.approx(histories[2].metric)
    assert all(history.training_loss == histories[0].training_loss for history in histories)


def test_a_validation_fraction_trains_on_the_rest():
    data, model, other = classes(40), new_model(), new_model()
    history = train(model, data, CROSS_ENTROPY, sgd(model), num_epochs=4, validation_fraction=0.25, seed=6)
    training, validation = split_validation(data, None, 0.25, seed=6)
    assert (len(training[0]), len(validation[0])) == (30, 10)
    optimizer = sgd(other)
    for epoch in range(4):
        assert history.training_loss[epoch] == bare_loss(other, training, optimizer)
        assert history.validation_loss[epoch] == loss_of(other, validation)


def test_every_field_of_the_history():
    pair, model = classes(), new_model()
    history = train(
        model, pair, CROSS_ENTROPY, sgd(model, 0.25), num_epochs=7, batch_size=9, validation_data=classes(10, 4)
    )
    for name in ("training_loss", "validation_loss", "metric", "gradient_norm", "learning_rate", "seconds"):
        values = getattr(history, name)
        assert len(values) == 7 and all(type(value) is float for value in values), name
    assert history.metric_name == "accuracy" and all(0 <= value <= 1 for value in history.metric)
    assert history.learning_rate == [0.25] * 7 and history.num_steps == 21
    assert all(seconds > 0 for seconds in history.seconds)
    assert not history.diverged and history.best_epoch == 0


def test_without_validation_data_the_metric_is_the_training_datas():
    (X, y), model = classes(), new_model()
    history = train(model, (X, y), CROSS_ENTROPY, sgd(model), num_epochs=3)
    assert history.validation_loss == []
    assert history.metric[-1] == evaluate(model, (X, y), CROSS_ENTROPY).metric


def test_the_callback_sees_the_history_after_every_epoch():
    seen, model = [], new_model()
    history = train(
        model,
        classes(40),
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
