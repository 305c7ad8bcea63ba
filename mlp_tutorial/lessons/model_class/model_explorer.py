"""The architecture explorer of lesson 03: a model as it is printed, its shapes for a batch, and its `state_dict`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import matplotlib
import torch
from matplotlib.collections import PolyCollection
from torch import nn

from mlp_tutorial.lessons.model_class.anatomy import (
    MOST_LAYERS,
    MOST_LINES,
    MOST_TENSORS,
    MOST_VALUES,
    Anatomy,
    anatomy,
    unregistered,
)
from mlp_tutorial.lessons.shared.live_training import resized
from mlp_tutorial.live.canvas import Canvas
from mlp_tutorial.live.controls import int_slider, menu
from mlp_tutorial.live.explorer import Explorer
from mlp_tutorial.model import ACTIVATIONS, NeuralNetworkModel
from mlp_tutorial.plots.names import drawable
from mlp_tutorial.plots.style import BELOW_AND_ABOVE_ZERO, OTHER_FONTS, STYLE
from mlp_tutorial.programs import ACTIVATION_CODE, Code, Program, code_of
from mlp_tutorial.utils.randomness import SeededRandomness
from mlp_tutorial.utils.wording import architecture_in_words, short_number

CHANGED, PLAIN, QUIET = "#B34700", "#222222", "#555555"
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
    """Build a model under your hand, and see it printed, its shapes for a batch, and its `state_dict`.

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
        For the initial weights.
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
        raise ValueError(
            f"explore_model draws 1 to {MOST_LAYERS} hidden layers; hidden_sizes has {len(hidden_sizes)} widths."
        )
    if activation not in ACTIVATIONS:
        raise ValueError(f"activation must be one of {', '.join(ACTIVATIONS)}; it is {activation!r}.")
    return ModelExplorer(input_size, hidden_sizes, output_size, batch_size, activation, seed, model_class).shown()


