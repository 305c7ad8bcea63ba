"""Data ready for training: `Dataset`, split and standardised, and `load_dataset` for data that need no network."""

from __future__ import annotations

import inspect
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from .bundled_data import BUNDLED_DATA
from .errors import unknown_name
from .splitting import check_seed, split_rows
from .toy_data import TOY_DATA

if TYPE_CHECKING:
    import pandas as pd

PARTS = ("train", "validation", "test")


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """Features and targets in three parts, standardised with the training part's mean and standard deviation.

    The validation part is for choosing (when to stop, which learning rate); the test part is touched once, at the
    end. Made by `load_dataset`, `Dataset.from_frame` and `Dataset.from_csv`.

    Attributes
    ----------
    X_train, X_validation, X_test : Tensor of shape (rows, features), float32
        Standardised features.
    y_train, y_validation, y_test : Tensor
        Classification: class numbers, int64 of shape (rows,). Regression: standardised values, float32 of
        shape (rows, 1).
    name : str
        The data set's name.
    task : {"classification", "regression"}
        What is predicted: a class, or a value.
    feature_names, feature_units : tuple of str
        One name and one unit ("mm", or "" for none) a feature.
    target_name, target_unit : str
        The same for the target.
    class_names : tuple of str
        The name of class 0, of class 1 …; empty for regression.
    feature_mean, feature_std : Tensor of shape (features,), float32
        Of the training part, in the features' units. The standard deviation is the population's (divided by the
        number of rows); 1 for a feature that does not vary there.
    target_mean, target_std : float
        The same for the values of a regression; 0.0 and 1.0 for classification.
    num_dropped_rows : int
        Rows left out because a value was missing.
    source : str
        Where the data come from, and their licence.
    notes : tuple of str
        What was decided or changed while the data were read, one sentence each.

    Raises
    ------
    TypeError, ValueError
        If shapes, dtypes or lengths do not fit together, or a number is not finite.
    """

    X_train: torch.Tensor
    y_train: torch.Tensor
    X_validation: torch.Tensor
    y_validation: torch.Tensor
    X_test: torch.Tensor
    y_test: torch.Tensor
    name: str
    task: str
    feature_names: tuple[str, ...]
    feature_units: tuple[str, ...]
    target_name: str
    target_unit: str
    class_names: tuple[str, ...]
    feature_mean: torch.Tensor
    feature_std: torch.Tensor
    target_mean: float = 0.0
    target_std: float = 1.0
    num_dropped_rows: int = 0
    source: str = ""
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.task not in ("classification", "regression"):
            raise ValueError(f"task must be 'classification' or 'regression'; it is {self.task!r}.")
        if (self.task == "classification") != bool(self.class_names):
            raise ValueError(
                f"class_names must be given for classification only; the task is {self.task} and they are "
                f"{self.class_names!r}."
            )
        num_features = len(self.feature_names)
        if len(self.feature_units) != num_features:
            raise ValueError(
                f'Every feature needs a unit, "" for none; there are {num_features} names and '
                f"{len(self.feature_units)} units."
            )
        for part in PARTS:
            _check_part(self, part)
        for name in ("feature_mean", "feature_std"):
            _check_tensor(name, getattr(self, name), torch.float32, (num_features,))
        if not (self.feature_std > 0).all() or not self.target_std > 0:
            raise ValueError("A standard deviation must be greater than 0; give 1 for what does not vary.")

    @property
    def input_size(self) -> int:
        """The number of features."""
        return len(self.feature_names)

    @property
    def output_size(self) -> int:
        """The number of outputs a model needs: one a class, or one for the value of a regression."""
        return len(self.class_names) or 1

    def standardise(self, raw_X: torch.Tensor | np.ndarray | Sequence) -> torch.Tensor:
        """Standardise features given in their units, as the model was trained on them.

        Parameters
        ----------
        raw_X : Tensor, array or sequence of shape (rows, features) or (features,)
            Measurements, in `feature_units`.

        Returns
        -------
        Tensor of the same shape, float32
            What the model takes.

        Examples
        --------
        >>> penguins = load_dataset("penguins")
        >>> penguins.standardise(penguins.feature_mean)
        tensor([0., 0.])
        """
        raw = self._features("raw_X", raw_X)
        return ((raw - self.feature_mean) / self.feature_std).float()

    def unstandardise(self, X: torch.Tensor | np.ndarray | Sequence) -> torch.Tensor:
        """Turn standardised features, shape (rows, features) or (features,), back into their units."""
        return (self._features("X", X) * self.feature_std + self.feature_mean).float()

    def target_in_units(self, y: torch.Tensor | np.ndarray | Sequence) -> torch.Tensor:
        """Turn standardised targets, or a model's outputs, of a regression back into the target's unit.

        Parameters
        ----------
        y : Tensor, array or sequence of shape (rows, 1) or (1,)
            Standardised values.

        Returns
        -------
        Tensor of the same shape, float32
            Values in `target_unit`.
        """
        if self.task != "regression":
            raise ValueError(
                f"The target, {self.target_name}, is a class without unit: look its name up in dataset.class_names."
            )
        values = _as_float64("y", y)
        if values.ndim == 0 or values.shape[-1] != 1:
            raise ValueError(
                f"y must have shape (rows, 1); it has shape {tuple(values.shape)}. Try y.unsqueeze(1)."
            )
        return (values * self.target_std + self.target_mean).float()

    @classmethod
    def from_frame(cls, frame: pd.DataFrame, *, target: Hashable, **options: object) -> Dataset:
        """Make a data set of a pandas table; `mlp_tutorial.tables.dataset_from_frame` has the options."""
        from .tables import dataset_from_frame

        return dataset_from_frame(frame, target=target, **options)

    @classmethod
    def from_csv(cls, path: str | Path, *, target: str, **options: object) -> Dataset:
        """Make a data set of a CSV file; `mlp_tutorial.tables.dataset_from_csv` has the options."""
        from .tables import dataset_from_csv

        return dataset_from_csv(path, target=target, **options)

    def __repr__(self) -> str:
        rows = [len(getattr(self, f"y_{part}")) for part in PARTS]
        features = [
            _with_unit(*feature) for feature in zip(self.feature_names, self.feature_units, strict=True)
        ]
        if len(features) > 8:
            features = [*features[:8], f"and {len(features) - 8} more"]
        lines = [
            f"{self.name}: {self.task}, {self.input_size} features → {_with_unit(self.target_name, self.target_unit)}",
            "  rows: {} = {} training + {} validation + {} test".format(sum(rows), *rows)
            + (f" ({self.num_dropped_rows} with missing values dropped)" if self.num_dropped_rows else ""),
            f"  features: {', '.join(features)}; standardised with the training part's mean and standard deviation",
        ]
        if self.class_names:
            counts = torch.bincount(self.y_train, minlength=self.output_size).tolist()
            classes = [f"{name} {count}" for name, count in zip(self.class_names, counts, strict=True)]
            if len(classes) > 10:
                classes = [*classes[:10], f"and {len(classes) - 10} more"]
            lines.append(f"  classes, with their training rows: {', '.join(classes)}")
        else:
            lines.append(
                f"  target: mean {self.target_mean:.4g}, standard deviation {self.target_std:.4g}"
                f"{' ' if self.target_unit else ''}{self.target_unit}; standardised likewise"
            )
        lines += [f"  note: {note}" for note in self.notes]
        return "\n".join([*lines, f"  source: {self.source}"] if self.source else lines)

    def _features(self, name: str, X: object) -> torch.Tensor:
        X = _as_float64(name, X)
        if X.ndim not in (1, 2) or X.shape[-1] != self.input_size:
            raise ValueError(
                f"{name} must have shape (rows, {self.input_size}), a column a feature "
                f"({', '.join(self.feature_names[:4])}{', …' if self.input_size > 4 else ''}); "
                f"it has shape {tuple(X.shape)}."
            )
        return X


