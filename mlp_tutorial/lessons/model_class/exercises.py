"""The checks of lesson 03."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import torch
from torch import nn

from mlp_tutorial.lessons.shared.checks import NotYet, check, compare
from mlp_tutorial.model import NeuralNetworkModel
from mlp_tutorial.utils.randomness import SeededRandomness

#: Input size, hidden sizes and output size of the models that the checks build.
ARCHITECTURES = ((3, [5, 4], 2), (4, [6], 3), (2, [3, 7, 5], 4))


@check
def check_model_class(model_class: type[nn.Module]) -> str:
    """Compare a class with `NeuralNetworkModel`: names, shapes, weights under one seed, and outputs."""
    _check_is_module(model_class)
    for sizes in ARCHITECTURES:
        _compare_with_package(model_class, sizes)
    same = "The same names, the same shapes, the same weights from the same seed, the same logits"
    return f"{same} as NeuralNetworkModel."


@check
def check_activation_model(model_class: type[nn.Module]) -> str:
    """Compare a class that takes an activation with `NeuralNetworkModel`, for functions, a module and none given."""
    _check_is_module(model_class)
    for sizes in ARCHITECTURES:
        _compare_with_package(model_class, sizes, "with no activation given, ")
        for activation in (torch.tanh, torch.sigmoid):
            models = [_built(each, sizes, activation=activation) for each in (model_class, NeuralNetworkModel)]
            _compare_outputs(*models, activation, f"with activation=torch.{activation.__name__}, ")
    learnable = _built(model_class, ARCHITECTURES[0], activation=nn.PReLU())
    if "activation.weight" not in learnable.state_dict():
        raise NotYet(
            "nn.PReLU() is an activation with a parameter, and your model does not know it: "
            "store the activation itself, as self.activation."
        )
    return "Any function will do, and a module with parameters of its own is registered with the model."


@check
def check_dropout_model(model_class: type[nn.Module]) -> str:
    """Look at what each layer is fed: dropped values in training mode after every activation, none in evaluation mode."""
    _check_is_module(model_class)
    for sizes in ARCHITECTURES:
        model, reference = _built(model_class, sizes, dropout=0.5), _built(NeuralNetworkModel, sizes)
        names, expected = list(model.state_dict()), list(reference.state_dict())
        if names != expected:
            stay = "Dropout has no parameters, so the names stay as they were"
            raise NotYet(f"{stay}: expected {expected}, got {names}.")
        reference.load_state_dict(model.state_dict())
        x = _random(256, sizes[0])
        with SeededRandomness(0), torch.no_grad():  # dropout draws from the global random state
            if torch.equal(model.train()(x), model(x)) and torch.allclose(model(x), reference(x)):
                raise NotYet("In training mode nothing is dropped: use self.dropout in forward.")
            if not torch.equal(model.eval()(x), model(x)):
                raise NotYet(
                    "In evaluation mode values are still dropped: store an nn.Dropout in __init__, which eval() "
                    "reaches; a bare nn.functional.dropout does not know the mode."
                )
        _compare_outputs(model, reference, torch.relu, "in evaluation mode, ")
        for share in (0.5, 0.2):
            _check_dropped(_built(model_class, sizes, dropout=share).train(), x, share)
    return "Dropped after every activation while it trains, never on inputs or logits, and nothing in evaluation mode."


def _check_dropped(model: nn.Module, x: torch.Tensor, share: float) -> None:
    """Compare what each layer is fed with what the layer before has given: dropped, or scaled up."""
    fed, given = {}, {}
    layers = {module: name for name, module in model.named_modules() if isinstance(module, nn.Linear)}

    def note(layer: nn.Module, inputs: tuple[torch.Tensor, ...], output: torch.Tensor) -> None:
        fed[layers[layer]], given[layers[layer]] = inputs[0], output

    for layer in layers:
        layer.register_forward_hook(note)
    with SeededRandomness(0), torch.no_grad():
        logits = model(x)
    if not torch.equal(fed["input_layer"], x):
        raise NotYet("The features are dropped before the first layer: drop activations, and leave x whole.")
    if not torch.equal(logits, given["output_layer"]):
        raise NotYet("The logits are dropped: they are the answer. The output layer is the last thing in forward.")
    for before, name in pairwise(layers.values()):
        activation = given[before].relu()
        alive = activation > 0
        dropped = (fed[name][alive] == 0).float().mean().item()
        if dropped == 0:
            raise NotYet(f"In training mode nothing is dropped between {before} and {name}.")
        kept = alive & (fed[name] != 0)
        if abs(dropped - share) > 0.12 or not torch.allclose(fed[name][kept], (activation / (1 - share))[kept]):
            wrong = f"With dropout={share}, a share of {dropped:.2f} is dropped after {before}"
            raise NotYet(f"{wrong}: expected {share:.2f}, once per layer. Pass the argument on: nn.Dropout(dropout).")


@check
def check_rebuild(rebuild: Callable[[dict[str, torch.Tensor]], nn.Module]) -> str:
    """Hand `rebuild(state_dict)` the tensors of models with random weights, and compare what it builds."""
    for sizes in (*ARCHITECTURES, (2, [8, 8, 8, 8], 3)):
        original = _built(NeuralNetworkModel, sizes, seed=torch.Generator().seed() % 2**32)
        try:
            with SeededRandomness(0):  # a model built there draws from the global random state
                model = rebuild({name: tensor.clone() for name, tensor in original.state_dict().items()})
        except RuntimeError as error:
            if "loading state_dict" not in str(error):
                raise
            first = str(error).split("\n\t")[1]
            shape = tuple(original.input_layer.weight.shape)
            right = f"(outputs, inputs): for the input_layer.weight of this one, {shape}"
            raise NotYet(f"load_state_dict refuses: {first} A weight has the shape {right}.") from None
        if not isinstance(model, nn.Module):
            raise NotYet(f"Return the model; got {'None' if model is None else f'a {type(model).__name__}'}.")
        if not isinstance(model, NeuralNetworkModel):
            raise NotYet(f"Build a NeuralNetworkModel; got a {type(model).__name__}.")
        for name, expected in zip(("input_size", "hidden_sizes", "output_size"), sizes, strict=True):
            if (answer := getattr(model, name)) != expected:
                raise NotYet(f"{name}: expected {expected}, got {answer}. A weight has the shape (outputs, inputs).")
        for name, tensor in original.state_dict().items():
            if not torch.equal(model.state_dict()[name], tensor):
                raise NotYet(
                    f"The architecture is right, but {name} holds other values: "
                    "the weights are still to be loaded, with model.load_state_dict(state_dict)."
                )
    return "Names and shapes alone told the architecture, and the weights are back in their places."


# What the above share ------------------------------------------------------------------------------------------


def _check_is_module(model_class: object) -> None:
    if isinstance(model_class, nn.Module):
        raise NotYet("Hand over the class itself, without brackets behind its name.")
    if not (isinstance(model_class, type) and issubclass(model_class, nn.Module)):
        raise NotYet("Expected a class that inherits from nn.Module: class MyModel(nn.Module).")


def _built(
    model_class: Callable[..., nn.Module], sizes: tuple[int, Sequence[int], int], *, seed: int = 0, **options: object
) -> nn.Module:
    """Return a model whose weights follow a seed, leaving the notebook's randomness alone."""
    input_size, hidden_sizes, output_size = sizes
    with SeededRandomness(seed):
        return model_class(input_size, list(hidden_sizes), output_size, **options)