class ModelExplorer(Explorer):
    """What `explore_model` returns: `model` is the one shown, `anatomy` what the picture shows of it."""

    def __init__(
        self,
        input_size: int,
        hidden_sizes: Sequence[int],
        output_size: int,
        batch_size: int,
        activation: str,
        seed: int,
        model_class: Callable[..., nn.Module],
    ) -> None:
        self.model_class, self.hidden_sizes = model_class, list(hidden_sizes)
        self._settings: dict[str, object] = {}
        self._drawn: object = None
        canvas = Canvas(640, 360)
        with matplotlib.rc_context(STYLE):
            self._picture = ModelPicture(canvas)
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
            del controls["activation"]
        top = ("num_layers", "width", "input_size", "batch_size")
        super().__init__(canvas, controls, top=top, buttons=("show code",))

    def on_change(self, name: str) -> None:
        """Build the model anew; a moved width is that of all hidden layers."""
        self.hidden_sizes = resized(self.hidden_sizes, name, self.controls)
        self.runner.start(self.work)

    def draw(self) -> bool:
        """Build the model of the sliders' settings, look at it, and draw what is seen."""
        values = {name: control.value for name, control in self.controls.items()}
        values |= {"hidden_sizes": tuple(self.hidden_sizes)}
        del values["num_layers"], values["width"]
        if values == self._settings:
            return False
        sizes = values["input_size"], list(self.hidden_sizes), values["output_size"]
        own = {"activation": values["activation"]} if "activation" in values else {}
        with SeededRandomness(values["seed"]):
            model = self.model_class(*sizes, **own)
        if not isinstance(model, nn.Module):
            raise TypeError(f"model_class must make an nn.Module; it made a {type(model).__name__}.")
        seen = anatomy(model, torch.zeros(values["batch_size"], sizes[0]))
        before = self.anatomy.tensors if self._settings else seen.tensors
        shapes = {name: tensor.shape for name, tensor in before.items()}
        self.changed = [name for name, tensor in seen.tensors.items() if shapes.get(name) != tensor.shape]
        self.gone = [name for name in before if name not in seen.tensors]
        self.moved = [name for name in values if self._settings and self._settings[name] != values[name]]
        self._settings, self.model, self.anatomy = values, model, seen
        self._picture.update(seen, self.changed, values.get("activation"))
        # The batch is in the shapes alone, which move over the rest.
        drawn, self._drawn = self._drawn, ({**values, "batch_size": None}, self.changed)
        return drawn != self._drawn

    # What is seen ----------------------------------------------------------------------------------------------

    def architecture(self) -> str:
        """Return the widths from input to output, such as "2 → 8 → 8 → 3"."""
        s = self._settings
        return architecture_in_words(s["input_size"], s["hidden_sizes"], s["output_size"])

    def num_parameters(self) -> int:
        """Return the number of parameters that `model.parameters()` hands out."""
        return sum(parameter.numel() for parameter in self.model.parameters())

    def status(self) -> tuple[list[str], str]:
        """Return widths, counts and shapes; below, what the last move has changed."""
        seen = self.anatomy
        shapes = f"batch {seen.input_shape} → {seen.outputs[-1][1] if seen.outputs else '?'}"
        counts = [f"{len(seen.tensors)} tensors", f"{self.num_parameters():,} parameters"]
        return [self.architecture(), *counts, shapes], self._meaning()

    def _meaning(self) -> str:
        if missing := unregistered(self.anatomy):
            return missing.strip()
        if self.changed or self.gone:
            words = [f"New or with a new shape: {_listed(self.changed)}."] if self.changed else []
            return " ".join([*words, *([f"Gone: {_listed(self.gone)}."] if self.gone else [])])
        if self.moved == ["batch_size"]:
            return "No tensor below has changed: the same parameters serve every sample of a batch."
        if self.moved == ["activation"]:
            return "No tensor below has changed: this activation function has nothing to learn."
        if self.moved == ["seed"]:
            return "The same names and shapes, other random values to start from."
        return "Each layer owns two tensors: a weight of shape (outputs, inputs) and a bias of shape (outputs,)."

    def sentence(self) -> str:
        """Return the architecture, every tensor with its shape, and the shapes of a batch on its way."""
        seen, settings = self.anatomy, self._settings
        activation = f", activation {settings['activation']}" if "activation" in settings else ""
        tensors = ", ".join(f"{name} {tuple(tensor.shape)}" for name, tensor in seen.tensors.items())
        way = " → ".join(str(shape) for shape in (seen.input_shape, *(shape for _, shape in seen.outputs)))
        return (
            f"{type(self.model).__name__} {self.architecture()}{activation}, seed {settings['seed']}: "
            f"{self.num_parameters():,} parameters in {len(seen.tensors)} tensors, {tensors}. "
            f"Shapes for a batch of {seen.input_shape[0]}: {way}.{unregistered(seen)}"
        )

    def program(self) -> str:
        """Return the plain PyTorch program that builds this model and prints the same."""
        s = self._settings
        if "activation" in s:
            call = ACTIVATION_CODE[s["activation"]][1].format
            own = Code(
                "NeuralNetworkModel", DEFINITION.format(first=call("self.input_layer(x)"), then=call("layer(x)"))
            )
        else:
            own = code_of(self.model_class, "own_model_class")
        sizes = f"{s['input_size']}, {list(s['hidden_sizes'])}, {s['output_size']}"
        return Program(
            sources=(own,),
            model=f"torch.manual_seed({s['seed']})\nmodel = {own.expression}({sizes})",
            report=f"""\
print(model)
print("parameters:", sum(parameter.numel() for parameter in model.parameters()))

x = torch.zeros({s["batch_size"]}, {s["input_size"]})
print("batch:", tuple(x.shape), "->", tuple(model(x).shape))

for name, tensor in model.state_dict().items():
    values = [round(value, 2) for value in tensor.flatten()[:{MOST_VALUES}].tolist()]
    print(name, tuple(tensor.shape), tensor.numel(), values)""",
        ).text()