def load_dataset(
    name: str, *, seed: int = 0, validation_size: float = 0.2, test_size: float = 0.2, **options: object
) -> Dataset:
    """Load a data set by name; none needs the network.

    Parameters
    ----------
    name : str
        Measurements: "penguins" (species, from bill length and depth), "penguins_body_mass" (a regression), "digits",
        "wine", "breast_cancer", "diabetes" (a regression). Toy sets of two features and two classes: "moons",
        "circles", "xor", "gaussians", "spiral".
    seed : int, default 0
        Draws the points of a toy set, and which row goes to which part. The global random state is left as it was.
    validation_size, test_size : float, default 0.2
        Shares of the rows. Classes are spread evenly over the parts.
    **options
        "penguins": `features=2` (default) or 4, with flipper length and body mass. Toy sets: `num_points=500` and
        `noise`.

    Returns
    -------
    Dataset
        Split, and standardised with the training part's mean and standard deviation.

    Raises
    ------
    ValueError
        If the name is unknown or a value is impossible.
    TypeError
        If the data set has no such option.

    Examples
    --------
    >>> load_dataset("penguins").X_train.shape
    torch.Size([206, 2])
    >>> load_dataset("moons", num_points=100, noise=0.1, seed=3).class_names
    ('upper moon', 'lower moon')
    """
    loaders = BUNDLED_DATA | TOY_DATA
    if name not in loaders:
        raise ValueError(unknown_name("data set", name, loaders))
    known = [option for option in inspect.signature(loaders[name]).parameters if option != "seed"]
    for option in options:
        if option not in known:
            raise TypeError(
                f"The data set {name!r} has no option {option!r}; it has "
                f"{' and '.join(known) or 'none of its own'}, and seed, validation_size and test_size as all have."
            )
    check_seed(seed)
    raw = loaders[name](seed=seed, **options) if name in TOY_DATA else loaders[name](**options)
    classes = raw["y"] if raw.get("class_names") else None
    rows = split_rows(
        len(raw["y"]),
        classes=classes,
        class_names=raw.get("class_names", ()),
        seed=seed,
        validation_size=validation_size,
        test_size=test_size,
    )
    return assemble(**raw, rows=rows, name=name)


