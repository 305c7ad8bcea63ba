"""Wrong answers to the exercises of lesson 09 are refused, each with the sentence that helps."""

import pytest
import torch
from torch import nn

from mlp_tutorial import NeuralNetworkModel, SeededRandomness
from mlp_tutorial.lessons.putting_it_together import exercises as putting_it_together
from mlp_tutorial.lessons.putting_it_together.exercises import (
    BUDGET,
    LEAKS,
    check_build,
    check_flip,
    check_leaks,
    check_probabilities,
)
from tests.lesson_helpers import refuses

LESSON = "09_putting_it_together.ipynb"


# Exercise 1 -----------------------------------------------------------------------------------------------------


def adam(model, learning_rate=0.003):
    return model, torch.optim.Adam(model.parameters(), lr=learning_rate)


def sgd(model, learning_rate):
    return model, torch.optim.SGD(model.parameters(), lr=learning_rate)


def network(hidden_sizes, activation="relu"):
    return NeuralNetworkModel(64, hidden_sizes, 10, activation)


class Slow(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(64, 10)

    def forward(self, x):
        return self.layer(x) + 0 * (torch.ones(700, 700) @ torch.ones(700, 700)).mean()


ONLY = NeuralNetworkModel(64, [8], 10)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda: adam(network([64])), "The model has 4,810 parameters, the budget is 2,500"),
        (lambda: adam(network([32]))[::-1], "The two are swapped"),
        (lambda: network([32]), "Return two things"),
        (lambda: (NeuralNetworkModel, None), "The model must be an nn.Module"),
        (lambda: adam(NeuralNetworkModel(64, [8], 1)), "logits of shape (2, 10); it returned shape (2, 1)"),
        (lambda: adam(nn.Sequential(network([8]), nn.Softmax(1))), "leave the softmax out"),
        (lambda: (network([8]), torch.optim.SGD(network([8]).parameters(), lr=0.1)), "holds none of this model's"),
        (lambda: adam(NeuralNetworkModel(10, [8], 10)), "expects 10 features"),
        (lambda: sgd(network([32]), 0.01), "The training loss still stands at"),
        (lambda: sgd(network([24, 24]), 0.1), "Try one wide hidden layer"),
        (lambda: sgd(network([32]), 0.1), "the gap is in what it makes of new ones"),
        (lambda: sgd(network([32]), 1e6), "the training diverged"),
    ],
)
def test_wrong_builds_are_refused(wrong, sentence, monkeypatch):
    monkeypatch.setattr(putting_it_together, "BUILD_SEEDS", (1,))
    monkeypatch.setattr(putting_it_together, "GOAL", 0.999)
    refuses(check_build(wrong), sentence)


def test_a_model_made_once_for_all_seeds_is_refused(monkeypatch):
    monkeypatch.setattr(putting_it_together, "BUILD_EPOCHS", 1)
    refuses(check_build(lambda: adam(ONLY)), "make a new one inside build()")


def test_training_that_takes_too_long_is_refused(monkeypatch):
    monkeypatch.setattr(putting_it_together, "BUILD_SECONDS", 0.2)
    refuses(check_build(lambda: adam(Slow())), "the training is not done: build a simpler network")


def test_the_goal_is_above_a_linear_model_and_within_reach(monkeypatch):
    monkeypatch.setattr(putting_it_together, "BUILD_SEEDS", (0, 1))
    refuses(check_build(lambda: adam(network([]))), "96.2 % are asked for")

    def another_way():
        layers = nn.Sequential(nn.Linear(64, 33), nn.Tanh(), nn.Linear(33, 10))
        return layers, torch.optim.AdamW(layers.parameters(), lr=0.003)

    feedback = check_build(another_way)
    assert feedback.passed and "2,485 parameters" in feedback.message, feedback
    assert BUDGET == 2_500


# Exercise 2 -----------------------------------------------------------------------------------------------------


def logits(model, X):
    model.eval()
    with torch.no_grad():
        return model(X)


