"""What a module is made of: its parts, their shapes, its parameters."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import nn
from torch.nn.modules.module import register_module_forward_hook


class Anatomy(NamedTuple):
    """What can be seen of a model from outside."""

    printed: list[str]  # the lines that `nn.Module` prints for it
    tensors: dict[str, torch.Tensor]  # its `state_dict`
    input_shape: tuple[int, ...]  # of the batch
    #: Name and output shape of each linear layer, in the order of computation; None for one that is not registered.
    outputs: list[tuple[str | None, tuple[int, ...]]]


def anatomy(model: nn.Module, x: torch.Tensor) -> Anatomy:
    """Print a model, read its `state_dict`, and send a batch through it.

    Examples
    --------
    >>> from mlp_tutorial import NeuralNetworkModel
    >>> anatomy(NeuralNetworkModel(2, [8], 3), torch.zeros(5, 2)).outputs
    [('input_layer', (5, 8)), ('output_layer', (5, 3))]
    """
    names = {module: name for name, module in model.named_modules()}
    outputs: list[tuple[str | None, tuple[int, ...]]] = []

    def note_shape(module: nn.Module, inputs: object, output: torch.Tensor) -> None:
        if isinstance(module, nn.Linear):
            outputs.append((names.get(module), tuple(output.shape)))

    # A hook on every module there is: one that the model has not registered could not be found to hang a hook on.
    handle = register_module_forward_hook(note_shape)
    try:
        with torch.no_grad():
            model(x)
    finally:
        handle.remove()
    # The package's class prints itself in its own way; what a class of the learner's own prints is this.
    printed = nn.Module.__repr__(model).splitlines()
    return Anatomy(printed, dict(model.state_dict()), tuple(x.shape), outputs)


def unregistered(seen: Anatomy) -> str:
    """Return a sentence about layers that a model uses and does not know; nothing where there are none."""
    count = sum(name is None for name, _ in seen.outputs)
    layers = f"{count} layer{'s' if count > 1 else ''}"
    return f" Missing from state_dict and parameters(): {layers} that it computes with." if count else ""
