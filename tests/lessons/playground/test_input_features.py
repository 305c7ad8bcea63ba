"""The features of a point: their values, their names, and their lines in a program."""

import math

import pytest
import torch

from mlp_tutorial.lessons.playground.input_features import FEATURES, compute_features, feature_code, feature_names


def test_each_feature_by_hand():
    x1, x2 = 0.7, -1.3
    expected = [x1, x2, x1**2, x2**2, x1 * x2, math.sin(x1), math.sin(x2)]
    computed = compute_features(torch.tensor([[x1, x2]]), FEATURES)
    assert computed.shape == (1, 7) and computed[0].tolist() == pytest.approx(expected)


@pytest.mark.parametrize("names", [list(FEATURES), ["x2"], ["sin x2", "x1²"]])
def test_the_code_computes_the_same(names):
    names, X = feature_names(names), torch.randn(9, 2)
    scope = {"torch": torch}
    exec(feature_code(names), scope)
    assert torch.equal(scope["features"](X), compute_features(X, names))


def test_names_are_put_in_order_once_and_may_be_written_as_code():
    assert feature_names(["sin x1", "x2", "x1", "x2"]) == ("x1", "x2", "sin x1")
    assert feature_names(["x1**2", "x1^2", "x1 * x2", "x1·x2", "torch.sin(x1)"]) == ("x1²", "x1·x2", "sin x1")
    assert feature_names(FEATURES) == tuple(FEATURES)


@pytest.mark.parametrize(
    ("names", "error", "sentence"),
    [
        (["x3"], ValueError, "Unknown feature 'x3'. Did you mean"),
        (["x1", 7], ValueError, "Unknown feature '7'"),
        ([], ValueError, "at least one feature: x1, x2"),
        ("x1", TypeError, "must be a list of names"),
        (None, TypeError, "must be a list of names"),
        (3, TypeError, "must be a list of names"),
    ],
)
def test_other_names_get_a_sentence(names, error, sentence):
    with pytest.raises(error, match=sentence):
        feature_names(names)
