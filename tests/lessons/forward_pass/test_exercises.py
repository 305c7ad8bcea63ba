"""Wrong answers to the exercises of lesson 04 are refused, each with the sentence that helps; its plot is the learner's."""

import pytest
import torch

from mlp_tutorial.lessons.forward_pass.exercises import check_fixed, check_forward, check_softmax, plot_regions
from tests.lesson_helpers import refuses
from tests.solutions import NOTEBOOKS, read

LESSON = "04_forward_pass.ipynb"


# Exercise 1 -----------------------------------------------------------------------------------------------------


def passes(hidden=lambda A, W, b: (A @ W.T + b).relu(), last=lambda A, W, b: A @ W.T + b):
    """Return a forward pass whose layers do the given things."""

    def forward(X, layers):
        for W, b in layers[:-1]:
            X = hidden(X, W, b)
        return last(X, *layers[-1])

    return forward


def in_place(X, layers):
    for W, b in layers[:-1]:
        X = (X @ W.T + b).relu()
        W.mul_(2)
    W, b = layers[-1]
    return X @ W.T + b


def no_return(X, layers):
    for W, b in layers:
        X = X @ W.T + b


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (passes(last=lambda A, W, b: (A @ W.T + b).relu()), "ReLU was applied to the logits as well"),
        (passes(hidden=lambda A, W, b: A @ W.T + b), "the ReLU between the layers is missing"),
        (passes(lambda A, W, b: (A @ W.T).relu(), lambda A, W, b: A @ W.T), "the biases are not added"),
        (passes(last=lambda A, W, b: (A @ W.T + b).softmax(1)), "return the logits, without the softmax"),
        (passes(hidden=lambda A, W, b: (A @ W.T).relu() + b), "ReLU stands before the bias"),
        (lambda X, layers: X @ layers[0][0].T + layers[0][1], "each layer takes what the one before gave"),
        (passes(last=lambda A, W, b: (A @ W.T + b).T), "the result is transposed: samples are rows"),
        (passes(hidden=lambda A, W, b: (A @ W + b).relu()), "W is not turned over"),
        (no_return, "expected a tensor, got None"),
        (in_place, "layers has changed: the function writes into"),
    ],
)
def test_wrong_forward_passes_are_refused(wrong, sentence):
    refuses(check_forward(wrong), sentence)


def test_a_forward_pass_for_three_layers_only_is_refused():
    def three(X, layers):
        (W1, b1), (W2, b2), (W3, b3) = layers
        return ((X @ W1.T + b1).relu() @ W2.T + b2).relu() @ W3.T + b3

    refuses(check_forward(three), "Your code raised ValueError")


def test_the_plot_is_driven_by_the_learners_forward_pass_in_one_call(solutions):
    calls = []

    def forward(X, layers):
        calls.append(len(X))
        return solutions["forward"](X, layers)

    axes = plot_regions(forward)
    assert calls == [206, 1, 160 * 160]  # two trials, then the whole plane
    assert axes.get_title() == "By your forward"
    model = plot_regions(lambda X, layers: ...)
    assert "not written yet" in model.get_title()
    own, models = (panel.images[0].get_array() for panel in (axes, model))
    assert torch.allclose(torch.tensor(own), torch.tensor(models), atol=1e-5)
    linear = plot_regions(passes(hidden=lambda A, W, b: A @ W.T + b)).images[0].get_array()
    assert not torch.allclose(torch.tensor(own), torch.tensor(linear), atol=0.1)


def test_a_plot_of_a_wrong_shape_says_what_is_expected():
    title = plot_regions(lambda X, layers: torch.zeros(3, len(X))).get_title()
    assert title.startswith("By the model (yours returned shape (3, 206), expected (206, 3)")


# Exercise 2 -----------------------------------------------------------------------------------------------------


def by_formula(logits, dim=1):
    powers = logits.exp()
    return powers / powers.sum(dim, keepdim=True)


def one_maximum(logits):
    return by_formula(logits - logits.max())


