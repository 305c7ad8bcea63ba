"""Wrong answers to the exercises of lesson 05 are refused, each with the sentence that helps; its plots and models work."""

import pytest
import torch

from mlp_tutorial.lessons.backpropagation.exercises import check_linear_gradient, check_logits_gradient
from mlp_tutorial.lessons.backpropagation.faulty_runs import check_faults
from mlp_tutorial.lessons.backpropagation.training_exercises import check_fit, check_training_step, plot_batch_sizes
from tests.lesson_helpers import refuses
from tests.lessons.backpropagation.helpers import minus_one_hot

LESSON = "05_backpropagation.ipynb"


# Exercise 1 -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda X, W, u: (X.T @ u, u.sum(0), u @ W), "transposed: a gradient has the shape of its parameter"),
        (lambda X, W, u: (u.T @ X / len(X), u.sum(0), u @ W), "carries the loss's 1/n already"),
        (lambda X, W, u: (-u.T @ X, u.sum(0), u @ W), "it is the optimizer that subtracts it"),
        (lambda X, W, u: (u.T @ X, u, u @ W), "not summed over the batch"),
        (lambda X, W, u: (u.T @ X, u.mean(0), u @ W), "carries the loss's 1/n already"),
        (lambda X, W, u: (u.T @ X, u.sum(0, keepdim=True), u @ W), "leave keepdim out"),
        (lambda X, W, u: (u.T @ X, u.sum(1), u @ W), "summed over the outputs; the batch is dimension 0"),
        (lambda X, W, u: (u.T @ X, u.sum(0), (u @ W).T), "it has the shape of X, (batch, inputs)"),
        (lambda X, W, u: (u @ W, u.T @ X, u.sum(0)), "returned in another order than d_W, d_b, d_X"),
        (lambda X, W, u: u.T @ X, "Return three tensors"),
        (lambda X, W, u: (u.T @ X, u.sum(0), u @ W.T), "Your code raised RuntimeError"),
        (lambda X, W, u: (u.T @ X, u.sum(0), None), "d_X: expected a tensor, got None"),
    ],
)
def test_wrong_linear_gradients_are_refused(wrong, sentence):
    refuses(check_linear_gradient(wrong), sentence)


# Exercise 2 -----------------------------------------------------------------------------------------------------


def step(order="zero backward step", returned="before"):
    """Return a training step whose parts stand in the given order."""

    def training_step(model, X, y, criterion, optimizer):
        loss = criterion(model(X), y)
        parts = {"zero": optimizer.zero_grad, "backward": loss.backward, "step": optimizer.step}
        for part in order.split():
            parts[part]()
        if returned == "after":
            loss = criterion(model(X), y)
        return {"tensor": loss, "nothing": None}.get(returned, loss.item())

    return training_step


def uphill(model, X, y, criterion, optimizer):
    loss = criterion(model(X), y)
    optimizer.zero_grad()
    (-loss).backward()
    optimizer.step()
    return loss.item()


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (step("backward step"), "zero_grad() is missing, so the second step used the sum of both gradients"),
        (step("backward zero step"), "zero_grad stands between backward and step"),
        (step("zero backward"), "no weight has moved: call optimizer.step()"),
        (step("zero step"), "no gradient was computed: call loss.backward()"),
        (step(""), "no gradient was computed: call loss.backward()"),
        (step(returned="after"), "return the loss from before it"),
        (step(returned="tensor"), "return loss.item(), a number"),
        (uphill, "the step went uphill"),
        (step(returned="nothing"), "expected a number, got None"),
    ],
)
def test_wrong_training_steps_are_refused(wrong, sentence):
    refuses(check_training_step(wrong), sentence)


# Exercise 3 -----------------------------------------------------------------------------------------------------


