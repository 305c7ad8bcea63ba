"""The checks of lesson 03."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise

import torch
from torch import nn

from mlp_tutorial.lessons.model_class.built_models import (
    architectures,
    built,
    compare_outputs,
    compare_with_package,
    random_numbers,
)
from mlp_tutorial.lessons.shared.checks import check, part
from mlp_tutorial.lessons.shared.comparing import as_tensor, compare
from mlp_tutorial.lessons.shared.comparing_models import check_is_class
from mlp_tutorial.lessons.shared.feedback import NotYet
from mlp_tutorial.lessons.shared.unwritten import own_code
from mlp_tutorial.lessons.shared.values import kind
from mlp_tutorial.model import NeuralNetworkModel


@check(parts=2)
def check_model_class(model_class: type[nn.Module]) -> str:
    """Compare a class with `NeuralNetworkModel`: names, shapes and weights under one seed; outputs and gradients."""
    check_is_class(model_class)
    compare_with_package(model_class)
    same = "The same names, the same shapes, the same weights from the same seed, the same logits"
    return f"{same} as NeuralNetworkModel."


@check(parts=4)
def check_activation_model(model_class: type[nn.Module]) -> str:
    """Compare a class that takes an activation with `NeuralNetworkModel`, for functions, a module and none given."""
    check_is_class(model_class)
    compare_with_package(model_class, "with no activation given, ")
    with part():
        for sizes in architectures():
            for activation in (torch.tanh, torch.sigmoid):
                models = [built(each, sizes, activation=activation) for each in (model_class, NeuralNetworkModel)]
                compare_outputs(*models, activation, f"with activation=torch.{activation.__name__}, ")
    with part():
        activation = nn.PReLU()
        learnable = built(model_class, architectures()[-1], activation=activation)
        if "activation.weight" not in learnable.state_dict():
            given = "nn.PReLU() is an activation with a parameter"
            if names := [name for name, parameter in learnable.named_parameters() if parameter is activation.weight]:
                raise NotYet(f"{given}. Your model has it as {names[0]}: name the attribute self.activation.")
            raise NotYet(f"{given}, and your model does not know it: store the activation itself, as self.activation.")
    return "Any function will do, and a module with parameters of its own is registered with the model."


@check(repeatable=False)
def check_dropout_model(model_class: type[nn.Module]) -> str:
    """Look at what each layer is fed: dropped values in training mode after every activation, none in evaluation mode."""
    check_is_class(model_class)
    for sizes in architectures():
        model, reference = built(model_class, sizes), built(NeuralNetworkModel, sizes)
        names, expected = list(model.state_dict()), list(reference.state_dict())
        if names != expected:
            stay = "Dropout has no parameters, so the names stay as they were"
            raise NotYet(f"{stay}: expected {expected}, got {names}.")
        reference.load_state_dict(model.state_dict())
        x = random_numbers(256, sizes[0])
        as_tensor("the logits", own_code(model, x), x)
        if asleep := [name for name, module in model.named_modules() if not module.training]:
            raise NotYet(f"In a new model {asleep[0] or 'all'} is in evaluation mode: leave eval() out of __init__.")
        with torch.no_grad():
            if torch.equal(first := model(x), model(x)):
                if torch.allclose(first, reference(x)):
                    raise NotYet("In training mode nothing is dropped: use self.dropout in forward.")
                raise NotYet("Every call drops the same numbers: draw anew each time, and set no seed in the class.")
            first, second = model.eval()(x), model(x)
        if not torch.allclose(first, second, equal_nan=True):
            raise NotYet(
                "In evaluation mode values are still dropped: store an nn.Dropout in __init__, which eval() "
                "reaches; a bare nn.functional.dropout does not know the mode."
            )
        compare_outputs(model, reference, torch.relu, modes=(False,))
        for share, options in ((0.5, {}), (0.5, {"dropout": 0.5}), (0.2, {"dropout": 0.2})):
            _check_dropped(built(model_class, sizes, **options), x, share)
        outputs = own_code(model.train(), x)
        own_code(outputs.sum().backward)
    return "Dropped after every activation while it trains, never on inputs or logits, and nothing in evaluation mode."


def _check_dropped(model: nn.Module, x: torch.Tensor, share: float) -> None:
    """Compare what each layer is fed with what the layer before has given: dropped, or scaled up."""
    fed, given = {}, {}
    layers = {module: name for name, module in model.named_modules() if isinstance(module, nn.Linear)}

    def note(layer: nn.Module, inputs: tuple[torch.Tensor, ...], output: torch.Tensor) -> None:
        fed[layers[layer]], given[layers[layer]] = inputs[0].clone(), output.clone()

    for layer in layers:
        layer.register_forward_hook(note)
    with torch.no_grad():
        for layer in layers:
            layer.bias.fill_(1.0)  # most units are above 0 then: of few, all can be dropped by chance
        logits = own_code(model, x)
    if missing := [name for name in layers.values() if name not in fed]:
        raise NotYet(f"{missing[0]} is never called: call the layer itself, {missing[0]}(x), not its weights.")
    if not torch.equal(fed["input_layer"], x):
        raise NotYet("The features are dropped before the first layer: drop activations, and leave x whole.")
    if not torch.equal(logits, given["output_layer"]):
        raise NotYet("The logits are dropped: they are the answer. The output layer is the last thing in forward.")
    for before, name in pairwise(layers.values()):
        activation = given[before].relu()
        alive = activation > 0
        dropped = (fed[name][alive] == 0).float().mean().item()
        if dropped == 0:
            raise NotYet(f"In training mode no activation becomes 0 between {before} and {name}.")
        kept = alive & (fed[name] != 0)
        for dimension, together in ((1, "all units of a sample are"), (0, "a unit is, in all samples,")):
            if not ((alive & ~kept).any(dimension) & kept.any(dimension)).any():
                raise NotYet(f"After {before} {together} dropped at once: each number is dropped or kept by itself.")
        wrong = f"With dropout={share}, a share of {dropped:.2f} is dropped after {before}"
        if abs(dropped - share) > 0.12:
            causes = {
                1 - share: "nn.Dropout takes the share that is dropped, not the share that stays",
                1 - (1 - share) ** 2: "they are dropped twice",
                0.5: "the argument is not passed on: nn.Dropout(dropout)",
            }
            cause = next(
                (f" The likely cause: {why}." for value, why in causes.items() if abs(dropped - value) < 0.05), ""
            )
            raise NotYet(f"{wrong}: expected {share:.2f}, once per layer.{cause}")
        if not torch.allclose(fed[name][kept], (activation / (1 - share))[kept]):
            plain = torch.allclose(fed[name][kept], activation[kept])
            why = "is passed on as it is" if plain else "is scaled by another factor"
            raise NotYet(
                f"{wrong}, which is right, but what is left {why}: it has to be divided by 1 − dropout. nn.Dropout does so."
            )


@check(parts=2)
def check_rebuild(rebuild: Callable[[dict[str, torch.Tensor]], nn.Module]) -> str:
    """Hand `rebuild(state_dict)` the tensors of models with random weights, and compare what it builds."""
    rebuilt = []
    for seed, sizes in enumerate((*architectures(), (2, [8, 8, 8, 8], 3), (1, [1], 1))):
        original = built(NeuralNetworkModel, sizes, seed=seed + 7)
        try:
            model = rebuild({name: tensor.clone() for name, tensor in original.state_dict().items()})
        except RuntimeError as error:
            if "loading state_dict" not in str(error):
                raise
            raise NotYet(_why_not_loaded(str(error), original)) from None
        if not isinstance(model, nn.Module):
            raise NotYet(f"Return the model; got {kind(model)}.")
        if not isinstance(model, NeuralNetworkModel):
            raise NotYet(f"Build a NeuralNetworkModel; got {kind(model)}.")
        rebuilt.append((sizes, original, model))
    with part():
        for sizes, original, model in rebuilt:
            for name, expected in zip(("input_size", "hidden_sizes", "output_size"), sizes, strict=True):
                if (answer := getattr(model, name)) != expected:
                    turned = name == "input_size" and answer == original.input_layer.out_features
                    why = " A weight has the shape (outputs, inputs)." if turned else ""
                    raise NotYet(f"{name}: expected {expected}, got {answer}.{why}")
    with part():
        for _, original, model in rebuilt:
            for name, tensor in original.state_dict().items():
                own = model.state_dict().get(name)
                if own is not None and own.dtype != tensor.dtype:
                    raise NotYet(f"{name} is {own.dtype} in your model, and {tensor.dtype} in the state_dict.")
                if own is None or not torch.equal(own, tensor):
                    raise NotYet(_why_other_weights(name, model, own))
                if not dict(model.named_parameters())[name].requires_grad:
                    raise NotYet(f"{name} has requires_grad=False: the model could not be trained on.")
            x = random_numbers(5, original.input_size)
            compare("the weights are right, but the logits", own_code(model, x), original(x))
    return "Names and shapes alone told the architecture, and the weights are back in their places."


def _why_not_loaded(error: str, original: nn.Module) -> str:
    """Say what `load_state_dict` refuses, and why, where the two sizes of the first weight were swapped."""
    first = error.split("\n\t")[1]
    outputs, inputs = original.input_layer.weight.shape
    shapes = re.findall(r"torch.Size\(\[(\d+), (\d+)\]\)", first)
    if "input_layer.weight" in first and len(shapes) == 2 and outputs != inputs and int(shapes[1][1]) == outputs:
        first += (
            f" A weight has the shape (outputs, inputs): for the input_layer.weight of this one, {(outputs, inputs)}."
        )
    return f"load_state_dict refuses: {first}"


def _why_other_weights(name: str, model: nn.Module, own: torch.Tensor) -> str:
    nan = ": nan" if own is not None and own.isnan().any() else ""
    return (
        f"The architecture is right, but {name} holds other values than in the state_dict{nan}. "
        "model.load_state_dict(state_dict) loads them; leave them so."
    )
