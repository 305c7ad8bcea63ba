"""`Dataset`: standardising against scikit-learn, a frozen record, and its repr."""

import dataclasses

import numpy as np
import pytest
import torch
from sklearn.preprocessing import StandardScaler

from mlp_tutorial.data.dataset import Dataset
from mlp_tutorial.data.load import load_dataset
from tests.data.helpers import parts_of


def test_standardising_is_scikit_learns_fitted_on_the_training_part():
    dataset = load_dataset("penguins", features=4)
    assert dataset.feature_names == ("bill length", "bill depth", "flipper length", "body mass")
    assert dataset.feature_units == ("mm", "mm", "mm", "g")
    raw = [dataset.unstandardise(X).double().numpy() for X, _ in parts_of(dataset)]
    scaler = StandardScaler().fit(raw[0])
    for raw_part, (X, _) in zip(raw, parts_of(dataset), strict=True):
        np.testing.assert_allclose(scaler.transform(raw_part), X, atol=1e-4)
    np.testing.assert_allclose(scaler.mean_, dataset.feature_mean, rtol=1e-6)
    np.testing.assert_allclose(scaler.scale_, dataset.feature_std, rtol=1e-5)
    on_all_rows = StandardScaler().fit(np.concatenate(raw))
    assert np.abs(on_all_rows.mean_ - dataset.feature_mean.numpy()).max() > 0.01


def test_a_data_set_is_frozen_and_can_be_a_key():
    dataset = load_dataset("penguins")
    with pytest.raises(dataclasses.FrozenInstanceError):
        dataset.name = "other"
    assert {dataset: 1}[dataset] == 1


def test_the_repr_says_what_the_data_are():
    text = repr(load_dataset("penguins"))
    for part in ["penguins: classification, 2 features → species", "342 = 206 training + 68 validation + 68 test"]:
        assert part in text
    counts = torch.bincount(load_dataset("penguins").y_train).tolist()
    assert "bill length (mm), bill depth (mm)" in text and "2 with missing values dropped" in text
    assert f"Adelie {counts[0]}, Chinstrap {counts[1]}, Gentoo {counts[2]}" in text and "CC0" in text
    assert "and 56 more" in repr(load_dataset("digits"))
    assert "→ body mass (g)" in repr(load_dataset("penguins_body_mass"))
    noted = dataclasses.replace(load_dataset("wine"), notes=("one thing was changed",))
    assert isinstance(noted, Dataset) and "note: one thing was changed" in repr(noted)
