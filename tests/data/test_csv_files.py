"""`Dataset.from_csv`: what the file holds, the row limit, and every refusal."""

import gzip
import random
import re
import time
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from mlp_tutorial.data.bundled import PENGUINS_FILE
from mlp_tutorial.data.dataset import Dataset
from tests.data.helpers import table


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
        (b"\n\n", "is empty"),
        (b"size,kind\n", "The table is empty: it has columns, but no row"),
        (b"size;kind\n1;a\n", "separated by ';'.*sep=';'"),
        (b"note;alter;kind\n2,3;29,5;ja\n1,0;19,5;nein\n", "';'.*decimal commas.*sep=';', decimal=','"),
        (b"note;alter;kind\n1.002,3;29;ja\n1,0;19;nein\n", "sep=';', decimal=',', thousands='.'"),
        (b"\xef\xbb\xbfnote;kind\r\n2,3;ja\r\n1,0;nein\r\n", "sep=';', decimal=','"),
        (b"size\tkind\n1\ta\n", r"separated by '\\t' \(tabs\).*sep='\\t'"),
        (b"size\tkind\n1,5\ta, b\n2,5\tc, d\n", r"sep='\\t', decimal=','"),
        (b"size|kind\n1|a\n", r"separated by '\|'.*sep='\|'"),
        (b"size kind\n1   a\n22  b\n", r"separated by spaces.*sep='\\\\s\+'"),
        (b"sep=;\nsize;kind\n1,5;a\n", "sep=';', decimal=',', skiprows=1"),
        (b"Measured in May\nsize,kind\n1,a\n2,b\n", "above its names 1 line .*skiprows=1"),
        (b"Measured, in May;\nsize;kind\n1;a\n2;b\n", "sep=';', skiprows=1"),
        (b"# one\n# two\nsize,kind\n1,a\n2,b\n", "above its names 2 lines .*skiprows=2"),
        ("größe,kind\n1,a\n".encode("latin-1"), "no text in UTF-8.*encoding='cp1252'"),
        ("größe,kind\n1,\x81\n".encode("latin-1"), "no text in UTF-8.*encoding='latin-1'"),
        ("größe;kind\n1,5;a\n".encode("cp1252"), "no text in UTF-8.*';'.*encoding='cp1252', sep=';', decimal=','"),
        ("größe,kind\n1,a\n".encode("utf-16"), "no text in UTF-8.*encoding='utf-16'"),
        ("size,kind\n1,a\n".encode("utf-16-le"), "no text in UTF-8.*encoding='utf-16-le'"),
        (b"size,kind\n" + b"1,a\n" * 90_000 + "2,ö\n".encode("latin-1"), "no text in UTF-8.*encoding='cp1252'"),
        (
            b"4.9,2.1,Iris-setosa\n4.6,3.2,Iris-setosa\n",
            r"first line .* values, not names: 4.9, .*header=None, names=\['…'",
        ),
        (b"39,State-gov,<=50K\n50,Private,<=50K\n", "values, not names: 39, State-gov, <=50K"),
        (b"sunny,hot,kinds\nrain,hot,no\nsunny,cold,yes\n", "values, not names: sunny, hot, kinds"),
        (b"1,5;a\n2,5;b\n", r"values, not names.*sep=';', decimal=',', header=None"),
        (b"5,kind\n" + b"1,2,a\n1,2,b\n" * 5, "2 names in line 1, 3 fields in line 2. Are there commas in its numbers"),
        (b"kind,1.5\nother,2.5\nkind,3.5\n", "values, not names: kind, 1.5"),
        (b"size,kind\n1,a\n2,b,c,d\n", "no regular table.*line 3.*on_bad_lines='skip'"),
        (b"size,kind\n1,2,a\n3,4,b\n", "no regular table: 2 names in line 1, 3 fields in line 2.*index_col=0"),
        (b"size,species\n1,a\n", "no column 'kind'.*The columns are: size, species"),
    ],
)
def test_a_file_that_is_no_such_table_is_refused_in_a_sentence(saved, content, words):
    with pytest.raises(ValueError, match=words):
        Dataset.from_csv(saved(content), target="kind")


@pytest.mark.parametrize(
    "name, content, words",
    [
        ("table.xls", b"\xd0\xcf\x11\xe0\xa1\xb1", "an old Excel file.*pandas.read_excel"),
        (
            "table.xlsx",
            {"[Content_Types].xml": "", "xl/workbook.xml": ""},
            "an Excel file.*pandas.read_excel.*openpyxl",
        ),
        ("table.csv", {"[Content_Types].xml": "", "xl/workbook.xml": ""}, "an Excel file"),
        ("table.ods", {"mimetype": "", "content.xml": ""}, "an OpenDocument spreadsheet.*pandas.read_excel"),
        ("two.zip", {"one.csv": "", "two.csv": ""}, r"an archive of 2 files \(one.csv, two.csv\): unpack it"),
        ("table.parquet", b"PAR1\0\0", "a Parquet file.*read_parquet"),
        ("table.csv", b"<!DOCTYPE html>\n<html>", "a web page"),
        ("table.csv", b' [{"size": 1}]', "JSON, not CSV.*read_json"),
        ("table.csv", b'{"size": 1}\n{"size": 2}\n', "JSON, an object in each line.*lines=True"),
        ("table.csv", b"\x80\x04\x95\0\0", "a pickle of Python.*read_pickle"),
        ("table.db", b"SQLite format 3\0\0\0", "a SQLite database.*read_sql"),
        ("table.arff", b"@RELATION iris\n@ATTRIBUTE a numeric\n", "an ARFF file.*loadarff"),
        ("table.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\1", "holds no text: open it in the program"),
        (
            "table.csv.gz",
            gzip.compress(b"size,kind\n" + random.Random(0).randbytes(999))[:200],
            "cannot be read.*copy it again",
        ),
        ("table.zip", b"PK\x03\x04 and no more", "cannot be read.*copy it again"),
    ],
)
def test_a_file_of_another_format_is_named(saved, name, content, words):
    path = saved(b"" if isinstance(content, dict) else content, name)
    if isinstance(content, dict):
        with zipfile.ZipFile(path, "w") as archive:
            for entry, text in content.items():
                archive.writestr(entry, text)
    with pytest.raises(ValueError, match=words):
        Dataset.from_csv(path, target="kind")


