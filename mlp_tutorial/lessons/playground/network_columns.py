"""A network taken apart while it answers: what each of its neurons hands on, column by column."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import nn

from mlp_tutorial.training.modes import modes_restored

#: Modules that change each number for itself: what they return belongs to the neurons before them.
_NEURON_BY_NEURON = (nn.modules.activation.__name__, nn.modules.dropout.__name__)


class Column(NamedTuple):
    """What one column of neurons hands on for some points."""

    values: torch.Tensor  # (points, neurons)
    name: str  # of the module in the model; "" for the features
    linear: nn.Linear | None = None  # the layer that computed its sums; None for the features and for other modules
    #: Whether that layer was given what the column before hands on, so that its weights are the links.
    linked: bool = False


def columns_of(model: nn.Module, X: torch.Tensor) -> list[Column]:
    """Answer for points, and return what each column hands on: the features, every layer, the output.

    A linear layer begins a column; activation functions and dropout after it, as modules or as functions, change what that
    column hands on, and so does a sum with what came earlier. Any other module, such as a batch norm, makes a column
    of its own, without links. The model answers in eval mode and is left as it was.

    Parameters
    ----------
    model : nn.Module
        Any module that maps X to outputs of shape (points, outputs).
    X : Tensor of shape (points, features)
        What the model is given.

    Examples
    --------
    >>> model = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 3))
    >>> [(column.name, tuple(column.values.shape)) for column in columns_of(model, torch.zeros(5, 2))]
    [('', (5, 2)), ('0', (5, 4)), ('2', (5, 3))]
    """
    X = X.clone()  # a module may write into what it is given
    columns, unmasked = [Column(X, "")], [X]  # the second: the values as they were before hooks of the layer after
    names = {module: name for name, module in model.named_modules()}

    def add(column: Column) -> None:
        columns.append(column)
        unmasked.append(column.values)

    def change(values: torch.Tensor) -> None:
        columns[-1], unmasked[-1] = columns[-1]._replace(values=values), values

    def arrives(x: torch.Tensor) -> bool:
        """Note what a module is given, and return whether it is what the last column hands on."""
        if x is unmasked[-1]:
            return True
        if any(x is values for values in unmasked):
            return False  # a branch that begins further back
        if len(columns) > 1 and x.shape == unmasked[-1].shape:
            change(x)  # by a function, such as F.relu, or a sum
        else:
            add(Column(x, "computed in between"))
        return True

    def before(module: nn.Module, inputs: tuple) -> None:
        if inputs and isinstance(inputs[0], torch.Tensor) and inputs[0].ndim == 2:
            linked[module] = arrives(inputs[0])

    def masked(module: nn.Module, inputs: tuple) -> None:
        """Note what other hooks have left of what a module is given."""
        if linked.get(module):
            columns[-1] = columns[-1]._replace(values=inputs[0])

    def after(module: nn.Module, inputs: tuple, output: torch.Tensor) -> None:
        if not isinstance(output, torch.Tensor) or output.ndim != 2 or output is unmasked[-1]:
            return
        if isinstance(module, nn.Linear):
            add(Column(output, names[module], module, linked[module]))
        elif _acts_neuron_by_neuron(module) and len(columns) > 1 and linked.get(module):
            change(output)
        else:
            add(Column(output, names[module]))

    linked: dict[nn.Module, bool] = {}
    leaves = [module for module in model.modules() if not [*module.children()] and module is not model]
    leaves = leaves or [model]
    hooks = [leaf.register_forward_pre_hook(before, prepend=True) for leaf in leaves]
    hooks += [leaf.register_forward_pre_hook(masked) for leaf in leaves]
    hooks += [leaf.register_forward_hook(after) for leaf in leaves]
    try:
        with modes_restored(model), torch.no_grad():
            model.eval()
            outputs = model(X)
            arrives(outputs)
    finally:
        for hook in hooks:
            hook.remove()
    return columns


def _acts_neuron_by_neuron(module: nn.Module) -> bool:
    return type(module).__module__ in _NEURON_BY_NEURON or isinstance(module, nn.Identity)
