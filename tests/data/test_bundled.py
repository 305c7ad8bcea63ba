"""The data sets that come along are those of their files."""

import numpy as np
import pandas as pd
import torch
from sklearn.datasets import load_digits

from mlp_tutorial.data.bundled import PENGUINS_FILE
from mlp_tutorial.data.dataset import Dataset
from mlp_tutorial.data.load import load_dataset
from tests.data.helpers import parts_of, sorted_rows


def test_every_row_of_the_file_reaches_one_part():
    table = pd.read_csv(PENGUINS_FILE)
    assert len(table) == 344
    table = table[["bill_length_mm", "bill_depth_mm", "species"]].dropna()
    dataset = load_dataset("penguins", seed=3)
    assert dataset.num_dropped_rows == 2
    for number, species in enumerate(dataset.class_names):
        raw = torch.cat([dataset.unstandardise(X[y == number]) for X, y in parts_of(dataset)])
        expected = table.loc[table["species"] == species, ["bill_length_mm", "bill_depth_mm"]]
        np.testing.assert_allclose(sorted_rows(raw.round(decimals=1)), sorted_rows(expected), rtol=1e-6)


def test_pixels_that_never_vary_are_divided_by_one():
    dataset = load_dataset("digits")
    raw = load_digits()["data"]
    constant = raw.std(0) == 0
    assert constant.any() and (dataset.feature_std[constant] == 1).all()
    raw_again = torch.cat([dataset.unstandardise(X) for X, _ in parts_of(dataset)])
    np.testing.assert_allclose(sorted_rows(raw_again.round()), sorted_rows(raw))


def test_the_bundled_penguins_are_those_of_the_file():
    ours = load_dataset("penguins", seed=2)
    theirs = Dataset.from_csv(PENGUINS_FILE, target="species", features=["bill_length_mm", "bill_depth_mm"], seed=2)
    assert torch.equal(ours.X_train, theirs.X_train) and torch.equal(ours.y_test, theirs.y_test)
    assert (theirs.name, theirs.source, theirs.num_dropped_rows) == ("penguins", "penguins.csv", 2)
