"""Your own table: `Dataset.from_frame`, against pandas and scikit-learn, and every refusal."""

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.preprocessing import StandardScaler

from mlp_tutorial.data.bundled import PENGUINS_FILE
from mlp_tutorial.data.dataset import Dataset
from tests.data.helpers import PARTS, table


@pytest.fixture
def penguins():
    return pd.read_csv(PENGUINS_FILE)


def whole(dataset):
    X = torch.cat([getattr(dataset, f"X_{part}") for part in PARTS])
    return dataset.unstandardise(X).double().numpy(), torch.cat([getattr(dataset, f"y_{part}") for part in PARTS])


def test_numbers_and_categories_become_what_pandas_makes_of_them(penguins):
    before = penguins.copy()
    dataset = Dataset.from_frame(penguins, target="species", missing="drop", name="penguins", source="here")
    pd.testing.assert_frame_equal(penguins, before)
    expected = penguins.dropna()
    species = expected.pop("species")
    expected = pd.get_dummies(expected, prefix_sep="=").astype(float)
    assert set(dataset.feature_names) == set(expected.columns)
    assert dataset.class_names == ("Adelie", "Chinstrap", "Gentoo") and dataset.task == "classification"
    assert (dataset.target_name, dataset.name, dataset.source) == ("species", "penguins", "here")
    raw, y = whole(dataset)
    raw = pd.DataFrame(raw, columns=dataset.feature_names)[expected.columns].round(2)
    raw["species"] = [dataset.class_names[number] for number in y]
    expected["species"] = species
    order = list(expected.columns)
    pd.testing.assert_frame_equal(
        raw.sort_values(order, ignore_index=True), expected.sort_values(order, ignore_index=True), atol=1e-3
    )


def test_a_feature_column_stays_where_the_learner_put_it(penguins):
    features = ["body_mass_g", "island", "bill_depth_mm"]
    dataset = Dataset.from_frame(penguins, target="species", features=features)
    assert dataset.feature_names == (
        "body_mass_g",
        "island=Biscoe",
        "island=Dream",
        "island=Torgersen",
        "bill_depth_mm",
    )


def test_standardising_is_scikit_learns_fitted_on_the_training_part(penguins):
    dataset = Dataset.from_frame(penguins, target="body_mass_g", seed=4)
    assert dataset.task == "regression"
    raw = {part: dataset.unstandardise(getattr(dataset, f"X_{part}")).double().numpy() for part in PARTS}
    scaler = StandardScaler().fit(raw["train"])
    for part in PARTS:
        np.testing.assert_allclose(scaler.transform(raw[part]), getattr(dataset, f"X_{part}"), atol=3e-4)
    np.testing.assert_allclose(dataset.X_train.mean(0), 0, atol=1e-3)
    target = StandardScaler().fit(dataset.target_in_units(dataset.y_train).numpy())
    np.testing.assert_allclose(
        [target.mean_[0], target.scale_[0]], [dataset.target_mean, dataset.target_std], rtol=1e-4
    )


def test_rows_with_gaps_are_dropped_and_counted(penguins):
    dataset = Dataset.from_frame(penguins, target="species")
    assert dataset.num_dropped_rows == len(penguins) - len(penguins.dropna()) == 11
    assert any("dropped 11 of 344 rows" in note and "sex (11)" in note for note in dataset.notes)
    assert "dropped 11 of 344" in repr(dataset)


def test_gaps_are_filled_with_the_median_of_the_training_part_alone():
    values = np.arange(100.0) ** 2
    frame = pd.DataFrame({"place": np.arange(100.0) * 2, "value": values, "target": values + 0.5})
    frame.loc[::3, "value"] = np.nan
    dataset = Dataset.from_frame(frame, target="target", missing="median")
    train = dataset.unstandardise(dataset.X_train)
    was_missing = train[:, 0].round() % 3 == 0
    median = np.median(train[~was_missing, 1])
    for part in PARTS:
        raw = dataset.unstandardise(getattr(dataset, f"X_{part}"))
        gaps = raw[:, 0].round() % 3 == 0
        assert gaps.any()
        np.testing.assert_allclose(raw[gaps, 1], median, rtol=1e-4)
    assert abs(median - frame["value"].median()) > 1  # of all rows it is another one
    assert dataset.num_dropped_rows == 0
    assert any(f"34 missing values of value with the training part's median, {median:.6g}" in n for n in dataset.notes)


