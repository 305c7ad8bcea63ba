"""First weights: the schemes of Xavier and He, and numbers that stay where the sizes around them change."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

from mlp_tutorial.utils.errors import check_known

#: Schemes by name: variance of a weight, from the layer's numbers of inputs and outputs; None leaves PyTorch's own.
SCHEMES: dict[str, Callable[[int, int], float] | None] = {
    "PyTorch's default": None,
    "Xavier": lambda inputs, outputs: 2 / (inputs + outputs),
    "He": lambda inputs, outputs: 2 / inputs,
}


def initialise(model: nn.Module, scheme: str, *, scale: float = 1.0) -> None:
    """Draw the weights of the linear layers anew, from torch's global random state, and set their biases to 0.

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
    check_known("scheme", scheme, SCHEMES)
    with torch.no_grad():
        for layer in linear_layers(model):
            if SCHEMES[scheme] is not None:
                variance = SCHEMES[scheme](layer.in_features, layer.out_features)
                nn.init.normal_(layer.weight, std=variance**0.5)
                nn.init.zeros_(layer.bias)
            layer.weight.mul_(scale)


def program_lines(scheme: str) -> list[str]:
    """Return the lines of a program in which a scheme draws the numbers of a `layer`; none for PyTorch's default."""
    variance = {"Xavier": "2 / (layer.in_features + layer.out_features)", "He": "2 / layer.in_features"}.get(scheme)
    if variance is None:
        return []
    return [f"nn.init.normal_(layer.weight, std=({variance}) ** 0.5)", "nn.init.zeros_(layer.bias)"]


def draw_by_layer(model: nn.Module, seed: int) -> None:
    """Draw weights and biases as PyTorch does, evenly between −1/√inputs and 1/√inputs, each layer with a seed of its own.

    A layer gets the corner of a larger draw, so a neuron keeps its numbers (up to that factor) where others come or go.
    """
    layers = [layer for layer in model.modules() if isinstance(layer, nn.Linear)]
    for number, layer in enumerate(layers):
        outputs, inputs = layer.weight.shape
        place = 999 if layer is layers[-1] else number  # the last one stays the last
        size = 1 + max(64, outputs, inputs)
        numbers = 2 * torch.rand(size, size, generator=torch.Generator().manual_seed(1000 * seed + place)) - 1
        numbers = numbers[:outputs, : inputs + 1] / inputs**0.5
        layer.load_state_dict({"weight": numbers[:, 1:], "bias": numbers[:, 0]})


def linear_layers(model: nn.Module) -> list[nn.Linear]:
    """Return the linear layers of any module, in the order in which they are registered."""
    return [module for module in model.modules() if isinstance(module, nn.Linear)]
