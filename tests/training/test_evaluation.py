"""Losses and metrics against scikit-learn and NumPy in double precision."""

import math

import numpy as np
import pytest
import torch
from sklearn import metrics
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from mlp_tutorial.data.load import load_dataset
from mlp_tutorial.model import NeuralNetworkModel
from mlp_tutorial.training.checked_criterion import checked_loss
from mlp_tutorial.training.evaluation import Evaluation, baseline_loss, evaluate, predict


def outputs_of(model, X):
    with torch.no_grad():
        return model(X)


def test_accuracy_and_cross_entropy_equal_scikit_learns():
    model, X, y = NeuralNetworkModel(4, [8], 3), torch.randn(50, 4), torch.randint(0, 3, (50,))
    measured = evaluate(model, (X, y), nn.CrossEntropyLoss())
    probabilities = outputs_of(model, X).double().softmax(1).numpy()
    assert isinstance(measured, Evaluation) and measured.metric_name == "accuracy"
    assert measured.loss == pytest.approx(metrics.log_loss(y.numpy(), probabilities, labels=[0, 1, 2]), rel=1e-5)
    assert measured.metric == pytest.approx(metrics.accuracy_score(y.numpy(), probabilities.argmax(1)))


@pytest.mark.parametrize("outputs", [1, 3])
def test_r_squared_and_squared_error_equal_scikit_learns(outputs):
    model, X = NeuralNetworkModel(4, [8], outputs), torch.randn(50, 4)
    y = X[:, :1] * torch.arange(1.0, outputs + 1) + 3 + 0.5 * torch.randn(50, outputs)
    measured = evaluate(model, (X, y), nn.MSELoss())
    predicted = outputs_of(model, X).double().numpy()
    assert measured.metric_name == "R²"
    assert measured.loss == pytest.approx(metrics.mean_squared_error(y.numpy(), predicted), rel=1e-5)
    assert measured.metric == pytest.approx(metrics.r2_score(y.double().numpy(), predicted), rel=1e-5)


@pytest.mark.parametrize("off", [0.0, 1.0])
def test_r_squared_of_targets_that_do_not_vary_equals_scikit_learns(off):
    y = torch.tensor([[2.0, 1.0], [2.0, 3.0], [2.0, 8.0]])
    X = y + torch.tensor([off, 0.5])
    measured = evaluate(nn.Identity(), (X, y), nn.MSELoss())
    assert measured.metric == pytest.approx(metrics.r2_score(y.numpy(), X.numpy()), rel=1e-5)
    assert evaluate(nn.Identity(), (X[:1, :1], y[:1, :1]), nn.MSELoss()).metric == (1 if off == 0 else 0)


@pytest.mark.parametrize("labels", [1, 4])
def test_binary_and_several_labels_equal_scikit_learns(labels):
    model, X = NeuralNetworkModel(3, [8], labels), torch.randn(40, 3)
    y = (torch.rand(40, labels) > 0.5).float()
    measured = evaluate(model, (X, y), nn.BCEWithLogitsLoss())
    answers = (outputs_of(model, X) > 0).numpy()
    assert measured.metric_name == "accuracy"
    expected = 1 - metrics.hamming_loss(y.numpy().astype(int), answers.astype(int))
    assert measured.metric == pytest.approx(expected)
    with_sigmoid = nn.Sequential(model, nn.Sigmoid())
    same = evaluate(with_sigmoid, (X, y), nn.BCELoss())
    assert same.loss == pytest.approx(measured.loss, rel=1e-5) and same[1:] == measured[1:]


def test_a_single_logit_with_class_numbers():
    X = torch.tensor([[-1.0], [2.0], [3.0], [-0.5]])
    y = torch.tensor([0, 1, 0, 0])

    def criterion(outputs, targets):
        return nn.functional.binary_cross_entropy_with_logits(outputs[:, 0], targets.float())

    assert evaluate(nn.Identity(), (X, y), criterion).metric == 0.75