def test_a_row_without_a_target_is_dropped_even_when_gaps_are_filled(penguins):
    assert penguins.loc[[0, 50], "sex"].notna().all()
    penguins.loc[[0, 50], "species"] = None
    dataset = Dataset.from_frame(penguins, target="species", missing="median")
    assert dataset.num_dropped_rows == 2
    assert any("2 of 344" in note and "species (2)" in note for note in dataset.notes)
    assert any("11 rows without a value have 0 in all columns of sex" in note for note in dataset.notes)
    raw, _ = whole(dataset)
    sex = raw[:, [name.startswith("sex=") for name in dataset.feature_names]]
    assert sorted(np.unique(sex.round(3).sum(1), return_counts=True)[1]) == [11, 331]


def test_a_category_that_only_other_parts_have_works_and_is_said():
    colours = np.array(["red", "green"] * 30, dtype=object)
    for row in range(60):  # some row is outside the training part: find it by its category
        single = colours.copy()
        single[row] = "blue"
        dataset = Dataset.from_frame(table(colour=single), target="kind")
        if "colour=blue" not in dataset.feature_names:
            break
    else:
        pytest.fail("every row was in the training part")
    assert dataset.feature_names == ("size", "colour=green", "colour=red")
    assert any("1 rows with blue, absent from the training part" in note for note in dataset.notes)
    raw, _ = whole(dataset)
    assert (raw[:, 1:].round(3).sum(1) == 0).sum() == 1


@pytest.mark.parametrize(
    "target, task, class_names, words",
    [
        (["a", "b"] * 30, "classification", ("a", "b"), "text"),
        (pd.Categorical(["a", "b"] * 30), "classification", ("a", "b"), "categories"),
        ([True, False] * 30, "classification", ("False", "True"), "true and false"),
        ([1, 2, 10] * 20, "classification", ("1", "2", "10"), "3 distinct whole numbers"),
        ([0.0, 1.0] * 30, "classification", ("0", "1"), "2 distinct whole numbers"),
        (list(range(10)) * 6, "classification", tuple("0123456789"), "10 distinct whole numbers"),
        ([*range(13), *[1] * 47], "regression", (), "13 distinct numbers"),
        (range(60), "regression", (), "60 distinct numbers"),
        ([0.5, 1.5, 2.5] * 20, "regression", (), "3 distinct numbers"),
    ],
)
def test_the_task_is_inferred_and_said(target, task, class_names, words):
    dataset = Dataset.from_frame(table(answer=target), target="answer")
    assert (dataset.task, dataset.class_names) == (task, class_names)
    assert f"task inferred: {task}" in dataset.notes[0] and words in dataset.notes[0]
    assert dataset.notes[0] in repr(dataset)


def test_few_whole_numbers_that_hardly_repeat_are_values():
    dataset = Dataset.from_frame(table(30, answer=list(range(10)) * 3), target="answer")
    assert dataset.task == "regression" and "10 distinct numbers" in dataset.notes[0]


def test_the_task_can_be_given():
    frame = table(answer=[1, 2, 10] * 20, share=[1.5, 0.5, 2.5] * 20)
    values = Dataset.from_frame(frame, target="answer", task="regression")
    assert values.task == "regression" and values.notes == ()
    np.testing.assert_allclose(np.unique(values.target_in_units(values.y_train).round(decimals=3)), [1, 2, 10])
    classes = Dataset.from_frame(frame, target="share", task="classification")
    assert classes.class_names == ("0.5", "1.5", "2.5")


