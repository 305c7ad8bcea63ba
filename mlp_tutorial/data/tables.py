"""Your own table, from a pandas frame to a `Dataset`: task, missing values, categories, copied rows."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
import pandas as pd
from pandas.api import types

from ..utils.errors import check_count
from ..utils.wording import listed
from .columns import choose_columns
from .new_rows import feature_names_of, one_hot
from .pitfalls import balance, codes_for_missing, find_copies, is_number, leaks, numbers, without_counts
from .splitting import split_rows, standardise_parts
from .text_columns import about_texts, as_text, read_texts

#: Numbers as a target are classes if they are whole and have at most so many distinct values, …
FEW_WHOLE_NUMBERS = 10
#: … each in so many rows on average.
ROWS_PER_WHOLE_NUMBER = 5
#: Largest number that a float32 holds.
LARGEST = float(np.finfo(np.float32).max)


def fields_of_frame(
    frame: pd.DataFrame,
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
    table, count_notes = without_counts(table, target, named=features is not None)
    code_notes = [note for column in table for note in codes_for_missing(column, table[column])]
    table, drop_notes = _without_missing(table, target, missing)
    copies, copy_notes = find_copies(table)
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
    more_notes = [*code_notes, *count_notes, *drop_notes, *copy_notes]
    task_notes = balance(y, y[rows[0]], class_names) if class_names else leaks(table, y)
    return dict(
        **standardise_parts(X, y, rows, classification=bool(class_names)),
        columns=columns,
        feature_names=feature_names,
        feature_units=("",) * len(feature_names),
        target_name=str(target),
        class_names=class_names,
        num_dropped_rows=len(frame) - len(table),
        notes=(*target_notes, *guess_notes, *more_notes, *task_notes, *feature_notes),
    )


def _check_kind(name: Hashable, column: pd.Series) -> None:
    is_categorical = isinstance(column.dtype, types.CategoricalDtype)
    if is_number(column):
        too_large = np.abs(numbers(column)) > LARGEST
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
    numeric = is_number(column)
    values = numbers(column) if numeric else _texts(column)
    y, distinct = pd.factorize(values, sort=True)
    if len(distinct) == 1:
        answer = f"{str(column.iloc[0])!r} in all {len(column)} rows"
        raise ValueError(f"The target {name!r} is {answer}: there is nothing to learn.")
    whole = numeric and bool((distinct == np.floor(distinct)).all())
    notes = []
    if task is None:
        few = len(distinct) <= FEW_WHOLE_NUMBERS and len(distinct) * ROWS_PER_WHOLE_NUMBER <= len(column)
        if types.is_bool_dtype(column) or not numeric:
            task, reason = "classification", "holds text, categories or true and false"
        elif whole and few:
            task = "classification"
            reason = f"has {len(distinct)} distinct whole numbers; for a value, give task='regression'"
        else:
            task = "regression"
            reason = f"has {len(distinct)} distinct numbers; for classes, give task='classification'"
        notes.append(f"task inferred: {task}, because the target {reason}")
    if task == "regression":
        if not numeric:
            about = about_texts(name, values.unique())
            raise ValueError(f"The target {name!r} holds text, a regression needs numbers: {about}")
        return values, (), notes
    if len(distinct) > max_classes:
        hint = "for a value, give task='regression'" if numeric else about_texts(name, values.unique())
        raise ValueError(
            f"The target {name!r} has {len(distinct)} distinct values, more than max_classes={max_classes}: {hint}"
        )
    if whole:
        kind = bool if types.is_bool_dtype(column) else int
        distinct = map(kind, distinct)
    return y, tuple(map(str, distinct)), notes


def _check_categories(name: Hashable, column: pd.Series, max_classes: int) -> None:
    if is_number(column):
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
        if is_number(column):
            values, column_notes = _filled(name, numbers(column), training_rows)
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
    notes = []
    if num_missing := texts.isna().sum():
        notes.append(f"{num_missing} rows without a value")
    if len(unseen := texts[texts.notna() & ~texts.isin(categories)]):
        notes.append(f"{len(unseen)} rows with {listed(sorted(unseen.unique()))}, absent from the training part,")
    notes = [f"{note} have 0 in all columns of {name}" for note in notes]
    return one_hot(texts, categories), categories, notes


def _texts(column: pd.Series) -> pd.Series:
    return column.astype(object).map(as_text, na_action="ignore")
