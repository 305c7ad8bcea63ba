"""One verdict on what is a number, for all that ask for one."""

import numpy as np
import pytest
import torch

from mlp_tutorial import load_dataset
from mlp_tutorial.utils.errors import check_number, is_number, whole_number

WHOLE = [3, np.int64(3), np.array(3), torch.tensor(3)]
REAL = [3.0, np.float32(3), np.float64(3), torch.tensor(3.0)]
NEITHER = [True, np.True_, torch.tensor(True), "3", None, [3], np.array([3]), torch.tensor([3]), 3j]


@pytest.mark.parametrize("value", WHOLE, ids=repr)
def test_whole_numbers(value):
    assert is_number(value) and whole_number(value) == 3 and type(whole_number(value)) is int


@pytest.mark.parametrize("value", REAL, ids=repr)
def test_other_numbers(value):
    assert is_number(value) and whole_number(value) is None


@pytest.mark.parametrize("value", NEITHER, ids=repr)
def test_what_is_no_number(value):
    assert not is_number(value) and whole_number(value) is None
    with pytest.raises(TypeError, match=r"rate must be a number, such as 0\.1; it is "):
        check_number("rate", value, "0.1")


def test_a_data_set_takes_numpys_numbers():
    given = load_dataset("moons", num_points=np.int64(50), noise=np.float32(0.25), seed=np.int64(1))
    assert torch.equal(given.X_test, load_dataset("moons", num_points=50, noise=0.25, seed=1).X_test)
