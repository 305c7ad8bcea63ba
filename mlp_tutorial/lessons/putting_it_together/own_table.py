"""The learner's own table in lesson 09: what to look at before a network is trained on it, and how well one does."""

from __future__ import annotations

import time

import torch

from mlp_tutorial.data.bundled import BUNDLED_DATA
from mlp_tutorial.data.dataset import Dataset
from mlp_tutorial.data.toy import TOY_DATA
from mlp_tutorial.experiment import Experiment, cached_dataset
from mlp_tutorial.lessons.shared.checks import NotYet, check
from mlp_tutorial.training.evaluation import evaluate
from mlp_tutorial.training.history import History

#: Rows that a table needs in all for its validation accuracy to mean something.
FEWEST_ROWS = 50
#: Seconds of computing for the small network.
MOST_SECONDS = 3.0
#: Names of columns that count rows, and know nothing.
COUNTING_NAMES = ("id", "index", "row", "number", "nr", "no")


@check
def check_own_table(dataset: Dataset) -> str:
    """Look for what makes a result on a table worthless, then train a small network on it, beside a constant answer."""
    if not isinstance(dataset, Dataset):
        raise NotYet(_not_a_dataset(dataset))
    if dataset.name in BUNDLED_DATA | TOY_DATA and torch.equal(dataset.X_train, cached_dataset(dataset.name).X_train):
        raise NotYet("This set comes with the package. Bring a table of your own, or the penguins' file.")
    num_rows = sum(len(y) for y in (dataset.y_train, dataset.y_validation, dataset.y_test))
    if num_rows < FEWEST_ROWS:
        raise NotYet(
            f"The table has {num_rows} rows left, {len(dataset.y_validation)} of them for validation: one row more or "
            f"less would change the result a lot. Bring at least {FEWEST_ROWS}. What was dropped is in print(dataset)."
        )
    if counting := [name for name in dataset.feature_names if name.lower() in COUNTING_NAMES]:
        raise NotYet(
            f"The feature {counting[0]!r} seems to count the rows; a network can learn them by heart with it. Leave it "
            "out with features=[…]."
        )
    if telling := _telling_feature(dataset):
        raise NotYet(
            f"The feature {telling!r} alone gives the answer in every row. Is it known before the answer is? It looks "
            "like a leak: leave it out with features=[…]."
        )
    constant, reached, metric = _results(dataset)
    return (
        f"{dataset.name}: {dataset.task}, {num_rows} rows, {dataset.input_size} features. On the validation part a constant "
        f"answer has {metric} {constant:.2f}, a network with 16 hidden neurons {reached:.2f}."
    )


def own_or(own: object, stand_in: Dataset) -> Dataset:
    """Return the learner's data set, or the stand-in while there is none.

    Examples
    --------
    >>> own_or(..., cached_dataset("wine")).name
    'wine'
    """
    return own if isinstance(own, Dataset) else stand_in


def _not_a_dataset(answer: object) -> str:
    kind = type(answer).__name__
    if kind == "DataFrame":
        return 'This is the table itself. Make a Dataset of it: Dataset.from_frame(table, target="…").'
    if isinstance(answer, str):
        return 'This is a name. Read the file: Dataset.from_csv("…", target="…").'
    return f"own_dataset must be a Dataset, as Dataset.from_csv returns it; it is a {kind}."


def _telling_feature(dataset: Dataset) -> str:
    """Return the name of a feature that determines the target by itself, or ""."""
    X = torch.cat([dataset.X_train, dataset.X_validation])
    y = torch.cat([dataset.y_train, dataset.y_validation]).flatten()
    for number, name in enumerate(dataset.feature_names):
        feature = X[:, number]
        if dataset.task == "regression":
            if abs(torch.corrcoef(torch.stack([feature, y]))[0, 1].item()) > 0.9999:
                return name
            continue
        # Sorted by the feature, each class must be one stretch.
        order = feature.argsort(stable=True)
        borders = (y[order].diff() != 0).nonzero()[:, 0]
        apart = (feature[order][borders] < feature[order][borders + 1]).all()
        if len(borders) == len(dataset.class_names) - 1 and apart:
            return name
    return ""


def _results(dataset: Dataset) -> tuple[float, float, str]:
    """Return the metric of a constant answer, of a small network, and its name, on the validation part."""
    experiment = Experiment(dataset, (16,), learning_rate=0.01, optimizer="adam")
    model, criterion, optimizer = experiment.build()
    history = History()
    started = time.process_time()
    for _ in experiment.steps(model, criterion, optimizer, 100, history):
        if time.process_time() - started > MOST_SECONDS:
            break  # a large table; what is learned by now serves
    reached = evaluate(model, dataset, criterion)
    if dataset.task == "regression":
        return 0.0, reached.metric, reached.metric_name  # R² compares with the mean already
    commonest = dataset.y_train.mode().values
    return (dataset.y_validation == commonest).float().mean().item(), reached.metric, reached.metric_name
