"""A description converts features and targets, and refuses what does not fit."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.datasets import load_diabetes

from mlp_tutorial.data.bundled import PENGUINS_FILE
from mlp_tutorial.data.load import load_dataset
from tests.data.helpers import parts_of, sorted_rows


def test_targets_return_to_their_units():
    dataset = load_dataset("diabetes")
    units = torch.cat([dataset.target_in_units(y) for _, y in parts_of(dataset)])
    np.testing.assert_allclose(np.sort(units[:, 0]), np.sort(load_diabetes()["target"]), rtol=1e-4)
    assert dataset.feature_names[0] == "age" and dataset.feature_units[0] == "years"
    assert 18 <= dataset.unstandardise(dataset.X_train)[:, 0].min() < 80  # scikit-learn's own scaling is undone
    assert load_dataset("penguins_body_mass").target_unit == "g"


@pytest.mark.parametrize("kind", [torch.tensor, np.array, list, pd.DataFrame])
def test_standardise_takes_what_a_learner_has_in_hand(kind):
    dataset = load_dataset("penguins")
    rows = [[39.1, 18.7], [50.0, 15.0]]
    expected = (np.array(rows) - dataset.feature_mean.numpy()) / dataset.feature_std.numpy()
    X = dataset.standardise(kind(rows))
    assert X.dtype == torch.float32
    np.testing.assert_allclose(X, expected, rtol=1e-5)
    np.testing.assert_allclose(dataset.unstandardise(X), rows, rtol=1e-6)
    if kind is not pd.DataFrame:
        assert dataset.standardise(kind(rows[0])).shape == (2,)


def test_standardise_gives_bit_for_bit_what_training_saw():
    table = pd.read_csv(PENGUINS_FILE).dropna(subset=["bill_length_mm", "bill_depth_mm"])
    dataset = load_dataset("penguins")
    X = dataset.standardise(table[["bill_length_mm", "bill_depth_mm"]].to_numpy())
    np.testing.assert_array_equal(sorted_rows(X), sorted_rows(torch.cat([X for X, _ in parts_of(dataset)])))


def test_wrong_widths_and_kinds_are_refused_in_a_sentence():
    penguins, diabetes = load_dataset("penguins"), load_dataset("diabetes")
    with pytest.raises(ValueError, match=r"\(rows, 2\).*bill length, bill depth.*\(4, 3\)"):
        penguins.standardise(torch.zeros(4, 3))
    with pytest.raises(ValueError, match=r"X must have shape \(rows, 10\).* and 2 more"):
        diabetes.unstandardise(torch.zeros(2))
    with pytest.raises(TypeError, match="numbers"):
        penguins.standardise([["39.1", "18.7"]])
    with pytest.raises(ValueError, match=r"y must have shape \(rows, 1\).*\(5,\)"):
        diabetes.target_in_units(torch.zeros(5))
    with pytest.raises(ValueError, match="species, is a class"):
        penguins.target_in_units(torch.zeros(5, 1))


@pytest.mark.parametrize(
    "changes, error, words",
    [
        ({"task": "clustering"}, ValueError, "'clustering'"),
        ({"task": "regression"}, ValueError, "class_names"),
        ({"class_names": ()}, ValueError, "class_names"),
        ({"feature_names": ["bill length", "bill depth"]}, TypeError, "feature_names must be a tuple of texts"),
        ({"feature_units": ("mm",)}, ValueError, "2 names and 1 units"),
        ({"X_train": [[1.0, 2.0]]}, TypeError, "X_train must be .* it is a list"),
        ({"X_train": torch.zeros(5, 3)}, ValueError, r"X_train .*\(rows, 2\); .*\(5, 3\)"),
        ({"X_test": torch.zeros(5, 2, dtype=torch.float64)}, ValueError, "X_test .*float32.*float64"),
        ({"y_train": torch.zeros(206)}, ValueError, "y_train .*int64.*float32"),
        ({"y_train": torch.zeros(5, dtype=torch.int64)}, ValueError, "206 and 5"),
        ({"X_test": torch.zeros(0, 2), "y_test": torch.zeros(0, dtype=torch.int64)}, ValueError, "0 and 0"),
        ({"y_train": torch.full((206,), 3)}, ValueError, "0 to 2.*3 to 3"),
        ({"X_validation": torch.full((68, 2), torch.nan)}, ValueError, "X_validation must be finite"),
        ({"feature_std": torch.zeros(2)}, ValueError, "greater than 0"),
        ({"feature_mean": torch.zeros(3)}, ValueError, r"feature_mean .*\(2,\).*\(3,\)"),
    ],
)
def test_a_data_set_that_does_not_fit_together_is_refused(changes, error, words):
    with pytest.raises(error, match=words):
        dataclasses.replace(load_dataset("penguins"), **changes)
