"""The columns of a table: which to learn from, and sentences about them."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence

from ..utils.wording import listed


def choose_columns(
    columns: Sequence[Hashable],
    target: Hashable,
    features: Sequence[Hashable] | None = None,
    exclude: Sequence[Hashable] = (),
) -> list[Hashable]:
    """Return the columns to learn from, once they and the target are known to be there.

    Parameters
    ----------
    columns : sequence
        The names of all columns.
    target : str
        The column to predict.
    features : sequence, optional
        The columns to predict it from; by default all others.
    exclude : sequence, default ()
        Columns to leave out.

    Raises
    ------
    TypeError, ValueError
        If a column is not there, is named twice, or none is left.

    Examples
    --------
    >>> choose_columns(["size", "colour", "price"], "price", exclude=["colour"])
    ['size']
    """
    if features is None:
        features = [column for column in columns if column != target]
    for argument, names in {"features": features, "exclude": exclude}.items():
        if isinstance(names, str) or not isinstance(names, Iterable):
            raise TypeError(f"{argument} must be a list of column names, such as ['size', 'price']; it is {names!r}.")
    chosen = list(features)
    for column in (target, *chosen, *exclude):
        if not isinstance(column, Hashable):
            raise TypeError(f"A column is given by its name; {column!r} is a {type(column).__name__}.")
    in_table, named = Counter(columns), Counter([target, *chosen])
    for column in [*named, *exclude]:
        if column not in in_table:
            raise ValueError(_no_such_column(column, columns))
        if in_table[column] > 1:
            raise ValueError(f"The table has {in_table[column]} columns named {column!r}: give each its own name.")
        if named[column] > 1:
            raise ValueError(f"The column {column!r} is named twice: a column is the target or a feature, once only.")
    if target in exclude:
        raise ValueError(f"The target {target!r} is in exclude: it cannot be left out.")
    chosen = [column for column in chosen if column not in exclude]
    if not chosen:
        raise ValueError(f"The table needs a column to predict {target!r} from; there is no other.")
    return chosen


def _no_such_column(name: Hashable, columns: Sequence[Hashable]) -> str:
    names = list(map(str, columns))
    nearest = difflib.get_close_matches(str(name), names, n=1, cutoff=0.4)
    suggestion = f" Did you mean {nearest[0]!r}?" if nearest else ""
    return f"There is no column {name!r}.{suggestion} The columns are: {listed(names)}."
