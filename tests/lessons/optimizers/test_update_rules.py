"""Wrong update rules are refused, each with the sentence that helps; right ones pass however they are written."""

import pytest
import torch

from mlp_tutorial.lessons.optimizers.update_rules import (
    check_adam_step,
    check_adamw_step,
    check_momentum_step,
    wrong_adam_steps,
)
from tests.lesson_helpers import refuses

LESSON = "08_optimizers.ipynb"


def momentum_rule(change, step=lambda weight, velocity, gradient, rate, momentum: weight - rate * velocity):
    def momentum_step(weight, gradient, velocity, learning_rate, momentum=0.9):
        velocity = change(velocity, gradient, momentum)
        return step(weight, velocity, gradient, learning_rate, momentum), velocity

    return momentum_step


def standard(velocity, gradient, momentum):
    return momentum * velocity + gradient


def stale(weight, gradient, velocity, learning_rate, momentum=0.9):
    return weight - learning_rate * velocity, standard(velocity, gradient, momentum)


def forgetful(weight, gradient, velocity, learning_rate, momentum=0.9):
    return weight - learning_rate * standard(velocity, gradient, momentum), velocity


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (momentum_rule(lambda v, g, m: m * v + (1 - m) * g), "PyTorch adds it whole"),
        (momentum_rule(standard, lambda w, v, g, r, m: w - r * g), "the step follows the gradient alone"),
        (forgetful, "use the new velocity in the step, and return it"),
        (stale, "renew the velocity first"),
        (momentum_rule(standard, lambda w, v, g, r, m: w + r * v), "the step goes uphill"),
        (momentum_rule(lambda v, g, m: v + g), "nothing is lost of the old velocity"),
        (momentum_rule(lambda v, g, m: m * (v + g)), "only the old velocity is"),
        (momentum_rule(standard, lambda w, v, g, r, m: w - r * (g + m * v)), "that is Nesterov's step"),
        (momentum_rule(lambda v, g, m: 0.9 * v + g), "momentum is fixed at 0.9"),
        (lambda w, g, v, rate, momentum: w - rate * g, "Return two tensors, in this order"),
        (lambda w, g, v, rate, momentum: (w[:1], v), "the shape of weight"),
        (lambda w, g, v, rate, momentum: (w - rate * g.double() @ v, v), "Your code raised RuntimeError"),
    ],
)
def test_wrong_momentum_is_refused(wrong, sentence):
    refuses(check_momentum_step(wrong), sentence)


def in_place(weight, gradient, velocity, learning_rate, momentum=0.9):
    velocity.mul_(momentum).add_(gradient)
    weight -= learning_rate * velocity
    return weight, velocity


def rate_within(weight, gradient, velocity, learning_rate, momentum=0.9):
    """The other classic form: the velocity is the step itself."""
    velocity = momentum * velocity - learning_rate * gradient
    return weight + velocity, velocity


@pytest.mark.parametrize("right", [in_place, rate_within])
def test_momentum_written_in_other_ways_passes(right):
    assert check_momentum_step(right).passed


def adam(weight, gradient, m, v, t, rate, beta1=0.9, beta2=0.999, epsilon=1e-8):
    m, v = beta1 * m + (1 - beta1) * gradient, beta2 * v + (1 - beta2) * gradient**2
    return weight - rate * (m / (1 - beta1**t)) / ((v / (1 - beta2**t)) ** 0.5 + epsilon), m, v


def test_the_reference_with_no_mistake_is_right():
    assert check_adam_step(adam).passed


ADAM_CAUSES = [cause for _, cause in wrong_adam_steps(*[torch.zeros(())] * 4, 1, 0.1, 0.9, 0.999, 1e-8)]


@pytest.mark.parametrize("cause", ADAM_CAUSES)
def test_every_mistake_in_adam_is_named(cause):
    number = ADAM_CAUSES.index(cause)
    refuses(check_adam_step(lambda *given: wrong_adam_steps(*given)[number][0]), cause)


def not_squared(weight, gradient, m, v, t, rate, beta1, beta2, epsilon):
    m, v = beta1 * m + (1 - beta1) * gradient, beta2 * v + (1 - beta2) * gradient
    return weight - rate * (m / (1 - beta1**t)) / ((v / (1 - beta2**t)) ** 0.5 + epsilon), m, v


