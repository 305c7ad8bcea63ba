"""Every check tells right answers from wrong ones in any form: the same verdict twice, at once, and no trace left."""

import random
import time

import numpy as np
import pytest
import torch

from mlp_tutorial import NeuralNetworkModel, train
from mlp_tutorial.lessons.conclusion.exercises import _combined
from mlp_tutorial.lessons.putting_it_together import exercises as putting_it_together
from tests.lessons.answers import (
    ACCEPTED,
    CHECKS,
    CLASSES,
    FUNCTIONS,
    PARTS,
    REFUSED,
    RIGHT,
    RIGHT_CLASSES,
    TRAINED,
    UNTRAINABLE,
    WRONG,
    WRONG_CLASSES,
    calls_a_helper_wrongly,
    solutions,
)

#: Seconds of computing that a check may take; a second is what a learner waits, the rest is for a busy machine.
MOST_SECONDS = 3.0


@pytest.fixture(autouse=True)
def one_short_run(monkeypatch):
    """The training of lesson 09's first check takes seconds by design."""
    monkeypatch.setattr(putting_it_together, "BUILD_SEEDS", (0,))
    monkeypatch.setattr(putting_it_together, "BUILD_EPOCHS", 3)
    monkeypatch.setattr(putting_it_together, "GOAL", 0.5)


def state():
    return torch.get_rng_state().tolist(), str(np.random.get_state()), random.getstate()  # noqa: NPY002


def verdict(name, *answers):
    """Return what a check says, having asked it twice."""
    before, said = state(), []
    for _ in range(2):
        started = time.process_time()
        said.append(CHECKS[name](*answers))
        assert time.process_time() - started < MOST_SECONDS
    assert state() == before and torch.is_grad_enabled() and torch.get_default_dtype() == torch.float32
    first, second = said
    assert (first.status, first.points, first.of) == (second.status, second.points, second.of), said
    assert first.of == CHECKS[name].parts
    return first


def refused(name, word, *answers):
    feedback = verdict(name, *answers)
    assert feedback.status == "not yet", feedback
    assert word in feedback.message, feedback
    assert feedback.points < feedback.of


def accepted(name, *answers):
    feedback = verdict(name, *answers)
    assert feedback.passed, feedback
    assert feedback.points == feedback.of


def cases(table, kinds, wanted=lambda name, kind: True):
    """Return a parameter for each exercise of a table and each kind of answer to it."""
    return [
        pytest.param(name, solutions(lesson)[name], kind, id=f"{name}, {kind}")
        for lesson, checks in table.items()
        for name in checks
        for kind in kinds
        if wanted(name, kind)
    ]


@pytest.mark.parametrize(("name", "right", "form"), cases(FUNCTIONS, RIGHT, lambda name, form: name in RIGHT[form][1]))
def test_right_functions_pass_in_any_form(name, right, form):
    accepted(name, RIGHT[form][0](right))


@pytest.mark.parametrize(
    ("name", "right", "kind"), cases(FUNCTIONS, WRONG, lambda name, kind: name not in WRONG[kind][2])
)
def test_wrong_functions_are_refused_by_their_cause(name, right, kind):
    change, word, _ = WRONG[kind]
    refused(name, word, change(right))


@pytest.mark.parametrize(("name", "right", "kind"), cases(FUNCTIONS, UNTRAINABLE, lambda name, kind: name in TRAINED))
def test_what_no_training_goes_back_through_is_refused(name, right, kind):
    change, word = UNTRAINABLE[kind]
    refused(name, word, change(right))


@pytest.mark.parametrize(("name", "right", "form"), cases(CLASSES, RIGHT_CLASSES))
def test_right_classes_pass_in_any_form(name, right, form):
    accepted(name, RIGHT_CLASSES[form](right))


@pytest.mark.parametrize(("name", "right", "kind"), cases(CLASSES, WRONG_CLASSES))
def test_wrong_classes_are_refused_by_their_cause(name, right, kind):
    change, word = WRONG_CLASSES[kind]
    refused(name, word, change(right))


@pytest.mark.parametrize("name", CHECKS, ids=str)
def test_a_stub_is_not_attempted_and_has_no_points(name):
    notebook_answer = {"by_hand": {"w1": ..., "w2": ..., "b": ...}, "smallest": [...]}.get(name, ...)
    answers = ({"spam": ...}, {"spam": ...}) if isinstance(name, tuple) else (notebook_answer,)
    feedback = verdict(name, *answers)
    assert (feedback.status, feedback.points) == ("not attempted", 0)
    with pytest.raises(AssertionError, match=r"^Not attempted yet\. Replace every"):
        feedback.require()


