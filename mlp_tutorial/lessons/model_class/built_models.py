"""Building models of a learner's class, and comparing them with `NeuralNetworkModel`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import partial
from itertools import permutations

import torch
from torch import nn

from mlp_tutorial.lessons.shared.checks import part
from mlp_tutorial.lessons.shared.comparing_models import compare_models
from mlp_tutorial.lessons.shared.feedback import NotYet
from mlp_tutorial.lessons.shared.problems import generator, problem_seed, whole_numbers
from mlp_tutorial.model import NeuralNetworkModel
from mlp_tutorial.utils.randomness import SeededRandomness

#: Input size, hidden sizes and output size.
Sizes = tuple[int, list[int], int]


def architectures() -> tuple[Sizes, ...]:
    """Return the sizes of the models that the checks build; the last are drawn."""
    input_size, output_size, *hidden_sizes = whole_numbers(generator(), 5, 9, 4)
    return (3, [5, 4], 2), (4, [6], 3), (2, [3, 7, 5], 4), (input_size, hidden_sizes, output_size)


def built(model_class: Callable[..., nn.Module], sizes: Sizes, *, seed: int = 0, **options: object) -> nn.Module:
    """Return a model whose weights follow a seed, leaving the notebook's randomness alone."""
    input_size, hidden_sizes, output_size = sizes
    with SeededRandomness(problem_seed(seed)):
        return model_class(input_size, list(hidden_sizes), output_size, **options)


def random_numbers(*shape: int) -> torch.Tensor:
    return torch.randn(shape, generator=generator())


def compare_with_package(model_class: type[nn.Module], when: str = "") -> None:
    """Compare what a class builds with what `NeuralNetworkModel` does, under the same seed and with ReLU."""
    with part():
        for sizes in architectures():
            model, reference = built(model_class, sizes), built(NeuralNetworkModel, sizes)
            if reason := _difference(model, reference, sizes[1]) or _other_weights(
                model, reference, model_class, sizes
            ):
                raise NotYet(f"For sizes {', '.join(map(str, sizes))}: {reason}")
    with part():
        for sizes in architectures():
            compare_outputs(built(model_class, sizes), built(NeuralNetworkModel, sizes), torch.relu, when)


def _difference(model: nn.Module, reference: nn.Module, hidden_sizes: Sequence[int]) -> str:
    """Return in which names and shapes a model differs from what is expected, "" where in nothing."""
    tensors, expected, num_entries = model.state_dict(), reference.state_dict(), len(hidden_sizes) - 1
    missing = [name for name in expected if name not in tensors]
    if missing and all(name.startswith("hidden_layers.") for name in missing):
        held = getattr(model, "hidden_layers", None)
        if held is not None and not isinstance(held, nn.Module):
            plain = f"hidden_layers is a plain {type(held).__name__}, into which nn.Module does not look: use nn.ModuleList."
            return f"{missing[0]} is not in the state_dict. The likely cause: {plain}"
        others = [name for name in tensors if name.startswith("hidden_layers.") and name not in expected]
        if others and others[0].split(".")[1].isdigit():
            gap = (
                f"{missing[0]} is missing, and there is {others[0]}: something without weights has a number in between"
            )
            return f"{gap}. Only the layers belong into hidden_layers; apply the activation in forward."
        if others:
            instead = f"{missing[0]} is missing, and there is {others[0]} instead"
            return f"{instead}: use nn.ModuleList, whose entries have numbers."
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
    if frozen := [name for name, parameter in model.named_parameters() if not parameter.requires_grad]:
        return f"{frozen[0]} has requires_grad=False: it would never learn."
    return ""


def _other_weights(model: nn.Module, reference: nn.Module, model_class: type[nn.Module], sizes: tuple) -> str:
    """Return why the weights are not those of the same seed, "" where they are."""
    tensors, expected = model.state_dict(), reference.state_dict()
    if all(torch.equal(tensors[name], tensor) for name, tensor in expected.items()):
        return ""
    other = built(model_class, sizes, seed=1).state_dict()
    if all(torch.equal(tensors[name], tensor) for name, tensor in other.items()):
        return (
            "names and shapes are right, but every seed gives the same weights: the class must set no seed of its own."
        )
    layers = list(dict.fromkeys(name.rpartition(".")[0] for name in expected))
    for order in list(permutations(layers))[1:]:
        with SeededRandomness(problem_seed()):
            drawn = {layer: nn.Linear(*expected[f"{layer}.weight"].shape[::-1]).state_dict() for layer in order}
        if all(
            torch.equal(tensors[name], drawn[layer][kind])
            for name in expected
            for layer, _, kind in [name.rpartition(".")]
        ):
            return (
                "names and shapes are right, but the same seed gives other weights: the layers "
                "are created in another order. Each draws its weights when it is made: input, hidden, output."
            )
    first = next(name for name, tensor in expected.items() if not torch.equal(tensors[name], tensor))
    return (
        f"names and shapes are right, but the same seed gives another {first}: something else draws random numbers before "
        "it, or changes what was drawn. Make the layers alone, in their order."
    )


def compare_outputs(
    model: nn.Module,
    reference: NeuralNetworkModel,
    activation: Callable[[torch.Tensor], torch.Tensor],
    when: str = "",
    modes: Collection[bool] = (True, False),
) -> None:
    """Compare two models' logits and gradients for the same weights; the known wrong ones come from the same layers."""
    x = 3 * random_numbers(64, reference.input_size)  # far and wide enough for logits of either sign
    mistakes = partial(_wrong_outputs, reference, activation=activation)
    compare_models(f"{when}the logits", model, reference, x, mistakes, modes)


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
