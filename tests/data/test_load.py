"""`load_dataset`: the split, standardising, the seed, errors, and nothing global touched."""

import random
import subprocess
import sys

import numpy as np
import pytest
import torch

from mlp_tutorial.data.bundled import BUNDLED_DATA
from mlp_tutorial.data.load import load_dataset
from mlp_tutorial.data.toy import TOY_DATA
from tests.data.helpers import parts_of

ALL_NAMES = [*BUNDLED_DATA, *TOY_DATA]
REGRESSIONS = ["penguins_body_mass", "diabetes", "plane", "hills"]


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


@pytest.mark.parametrize("name", [name for name in ALL_NAMES if name not in REGRESSIONS])
def test_classes_have_the_same_share_in_every_part(name):
    dataset = load_dataset(name)
    assert dataset.task == "classification" and dataset.output_size == len(dataset.class_names)
    y_all = torch.cat([y for _, y in parts_of(dataset)])
    for _, y in parts_of(dataset):
        assert y.dtype == torch.int64 and y.ndim == 1
        expected = torch.bincount(y_all) / len(y_all) * len(y)
        assert (torch.bincount(y, minlength=dataset.output_size) - expected).abs().max() <= 1.5


@pytest.mark.parametrize("name", REGRESSIONS)
def test_regression_targets_are_standardised(name):
    dataset = load_dataset(name)
    assert dataset.task == "regression" and dataset.output_size == 1 and dataset.class_names == ()
    for _, y in parts_of(dataset):
        assert y.dtype == torch.float32 and y.shape == (len(y), 1)
    assert dataset.y_train.mean().abs() < 1e-5
    assert abs(dataset.y_train.std(correction=0).item() - 1) < 1e-5


@pytest.mark.parametrize("name", ["spiral", "penguins", "hills"])
def test_without_standardising_the_numbers_keep_their_units(name):
    standard, raw = load_dataset(name), load_dataset(name, standardise=False)
    for (X, y), (X_raw, y_raw) in zip(parts_of(standard), parts_of(raw), strict=True):
        torch.testing.assert_close(standard.unstandardise(X), X_raw, atol=1e-4, rtol=1e-5)
        assert y.dtype == y_raw.dtype
        torch.testing.assert_close(
            y * standard.target_std + standard.target_mean, y_raw.to(torch.float32), atol=1e-4, rtol=1e-5
        )
    assert torch.equal(raw.unstandardise(raw.X_test), raw.X_test) and (raw.target_mean, raw.target_std) == (0, 1)


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
