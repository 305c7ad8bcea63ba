"""Columns of text: numbers as people write them, signs for a missing value, and notes on what was guessed."""

import numpy as np
import pandas as pd
import pytest

from mlp_tutorial.data.dataset import Dataset
from mlp_tutorial.data.text_columns import read_texts

SIGNS = ["?", ".", "-", "--", "NA", "n/a", "null", "#N/A", "", " ", "nan", "#DIV/0!", "N.A."]
NUMBER_SIGNS = [*SIGNS, "none", "None", "unknown", "missing", "k.A."]


def read(*values):
    """Return what a column of these values is read as, and the note on it."""
    table, notes = read_texts(pd.DataFrame({"column": pd.Series(values, dtype=object)}))
    return table["column"].tolist(), notes.get("column", "")


def table(**columns):
    number = np.random.default_rng(0).normal(size=120)
    return pd.DataFrame({"size": number, "kind": np.where(number > 0, "large", "small")} | columns)


@pytest.mark.parametrize(
    "texts, numbers",
    [
        (["$1,200", "$80"], [1200, 80]),
        (["$1,200.50", "$80"], [1200.5, 80]),
        (["US$ 5", "3"], [5, 3]),
        (["12 %", "3.5%"], [12, 3.5]),
        (["EUR 3", "EUR 4,50", "EUR 1.200,00"], [3, 4.5, 1200]),
        (["3 €", "1.200 €"], [3, 1200]),
        (["£2,000,000", "£15"], [2e6, 15]),
        (["1,5", "2,25"], [1.5, 2.25]),
        (["0,125", "0,250"], [0.125, 0.25]),
        (["1.234,5", "2.000"], [1234.5, 2000]),
        (["1,234.5", "2,000"], [1234.5, 2000]),
        (["1,200", "950"], [1200, 950]),
        (["1'200", "950"], [1200, 950]),
        (["1 200", "3\u00a0000\u202f000"], [1200, 3e6]),
        (["(1,200)", "300"], [-1200, 300]),
        (["−5,5", "+3"], [-5.5, 3]),
        (["-$5", "$-6.5"], [-5, -6.5]),
        (["5 kg", "70kg"], [5, 70]),
        (["20 °C", "-3 °C"], [20, -3]),
        (["1,5E+03", "2"], [1500, 2]),
    ],
)
def test_numbers_are_read_as_people_write_them(texts, numbers):
    values, note = read(*texts)
    assert values == numbers
    assert note.startswith("read as numbers, ")


def test_what_one_column_leaves_open_another_decides():
    texts = pd.DataFrame({"open": ["1,200", "2,300"], "comma": ["1,5", "2"], "point": ["$1.5", "$2"]})
    assert read_texts(texts[["open"]])[0]["open"].tolist() == [1200, 2300]
    assert read_texts(texts[["open", "comma"]])[0]["open"].tolist() == [1.2, 2.3]
    assert read_texts(texts[["open", "point"]])[0]["open"].tolist() == [1200, 2300]


@pytest.mark.parametrize("sign", NUMBER_SIGNS)
def test_a_sign_among_numbers_is_a_missing_value(sign):
    values, note = read("7", sign, "2.5", 4)
    np.testing.assert_equal(values, [7, np.nan, 2.5, 4])
    assert note == f"{sign.strip()!r} (1) counts as missing"


@pytest.mark.parametrize("sign", SIGNS)
def test_a_sign_among_texts_is_a_missing_value(sign):
    values, note = read("red", sign, "blue", sign)
    assert [value if isinstance(value, str) else None for value in values] == ["red", None, "blue", None]
    assert note == f"{sign.strip()!r} (2) counts as missing"


