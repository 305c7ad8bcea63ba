"""What one forward and backward pass through a network with its first weights shows."""

from __future__ import annotations

from typing import NamedTuple

import torch

from mlp_tutorial.data.dataset import Dataset
from mlp_tutorial.experiment import default_criterion
from mlp_tutorial.lessons.shared.initialisation import initialise
from mlp_tutorial.model import Activation, NeuralNetworkModel
from mlp_tutorial.utils.randomness import SeededRandomness


class Flow(NamedTuple):
    """What one forward and backward pass through a network shows, from the first linear layer to the last."""

    gradients: list[float]  # of the loss by each layer's sums z, the gradient that travels back: root mean square
    weight_gradients: list[float]  # by each layer's weights (the gradient by z, times the inputs): root mean square
    spreads: list[float]  # of what a layer hands on: standard deviation over samples, root mean square over units


class Values(NamedTuple):
    """Every number of one forward and backward pass, a tensor for each linear layer from the first to the last."""

    outputs: list[torch.Tensor]  # what the layer hands on, (samples, units)
    gradients: list[torch.Tensor]  # of the loss by its sums z, (samples, units)
    weight_gradients: list[torch.Tensor]  # of the loss by its weights


def measure_values(model: NeuralNetworkModel, dataset: Dataset) -> Values:
    """Send the training data through a model, and the loss's gradient back; the model stays as it is."""
    with torch.enable_grad():
        traces = model.trace(dataset.X_train)
        loss = default_criterion(dataset.task)(traces[-1].activation, dataset.y_train)
        sums = [trace.pre_activation for trace in traces]
        weights = [layer.weight for _, layer in model.linear_layers()]
        gradients = torch.autograd.grad(loss, [*sums, *weights])
    outputs = [trace.activation.detach() for trace in traces]
    return Values(outputs, list(gradients[: len(sums)]), list(gradients[len(sums) :]))


def measure_flow(model: NeuralNetworkModel, dataset: Dataset) -> Flow:
    """Measure one forward and backward pass through a model."""
    values = measure_values(model, dataset)
    return Flow(
        [_root_mean_square(gradient) for gradient in values.gradients],
        [_root_mean_square(gradient) for gradient in values.weight_gradients],
        [_root_mean_square(outputs.std(0)) for outputs in values.outputs],
    )


def fresh_network(
    dataset: Dataset,
    hidden_sizes: list[int],
    activation: str | Activation,
    scheme: str,
    *,
    seed: int = 0,
    scale: float = 1.0,
) -> tuple[NeuralNetworkModel, Dataset]:
    """Return a network with a scheme's first weights, about which the seed decides; and the data set."""
    with SeededRandomness(seed):
        model = NeuralNetworkModel(dataset.input_size, hidden_sizes, dataset.output_size, activation)
        initialise(model, scheme, scale=scale)
    return model, dataset


def _root_mean_square(values: torch.Tensor) -> float:
    return values.square().mean().sqrt().item()
