"""The split: every row once, the sizes asked for, every class in every part or a sentence."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import train_test_split

from mlp_tutorial.data.splitting import split_rows, standardise_parts

shares = st.floats(0.05, 0.45)


@given(st.integers(1, 400), shares, shares, st.integers(0, 2**32 - 1))
def test_every_row_goes_to_one_part_of_the_size_asked_for(num_rows, validation_size, test_size, seed):
    sizes = {"validation_size": validation_size, "test_size": test_size}
    expected = [round(num_rows * validation_size), round(num_rows * test_size)]
    expected = [num_rows - sum(expected), *expected]
    if min(expected) < 1:
        with pytest.raises(ValueError, match="every part needs at least 1"):
            split_rows(num_rows, seed=seed, **sizes)
        return
    parts = split_rows(num_rows, seed=seed, **sizes)
    assert [len(part) for part in parts] == expected
    assert sorted(np.concatenate(parts)) == list(range(num_rows))


@given(st.lists(st.integers(1, 40), min_size=2, max_size=6), shares, shares, st.integers(0, 1000))
def test_every_class_reaches_every_part_or_the_refusal_says_which_does_not(counts, validation_size, test_size, seed):
    classes = np.repeat(np.arange(len(counts)), counts)
    names = [f"class {number}" for number in range(len(counts))]
    try:
        parts = split_rows(
            len(classes),
            classes=classes,
            class_names=names,
            seed=seed,
            validation_size=validation_size,
            test_size=test_size,
        )
    except ValueError as error:
        rarest = f"'class {np.argmin(counts)}' has {min(counts)} of {sum(counts)} rows, too few"
        assert any(words in str(error) for words in (rarest, "every part needs", "Each part needs"))
        return
    for part in parts:
        share = np.bincount(classes[part], minlength=len(counts))
        assert share.min() >= 1
        assert np.abs(share - np.array(counts) * len(part) / len(classes)).max() < 2.5


def split_by_scikit_learn(num_rows, num_validation, num_test, classes, seed):
    """The split as it would be written with scikit-learn: the test rows first, then the validation rows."""
    stratify = (lambda rows: None) if classes is None else (lambda rows: classes[rows])
    rows = np.arange(num_rows)
    rest, test = train_test_split(rows, test_size=num_test, random_state=seed, stratify=stratify(rows))
    train, validation = train_test_split(rest, test_size=num_validation, random_state=seed, stratify=stratify(rest))
    return train, validation, test


@given(st.integers(4, 400), shares, shares, st.integers(0, 2**32 - 1))
def test_the_rows_are_those_that_scikit_learn_draws(num_rows, validation_size, test_size, seed):
    sizes = round(num_rows * validation_size), round(num_rows * test_size)
    if 0 in sizes or sum(sizes) >= num_rows:
        return
    parts = split_rows(num_rows, seed=seed, validation_size=validation_size, test_size=test_size)
    for part, expected in zip(parts, split_by_scikit_learn(num_rows, *sizes, None, seed), strict=True):
        np.testing.assert_array_equal(part, expected)


def test_rows_with_classes_are_those_that_scikit_learn_draws():
    random = np.random.default_rng(0)
    compared = ties = 0
    for seed in range(400):
        # Equal counts leave equal fractions, among which chance decides: that chance has to be the same one.
        equal = random.random() < 0.4
        num_classes = int(random.integers(2, 12))
        counts = np.full(num_classes, random.integers(4, 30)) if equal else random.integers(4, 90, num_classes)
        classes = random.permutation(np.repeat(np.arange(num_classes), counts))
        shares_drawn = random.uniform(0.1, 0.4, 2)
        sizes = [round(len(classes) * share) for share in shares_drawn]
        names = [f"class {number}" for number in range(num_classes)]
        try:
            parts = split_rows(
                len(classes),
                classes=classes,
                class_names=names,
                seed=seed,
                validation_size=float(shares_drawn[0]),
                test_size=float(shares_drawn[1]),
            )
        except ValueError:
            continue  # a rare class: what is refused is tested above
        for part, expected in zip(parts, split_by_scikit_learn(len(classes), *sizes, classes, seed), strict=True):
            np.testing.assert_array_equal(part, expected)
        compared, ties = compared + 1, ties + equal
    assert compared > 250 and ties > 80


def test_large_values_with_a_small_spread_keep_their_digits():
    X = 1_000_000 + np.arange(10.0)[:, np.newaxis] / 8
    parts = standardise_parts(X, np.zeros(10), [np.arange(8), [8], [9]], classification=True)
    np.testing.assert_allclose(np.diff(parts["X_train"][:, 0]), 0.125 / X[:8].std(), rtol=1e-5)
