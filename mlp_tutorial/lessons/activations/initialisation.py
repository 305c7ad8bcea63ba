"""What one forward and backward pass through a network with its first weights shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch

from mlp_tutorial.data.dataset import Dataset
from mlp_tutorial.experiment import default_criterion
from mlp_tutorial.lessons.shared.initialisation import initialise
from mlp_tutorial.model import NeuralNetworkModel
from mlp_tutorial.utils.randomness import SeededRandomness


class Flow(NamedTuple):
    """What one forward and backward pass through a network shows, from the first linear layer to the last."""

    gradients: list[float]  # of the loss by each layer's sums z, the gradient that travels back: root mean square
    weight_gradients: list[float]  # by each layer's weights (the gradient by z, times the inputs): root mean square
    spreads: list[float]  # of what a layer hands on: standard deviation over samples, root mean square over units


def measure_flow(model: NeuralNetworkModel, dataset: Dataset) -> Flow:
    """Send the training data through a model, and the loss's gradient back; the model stays as it is."""
    with torch.enable_grad():
        traces = model.trace(dataset.X_train)
        loss = default_criterion(dataset.task)(traces[-1].activation, dataset.y_train)
        sums = [trace.pre_activation for trace in traces]
        weights = [layer.weight for _, layer in model.linear_layers()]
        sizes = [_root_mean_square(gradient) for gradient in torch.autograd.grad(loss, [*sums, *weights])]
    spreads = [_root_mean_square(trace.activation.detach().std(0)) for trace in traces]
    return Flow(sizes[: len(sums)], sizes[len(sums) :], spreads)


def fresh_flow(
    dataset: Dataset,
    hidden_sizes: list[int],
    activation: str | Callable[[torch.Tensor], torch.Tensor],
    scheme: str,
    *,
    seed: int = 0,
    scale: float = 1.0,
) -> Flow:
    """Measure a network that has just been made; the seed decides about its weights."""
    with SeededRandomness(seed):
        model = NeuralNetworkModel(dataset.input_size, hidden_sizes, dataset.output_size, activation)
        initialise(model, scheme, scale=scale)
    return measure_flow(model, dataset)


def _root_mean_square(values: torch.Tensor) -> float:
    return values.square().mean().sqrt().item()
