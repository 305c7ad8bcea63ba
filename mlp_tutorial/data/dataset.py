"""Data ready for training: `Dataset`, split and standardised."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from .description import Description, check_tensor
from .splitting import PARTS

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Dataset(Description):
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
    name, task, feature_names, feature_units, target_name, target_unit, class_names
        As `Description` has them.
    feature_mean, feature_std, target_mean, target_std
        The standardisation, as `Description` has it.
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
    num_dropped_rows: int = 0
    source: str = ""
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        for part in PARTS:
            _check_part(self, part)

    def description(self) -> Description:
        """Return the data set without its rows: what a model needs to predict from new measurements."""
        return Description(**{field.name: getattr(self, field.name) for field in fields(Description)})

    @classmethod
    def from_frame(
        cls,
        frame: pd.DataFrame,
        *,
        target: Hashable,
        features: Sequence[Hashable] | None = None,
        exclude: Sequence[Hashable] = (),
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
        "island=Biscoe", 1 where the row has it and 0 elsewhere; these are standardised like the others. Numbers written
        as text, such as "$1,200", "12 %" or "3,5", and signs for a missing value, such as "?", are read as what they
        mean, and said in `notes`. Copies of a row all go to the same part. Whatever is learned from the table (means,
        medians, categories) is learned from the training part alone.

        Parameters
        ----------
        frame : pandas.DataFrame
            The table; it is not changed.
        target : str
            The column to predict.
        features : sequence of str, optional
            The columns to predict it from; by default all others, but for those that only count the rows.
        exclude : sequence of str, default ()
            Columns to leave out.
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
        >>> frame = pd.DataFrame({"size": [4, 7, 9, 5] * 5, "colour": ["red", "green"] * 10, "price": range(0, 60, 3)})
        >>> Dataset.from_frame(frame, target="price").feature_names
        ('size', 'colour=green', 'colour=red')
        """
        from .tables import fields_of_frame

        split = {"seed": seed, "validation_size": validation_size, "test_size": test_size}
        found = fields_of_frame(frame, target, features, exclude, task, missing, max_classes, split)
        return cls(**found, name=name, source=source)

    @classmethod
    def from_csv(
        cls,
        path: str | Path,
        *,
        target: str,
        features: Sequence[str] | None = None,
        exclude: Sequence[str] = (),
        row_limit: int | None = None,
        **options: object,
    ) -> Dataset:
        """Make a data set of a CSV file: columns separated by commas, their names in the first line, UTF-8.

        The file may be compressed (.gz, .zip, .bz2, .xz). For any other format the error says how to read it with
        pandas, for `Dataset.from_frame`.

        Parameters
        ----------
        path : str or Path
            The file.
        target, features, exclude
            As for `Dataset.from_frame`.
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

        keep_nameless = features is not None or "Unnamed: " in str(exclude)
        frame, notes = read_csv(path, target=target, keep_nameless=keep_nameless, row_limit=row_limit)
        names = {"name": Path(path).stem.removesuffix(".csv"), "source": Path(path).name}
        dataset = cls.from_frame(frame, target=target, features=features, exclude=exclude, **(names | options))
        return replace(dataset, notes=(*notes, *dataset.notes))

    def __repr__(self) -> str:
        rows = [len(getattr(self, f"y_{part}")) for part in PARTS]
        features = [_named(*feature) for feature in zip(self.feature_names, self.feature_units, strict=True)]
        lines = [
            f"{self.name}: {self.task}, {self.input_size} features → {_named(self.target_name, self.target_unit)}",
            "  rows: {} = {} training + {} validation + {} test".format(sum(rows), *rows)
            + (f" ({self.num_dropped_rows} with missing values dropped)" if self.num_dropped_rows else ""),
            f"  features: {_first(features, 8)}; standardised with the training part's mean and standard deviation",
        ]
        if self.class_names:
            counts = torch.bincount(self.y_train, minlength=self.output_size).tolist()
            classes = [f"{name} {count}" for name, count in zip(self.class_names, counts, strict=True)]
            lines.append(f"  classes, with their training rows: {_first(classes, 10)}")
        else:
            lines.append(
                f"  target: mean {self.target_mean:.4g}, standard deviation {self.target_std:.4g}"
                f"{' ' if self.target_unit else ''}{self.target_unit}; standardised likewise"
            )
        lines += [f"  note: {note}" for note in self.notes]
        return "\n".join([*lines, f"  source: {self.source}"] if self.source else lines)


def _check_part(dataset: Dataset, part: str) -> None:
    X, y = getattr(dataset, f"X_{part}"), getattr(dataset, f"y_{part}")
    check_tensor(f"X_{part}", X, torch.float32, ("rows", len(dataset.feature_names)))
    if dataset.class_names:
        check_tensor(f"y_{part}", y, torch.int64, ("rows",))
    else:
        check_tensor(f"y_{part}", y, torch.float32, ("rows", 1))
    if len(X) != len(y) or len(X) == 0:
        raise ValueError(f"The {part} part must have as many features' rows as targets; it has {len(X)} and {len(y)}.")
    last, lowest, highest = len(dataset.class_names) - 1, int(y.min()), int(y.max())
    if dataset.class_names and not 0 <= lowest <= highest <= last:
        raise ValueError(f"Class numbers must be 0 to {last}, one a class name; y_{part} has {lowest} to {highest}.")


def _named(name: str, unit: str) -> str:
    return f"{name} ({unit})" if unit else name


def _first(names: list[str], most: int) -> str:
    more = [f"and {len(names) - most} more"] if len(names) > most else []
    return ", ".join(names[:most] + more)
