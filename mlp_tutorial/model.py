"""The multilayer perceptron of the tutorial: `NeuralNetworkModel`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn

from .utils.errors import check_count, unknown_name


def identity(x: torch.Tensor) -> torch.Tensor:
    """Return the input unchanged: a network without non-linearity."""
    return x


Activation = Callable[[torch.Tensor], torch.Tensor]
#: Activation functions that can be asked for by name.
ACTIVATIONS: dict[str, Activation] = {
    "relu": F.relu,
    "leaky_relu": F.leaky_relu,
    "elu": F.elu,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "gelu": F.gelu,
    "silu": F.silu,
    "identity": identity,
}


@dataclass(frozen=True)
class LayerTrace:
    """What one layer computed for one batch."""

    name: str  # in the model's `state_dict`, such as "hidden_layers.0"
    pre_activation: torch.Tensor  # (batch, width): the weighted sums plus bias
    activation: torch.Tensor  # (batch, width): what the layer hands on; of the output layer the same, the logits

    def __repr__(self) -> str:
        return (
            f"LayerTrace({self.name}: pre_activation {tuple(self.pre_activation.shape)}, "
            f"activation {tuple(self.activation.shape)})"
        )


class NeuralNetworkModel(nn.Module):
    """A multilayer perceptron: linear layers with an activation function between them.

    The output layer returns raw logits (or, for regression, raw values): losses such as `nn.CrossEntropyLoss`
    expect them so.

    Parameters
    ----------
    input_size : int
        Number of features of one sample.
    hidden_sizes : sequence of int
        Width of each hidden layer, in order. Empty for a linear model.
    output_size : int
        Number of outputs: classes, or values to predict.
    activation : str or callable, default "relu"
        The function applied after every layer but the last: a name from `ACTIVATIONS`, a function of one
        tensor, or an `nn.Module` such as `nn.PReLU()`.

    Raises
    ------
    TypeError
        If a size is not a whole number, or the activation is neither a name nor a callable.
    ValueError
        If a size is below 1, or the activation's name is unknown.

    Examples
    --------
    >>> model = NeuralNetworkModel(input_size=2, hidden_sizes=[4, 3], output_size=2)
    >>> model(torch.zeros(5, 2)).shape
    torch.Size([5, 2])
    >>> model
    NeuralNetworkModel: 2 -> 4 -> 3 -> 2, activation relu
      input_layer      Linear(2 -> 4)    weight (4, 2) + bias (4,) = 12 parameters, then relu
      hidden_layers.0  Linear(4 -> 3)    weight (3, 4) + bias (3,) = 15 parameters, then relu
      output_layer     Linear(3 -> 2)    weight (2, 3) + bias (2,) = 8 parameters, raw logits
      35 parameters in all
    """

    def __init__(
        self, input_size: int, hidden_sizes: Sequence[int], output_size: int, activation: str | Activation = "relu"
    ) -> None:
        super().__init__()
        if isinstance(hidden_sizes, (str, int)) or not isinstance(hidden_sizes, Sequence):
            raise TypeError(
                f"hidden_sizes must be a list of widths, such as [16, 8] (or [] for a linear model); "
                f"it is {hidden_sizes!r}."
            )
        self.input_size = check_count("input_size", input_size)
        self.hidden_sizes = [check_count(f"hidden_sizes[{index}]", width) for index, width in enumerate(hidden_sizes)]
        self.output_size = check_count("output_size", output_size)
        self.activation = _checked_activation(activation)

        # Created in this order, so that one seed gives the same weights as the tutorial's own class.
        widths = [self.input_size, *self.hidden_sizes]
        self.input_layer = nn.Linear(widths[0], widths[1]) if self.hidden_sizes else None
        self.hidden_layers = nn.ModuleList(nn.Linear(widths[i], widths[i + 1]) for i in range(1, len(widths) - 1))
        self.output_layer = nn.Linear(widths[-1], self.output_size)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Compute the logits.

        Parameters
        ----------
        x : Tensor of shape (batch, input_size)
            The samples, in the weights' dtype (float32 unless you changed it). Further leading dimensions are allowed.

        Returns
        -------
        Tensor of shape (batch, output_size)
            Raw logits: no activation function is applied to them.

        Raises
        ------
        ValueError
            If the last dimension is not `input_size`.
        TypeError
            If `x` is not a tensor, or not of the weights' dtype.
        """
        self._check_input(x)
        if self.input_layer is not None:
            x = self.activation(self.input_layer(x))  # (batch, hidden_sizes[0])
        for layer in self.hidden_layers:
            x = self.activation(layer(x))  # (batch, width of this layer)
        return self.output_layer(x)  # (batch, output_size)

    def linear_layers(self) -> Iterator[tuple[str, nn.Linear]]:
        """Yield each linear layer with its name, from input to output."""
        if self.input_layer is not None:
            yield "input_layer", self.input_layer
        for index, layer in enumerate(self.hidden_layers):
            yield f"hidden_layers.{index}", layer
        yield "output_layer", self.output_layer

    def trace(self, x: torch.Tensor) -> list[LayerTrace]:
        """Run a forward pass and keep what every layer computed.

        Parameters
        ----------
        x : Tensor of shape (batch, input_size)
            The samples.

        Returns
        -------
        list of LayerTrace
            One entry a layer, from input to output. The last one's `activation` is what `model(x)` returns.

        Examples
        --------
        >>> NeuralNetworkModel(2, [4], 3).trace(torch.zeros(5, 2))
        [LayerTrace(input_layer: pre_activation (5, 4), activation (5, 4)), \
LayerTrace(output_layer: pre_activation (5, 3), activation (5, 3))]
        """
        self._check_input(x)
        traces = []
        for name, layer in self.linear_layers():
            pre_activation = layer(x)
            x = pre_activation if layer is self.output_layer else self.activation(pre_activation)
            traces.append(LayerTrace(name, pre_activation, x))
        return traces

    def count_parameters(self) -> int:
        """Return the number of trainable parameters: every weight and every bias."""
        return sum(parameter.numel() for parameter in self.parameters() if parameter.requires_grad)

    def _check_input(self, x: torch.Tensor) -> None:
        dtype = self.output_layer.weight.dtype
        if not isinstance(x, torch.Tensor):
            advice = f"it was given a {type(x).__name__}. Try torch.as_tensor(x, dtype={dtype})."
            raise TypeError(f"The model expects a tensor of shape (batch, {self.input_size}); {advice}")
        if x.ndim == 0 or x.shape[-1] != self.input_size:
            raise ValueError(
                f"The model expects {self.input_size} features in the last dimension, shape "
                f"(batch, {self.input_size}); it was given shape {tuple(x.shape)}."
            )
        if x.dtype != dtype:
            raise TypeError(f"The model's weights are {dtype}, its input is {x.dtype}. Try x.to({dtype}).")

    def __repr__(self) -> str:
        activation = activation_name(self.activation)
        widths = " -> ".join(map(str, [self.input_size, *self.hidden_sizes, self.output_size]))
        layers = list(self.linear_layers())
        sizes = [f"Linear({layer.in_features} -> {layer.out_features})" for _, layer in layers]
        name_width, size_width = max(len(name) for name, _ in layers), max(map(len, sizes))
        lines = [f"{type(self).__name__}: {widths}, activation {activation}"]
        for (name, layer), size in zip(layers, sizes, strict=True):
            shapes = " + ".join(f"{key} {tuple(value.shape)}" for key, value in layer.named_parameters())
            count = sum(parameter.numel() for parameter in layer.parameters())
            after = "raw logits" if layer is self.output_layer else f"then {activation}"
            lines.append(f"  {name:<{name_width}}  {size:<{size_width}}    {shapes} = {count:,} parameters, {after}")
        count = sum(parameter.numel() for parameter in self.parameters())
        trainable = self.count_parameters()
        frozen = f", {trainable:,} of them trainable" if trainable < count else ""
        return "\n".join([*lines, f"  {count:,} parameters in all{frozen}"])


def activation_name(activation: str | Activation) -> str:
    """Return the name of an activation function, as it is written in a sentence."""
    for name, function in ACTIVATIONS.items():
        if activation in (function, name):
            return name
    return getattr(activation, "__name__", None) or type(activation).__name__


def _checked_activation(activation: str | Activation) -> Activation:
    if isinstance(activation, str):
        if activation in ACTIVATIONS:
            return ACTIVATIONS[activation]
        raise ValueError(unknown_name("activation", activation, ACTIVATIONS))
    if isinstance(activation, type):
        name = activation.__name__
        raise TypeError(f"activation must be a function or an instance; it is the class {name}. Try {name}().")
    if not callable(activation):
        raise TypeError(f"activation must be a name such as 'relu' or a function of one tensor; it is {activation!r}.")
    return activation
