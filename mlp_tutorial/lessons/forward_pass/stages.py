"""The stages of a forward pass, and the small network that they are shown with."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import torch
from torch import nn

from mlp_tutorial.data.dataset import Dataset
from mlp_tutorial.experiment import cached_dataset
from mlp_tutorial.model import NeuralNetworkModel
from mlp_tutorial.training.loop import train
from mlp_tutorial.utils.randomness import SeededRandomness


class Stage(NamedTuple):
    """One stop on the way through the network: a vector, and how it came about.

    Attributes
    ----------
    place : str
        The layer's name in the model, or what is done instead.
    symbol : str
        What the vector is called: "x", "z", "a", "logits" or "p".
    rule : {"standardise", "linear", "relu", "softmax"}
        How it is computed from the stage before.
    values : Tensor of shape (width,)
        The numbers.
    layer : nn.Linear or None
        The layer, where the rule is "linear".
    """

    place: str
    symbol: str
    rule: str
    values: torch.Tensor
    layer: nn.Linear | None = None


def penguin_network() -> tuple[NeuralNetworkModel, Dataset]:
    """Return a small trained network, 2 → 4 → 3 → 3, and the penguins that it was trained on.

    Its weights are rounded to two decimals, so that the sums can be followed by hand; that costs it no right answer.

    Returns
    -------
    NeuralNetworkModel
        A new one at every call, in `eval()` mode.
    Dataset
        Bill length and bill depth, three species.

    Examples
    --------
    >>> model, penguins = penguin_network()
    >>> model.input_layer.bias
    Parameter containing:
    tensor([ 0.5100,  0.9700, -0.0900,  0.4000], requires_grad=True)
    """
    model = _new_network()
    model.load_state_dict(_trained_weights())
    return model.eval(), cached_dataset("penguins")


def _new_network() -> NeuralNetworkModel:
    with SeededRandomness(11):  # a seed with which every unit ends up on for many penguins and off for many
        return NeuralNetworkModel(2, [4, 3], 3)


@lru_cache(maxsize=1)
def _trained_weights() -> dict[str, torch.Tensor]:
    with SeededRandomness(11):  # of 25 seeds the one whose units are all on for some penguins and off for others
        model = NeuralNetworkModel(2, [4, 3], 3)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.3, weight_decay=0.003)
    data = cached_dataset("penguins")
    train(model, data, nn.CrossEntropyLoss(), optimizer, num_epochs=150, progress=False)
    return {name: (weight * 100).round() / 100 for name, weight in model.state_dict().items()}


def forward_stages(model: NeuralNetworkModel, x: torch.Tensor) -> list[Stage]:
    """Run one sample through the network and keep every stage.

    Parameters
    ----------
    model : NeuralNetworkModel
        With ReLU between its layers.
    x : Tensor of shape (features,)
        The standardised sample.

    Returns
    -------
    list of Stage
        The input, pre-activations and activations of every hidden layer, the logits, the probabilities.
    """
    with torch.no_grad():
        stages = [Stage("standardise", "x", "standardise", x)]
        for (name, layer), trace in zip(model.linear_layers(), model.trace(x), strict=True):
            is_last = layer is model.output_layer
            stages.append(Stage(name, "logits" if is_last else "z", "linear", trace.pre_activation, layer))
            if not is_last:
                stages.append(Stage(name, "a", "relu", trace.activation))
        return [*stages, Stage("softmax", "p", "softmax", stages[-1].values.softmax(0))]
