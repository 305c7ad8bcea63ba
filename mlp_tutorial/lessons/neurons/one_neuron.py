"""The problem of lesson 01: one neuron, two measurements of a penguin's bill, two species, and a loss."""

from __future__ import annotations

from collections.abc import Callable
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
    """How well a neuron does on the training penguins.

    Attributes
    ----------
    loss : float
        Mean squared error of the outputs against the class numbers 0 and 1.
    accuracy : float
        Share of the penguins whose output lies on the right side of 0.5.
    gradient : dict from str to float
        Slope of the loss along "w1", "w2" and "b".
    """

    loss: float
    accuracy: float
    gradient: dict[str, float]


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
    every_species = load_dataset("penguins")
    raw, y = {}, {}
    for part in PARTS:
        classes = getattr(every_species, f"y_{part}")
        kept = classes < 2
        raw[part] = every_species.unstandardise(getattr(every_species, f"X_{part}")[kept])  # (rows, 2)
        y[part] = classes[kept]
    mean, std = raw["train"].mean(0), raw["train"].std(0, correction=0)
    return replace(
        every_species,
        name="penguins of two species",
        class_names=every_species.class_names[:2],
        feature_mean=mean,
        feature_std=std,
        **{f"X_{part}": (raw[part] - mean) / std for part in PARTS},
        **{f"y_{part}": y[part] for part in PARTS},
    )


def neuron_with(activation: str) -> Neuron:
    """Return the neuron with an activation out of `ACTIVATIONS`.

    Examples
    --------
    >>> neuron_with("relu")(torch.tensor([[1.0, 2.0]]), torch.tensor([3.0, -1.0]), 0.5)
    tensor([1.5000])
    """

    def neuron(x, w, b):
        return ACTIVATIONS[activation](x @ w + b)  # (penguins,)

    return neuron


def measure(neuron: Neuron, w: torch.Tensor, b: torch.Tensor, dataset: Dataset) -> Measurement:
    """Measure loss, accuracy and gradient of a neuron on the training part.

    Parameters
    ----------
    neuron : callable
        `neuron(x, w, b)`, made of tensor operations, so that PyTorch can differentiate it.
    w, b : Tensor of shape (2,) and ()
        Weights and bias.
    dataset : Dataset
        With two features and two classes.

    Returns
    -------
    Measurement
        A number that the output does not follow smoothly, or not at all, has the gradient 0.

    Raises
    ------
    TypeError, ValueError
        If the neuron does not return one output a penguin.
    """
    X, y = dataset.X_train, dataset.y_train  # (penguins, 2) and (penguins,)
    w, b = w.detach().clone().requires_grad_(), b.detach().clone().requires_grad_()
    with torch.enable_grad():
        outputs = outputs_of(neuron, X, w, b)
        loss = (outputs - y).square().mean()
    slopes = torch.zeros(2), torch.tensor(0.0)
    if loss.requires_grad:
        slopes = torch.autograd.grad(loss, [w, b], allow_unused=True, materialize_grads=True)
    accuracy = ((outputs > 0.5) == (y == 1)).float().mean().item()
    w1, w2 = slopes[0].tolist()
    return Measurement(loss.item(), accuracy, {"w1": w1, "w2": w2, "b": slopes[1].item()})


def outputs_of(neuron: Neuron, X: torch.Tensor, w: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Return a neuron's outputs, shape (penguins,), or raise where they are something else."""
    outputs = neuron(X, w, b)
    if not isinstance(outputs, torch.Tensor):
        raise TypeError(f"neuron(X, w, b) must return a tensor; it returned a {type(outputs).__name__}.")
    if outputs.shape != X.shape[:1]:
        raise ValueError(
            f"neuron(X, w, b) must return one output a penguin, shape {tuple(X.shape[:1])}; its shape was "
            f"{tuple(outputs.shape)}. Try x @ w, which multiplies in pairs and adds up."
        )
    return outputs
