"""`Dataset.from_csv`: what the file holds, the row limit, the progress bar, and every refusal."""

import time

import numpy as np
import pandas as pd
import pytest
import torch

from mlp_tutorial.data.bundled import PENGUINS_FILE
from mlp_tutorial.data.dataset import Dataset


def table(num_rows=60, **columns):
    """Return a table with a feature, a target of two texts, and the given columns."""
    number = np.random.default_rng(0).normal(size=num_rows)
    return pd.DataFrame({"size": number, "kind": np.where(number > 0, "large", "small")} | columns)


def features_in_units(dataset):
    return dataset.unstandardise(torch.cat([dataset.X_train, dataset.X_validation, dataset.X_test])).double().numpy()


@pytest.fixture
def saved(tmp_path):
    def save(content, name="table.csv"):
        path = tmp_path / name
        if isinstance(content, pd.DataFrame):
            content.to_csv(path, index=False)
        else:
            path.write_bytes(content)
        return path

    return save


def test_a_file_gives_what_its_table_gives(saved):
    penguins = pd.read_csv(PENGUINS_FILE)
    path = saved(penguins)
    for given in (path, str(path)):
        from_csv = Dataset.from_csv(given, target="sex", missing="median", seed=3, name="mine")
        from_frame = Dataset.from_frame(penguins, target="sex", missing="median", seed=3)
        assert torch.equal(from_csv.X_train, from_frame.X_train)
        assert (from_csv.name, from_csv.source, from_csv.notes) == ("mine", "table.csv", from_frame.notes)


def test_row_numbers_that_pandas_saved_are_left_out(tmp_path):
    table().to_csv(tmp_path / "table.csv")
    dataset = Dataset.from_csv(tmp_path / "table.csv", target="kind")
    assert dataset.feature_names == ("size",)
    assert "left out columns without a name: Unnamed: 0" in dataset.notes
    asked = Dataset.from_csv(tmp_path / "table.csv", target="kind", features=["Unnamed: 0"])
    assert asked.feature_names == ("Unnamed: 0",)


@pytest.mark.parametrize(
    "num_rows, row_limit, read", [(250, 100, 100), (250, 250, 250), (250, 900, 250), (250, None, 250)]
)
def test_the_row_limit_reads_from_the_top_and_says_so(saved, num_rows, row_limit, read):
    frame = table(num_rows, row=range(num_rows))
    dataset = Dataset.from_csv(saved(frame), target="kind", features=["size", "row"], row_limit=row_limit)
    raw = features_in_units(dataset)
    assert sorted(raw[:, dataset.feature_names.index("row")].round()) == list(range(read))
    assert any("only the first 100 rows" in note for note in dataset.notes) == (read < num_rows)


def test_of_a_file_of_a_gigabyte_the_row_limit_reads_the_top_alone(saved):
    path = saved(table(400))
    with path.open("ab") as file:
        file.truncate(10**9)  # the rest is a hole: a gigabyte to read, none on the disk
    started = time.process_time()
    dataset = Dataset.from_csv(path, target="kind", row_limit=300)
    assert len(dataset.y_train) == 180 and "only the first 300 rows" in dataset.notes[0]
    assert time.process_time() - started < 0.5  # reading all of it takes many times as long


@pytest.mark.parametrize(
    "content, words",
    [
        (b"", "is empty"),
        (b"size,kind\n", "The table is empty: it has columns, but no row"),
        (b"size;kind\n1;a\n", "separated by ';'.*sep=';'"),
        (b"size\tkind\n1\ta\n", "separated by .*sep="),
        ("größe,kind\n1,a\n".encode("latin-1"), "no text in UTF-8"),
        (b"size,kind\n1,a\n2,b,c,d\n", "no regular table.*line 3"),
        (b"size,kind\n1,2,a\n3,4,b\n", "no regular table: 2 names in line 1, 3 fields in line 2.*index_col=0"),
        (b"size,species\n1,a\n", "no column 'kind'.*The columns are: size, species"),
    ],
)
def test_a_file_that_is_no_such_table_is_refused_in_a_sentence(saved, content, words):
    with pytest.raises(ValueError, match=words):
        Dataset.from_csv(saved(content), target="kind")


def test_a_path_that_is_no_file_is_refused_in_a_sentence(saved):
    path = saved(table(), "measurements.csv")
    with pytest.raises(FileNotFoundError, match=r"no file .*mesurements.csv.*Did you mean 'measurements.csv'"):
        Dataset.from_csv(path.with_name("mesurements.csv"), target="kind")
    with pytest.raises(FileNotFoundError, match="no folder"):
        Dataset.from_csv(path.parent / "nowhere" / "table.csv", target="kind")
    with pytest.raises(ValueError, match="is a folder"):
        Dataset.from_csv(path.parent, target="kind")
    with pytest.raises(ValueError, match="row_limit must be at least 1; it is 0"):
        Dataset.from_csv(path, target="kind", row_limit=0)
