"""From a `Dataset`, a pair of tensors or a `DataLoader` to batches, without a `DataLoader`'s cost where it can be saved."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pickle import PicklingError
from typing import TYPE_CHECKING, Union

import torch

from ..utils.errors import check_count, check_number
from ..utils.randomness import seeded_generator

if TYPE_CHECKING:
    from torch.utils.data import DataLoader

    from ..data.dataset import Dataset

Pair = tuple[torch.Tensor, torch.Tensor]
#: What can be trained on: a `Dataset`, a pair (inputs, targets) of tensors, or a `DataLoader` of such pairs.
Data = Union["Dataset", Pair, "DataLoader"]


class Batches:
    """Batches (inputs, targets) of a pair of tensors; iterating again starts a new epoch.

    By default everything in one batch. With several, the last may have fewer samples, and `shuffle` draws a new order for
    every epoch; without it the order is the given one.
    """

    def __init__(
        self, X: torch.Tensor, y: torch.Tensor, batch_size: int | None = None, shuffle: torch.Generator | None = None
    ) -> None:
        self.X, self.y, self.batch_size, self.shuffle = X, y, batch_size, shuffle

    def __iter__(self) -> Iterator[Pair]:
        if self.batch_size is None or self.batch_size >= len(self.X):
            return iter([(self.X, self.y)])
        X, y = self.X, self.y
        if self.shuffle is not None:
            # One gather an epoch and views of it: cheaper than gathering every batch.
            order = torch.randperm(len(X), generator=self.shuffle).to(X.device)
            X, y = X[order], y[order]
        return zip(X.split(self.batch_size), y.split(self.batch_size), strict=True)

    def largest_batch(self) -> int:
        """Return the number of samples in the largest batch."""
        return min(self.batch_size or len(self.X), len(self.X))

    def whole(self) -> Batches:
        """Return the same data as one batch."""
        return Batches(self.X, self.y)


class LoaderBatches:
    """The batches of a `DataLoader` of pairs (inputs, targets), moved to a device; None leaves them where they are."""

    def __init__(self, loader: DataLoader, device: torch.device | None) -> None:
        self.loader, self.device = loader, device

    def __iter__(self) -> Iterator[Pair]:
        batch = None
        for batch in self._loaded():
            if not isinstance(batch, (tuple, list)):
                raise TypeError(
                    f"The DataLoader must yield pairs (inputs, targets); it yielded a {type(batch).__name__}."
                )
            yield _moved(_checked_pair(batch, "What the DataLoader yields"), self.device)
        if batch is None:
            raise ValueError(
                "The DataLoader yields no batch: its data set is empty, or smaller than a batch with drop_last=True."
            )

    def _loaded(self) -> Iterator[object]:
        try:
            yield from self.loader
        except (RuntimeError, AttributeError, TypeError, PicklingError) as error:
            if not re.search("worker.*exited unexpectedly|pickle", str(error)):
                raise
            raise RuntimeError(
                "The DataLoader's worker processes could not start: they cannot see a class or function that is defined "
                "in a notebook. Try num_workers=0, or put what the DataLoader uses into a module, a file of its own."
            ) from error

    def largest_batch(self) -> int:
        """Return the loader's batch size; 1 where it has none of its own."""
        return self.loader.batch_size or 1

    def whole(self) -> Iterator[Pair]:
        """Yield the batches for measuring, which leaves the random numbers of later epochs as they were."""
        own = [getattr(part, "generator", None) for part in (self.loader, getattr(self.loader, "sampler", None))]
        states = [(g, g.get_state()) for g in [torch.default_generator, *own] if g is not None]
        try:
            yield from self
        finally:
            for generator, state in states:
                generator.set_state(state)


def as_batches(
    data: Data,
    *,
    batch_size: int | None = None,
    shuffle: torch.Generator | None = None,
    device: torch.device | None = None,
    part: str = "train",
) -> Batches | LoaderBatches:
    """Check the data and return their batches.

    Parameters
    ----------
    data : Dataset, pair (X, y) of tensors, or DataLoader
        The data. A `DataLoader` keeps its own batches and order.
    batch_size, shuffle
        As for `Batches`.
    device : torch.device, optional
        Where the data are moved, once; by default they stay where they are.
    part : {"train", "validation", "test"}, default "train"
        Which part of a `Dataset`.

    Returns
    -------
    Batches or LoaderBatches
        To iterate over once an epoch; each batch is a pair (inputs, targets), with the samples along the first dimension.

    Raises
    ------
    TypeError, ValueError
        If the data are none of the three, are empty, or inputs and targets differ in length.
    """
    if part not in ("train", "validation", "test"):
        raise ValueError(f"part must be 'train', 'validation' or 'test'; it is {part!r}.")
    if batch_size is not None:
        check_count("batch_size", batch_size)
    if hasattr(data, f"X_{part}"):
        data = (getattr(data, f"X_{part}"), getattr(data, f"y_{part}"))
    if isinstance(data, (tuple, list)):
        X, y = _moved(_checked_pair(data), device)
        return Batches(X, y, batch_size, shuffle)
    if isinstance(data, Iterable) and hasattr(data, "dataset"):
        if batch_size is not None:
            raise ValueError("A DataLoader has its own batch size: leave batch_size out, or give the tensors instead.")
        return LoaderBatches(data, device)
    raise TypeError(
        f"The data must be a Dataset, a pair (X, y) of tensors or a DataLoader; they are a {type(data).__name__}."
        + " Try torch.utils.data.DataLoader(data, batch_size=32)." * isinstance(data, torch.utils.data.Dataset)
    )


