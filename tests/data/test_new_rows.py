"""New rows for a trained model, by the names of their columns, and every refusal."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
import torch

from mlp_tutorial import NeuralNetworkModel, load_model, save_model
from mlp_tutorial.data.bundled import PENGUINS_FILE
from mlp_tutorial.data.dataset import Dataset
from mlp_tutorial.data.load import load_dataset

TABLE = pd.read_csv(PENGUINS_FILE)
FEATURES = ["island", "sex", "body_mass_g", "bill_length_mm"]
NEW = pd.DataFrame(
    {
        "island": ["Biscoe", " Dream"],
        "sex": ["male", "female"],
        "body_mass_g": [5400.0, 3700.0],
        "bill_length_mm": [50.0, 46.0],
    }
)
#: Biscoe, Dream, Torgersen, female, male, body mass, bill length.
ENCODED = [[1, 0, 0, 0, 1, 5400, 50], [0, 1, 0, 1, 0, 3700, 46]]


@pytest.fixture(scope="module")
def penguins():
    return Dataset.from_csv(PENGUINS_FILE, target="species", features=FEATURES)


@pytest.fixture
def saved(penguins, tmp_path):
    torch.manual_seed(0)
    model = NeuralNetworkModel(penguins.input_size, [8], penguins.output_size)
    save_model(model, tmp_path / "model.pt", dataset=penguins)
    return load_model(tmp_path / "model.pt")


@pytest.mark.parametrize(
    "rows",
    [
        NEW,
        NEW[FEATURES[::-1]],
        NEW.assign(species="Adelie", note=None),
        NEW.astype({"body_mass_g": int, "island": "category"}),
        NEW.astype({"body_mass_g": str}),
        NEW.rename(columns="{} ".format),
        NEW.assign(body_mass_g=["5,400.0 g", "3,700.0 g"]),
        NEW.to_dict("list"),
        NEW.to_dict("records"),
        tuple(NEW[FEATURES[::-1]].to_dict("records")),
        NEW.set_index(pd.Index(["first", "second"])),
        np.array(ENCODED),
        torch.tensor(ENCODED),
        ENCODED,
        pd.DataFrame(ENCODED),
    ],
)
def test_rows_are_taken_by_name_and_encoded_as_for_training(penguins, saved, rows):
    expected = (np.array(ENCODED) - penguins.feature_mean.numpy()) / penguins.feature_std.numpy()
    np.testing.assert_allclose(penguins.standardise(rows), expected, rtol=1e-4, atol=1e-5)
    assert saved.predict(rows) == saved.predict(ENCODED)
    assert torch.equal(saved.predict(rows, probabilities=True), saved.predict(ENCODED, probabilities=True))


@pytest.mark.parametrize("row", [NEW.iloc[0], NEW.iloc[0].to_dict(), ENCODED[0]])
def test_one_row_has_one_answer(saved, row):
    assert saved.predict(row) == saved.predict(ENCODED[:1])


def test_a_table_gives_bit_for_bit_what_training_saw(penguins):
    X = penguins.standardise(TABLE.dropna(subset=[*FEATURES, "species"]))
    seen = torch.cat([penguins.X_train, penguins.X_validation, penguins.X_test])
    assert sorted(X.tolist()) == sorted(seen.tolist())


def test_columns_in_another_order_give_the_same_answers(tmp_path):
    dataset = load_dataset("penguins")
    save_model(NeuralNetworkModel(2, [8], 3), tmp_path / "model.pt", dataset=dataset)
    saved = load_model(tmp_path / "model.pt")
    rows = TABLE.dropna().rename(columns={"bill_length_mm": "bill length", "bill_depth_mm": "bill depth"})
    expected = saved.predict(rows[["bill length", "bill depth"]].to_numpy())
    assert saved.predict(rows) == saved.predict(rows[["bill depth", "bill length"]]) == expected


def test_a_regression_takes_a_table_with_columns_that_are_numbered():
    draw = np.random.default_rng(0)
    frame = pd.DataFrame({0: draw.choice(["x", "y"], 60), 1: draw.normal(size=60), 2: draw.normal(size=60)})
    dataset = Dataset.from_frame(frame, target=2)
    assert dataset.columns == {"0": ("x", "y"), "1": ()}
    np.testing.assert_allclose(dataset.unstandardise(dataset.standardise(frame))[:, 2], frame[1], atol=1e-5)


def test_a_category_of_numbers_is_known_as_whole_numbers_too():
    zone = np.array(["1", "2", "A"] * 40, dtype=object)
    dataset = Dataset.from_frame(pd.DataFrame({"zone": zone, "y": np.arange(120.0) ** 2}), target="y")
    assert torch.equal(
        dataset.standardise([{"zone": 1}, {"zone": 2.0}]), dataset.standardise([{"zone": "1"}, {"zone": "2"}])
    )


@pytest.mark.parametrize(
    "rows, words",
    [
        (
            NEW.drop(columns="sex"),
            "lack the column 'sex'; they have island, body_mass_g.*needs island, sex, body_mass_g",
        ),
        (NEW.assign(sex=["male", None]), "'sex' has no value in row 1"),
        (NEW.assign(body_mass_g=[np.nan, 3700]), "'body_mass_g' has no value in row 0"),
        (NEW.assign(sex=["male", "?"]), r"'sex' has '\?', which training has not seen; it knows 'female', 'male'"),
        (NEW.assign(sex=["", "male"]), "'sex' has no value in row 0"),
        (NEW.assign(island=["Biscoe", "Atlantis"]), "'island' has 'Atlantis', which training has not seen"),
        (NEW.assign(body_mass_g=["heavy", "3700"]), "'body_mass_g' holds 'heavy', which is no finite number"),
        (NEW.assign(body_mass_g=["?", "3700"]), r"'body_mass_g' holds '\?', which is no finite number"),
        (NEW.assign(body_mass_g=["5,400", "3,700"]), "'body_mass_g' holds '5,400', which .* may be several"),
        (NEW.assign(body_mass_g=[np.inf, 3700]), "'body_mass_g' holds 'inf', which is no finite number"),
        (pd.concat([NEW, NEW[["sex"]]], axis=1), "2 columns named 'sex'"),
        ([{"island": "Biscoe"}], "lack the column 'sex'"),
        ([[np.nan, *ENCODED[0][1:]]], "no finite value in the feature 'island=Biscoe'"),
        ([ENCODED[0], [*ENCODED[1][:6], np.inf]], "no finite value in the feature 'bill_length_mm'"),
        ([ENCODED[0][:6]], r"must have shape \(rows, 7\)"),
    ],
)
def test_rows_that_cannot_be_encoded_are_refused_in_a_sentence(penguins, saved, rows, words):
    for call in (penguins.standardise, saved.predict):
        with pytest.raises(ValueError, match=words):
            call(rows)


def test_columns_that_do_not_make_the_features_are_refused(penguins):
    with pytest.raises(ValueError, match="columns must make the features"):
        dataclasses.replace(penguins, columns={"island": ("Biscoe",)})


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("new.csv", r"try pandas\.read_csv\('new\.csv'\)"),
        ([["Biscoe", "male", 5400.0, 50.0]], r"give a pandas\.DataFrame, or a list of dicts"),
    ],
)
def test_rows_of_another_kind_are_told_how_to_come(penguins, rows, words):
    with pytest.raises(TypeError, match=words):
        penguins.standardise(rows)
