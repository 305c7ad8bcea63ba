"""Batches of tensors, of a `Dataset` and of a `DataLoader`, and every way in which data can be wrong."""

import numpy as np
import pandas as pd
import pytest
import torch
from torch.utils.data import DataLoader, IterableDataset, TensorDataset

from mlp_tutorial.data.load import load_dataset
from mlp_tutorial.training.batches import as_batches, choose_device, split_validation


def numbered(count):
    """Samples that say which they are: X[i] = [i, 10 i], y[i] = i."""
    index = torch.arange(count)
    return torch.stack([index, 10 * index], dim=1).float(), index


class Stream(IterableDataset):
    """A data set without a length."""

    def __init__(self, count):
        self.count = count

    def __iter__(self):
        return iter(zip(*numbered(self.count), strict=True))


def test_the_full_batch_is_the_data_in_their_order():
    X, y = numbered(7)
    for batch_size in (None, 7, 100):
        [(inputs, targets)] = as_batches((X, y), batch_size=batch_size, shuffle=torch.Generator())
        assert torch.equal(inputs, X) and torch.equal(targets, y)


@pytest.mark.parametrize(("count", "batch_size"), [(10, 3), (10, 5), (1, 1), (7, 1), (8, 7)])
def test_every_sample_once_an_epoch_and_pairs_stay_together(count, batch_size):
    batches = as_batches(numbered(count), batch_size=batch_size, shuffle=torch.Generator().manual_seed(0))
    for _ in range(3):
        inputs, targets = zip(*batches, strict=True)
        expected_sizes = [min(batch_size, count - start) for start in range(0, count, batch_size)]
        assert [len(batch) for batch in inputs] == expected_sizes
        assert torch.equal(torch.cat(inputs)[:, 0].long(), torch.cat(targets))
        assert sorted(torch.cat(targets).tolist()) == list(range(count))


def test_the_order_is_the_generators_and_new_every_epoch():
    batches = as_batches(numbered(20), batch_size=6, shuffle=torch.Generator().manual_seed(4))
    oracle = torch.Generator().manual_seed(4)
    orders = [torch.cat([targets for _, targets in batches]) for _ in range(3)]
    assert all(torch.equal(order, torch.randperm(20, generator=oracle)) for order in orders)
    assert not torch.equal(orders[0], orders[1])


def test_without_a_generator_the_order_is_the_given_one():
    assert torch.equal(torch.cat([y for _, y in as_batches(numbered(9), batch_size=4)]), torch.arange(9))


@pytest.mark.parametrize("batch_size", [None, 4])
def test_the_data_stay_as_they_are(batch_size):
    X, y = numbered(9)
    X.requires_grad_()
    copies = X.detach().clone(), y.clone()
    batches = as_batches([X, y], batch_size=batch_size, shuffle=torch.Generator())
    assert not any(inputs.requires_grad for inputs, _ in batches)
    assert torch.equal(X, copies[0]) and torch.equal(y, copies[1]) and X.requires_grad


def test_the_largest_batch():
    assert as_batches(numbered(10)).largest_batch() == 10
    assert as_batches(numbered(10), batch_size=4).largest_batch() == 4
    assert as_batches(numbered(10), batch_size=40).largest_batch() == 10
    assert as_batches(DataLoader(TensorDataset(*numbered(10)), batch_size=3)).largest_batch() == 3


@pytest.mark.parametrize("part", ["train", "validation", "test"])
def test_the_parts_of_a_dataset(part):
    dataset = load_dataset("xor")
    [(inputs, targets)] = as_batches(dataset, part=part)
    assert torch.equal(inputs, getattr(dataset, f"X_{part}"))
    assert torch.equal(targets, getattr(dataset, f"y_{part}"))


def test_an_unknown_part_is_named():
    with pytest.raises(ValueError, match="part must be 'train', 'validation' or 'test'; it is 'tset'"):
        as_batches(load_dataset("xor"), part="tset")


def test_a_loader_gives_its_own_batches_and_order():
    loader = DataLoader(TensorDataset(*numbered(7)), batch_size=3)
    sizes = [len(inputs) for inputs, _ in as_batches(loader)]
    assert sizes == [3, 3, 1]
    assert torch.equal(torch.cat([targets for _, targets in as_batches(loader)]), torch.arange(7))
    assert sum(len(targets) for _, targets in as_batches(DataLoader(Stream(5), batch_size=2))) == 5


