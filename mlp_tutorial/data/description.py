"""What the numbers of a data set mean: names, units, and the standardisation of features and target."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import torch

from ..utils.errors import check_number
from ..utils.wording import listed
from .new_rows import encode, feature_names_of, has_names

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Description:
    """All of a `Dataset` but its rows: what a trained model needs to predict from new measurements.

    Its standardisation is learned from the training part: mean and standard deviation in the features' units.

    See Also
    --------
    sklearn.preprocessing.StandardScaler : Learns the same mean and standard deviation, as `mean_` and `scale_`.
    """

    feature_mean: torch.Tensor  # (features,), float32
    feature_std: torch.Tensor  # (features,), float32; divided by the number of rows; 1 for what does not vary
    name: str  # of the data set
    task: str  # "classification" or "regression"
    feature_names: tuple[str, ...]
    feature_units: tuple[str, ...]  # one a feature, such as "mm", or "" for none
    target_name: str
    target_unit: str = ""
    class_names: tuple[str, ...] = ()  # of class 0, of class 1 …; empty for regression
    target_mean: float = 0.0  # of the values of a regression
    target_std: float = 1.0
    columns: dict[str, tuple[str, ...]] = field(default_factory=dict)  # of the table, each with its categories

    def __post_init__(self) -> None:
        if self.task not in ("classification", "regression"):
            raise ValueError(f"task must be 'classification' or 'regression'; it is {self.task!r}.")
        for key in ("feature_names", "feature_units", "class_names"):
            names = getattr(self, key)
            if not isinstance(names, tuple) or not all(isinstance(name, str) for name in names):
                raise TypeError(f"{key} must be a tuple of texts; it is {names!r}.")
        if (self.task == "classification") != bool(self.class_names):
            given = f"the task is {self.task} and they are {self.class_names!r}"
            raise ValueError(f"class_names must be given for classification only; {given}.")
        num_features = len(self.feature_names)
        if len(self.feature_units) != num_features:
            counts = f"{num_features} names and {len(self.feature_units)} units"
            raise ValueError(f'Every feature needs a unit, "" for none; there are {counts}.')
        if self.columns and feature_names_of(self.columns) != self.feature_names:
            raise ValueError(f"columns must make the features {self.feature_names!r}; it is {self.columns!r}.")
        for key in ("feature_mean", "feature_std"):
            check_tensor(key, getattr(self, key), torch.float32, (num_features,))
        for key in ("target_mean", "target_std"):
            check_number(key, getattr(self, key))
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

    def standardise(self, raw_X: pd.DataFrame | Mapping | Sequence | torch.Tensor | np.ndarray) -> torch.Tensor:
        """Standardise features given in their units, as the model was trained on them.

        Parameters
        ----------
        raw_X : pandas.DataFrame, Series, dict or list of dicts; Tensor, array or sequence
            Rows with names: the columns of the table, in any order, texts and all. Without: numbers in the order of
            `feature_names`, in `feature_units`, of shape (rows, features) or (features,).

        Returns
        -------
        Tensor of shape (rows, features) or (features,), float32
            What the model takes.

        Raises
        ------
        TypeError, ValueError
            If a column or a value is missing, or the rows are not numbers, one a feature.

        Examples
        --------
        >>> from mlp_tutorial import load_dataset
        >>> penguins = load_dataset("penguins")
        >>> penguins.standardise(penguins.feature_mean)
        tensor([0., 0.])
        """
        if isinstance(raw_X, (str, os.PathLike)):
            raise TypeError(f"raw_X must be rows, not the name of a file: try pandas.read_csv({str(raw_X)!r}).")
        columns = self.columns or dict.fromkeys(self.feature_names, ())
        if has_names(raw_X, columns):
            raw_X = encode(raw_X, columns)
        raw = self._features("raw_X", raw_X)
        if not torch.isfinite(raw).all():
            name = self.feature_names[int((~torch.isfinite(raw)).nonzero()[0, -1])]
            raise ValueError(f"raw_X has no finite value in the feature {name!r}: fill it, or leave the row out.")
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
            advice = "look its name up in dataset.class_names"
            raise ValueError(f"The target, {self.target_name}, is a class without unit: {advice}.")
        values = as_float64("y", y)
        if values.ndim == 0 or values.shape[-1] != 1:
            raise ValueError(f"y must have shape (rows, 1); it has shape {tuple(values.shape)}. Try y.unsqueeze(1).")
        return (values * self.target_std + self.target_mean).float()

    def _features(self, name: str, X: object) -> torch.Tensor:
        X = as_float64(name, X)
        if X.ndim not in (1, 2) or X.shape[-1] != self.input_size:
            features = f"a column a feature ({listed(self.feature_names, most=8)})"
            raise ValueError(
                f"{name} must have shape (rows, {self.input_size}), {features}; it has shape {tuple(X.shape)}."
            )
        return X


def check_tensor(name: str, tensor: object, dtype: torch.dtype, shape: tuple[int | str, ...]) -> None:
    """Raise an error that names a tensor unless it has this dtype and shape, "rows" for any length, and is finite."""
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
            advice = " Texts need the names of their columns: give a pandas.DataFrame, or a list of dicts."
            kind = f"it holds {array.dtype} values.{advice * (array.dtype.kind == 'U')}"
            raise TypeError(f"{name} must hold numbers only, in rows of equal length; {kind}")
        values = torch.from_numpy(array.astype(np.float64))
    return values.to("cpu", torch.float64)  # float64: large values with a small spread keep their digits