@pytest.mark.parametrize(("name", "form", "answers"), [(name, form, rest) for name, form, *rest in ACCEPTED])
def test_right_answers_written_another_way_pass(name, form, answers):
    accepted(name, *answers)


@pytest.mark.parametrize(
    ("name", "kind", "answers", "words"), [(name, kind, rest[:-1], rest[-1]) for name, kind, *rest in REFUSED]
)
def test_known_wrong_answers_are_refused_by_their_cause(name, kind, answers, words):
    refused(name, words, *answers)


@pytest.mark.parametrize(("name", "answers", "points"), [(name, rest[:-1], rest[-1]) for name, *rest in PARTS])
def test_a_right_part_is_a_point(name, answers, points):
    feedback = verdict(name, *answers)
    assert (feedback.status, feedback.points) == ("not yet", points), feedback


@pytest.mark.parametrize(
    ("name", "answer", "words"),
    [
        ("leaky_relu", torch.nn.functional.leaky_relu, "(This is PyTorch's own.)"),
        ("leaky_relu", lambda z, slope=0.01: torch.nn.functional.leaky_relu(z, slope), "to PyTorch's leaky_relu.)"),
        ("cross_entropy", lambda z, y: -z.log_softmax(1).gather(1, y[:, None]).mean(), "to PyTorch's log_softmax.)"),
        ("MyModel", NeuralNetworkModel, "(This is the package's own.)"),
        ("combine", lambda gradients, counts: _combined(gradients, counts), "(It calls the package's _combined.)"),  # noqa: PLW0108
        ("neuron", RIGHT["as it stands"][0](solutions("01_neurons")["neuron"]), "the features of each."),
    ],
)
def test_what_the_learner_has_not_written_is_named(name, answer, words):
    assert words in verdict(name, answer).message


def test_a_value_is_nobodys_own():
    for name, answer in (
        ("rate", torch.tensor(0.3)),
        ("own_dataset", solutions("09_putting_it_together")["own_dataset"]),
    ):
        assert "'s own.)" not in verdict(name, answer).message


def test_an_activation_flat_at_one_point_is_not_called_flat():
    assert "flat" not in verdict("my_activation", torch.square).message
    assert "For 50 % of z" in verdict("my_activation", torch.relu).message


def test_a_long_error_is_cut_to_its_first_line():
    def neuron(x, w, b):
        raise ValueError("first line\n" + 1000 * "and more ")

    assert "first line. It was called" in verdict("neuron", neuron).message


def test_a_helper_called_wrongly_is_not_taken_for_the_answer():
    assert "Keep the arguments" not in verdict("neuron", calls_a_helper_wrongly).message
    refused("neuron", "Keep the arguments", lambda x, w: torch.sigmoid(x @ w))


def test_a_seed_set_for_the_whole_notebook_is_mentioned():
    def neuron(x, w, b):
        torch.manual_seed(0)
        return solutions("01_neurons")["neuron"](x, w, b)

    assert "it sets the random seed of the whole notebook" in verdict("neuron", neuron).message


def test_an_earlier_answer_that_is_missing_or_wrong_is_named():
    code = "def adamw_step(weight, gradient, m, v, t, learning_rate, weight_decay=0.01):\n    return adam_step({})"
    given = "weight * (1 - learning_rate * weight_decay), gradient, m, v, t, learning_rate"

    def answer(**names):
        exec(code.format(given), names)
        return names["adamw_step"]

    def stub(*arguments):
        m = ...
        return m

    refused("adamw_step", "It calls adam_step, which is not written yet", answer(adam_step=stub))
    wrong = answer(adam_step=lambda weight, gradient, m, v, *rest: (weight, m, v))
    refused("adamw_step", "your adam_step, which is not right yet", wrong)
    refused("adamw_step", "Run All Above Selected Cell", answer())


def test_an_earlier_answer_in_a_comprehension_is_named():
    names = {"torch": torch}
    exec("def neuron(x, w, b):\n    return ...", names)
    exec("def layer(X, W, b):\n    return torch.stack([neuron(X, *pair) for pair in zip(W, b)], 1)", names)
    refused("layer", "It calls neuron, which is not written yet", names["layer"])


def test_a_method_of_the_name_of_a_function_is_not_taken_for_it():
    names = {"train": train}
    exec("def fit(model, *rest):\n    model.train()\n    return right(model, *rest)", names)
    names["right"] = solutions("05_backpropagation")["fit"]
    assert "It calls" not in verdict("fit", names["fit"]).message


def test_a_misspelt_name_is_told_its_neighbour():
    namespace = {"torch": torch}
    exec("def neuron(x, w, b):\n    return torhc.sigmoid(x @ w + b)", namespace)
    refused("neuron", "Did you mean 'torch'?", namespace["neuron"])