class ModelPicture:
    """The printed model above, the shapes of a batch in the middle, and the `state_dict` as a table below.

    Parameters
    ----------
    canvas : Canvas
        Of 640 × 360 pixels; the coordinates are pixels.
    """

    TOP, SHAPES, TABLE, ROW = 344, 205, 156, 14.4
    #: Left edges of the names and of the values.
    LEFT, VALUES = 10, 342

    def __init__(self, canvas: Canvas) -> None:
        axes = self._axes = canvas.figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, 640), ylim=(0, 360))
        axes.axis("off")
        for height in (234, 165):
            axes.axhline(height, color="#D5DADD", linewidth=1)
        self._cells = axes.add_collection(PolyCollection([], edgecolors="#FFFFFF"))
        # Every text costs a millisecond, so a row of the table is two texts, not ten: a letter's width places the cells.
        sample = axes.text(0, 0, "0" * 60, family="monospace", fontsize=8)
        self._letter = sample.get_window_extent(canvas.figure.canvas.get_renderer()).width / 60
        sample.remove()
        heads = {
            self.LEFT: _row("state_dict: name", "shape", "parameters"),
            self.VALUES: " first values (blue below 0)",
        }
        for place, head in heads.items():
            axes.text(place, self.TABLE, head, fontsize=8, weight="bold", va="center", family="monospace")
        # Texts kept ready: those of the background, and the shapes.
        self._texts: tuple[list, list] = ([], [axes.text(0, 0, "") for _ in range(4 * MOST_LAYERS + 8)])
        self._used = [0, 0]
        canvas.set_moving(self._texts[True])

    def update(self, seen: Anatomy, changed: Sequence[str], activation: str | None) -> None:
        """Show a model, the tensors in `changed` highlighted."""
        self._used = [0, 0]
        lines = [line if len(line) <= 72 else f"{line[:71]}…" for line in seen.printed]
        if len(lines) > MOST_LINES - 1:
            lines = [*lines[: MOST_LINES - 2], "  …"]
        for row, line in enumerate(lines):
            self._text(self.LEFT, self.TOP - 13 * row, line, va="baseline", family="monospace")
        self._draw_shapes(seen, activation)
        self._draw_table(seen.tensors, changed)
        for texts, used in zip(self._texts, self._used, strict=True):
            for text in texts[used:]:
                text.set_visible(False)

    def _draw_shapes(self, seen: Anatomy, activation: str | None) -> None:
        outputs = seen.outputs[: MOST_LAYERS + 1]
        pitch = 640 / (len(outputs) + 1)
        self._text(pitch / 2, self.SHAPES, str(seen.input_shape), moving=True, ha="center", weight="bold")
        self._text(pitch / 2, self.SHAPES - 19, "the batch x", moving=True, ha="center", color=QUIET)
        for index, (name, shape) in enumerate(outputs, start=1):
            middle = pitch * (index + 0.5)
            self._text(pitch * index, self.SHAPES, "→", moving=True, ha="center", fontsize=11)
            self._text(middle, self.SHAPES, str(shape), moving=True, ha="center", weight="bold")
            colour = QUIET if name else CHANGED
            self._text(middle, self.SHAPES - 19, name or "not registered", moving=True, ha="center", color=colour)
            if activation:
                after = f"then {activation}" if index < len(outputs) else "raw logits"
                self._text(middle, self.SHAPES - 31, after, moving=True, ha="center", color=QUIET)
        self._text(self.LEFT, self.SHAPES + 18, "shapes of a batch, layer by layer", weight="bold")

    def _draw_table(self, tensors: dict[str, torch.Tensor], changed: Sequence[str]) -> None:
        corners, faces = [], []
        scale = max((tensor.abs().max().item() for tensor in tensors.values() if tensor.numel()), default=1.0)
        cell = 6 * self._letter
        for row, (name, tensor) in enumerate(list(tensors.items())[:MOST_TENSORS], start=1):
            height = self.TABLE - self.ROW * row
            product = " × ".join(map(str, tensor.shape))
            count = f"{product} = {tensor.numel():,}" if tensor.ndim > 1 else f"{tensor.numel():,}"
            style = {"color": CHANGED, "weight": "bold"} if name in changed else {}
            line = _row(name if len(name) <= 22 else f"{name[:21]}…", str(tuple(tensor.shape)), count)
            self._text(self.LEFT, height, line, family="monospace", **style)
            values = tensor.flatten()[:MOST_VALUES].tolist()
            line = "".join(f"{short_number(value):>5} " for value in values)
            self._text(self.VALUES, height, line, family="monospace")
            low, high = height - self.ROW / 2, height + self.ROW / 2
            for column, value in enumerate(values):
                left, right = self.VALUES + cell * column, self.VALUES + cell * (column + 1)
                corners.append([(left, low), (right, low), (right, high), (left, high)])
                faces.append(BELOW_AND_ABOVE_ZERO(0.5 + 0.5 * value / scale if scale else 0.5))
        if len(tensors) > MOST_TENSORS:
            self._text(630, self.TABLE, f"{MOST_TENSORS} of {len(tensors)} tensors", ha="right")
        self._cells.set(verts=corners, facecolors=faces)

    def _text(self, x: float, y: float, words: str, *, moving: bool = False, **style: object) -> None:
        if not moving and self._used[False] == len(self._texts[False]):
            self._texts[False].append(self._axes.text(0, 0, ""))
        text = self._texts[moving][self._used[moving]]
        self._used[moving] += 1
        plain = {
            "ha": "left",
            "va": "center",
            "color": PLAIN,
            "weight": "normal",
            "fontsize": 8,
            "family": [style.pop("family", "sans-serif"), *OTHER_FONTS],
        }
        text.set(position=(x, y), text=drawable(words), visible=True, **(plain | style))


def _row(name: str, shape: str, count: str) -> str:
    return f"{name:<22} {shape:<8}  {count}"


def _listed(names: Sequence[str], most: int = 3) -> str:
    """Return names in a row, the first ones of many."""
    if len(names) <= most:
        return ", ".join(names)
    return f"{', '.join(names[:most])} and {len(names) - most} more"