def test_targets_that_are_probabilities_of_classes():
    model, X, y = NeuralNetworkModel(4, [8], 3), torch.randn(30, 4), torch.randn(30, 3).softmax(1)
    measured = evaluate(model, (X, y), nn.CrossEntropyLoss())
    log_probabilities = outputs_of(model, X).double().log_softmax(1).numpy()
    assert measured.loss == pytest.approx(-(y.double().numpy() * log_probabilities).sum(1).mean(), rel=1e-5)
    accuracy = metrics.accuracy_score(y.numpy().argmax(1), log_probabilities.argmax(1))
    assert (measured.metric, measured.metric_name) == (pytest.approx(accuracy), "accuracy")


def test_a_loader_is_weighted_by_samples():
    model, X, y = NeuralNetworkModel(4, [8], 3), torch.randn(10, 4), torch.randint(0, 3, (10,))
    X[8:] *= 10  # the last, short batch is unlike the others
    criterion, loader = nn.CrossEntropyLoss(), DataLoader(TensorDataset(X, y), batch_size=4)
    whole, in_batches = evaluate(model, (X, y), criterion), evaluate(model, loader, criterion)
    assert in_batches.loss == pytest.approx(whole.loss, rel=1e-6) and in_batches.metric == whole.metric
    with torch.no_grad():
        unweighted = np.mean([criterion(model(inputs), targets).item() for inputs, targets in loader])
    assert abs(unweighted - whole.loss) > 1e-2  # a mean of batches is another number


def test_the_parts_of_a_dataset():
    dataset = load_dataset("xor")
    model, criterion = NeuralNetworkModel(dataset.input_size, [4], dataset.output_size), nn.CrossEntropyLoss()
    for part in ("train", "validation", "test"):
        pair = getattr(dataset, f"X_{part}"), getattr(dataset, f"y_{part}")
        assert evaluate(model, dataset, criterion, part=part) == evaluate(model, pair, criterion)
    assert evaluate(model, dataset, criterion) == evaluate(model, dataset, criterion, part="validation")


def dropout_model():
    model = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Dropout(0.5), nn.Linear(8, 3))
    model[1].eval()  # frozen by the caller
    return model


CLASSES = torch.tensor([0, 0, 1, 1, 1, 3])
VALUES = torch.tensor([[1.0, 10.0], [2.0, 30.0], [6.0, 20.0]])
LABELS = (VALUES > 1.5).float()


@pytest.mark.parametrize(
    ("y", "criterion", "expected"),
    [
        (CLASSES, nn.CrossEntropyLoss(), -(2 * math.log(2 / 6) + 3 * math.log(3 / 6) + math.log(1 / 6)) / 6),
        (VALUES, nn.MSELoss(), VALUES.var(0, correction=0).mean().item()),
        (LABELS, nn.BCEWithLogitsLoss(), (-math.log(2 / 3) * 2 - math.log(1 / 3)) / 6),
        (nn.functional.one_hot(CLASSES).float(), nn.CrossEntropyLoss(), 1.0114043),
    ],
    ids=["classes", "values", "labels", "probabilities"],
)
def test_the_baseline_is_the_loss_of_the_best_constant_answer(y, criterion, expected):
    # No constant answer that a descent finds is better.
    answer = torch.zeros(y.shape[1] if y.ndim == 2 else 4, requires_grad=True)
    baseline = baseline_loss(answer.detach().expand(len(y), -1), y, criterion)
    assert baseline == pytest.approx(expected, abs=1e-4)
    optimizer = torch.optim.Adam([answer], lr=0.1)
    for _ in range(1000):
        optimizer.zero_grad()
        loss = criterion(answer.expand(len(y), -1), y)
        loss.backward()
        optimizer.step()
    assert loss.item() >= baseline - 1e-4


