"""The learner's own table in lesson 09: what to look at before a network is trained on it, and how well one does."""

from __future__ import annotations

import time
from os import PathLike

import torch

from mlp_tutorial.data.bundled import BUNDLED_DATA
from mlp_tutorial.data.dataset import Dataset
from mlp_tutorial.data.pitfalls import LARGE_SHARE, counts_rows, find_copies, is_rounded_or_rescaled
from mlp_tutorial.data.toy import TOY_DATA
from mlp_tutorial.experiment import Experiment, cached_dataset
from mlp_tutorial.lessons.shared.bundled_copies import PENGUINS, bundled_under_another_name
from mlp_tutorial.lessons.shared.checks import check
from mlp_tutorial.lessons.shared.feedback import NotYet
from mlp_tutorial.lessons.shared.values import kind
from mlp_tutorial.training.evaluation import evaluate, predict
from mlp_tutorial.training.history import History

#: Rows that a table needs in all for its validation accuracy to mean something.
FEWEST_ROWS = 50
#: Seconds of computing for the small network.
MOST_SECONDS = 3.0


@check
def check_own_table(dataset: Dataset) -> str:
    """Look for what makes a result on a table worthless, then train a small network on it, beside a constant answer."""
    import pandas as pd

    if not isinstance(dataset, Dataset):
        raise NotYet(_not_a_dataset(dataset))
    if dataset.name in BUNDLED_DATA | TOY_DATA and torch.equal(dataset.X_train, cached_dataset(dataset.name).X_train):
        raise NotYet("This set comes with the package. Bring a table of your own, or the penguins' file.")
    if dataset.name in TOY_DATA and dataset.feature_names == cached_dataset(dataset.name).feature_names:
        raise NotYet("These points are drawn by the package. Bring a table of your own, or the penguins' file.")
    X = torch.cat([dataset.X_train, dataset.X_validation, dataset.X_test])
    if name := bundled_under_another_name(dataset, welcome=PENGUINS):
        raise NotYet(f"This is the set {name!r} of the package under another name. Bring a table of your own.")
    y = torch.cat([dataset.y_train, dataset.y_validation, dataset.y_test]).reshape(len(X), 1)
    copies, _ = find_copies(pd.DataFrame(torch.cat([X, y], dim=1).numpy()))
    num_rows, num_different = len(X), len(X) if copies is None else copies.max() + 1
    if num_different < FEWEST_ROWS:
        different = f", {num_different} of them different," if num_different < num_rows else ""
        raise NotYet(
            f"The table has {num_rows} rows left{different} and {len(dataset.y_validation)} of them for validation: one "
            f"more or less would change much. Bring {FEWEST_ROWS} or more. What was dropped is in print(dataset)."
        )
    raw = dataset.unstandardise(X).double()
    for name, values in zip(dataset.feature_names, raw.T, strict=True):
        # Of 32-bit numbers, so that a whole one may be a little off.
        whole = (values - values.round()).abs().max() <= 1e-3 + 1e-6 * values.abs().max()
        if whole and counts_rows(name, values.round().numpy()):
            raise NotYet(
                f"The feature {name!r} seems to count the rows; a network can learn them by heart with it. Leave it out "
                f"with exclude=[{name!r}]."
            )
    if telling := _telling_feature(dataset):
        raise NotYet(
            f"The feature {telling!r} alone gives the answer in every row, perhaps rounded. Is it known before the answer "
            f"is? It looks like a leak: leave it out with exclude=[{telling.partition('=')[0]!r}]."
        )
    constant, reached, metric, recall = _results(dataset)
    features = f"{dataset.input_size} feature{'s' * (dataset.input_size > 1)}"
    result = (
        f"{dataset.name}: {dataset.task}, {num_rows} rows, {features}. On the validation part a constant "
        f"answer has {metric} {constant:.2f}, a network with 16 hidden neurons {reached:.2f}{recall}."
    )
    if reached <= constant:
        raise NotYet(
            f"{result} So this network is no better than no features at all: they may say nothing about the target, or "
            "there are too few rows. What became of the table is in print(dataset)."
        )
    return result


def _not_a_dataset(answer: object) -> str:
    if type(answer).__name__ == "DataFrame":
        return 'This is the table itself. Make a Dataset of it: Dataset.from_frame(table, target="…").'
    if isinstance(answer, (str, PathLike)):
        return 'This is a name. Read the file: Dataset.from_csv("…", target="…").'
    return f"own_dataset must be a Dataset, as Dataset.from_csv returns it; it is {kind(answer)}."


def _telling_feature(dataset: Dataset) -> str:
    """Return the name of a feature that gives the target by itself, or "".

    An amount by a straight or any rising or falling curve; a class by where the feature lies, or how far from a place.
    """
    X = torch.cat([dataset.X_train, dataset.X_validation])
    y = torch.cat([dataset.y_train, dataset.y_validation]).flatten()
    for number, name in enumerate(dataset.feature_names):
        feature = X[:, number]
        if dataset.task == "regression":
            straight = torch.corrcoef(torch.stack([feature, y]).double())[0, 1].abs() > 0.9999
            if straight or is_rounded_or_rescaled(feature.numpy(), y.numpy()):
                return name
            continue
        # Sorted by the feature, each class must be one stretch, or on average two.
        order = feature.argsort(stable=True)
        borders = (y[order].diff() != 0).nonzero()[:, 0]
        apart = (feature[order][borders] < feature[order][borders + 1]).all()
        fewest = len(dataset.class_names) - 1
        if apart and fewest <= len(borders) <= max(fewest, min(2 * fewest, len(y) // 20)):
            return name
    return ""


def _results(dataset: Dataset) -> tuple[float, float, str, str]:
    """Return the metric of a constant answer, of a small network, its name, and words on a rare class, on validation."""
    experiment = Experiment(dataset, (16,), learning_rate=0.01, optimizer="adam")
    model, criterion, optimizer = experiment.build()
    started = time.process_time()
    for _ in experiment.steps(model, criterion, optimizer, 100, History()):
        if time.process_time() - started > MOST_SECONDS:
            break  # a large table; what is learned by now serves
    reached = evaluate(model, dataset, criterion)
    if dataset.task == "regression":
        return 0.0, reached.metric, reached.metric_name, ""  # R² compares with the mean already
    y, counts, words = dataset.y_validation, dataset.y_train.bincount(), ""
    if counts.max() >= LARGE_SHARE * counts.sum():
        rare = counts.argmin()
        found = (predict(model, dataset.X_validation)[y == rare] == rare).sum()
        words = f"; of the {(y == rare).sum()} rows of {dataset.class_names[rare]!r} it finds {found}"
    return (y == counts.argmax()).float().mean().item(), reached.metric, reached.metric_name, words