def test_a_loaders_batches_are_cut_off_from_the_data():
    X, y = numbered(6)
    X.requires_grad_()
    for batch in as_batches(DataLoader(TensorDataset(X, y.float()), batch_size=4)):
        assert not any(part.requires_grad for part in batch)


@pytest.mark.parametrize("own_generator", [True, False])
def test_measuring_a_loader_does_not_move_its_order(own_generator):
    def order_of_second_epoch(measured):
        torch.manual_seed(5)
        generator = torch.Generator().manual_seed(6) if own_generator else None
        loader = DataLoader(TensorDataset(*numbered(30)), batch_size=4, shuffle=True, generator=generator)
        batches = as_batches(loader)
        list(batches)
        if measured:
            assert sorted(torch.cat([y for _, y in batches.whole()]).tolist()) == list(range(30))
            next(iter(batches.whole()))  # also where it is not gone through to the end
        return torch.cat([y for _, y in batches])

    assert torch.equal(order_of_second_epoch(measured=True), order_of_second_epoch(measured=False))


@pytest.mark.parametrize(
    "loader",
    [DataLoader(TensorDataset(*numbered(3)), batch_size=4, drop_last=True), DataLoader(Stream(0), batch_size=4)],
    ids=["drop_last", "empty stream"],
)
def test_a_loader_without_a_batch(loader):
    with pytest.raises(ValueError, match="The DataLoader yields no batch"):
        list(as_batches(loader))


@pytest.mark.parametrize(
    ("batches", "came"),
    [
        ([torch.zeros(2, 3)], "it yielded a Tensor"),
        ([(torch.zeros(2, 3),)], r"not \(Tensor\)"),
        ([(torch.zeros(2, 3), torch.zeros(2), torch.zeros(2))], r"not \(Tensor, Tensor, Tensor\)"),
        ([{"X": torch.zeros(2, 3)}], "it yielded a dict"),
        ([(torch.zeros(2, 3), "label")], r"not \(Tensor, str\)"),
    ],
)
def test_a_loader_of_something_else(batches, came):
    with pytest.raises(TypeError, match=came):
        list(as_batches(DataLoader(batches, batch_size=None)))


def test_a_loader_has_its_own_batch_size():
    with pytest.raises(ValueError, match="A DataLoader has its own batch size: leave batch_size out"):
        as_batches(DataLoader(TensorDataset(*numbered(7))), batch_size=3)


@pytest.mark.parametrize(
    "data", [torch.zeros(3, 2), None, "penguins", {"X": 1}, 5], ids=lambda data: type(data).__name__
)
def test_data_of_another_kind(data):
    with pytest.raises(TypeError) as error:
        as_batches(data)
    assert "must be a Dataset, a pair (X, y) of tensors or a DataLoader" in str(error.value)
    assert str(error.value).endswith(f"they are a {type(data).__name__}.")


def test_a_data_set_of_torch_needs_a_loader():
    with pytest.raises(TypeError, match=r"they are a TensorDataset\. Try torch\.utils\.data\.DataLoader\(data, batch"):
        as_batches(TensorDataset(*numbered(7)))


