"""A sweep against separate runs of `train` with the optimizers of `torch.optim`."""

import pytest
import torch
from torch import nn

from mlp_tutorial import NeuralNetworkModel, SeededRandomness, evaluate, load_dataset, train
from mlp_tutorial.sweep import Run, sweep, sweep_steps
from tests.sweep.helpers import RATES, classes, values

TORCH_OPTIMIZERS = {
    "sgd": lambda parameters, rate: torch.optim.SGD(parameters, lr=rate),
    "momentum": lambda parameters, rate: torch.optim.SGD(parameters, lr=rate, momentum=0.9),
    "adam": lambda parameters, rate: torch.optim.Adam(parameters, lr=rate),
}


def separate_run(run, data, hidden_sizes, output_size, criterion, activation="relu", **options):
    with SeededRandomness(run.seed):
        model = NeuralNetworkModel(data[0].shape[1], hidden_sizes, output_size, activation)
    optimizer = TORCH_OPTIMIZERS[run.optimizer](model.parameters(), run.learning_rate)
    return model, train(model, data, criterion, optimizer, seed=run.seed, progress=False, **options)


def assert_same(result, data, *arguments, tolerance, validation_data=None, **options):
    """Compare losses, metrics and weights of every run with those of `train`."""
    for number, run in enumerate(result.runs):
        model, history = separate_run(run, data, *arguments, validation_data=validation_data, **options)
        close = {"rtol": tolerance, "atol": tolerance}
        torch.testing.assert_close(result.training_loss[number], torch.tensor(history.training_loss), **close)
        if validation_data is not None:
            expected = torch.tensor(history.validation_loss)
            torch.testing.assert_close(result.validation_loss[number], expected, **close)
        assert result.metric[number].item() == pytest.approx(history.metric[-1], abs=10 * tolerance)
        for own, expected in zip(result.model(number).parameters(), model.parameters(), strict=True):
            torch.testing.assert_close(own, expected, rtol=10 * tolerance, atol=10 * tolerance)


@pytest.mark.parametrize("optimizer", TORCH_OPTIMIZERS)
@pytest.mark.parametrize("batch_size", [None, 25])  # 25: the last of five batches has 20
@pytest.mark.parametrize(
    ("make_data", "criterion", "output_size"),
    [(classes, nn.CrossEntropyLoss(), 3), (values, nn.MSELoss(), 2)],
    ids=["classification", "regression"],
)
def test_losses_of_separate_runs(optimizer, batch_size, make_data, criterion, output_size):
    data, validation_data = make_data(), make_data(50, seed=1)
    options = {"num_epochs": 10, "batch_size": batch_size, "validation_data": validation_data}
    result = sweep(data, [16, 16], learning_rates=RATES[1:], seeds=(0, 3), optimizers=[optimizer], **options)
    assert result.training_loss.shape == result.validation_loss.shape == (4, 10)
    assert_same(result, data, [16, 16], output_size, criterion, tolerance=1e-5, **options)


@pytest.mark.parametrize("hidden_sizes", [[], [5], [6, 3, 4]])
@pytest.mark.parametrize("activation", ["relu", "tanh", "gelu", nn.Softplus(), lambda x: x.softmax(-1)])
def test_any_architecture_in_double_precision(float64, hidden_sizes, activation):
    data = classes(40)
    result = sweep(
        data,
        hidden_sizes,
        learning_rates=[0.1, 0.5],
        seeds=(1, 0),
        optimizers=TORCH_OPTIMIZERS,
        activation=activation,
        batch_size=16,
        num_epochs=5,
    )
    options = {"activation": activation, "batch_size": 16, "num_epochs": 5}
    assert_same(result, data, hidden_sizes, 3, nn.CrossEntropyLoss(), tolerance=1e-9, **options)


@pytest.mark.parametrize(
    ("data", "criterion"),
    [
        (classes(), nn.CrossEntropyLoss(weight=torch.tensor([1.0, 5.0, 0.2]))),
        (classes(), nn.CrossEntropyLoss(ignore_index=0)),
        (classes(), nn.CrossEntropyLoss(label_smoothing=0.2)),
        ((classes()[0], nn.functional.one_hot(classes()[1]) * 0.7 + 0.1), nn.CrossEntropyLoss()),
        (values(outputs=1), nn.HuberLoss(delta=0.3)),
        ((classes()[0], (classes()[1] > 0).float().unsqueeze(1)), nn.BCEWithLogitsLoss()),
        (values(), lambda outputs, targets: (outputs - targets).abs().max(1).values.mean()),
    ],
    ids=["class weights", "ignored class", "smoothed", "probabilities", "huber", "binary", "own"],
)
def test_any_criterion(data, criterion):
    output_size = 3 if data[1].ndim == 1 else data[1].shape[1]
    result = sweep(data, [6], learning_rates=RATES, criterion=criterion, batch_size=50, num_epochs=10)
    assert_same(result, data, [6], output_size, criterion, batch_size=50, num_epochs=10, tolerance=1e-5)


