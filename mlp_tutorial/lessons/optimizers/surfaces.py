"""Losses of two numbers, to be seen as a landscape: four formulas, and a slice through a real network's loss."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import nn

from mlp_tutorial.data.load import load_dataset
from mlp_tutorial.model import NeuralNetworkModel
from mlp_tutorial.sweep.stacked_network import StackedNetwork
from mlp_tutorial.training.loop import train
from mlp_tutorial.utils.errors import check_known
from mlp_tutorial.utils.randomness import SeededRandomness

#: How the two networks that span the slice are trained: optimizer, learning rate, epochs.
TRAINED = {"SGD": (torch.optim.SGD, 0.5, 300), "Adam": (torch.optim.Adam, 0.05, 300)}
#: Points whose losses the slice computes at once: more would need too much memory.
POINTS_AT_ONCE = 512
#: `loss(x, y)`: two tensors of one shape in, the losses in that shape out.
Loss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


@dataclass(frozen=True)
class Surface:
    """A loss that depends on two numbers, and how to look at it."""

    name: str  # as `explore_descent` takes it
    loss: Loss
    limits: tuple[float, float, float, float]  # the map: left, right, bottom, top
    start: tuple[float, float]  # where a descent begins
    losses: tuple[float, float]  # lowest and highest loss that the curves show, on a logarithmic axis
    marks: dict[str, tuple[float, float]]  # places worth knowing: minima, trained networks
    axes: tuple[str, str] = ("x", "y")


def bowl(x, y):
    return (x**2 + y**2) / 2


def ravine(x, y):
    return (x**2 + 25 * y**2) / 2


def saddle(x, y):
    return (x**2 - y**2) / 2 + y**4 / 4 + 1 / 4


def rosenbrock(x, y):
    return (1 - x) ** 2 + 100 * (y - x**2) ** 2


class NetworkSlice:
    """The penguins' loss on a plane through parameter space: through the initial weights and two trained networks.

    The initial network lies at (0, 0). The first axis runs from it to the network that SGD has found, the second,
    at a right angle, towards the one that Adam has found. Coordinates are distances between weight vectors: `places`
    holds those of the three networks.
    """

    def __init__(self) -> None:
        penguins = load_dataset("penguins")
        self.X, self.y = penguins.X_train, penguins.y_train  # (206, 2) and (206,)
        found = {}
        for name, (optimizer_class, learning_rate, num_epochs) in TRAINED.items():
            with SeededRandomness(1):
                self.model = NeuralNetworkModel(2, [8], 3)  # the architecture: its weights play no part later
            self.origin = _weights(self.model)  # (parameters,)
            optimizer = optimizer_class(self.model.parameters(), lr=learning_rate)
            train(self.model, (self.X, self.y), nn.CrossEntropyLoss(), optimizer, num_epochs=num_epochs)
            found[name] = _weights(self.model) - self.origin
        first = found["SGD"] / found["SGD"].norm()
        second = found["Adam"] - (found["Adam"] @ first) * first  # what is left is at a right angle to the first
        self.directions = torch.stack([first, second / second.norm()])  # (2, parameters)
        self.places = {
            "initial network": (0.0, 0.0),
            **{f"found by {name}": tuple((self.directions @ way).tolist()) for name, way in found.items()},
        }

    def weights(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """Return the network's weights at some points, shape (…, parameters)."""
        return self.origin + torch.stack([x, y], -1) @ self.directions

    def __call__(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """Return the mean cross-entropy over the training penguins at some points."""
        weights = self.weights(x, y).reshape(-1, len(self.origin))  # (points, parameters)
        networks = [StackedNetwork(self.model, part) for part in weights.split(POINTS_AT_ONCE)]
        losses = [network.losses(self.X.T, self.y, nn.CrossEntropyLoss()) for network in networks]
        return torch.cat(losses).reshape(x.shape)


def _weights(model: nn.Module) -> torch.Tensor:
    return nn.utils.parameters_to_vector(model.parameters()).detach().clone()


def _network() -> Surface:
    found = NetworkSlice()
    marks = {name: place for name, place in found.places.items() if name != "initial network"}
    axes = ("distance towards SGD's network", "distance towards Adam's network")
    return Surface("network", found, (-5.0, 11.0, -4.0, 8.8), (0.0, 0.0), (0.03, 10.0), marks, axes)


_WIDE, _LOWEST = (-4.5, 4.5, -3.6, 3.6), {"lowest": (0.0, 0.0)}
_TWO_LOWEST = {"lowest": (0.0, 1.0), "lowest, too": (0.0, -1.0)}
_FORMULAS = (
    Surface("bowl", bowl, _WIDE, (-4.0, 2.0), (1e-6, 100.0), _LOWEST),
    Surface("ravine", ravine, _WIDE, (-4.0, 2.0), (1e-6, 1000.0), _LOWEST),
    Surface("saddle", saddle, (-2.2, 2.2, -1.76, 1.76), (-2.0, 0.01), (1e-6, 10.0), _TWO_LOWEST),
    Surface("rosenbrock", rosenbrock, (-2.2, 2.2, -1.1, 2.42), (-1.5, 2.0), (1e-4, 1000.0), {"lowest": (1.0, 1.0)}),
)
#: The surfaces by name.
SURFACES = (*(surface.name for surface in _FORMULAS), "network")


@lru_cache
def load_surface(name: str) -> Surface:
    """Return a surface out of `SURFACES`; the network's is trained for at the first call.

    Examples
    --------
    >>> surface = load_surface("rosenbrock")
    >>> surface.loss(torch.tensor(1.0), torch.tensor(1.0)).item()
    0.0
    """
    check_known("surface", name, SURFACES)
    return _network() if name == "network" else next(one for one in _FORMULAS if one.name == name)
