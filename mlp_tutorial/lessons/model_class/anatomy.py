"""What a model is made of: its tensors, the layers that it computes with, and the shapes of a batch on its way."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import nn
from torch.nn.modules.module import register_module_forward_hook


class SeenLayer(NamedTuple):
    """A linear layer at work."""

    name: str | None  # None for one that is not registered
    weight: torch.Tensor  # (outputs, inputs)
    bias: torch.Tensor  # (outputs,)
    output_shape: tuple[int, ...]  # of the batch behind it


class Anatomy(NamedTuple):
    """What can be seen of a model from outside."""

    tensors: dict[str, torch.Tensor]  # its `state_dict`
    input_shape: tuple[int, ...]  # of the batch
    layers: list[SeenLayer]  # in the order of computation


def anatomy(model: nn.Module, x: torch.Tensor) -> Anatomy:
    """Read a model's `state_dict`, and send a batch through it.

    Examples
    --------
    >>> from mlp_tutorial import NeuralNetworkModel
    >>> [(layer.name, layer.output_shape) for layer in anatomy(NeuralNetworkModel(2, [8], 3), torch.zeros(5, 2)).layers]
    [('input_layer', (5, 8)), ('output_layer', (5, 3))]
    """
    names = {module: name for name, module in model.named_modules()}
    layers: list[SeenLayer] = []

    def note(module: nn.Module, inputs: object, output: torch.Tensor) -> None:
        if isinstance(module, nn.Linear):
            layers.append(_seen(module, names.get(module), tuple(output.shape)))

    # A hook on every module there is: one that the model has not registered could not be found to hang a hook on.
    handle = register_module_forward_hook(note)
    try:
        with torch.no_grad():
            model(x)
    finally:
        handle.remove()
    return Anatomy(dict(model.state_dict()), tuple(x.shape), layers)


def registered(model: nn.Module) -> list[SeenLayer]:
    """Return the linear layers that a model has registered, used or not."""
    return [_seen(module, name, ()) for name, module in model.named_modules() if isinstance(module, nn.Linear)]


def _seen(layer: nn.Linear, name: str | None, output_shape: tuple[int, ...]) -> SeenLayer:
    bias = torch.zeros(layer.out_features) if layer.bias is None else layer.bias.detach()
    return SeenLayer(name, layer.weight.detach(), bias, output_shape)


def unregistered(seen: Anatomy) -> str:
    """Return a sentence about layers that a model uses and does not know; nothing where there are none."""
    count = sum(layer.name is None for layer in seen.layers)
    layers = f"{count} layer{'s' if count > 1 else ''}"
    return f" Missing from state_dict and parameters(): {layers} that it computes with." if count else ""