def test_of_a_dataset_the_validation_part_is_measured_and_the_test_part_is_not():
    dataset = load_dataset("penguins")
    result = sweep(dataset, [8], learning_rates=[0.01, 0.3], num_epochs=30)
    assert result.model(0).output_size == dataset.output_size
    for number in range(2):
        measured = evaluate(result.model(number), dataset, nn.CrossEntropyLoss())
        assert result.validation_loss[number, -1].item() == pytest.approx(measured.loss, abs=1e-6)
        assert result.metric[number].item() == pytest.approx(measured.metric)


def test_runs_are_in_order_and_the_seed_varies_fastest():
    result = sweep(
        classes(),
        [4],
        learning_rates=torch.tensor([0.25, 0.5]),
        seeds=range(2),
        optimizers=["adam", "sgd"],
        num_epochs=1,
    )
    assert result.runs == [
        Run(optimizer, rate, seed) for optimizer in ("adam", "sgd") for rate in (0.25, 0.5) for seed in (0, 1)
    ]


def test_a_diverged_run_is_frozen_and_its_neighbours_go_on():
    data = values(outputs=1)
    arguments = (data, [], 1, nn.MSELoss())
    result = sweep(data, [], learning_rates=[0.01, 1e5, 0.05], validation_data=data, num_epochs=20)
    model, history = separate_run(result.runs[1], *arguments, num_epochs=20)
    assert history.diverged
    assert result.diverged_epoch.tolist() == [0, len(history) + 1, 0]
    assert result.training_loss[1].isnan().tolist() == [epoch >= len(history) for epoch in range(20)]
    torch.testing.assert_close(
        result.training_loss[1, : len(history)], torch.tensor(history.training_loss), rtol=1e-3, atol=0
    )
    assert result.validation_loss[1, len(history) :].isnan().all()
    assert result.metric.isnan().tolist() == [False, True, False]
    for own, expected in zip(result.model(1).parameters(), model.parameters(), strict=True):
        torch.testing.assert_close(own, expected, rtol=1e-3, atol=0)
    for number in (0, 2):
        _, history = separate_run(result.runs[number], *arguments, num_epochs=20)
        torch.testing.assert_close(result.training_loss[number], torch.tensor(history.training_loss), rtol=0, atol=1e-6)
    assert result.best() == 2
    assert "1 diverged" in repr(result) and "learning rate 0.05" in repr(result)


@pytest.mark.parametrize("optimizer", TORCH_OPTIMIZERS)
def test_a_neighbour_that_diverges_changes_no_digit(optimizer):
    def criterion(outputs, targets):  # the logarithm of a negative number is NaN
        return (outputs - targets).square().mean() + 1e-3 * (5 - outputs.abs().mean()).log()

    options = {"optimizers": [optimizer], "batch_size": 50, "num_epochs": 15, "criterion": criterion}
    alone = sweep(values(), [8], learning_rates=[0.01, 0.011], **options)
    beside = sweep(values(), [8], learning_rates=[0.01, 100.0], **options)
    assert beside.diverged_epoch[1] > 0
    assert torch.equal(alone.training_loss[0], beside.training_loss[0])


def test_once_every_run_has_diverged_the_sweep_ends():
    result = sweep(values(), [], learning_rates=[1e5, 1e6], num_epochs=5000)
    assert result.num_steps < 100
    assert result.training_loss.shape == (2, 5000) and len(result) == 5000
    assert result.training_loss[:, -1].isnan().all()
    assert "every run diverged" in repr(result)
    with pytest.raises(ValueError, match="smaller learning rates"):
        result.best()


def test_the_generator_grows_one_sweep_and_leaves_global_state_alone():
    data = classes()
    copies = [part.clone() for part in data]
    torch.manual_seed(7)
    expected = torch.rand(3)
    torch.manual_seed(7)
    threads = torch.get_num_threads()
    with torch.no_grad():
        steps = sweep_steps(data, [4], learning_rates=RATES, seeds=(0, 1), batch_size=50, num_epochs=3)
        seen = []
        for result in steps:
            assert not torch.is_grad_enabled() and torch.get_num_threads() == threads
            assert result.training_loss.shape == (6, len(result))
            seen.append((result, result.num_steps, len(result)))
    assert torch.equal(torch.rand(3), expected)
    assert len({id(result) for result, _, _ in seen}) == 1
    assert [counts for _, *counts in seen][:5] == [[1, 0], [2, 0], [3, 0], [3, 1], [4, 1]]
    assert len(seen) == 3 * 4
    assert result.validation_loss is None and not result.training_loss.isnan().any()
    assert all(torch.equal(part, copied) for part, copied in zip(data, copies, strict=True))
    same = sweep(data, [4], learning_rates=RATES, seeds=(0, 1), batch_size=50, num_epochs=3)
    assert torch.equal(same.training_loss, result.training_loss)


def test_an_interrupted_sweep_keeps_its_losses(monkeypatch, capsys):
    calls = []

    def interrupted_after_five(outputs, targets):
        calls.append(1)
        if len(calls) > 6:  # one more: the arguments are tried on a single run first
            raise KeyboardInterrupt
        return (outputs - targets).square().mean()

    with pytest.raises(KeyboardInterrupt) as interrupt:
        sweep(values(), [4], learning_rates=RATES, criterion=interrupted_after_five)
    result = interrupt.value.result
    assert f"Stopped after epoch {len(result)}" in capsys.readouterr().out
    assert 0 < len(result) < 6 and result.training_loss.isfinite().all()