def loop(*, zero_grad=True, mean="samples", step_each="batch", order="given", returned=list):
    """Return a training loop with the given peculiarities."""

    def fit(model, X, y, criterion, optimizer, num_epochs, batch_size):
        losses = []
        for _ in range(num_epochs):
            samples = {
                "given": torch.arange(len(X)),
                "shuffled": torch.randperm(len(X)),
                "drawn": torch.zeros(len(X), dtype=torch.int64),
                "dropped": torch.arange(len(X) // batch_size * batch_size),
            }[order]
            batches = samples.split(batch_size)
            batch_losses = []
            for batch in batches:
                loss = criterion(model(X[batch]), y[batch])
                if zero_grad:
                    optimizer.zero_grad()
                loss.backward()
                if step_each == "batch":
                    optimizer.step()
                batch_losses.append(loss.item())
            if step_each == "epoch":
                optimizer.step()
            weights = [len(batch) for batch in batches]
            total = sum(loss * weight for loss, weight in zip(batch_losses, weights, strict=True))
            losses.append(
                {
                    "samples": total / len(X),
                    "sum": total,
                    "batches": sum(batch_losses) / len(batch_losses),
                    "last": batch_losses[-1],
                }[mean]
            )
        return returned(losses)

    return fit


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (loop(zero_grad=False), "zero_grad() is missing, so gradients of earlier batches add up"),
        (loop(mean="batches"), "weight by len(batch)"),
        (loop(mean="batches", order="shuffled"), "weight by len(batch)"),
        (loop(mean="sum"), "not divided by their number"),
        (loop(mean="last"), "it is the loss of the last batch alone"),
        (loop(step_each="epoch"), "step after every batch, inside the inner loop"),
        (loop(step_each="never"), "The optimizer took no step"),
        (loop(order="drawn"), "An epoch uses every sample once"),
        (loop(order="dropped"), "batches of 4, 4 and 2"),
        (loop(returned=lambda losses: losses[-1:]), "expected 3 numbers, got a list of 1"),
        (loop(returned=lambda losses: None), "does the function return its result?"),
    ],
)
def test_wrong_loops_are_refused(wrong, sentence):
    refuses(check_fit(wrong), sentence)


@pytest.mark.parametrize("options", [{}, {"order": "shuffled"}, {"returned": torch.tensor}, {"returned": tuple}])
def test_right_loops_pass_in_any_order_and_return_losses_in_any_form(options):
    assert check_fit(loop(**options)).passed


def test_the_plot_is_driven_by_the_learners_loop(solutions):
    calls = []

    def fit(model, X, y, criterion, optimizer, num_epochs, batch_size):
        calls.append(batch_size)
        return [1.0] * num_epochs

    axes = plot_batch_sizes(fit, (206, 8), num_epochs=3)
    assert calls == [32, 206, 8]  # a trial first
    assert [list(line.get_ydata()) for line in axes.lines] == [[1.0] * 3] * 2
    assert "your fit" in axes.get_title()
    own = plot_batch_sizes(solutions["fit"], (206,), num_epochs=3)
    packages = plot_batch_sizes(lambda *arguments: ..., (206,), num_epochs=3)
    assert list(own.lines[0].get_ydata()) == pytest.approx(list(packages.lines[0].get_ydata()), abs=1e-6)
    assert "not written yet" in packages.get_title()


# Exercise 5 -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (minus_one_hot, "the factor 1/n is missing"),
        (lambda logits, y: -minus_one_hot(logits, y) / len(y), "its sign is turned"),
        (lambda logits, y: logits.softmax(1) / len(y), "the targets are not subtracted"),
        (lambda logits, y: logits.softmax(1), "the targets are not subtracted, and the factor 1/n is missing"),
        (lambda logits, y: minus_one_hot(logits, y, dim=0) / len(y), "the softmax runs over the batch"),
        (lambda logits, y: (logits.softmax(1) - y) / len(y), "y holds class numbers"),
    ],
)
def test_wrong_gradients_of_the_logits_are_refused(wrong, sentence):
    refuses(check_logits_gradient(wrong), sentence)


# All ------------------------------------------------------------------------------------------------------------


def test_right_answers_pass_whatever_problem_is_drawn_and_leave_random_numbers_alone(solutions):
    checks = {
        "linear_gradient": check_linear_gradient,
        "training_step": check_training_step,
        "logits_gradient": check_logits_gradient,
        "faults": check_faults,
    }
    state = torch.get_rng_state()
    for name, check in checks.items():
        for _ in range(10):
            feedback = check(solutions[name])
            assert feedback.passed, feedback
    assert torch.equal(torch.get_rng_state(), state)