def training_mode(model, dataset, raw_X):
    with torch.no_grad():
        return model(dataset.standardise(raw_X)).softmax(1)


def with_graph(model, dataset, raw_X):
    model.eval()
    return model(dataset.standardise(raw_X)).softmax(1)


def forgets_to_return(model, dataset, raw_X):
    logits(model, dataset.standardise(raw_X)).softmax(1)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda m, d, X: logits(m, X).softmax(1), "the measurements are not standardised"),
        (lambda m, d, X: logits(m, (X - X.mean(0)) / X.std(0)).softmax(1), "the new rows' own mean"),
        (lambda m, d, X: logits(m, (X - X.mean(0)) / X.std(0, correction=0)).softmax(1), "the new rows' own mean"),
        (lambda m, d, X: logits(m, d.unstandardise(X)).softmax(1), "call standardise"),
        (lambda m, d, X: logits(m, d.standardise(X)), "a softmax is missing"),
        (lambda m, d, X: logits(m, d.standardise(X)).softmax(0), "the softmax runs over the rows"),
        (lambda m, d, X: logits(m, d.standardise(X)).sigmoid(), "a sigmoid of each logit"),
        (lambda m, d, X: logits(m, d.standardise(X)).argmax(1), "these are the likeliest classes"),
        (lambda m, d, X: logits(m, d.standardise(X)).softmax(1).max(1).values, "the highest probability alone"),
        (lambda m, d, X: logits(m, d.standardise(X)).softmax(1).softmax(1), "applied twice"),
        (training_mode, "dropout is at work. Call model.eval() first"),
        (with_graph, "put the call under torch.no_grad()"),
        (forgets_to_return, "expected a tensor, got None"),
        (lambda m, d, X: d.predict(X), "Your code raised AttributeError"),
    ],
)
def test_wrong_probabilities_are_refused(wrong, sentence):
    refuses(check_probabilities(wrong), sentence)


def test_right_probabilities_written_another_way_pass():
    @torch.inference_mode()
    def by_hand(model, dataset, raw_X):
        powers = model.eval()((raw_X - dataset.feature_mean) / dataset.feature_std).exp()
        return powers / powers.sum(1, keepdim=True)

    for _ in range(5):
        feedback = check_probabilities(by_hand)
        assert feedback.passed, feedback


# Exercise 4 -----------------------------------------------------------------------------------------------------

RIGHT_LEAKS = dict(zip("ABCD", LEAKS, strict=False))


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({**RIGHT_LEAKS, "A": "no leak"}, "Look again at A: a leak need not show in the number. Which rows"),
        ({**RIGHT_LEAKS, "B": "standardised before the split"}, "3 of 4 are right. Look again at B: which rows decide"),
        ({**RIGHT_LEAKS, "C": LEAKS[3], "D": LEAKS[2]}, "2 of 4 are right. Look again at C"),
        ({**RIGHT_LEAKS, "D": "no leak"}, "the largest of forty accuracies"),
        ({**RIGHT_LEAKS, "D": "overfitting"}, "D: 'overfitting' is none of those to choose from"),
        (list(LEAKS[:4]), "Give a dictionary"),
    ],
)
def test_wrong_names_of_leaks_are_refused(wrong, sentence):
    refuses(check_leaks(wrong), sentence)


# All ------------------------------------------------------------------------------------------------------------


def test_the_solutions_pass_and_leave_random_numbers_alone(solutions):
    state = torch.get_rng_state()
    assert check_probabilities(solutions["probabilities"]).passed
    assert check_leaks(solutions["leaks"]).passed
    assert check_flip(solutions["turned"]).passed
    with SeededRandomness(0):
        model, _ = solutions["build"]()
    assert model.count_parameters() <= BUDGET
    assert torch.equal(torch.get_rng_state(), state)


def test_stubs_are_not_attempted(stubs):
    for name, check in {
        "build": check_build,
        "probabilities": check_probabilities,
        "leaks": check_leaks,
        "turned": check_flip,
    }.items():
        assert check(stubs[name]).status == "not attempted", name
