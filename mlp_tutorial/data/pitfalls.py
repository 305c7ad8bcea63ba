"""What makes a table mislead: columns that count its rows, copied rows, leaks, codes for a missing value, large classes."""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..utils.wording import listed

if TYPE_CHECKING:
    import pandas as pd

#: Words in the names of columns that tell rows apart, and know nothing.
COUNTING_WORDS = {"id", "ids", "index", "idx", "row", "rownum", "number", "num", "nr", "no", "nummer", "key", "serial"}
COUNTING_WORDS |= {"rownumber", "rowid", "passengerid", "customerid", "userid", "numero"}
#: In fewer rows, whole numbers may all be different by chance.
FEWEST_TO_COUNT = 20
#: A column with fewer different numbers may go with the target by chance.
FEWEST_STEPS = 3
#: Numbers that often stand for a missing value, if they lie far from all others.
CODES_FOR_MISSING = (99, 999, 9999, 99999, 999999)
#: Share of the largest class from which on accuracy alone says little.
LARGE_SHARE = 0.75
#: A class with fewer training rows is noted.
FEW_TRAINING_ROWS = 5


def counts_rows(name: Hashable, values: np.ndarray) -> bool:
    """Whether numbers of shape (rows,) only tell the rows apart, as a row number or a customer's number does.

    Such are whole numbers, all different, that leave hardly a number out or are named like an id.

    Examples
    --------
    >>> counts_rows("weight", np.arange(30.0)), counts_rows("weight", np.arange(30.0) ** 2)
    (True, False)
    """
    if len(values) < FEWEST_TO_COUNT or not all_different_whole(values):
        return False
    words = re.split(r"[\W_\d]+|(?<=[a-z])(?=[A-Z])", str(name))
    return bool(np.ptp(values) < 1.5 * len(values)) or any(word.lower() in COUNTING_WORDS for word in words)


def all_different_whole(values: np.ndarray) -> bool:
    """Whether all values are whole numbers, each of them once."""
    return bool((values == np.floor(values)).all()) and len(np.unique(values)) == len(values)


def without_counts(table: pd.DataFrame, target: Hashable, *, named: bool) -> tuple[pd.DataFrame, list[str]]:
    """Leave out columns that count the rows, unless the learner has named them or there is no other."""
    counting, notes = [], []
    distinct = table.drop_duplicates()
    for name in table.columns.drop(target):
        if not is_number(table[name], with_bool=False):
            continue
        values = numbers(distinct[name].dropna())
        if counts_rows(name, values):
            counting.append(name)
        elif len(values) >= FEWEST_TO_COUNT and all_different_whole(values):
            advice = f"if it only names them, give exclude=[{name!r}]"
            notes.append(f"{name} has another whole number in every row; {advice}")
    if not counting:
        return table, notes
    if named or len(counting) == table.shape[1] - 1:
        return table, [*notes, f"columns that count the rows say nothing about new ones: {listed(counting)}"]
    notes.append(f"left out columns that count the rows (features=[…] keeps them): {listed(counting)}")
    return table.drop(columns=counting), notes


def codes_for_missing(name: Hashable, column: pd.Series) -> list[str]:
    """Return a note for each of the numbers, such as -999, that often stand for a missing value."""
    if not is_number(column, with_bool=False):
        return []
    values, notes = numbers(column.dropna()), []
    for code in {values.min(initial=np.inf), values.max(initial=-np.inf)}:
        others = values[~np.isin(np.abs(values), CODES_FOR_MISSING)]
        if abs(code) in CODES_FOR_MISSING and len(others) and np.abs(others - code).min() > np.ptp(others):
            notes.append(f"{name}: {code:g} ({(values == code).sum()}) lies far from all others; does it mean missing?")
    return notes


def find_copies(table: pd.DataFrame) -> tuple[np.ndarray | None, list[str]]:
    """Return the number of each row's group of equal rows, if there are more of them than chance explains."""
    groups = table.groupby(list(table), dropna=False, sort=False, observed=True).ngroup().to_numpy()
    counts = np.bincount(groups)
    pairs, equal_pairs = len(table) * (len(table) - 1) / 2, (counts * (counts - 1.0) / 2).sum()
    shares = [table[column].value_counts(normalize=True, dropna=False) for column in table]
    by_chance = pairs * np.prod([(share**2).sum() for share in shares])  # if the columns had nothing to do with another
    if equal_pairs <= 10 * by_chance + 1:
        return None, []
    copied = len(table) - len(counts)
    return groups, [f"{copied} of {len(table)} rows are copies of other rows; equal rows were kept in the same part"]


def is_rounded_or_rescaled(feature: np.ndarray, target: np.ndarray) -> bool:
    """Whether the one never falls where the other rises, in any row: as a target does that is rounded, or in another unit.

    Examples
    --------
    >>> grams = np.random.default_rng(0).normal(4000, 800, 50)
    >>> is_rounded_or_rescaled(grams.round(-1), (grams / 1000).round(1)), is_rounded_or_rescaled(grams, grams[::-1])
    (True, False)
    """
    known = np.isfinite(feature) & np.isfinite(target)
    feature, target = feature[known], target[known]
    if len(feature) < FEWEST_TO_COUNT or min(len(np.unique(feature)), len(np.unique(target))) < FEWEST_STEPS:
        return False
    return any((np.diff(one[np.lexsort((one, feature))]) >= 0).all() for one in (target, -target))


def leaks(table: pd.DataFrame, target: np.ndarray) -> list[str]:
    """Return a note for each column that seems to hold the numbers that are to be learned."""
    return [
        f"{name} seems to be the target, rounded or in another unit: a leak? exclude=[{name!r}] leaves it out"
        for name, column in table.items()
        if is_number(column, with_bool=False) and is_rounded_or_rescaled(numbers(column), target)
    ]


def balance(y: np.ndarray, y_train: np.ndarray, class_names: Sequence[str]) -> list[str]:
    """Return notes on a class that outnumbers the others, and on classes too rare to be learned."""
    counts, in_training = (np.bincount(classes, minlength=len(class_names)) for classes in (y, y_train))
    notes, most = [], counts.max()
    if most >= LARGE_SHARE * len(y):
        notes.append(
            f"{most} of {len(y)} rows ({100 * most / len(y):.3g} %) are {class_names[counts.argmax()]!r}: an answer that is "
            "always the same is right as often; look at the recall of the others"
        )
    if rare := [f"{class_names[i]} ({in_training[i]})" for i in np.flatnonzero(in_training < FEW_TRAINING_ROWS)]:
        notes.append(f"classes with few training rows, hardly to be learned: {listed(rare)}")
    return notes


def is_number(column: pd.Series, *, with_bool: bool = True) -> bool:
    """Whether a column holds numbers, true and false counted among them or not."""
    from pandas.api import types

    if types.is_bool_dtype(column):
        return with_bool
    return types.is_numeric_dtype(column) and not types.is_complex_dtype(column)


def numbers(column: pd.Series) -> np.ndarray:
    """Return a column as float64, NaN where it has no value."""
    return column.to_numpy(dtype=np.float64, na_value=np.nan)
