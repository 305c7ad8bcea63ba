"""Data ready for training: `Dataset`, split and standardised."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from .splitting import PARTS

if TYPE_CHECKING:
    import pandas as pd


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
    feature_mean: torch.Tensor
    feature_std: torch.Tensor
    name: str
    task: str
    feature_names: tuple[str, ...]
    feature_units: tuple[str, ...]
    target_name: str
    target_unit: str = ""
    class_names: tuple[str, ...] = ()
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
        >>> from mlp_tutorial import load_dataset
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
        values = as_float64("y", y)
        if values.ndim == 0 or values.shape[-1] != 1:
            raise ValueError(f"y must have shape (rows, 1); it has shape {tuple(values.shape)}. Try y.unsqueeze(1).")
        return (values * self.target_std + self.target_mean).float()

    @classmethod
    def from_frame(
        cls,
        frame: pd.DataFrame,
        *,
        target: Hashable,
        features: Sequence[Hashable] | None = None,
        task: str | None = None,
        missing: str = "drop",
        max_classes: int = 100,
        seed: int = 0,
        validation_size: float = 0.2,
        test_size: float = 0.2,
        name: str = "table",
        source: str = "",
    ) -> Dataset:
        """Make a data set of a pandas table, a row a sample.

        Numbers become one feature a column. Text and categories become one feature a category, named like
        "island=Biscoe", 1 where the row has it and 0 elsewhere; these are standardised like the others. Whatever is
        learned from the table (means, medians, categories) is learned from the training part alone.

        Parameters
        ----------
        frame : pandas.DataFrame
            The table; it is not changed.
        target : str
            The column to predict.
        features : sequence of str, optional
            The columns to predict it from; by default all others.
        task : {"classification", "regression"}, optional
            By default inferred, and said in `notes`: classification for text, categories, true/false and at most ten
            distinct whole numbers (in five rows each, on average); regression for other numbers.
        missing : {"drop", "median"}, default "drop"
            Rows with a missing value are dropped, or missing numbers are filled with the training part's median and
            a missing category counts as none of the known ones. Rows without a target are always dropped.
        max_classes : int, default 100
            Most classes of a target, and most categories of a column.
        seed, validation_size, test_size
            As for `load_dataset`.
        name, source : str
            How the data set is called, and where it comes from.

        Returns
        -------
        Dataset
            Split and standardised; `notes` says what was inferred, dropped and filled.

        Raises
        ------
        TypeError, ValueError
            If the table cannot be learned from; the message names the column and says what to try.

        Examples
        --------
        >>> import pandas as pd
        >>> frame = pd.DataFrame({"size": range(20), "colour": ["red", "green"] * 10, "price": range(0, 60, 3)})
        >>> Dataset.from_frame(frame, target="price").feature_names
        ('size', 'colour=green', 'colour=red')
        """
        from .tables import fields_of_frame

        fields = fields_of_frame(
            frame,
            target=target,
            features=features,
            task=task,
            missing=missing,
            max_classes=max_classes,
            split={"seed": seed, "validation_size": validation_size, "test_size": test_size},
        )
        return cls(**fields, name=name, source=source)

    @classmethod
    def from_csv(
        cls,
        path: str | Path,
        *,
        target: str,
        features: Sequence[str] | None = None,
        row_limit: int | None = None,
        **options: object,
    ) -> Dataset:
        """Make a data set of a CSV file: columns separated by commas, their names in the first line, UTF-8.

        A progress bar is shown when reading takes longer than a second. Other formats: read the file with pandas, and
        give the table to `Dataset.from_frame`.

        Parameters
        ----------
        path : str or Path
            The file.
        target, features
            As for `Dataset.from_frame`; columns that are not named are not kept in memory.
        row_limit : int, optional
            Read only so many rows, from the top.
        **options
            As for `Dataset.from_frame`: `task`, `missing`, `max_classes`, `seed`, `validation_size`, `test_size`,
            `name` (by default the file's) and `source`.

        Returns
        -------
        Dataset
            Split and standardised; `notes` says what was inferred, dropped and filled.

        Raises
        ------
        FileNotFoundError
            If there is no such file.
        TypeError, ValueError
            As for `Dataset.from_frame`, and if the file is no such CSV file.

        Examples
        --------
        >>> from mlp_tutorial.data import PENGUINS_FILE
        >>> Dataset.from_csv(PENGUINS_FILE, target="species", features=["island", "body_mass_g"]).feature_names
        ('island=Biscoe', 'island=Dream', 'island=Torgersen', 'body_mass_g')
        """
        from .csv_files import read_csv

        frame, notes = read_csv(path, target=target, features=features, row_limit=row_limit)
        names = {"name": Path(path).stem, "source": Path(path).name}
        dataset = cls.from_frame(frame, target=target, features=features, **(names | options))
        return replace(dataset, notes=(*notes, *dataset.notes))

    def __repr__(self) -> str:
        rows = [len(getattr(self, f"y_{part}")) for part in PARTS]
        features = [_named(*feature) for feature in zip(self.feature_names, self.feature_units, strict=True)]
        if len(features) > 8:
            features = [*features[:8], f"and {len(features) - 8} more"]
        lines = [
            f"{self.name}: {self.task}, {self.input_size} features → {_named(self.target_name, self.target_unit)}",
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
        X = as_float64(name, X)
        if X.ndim not in (1, 2) or X.shape[-1] != self.input_size:
            raise ValueError(
                f"{name} must have shape (rows, {self.input_size}), a column a feature "
                f"({', '.join(self.feature_names[:4])}{', …' if self.input_size > 4 else ''}); "
                f"it has shape {tuple(X.shape)}."
            )
        return X


def _check_part(dataset: Dataset, part: str) -> None:
    X, y = getattr(dataset, f"X_{part}"), getattr(dataset, f"y_{part}")
    _check_tensor(f"X_{part}", X, torch.float32, ("rows", len(dataset.feature_names)))
    if dataset.class_names:
        _check_tensor(f"y_{part}", y, torch.int64, ("rows",))
    else:
        _check_tensor(f"y_{part}", y, torch.float32, ("rows", 1))
    if len(X) != len(y) or len(X) == 0:
        raise ValueError(f"The {part} part must have as many features' rows as targets; it has {len(X)} and {len(y)}.")
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


def as_float64(name: str, values: object) -> torch.Tensor:
    """Return numbers as a float64 tensor on the CPU, or raise an error that names them."""
    if not isinstance(values, torch.Tensor):
        array = np.asarray(values)
        if array.dtype.kind not in "iufb":
            raise TypeError(f"{name} must hold numbers only, in rows of equal length; it holds {array.dtype} values.")
        values = torch.from_numpy(array.astype(np.float64))
    return values.to("cpu", torch.float64)  # float64: large values with a small spread keep their digits


def _named(name: str, unit: str) -> str:
    return f"{name} ({unit})" if unit else name