def writes_into_its_argument(logits):
    logits -= logits.amax(1, keepdim=True)
    return by_formula(logits)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (by_formula, "e^1000 overflows to inf"),
        (lambda logits: by_formula(logits.clamp(max=80)), "the probabilities of large logits: right shape, wrong"),
        (one_maximum, "each row needs its own"),
        (lambda logits: by_formula(logits - logits.clamp(min=0).amax(1, keepdim=True)), "every e^logit becomes 0"),
        (lambda logits: by_formula(logits, dim=0), "it runs over the batch"),
        (lambda logits: logits.exp() / logits.exp().sum(), "each row has a sum of its own"),
        (lambda logits: logits.exp(), "the exponentials are not divided by their sum"),
        (lambda logits: logits / logits.sum(1, keepdim=True), "take exp first"),
        (lambda logits: logits.sigmoid(), "that is the sigmoid"),
        (lambda logits: logits - logits.logsumexp(1, keepdim=True), "the logarithm of the probabilities"),
        (lambda logits: logits.softmax(1), "Write it yourself"),
        (lambda logits: logits.exp() / logits.exp().sum(1), "keepdim=True"),
        (writes_into_its_argument, "logits has changed"),
    ],
)
def test_wrong_softmaxes_are_refused(wrong, sentence):
    refuses(check_softmax(wrong), sentence)


# Exercise 3 -----------------------------------------------------------------------------------------------------


def fixed(first=True, last=True, dim=1, returned="probabilities"):
    """Return the function of the exercise with some of its faults fixed."""

    def answer(X, layers):
        (W1, b1), (W2, b2), (W3, b3) = layers
        A1 = (X @ (W1.T if first else W1) + b1).relu()
        A2 = (A1 @ W2.T + b2).relu()
        logits = A2 @ (W3.T if last else W3) + b3
        probabilities = logits.softmax(dim)
        return {"probabilities": probabilities, "logits": logits, "answers": logits.argmax(1)}[returned]

    return answer


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (fixed(first=False), "mat1 and mat2 shapes cannot be multiplied (1x2 and 4x2)"),
        (fixed(last=False, dim=0), "two faults are left, and both are silent. First: W3 is square"),
        (fixed(last=False), "W3 is square, so it fits without .T"),
        (fixed(dim=0), "the softmax runs over the batch"),
        (fixed(returned="logits"), "it had only the wrong dimension"),
        (fixed(returned="answers"), "return the probabilities"),
    ],
)
def test_half_mended_functions_are_refused(wrong, sentence):
    refuses(check_fixed(wrong), sentence)


def test_the_function_of_the_notebook_has_the_three_faults(solutions):
    broken = next(cell.source for cell in read(NOTEBOOKS / LESSON).cells if "def broken" in cell.source)
    definition = broken.split("\n\n\n")[0]
    for right, wrong in (("X @ W1.T", "X @ W1"), ("A2 @ W3.T", "A2 @ W3"), ("softmax(1)", "softmax(0)")):
        assert definition.count(wrong) == 1
        definition = definition.replace(wrong, right)
    namespace = {}
    exec(definition, namespace)
    assert check_fixed(namespace["broken"]).passed


def test_right_answers_written_another_way_pass():
    def by_linear(X, layers):
        *hidden, last = layers
        for W, b in hidden:
            X = torch.nn.functional.linear(X, W, b).clamp(min=0)
        return torch.nn.functional.linear(X, *last)

    assert check_forward(by_linear).passed
    assert check_softmax(lambda logits: (logits - logits.logsumexp(1, keepdim=True)).exp()).passed
    assert check_softmax(lambda logits: by_formula(logits - logits.max(dim=-1, keepdim=True)[0])).passed
    assert check_fixed(lambda X, layers: by_formula(by_linear(X, layers))).passed


# All ------------------------------------------------------------------------------------------------------------


def test_right_answers_pass_whatever_problem_is_drawn_and_leave_random_numbers_alone(solutions):
    state = torch.get_rng_state()
    for name, check in {"forward": check_forward, "softmax": check_softmax, "fixed": check_fixed}.items():
        for _ in range(20):
            feedback = check(solutions[name])
            assert feedback.passed, feedback
    assert torch.equal(torch.get_rng_state(), state)