@pytest.mark.parametrize("call", ["evaluate", "evaluate loader", "predict", "error"])
def test_everything_is_left_as_it_was(call):
    model, X, y = dropout_model(), torch.randn(20, 4, requires_grad=True), torch.randint(0, 3, (20,))
    model[0].weight.grad = torch.ones_like(model[0].weight)
    weights = {name: value.clone() for name, value in model.state_dict().items()}
    modes = [module.training for module in model.modules()]
    X_before, random_state = X.detach().clone(), torch.get_rng_state()

    if call == "evaluate":
        results = [evaluate(model, (X, y), nn.CrossEntropyLoss()) for _ in range(2)]
        assert results[0] == results[1]  # no dropout while measuring
    elif call == "evaluate loader":
        loader = DataLoader(TensorDataset(X.detach(), y), batch_size=7, shuffle=True)
        evaluate(model, loader, nn.CrossEntropyLoss())
    elif call == "predict":
        assert torch.equal(predict(model, X), predict(model, X)) and not predict(model, X).requires_grad
    else:
        with pytest.raises(ValueError):
            evaluate(model, (X, y + 5), nn.CrossEntropyLoss())

    assert [module.training for module in model.modules()] == modes
    assert torch.equal(torch.get_rng_state(), random_state)
    assert X.grad is None and torch.equal(X, X_before)
    assert torch.equal(model[0].weight.grad, torch.ones_like(model[0].weight)) and model[0].bias.grad is None
    assert all(torch.equal(model.state_dict()[name], value) for name, value in weights.items())


def test_predict():
    model, X = NeuralNetworkModel(4, [8], 3), torch.randn(6, 4)
    logits = outputs_of(model, X)
    assert torch.equal(predict(model, X), logits.argmax(1)) and predict(model, X).dtype == torch.int64
    probabilities = predict(model, X, probabilities=True)
    exponentials = np.exp(logits.double().numpy())
    np.testing.assert_allclose(probabilities, exponentials / exponentials.sum(1, keepdims=True), rtol=1e-5)
    assert torch.equal(predict(model, X, task="regression"), logits)


def test_predict_with_a_single_logit():
    logits = torch.tensor([[-2.0], [0.5]])
    assert predict(nn.Identity(), logits).tolist() == [0, 1]
    expected = 1 / (1 + np.exp(-logits.double().numpy()))
    np.testing.assert_allclose(predict(nn.Identity(), logits, probabilities=True), expected, rtol=1e-6)


def test_what_predict_refuses():
    X = torch.zeros(2, 3)
    with pytest.raises(ValueError, match="task must be 'classification', 'multi-label' or 'regression'; it is 'clas"):
        predict(nn.Identity(), X, task="clasification")
    with pytest.raises(ValueError, match="A regression has values, no probabilities"):
        predict(nn.Identity(), X, task="regression", probabilities=True)
    with pytest.raises(ValueError, match=r"expects a batch of samples.*X has shape \(3,\)\. Try X\.unsqueeze\(0\)"):
        predict(nn.Identity(), X[0])
    for task in ("multi-label", "classification"):
        wrong_end = nn.Softmax(1) if task == "multi-label" else nn.Sigmoid()
        right_task = "classification" if task == "multi-label" else "multi-label"
        with pytest.raises(ValueError, match=f"this model ends in a .*Try task='{right_task}'"):
            predict(wrong_end, X, task=task)


def test_predict_with_several_labels():
    model, X, sigmoid = NeuralNetworkModel(3, [4], 2), torch.randn(9, 3), nn.Sigmoid()
    answers = predict(model, X, task="multi-label")
    assert answers.dtype == torch.int64 and torch.equal(answers, (outputs_of(model, X) > 0).long())
    shares = predict(model, X, task="multi-label", probabilities=True)
    np.testing.assert_allclose(shares, 1 / (1 + np.exp(-outputs_of(model, X).double().numpy())), rtol=1e-5)
    assert torch.equal(answers, predict(nn.Sequential(model, sigmoid), X, task="multi-label"))  # no second sigmoid
    assert torch.equal(shares, predict(nn.Sequential(model, sigmoid), X, task="multi-label", probabilities=True))
    assert evaluate(model, (X, answers.float()), nn.BCEWithLogitsLoss()).metric == 1.0  # the same threshold


@pytest.mark.parametrize(
    ("outputs", "end", "frozen"),
    [(3, nn.Softmax(1), False), (3, nn.LogSoftmax(1), True), (1, nn.Sigmoid(), False), (1, nn.Sigmoid(), True)],
    ids=str,
)
def test_a_model_that_ends_in_probabilities_is_not_squashed_again(outputs, end, frozen):
    bare, X = NeuralNetworkModel(2, [4], outputs).requires_grad_(not frozen), torch.randn(9, 2)
    model = nn.Sequential(bare, end)
    assert torch.equal(predict(model, X), predict(bare, X))
    shares = predict(model, X, probabilities=True)
    torch.testing.assert_close(shares, predict(bare, X, probabilities=True))
    assert not shares.requires_grad


