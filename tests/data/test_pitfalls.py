"""What makes a table mislead: copies, columns that count, codes for a missing value, large and rare classes."""

import numpy as np
import pandas as pd
import pytest
import torch

from mlp_tutorial.data.bundled import PENGUINS_FILE
from mlp_tutorial.data.dataset import Dataset
from tests.data.helpers import PARTS


def table(num_rows=120, **columns):
    draw = np.random.default_rng(0)
    numbers = {name: draw.normal(size=num_rows) for name in "abc"}
    return pd.DataFrame(numbers | {"y": draw.choice(["u", "v"], num_rows)} | columns)


def rows_of(dataset):
    """Return the different rows of each part, as sets."""
    return [{tuple(row) for row in getattr(dataset, f"X_{part}").tolist()} for part in PARTS]


@pytest.mark.parametrize(
    "copied, num_copies",
    [
        (lambda frame: pd.concat([frame] * 4, ignore_index=True), 360),
        (lambda frame: pd.concat([frame] * 4).assign(number=range(480)), 360),  # numbered after they were copied
        (lambda frame: pd.concat([frame, frame[:30], frame[:30]]), 60),
        (lambda frame: pd.concat([frame, *[frame[frame["y"] == "u"]] * 3]), None),  # one class enlarged
        (lambda frame: pd.concat([frame, frame[:8]]), 8),
    ],
)
def test_copies_of_a_row_stay_in_one_part(copied, num_copies):
    frame = copied(table())
    num_copies = num_copies or len(frame) - 120
    dataset = Dataset.from_frame(frame, target="y")
    assert (
        f"{num_copies} of {len(frame)} rows are copies of other rows; equal rows were kept in the same part"
        in dataset.notes
    )
    train, validation, test = rows_of(dataset)
    assert not train & validation and not train & test and not validation & test
    assert sum(len(getattr(dataset, f"y_{part}")) for part in PARTS) == len(frame)


def test_copies_of_a_regressions_rows_and_of_texts_stay_in_one_part():
    frame = table(colour=np.random.default_rng(1).choice(["red", "green", "blue"], 120))
    dataset = Dataset.from_frame(pd.concat([frame] * 3), target="a")
    train, validation, test = rows_of(dataset)
    assert not train & validation and not train & test


@pytest.mark.parametrize("columns", [["island", "species"], ["bill_length_mm", "bill_depth_mm"], ["island", "year"]])
def test_rows_that_are_equal_by_chance_are_no_copies(columns):
    dataset = Dataset.from_frame(pd.read_csv(PENGUINS_FILE), target="sex", features=columns)
    assert not any("copies" in note for note in dataset.notes)


def test_too_few_different_rows_of_a_class_are_refused_with_the_copies_named():
    frame = pd.concat([table(60, y=["rare"] * 2 + ["often"] * 58), *[table(60, y="rare")[:2]] * 20])
    with pytest.raises(ValueError, match=r"'rare' has 2 of 60 rows.*40 of 100 rows are copies"):
        Dataset.from_frame(frame, target="y")


COUNTS = {
    "id": np.arange(120),
    "anything": np.arange(1, 121),
    "shuffled": np.random.default_rng(0).permutation(120) + 1000,
    "as_float": np.arange(120.0),
    "with_gaps": np.delete(np.arange(140), np.arange(0, 140, 7))[:120],
    "customer_id": np.random.default_rng(0).permutation(10**6)[:120],
    "Kunden-Nr": np.arange(120) * 1001,
    "PassengerId": np.arange(120) ** 2,
}


@pytest.mark.parametrize("name", COUNTS)
def test_a_column_that_counts_the_rows_is_left_out_under_any_name(name):
    dataset = Dataset.from_frame(table(**{name: COUNTS[name]}), target="y")
    assert dataset.feature_names == ("a", "b", "c")
    assert f"left out columns that count the rows (features=[…] keeps them): {name}" in dataset.notes
    named = Dataset.from_frame(table(**{name: COUNTS[name]}), target="y", features=["a", name])
    assert named.feature_names == ("a", name)
    assert f"columns that count the rows say nothing about new ones: {name}" in named.notes


