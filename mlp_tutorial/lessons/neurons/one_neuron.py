"""The problem of lesson 01: one neuron, two measurements of a penguin's bill, two species, and a loss."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple

import torch

from mlp_tutorial.data.dataset import Dataset
from mlp_tutorial.data.load import load_dataset
from mlp_tutorial.data.splitting import PARTS
from mlp_tutorial.model import ACTIVATIONS

#: `neuron(x, w, b)`: inputs (penguins, 2), weights (2,) and bias () in, one output a penguin out.
Neuron = Callable[[torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor]


class Measurement(NamedTuple):
    """How well a neuron does on the training penguins."""

    loss: float  # mean squared error of the outputs against the class numbers 0 and 1
    accuracy: float  # share of the penguins whose output lies on the right side of 0.5
    gradient: dict[str, float]  # slope of the loss along "w1", "w2" and "b"


def load_two_species() -> Dataset:
    """Load the Adelie (class 0) and the Chinstrap penguins (class 1), with bill length and bill depth.

    Returns
    -------
    Dataset
        The penguins of `load_dataset("penguins")` without the third species, standardised anew.

    Examples
    --------
    >>> load_two_species().X_train.shape
    torch.Size([132, 2])
    """
    penguins = load_dataset("penguins")
    y = {part: getattr(penguins, f"y_{part}") for part in PARTS}
    kept = {part: getattr(penguins, f"X_{part}")[y[part] < 2] for part in PARTS}
    raw = {part: penguins.unstandardise(X) for part, X in kept.items()}  # (rows, 2) each
    mean, std = raw["train"].mean(0), raw["train"].std(0, correction=0)
    return replace(
        penguins,
        name="penguins of two species",
        class_names=penguins.class_names[:2],
        feature_mean=mean,
        feature_std=std,
        **{f"X_{part}": (raw[part] - mean) / std for part in PARTS},
        **{f"y_{part}": y[part][y[part] < 2] for part in PARTS},
    )


def neuron_with(activation: str) -> Neuron:
    """Return the neuron with an activation out of `ACTIVATIONS`."""
    return lambda x, w, b: ACTIVATIONS[activation](x @ w + b)  # (penguins,)


def tensors(numbers: Mapping[str, float]) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the numbers "w1", "w2" and "b" as a neuron takes them: weights of shape (2,), and a bias of shape ()."""
    return torch.tensor([float(numbers["w1"]), float(numbers["w2"])]), torch.tensor(float(numbers["b"]))


def measure(neuron: Neuron, w: torch.Tensor, b: torch.Tensor, dataset: Dataset) -> Measurement:
    """Measure a neuron on the training part, or raise where it does not return one output a penguin.

    A number that the output does not follow smoothly, or not at all, has the gradient 0.
    """
    X, y = dataset.X_train, dataset.y_train  # (penguins, 2) and (penguins,)
    w, b = w.detach().clone().requires_grad_(), b.detach().clone().requires_grad_()
    with torch.enable_grad():
        outputs = neuron(X, w, b)
        if not isinstance(outputs, torch.Tensor):
            raise TypeError(f"neuron(X, w, b) must return a tensor; it returned a {type(outputs).__name__}.")
        if outputs.shape != y.shape:
            raise ValueError(
                f"neuron(X, w, b) must return one output a penguin, shape {tuple(y.shape)}; its shape was "
                f"{tuple(outputs.shape)}. Try x @ w, which multiplies in pairs and adds up."
            )
        loss = (outputs - y).square().mean()
    d_w, d_b = torch.zeros(2), torch.tensor(0.0)
    if loss.requires_grad:
        d_w, d_b = torch.autograd.grad(loss, [w, b], allow_unused=True, materialize_grads=True)
    accuracy = ((outputs > 0.5) == (y == 1)).float().mean().item()
    w1, w2 = d_w.tolist()
    return Measurement(loss.item(), accuracy, {"w1": w1, "w2": w2, "b": d_b.item()})


def losses_along(
    neuron: Neuron, numbers: Mapping[str, float], name: str, places: Iterable[float], dataset: Dataset
) -> list[float]:
    """Return the training loss at each place of one number, "w1", "w2" or "b", while the other two stay.

    Examples
    --------
    >>> losses = losses_along(neuron_with("identity"), {"w1": 0, "w2": 0, "b": 0}, "b", [0, 1], load_two_species())
    >>> [round(loss, 2) for loss in losses]  # the share of Chinstraps, then that of Adelies
    [0.31, 0.69]
    """
    with torch.no_grad():
        outputs = [neuron(dataset.X_train, *tensors({**numbers, name: place})) for place in places]
        return (torch.stack(outputs) - dataset.y_train).square().mean(1).tolist()