@pytest.mark.parametrize(
    ("pair", "kinds"),
    [
        ((np.zeros((3, 2)), np.zeros(3)), "(ndarray, ndarray)"),
        ((torch.zeros(3, 2), [0, 1, 0]), "(Tensor, list)"),
        ((torch.zeros(3, 2),), "(Tensor)"),
        ((torch.zeros(1),) * 3, "(Tensor, Tensor, Tensor). Give inputs and targets, and nothing else."),
        ((pd.DataFrame([[1.0]]), torch.zeros(1)), "(DataFrame, Tensor). Try Dataset.from_frame(table, target=…), or"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_pair_that_is_not_two_tensors(pair, kinds):
    for call in (as_batches, lambda pair: split_validation(pair, None, 0.5, 0)):
        with pytest.raises(TypeError) as error:
            call(pair)
        assert f"must be a pair (X, y) of tensors, not {kinds}" in str(error.value)


@pytest.mark.parametrize("shapes", [((3, 2), (4,)), ((), (3,)), ((3, 2), ())], ids=str)
def test_inputs_and_targets_of_different_lengths(shapes):
    with pytest.raises(ValueError) as error:
        as_batches(tuple(torch.zeros(shape) for shape in shapes))
    assert all(str(shape) in str(error.value) for shape in shapes)


def test_no_samples():
    with pytest.raises(ValueError, match="nothing to train on"):
        as_batches((torch.zeros(0, 2), torch.zeros(0)))


@pytest.mark.parametrize("batch_size", [2.0, True, "8", torch.tensor(1.5)], ids=repr)
def test_a_batch_size_that_is_no_whole_number(batch_size):
    with pytest.raises(TypeError) as error:
        as_batches(numbered(5), batch_size=batch_size)
    assert str(error.value) == f"batch_size must be a whole number of at least 1; it is {batch_size!r}."


@pytest.mark.parametrize("batch_size", [0, -1])
def test_a_batch_size_below_one(batch_size):
    with pytest.raises(ValueError, match=f"batch_size must be at least 1; it is {batch_size}"):
        as_batches(numbered(5), batch_size=batch_size)


@pytest.mark.parametrize(("count", "fraction", "expected"), [(10, 0.2, 2), (7, 0.5, 4), (3, 0.34, 1), (100, 0.01, 1)])
def test_a_validation_fraction_parts_the_data(count, fraction, expected):
    X, y = numbered(count)
    (X_train, y_train), (X_validation, y_validation) = split_validation((X, y), None, fraction, seed=0)
    assert len(X_validation) == len(y_validation) == expected
    assert sorted([*y_train.tolist(), *y_validation.tolist()]) == list(range(count))
    assert torch.equal(X_train[:, 0].long(), y_train) and torch.equal(X_validation[:, 0].long(), y_validation)


def test_the_split_is_the_seeds():
    first, again, other = (split_validation(numbered(50), None, 0.3, seed)[1][1] for seed in (0, 0, 1))
    assert torch.equal(first, again) and not torch.equal(first, other)


def test_without_a_fraction_the_data_pass_through():
    pair, dataset = numbered(5), load_dataset("xor")
    assert split_validation(pair, None, 0.0, 0) == (pair, None)
    assert split_validation(pair, dataset, 0, 0) == (pair, dataset)
    assert split_validation(dataset, None, 0, 0) == (dataset, dataset)
    assert split_validation(dataset, pair, 0, 0) == (dataset, pair)


@pytest.mark.parametrize("fraction", [-0.1, 1, 1.5, float("nan")])
def test_a_fraction_out_of_range(fraction):
    with pytest.raises(ValueError, match=f"at least 0 and less than 1; it is {fraction}"):
        split_validation(numbered(5), None, fraction, 0)


@pytest.mark.parametrize("fraction", [0.01, 0.99])
def test_a_fraction_that_leaves_a_part_empty(fraction):
    with pytest.raises(ValueError, match=f"{fraction} of 5 samples leaves one part empty"):
        split_validation(numbered(5), None, fraction, 0)


def test_a_fraction_of_data_that_cannot_be_parted():
    pair = numbered(5)
    for data, validation in [(pair, pair), (load_dataset("xor"), None), (DataLoader(TensorDataset(*pair)), None)]:
        with pytest.raises(ValueError, match=r"validation_fraction splits a pair \(X, y\) of tensors"):
            split_validation(data, validation, 0.2, 0)


@pytest.mark.parametrize(
    ("cuda", "mps", "expected"),
    [(True, True, "cuda"), (True, False, "cuda"), (False, True, "mps"), (False, False, "cpu")],
)
def test_auto_takes_cuda_then_mps_then_the_processor(cuda, mps, expected, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
    assert choose_device("auto") == torch.device(expected)
    assert choose_device("cpu") == choose_device(torch.device("cpu")) == torch.device("cpu")


def test_data_are_moved_to_the_device():
    device = torch.device("meta")
    pairs = [as_batches(numbered(5), device=device), as_batches(numbered(5), batch_size=2, device=device)]
    loader = as_batches(DataLoader(TensorDataset(*numbered(5)), batch_size=2), device=device)
    for batches in [*pairs, loader, loader.whole()]:
        assert all(part.device == device for batch in batches for part in batch)
