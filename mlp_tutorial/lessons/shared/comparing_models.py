"""How the checks compare a learner's class of models with the right one."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection

import torch
from torch import nn

from mlp_tutorial.lessons.shared.comparing import compare
from mlp_tutorial.lessons.shared.feedback import NotYet
from mlp_tutorial.lessons.shared.listening import what_cuts
from mlp_tutorial.lessons.shared.unwritten import own_code


def check_is_class(model_class: object) -> None:
    """Raise `NotYet` unless an answer is a class of models."""
    model_class = inspect.unwrap(model_class) if callable(model_class) else model_class
    if isinstance(model_class, nn.Module):
        raise NotYet("Hand over the class itself, without brackets behind its name.")
    if not (isinstance(model_class, type) and issubclass(model_class, nn.Module)):
        raise NotYet("Expected a class that inherits from nn.Module: class MyModel(nn.Module).")
    if model_class.forward is nn.Module.forward:
        raise NotYet("The class has no method of the name forward, which a call of the model looks for.")


def compare_models(
    name: str,
    model: nn.Module,
    reference: nn.Module,
    x: torch.Tensor,
    mistakes: Callable[[torch.Tensor], list[tuple[torch.Tensor, str]]],
    modes: Collection[bool] = (True, False),
) -> None:
    """Compare logits and gradients of two models with the same weights, in training and in evaluation mode.

    `mistakes(rows)` returns known wrong logits, each with what leads to it. `modes` are those to look at: True is training.
    """
    for key, own in model.state_dict().items():
        if (expected := reference.state_dict()[key].dtype) != own.dtype:
            raise NotYet(f"{key} is made of {own.dtype} numbers, expected {expected}: leave out what changes them.")
    for training in modes:
        model.train(training)
        of, handed = name if training else f"in evaluation mode, {name}", {}
        for rows in (x, x[:1], x.flip(0)):  # the last in the tensor of the first: nothing may be kept for it
            logits = own_code(model, handed.setdefault(len(rows), rows.clone()).copy_(rows))
            with torch.no_grad():
                compare(of, logits, reference(rows), causes=mistakes(rows))
        compare_trained(f"{of} are right, but", model, reference, x)


def compare_trained(name: str, model: nn.Module, reference: nn.Module, *inputs: torch.Tensor) -> None:
    """Compare the gradients that two models with the same weights get; raise `NotYet` where they differ."""
    gradients = []
    for one in (reference, model):
        one.zero_grad(set_to_none=True)
        outputs = own_code(one, *inputs)
        if not outputs.requires_grad:
            frozen = [key for key, parameter in one.named_parameters() if not parameter.requires_grad]
            cut = f"{frozen[0]} has requires_grad=False" if frozen else what_cuts(one, *inputs)
            raise NotYet(
                f"{name}: no gradient comes back to the weights, so the model cannot be trained. The cause: {cut}."
            )
        weights = torch.linspace(1, 2, outputs.numel()).reshape(outputs.shape)
        own_code((outputs * weights).sum().backward)
        gradients.append({key: parameter.grad for key, parameter in one.named_parameters()})
    for key, expected in gradients[0].items():
        if gradients[1][key] is None:
            frozen = not dict(model.named_parameters())[key].requires_grad
            cut = "it has requires_grad=False" if frozen else f"something cuts the graph: {what_cuts(model, *inputs)}"
            raise NotYet(f"{name}: no gradient comes back to {key}, so it would never learn: {cut}.")
        compare(f"{name}: the gradient of {key}", gradients[1][key], expected, tolerance=1e-4)
