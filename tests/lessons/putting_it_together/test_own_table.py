"""The check of a learner's own table finds what makes a result worthless, and lets every sound table pass."""

import numpy as np
import pandas as pd
import pytest
import torch

from mlp_tutorial import Dataset, load_dataset
from mlp_tutorial.data.bundled import PENGUINS_FILE
from mlp_tutorial.lessons.putting_it_together.own_table import check_own_table
from mlp_tutorial.lessons.shared.stand_ins import usable_or
from tests.lesson_helpers import refuses

TABLE = pd.read_csv(PENGUINS_FILE)


def penguins(**columns):
    """Return the penguins as a learner's table, with columns added by the learner's wish."""
    features = ["island", "bill_length_mm"]
    table = TABLE[[*features, "body_mass_g"]].assign(**columns)
    return Dataset.from_frame(table, target="body_mass_g", features=[*features, *columns], name="my penguins")


def tossed(num_rows=200, **columns):
    """Return a table of numbers that know nothing of its classes."""
    draw = np.random.default_rng(0)
    table = pd.DataFrame({name: draw.normal(size=num_rows) for name in "abc"})
    return table.assign(**({"y": draw.choice(["u", "v"], num_rows)} | columns))


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (TABLE, 'Dataset.from_frame(table, target="…")'),
        ("penguins.csv", "Dataset.from_csv"),
        (3, "it is an int"),
        (load_dataset("wine"), "comes with the package"),
        (Dataset.from_frame(TABLE[:40], target="body_mass_g"), "Bring 50 or more"),
        (Dataset.from_frame(pd.concat([tossed(20)] * 4), target="y"), "80 rows left, 20 of them different"),
        (penguins(id=range(len(TABLE))), "The feature 'id' seems to count the rows"),
        (
            penguins(zz=np.random.default_rng(0).permutation(len(TABLE)) + 5000),
            "The feature 'zz' seems to count the rows",
        ),
        (penguins(Kunden_Nr=np.arange(len(TABLE)) * 977), "The feature 'Kunden_Nr' seems to count the rows"),
        (penguins(curve=np.exp(TABLE["body_mass_g"] / 500)), "The feature 'curve' alone gives the answer"),
        (Dataset.from_frame(tossed(), target="y"), "no better than no features at all"),
        (Dataset.from_frame(tossed(y=[0.1, 1.7] * 100), target="y"), "no better than no features"),
        (Dataset.from_frame(tossed(y=["a"] * 12 + ["b"] * 188), target="y"), "of the 3 rows of 'a' it finds 0"),
        (penguins(pounds=TABLE["body_mass_g"] / 453.6), "The feature 'pounds' alone gives the answer"),
        (penguins(kilograms=(TABLE["body_mass_g"] / 1000).round()), "The feature 'kilograms' alone gives the answer"),
    ],
)
def test_tables_that_teach_nothing_are_refused(wrong, sentence):
    refuses(check_own_table(wrong), sentence)


def test_a_feature_that_gives_the_class_away_is_found():
    draw = np.random.default_rng(0)
    ill = draw.integers(2, size=120)
    table = pd.DataFrame({"age": draw.normal(size=120), "treated": 10 * ill + draw.random(120), "ill": ill})
    refuses(check_own_table(Dataset.from_frame(table, target="ill")), "The feature 'treated' alone")
    apart = table.assign(treated=(ill + 0.1 + 0.8 * draw.random(120)) * draw.choice([-1, 1], size=120))
    refuses(check_own_table(Dataset.from_frame(apart, target="ill")), "The feature 'treated' alone")
    sound = table.assign(treated=ill + draw.normal(size=120))
    assert check_own_table(Dataset.from_frame(sound, target="ill")).passed


def test_one_category_that_gives_a_class_away_is_found():
    answer = np.tile(["yes", "no"], 40)
    table = pd.DataFrame({"size": np.arange(80) % 7, "reply": answer, "answer": answer})
    refuses(check_own_table(Dataset.from_frame(table, target="answer")), "alone gives the answer")


@pytest.mark.parametrize("target", ["sex", "body_mass_g", "species"])
def test_sound_tables_pass_with_both_results(target):
    feedback = check_own_table(Dataset.from_frame(TABLE, target=target, name="my penguins", missing="median"))
    assert feedback.passed, feedback
    assert ("R² 0.00" if target == "body_mass_g" else "accuracy 0.") in feedback.message


def test_a_table_named_like_one_of_the_packages_passes():
    table = Dataset.from_frame(TABLE, target="sex", name="wine")
    assert check_own_table(table).passed


def test_the_stand_in_serves_until_there_is_an_own_table():
    own, other = penguins(), load_dataset("wine")
    assert usable_or(own, other).function is own
    assert usable_or(..., other).function is other and usable_or(TABLE, other).why == "is a DataFrame"


def test_random_numbers_stay_as_they_were():
    state = torch.get_rng_state()
    check_own_table(penguins())
    assert torch.equal(torch.get_rng_state(), state)