def _random(*shape: int) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(1))


def _compare_with_package(model_class: type[nn.Module], sizes: tuple[int, Sequence[int], int], when: str = "") -> None:
    """Compare what a class builds with what `NeuralNetworkModel` does, under the same seed and with ReLU."""
    model, reference = _built(model_class, sizes), _built(NeuralNetworkModel, sizes)
    if reason := _difference(model, model.state_dict(), reference.state_dict(), len(sizes[1]) - 1):
        raise NotYet(f"For sizes {', '.join(map(str, sizes))}: {reason}")
    _compare_outputs(model, reference, torch.relu, when)


def _difference(model: nn.Module, tensors: dict, expected: dict, num_entries: int) -> str:
    """Return in what the tensors of a `state_dict` differ from what is expected, "" where in nothing."""
    missing = [name for name in expected if name not in tensors]
    if missing and all(name.startswith("hidden_layers.") for name in missing):
        if isinstance(getattr(model, "hidden_layers", None), (list, tuple)):
            plain = "hidden_layers is a plain list, into which nn.Module does not look: use nn.ModuleList."
            return f"{missing[0]} is not in the state_dict. The likely cause: {plain}"
        needed = f"hidden_layers needs {num_entries} entries, from each hidden width to the next"
        return f"{needed}; {missing[0]} is missing."
    if missing:
        return f"{missing[0]} is not in the state_dict, which holds {list(tensors)}."
    surplus = [name for name in tensors if name not in expected]
    if surplus and surplus[0].startswith("hidden_layers."):
        why = f"The first hidden width belongs to input_layer, so hidden_layers has {num_entries} entries."
        return f"{surplus[0]} is one too many. {why}"
    if surplus:
        return f"{surplus[0]} is in the state_dict and was not asked for."
    for name, tensor in expected.items():
        if (shape := tensors[name].shape) != tensor.shape:
            shapes = f"{tuple(shape)}, expected {tuple(tensor.shape)}"
            return f"{name} has the shape {shapes}: (outputs, inputs), as in nn.Linear(inputs, outputs)."
    if any(not torch.equal(tensors[name], tensor) for name, tensor in expected.items()):
        return (
            "names and shapes are right, but the same seed gives other weights. The likely cause: the layers "
            "are created in another order. Each draws its weights when it is made: input, hidden, output."
        )
    return ""