def assemble(
    X: np.ndarray,
    y: np.ndarray,
    *,
    rows: Sequence[np.ndarray],
    feature_names: Sequence[str],
    class_names: Sequence[str] = (),
    feature_units: Sequence[str] | None = None,
    target_unit: str = "",
    **description: object,
) -> Dataset:
    """Standardise raw features and targets with the training rows' mean and standard deviation.

    Parameters
    ----------
    X : array of shape (rows, features)
        Features in their units.
    y : array of shape (rows,)
        Class numbers, or values in their unit.
    rows : three arrays of int
        The rows of the training, validation and test part.
    feature_names, class_names, feature_units, target_unit, **description
        As `Dataset` has them.
    """
    X = torch.from_numpy(np.array(X, dtype=np.float64))
    parts = [torch.from_numpy(np.array(part, dtype=np.int64)) for part in rows]
    feature_mean, feature_std = _mean_and_std(X[parts[0]])
    X = ((X - feature_mean) / feature_std).float()
    target_mean, target_std = 0.0, 1.0
    if class_names:
        y = torch.from_numpy(np.array(y, dtype=np.int64))
    else:
        y = torch.from_numpy(np.array(y, dtype=np.float64)).unsqueeze(1)  # (rows, 1)
        target_mean, target_std = (value.item() for value in _mean_and_std(y[parts[0]]))
        y = ((y - target_mean) / target_std).float()
    tensors = {}
    for part, part_rows in zip(PARTS, parts, strict=True):
        tensors[f"X_{part}"], tensors[f"y_{part}"] = X[part_rows], y[part_rows]
    return Dataset(
        **tensors,
        task="classification" if class_names else "regression",
        feature_names=tuple(feature_names),
        feature_units=tuple(feature_units or [""] * len(feature_names)),
        target_unit=target_unit,
        class_names=tuple(class_names),
        feature_mean=feature_mean,
        feature_std=feature_std,
        target_mean=target_mean,
        target_std=target_std,
        **description,
    )


def _mean_and_std(values: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    # Rounded to float32 before they are used, so that `Dataset.standardise` gives exactly what training saw.
    mean, std = values.mean(0).float(), values.std(0, correction=0).float()
    constant = (values == values[0]).all(0) | (std == 0)  # rounding leaves some constants a tiny deviation
    return mean, torch.where(constant, torch.ones_like(std), std)


def _check_part(dataset: Dataset, part: str) -> None:
    X, y = getattr(dataset, f"X_{part}"), getattr(dataset, f"y_{part}")
    _check_tensor(f"X_{part}", X, torch.float32, ("rows", len(dataset.feature_names)))
    if dataset.class_names:
        _check_tensor(f"y_{part}", y, torch.int64, ("rows",))
    else:
        _check_tensor(f"y_{part}", y, torch.float32, ("rows", 1))
    if len(X) != len(y) or len(X) == 0:
        raise ValueError(
            f"The {part} part must have as many features' rows as targets; it has {len(X)} and {len(y)}."
        )
    if dataset.class_names and not 0 <= int(y.min()) <= int(y.max()) < len(dataset.class_names):
        raise ValueError(
            f"Class numbers must be 0 to {len(dataset.class_names) - 1}, one a class name; y_{part} has "
            f"{int(y.min())} to {int(y.max())}."
        )


def _check_tensor(name: str, tensor: object, dtype: torch.dtype, shape: tuple[int | str, ...]) -> None:
    expected = f"a {dtype} tensor of shape ({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"
    if not isinstance(tensor, torch.Tensor):
        raise TypeError(f"{name} must be {expected}; it is a {type(tensor).__name__}.")
    sizes = [given for given, size in zip(tensor.shape, shape, strict=False) if size in ("rows", given)]
    if tensor.dtype != dtype or tensor.ndim != len(shape) or len(sizes) != len(shape):
        raise ValueError(f"{name} must be {expected}; it is {tensor.dtype} of shape {tuple(tensor.shape)}.")
    if not torch.isfinite(tensor).all():
        raise ValueError(f"{name} must be finite; it holds NaN or infinity.")


def _as_float64(name: str, values: object) -> torch.Tensor:
    if not isinstance(values, torch.Tensor):
        array = np.asarray(values)
        if array.dtype.kind not in "iufb":
            raise TypeError(
                f"{name} must hold numbers only, in rows of equal length; it holds {array.dtype} values."
            )
        values = torch.as_tensor(array)
    return values.to("cpu", torch.float64)  # float64: large values with a small spread keep their digits


def _with_unit(name: str, unit: str) -> str:
    return f"{name} ({unit})" if unit else name