def test_a_column_that_counts_is_kept_if_there_is_no_other_and_as_target():
    only = Dataset.from_frame(table(year=np.arange(1900, 2020))[["year", "a"]], target="a")
    assert only.feature_names == ("year",)
    assert Dataset.from_frame(table(year=np.arange(1900, 2020)), target="year").task == "regression"


def test_other_whole_numbers_are_kept_and_those_that_never_repeat_named():
    people = np.random.default_rng(0).permutation(10**6)[:120]
    dataset = Dataset.from_frame(table(people=people, rooms=people % 7, number_of_rooms=people % 5), target="y")
    assert dataset.feature_names == ("a", "b", "c", "people", "rooms", "number_of_rooms")
    noted = [note for note in dataset.notes if "another whole number in every row" in note]
    assert noted == ["people has another whole number in every row; if it only names them, give exclude=['people']"]


def test_columns_are_left_out_by_exclude():
    everything = Dataset.from_frame(table(), target="y", exclude=["b"])
    assert everything.feature_names == ("a", "c")
    assert Dataset.from_frame(table(), target="y", features=["c", "b"], exclude=("b",)).feature_names == ("c",)


@pytest.mark.parametrize("code", [-999, 9999, -99])
def test_a_number_far_from_all_others_that_often_means_missing_is_named(code):
    age = np.random.default_rng(0).integers(20, 60, 120)
    age[:5] = code
    assert (
        f"age: {code} (5) lies far from all others; does it mean missing?"
        in Dataset.from_frame(table(age=age), target="y").notes
    )
    ages = np.random.default_rng(0).integers(0, 100, 120)
    assert not any("far from" in note for note in Dataset.from_frame(table(age=ages), target="y").notes)


@pytest.mark.parametrize(
    "num_rare, words", [(6, "114 of 120 rows (95 %) are 'b'"), (30, "90 of 120 rows (75 %) are 'b'")]
)
def test_a_class_that_outnumbers_the_others_is_noted(num_rare, words):
    dataset = Dataset.from_frame(table(y=["a"] * num_rare + ["b"] * (120 - num_rare)), target="y")
    assert any(note.startswith(words) and "recall" in note for note in dataset.notes)
    rare = "classes with few training rows, hardly to be learned: a (4)" in dataset.notes
    assert rare == (num_rare == 6) and int((dataset.y_train == 0).sum()) in (4, 18)


def test_balanced_classes_have_no_such_note():
    assert Dataset.from_frame(table(), target="y").notes[1:] == ()
    assert torch.equal(Dataset.from_frame(table(), target="y").y_test.unique(), torch.tensor([0, 1]))


@pytest.mark.parametrize(
    "leak",
    [
        lambda kilograms: (1000 * kilograms).round(-1),  # grams, rounded
        lambda kilograms: kilograms.round(1),
        lambda kilograms: -np.log(kilograms).round(2),  # falling, and no straight line
    ],
)
@pytest.mark.parametrize("digits", [1, 6])
def test_a_column_that_is_the_target_rounded_or_in_another_unit_is_named_as_a_leak(leak, digits):
    draw = np.random.default_rng(1)
    kilograms = np.exp(draw.normal(size=150) / 5) * 4
    frame = table(150, weight=leak(kilograms), kilograms=kilograms.round(digits))
    notes = Dataset.from_frame(frame, target="kilograms").notes
    assert [note for note in notes if "a leak?" in note] == [
        "weight seems to be the target, rounded or in another unit: a leak? exclude=['weight'] leaves it out"
    ]


def test_what_goes_with_the_target_and_errs_in_some_rows_is_no_leak():
    draw = np.random.default_rng(1)
    kilograms = np.exp(draw.normal(size=150) / 5) * 4
    frame = table(150, kilograms=kilograms, length=kilograms ** (1 / 3) + draw.normal(size=150) / 50)
    frame["heavy"] = (kilograms > np.quantile(kilograms, 0.98)).astype(int)  # too few different numbers to tell
    assert not [note for note in Dataset.from_frame(frame, target="kilograms").notes if "leak" in note]
