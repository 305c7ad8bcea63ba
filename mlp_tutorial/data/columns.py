"""The columns of a table: which to learn from, and sentences about them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence

from ..utils.errors import did_you_mean
from ..utils.wording import listed


def choose_columns(
    columns: Sequence[Hashable], target: Hashable, features: Sequence[Hashable] | None, exclude: Sequence[Hashable]
) -> list[Hashable]:
    """Return the columns to learn from, by default all but the target, once all that were named are known to be there.

    Examples
    --------
    >>> choose_columns(["size", "colour", "price"], "price", features=None, exclude=["colour"])
    ['size']
    """
    if features is None:
        features = [column for column in columns if column != target]
    for argument, names in {"features": features, "exclude": exclude}.items():
        if isinstance(names, str) or not isinstance(names, Iterable):
            raise TypeError(f"{argument} must be a list of column names, such as ['size', 'price']; it is {names!r}.")
    features, exclude = list(features), list(exclude)
    for column in (target, *features, *exclude):
        if not isinstance(column, Hashable):
            raise TypeError(f"A column is given by its name; {column!r} is a {type(column).__name__}.")
    in_table, named = Counter(columns), Counter([target, *features])
    for column in [*named, *exclude]:
        if column not in in_table:
            near = did_you_mean(column, columns)
            raise ValueError(f"There is no column {column!r}.{near} The columns are: {listed(columns)}.")
        if in_table[column] > 1:
            raise ValueError(f"The table has {in_table[column]} columns named {column!r}: give each its own name.")
        if named[column] > 1:
            raise ValueError(f"The column {column!r} is named twice: a column is the target or a feature, once only.")
    if target in exclude:
        raise ValueError(f"The target {target!r} is in exclude: it cannot be left out.")
    chosen = [column for column in features if column not in exclude]
    if not chosen:
        raise ValueError(f"The table needs a column to predict {target!r} from; there is no other.")
    return chosen
