"""From raw rows to the three parts: which row goes where, and standardising by the training part.

scikit-learn's `train_test_split` and `StandardScaler` do the same, draw for draw; it is not imported here because it
would cost every learner's kernel 70 MB.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from ..utils.errors import check_number, check_seed

PARTS = ("train", "validation", "test")


def split_rows(
    num_rows: int,
    *,
    classes: np.ndarray | None = None,
    class_names: Sequence[str] = (),
    seed: int = 0,
    validation_size: float = 0.2,
    test_size: float = 0.2,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw the rows of the training, validation and test part: arrays of int, every row once.

    With `classes`, each row's class number of shape (rows,), every part has the classes in the same proportions. The same
    seed draws the same rows; `validation_size` and `test_size` are shares of them.

    Examples
    --------
    >>> [len(part) for part in split_rows(10)]
    [6, 2, 2]
    """
    seed = check_seed(seed)
    for name, share in {"validation_size": validation_size, "test_size": test_size}.items():
        check_number(name, share, "0.2")
        if not 0 < share < 1:
            raise ValueError(f"{name} must be a share between 0 and 1, such as 0.2; it is {share!r}.")
    if validation_size + test_size >= 1:
        raise ValueError(
            f"validation_size and test_size must leave rows for training; {validation_size} and {test_size} leave none."
        )
    num_validation, num_test = round(num_rows * validation_size), round(num_rows * test_size)
    num_train = num_rows - num_validation - num_test
    if min(num_train, num_validation, num_test) < 1:
        raise ValueError(
            f"{num_rows} rows with validation_size={validation_size} and test_size={test_size} make {num_train} training, "
            f"{num_validation} validation and {num_test} test rows; every part needs at least 1."
        )
    if classes is not None:
        if min(num_train, num_validation, num_test) < len(class_names):
            raise ValueError(
                f"Each part needs a row of all {len(class_names)} classes; {num_rows} rows make {num_train} training, "
                f"{num_validation} validation and {num_test} test rows. Gather more rows, or give larger parts."
            )
        _check_every_class(classes, classes, class_names, at_least=3)
    rest, test = _take(np.arange(num_rows), num_test, classes, class_names, seed)
    train, validation = _take(rest, num_validation, classes, class_names, seed)
    return train, validation, test


def standardise_parts(
    X: np.ndarray, y: np.ndarray, rows: Sequence[np.ndarray], *, classification: bool, standardise: bool = True
) -> dict[str, object]:
    """Standardise raw features, and the values of a regression, with the training rows' mean and standard deviation.

    Given X of shape (rows, features), y of shape (rows,) and the `rows` of each part, it returns tensors, mean, standard
    deviation and task under the names that `Dataset` has for them. Without `standardise` the numbers stay as they are, with
    mean 0 and standard deviation 1 as their standardisation.

    Examples
    --------
    >>> parts = standardise_parts(np.array([[1.0], [3.0], [5.0]]), np.zeros(3), [[0, 1], [2], [2]], classification=True)
    >>> parts["X_train"].tolist(), parts["X_test"].tolist()
    ([[-1.0], [1.0]], [[3.0]])
    """
    X = np.asarray(X, dtype=np.float64)
    measured = _mean_and_std if standardise else _zero_and_one
    feature_mean, feature_std = measured(X[rows[0]])
    fields = {
        "task": "classification" if classification else "regression",
        "feature_mean": torch.from_numpy(feature_mean),
        "feature_std": torch.from_numpy(feature_std),
    }
    if classification:
        y = np.asarray(y, dtype=np.int64)
    else:
        y = np.asarray(y, dtype=np.float64)[:, np.newaxis]  # (rows, 1)
        target_mean, target_std = measured(y[rows[0]])
        y = ((y - target_mean) / target_std).astype(np.float32)
        fields |= {"target_mean": target_mean.item(), "target_std": target_std.item()}
    for part, part_rows in zip(PARTS, rows, strict=True):
        fields[f"X_{part}"] = torch.from_numpy(((X[part_rows] - feature_mean) / feature_std).astype(np.float32))
        fields[f"y_{part}"] = torch.from_numpy(y[part_rows])
    return fields


def _take(
    rows: np.ndarray, num_taken: int, classes: np.ndarray | None, class_names: Sequence[str], seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows that are kept and those that are taken, the ones that scikit-learn's `train_test_split` draws.

    Its few lines stand here because a kernel pays 70 MB for importing scikit-learn.
    """
    # NumPy has frozen this stream of random numbers: the same seed draws the same rows for good.
    random = np.random.RandomState(seed)
    if classes is None:
        order = rows[random.permutation(len(rows))]
        return order[num_taken:], order[:num_taken]
    _check_every_class(classes[rows], classes, class_names, at_least=2)
    counts = np.bincount(classes[rows])
    num_kept = _proportional(counts, len(rows) - num_taken, random)
    num_taken_of = _proportional(counts - num_kept, num_taken, random)
    kept, taken = [], []
    for number, count in enumerate(counts):
        order = rows[classes[rows] == number][random.permutation(count)]
        kept.append(order[: num_kept[number]])
        taken.append(order[num_kept[number] :][: num_taken_of[number]])
    kept, taken = (random.permutation(np.concatenate(part)) for part in (kept, taken))
    for part in (kept, taken):
        _check_every_class(classes[part], classes, class_names, at_least=1)
    return kept, taken


def _proportional(counts: np.ndarray, num_drawn: int, random: np.random.RandomState) -> np.ndarray:
    """Return how many of each class to draw: its share, rounded down, and the rest by the largest fractions.

    Among equal fractions chance decides.
    """
    exact = counts / counts.sum() * num_drawn
    drawn = np.floor(exact)
    fractions = exact - drawn
    missing = int(num_drawn - drawn.sum())
    for fraction in np.unique(fractions)[::-1]:
        if missing == 0:
            break
        equal = np.flatnonzero(fractions == fraction)
        more = random.choice(equal, min(len(equal), missing), replace=False)
        drawn[more] += 1
        missing -= len(more)
    return drawn.astype(int)


def _check_every_class(part: np.ndarray, classes: np.ndarray, class_names: Sequence[str], *, at_least: int) -> None:
    if np.bincount(part, minlength=len(class_names)).min() >= at_least:
        return
    counts = np.bincount(classes, minlength=len(class_names))
    rarest = int(counts.argmin())
    raise ValueError(
        f"The class {class_names[rarest]!r} has {counts[rarest]} of {len(classes)} rows, too few to reach the training, "
        "validation and test part: leave it out, merge it with another class, gather more rows, or give larger parts."
    )


def _mean_and_std(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    # Rounded to float32 before they are used, so that `Dataset.standardise` gives exactly what training saw.
    mean, std = values.mean(0).astype(np.float32), values.std(0).astype(np.float32)
    constant = (values == values[0]).all(0) | (std == 0)  # rounding leaves some constants a tiny deviation
    return mean, np.where(constant, np.float32(1), std)


def _zero_and_one(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    width = values.shape[1]
    return np.zeros(width, np.float32), np.ones(width, np.float32)
