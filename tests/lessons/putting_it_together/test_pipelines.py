"""The four pipelines leak what the lesson says, and a pipeline without a leak finds nothing in coin tosses."""

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

from mlp_tutorial.lessons.putting_it_together.pipelines import (
    PIPELINES,
    coin_tosses,
    mean_accuracy,
    score,
    show_pipelines,
)


def test_score_is_a_least_squares_fit_of_the_first_rows_judged_on_the_others():
    X, y = coin_tosses(3)
    X = X[:, :10]
    expected = ((LinearRegression().fit(X[:60], y[:60]).predict(X[60:]) > 0.5) == y[60:]).mean()
    assert score(X, y) == expected


def test_without_a_leak_nothing_is_found():
    accuracies = [score(X[:, :10], y) for X, y in map(coin_tosses, range(200))]
    assert np.mean(accuracies) == pytest.approx(0.5, abs=0.02)


def test_the_leaks_show_where_the_lesson_says_that_they_do():
    reported = {letter: mean_accuracy(pipeline) for letter, pipeline in PIPELINES.items()}
    assert 0.45 < reported["A"] < 0.55  # a leak that the number does not show
    assert reported["B"] > 0.65 and reported["C"] > 0.85 and reported["D"] > 0.6


def test_test_rows_take_part_in_what_leaks():
    X, y = coin_tosses(0)
    spoilt = X.copy()
    spoilt[60:] = spoilt[60:] * 5 + 3  # only rows of the test part

    def chosen(table):
        return abs((table - table.mean(0)).T @ (y - y.mean())).argsort()[-10:].tolist()

    assert chosen(spoilt) != chosen(X)
    assert not np.allclose(spoilt.mean(0), X.mean(0))


def test_the_code_is_shown_with_what_it_reports(capsys):
    show_pipelines()
    shown = capsys.readouterr().out
    assert all(f"{letter} reports an accuracy of" in shown for letter in "ABCD")
    assert "agreement.argsort()" in shown and "return max(score(candidate, y)" in shown