def without_root(weight, gradient, m, v, t, rate, beta1, beta2, epsilon):
    m, v = beta1 * m + (1 - beta1) * gradient, beta2 * v + (1 - beta2) * gradient**2
    return weight - rate * (m / (1 - beta1**t)) / (v / (1 - beta2**t) + epsilon), m, v


def epsilon_inside(weight, gradient, m, v, t, rate, beta1, beta2, epsilon):
    m, v = beta1 * m + (1 - beta1) * gradient, beta2 * v + (1 - beta2) * gradient**2
    return weight - rate * (m / (1 - beta1**t)) / (v / (1 - beta2**t) + epsilon) ** 0.5, m, v


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (without_root, "the root is missing"),
        (epsilon_inside, "epsilon stands inside the root"),
        (not_squared, "an average of *squares*"),
        (lambda w, g, m, v, t, r, b1, b2, e: adam(w, g, m, v, t, r, b2, b1, e), "the betas are swapped"),
        (lambda w, g, m, v, t, r, b1, b2, e: adam(w, g, m, v, t, r, b1, b2, 1e-8), "epsilon is fixed at 1e-8"),
        (lambda w, g, m, v, t, r, b1, b2, e: adam(w, g, m, v, t, r, 0.9, 0.999, e), "the betas are fixed"),
        (lambda w, g, m, v, t, r, b1, b2, e: adam(w, g, m, v, t, r, 0.9, 0.999, 1e-8), "all three numbers"),
        (lambda w, g, m, v, t, r, b1, b2, e: (w, m), "Return three tensors, in this order"),
    ],
)
def test_wrong_adam_is_refused(wrong, sentence):
    refuses(check_adam_step(wrong), sentence)


def adam_as_in_the_paper(weight, gradient, m, v, t, learning_rate, beta1=0.9, beta2=0.999, epsilon=1e-8):
    """Kingma and Ba (2015), end of section 2: the corrections in the rate, epsilon scaled to match; in place."""
    m.lerp_(gradient, 1 - beta1)
    v.mul_(beta2).addcmul_(gradient, gradient, value=1 - beta2)
    rate = learning_rate * (1 - beta2**t) ** 0.5 / (1 - beta1**t)
    weight.addcdiv_(m, v.sqrt() + epsilon * (1 - beta2**t) ** 0.5, value=-rate)
    return weight, m, v


def test_adam_written_as_in_the_paper_passes():
    assert check_adam_step(adam_as_in_the_paper).passed


def adamw_with(shrunk=lambda w, rate, decay: w, gradient=lambda w, g, decay: g, after=lambda w, rate, decay: w):
    def adamw_step(weight, g, m, v, t, rate, decay=0.01):
        before = shrunk(weight, rate, decay)
        moved, m, v = adam(before, gradient(weight, g, decay), m, v, t, rate)
        return after(moved, rate, decay), m, v

    return adamw_step


def shrunk(w, rate, decay):
    return w * (1 - rate * decay)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (adamw_with(gradient=lambda w, g, decay: g + decay * w), "that is L2"),
        (adamw_with(lambda w, rate, decay: w * (1 - decay)), "multiply it by the learning rate"),
        (adamw_with(after=shrunk), "AdamW shrinks it before"),
        (adamw_with(lambda w, rate, decay: w * (1 + rate * decay)), "the weight grows"),
        (adamw_with(), "nothing shrinks the weight"),
    ],
)
def test_wrong_adamw_is_refused(wrong, sentence):
    refuses(check_adamw_step(wrong), sentence)


def test_adamw_that_subtracts_its_decay_passes():
    def adamw_step(weight, gradient, m, v, t, learning_rate, weight_decay=0.01):
        decay = learning_rate * weight_decay * weight
        return adam(weight - decay, gradient, m, v, t, learning_rate)

    assert check_adamw_step(adamw_step).passed
    assert check_adamw_step(adamw_with(shrunk)).passed


def test_stubs_are_not_attempted_and_solutions_pass_whatever_is_drawn(solutions, stubs):
    state = torch.get_rng_state()
    checks = {"momentum_step": check_momentum_step, "adam_step": check_adam_step, "adamw_step": check_adamw_step}
    for name, check in checks.items():
        assert check(stubs[name]).status == "not attempted"
        for _ in range(10):
            feedback = check(solutions[name])
            assert feedback.passed, feedback
    assert torch.equal(torch.get_rng_state(), state)
