"""Times that cannot be those of the model's calls are refused, each with the sentence that helps."""

import time

import pytest

from mlp_tutorial.lessons.forward_pass.stages import penguin_network
from mlp_tutorial.lessons.forward_pass.timing_exercise import check_seconds
from tests.lesson_helpers import refuses

LESSON = "04_forward_pass.ipynb"


def timed(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def loop(model, X):
    for row in X:
        model(row)


def no_new_start(model, X):
    start = time.perf_counter()
    loop(model, X)
    one_by_one = time.perf_counter() - start
    model(X)
    return one_by_one, time.perf_counter() - start


def readings(model, X):
    loop(model, X)
    one_by_one = time.perf_counter()
    model(X)
    return one_by_one, time.perf_counter()


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda m, X: (timed(lambda: m(X)), timed(lambda: loop(m, X))), "The two are swapped"),
        (no_new_start, "The second time holds the first as well"),
        (lambda m, X: (timed(lambda: m(X[:1])), timed(lambda: m(X))), "called with a single one 1 times"),
        (lambda m, X: (timed(lambda: loop(m, X)), timed(lambda: None)), "never called on all 10 rows at once"),
        (lambda m, X: (timed(lambda: loop(m, X)), timed(lambda: None), m(X))[:2], "shorter than a single call"),
        (lambda m, X: timed(lambda: (loop(m, X), m(X))), "Return two numbers of seconds"),
        (lambda m, X: (timed(lambda: loop(m, X[:5])) + 0 * len([loop(m, X)]), timed(lambda: m(X))), "whole loop"),
    ],
)
def test_wrong_measurements_are_refused(wrong, sentence):
    refuses(check_seconds(wrong), sentence)


def test_readings_of_the_clock_in_place_of_differences_are_refused():
    refuses(check_seconds(readings), "a reading of the clock is no time yet")


def test_the_penguins_are_faster_as_a_batch(solutions):
    model, penguins = penguin_network()
    one_by_one, batch = solutions["seconds"](model, penguins.X_train)
    assert one_by_one > batch
    assert "times as long as one batch" in check_seconds(solutions["seconds"]).message


def by_comprehension(model, X):
    times = [time.perf_counter()]
    [model(X[row : row + 1]) for row in range(len(X))]
    times.append(time.perf_counter())
    model(X)
    return times[1] - times[0], time.perf_counter() - times[1]


def test_a_right_answer_written_another_way_passes():
    assert check_seconds(by_comprehension).passed
