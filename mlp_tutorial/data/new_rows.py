"""New rows for a trained model: columns by their names, texts encoded as they were for training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..utils.wording import listed

if TYPE_CHECKING:
    import pandas as pd


def has_names(rows: object, columns: Mapping[str, Sequence[str]]) -> bool:
    """Whether rows come with the names of their columns: as a table, one row of it, or dictionaries."""
    if isinstance(rows, (list, tuple)) and len(rows):
        return all(isinstance(row, Mapping) for row in rows)
    if not hasattr(rows, "iloc"):  # asked without loading pandas
        return isinstance(rows, Mapping)
    labels = rows.columns if hasattr(rows, "columns") else rows.index
    return type(labels).__name__ != "RangeIndex" or {*columns} <= {*map(str, labels)}  # numbers may be no names


def feature_names_of(columns: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Return the features that columns make: a number its own name, a category such as "island=Biscoe".

    Examples
    --------
    >>> feature_names_of({"sex": ("female", "male"), "mass": ()})
    ('sex=female', 'sex=male', 'mass')
    """
    return tuple(
        name for column, texts in columns.items() for name in [f"{column}={text}" for text in texts] or [column]
    )


def one_hot(texts: pd.Series, categories: Sequence[str]) -> np.ndarray:
    """Return one column a category, 1 where a row has it and 0 elsewhere: shape (rows, categories)."""
    import pandas as pd

    codes = pd.Index(categories, dtype=object).get_indexer(texts.astype(object))
    return np.eye(len(categories) + 1)[codes][:, :-1]  # no category is -1, the last row


def encode(rows: object, columns: Mapping[str, Sequence[str]]) -> np.ndarray:
    """Encode new rows as the table was that a data set was made of: shape (rows, features).

    The rows are a pandas.DataFrame, Series, dict, or list of dicts, their columns in any order; others than those asked
    for are ignored. Numbers stay as they are, and a category makes one feature. Refused are a column or a value that is
    missing, is no number, or is a category that training has not seen.

    Examples
    --------
    >>> encode([{"age": 3, "sex": "male"}], {"sex": ("female", "male"), "age": ()})
    array([[0., 1., 3.]])
    """
    import pandas as pd

    from .text_columns import are_plain_numbers, as_text, decimal_marks, read_texts

    single = not isinstance(rows, pd.DataFrame) and isinstance(rows, (Mapping, pd.Series))
    if single and all(np.ndim(value) == 0 for value in dict(rows).values()):
        rows = [dict(rows)]
    frame = pd.DataFrame(rows)
    stripped = {name.strip(): name for name in columns}
    frame.columns = [name if name in columns else stripped.get(name.strip(), name) for name in map(str, frame.columns)]
    if absent := [name for name in columns if name not in frame]:
        raise ValueError(
            f"The new rows lack the column {absent[0]!r}; they have {listed(frame.columns)}. The model needs "
            f"{listed(columns)}, in any order. Rows without names go by position: give frame.to_numpy()."
        )
    parts = []
    for name, categories in columns.items():
        column = frame[name]
        if isinstance(column, pd.DataFrame):
            raise ValueError(f"The new rows have {column.shape[1]} columns named {name!r}: give each its own name.")
        texts = column.astype(object).map(as_text, na_action="ignore")
        missing = texts.isna() | (texts == "")
        if missing.any():
            row = frame.index[missing][0]
            raise ValueError(
                f"The column {name!r} has no value in row {row!r}: a model needs every value. Fill it, or leave the row out."
            )
        if categories:
            if unknown := [text for text in texts.unique() if text not in categories]:
                new, known = listed(map(repr, unknown), most=3), listed(map(repr, categories))
                raise ValueError(f"The column {name!r} has {new}, which training has not seen; it knows {known}.")
            parts.append(one_hot(texts, categories))
            continue
        # "$4,000.00", as training may have had it; "1,200" may be 1200 or 1.2.
        if len(decimal_marks([text for text in texts if not are_plain_numbers([text])])) == 1:
            column = read_texts(pd.DataFrame({name: texts}))[0][name]
        numbers = pd.to_numeric(column, errors="coerce").to_numpy(float)
        if not np.isfinite(numbers).all():
            wrong = repr(texts[~np.isfinite(numbers)].iloc[0])
            raise ValueError(
                f"The column {name!r} holds {wrong}, which is no finite number, or may be several; it was numbers in "
                "training."
            )
        parts.append(numbers[:, None])
    return np.hstack(parts)