def test_every_kind_of_number_is_a_number():
    numbers = np.arange(60) // 2
    frame = table(
        small=numbers.astype("uint8"),
        nullable=pd.array(numbers, dtype="Int64"),
        flag=pd.array(numbers % 2 == 0, dtype="boolean"),
        objects=pd.Series(list(numbers), dtype=object),
        true=numbers % 3 == 0,
    )
    frame.loc[5, ["nullable", "flag"]] = pd.NA
    dataset = Dataset.from_frame(frame, target="kind", missing="median")
    assert dataset.feature_names == ("size", "small", "nullable", "flag", "objects", "true")


def test_columns_that_cannot_teach_are_dropped_and_said():
    frame = table(same=7.1, one="x", empty=np.nan, late=0.0)
    dataset = Dataset.from_frame(frame, target="kind")
    assert dataset.feature_names == ("size",) and dataset.num_dropped_rows == 0
    assert any("without any value: empty" in note for note in dataset.notes)
    assert any("does not vary in the training part: same, one=x, late" in note for note in dataset.notes)


@pytest.mark.parametrize("missing", ["drop", "median"])
def test_a_column_with_values_only_where_the_target_is_missing_is_empty(missing):
    frame = table(late=None, colour=None)
    frame["late"], frame["colour"] = frame["late"].astype(float), frame["colour"].astype(object)
    frame.loc[0, ["late", "colour", "kind"]] = [1.0, "red", None]
    dataset = Dataset.from_frame(frame, target="kind", missing=missing)
    assert dataset.feature_names == ("size",) and dataset.num_dropped_rows == 1
    assert any("without any value: late, colour" in note for note in dataset.notes)


def test_values_that_read_the_same_are_one_category():
    frame = table(code=pd.Series([1, "1", "b"] * 20, dtype=object))
    assert Dataset.from_frame(frame, target="kind").feature_names == ("size", "code=1", "code=b")
    assert Dataset.from_frame(frame, target="code", features=["size"]).class_names == ("1", "b")


def test_the_seed_and_the_sizes_are_passed_on(penguins):
    first, again, other = (
        Dataset.from_frame(penguins, target="species", seed=seed, validation_size=0.1, test_size=0.3)
        for seed in (1, 1, 2)
    )
    assert len(first.y_test) == 100 and len(first.y_validation) == 33
    assert torch.equal(first.X_train, again.X_train) and not torch.equal(first.X_train, other.X_train)