def split_validation(data: Data, validation_data: Data | None, fraction: float, seed: int) -> tuple[Data, Data | None]:
    """Return training and validation data, the latter taken out of a pair where a fraction is asked for.

    Parameters
    ----------
    data : Dataset, pair (X, y) of tensors, or DataLoader
        What to train on.
    validation_data : Dataset, pair, DataLoader or None
        What to validate on; where it is None, a `Dataset` brings its own.
    fraction : float
        Share of a pair's samples to set aside, at least 0 and less than 1; 0 leaves the data as they are.
    seed : int
        Draws those samples.

    Returns
    -------
    tuple of (training data, validation data)
        Either in a form that `as_batches` takes; the second is None without any.

    Raises
    ------
    TypeError, ValueError
        If the fraction is out of range, leaves a part empty, or is given for data that cannot be split.
    """
    check_number("validation_fraction", fraction)
    if not 0 <= fraction < 1:
        raise ValueError(f"validation_fraction must be at least 0 and less than 1; it is {fraction}.")
    if not fraction:
        if validation_data is None and hasattr(data, "X_validation"):
            validation_data = data
        return data, validation_data
    if validation_data is not None or not isinstance(data, (tuple, list)):
        raise ValueError(
            "validation_fraction splits a pair (X, y) of tensors: leave it out where validation data are given, "
            "for a Dataset (which has a validation part) and for a DataLoader."
        )
    X, y = _checked_pair(data)
    num_validation = round(len(X) * fraction)
    if not 0 < num_validation < len(X):
        raise ValueError(f"A validation_fraction of {fraction} of {len(X)} samples leaves one part empty.")
    order = torch.randperm(len(X), generator=seeded_generator(seed)).to(X.device)
    validation, training = order[:num_validation], order[num_validation:]
    return (X[training], y[training]), (X[validation], y[validation])


def choose_device(device: str | torch.device) -> torch.device:
    """Return a device by its name.

    Parameters
    ----------
    device : str or torch.device
        As for `torch.device`, or "auto": CUDA if there is one, else Apple's MPS, else the CPU.

    Raises
    ------
    ValueError
        If CUDA is asked for and not there.
    """
    if device == "auto":
        without_cuda = "mps" if torch.backends.mps.is_available() else "cpu"
        return torch.device("cuda" if torch.cuda.is_available() else without_cuda)
    chosen = torch.device(device)
    if chosen.type == "cuda" and not torch.cuda.is_available():
        raise ValueError('There is no CUDA device here; device="auto" takes what there is.')
    return chosen


def _moved(pair: Pair, device: torch.device | None) -> Pair:
    return pair if device is None else (pair[0].to(device), pair[1].to(device))


def _checked_pair(pair: Pair, what: str = "The data") -> Pair:
    if len(pair) != 2 or not all(isinstance(part, torch.Tensor) for part in pair):
        kinds = ", ".join(type(part).__name__ for part in pair)
        advice = "Try torch.as_tensor"
        if len(pair) != 2:
            advice = "Give inputs and targets, and nothing else"
        elif any(hasattr(part, "iloc") for part in pair):
            advice = "Try Dataset.from_frame(table, target=…), or torch.tensor(part.to_numpy())"
        raise TypeError(f"{what} must be a pair (X, y) of tensors, not ({kinds}). {advice}.")
    X, y = pair
    if X.ndim == 0 or y.ndim == 0 or len(X) != len(y):
        raise ValueError(
            f"X and y must have one entry a sample; X has shape {tuple(X.shape)}, y has shape {tuple(y.shape)}."
        )
    if len(X) == 0:
        raise ValueError("There is nothing to train on: X and y have no samples.")
    return X.detach(), y.detach()  # training must leave no gradients on the data
