"""The stages of a forward pass, and the small network that they are shown with."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from functools import lru_cache

import torch
from torch import nn

from mlp_tutorial.data.dataset import Dataset
from mlp_tutorial.experiment import cached_dataset
from mlp_tutorial.lessons.forward_pass.rules import Linear, ReLU, Softmax, Stage, Standardise
from mlp_tutorial.model import NeuralNetworkModel
from mlp_tutorial.training.loop import train
from mlp_tutorial.utils.randomness import SeededRandomness


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
    return copy.deepcopy(_trained_network()), cached_dataset("penguins")


@lru_cache(maxsize=1)
def _trained_network() -> NeuralNetworkModel:
    with SeededRandomness(11):  # of 25 seeds the one whose units are all on for some penguins and off for others
        model = NeuralNetworkModel(2, [4, 3], 3)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.3, weight_decay=0.003)
    data = cached_dataset("penguins")
    train(model, data, nn.CrossEntropyLoss(), optimizer, num_epochs=150, progress=False)
    model.load_state_dict({name: (weight * 100).round() / 100 for name, weight in model.state_dict().items()})
    return model.eval()


def forward_stages(model: NeuralNetworkModel, dataset: Dataset, raw: Sequence[float]) -> list[Stage]:
    """Run one sample, in the units of its features, through a network with ReLU, and keep every stage."""
    x, names = dataset.standardise(raw), dataset.feature_names
    scale = {"mean": dataset.feature_mean, "std": dataset.feature_std}
    stages: list[Stage] = [Standardise("standardise", "x", x, names, torch.tensor(raw), **scale)]
    with torch.no_grad():
        for (name, layer), trace in zip(model.linear_layers(), model.trace(x), strict=True):
            before, is_last = stages[-1], layer is model.output_layer
            units = dataset.class_names if is_last else [f"unit {unit}" for unit in range(layer.out_features)]
            symbol, z = "logits" if is_last else "z", trace.pre_activation
            stages.append(Linear(name, symbol, z, units, before.values, layer=layer, source=before.symbol))
            if not is_last:
                stages.append(ReLU(name, "a", trace.activation, units, z))
        return [*stages, Softmax("softmax", "p", z.softmax(0), units, z)]


def measured(dataset: Dataset, row: int) -> list[float]:
    """Return the features of a training sample in their units; the penguins' bills were measured to a tenth of a mm."""
    return [round(value, 1) for value in dataset.unstandardise(dataset.X_train[row]).tolist()]


def forward_program(model: NeuralNetworkModel, dataset: Dataset, raw: Sequence[float]) -> str:
    """Return the plain PyTorch program that prints what every layer makes of a penguin."""
    layers = "\n".join(
        f"    (torch.tensor({_rounded(layer.weight)}), torch.tensor({_rounded(layer.bias)})),"
        for _, layer in model.linear_layers()
    )
    return f"""\
import torch

raw = torch.tensor({list(raw)})  # bill length and bill depth in mm
mean = torch.tensor({dataset.feature_mean.tolist()})
std = torch.tensor({dataset.feature_std.tolist()})
layers = [  # pairs (W, b)
{layers}
]

a = (raw - mean) / std
print("x", [round(value, 4) for value in a.tolist()])
for W, b in layers:
    z = a @ W.T + b
    a = z.relu()
    print("z", [round(value, 4) for value in z.tolist()])
print("p", [round(value, 4) for value in z.softmax(0).tolist()])  # the last z are the logits
"""


def _rounded(weights: torch.Tensor) -> list:
    """Return weights of two decimals as Python's numbers, without float32's tail of digits."""
    return (weights.detach().double() * 100).round().div(100).tolist()


def computed(stages: Sequence[Stage], step: int) -> list[int]:
    """Return how many numbers of each stage have been computed after so many in all."""
    counts = []
    for stage in stages:
        counts.append(min(step, len(stage.values)))
        step -= counts[-1]
    return counts
