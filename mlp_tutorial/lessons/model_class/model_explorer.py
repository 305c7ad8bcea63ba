"""The architecture explorer of lesson 03: a model as a drawn network with its batch's shapes, and its `state_dict`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import ipywidgets as widgets
import torch
from torch import nn

from mlp_tutorial.lessons.model_class.anatomy import anatomy, unregistered
from mlp_tutorial.lessons.model_class.model_picture import (
    HEIGHT,
    MOST_LAYERS,
    MOST_VALUES,
    WIDTH,
    ModelPicture,
    state_dict_table,
)
from mlp_tutorial.lessons.shared.hidden_sizes import HiddenSizes
from mlp_tutorial.lessons.shared.initialisation import draw_by_layer
from mlp_tutorial.live.canvas import Canvas
from mlp_tutorial.live.controls import int_slider, menu
from mlp_tutorial.live.explorer import Explorer
from mlp_tutorial.model import ACTIVATIONS, NeuralNetworkModel
from mlp_tutorial.programs import ACTIVATION_CODE, Code, Program, code_of
from mlp_tutorial.utils.randomness import SeededRandomness
from mlp_tutorial.utils.wording import architecture_in_words, listed

#: What is said of a move after which all tensors have the names and shapes of before, by the control moved.
UNCHANGED = {
    "batch_size": "No tensor below has changed: the same parameters serve every sample of a batch.",
    "activation": "No tensor below has changed: this activation function has nothing to learn.",
    "seed": "The same names and shapes, other random values to start from.",
}
#: The class as the tutorial writes it.
DEFINITION = """\
class NeuralNetworkModel(nn.Module):
    def __init__(self, input_size, hidden_sizes, output_size):
        super().__init__()
        self.input_layer = nn.Linear(input_size, hidden_sizes[0])
        self.hidden_layers = nn.ModuleList(
            nn.Linear(hidden_sizes[i], hidden_sizes[i + 1]) for i in range(len(hidden_sizes) - 1)
        )
        self.output_layer = nn.Linear(hidden_sizes[-1], output_size)

    def forward(self, x):
        x = {first}
        for layer in self.hidden_layers:
            x = {then}
        return self.output_layer(x)"""


def explore_model(
    input_size: int = 2,
    hidden_sizes: Sequence[int] = (8, 8),
    output_size: int = 3,
    *,
    batch_size: int = 32,
    activation: str = "relu",
    seed: int = 0,
    model_class: Callable[..., nn.Module] = NeuralNetworkModel,
) -> ModelExplorer:
    """Build a model under your hand, and see its network, the shapes of a batch, and its `state_dict` as a table.

    Parameters
    ----------
    input_size : int, default 2
        Number of features.
    hidden_sizes : sequence of int, default (8, 8)
        Width of each hidden layer, one to four of them.
    output_size : int, default 3
        Number of outputs.
    batch_size : int, default 32
        Number of samples that are sent through.
    activation : str, default "relu"
        A name from `ACTIVATIONS`. A class of your own brings its own.
    seed : int, default 0
        For the initial weights. Each layer has a seed of its own, so that it keeps its numbers where others change.
    model_class : callable, default NeuralNetworkModel
        A class of your own, called with input size, hidden sizes and output size.

    Returns
    -------
    ModelExplorer
        Shown by JupyterLab as sliders above the picture. Its `model` is the one shown.

    Raises
    ------
    TypeError, ValueError
        If the settings cannot work; the message says what was expected and what came.

    Examples
    --------
    >>> list(explore_model(hidden_sizes=[4]).anatomy.tensors)
    ['input_layer.weight', 'input_layer.bias', 'output_layer.weight', 'output_layer.bias']
    """
    if not 1 <= len(hidden_sizes) <= MOST_LAYERS:
        drawn = f"explore_model draws 1 to {MOST_LAYERS} hidden layers"
        raise ValueError(f"{drawn}; hidden_sizes has {len(hidden_sizes)} widths.")
    if activation not in ACTIVATIONS:
        raise ValueError(f"activation must be one of {', '.join(ACTIVATIONS)}; it is {activation!r}.")
    controls = {
        "num_layers": int_slider("hidden layers", len(hidden_sizes), 1, MOST_LAYERS),
        "width": int_slider("width", max(hidden_sizes), 1, 16),
        "input_size": int_slider("inputs", input_size, 1, 16),
        "batch_size": int_slider("batch size", batch_size, 1, 128),
        "output_size": int_slider("outputs", output_size, 1, 10),
        "activation": menu("activation", activation, list(ACTIVATIONS)),
        "seed": int_slider("seed", seed, 0, 20),
    }
    if model_class is not NeuralNetworkModel:
        del controls["activation"]  # a class of the learner's own brings its own
    return ModelExplorer(model_class, controls, HiddenSizes(hidden_sizes, controls)).shown()


class ModelExplorer(Explorer):
    """What `explore_model` returns: `model` is the one shown, `anatomy` what the picture shows of it."""

    def __init__(self, model_class: Callable, controls: dict[str, widgets.Widget], widths: HiddenSizes) -> None:
        self.model_class, self._widths = model_class, widths
        self._settings: dict[str, object] = {}
        canvas = Canvas(WIDTH, HEIGHT)
        self.picture, self.table = ModelPicture(canvas), widgets.HTML(layout=widgets.Layout(overflow="auto"))
        top = ("num_layers", "width", "input_size", "batch_size")
        super().__init__(canvas, controls, top=top, buttons=("show code",), below=[self.table])

    def work(self) -> None:
        """Build the model of the sliders' settings, and look at it."""
        values = self.values() | {"hidden_sizes": self._widths.sizes}
        own = {"activation": values["activation"]} if "activation" in values else {}
        with SeededRandomness(values["seed"]):
            model = self.model_class(values["input_size"], list(values["hidden_sizes"]), values["output_size"], **own)
        if not isinstance(model, nn.Module):
            raise TypeError(f"model_class must make an nn.Module; it made a {type(model).__name__}.")
        draw_by_layer(model, values["seed"])
        seen = anatomy(model, torch.zeros(values["batch_size"], values["input_size"]))
        before = self.anatomy.tensors if self._settings else seen.tensors
        shapes = {name: tensor.shape for name, tensor in before.items()}
        self.changed = [name for name, tensor in seen.tensors.items() if shapes.get(name) != tensor.shape]
        self.gone = [name for name in before if name not in seen.tensors]
        self.moved = [name for name in values if self._settings and self._settings[name] != values[name]]
        self._settings, self.model, self.anatomy = values, model, seen

    def draw(self) -> bool:
        """Draw the network, and write the table."""
        self.table.value = state_dict_table(self.anatomy.tensors, self.changed)
        return self.picture.update(self.anatomy, self.changed, self._settings.get("activation"))

    def _architecture(self) -> str:
        sizes = (self._settings[name] for name in ("input_size", "hidden_sizes", "output_size"))
        return architecture_in_words(*sizes)

    def num_parameters(self) -> int:
        """Return the number of parameters that `model.parameters()` hands out."""
        return sum(parameter.numel() for parameter in self.model.parameters())

    def status(self) -> tuple[list[str], str]:
        """Return widths, counts and shapes; below, what the last move has changed."""
        seen = self.anatomy
        shapes = f"batch {seen.input_shape} → {seen.layers[-1].output_shape}"
        counts = [f"{len(seen.tensors)} tensors", f"{self.num_parameters():,} parameters"]
        return [self._architecture(), *counts, shapes], self._meaning()

    def _meaning(self) -> str:
        if missing := unregistered(self.anatomy):
            return missing.strip()
        if self.changed or self.gone:
            new = f"New or with a new shape: {listed(self.changed, 3)}." if self.changed else ""
            gone = f"Gone: {listed(self.gone, 3)}." if self.gone else ""
            return f"{new} {gone}".strip()
        tensors = "a weight of shape (outputs, inputs) and a bias of shape (outputs,)"
        return UNCHANGED.get(", ".join(self.moved), f"Each layer owns two tensors: {tensors}.")

    def sentence(self) -> str:
        """Return the architecture, every tensor with its shape, and the shapes of a batch on its way."""
        seen, settings = self.anatomy, self._settings
        activation = f", activation {settings['activation']}" if "activation" in settings else ""
        tensors = ", ".join(f"{name} {tuple(tensor.shape)}" for name, tensor in seen.tensors.items())
        way = " → ".join(str(shape) for shape in (seen.input_shape, *(layer.output_shape for layer in seen.layers)))
        return (
            f"{type(self.model).__name__} {self._architecture()}{activation}, seed {settings['seed']}: "
            f"{self.num_parameters():,} parameters in {len(seen.tensors)} tensors, {tensors}. "
            f"Shapes for a batch of {seen.input_shape[0]}: {way}.{unregistered(seen)}"
        )

    def program(self) -> str:
        """Return the plain PyTorch program that builds this model and prints the same."""
        s = self._settings
        if "activation" in s:
            call = ACTIVATION_CODE[s["activation"]][1].format
            definition = DEFINITION.format(first=call("self.input_layer(x)"), then=call("layer(x)"))
            own = Code("NeuralNetworkModel", definition)
        else:
            own = code_of(self.model_class, "own_model_class")
        sizes = f"{s['input_size']}, {list(s['hidden_sizes'])}, {s['output_size']}"
        return Program(
            sources=(own, code_of(draw_by_layer, "draw_by_layer")),
            model=f"model = {own.expression}({sizes})\ndraw_by_layer(model, {s['seed']})",
            report=f"""\
print(model)
print("parameters:", sum(parameter.numel() for parameter in model.parameters()))

x = torch.zeros({s["batch_size"]}, {s["input_size"]})
print("batch:", tuple(x.shape), "->", tuple(model(x).shape))

for name, tensor in model.state_dict().items():
    values = [round(value, 2) for value in tensor.flatten()[:{MOST_VALUES}].tolist()]
    print(name, tuple(tensor.shape), tensor.numel(), values)""",
        ).text()
