"""`Dataset` and `load_dataset`: shapes, the split, standardising, errors, and nothing global touched."""

import dataclasses
import random
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.datasets import load_diabetes, load_digits
from sklearn.preprocessing import StandardScaler

from mlp_tutorial.data.bundled import BUNDLED_DATA, PENGUINS_FILE
from mlp_tutorial.data.dataset import Dataset
from mlp_tutorial.data.load import load_dataset
from mlp_tutorial.data.toy import TOY_DATA

ALL_NAMES = [*BUNDLED_DATA, *TOY_DATA]
PARTS = ["train", "validation", "test"]


def parts_of(dataset):
    return [(getattr(dataset, f"X_{part}"), getattr(dataset, f"y_{part}")) for part in PARTS]


def sorted_rows(X):
    X = np.asarray(X, dtype=np.float64)
    return X[np.lexsort(X.T)]


@pytest.mark.parametrize("name", ALL_NAMES)
def test_every_data_set_is_split_60_20_20_and_standardised(name):
    dataset = load_dataset(name)
    sizes = [len(X) for X, _ in parts_of(dataset)]
    np.testing.assert_allclose(np.array(sizes) / sum(sizes), [0.6, 0.2, 0.2], atol=0.01)
    for X, y in parts_of(dataset):
        assert X.dtype == torch.float32 and X.shape == (len(y), dataset.input_size)
        assert X.is_contiguous()
    np.testing.assert_allclose(dataset.X_train.mean(0), 0, atol=1e-4)
    spread = dataset.X_train.std(0, correction=0)
    assert (((spread - 1).abs() < 1e-4) | (spread == 0)).all()
    assert name == dataset.name and dataset.source
    assert len(dataset.feature_units) == dataset.input_size == len(set(dataset.feature_names))


@pytest.mark.parametrize("name", [name for name in ALL_NAMES if name not in ("penguins_body_mass", "diabetes")])
def test_classes_have_the_same_share_in_every_part(name):
    dataset = load_dataset(name)
    assert dataset.task == "classification" and dataset.output_size == len(dataset.class_names)
    y_all = torch.cat([y for _, y in parts_of(dataset)])
    for _, y in parts_of(dataset):
        assert y.dtype == torch.int64 and y.ndim == 1
        expected = torch.bincount(y_all) / len(y_all) * len(y)
        assert (torch.bincount(y, minlength=dataset.output_size) - expected).abs().max() <= 1.5


@pytest.mark.parametrize("name", ["penguins_body_mass", "diabetes"])
def test_regression_targets_are_standardised(name):
    dataset = load_dataset(name)
    assert dataset.task == "regression" and dataset.output_size == 1 and dataset.class_names == ()
    for _, y in parts_of(dataset):
        assert y.dtype == torch.float32 and y.shape == (len(y), 1)
    assert dataset.y_train.mean().abs() < 1e-5
    assert abs(dataset.y_train.std(correction=0).item() - 1) < 1e-5


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


def test_pixels_that_never_vary_are_divided_by_one():
    dataset = load_dataset("digits")
    raw = load_digits()["data"]
    constant = raw.std(0) == 0
    assert constant.any() and (dataset.feature_std[constant] == 1).all()
    raw_again = torch.cat([dataset.unstandardise(X) for X, _ in parts_of(dataset)])
    np.testing.assert_allclose(sorted_rows(raw_again.round()), sorted_rows(raw))


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


@pytest.mark.parametrize("name", ["penguins", "moons", "diabetes"])
def test_the_seed_decides_and_nothing_global_is_touched(name):
    np.random.seed(5)  # noqa: NPY002 - the global state is what is looked at
    random.seed(5)
    torch.manual_seed(5)
    states = random.getstate(), np.random.get_state(), torch.get_rng_state()  # noqa: NPY002
    first, again, other = load_dataset(name, seed=1), load_dataset(name, seed=1), load_dataset(name, seed=2)
    assert random.getstate() == states[0]
    assert np.array_equal(np.random.get_state()[1], states[1][1])  # noqa: NPY002
    assert np.random.get_state()[2] == states[1][2]  # noqa: NPY002
    assert torch.equal(torch.get_rng_state(), states[2])
    for (X, y), (X_again, y_again) in zip(parts_of(first), parts_of(again), strict=True):
        assert torch.equal(X, X_again) and torch.equal(y, y_again)
    assert not torch.equal(first.X_train, other.X_train)


def test_sizes_of_the_parts_can_be_chosen():
    dataset = load_dataset("moons", num_points=200, validation_size=0.1, test_size=0.3)
    assert [len(y) for _, y in parts_of(dataset)] == [120, 20, 60]


@pytest.mark.parametrize(
    "arguments, error, words",
    [
        ({"name": "pengwins"}, ValueError, "'penguins'.*Known names: .*spiral"),
        ({"name": "wine", "noise": 0.1}, TypeError, "'wine' has no option 'noise'"),
        ({"name": "moons", "features": 4}, TypeError, "no option 'features'; it has num_points and noise"),
        ({"name": "penguins", "features": 3}, ValueError, "features=2 or features=4; it is 3"),
        ({"name": "wine", "seed": "one"}, TypeError, "seed must be a whole number.*'one'"),
        ({"name": "wine", "seed": -1}, ValueError, "seed must be at least 0.*-1"),
        ({"name": "wine", "test_size": "small"}, TypeError, "test_size.*'small'"),
        ({"name": "wine", "validation_size": 1.5}, ValueError, "validation_size.*1.5"),
        ({"name": "wine", "validation_size": 0.5, "test_size": 0.5}, ValueError, "leave none"),
        ({"name": "diabetes", "test_size": 0.0001}, ValueError, "0 test rows; every part needs at least 1"),
        ({"name": "digits", "test_size": 0.003}, ValueError, "a row of all 10 classes.* 5 test rows"),
    ],
)
def test_what_cannot_be_loaded_is_refused_in_a_sentence(arguments, error, words):
    with pytest.raises(error, match=words):
        load_dataset(**arguments)


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


def test_loading_the_penguins_is_quick():
    program = """
import time, torch
start = time.process_time()
import mlp_tutorial.data
mlp_tutorial.data.load_dataset("penguins")
print(time.process_time() - start)
"""
    done = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) < 1  # of processor time; it takes about 0.1