@pytest.mark.parametrize("name", ["table.csv.gz", "table.csv.bz2", "table.csv.xz", "table.zip", "table.csv"])
def test_a_compressed_file_is_read_whatever_its_name(tmp_path, name):
    path = tmp_path / name
    table().to_csv(path, index=False, compression="gzip" if name == "table.csv" else "infer")
    dataset = Dataset.from_csv(path, target="kind")
    plain = Dataset.from_frame(table(), target="kind")
    assert dataset.name == "table" and torch.equal(dataset.X_train, plain.X_train)


@pytest.mark.parametrize(
    "address", ["https://data.example.org/penguins.csv", "http://example.org/a/b.csv", "ftp://example.org/t.csv"]
)
def test_a_web_address_is_refused_with_how_to_get_the_file(address):
    for given in (address, Path(address)):
        with pytest.raises(ValueError, match=r"is a web address.*Download") as refused:
            Dataset.from_csv(given, target="species")
        assert f"{address} is" in str(refused.value) and f"pandas.read_csv({address!r})" in str(refused.value)


@pytest.mark.parametrize(
    ("page", "file"),
    [
        ("www.example.org/x.csv", "https://www.example.org/x.csv"),
        ("example.org/x.csv", "https://example.org/x.csv"),
        ("https://github.com/u/r/blob/main/a/x.csv", "https://raw.githubusercontent.com/u/r/main/a/x.csv"),
        (
            "https://docs.google.com/spreadsheets/d/1a-B/edit?usp=sharing#gid=0",
            "https://docs.google.com/spreadsheets/d/1a-B/export?format=csv",
        ),
    ],
)
def test_the_address_of_a_page_becomes_that_of_the_file(page, file):
    with pytest.raises(ValueError, match="is a web address") as refused:
        Dataset.from_csv(page, target="species")
    assert f"pandas.read_csv({file!r})" in str(refused.value)


def test_a_file_may_be_given_by_its_address(saved):
    path = saved(table().to_csv(index=False).encode())
    assert (
        Dataset.from_csv(path.as_uri(), target="kind").class_names == Dataset.from_csv(path, target="kind").class_names
    )


def test_the_advice_of_a_refusal_reads_the_table(saved):
    frame = table(price=[1000.5, 2.25] * 30, town=["Köln", "Bonn"] * 30)
    path = saved(frame.to_csv(index=False, sep=";", decimal=",").encode("cp1252"))
    with pytest.raises(ValueError, match=r"Try Dataset\.from_frame") as refused:
        Dataset.from_csv(path, target="kind")
    call = re.search(r"Try (.*)\.$", str(refused.value))[1]
    advised = eval(call, {"Dataset": Dataset, "pandas": pd})
    assert torch.equal(advised.X_train, Dataset.from_frame(frame, target="kind").X_train)


def test_the_features_of_a_long_file_are_those_of_the_table_read_at_once(saved):
    draw = np.random.default_rng(0)
    zone = draw.integers(1, 5, 100_500).astype(str)
    zone[5], zone[-9:] = "", "A"
    frame = pd.DataFrame({"zone": zone, "size": draw.normal(size=100_500).round(2), "y": draw.integers(0, 2, 100_500)})
    dataset = Dataset.from_csv(saved(frame), target="y", missing="median")
    assert dataset.feature_names == ("zone=1", "zone=2", "zone=3", "zone=4", "zone=A", "size")


def test_numbers_that_turn_into_texts_late_in_a_long_file_are_refused(saved):
    frame = pd.DataFrame(
        {"size": [*map(str, range(100_000)), "broken"], "more": range(0, 300_003, 3), "y": [0, 1, 1] * 33_333 + [0, 1]}
    )
    with pytest.raises(ValueError, match=r"'size' is neither numbers nor categories.*'broken'"):
        Dataset.from_csv(saved(frame), target="y")


def test_names_in_the_first_line(saved):
    wide = saved(pd.DataFrame(np.random.default_rng(0).integers(0, 5, (60, 4))))  # named 0, 1, 2, 3
    assert Dataset.from_csv(wide, target="3").feature_names == ("0", "1", "2")
    spaced = saved(b"size , kind\n" + b"1.5, a\n2.25, b \n3.75, a\n2.5, b\n" * 15)
    dataset = Dataset.from_csv(spaced, target="kind")
    assert (dataset.feature_names, dataset.class_names) == (("size",), ("a", "b"))
    twice = saved(b"size,size,kind\n" + b"1.5,3,a\n2.25,4,b\n3.75,5,a\n2.5,4,b\n" * 15)
    assert "columns of the same name were numbered, as size, size.1" in Dataset.from_csv(twice, target="kind").notes


def test_columns_are_left_out_by_exclude(tmp_path):
    table(more=np.random.default_rng(1).normal(size=60)).to_csv(tmp_path / "table.csv")
    for left_out in (["more"], ["more", "Unnamed: 0"]):
        assert Dataset.from_csv(tmp_path / "table.csv", target="kind", exclude=left_out).feature_names == ("size",)


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
