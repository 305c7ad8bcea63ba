"""Whether a table of the learner's own is one of the package's."""

from __future__ import annotations

import torch

from mlp_tutorial.data.bundled import BUNDLED_DATA
from mlp_tutorial.data.dataset import Dataset
from mlp_tutorial.experiment import cached_dataset


def bundled_under_another_name(dataset: Dataset) -> str:
    """Return the name of the bundled set whose rows these are, "" for the learner's own; the penguins' file is welcome."""
    for name in BUNDLED_DATA:
        other = cached_dataset(name)
        if "penguins" not in name and other.X_train.shape == dataset.X_train.shape:
            rows = [
                each.unstandardise(torch.cat([each.X_train, each.X_validation, each.X_test]))
                for each in (dataset, other)
            ]
            if torch.allclose(*(each.sort(0).values for each in rows), rtol=1e-3, atol=1e-3):
                return name
    return ""
