"""First weights: the schemes of Xavier and He, and what one forward and backward pass through a fresh network shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import nn

from mlp_tutorial.data.dataset import Dataset
from mlp_tutorial.experiment import default_criterion
from mlp_tutorial.model import NeuralNetworkModel
from mlp_tutorial.utils.errors import unknown_name
from mlp_tutorial.utils.randomness import SeededRandomness

#: Schemes by name: variance of a weight, from the layer's numbers of inputs and outputs; None leaves PyTorch's own.
SCHEMES: dict[str, Callable[[int, int], float] | None] = {
    "PyTorch's default": None,
    "Xavier": lambda inputs, outputs: 2 / (inputs + outputs),
    "He": lambda inputs, outputs: 2 / inputs,
}


def initialise(model: NeuralNetworkModel, scheme: str, *, scale: float = 1.0) -> None:
    """Draw the model's weights anew, from torch's global random state, and set its biases to 0.

    Xavier draws weights of variance 2 / (inputs + outputs), He of variance 2 / inputs, both normally distributed; PyTorch's
    default leaves weights and biases as they are. `scale` is a factor for all weights.

    See Also
    --------
    torch.nn.init.xavier_normal_, torch.nn.init.kaiming_normal_ : the same variances.

    References
    ----------
    X. Glorot and Y. Bengio, "Understanding the difficulty of training deep feedforward neural networks", AISTATS 2010.
    K. He, X. Zhang, S. Ren and J. Sun, "Delving deep into rectifiers", ICCV 2015.
    """
    if scheme not in SCHEMES:
        raise ValueError(unknown_name("scheme", scheme, SCHEMES))
    with torch.no_grad():
        for _, layer in model.linear_layers():
            if SCHEMES[scheme] is not None:
                variance = SCHEMES[scheme](layer.in_features, layer.out_features)
                nn.init.normal_(layer.weight, std=variance**0.5)
                nn.init.zeros_(layer.bias)
            layer.weight.mul_(scale)


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