def test_large_values_keep_their_digits():
    y = 1e7 + torch.randn(200, 2) * 20  # the mean of such numbers in float32 is off by units
    X = y + torch.randn(200, 2)
    measured = evaluate(nn.Identity(), (X, y), nn.MSELoss())
    assert measured.metric == pytest.approx(metrics.r2_score(y.double().numpy(), X.double().numpy()), abs=1e-9)
    expected = y.double().numpy().var(0).mean()
    assert baseline_loss(X, y, nn.MSELoss()) == pytest.approx(expected, rel=1e-9)


CROSS_ENTROPY, SQUARED = nn.CrossEntropyLoss(), nn.MSELoss()
WRONG_TARGETS = {
    "float class numbers": (CROSS_ENTROPY, (5, 3), torch.zeros(5), "they are torch.float32. Try y.long()"),
    "32-bit class numbers": (CROSS_ENTROPY, (5, 3), torch.zeros(5).int(), "they are torch.int32. Try y.long()"),
    "a column of class numbers": (
        CROSS_ENTROPY,
        (5, 3),
        torch.zeros(5, 1).long(),
        "shape (5,); the targets have shape (5, 1). Try y.squeeze(1)",
    ),
    "one-hot whole numbers": (CROSS_ENTROPY, (5, 3), torch.zeros(5, 3).long(), "have shape (5, 3). Try y.argmax(1)"),
    "a class too many": (
        CROSS_ENTROPY,
        (5, 3),
        torch.arange(5),
        "has 3 outputs, so the classes must be 0 to 2; the targets go from 0 to 4",
    ),
    "a class below zero": (CROSS_ENTROPY, (5, 3), torch.arange(5) - 3, "go from -3 to 1"),
    "outputs without classes": (
        CROSS_ENTROPY,
        (5,),
        torch.arange(5),
        "outputs of shape (samples, classes); they have shape (5,)",
    ),
    "a flat target": (SQUARED, (5, 1), torch.zeros(5), "outputs have shape (5, 1), the targets (5,)"),
    "a column for a flat output": (SQUARED, (5,), torch.zeros(5, 1), "outputs have shape (5,), the targets (5, 1)"),
    "whole numbers as values": (
        SQUARED,
        (5, 1),
        torch.zeros(5).long(),
        "MSELoss expects targets of dtype torch.float32; they are torch.int64. Try",
    ),
    "whole numbers as labels": (
        nn.BCEWithLogitsLoss(),
        (5, 1),
        torch.zeros(5, 1).long(),
        "BCEWithLogitsLoss expects targets of dtype",
    ),
    "flat labels": (nn.BCEWithLogitsLoss(), (5, 1), torch.zeros(5), "outputs have shape (5, 1), the targets (5,)"),
}


@pytest.mark.parametrize("case", WRONG_TARGETS)
def test_targets_that_would_fail_or_broadcast(case):
    criterion, shape, targets, message = WRONG_TARGETS[case]
    for call in (
        lambda: checked_loss(torch.zeros(shape), targets, criterion),
        lambda: evaluate(nn.Identity(), (torch.zeros(shape), targets), criterion),
    ):
        with pytest.raises(ValueError) as error:
            call()
        assert message in str(error.value)


@pytest.mark.parametrize(
    ("criterion", "shape", "targets"),
    [
        (CROSS_ENTROPY, (5, 3), torch.tensor([0, 1, 2, 2, 0])),
        (CROSS_ENTROPY, (5, 3), torch.zeros(5).byte()),
        (CROSS_ENTROPY, (5, 3), torch.full((5, 3), 1 / 3)),
        (nn.MultiMarginLoss(), (5, 3), torch.zeros(5).long()),
        (SQUARED, (5, 2), torch.zeros(5, 2)),
        (SQUARED, (5,), torch.zeros(5)),
        (nn.BCEWithLogitsLoss(), (5, 1), torch.ones(5, 1)),
    ],
    ids=str,
)
def test_targets_that_a_loss_takes(criterion, shape, targets):
    outputs = torch.zeros(shape)
    loss, _ = checked_loss(outputs, targets, criterion)
    assert torch.equal(loss, criterion(outputs, targets))
