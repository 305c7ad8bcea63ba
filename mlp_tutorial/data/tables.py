"""Your own table, from a pandas frame to a `Dataset`: task, missing values, categories."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..utils.errors import check_count
from ..utils.wording import listed
from .columns import choose_columns
from .splitting import split_rows, standardise_parts

if TYPE_CHECKING:
    import pandas as pd

#: Numbers as a target are classes if they are whole and have at most so many distinct values, …
FEW_WHOLE_NUMBERS = 10
#: … each in so many rows on average.
ROWS_PER_WHOLE_NUMBER = 5
#: Largest number that a float32 holds.
LARGEST = float(np.finfo(np.float32).max)


def fields_of_frame(
    frame: pd.DataFrame,
    *,
    target: Hashable,
    features: Sequence[Hashable] | None,
    task: str | None,
    missing: str,
    max_classes: int,
    split: dict,
) -> dict:
    """Return the fields of a `Dataset`; `Dataset.from_frame` says what the arguments mean, `split` is for `split_rows`."""
    import pandas as pd

    if not isinstance(frame, pd.DataFrame):
        raise TypeError(f"frame must be a pandas DataFrame; it is a {type(frame).__name__}. Try pandas.DataFrame(…).")
    if task not in (None, "classification", "regression"):
        raise ValueError(f"task must be 'classification', 'regression' or left out; it is {task!r}.")
    if missing not in ("drop", "median"):
        raise ValueError(f"missing must be 'drop' or 'median'; it is {missing!r}.")
    check_count("max_classes", max_classes)
    features = choose_columns(list(frame.columns), target, features)
    if len(frame) == 0:
        raise ValueError("The table is empty: it has columns, but no row.")
    # `infer_objects` finds the numbers in a column that pandas keeps as objects.
    table = frame[[*features, target]].infer_objects()
    for column in table:
        _check_kind(column, table[column])
    table, notes = _without_missing(table, target, missing)
    y, class_names, target_notes = _read_target(target, table.pop(target), task, max_classes)
    for column in table:
        _check_categories(column, table[column], max_classes)
    rows = split_rows(len(table), classes=y if class_names else None, class_names=class_names, **split)
    X, feature_names, feature_notes = _encode(table, rows[0])
    return dict(
        **standardise_parts(X, y, rows, classification=bool(class_names)),
        feature_names=feature_names,
        feature_units=("",) * len(feature_names),
        target_name=str(target),
        class_names=class_names,
        num_dropped_rows=len(frame) - len(table),
        notes=(*target_notes, *notes, *feature_notes),
    )


def _check_kind(name: Hashable, column: pd.Series) -> None:
    from pandas.api import types

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
            "it (a date, for example, with .dt.year), or leave it out with features=[…]."
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
            f"Every row has a missing value, in {which}: fill them with missing='median', or choose fuller columns with "
            "features=[…]."
        )
    if len(kept) < len(table):
        notes.append(f"dropped {len(table) - len(kept)} of {len(table)} rows with missing values, in {which}")
    return kept, notes


def _read_target(
    name: Hashable, column: pd.Series, task: str | None, max_classes: int
) -> tuple[np.ndarray, tuple[str, ...], list[str]]:
    import pandas as pd
    from pandas.api import types

    y, distinct = pd.factorize(_numbers(column), sort=True) if _is_number(column) else _categories(name, column)
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
            raise ValueError(f"The target {name!r} holds text, a regression needs numbers: {_about_text(column)}")
        return _numbers(column), (), notes
    if len(distinct) > max_classes:
        hint = "for a value, give task='regression'" if _is_number(column) else _about_text(column)
        raise ValueError(
            f"The target {name!r} has {len(distinct)} distinct values, more than max_classes={max_classes}: {hint}"
        )
    if whole:
        kind = bool if types.is_bool_dtype(column) else int
        distinct = map(kind, distinct)
    return y, tuple(map(str, distinct)), notes


def _check_categories(name: Hashable, column: pd.Series, max_classes: int) -> None:
    if _is_number(column):
        return
    num_categories = len(_categories(name, column)[1])
    if num_categories > max_classes or num_categories > max(len(column) / 2, 2):
        raise ValueError(
            f"The column {name!r} has {num_categories} different texts in {len(column)} rows, too many for categories "
            f"(max_classes={max_classes}): leave it out with features=[…], or group them. {_about_text(column)}"
        )


def _encode(table: pd.DataFrame, training_rows: np.ndarray) -> tuple[np.ndarray, tuple[str, ...], list[str]]:
    columns, names, constant, notes = [], [], [], []
    for name, column in table.items():
        if _is_number(column):
            values = _numbers(column)
            gaps = np.isnan(values)
            if gaps.any() and not gaps[training_rows].all():
                median = np.nanmedian(values[training_rows])
                values = np.where(gaps, median, values)
                notes.append(
                    f"filled {gaps.sum()} missing values of {name} with the training part's median, {median:.6g}"
                )
            encoded = {str(name): values}
        else:
            encoded, category_notes = _one_hot(name, column, training_rows)
            notes += category_notes
        for feature, values in encoded.items():
            training = values[training_rows]
            if np.isnan(training).any() or np.float32(training.std()) == 0 or (training == training[0]).all():
                constant.append(feature)
            else:
                columns.append(values)
                names.append(feature)
    if constant:
        notes.append(f"dropped what does not vary in the training part: {listed(constant)}")
    if not columns:
        raise ValueError(
            f"No feature varies in the training part ({listed(constant)}): there is nothing to learn from."
        )
    return np.column_stack(columns), tuple(names), notes


def _one_hot(name: Hashable, column: pd.Series, training_rows: np.ndarray) -> tuple[dict[str, np.ndarray], list[str]]:
    numbers, categories = _categories(name, column)
    num_known = np.bincount(numbers[training_rows] + 1, minlength=len(categories) + 1)[1:]  # of each, in training
    zero = f"have 0 in all columns of {name}"
    notes = []
    if num_missing := (numbers < 0).sum():
        notes.append(f"{num_missing} rows without a value {zero}")
    if unseen := [category for category, known in zip(categories, num_known, strict=True) if not known]:
        num_unseen = (numbers >= 0).sum() - np.isin(numbers, np.flatnonzero(num_known)).sum()
        notes.append(f"{num_unseen} rows with {listed(unseen)}, absent from the training part, {zero}")
    return {
        f"{name}={categories[number]}": (numbers == number).astype(float) for number in np.flatnonzero(num_known)
    }, notes


def _categories(name: Hashable, column: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Return the number of each row's category, -1 for none, and the categories as texts in order."""
    import pandas as pd

    try:
        numbers, distinct = pd.factorize(column)
    except TypeError as error:
        raise TypeError(
            f"The column {name!r} holds more than single values (lists, perhaps): leave it out with features=[…]."
        ) from error
    categories, order = np.unique(np.array([str(value) for value in distinct], dtype=object), return_inverse=True)
    return np.where(numbers < 0, -1, order[numbers]), categories


def _is_number(column: pd.Series) -> bool:
    from pandas.api import types

    return types.is_numeric_dtype(column) and not types.is_complex_dtype(column)


def _numbers(column: pd.Series) -> np.ndarray:
    return column.to_numpy(dtype=np.float64, na_value=np.nan)


def _about_text(column: pd.Series) -> str:
    import pandas as pd

    texts = column.dropna().map(str)
    is_text = pd.to_numeric(texts, errors="coerce").isna()
    examples = listed(repr(text[:30]) for text in texts[is_text].unique()[:3])
    if not is_text.any():
        return "Its values are numbers kept as text; convert them with pandas.to_numeric."
    if is_text.mean() < 0.5:
        return (
            f"All but {is_text.sum()} of its values are numbers; the others are such as {examples}. "
            "pandas.to_numeric(…, errors='coerce') makes those missing."
        )
    return f"It holds texts such as {examples}."
