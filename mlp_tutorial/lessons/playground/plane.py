"""The plane on which every neuron is shown: a grid over two features, or the data in their two principal directions."""

from __future__ import annotations

from dataclasses import replace

import torch

from mlp_tutorial.data.dataset import Dataset
from mlp_tutorial.lessons.playground.playground_settings import Start
from mlp_tutorial.plots.regions import plane_grid, plane_limits

RESOLUTION = 64  # points of the grid along each axis
CELLS = 24  # along each axis, where the plane is made of the data


class Plane:
    """Two axes, and the points at which a network answers for them.

    With two features these are the points of a grid. With more, they are the training samples: the axes are the two
    directions in which those vary most (principal components), and each cell shows the mean over the samples in it.

    Attributes
    ----------
    dataset : Dataset
        With the two axes as its features.
    inputs : Tensor of shape (points, what the network is given)
        The points.
    grid : Tensor of shape (points, 2) or None
        The points in the plane's coordinates, row by row from the bottom up; None where the points are the samples.
    size : int
        Number of points, or cells, along each axis.
    """

    def __init__(self, start: Start) -> None:
        self.start, dataset = start, start.load()
        self._cells = self.grid = None
        if dataset.input_size == 2:
            self.dataset, self.size = dataset, RESOLUTION
            self.grid = plane_grid(dataset, RESOLUTION)
            self.inputs = start.inputs(self.grid)
        else:
            self.dataset, self.size = _in_principal_directions(dataset), CELLS
            self.inputs = dataset.X_train
            low, high = plane_limits(self.dataset)
            cells = ((self.dataset.X_train - low) / (high - low) * CELLS).long().clamp(0, CELLS - 1)
            self._cells = cells[:, 1] * CELLS + cells[:, 0]
            self._counts = torch.bincount(self._cells, minlength=CELLS**2)

    def spread(self, values: torch.Tensor) -> torch.Tensor:
        """Return values (points, neurons) as maps (neurons, size, size), rows from the bottom up; NaN where no data are."""
        if self._cells is None:
            return values.T.reshape(-1, self.size, self.size)
        sums = torch.zeros(self.size**2, values.shape[1], dtype=values.dtype).index_add_(
            0, self._cells, values.detach()
        )
        return (sums / self._counts[:, None]).T.reshape(-1, self.size, self.size)  # 0/0 is NaN


def _in_principal_directions(dataset: Dataset) -> Dataset:
    """Return a data set with its two principal directions as features.

    See Also
    --------
    sklearn.decomposition.PCA : the same directions, up to their signs.
    """
    mean = dataset.X_train.mean(0)
    directions = torch.linalg.svd(dataset.X_train - mean, full_matrices=False).Vh[:2].T  # (features, 2)
    parts = {name: (getattr(dataset, name) - mean) @ directions for name in ("X_train", "X_validation", "X_test")}
    names = ("first principal direction", "second principal direction")
    standard = {"feature_mean": torch.zeros(2), "feature_std": torch.ones(2)}
    return replace(dataset, **parts, **standard, feature_names=names, feature_units=("", ""), columns={})
