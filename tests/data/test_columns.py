"""Columns that are not there, are named twice, or leave nothing to learn from are refused in a sentence."""

import pandas as pd
import pytest

from mlp_tutorial.data.columns import choose_columns
from mlp_tutorial.data.dataset import Dataset
from tests.data.helpers import table

REFUSED = [
    (table, {"target": "kinds"}, ValueError, "no column 'kinds'.*Did you mean 'kind'.*size, kind"),
    (table, {"features": ["sise"]}, ValueError, "no column 'sise'.*Did you mean 'size'"),
    (table, {"features": "size"}, TypeError, "a list of column names, such as .*; it is 'size'"),
    (table, {"features": ["size", "kind"]}, ValueError, "'kind' is named twice"),
    (table, {"features": [["size"]]}, TypeError, r"given by its name; \['size'\] is a list"),
    (table, {"features": 3}, TypeError, "a list of column names, such as .*; it is 3"),
    (table, {"target": ["kind"]}, TypeError, r"given by its name; \['kind'\] is a list"),
    (table, {"features": []}, ValueError, "needs a column to predict 'kind' from"),
    (lambda: table()[["kind"]], {}, ValueError, "needs a column to predict 'kind' from"),
    (lambda: pd.concat([table(), table()[["size"]]], axis=1), {}, ValueError, "2 columns named 'size'"),
    (table, {"exclude": ["sise"]}, ValueError, "no column 'sise'.*Did you mean 'size'"),
    (table, {"exclude": "size"}, TypeError, "exclude must be a list of column names.*'size'"),
    (table, {"exclude": ["kind"]}, ValueError, "The target 'kind' is in exclude"),
    (table, {"exclude": ["size"]}, ValueError, "needs a column to predict 'kind' from"),
]


@pytest.mark.parametrize("frame, options, error, words", REFUSED, ids=[words[:40] for *_, words in REFUSED])
def test_columns_that_cannot_be_learned_from_are_refused_in_a_sentence(frame, options, error, words):
    with pytest.raises(error, match=words):
        Dataset.from_frame(frame(), **({"target": "kind"} | options))


def test_the_columns_stay_in_the_order_asked_for():
    columns = ["a", "b", "price", "c"]
    assert choose_columns(columns, "price", features=None, exclude=[]) == ["a", "b", "c"]
    assert choose_columns(columns, "price", features=None, exclude=["b"]) == ["a", "c"]
    assert choose_columns(columns, "price", features=["c", "a", "b"], exclude=["a"]) == ["c", "b"]
