"""Your own table, from a pandas frame to a `Dataset`: task, missing values, categories, copied rows."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
import pandas as pd
from pandas.api import types

from ..utils.errors import check_count
from ..utils.wording import listed
from .columns import FEWEST_TO_COUNT, all_different_whole, choose_columns, counts_rows
from .new_rows import feature_names_of, one_hot
from .splitting import split_rows, standardise_parts
from .text_columns import about_texts, as_text, read_texts

#: Numbers as a target are classes if they are whole and have at most so many distinct values, …
FEW_WHOLE_NUMBERS = 10
#: … each in so many rows on average.
ROWS_PER_WHOLE_NUMBER = 5
#: Largest number that a float32 holds.
LARGEST = float(np.finfo(np.float32).max)
#: Numbers that often stand for a missing value, if they lie far from all others.
CODES_FOR_MISSING = (99, 999, 9999, 99999, 999999)
#: Share of the largest class from which on a note warns of accuracy.
LARGE_SHARE = 0.75
#: A class with fewer training rows is noted.
FEW_TRAINING_ROWS = 5


def fields_of_frame(
    frame: pd.DataFrame,
    *,
    target: Hashable,
    features: Sequence[Hashable] | None,
    exclude: Sequence[Hashable],
    task: str | None,
    missing: str,
    max_classes: int,
    split: dict,
) -> dict:
    """Return the fields of a `Dataset`; `Dataset.from_frame` says what the arguments mean, `split` is for `split_rows`."""
    if not isinstance(frame, pd.DataFrame):
        raise TypeError(f"frame must be a pandas DataFrame; it is a {type(frame).__name__}. Try pandas.DataFrame(…).")
    if task not in (None, "classification", "regression"):
        raise ValueError(f"task must be 'classification', 'regression' or left out; it is {task!r}.")
    if missing not in ("drop", "median"):
        raise ValueError(f"missing must be 'drop' or 'median'; it is {missing!r}.")
    check_count("max_classes", max_classes)
    chosen = choose_columns(list(frame.columns), target, features, exclude)
    if len(frame) == 0:
        raise ValueError("The table is empty: it has columns, but no row.")
    # `infer_objects` finds the numbers in a column that pandas keeps as objects.
    table, guesses = read_texts(frame[[*chosen, target]].infer_objects())
    for column in table:
        _check_kind(column, table[column])
    table, count_notes = _without_counts(table, target, named=features is not None)
    code_notes = [note for column in table for note in _codes_for_missing(column, table[column])]
    table, notes = _without_missing(table, target, missing)
    copies, copy_notes = _find_copies(table)
    y, class_names, target_notes = _read_target(target, table.pop(target), task, max_classes)
    for column in table:
        _check_categories(column, table[column], max_classes)
    try:
        rows = _split(copies, y, class_names, split)
    except ValueError as error:
        hints = [*copy_notes, *(f"{target}: {guesses[column]}" for column in guesses if column == target)]
        raise ValueError(" Note: ".join([str(error), *hints])) from None
    X, columns, feature_notes = _encode(table, rows[0])
    feature_names = feature_names_of(columns)
    guess_notes = [f"{column}: {guess}" for column, guess in guesses.items()]
    balance_notes = _balance(y, y[rows[0]], class_names) if class_names else []
    return dict(
        **standardise_parts(X, y, rows, classification=bool(class_names)),
        columns=columns,
        feature_names=feature_names,
        feature_units=("",) * len(feature_names),
        target_name=str(target),
        class_names=class_names,
        num_dropped_rows=len(frame) - len(table),
        notes=(
            *target_notes,
            *guess_notes,
            *code_notes,
            *count_notes,
            *notes,
            *copy_notes,
            *balance_notes,
            *feature_notes,
        ),
    )


def _check_kind(name: Hashable, column: pd.Series) -> None:
    is_categorical = isinstance(column.dtype, types.CategoricalDtype)
    if _is_number(column):
        too_large = np.abs(_numbers(column)) > LARGEST
        if too_large.any():
            raise ValueError(
                f"The column {name!r} has {too_large.sum()} values that are infinite or beyond {LARGEST:.1e}, the first "
                f"in row {column.index[too_large.argmax()]!r}: correct them, or make them missing with "
                "frame.replace([numpy.inf, -numpy.inf], numpy.nan)."
            )
    elif not (is_categorical or types.is_object_dtype(column) or types.is_string_dtype(column)):
        raise TypeError(
            f"The column {name!r} holds {column.dtype} values; numbers, text and categories can be learned from. Convert "
            f"it (a date, for example, with .dt.year), or leave it out with exclude=[{name!r}]."
        )


def _without_counts(table: pd.DataFrame, target: Hashable, *, named: bool) -> tuple[pd.DataFrame, list[str]]:
    """Leave out columns that count the rows, unless the learner has named them or there is no other."""
    counting, notes = [], []
    distinct = table.drop_duplicates()
    for name in table.columns.drop(target):
        if not _is_number(table[name]) or types.is_bool_dtype(table[name]):
            continue
        values = _numbers(distinct[name].dropna())
        if counts_rows(name, values):
            counting.append(name)
        elif len(values) >= FEWEST_TO_COUNT and all_different_whole(values):
            notes.append(
                f"{name} has another whole number in every row; if it only names them, give exclude=[{name!r}]"
            )
    if not counting:
        return table, notes
    if named or len(counting) == table.shape[1] - 1:
        return table, [*notes, f"columns that count the rows say nothing about new ones: {listed(counting)}"]
    notes.append(f"left out columns that count the rows (features=[…] keeps them): {listed(counting)}")
    return table.drop(columns=counting), notes


def _codes_for_missing(name: Hashable, column: pd.Series) -> list[str]:
    if not _is_number(column) or types.is_bool_dtype(column):
        return []
    values, notes = _numbers(column.dropna()), []
    for code in {values.min(initial=np.inf), values.max(initial=-np.inf)}:
        others = values[~np.isin(np.abs(values), CODES_FOR_MISSING)]
        if abs(code) in CODES_FOR_MISSING and len(others) and np.abs(others - code).min() > np.ptp(others):
            notes.append(
                f"{name}: {code:g} ({(values == code).sum()}) lies far from all others; does it mean missing?"
            )
    return notes


def _without_missing(table: pd.DataFrame, target: Hashable, missing: str) -> tuple[pd.DataFrame, list[str]]:
    if table[target].isna().all():
        raise ValueError(f"The target {target!r} has no value in any row.")
    notes = []
    kept = table.dropna(subset=[target])
    if empty := [column for column in kept if kept[column].isna().all()]:
        notes.append(f"dropped columns without any value: {listed(empty)}")
        kept, table = kept.drop(columns=empty), table.drop(columns=empty)
    needed = list(table) if missing == "drop" else [target]
    kept = kept.dropna(subset=needed)
    gaps = table[needed].isna().sum().items()
    which = listed(f"{column} ({count})" for column, count in gaps if count)
    if len(kept) == 0:
        raise ValueError(
            f"Every row has a missing value, in {which}: fill them with missing='median', or leave out columns with "
            "exclude=[…]."
        )
    if len(kept) < len(table):
        notes.append(f"dropped {len(table) - len(kept)} of {len(table)} rows with missing values, in {which}")
    return kept, notes


def _find_copies(table: pd.DataFrame) -> tuple[np.ndarray | None, list[str]]:
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


def _split(
    copies: np.ndarray | None, y: np.ndarray, class_names: Sequence[str], split: dict
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    groups = np.arange(len(y)) if copies is None else copies
    _, first = np.unique(groups, return_index=True)
    parts = split_rows(len(first), classes=y[first] if class_names else None, class_names=class_names, **split)
    return parts if copies is None else tuple(np.flatnonzero(np.isin(groups, part)) for part in parts)


def _read_target(
    name: Hashable, column: pd.Series, task: str | None, max_classes: int
) -> tuple[np.ndarray, tuple[str, ...], list[str]]:
    y, distinct = pd.factorize(_numbers(column) if _is_number(column) else _texts(column), sort=True)
    if len(distinct) == 1:
        raise ValueError(
            f"The target {name!r} is {str(column.iloc[0])!r} in all {len(column)} rows: there is nothing to learn."
        )
    whole = _is_number(column) and bool((distinct == np.floor(distinct)).all())
    notes = []
    if task is None:
        few = len(distinct) <= FEW_WHOLE_NUMBERS and len(distinct) * ROWS_PER_WHOLE_NUMBER <= len(column)
        if types.is_bool_dtype(column) or not _is_number(column):
            task, reason = "classification", "holds text, categories or true and false"
        elif whole and few:
            task = "classification"
            reason = f"has {len(distinct)} distinct whole numbers; for a value, give task='regression'"
        else:
            task = "regression"
            reason = f"has {len(distinct)} distinct numbers; for classes, give task='classification'"
        notes.append(f"task inferred: {task}, because the target {reason}")
    if task == "regression":
        if not _is_number(column):
            raise ValueError(
                f"The target {name!r} holds text, a regression needs numbers: {about_texts(name, _texts(column).unique())}"
            )
        return _numbers(column), (), notes
    if len(distinct) > max_classes:
        hint = "for a value, give task='regression'" if _is_number(column) else about_texts(name, _texts(column).unique())
        raise ValueError(
            f"The target {name!r} has {len(distinct)} distinct values, more than max_classes={max_classes}: {hint}"
        )
    if whole:
        kind = bool if types.is_bool_dtype(column) else int
        distinct = map(kind, distinct)
    return y, tuple(map(str, distinct)), notes


def _balance(y: np.ndarray, y_train: np.ndarray, class_names: Sequence[str]) -> list[str]:
    counts, in_training = (np.bincount(classes, minlength=len(class_names)) for classes in (y, y_train))
    notes, largest = [], class_names[counts.argmax()]
    if counts.max() >= LARGE_SHARE * len(y):
        notes.append(
            f"{counts.max()} of {len(y)} rows ({100 * counts.max() / len(y):.3g} %) are {largest!r}: an answer that is "
            "always the same is right as often; look at the recall of the others"
        )
    if rare := [f"{class_names[i]} ({in_training[i]})" for i in np.flatnonzero(in_training < FEW_TRAINING_ROWS)]:
        notes.append(f"classes with few training rows, hardly to be learned: {listed(rare)}")
    return notes


def _check_categories(name: Hashable, column: pd.Series, max_classes: int) -> None:
    if _is_number(column):
        return
    texts = _texts(column).dropna().unique()
    if len(texts) > max_classes or len(texts) > max(len(column) / 2, 2):
        raise ValueError(
            f"The column {name!r} has {len(texts)} different texts in {len(column)} rows, too many for categories "
            f"(max_classes={max_classes}): leave it out with exclude=[{name!r}], or group them. {about_texts(name, texts)}"
        )


def _encode(table: pd.DataFrame, training_rows: np.ndarray) -> tuple[np.ndarray, dict[str, tuple[str, ...]], list[str]]:
    """Return features of shape (rows, features), and the columns that they come from, each with its categories."""
    encoded, columns, constant, notes = [], {}, [], []
    for name, column in table.items():
        categories: tuple[str, ...] = ()
        if _is_number(column):
            values, column_notes = _filled(name, _numbers(column), training_rows)
        else:
            values, categories, column_notes = _known_categories(name, _texts(column), training_rows)
        notes += column_notes
        training = values[training_rows]
        varies = (training != training[0]).any(0) & ~np.isnan(training).any(0) & (np.float32(training.std(0)) > 0)
        if varies.any():
            columns[str(name)] = tuple(np.array(categories, dtype=object)[varies]) if categories else ()
            encoded.append(values[:, varies])
        features = feature_names_of({str(name): categories})
        constant += [feature for feature, kept in zip(features, varies, strict=True) if not kept]
    if constant:
        notes.append(f"dropped what does not vary in the training part: {listed(constant)}")
    if not columns:
        raise ValueError(
            f"No feature varies in the training part ({listed(constant)}): there is nothing to learn from."
        )
    return np.hstack(encoded), columns, notes


def _filled(name: Hashable, values: np.ndarray, training_rows: np.ndarray) -> tuple[np.ndarray, list[str]]:
    gaps = np.isnan(values)
    if not gaps.any() or gaps[training_rows].all():
        return values[:, None], []
    median = np.nanmedian(values[training_rows])
    note = f"filled {gaps.sum()} missing values of {name} with the training part's median, {median:.6g}"
    return np.where(gaps, median, values)[:, None], [note]


def _known_categories(
    name: Hashable, texts: pd.Series, training_rows: np.ndarray
) -> tuple[np.ndarray, tuple[str, ...], list[str]]:
    categories = tuple(sorted(texts.iloc[training_rows].dropna().unique()))
    zero = f"have 0 in all columns of {name}"
    notes = []
    if num_missing := texts.isna().sum():
        notes.append(f"{num_missing} rows without a value {zero}")
    unseen = texts[texts.notna() & ~texts.isin(categories)]
    if len(unseen):
        notes.append(
            f"{len(unseen)} rows with {listed(sorted(unseen.unique()))}, absent from the training part, {zero}"
        )
    return one_hot(texts, categories), categories, notes


def _is_number(column: pd.Series) -> bool:
    return types.is_numeric_dtype(column) and not types.is_complex_dtype(column)


def _numbers(column: pd.Series) -> np.ndarray:
    return column.to_numpy(dtype=np.float64, na_value=np.nan)


def _texts(column: pd.Series) -> pd.Series:
    return column.astype(object).map(as_text, na_action="ignore")