@pytest.mark.parametrize(
    "texts, note",
    [
        (["A1", "A2"], ""),
        (["12:30", "13:00"], ""),
        (["18-25", "26-35"], ""),
        (["+", "-"], ""),
        (["007", "012", "?"], "'?' (1) counts as missing; numbers kept as text are taken as categories"),
        (["1", "2"], "numbers kept as text are taken as categories"),
        (["1", "2", "A"], "taken as categories, since beside numbers there are texts such as 'A'"),
        (["12 %", "0.5"], "taken as categories, since its numbers are written in several ways, such as '12 %', '0.5'"),
        (["$5", "€6"], "taken as categories, since its numbers are written in several ways, such as '$5', '€6'"),
        (["none", "aspirin"], "'none' is a category like others; where it means missing, replace it by None"),
        (["2023-01-31", "2023-02-01"], "dates are taken as categories; pandas.to_datetime(frame['column'])"),
        (["setosa", "Setosa "], "'Setosa', 'setosa' differ only by case or spaces: should they be one?"),
        (["North West", "north-west", "south"], "'North West', 'north-west' differ only by case or spaces"),
    ],
)
def test_categories_stay_categories(texts, note):
    values, said = read(*texts)
    known = [value for value in values if isinstance(value, str)]
    assert known == [text.strip() for text in texts if text != "?"]
    assert said.startswith(note) and bool(said) == bool(note)


def test_spaces_make_no_category():
    values, note = read("yes", "no ", "yes ", "no", " yes")
    assert values == ["yes", "no", "yes", "no", "yes"]
    assert note == "spaces do not count in 'no ', 'yes ', ' yes'"


def test_horsepower_of_the_cars_is_a_number_as_feature_and_as_target():
    draw = np.random.default_rng(0)
    power = draw.integers(46, 230, 398).astype(str)
    power[:6] = "?"
    cars = pd.DataFrame({"mpg": draw.normal(23, 8, 398), "horsepower": power, "weight": draw.normal(3000, 800, 398)})
    feature = Dataset.from_frame(cars, target="mpg")
    assert feature.feature_names == ("horsepower", "weight")
    target = Dataset.from_frame(cars, target="horsepower")
    assert target.task == "regression"
    for dataset in (feature, target):
        assert "horsepower: '?' (6) counts as missing" in dataset.notes and dataset.num_dropped_rows == 6


def test_a_sign_in_a_target_of_texts_drops_its_rows():
    kind = table()["kind"]
    kind[:4] = "?"
    dataset = Dataset.from_frame(table(kind=kind), target="kind")
    assert dataset.class_names == ("large", "small") and dataset.num_dropped_rows == 4


def test_every_column_that_was_guessed_at_has_one_note():
    price = [f"$1,{number:03}" for number in range(119)] + ["?"]
    dataset = Dataset.from_frame(table(price=price, share=["5 %", "?", "7 %"] * 40), target="kind", missing="median")
    assert [note for note in dataset.notes if note.startswith(("price:", "share:"))] == [
        "price: read as numbers, '$1,000' as 1000; '?' (1) counts as missing",
        "share: read as numbers, '5 %' as 5; '?' (40) counts as missing",
    ]


def test_the_only_row_of_a_class_in_capitals_is_named():
    with pytest.raises(ValueError, match=r"'LARGE' has 1 of 120 rows.*'LARGE', 'large' differ only by case"):
        Dataset.from_frame(table(kind=["LARGE", *["large", "small"] * 59, "small"]), target="kind")


def test_categories_of_the_learners_stay_as_they_are():
    ages = table(age=["90+", "91+", *[str(20 + number % 50) for number in range(118)]])
    with pytest.raises(ValueError, match=r"'90\+', '91\+'.*frame\['age'\].astype\('category'\)"):
        Dataset.from_frame(ages, target="kind")
    assert Dataset.from_frame(ages.astype({"age": "category"}), target="kind").input_size > 40
    grades = pd.Categorical(["1", "2", "?"] * 40)
    assert Dataset.from_frame(table(grade=grades), target="kind").feature_names[1:] == ("grade=1", "grade=2", "grade=?")


def test_the_table_stays_as_it_was():
    texts = table(price=["$1", "?"] * 60)
    before = texts.copy()
    read_texts(texts)
    pd.testing.assert_frame_equal(texts, before)


def test_a_hundred_thousand_different_texts_are_read_at_once():
    values, _ = read(*[f"${number:,}" for number in range(100_000)])
    assert values[-1] == 99_999
