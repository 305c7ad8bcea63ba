"""The explorer of lesson 02: layers and neurons under your hand, and the functions that such a network draws at random."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch

from mlp_tutorial.lessons.building_blocks.network_diagram import NetworkDiagram
from mlp_tutorial.lessons.building_blocks.random_functions import (
    HIGH,
    LOW,
    MOST_SAMPLES,
    WEIGHT_SCALE,
    FunctionPlot,
    count_bends,
    count_visible_bends,
    function_of,
    random_network,
)
from mlp_tutorial.lessons.shared.hidden_sizes import HiddenSizes
from mlp_tutorial.lessons.shared.stand_ins import stand_in
from mlp_tutorial.live.canvas import Canvas
from mlp_tutorial.live.controls import float_slider, int_slider, own_menu
from mlp_tutorial.live.explorer import Explorer
from mlp_tutorial.model import ACTIVATIONS, NeuralNetworkModel, activation_name
from mlp_tutorial.plots.style import Picture
from mlp_tutorial.programs import Program, code_of, network
from mlp_tutorial.utils.wording import architecture_in_words

#: What the picture has room for, and the sliders offer.
MOST_LAYERS, MOST_NEURONS = 6, 16


def explore_architecture(
    input_size: int = 1,
    hidden_sizes: Sequence[int] = (4,),
    output_size: int = 1,
    *,
    activation: str | Callable[[torch.Tensor], torch.Tensor] = "relu",
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
        For the weights drawn in the diagram, whose function is the black curve. The others have the next seeds.
    num_samples : int, default 5
        Number of random networks whose functions are drawn, at most 12.
    weight_scale : float, default 2.5
        Every weight and bias is so many times what PyTorch draws. At 1, deep networks draw almost flat curves.
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
        raise ValueError(
            f"explore_architecture draws up to {MOST_LAYERS} hidden layers; there are {len(hidden_sizes)}."
        )
    if not 1 <= num_samples <= MOST_SAMPLES:
        raise ValueError(f"num_samples must be 1 to {MOST_SAMPLES}; it is {num_samples}.")
    random_network(1, hidden_sizes, 1, seed=0, activation=activation)  # raises where there can be none
    numbers = {"input_size": input_size, "output_size": output_size, "num_samples": num_samples, "seed": seed}
    return ArchitectureExplorer(
        hidden_sizes, activation, count_parameters, weight_scale=weight_scale, **numbers
    ).shown()


class ArchitecturePicture(Picture):
    """The network on the left, the functions of random networks like it on the right."""

    def __init__(self, canvas: Canvas) -> None:
        with canvas.drawing() as figure:
            self.diagram = NetworkDiagram(figure.add_axes((0, 0, 424 / 640, 1)), 424, 330, MOST_LAYERS + 1)
            self.functions = FunctionPlot(figure.add_axes((464 / 640, 0.14, 168 / 640, 0.76)))
        self.moving = [*self.diagram.moving, *self.functions.moving]
        canvas.set_moving(self.moving)

    def update(self, model: NeuralNetworkModel, x: torch.Tensor, curves: torch.Tensor) -> bool:
        """Show a network, and functions of shape (samples, points)."""
        layers = [(layer.weight, layer.bias) for _, layer in model.linear_layers()]
        self.diagram.update(layers)
        return self.functions.update(x, curves, model.input_size, model.output_size)


class ArchitectureExplorer(Explorer):
    """What `explore_architecture` returns: `model` is the network drawn, `x` and `curves` are the functions."""

    def __init__(
        self, hidden_sizes: Sequence[int], activation: str | Callable, count: Callable | None, **number: float
    ) -> None:
        self._own_count = count
        self._count = self._count_before = 0
        canvas = Canvas(640, 330)
        self.picture = ArchitecturePicture(canvas)
        controls = {
            "num_layers": int_slider("hidden layers", len(hidden_sizes), 0, MOST_LAYERS),
            "width": int_slider("width", max(hidden_sizes, default=4), 1, MOST_NEURONS),
            "input_size": int_slider("inputs", number["input_size"], 1, MOST_NEURONS),
            "output_size": int_slider("outputs", number["output_size"], 1, 10),
            "activation": own_menu("activation", activation, ACTIVATIONS, activation_name(activation)),
            "num_samples": int_slider("curves", number["num_samples"], 1, MOST_SAMPLES),
            "seed": int_slider("seed", number["seed"], 0, 50),
            "weight_scale": float_slider("weights times", number["weight_scale"], 0.5, 5),
        }
        self._widths = HiddenSizes(hidden_sizes, controls)
        super().__init__(canvas, controls, top=("num_layers", "width"), buttons=("show code",))

    def work(self) -> None:
        """Build the networks of the sliders' settings, and compute their functions."""
        settings, hidden_sizes = self.values(), self._widths.sizes
        options = {name: settings[name] for name in ("activation", "weight_scale")}
        models = [
            random_network(settings["input_size"], hidden_sizes, settings["output_size"], seed=seed, **options)
            for seed in range(settings["seed"], settings["seed"] + settings["num_samples"])
        ]
        (self.x, _), *_ = functions = [function_of(model) for model in models]
        self.curves = torch.stack([y for _, y in functions])  # (samples, points)
        self._settings, self.hidden_sizes, self.model = settings, hidden_sizes, models[0]
        count = self.model.count_parameters()
        if count != self._count:
            self._count_before, self._count = self._count, count

    def draw(self) -> bool:
        """Draw the network and the functions."""
        return self.picture.update(self.model, self.x, self.curves)

    # What is seen ----------------------------------------------------------------------------------------------

    def architecture(self) -> str:
        """Return the widths from input to output, such as "2 → 8 → 8 → 3"."""
        s = self._settings
        return architecture_in_words(s["input_size"], self.hidden_sizes, s["output_size"])

    def num_bends(self) -> int | None:
        """Return how often the black curve bends in the picture; None for an activation without corners."""
        if self._settings["activation"] not in ("relu", "leaky_relu", "identity"):
            return None
        return count_bends(self.curves[0])

    def status(self) -> tuple[list[str], str]:
        """Return widths and count; below, the learner's own count, or what the curves are."""
        parts = [self.architecture(), f"{self._count:,} parameters"]
        if self._count_before:
            parts[1] += f" (before {self._count_before:,})"
        return parts, self._compared() or self._meaning()

    def _compared(self) -> str:
        if self._own_count is None:
            return ""
        sizes = self._settings["input_size"], list(self.hidden_sizes), self._settings["output_size"]
        chosen = stand_in(
            self._own_count, lambda *sizes: self._count, sizes, noun="count_parameters", use=lambda count: count(*sizes)
        )
        if chosen.why:
            return f"Your count_parameters {chosen.why}: the count above is PyTorch's."
        if (own := chosen.result) == self._count:
            return f"Your formula says {own:,} as well."
        return f"Your formula says {own}, but this network has {self._count:,} parameters."

    def _meaning(self) -> str:
        if not self.hidden_sizes:
            return "No hidden layer: one weighted sum for each output, and every curve is a straight line."
        bends = self.num_bends()
        if bends is None:
            return f"With {activation_name(self._settings['activation'])} the curves have no corners."
        neurons = sum(self.hidden_sizes)
        times = {0: "nowhere", 1: "once", 2: "twice"}.get(bends, f"{bends} times")
        there_are = f"are {neurons} hidden neurons" if neurons > 1 else "is 1 hidden neuron"
        seen = count_visible_bends(self.curves[0], self.picture.functions.top)
        seen_of = f", {seen or 'none'} of them large enough to be seen" if seen < bends else ""
        return f"The black curve bends {times}{seen_of}; there {there_are}."

    def sentence(self) -> str:
        """Return architecture, count, shapes, and what is drawn of the functions."""
        s = self._settings
        shapes = ", ".join(str(tuple(layer.weight.shape)) for _, layer in self.model.linear_layers())
        return (
            f"Network {self.architecture()} with {activation_name(s['activation'])}: {self._count:,} parameters, "
            f"weights of shape {shapes}. {s['num_samples']} random networks, seeds from {s['seed']}, weights "
            f"{s['weight_scale']:g} times as PyTorch draws them: {_what_is_drawn(s['input_size'], s['output_size'])}. "
            f"{self._compared() or self._meaning()}"
        )

    def program(self) -> str:
        """Return the plain PyTorch program that prints the count and points of every curve."""
        s = self._settings
        activation = code_of(s["activation"], "own_activation")
        model = network(s["input_size"], self.hidden_sizes, s["output_size"], activation)
        inputs = [
            f"inputs = torch.zeros(7, {s['input_size']})",
            f"inputs[:, 0] = torch.linspace({LOW:g}, {HIGH:g}, 7)  # the other inputs stay at 0",
        ]
        lines = [
            "with torch.no_grad():",
            "    for parameter in model.parameters():",
            f"        parameter.mul_({s['weight_scale']!r})",
            "    print(seed, [round(value, 4) for value in model(inputs)[:, 0].tolist()])",
        ]
        program = Program(
            sources=(model,),
            data="\n".join(inputs),
            model=f"torch.manual_seed(seed)\nmodel = {model.expression}",
            report="\n".join(lines),
        )
        count = 'print("parameters:", sum(parameter.numel() for parameter in model.parameters()))'
        seeds = f"for seed in range({s['seed']}, {s['seed'] + s['num_samples']}):"
        return program.repeated(seeds)._replace(report=count).text()


def _what_is_drawn(input_size: int, output_size: int) -> str:
    output = "the first output" if output_size > 1 else "the output"
    return f"{output} against {'the first input, the others at 0' if input_size > 1 else 'the input'}"