def _compare_outputs(
    model: nn.Module, reference: NeuralNetworkModel, activation: Callable[[torch.Tensor], torch.Tensor], when: str = ""
) -> None:
    """Compare two models' logits for the same weights; the wrong ones that are known come from the same layers."""
    x = 3 * _random(64, reference.input_size)  # far and wide enough for logits of either sign
    with torch.no_grad():
        compare(f"{when}the logits", model(x), reference(x), causes=_wrong_outputs(reference, x, activation))


def _wrong_outputs(
    reference: NeuralNetworkModel, x: torch.Tensor, activation: Callable[[torch.Tensor], torch.Tensor]
) -> list[tuple[torch.Tensor, str]]:
    def forward(after_input: Callable, after_hidden: Callable) -> torch.Tensor:
        values = after_input(reference.input_layer(x))
        for layer in reference.hidden_layers:
            values = after_hidden(layer(values))
        return reference.output_layer(values)

    none, softmax = nn.Identity(), reference(x).softmax(1)
    wrong = [
        (activation(reference(x)), "an activation is applied to the logits; the output layer stands alone"),
        (softmax, "softmax is applied to the logits; the loss does that (lesson 02), and forward ends bare"),
        (forward(none, none), "no activation is applied: without one, the layers are a single linear map"),
        (forward(none, activation), "the activation after input_layer is missing"),
        (forward(activation, none), "the activation after the hidden layers is missing"),
    ]
    if activation is not torch.relu:
        ignored = "the argument is ignored somewhere, and ReLU is applied there: call self.activation"
        pairs = (torch.relu, torch.relu), (activation, torch.relu), (torch.relu, activation)
        wrong += [(forward(*pair), ignored) for pair in pairs]
    return wrong