REFUSED = [
    (lambda: [[1, 2]], {}, TypeError, "frame must be a pandas DataFrame; it is a list"),
    (lambda: table()[:0], {}, ValueError, "The table is empty"),
    (table, {"task": "ranking"}, ValueError, "task must be .*'ranking'"),
    (table, {"missing": "mean"}, ValueError, "missing must be 'drop' or 'median'; it is 'mean'"),
    (table, {"max_classes": 0}, ValueError, "max_classes must be at least 1; it is 0"),
    (table, {"max_classes": 2.5}, TypeError, "max_classes must be a whole number"),
    (lambda: table(kind="small"), {}, ValueError, "'kind' is 'small' in all 60 rows"),
    (lambda: table(kind=3.5), {}, ValueError, "'kind' is '3.5' in all 60 rows"),
    (lambda: table(kind=None), {}, ValueError, "'kind' has no value in any row"),
    (table, {"task": "regression"}, ValueError, "holds text, a regression needs numbers.*'small'|'large'"),
    (lambda: table(same=1)[["same", "kind"]], {}, ValueError, "No feature varies in the training part"),
    (
        lambda: table(price=[np.inf, *range(58), -np.inf]),
        {},
        ValueError,
        "'price' has 2 values that are infinite.*in row 0",
    ),
    (lambda: table(kind=[*range(59), np.inf]), {}, ValueError, "'kind' has 1 values that are infinite.*row 59"),
    (lambda: table(price=[1e300, *range(59)]), {}, ValueError, "beyond 3.4e.38"),
    (
        lambda: table(10_000, kind=[f"k{number}" for number in range(10_000)]),
        {},
        ValueError,
        "'kind' has 10000 distinct values, more than max_classes=100.*'k0', 'k1', 'k2'",
    ),
    (
        lambda: table(10_000, kind=range(10_000)),
        {"task": "classification"},
        ValueError,
        "10000 distinct values.*task='regression'",
    ),
    (lambda: table(kind=["rare"] * 2 + ["often"] * 58), {}, ValueError, "'rare' has 2 of 60 rows, too few to reach"),
    (
        lambda: table(kind=[f"k{number % 20}" for number in range(60)]),
        {},
        ValueError,
        "a row of all 20 classes; 60 rows make 36 training, 12 validation",
    ),
    (
        lambda: table(name=[f"Person {number}" for number in range(60)]),
        {},
        ValueError,
        "'name' has 60 different texts in 60 rows.*leave it out with exclude=.*'Person 0'",
    ),
    (
        lambda: table(1000, name=[f"g{number % 150}" for number in range(1000)]),
        {},
        ValueError,
        "'name' has 150 different texts in 1000 rows.*max_classes=100",
    ),
    (
        lambda: table(price=["cheap", *map(str, range(59))]),
        {},
        ValueError,
        "'price' is neither numbers nor categories: beside numbers there are texts such as 'cheap'.*to_numeric",
    ),
    (
        lambda: table(price=[f"{number}.5" for number in range(59)] + ["1,5"]),
        {},
        ValueError,
        "'price' is neither .* its numbers are written in several ways, such as .*'1,5'",
    ),
    (lambda: table(share=["0.5", *(f"{n} %" for n in range(59))]), {}, ValueError, "'share' .* several ways.*'0.5'"),
    (lambda: table(price=[*map(str, range(60))]), {}, ValueError, "numbers kept as text.*to_numeric"),
    (
        lambda: table(day=pd.date_range("2024-01-01", periods=60)),
        {},
        TypeError,
        "'day' holds datetime64.*values; numbers, text and categories.*exclude=",
    ),
    (lambda: table(pair=[[1, 2]] * 60), {}, TypeError, "'pair' holds more than single values"),
    (lambda: table(wave=np.full(60, 1j)), {}, TypeError, "'wave' holds complex"),
    (lambda: table(3, kind=["a", "b", "a"]), {}, ValueError, "a row of all 2 classes; 3 rows"),
    (lambda: table(3, kind=[0.1, 0.2, 0.3])[:2], {}, ValueError, "2 rows with.* every part needs at least 1"),
    (
        lambda: table(4, size=[1, None, 3, None], other=[None, 1, None, 2]),
        {},
        ValueError,
        r"Every row has a missing value, in size \(2\), other \(2\)",
    ),
    (table, {"test_size": 1}, ValueError, "test_size must be a share"),
]


@pytest.mark.parametrize("frame, options, error, words", REFUSED, ids=[words[:40] for *_, words in REFUSED])
def test_a_table_that_cannot_teach_is_refused_in_a_sentence(frame, options, error, words):
    with pytest.raises(error, match=words):
        Dataset.from_frame(frame(), **({"target": "kind"} | options))


def test_a_class_of_five_rows_reaches_every_part_for_any_seed():
    frame = table(200, kind=["rare"] * 5 + ["often"] * 195)
    for seed in range(30):
        dataset = Dataset.from_frame(frame, target="kind", seed=seed)
        assert all((getattr(dataset, f"y_{part}") == 1).any() for part in PARTS)


def test_a_class_that_only_luck_brings_to_every_part_is_refused_in_words_or_complete():
    frame = table(30, kind=["rare"] * 3 + ["often"] * 27)
    for seed in range(30):
        try:
            dataset = Dataset.from_frame(frame, target="kind", seed=seed)
        except ValueError as error:
            assert "'rare' has 3 of 30 rows, too few to reach" in str(error)
        else:
            assert all(len(torch.unique(getattr(dataset, f"y_{part}"))) == 2 for part in PARTS)
