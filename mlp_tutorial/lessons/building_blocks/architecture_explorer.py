"""The explorer of lesson 02: layers and neurons under your hand, and the functions that such a network draws at random."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import ipywidgets as widgets
import torch

from mlp_tutorial.lessons.building_blocks.random_functions import (
    HIGH,
    LOW,
    MOST_SAMPLES,
    WEIGHT_SCALE,
    FunctionPlot,
    find_bends,
    function_of,
    random_network,
)
from mlp_tutorial.lessons.shared.hidden_sizes import HiddenSizes
from mlp_tutorial.lessons.shared.initialisation import draw_by_layer
from mlp_tutorial.lessons.shared.network_diagram import NetworkDiagram
from mlp_tutorial.lessons.shared.stand_ins import stand_in
from mlp_tutorial.live.canvas import Canvas
from mlp_tutorial.live.controls import float_slider, int_slider, own_menu
from mlp_tutorial.live.explorer import Explorer
from mlp_tutorial.model import ACTIVATIONS, Activation, NeuralNetworkModel, activation_name
from mlp_tutorial.plots.style import Picture
from mlp_tutorial.programs import Program, code_of, network
from mlp_tutorial.utils.wording import architecture_in_words

#: Below this share of the panel's height, the eye takes a curve for a straight line.
FLAT = 0.02

#: What the picture has room for, and the sliders offer.
MOST_LAYERS, MOST_NEURONS = 6, 16


def explore_architecture(
    input_size: int = 1,
    hidden_sizes: Sequence[int] = (4,),
    output_size: int = 1,
    *,
    activation: str | Activation = "relu",
    seed: int = 0,
    num_samples: int = 5,
    weight_scale: float = WEIGHT_SCALE,
    count_parameters: Callable[[int, list[int], int], int] | None = None,
) -> ArchitectureExplorer:
    """Draw a network of any architecture, count its parameters, and sample functions that it can compute.

    Parameters
    ----------
    input_size : int, default 1
        Number of features.
    hidden_sizes : sequence of int, default (4,)
        Width of each hidden layer, at most 6 layers; empty for none.
    output_size : int, default 1
        Number of outputs.
    activation : str or callable, default "relu"
        A name from `ACTIVATIONS`, or a function of your own.
    seed : int, default 0
        For the weights drawn in the diagram, whose function is the black curve. The others have the next seeds. Each layer
        draws by a seed of its own, so that a neuron keeps its weights where others come or go.
    num_samples : int, default 5
        Number of random networks whose functions are drawn, at most 12; 0 for the diagram alone.
    weight_scale : float, default 2.5
        Every weight and bias is so many times as large as PyTorch draws them. At 1, deep networks draw almost flat curves.
    count_parameters : callable, optional
        A formula of your own, `count_parameters(input_size, hidden_sizes, output_size)`, compared with the network.

    Returns
    -------
    ArchitectureExplorer
        Shown by JupyterLab as sliders above the picture. `model` is the network drawn, `curves` the functions.

    Raises
    ------
    TypeError, ValueError
        If there can be no such network; the message says what was expected and what came.

    Examples
    --------
    >>> explore_architecture(2, [8], 3).status_line.text
    '2 → 8 → 3 · 51 parameters'
    """
    if isinstance(hidden_sizes, Sequence) and len(hidden_sizes) > MOST_LAYERS:
        up_to = f"explore_architecture draws up to {MOST_LAYERS} hidden layers"
        raise ValueError(f"{up_to}; there are {len(hidden_sizes)}.")
    if not 0 <= num_samples <= MOST_SAMPLES:
        raise ValueError(f"num_samples must be 0 to {MOST_SAMPLES}; it is {num_samples}.")
    random_network(1, hidden_sizes, 1, seed=0, activation=activation)  # raises where there can be none
    controls = {
        "num_layers": int_slider("hidden layers", len(hidden_sizes), 0, MOST_LAYERS),
        "width": int_slider("width", max(hidden_sizes, default=4), 1, MOST_NEURONS),
        "input_size": int_slider("inputs", input_size, 1, MOST_NEURONS),
        "output_size": int_slider("outputs", output_size, 1, 10),
        "activation": own_menu("activation", activation, ACTIVATIONS, activation_name(activation)),
        "num_samples": int_slider("curves", num_samples, 1, MOST_SAMPLES),
        "seed": int_slider("seed", seed, 0, 50),
        "weight_scale": float_slider("weights times", weight_scale, 0.5, 5),
    }
    if not num_samples:  # what shows in the curves alone
        for name in ("activation", "num_samples", "weight_scale"):
            del controls[name]
    return ArchitectureExplorer(controls, HiddenSizes(hidden_sizes, controls), count_parameters).shown()


class ArchitecturePicture(Picture):
    """The network on the left, the functions of random networks like it on the right; or the network alone."""

    def __init__(self, canvas: Canvas, *, with_functions: bool) -> None:
        width = 384 if with_functions else 640
        with canvas.drawing() as figure:
            self.diagram = NetworkDiagram(figure.add_axes((0, 0, width / 640, 1)), width, 330)
            self.functions = FunctionPlot(figure.add_axes((0.67, 0.14, 0.32, 0.76))) if with_functions else None
        canvas.set_moving([*self.diagram.moving, *(self.functions.moving if self.functions else [])])

    def update(self, model: NeuralNetworkModel, x: torch.Tensor, curves: torch.Tensor, bends: Sequence[int]) -> bool:
        """Show a network, and functions of shape (samples, points), the first one with dots on its bends."""
        self.diagram.update([(layer.weight, layer.bias) for _, layer in model.linear_layers()])
        if self.functions is None:
            return False
        return self.functions.update(x, curves, model.input_size, model.output_size, bends)


class ArchitectureExplorer(Explorer):
    """What `explore_architecture` returns: `model` is the network drawn, `x` and `curves` are the functions."""

    def __init__(self, controls: dict[str, widgets.Widget], widths: HiddenSizes, own_count: Callable | None) -> None:
        self._widths, self._own_count = widths, own_count
        self._count = self._count_before = 0
        canvas = Canvas(640, 330)
        self.picture = ArchitecturePicture(canvas, with_functions="num_samples" in controls)
        super().__init__(canvas, controls, top=("num_layers", "width"), buttons=("show code",))

    def work(self) -> None:
        """Build the networks of the sliders' settings, and compute their functions."""
        settings = {"activation": "relu", "num_samples": 1, "weight_scale": WEIGHT_SCALE, **self.values()}
        sizes = settings["input_size"], self._widths.sizes, settings["output_size"]
        options = {name: settings[name] for name in ("activation", "weight_scale")}
        seeds = range(settings["seed"], settings["seed"] + settings["num_samples"])
        models = [random_network(*sizes, seed=seed, **options) for seed in seeds]
        functions = [function_of(model) for model in models]
        self.x, self.curves = functions[0][0], torch.stack([y for _, y in functions])  # (points,), (samples, points)
        self._settings, self._sizes, self.model = settings, sizes, models[0]
        self.hidden_sizes = sizes[1]
        count = self.model.count_parameters()
        if count != self._count:
            self._count_before, self._count = self._count, count

    def draw(self) -> bool:
        """Draw the network and the functions."""
        return self.picture.update(self.model, self.x, self.curves, self.bends() or [])

    def bends(self) -> list[int] | None:
        """Return at which points the black curve bends; None for an activation without corners."""
        if self._settings["activation"] not in ("relu", "leaky_relu", "identity"):
            return None
        return find_bends(self.curves[0])

    def status(self) -> tuple[list[str], str]:
        """Return widths and count; below, the learner's own count, or what the curves are."""
        before = f" (before {self._count_before:,})" if self._count_before else ""
        parts = [architecture_in_words(*self._sizes), f"{self._count:,} parameters{before}"]
        return parts, self._compared() or self._meaning()

    def _compared(self) -> str:
        if self._own_count is None:
            return ""
        sizes = self._sizes[0], list(self.hidden_sizes), self._sizes[2]
        options = {"noun": "count_parameters", "use": lambda count: count(*sizes)}
        chosen = stand_in(self._own_count, lambda *sizes: self._count, sizes, **options)
        if chosen.why:
            return f"Your count_parameters {chosen.why}: the count above is PyTorch's."
        if (own := chosen.result) == self._count:
            return f"Your formula says {own:,} as well."
        return f"Your formula says {own}, but this network has {self._count:,} parameters."

    def _meaning(self) -> str:
        if self.picture.functions is None:
            return "Below each gap: the shapes of its weights W and biases b, and how many numbers these are."
        if not self.hidden_sizes:
            return "No hidden layer: one weighted sum for each output, and every curve is a straight line."
        bends = self.bends()
        if bends is None:
            return f"With {activation_name(self._settings['activation'])} the curves have no corners."
        neurons = sum(self.hidden_sizes)
        times = {0: "nowhere", 1: "once, at the dot", 2: "twice, at the dots"}
        there_are = f"are {neurons} hidden neurons" if neurons > 1 else "is 1 hidden neuron"
        height = self.curves[0].max() - self.curves[0].min()
        flat = bends and height < FLAT * 2 * self.picture.functions.top
        unseen = ", too flat beside the other curves to be seen" if flat else ""
        bent = times.get(len(bends), f"{len(bends)} times, at the dots")
        return f"The black curve bends {bent}{unseen}; there {there_are}."

    def sentence(self) -> str:
        """Return architecture, count, shapes, and what is drawn of the functions."""
        s = self._settings
        output = "the first output" if s["output_size"] > 1 else "the output"
        against = "the first input, the others at 0" if s["input_size"] > 1 else "the input"
        shapes = ", ".join(str(tuple(layer.weight.shape)) for _, layer in self.model.linear_layers())
        with_activation = f"with {activation_name(s['activation'])}"
        network = f"Network {architecture_in_words(*self._sizes)} {with_activation}: {self._count:,} parameters"
        if self.picture.functions is None:
            return f"{network}, weights of shape {shapes}. {self._compared()}".rstrip()
        return (
            f"{network}, weights of shape {shapes}. {s['num_samples']} random networks, seeds from {s['seed']}, weights "
            f"{s['weight_scale']:g} times as PyTorch draws them: {output} against {against}. "
            f"{self._compared() or self._meaning()}"
        )

    def program(self) -> str:
        """Return the plain PyTorch program that prints the count and points of every curve."""
        s = self._settings
        activation = code_of(s["activation"], "own_activation")
        model = network(*self._sizes, activation)
        program = Program(
            sources=(model, code_of(draw_by_layer, "draw_by_layer")),
            data=f"""\
inputs = torch.zeros(7, {s["input_size"]})
inputs[:, 0] = torch.linspace({LOW:g}, {HIGH:g}, 7)  # the other inputs stay at 0""",
            model=f"model = {model.expression}\ndraw_by_layer(model, seed)",
            report=f"""\
with torch.no_grad():
    for parameter in model.parameters():
        parameter.mul_({s["weight_scale"]!r})
    print(seed, [round(value, 4) for value in model(inputs)[:, 0].tolist()])""",
        )
        count = 'print("parameters:", sum(parameter.numel() for parameter in model.parameters()))'
        seeds = f"for seed in range({s['seed']}, {s['seed'] + s['num_samples']}):"
        return program.repeated(seeds)._replace(report=count).text()
