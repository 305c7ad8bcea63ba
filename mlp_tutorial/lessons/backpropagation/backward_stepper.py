"""The backward stepper of lesson 05: a computation graph, walked from the loss back to the weights, edge by edge."""

from __future__ import annotations

from typing import NamedTuple

import matplotlib
import torch
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from mlp_tutorial.live.canvas import Canvas
from mlp_tutorial.live.controls import float_slider, int_slider
from mlp_tutorial.live.explorer import Explorer
from mlp_tutorial.plots.style import STYLE
from mlp_tutorial.utils.wording import short_number

#: The network from the input to the loss: the name of each value, and how it is computed.
CHAIN = {"x": "", "u": "w1·x", "z": "u + b1", "a": "ReLU(z)", "v": "w2·a", "ŷ": "v + b2", "L": "(ŷ − y)²"}
#: The edges in the order in which backpropagation walks them: child, parent, local derivative as a formula.
EDGES = (
    ("L", "ŷ", "2(ŷ − y)"),
    ("ŷ", "b2", "1"),
    ("ŷ", "v", "1"),
    ("v", "w2", "a"),
    ("v", "a", "w2"),
    ("a", "z", "ReLU'(z)"),
    ("z", "b1", "1"),
    ("z", "u", "1"),
    ("u", "w1", "x"),
    ("u", "x", "w1"),
)
#: Which value each input outside the chain enters.
ENTERS = {"w1": "u", "b1": "z", "w2": "v", "b2": "ŷ", "y": "L"}
#: Middles of the columns, in pixels.
COLUMN = {name: 46 + 91.3 * number for number, name in enumerate(CHAIN)}
BACKWARD_COLOUR, FORWARD_COLOUR = "#B34700", "#777777"


class Edge(NamedTuple):
    """One edge of the graph, with the numbers of the chain rule.

    Attributes
    ----------
    child, parent : str
        The gradient flows from the child to the parent.
    formula : str
        The local derivative as a formula.
    local : float
        Derivative of the child by the parent.
    upstream : float
        Gradient of the loss by the child.
    gradient : float
        Gradient of the loss by the parent: local × upstream.
    """

    child: str
    parent: str
    formula: str
    local: float
    upstream: float
    gradient: float


def explore_backward(
    x: float = 1.5,
    w1: float = 0.8,
    b1: float = 0.2,
    w2: float = 2.0,
    b2: float = -1.0,
    target: float = 1.0,
    *,
    step: int = 1,
) -> BackwardExplorer:
    """Walk backwards through the graph of a two-layer network with one weight a layer: x → w1 → ReLU → w2 → loss.

    Parameters
    ----------
    x : float, default 1.5
        The input.
    w1, b1 : float, default 0.8 and 0.2
        Weight and bias of the first layer.
    w2, b2 : float, default 2.0 and -1.0
        Weight and bias of the second layer.
    target : float, default 1.0
        The y of the squared error (ŷ − y)².
    step : int, default 1
        Number of edges walked so far, 0 to 10.

    Returns
    -------
    BackwardExplorer
        Shown by JupyterLab as sliders above the picture. `edges` holds the numbers.

    Raises
    ------
    ValueError
        If `step` is not between 0 and 10.

    Examples
    --------
    >>> explorer = explore_backward(x=1.5, w1=0.8)
    >>> {edge.parent: round(edge.gradient, 2) for edge in explorer.edges if edge.parent in ("w1", "w2")}
    {'w2': 2.24, 'w1': 4.8}
    """
    if not 0 <= step <= len(EDGES):
        raise ValueError(f"step counts the edges walked, 0 to {len(EDGES)}; it is {step}.")
    return BackwardExplorer({"x": x, "w1": w1, "b1": b1, "w2": w2, "b2": b2, "target": target}, step).shown()


def backward_edges(
    *, x: float, w1: float, b1: float, w2: float, b2: float, target: float
) -> tuple[dict[str, float], list[Edge]]:
    """Run the network forwards and backwards, with autograd.

    Returns
    -------
    dict from str to float
        Every value of the graph by its name.
    list of Edge
        In the order of `EDGES`.
    """
    inputs = {"x": x, "w1": w1, "b1": b1, "w2": w2, "b2": b2, "y": target}
    node = {name: torch.tensor(float(value), dtype=torch.float64, requires_grad=True) for name, value in inputs.items()}
    with torch.enable_grad():
        node["u"] = node["w1"] * node["x"]
        node["z"] = node["u"] + node["b1"]
        node["a"] = torch.relu(node["z"])
        node["v"] = node["w2"] * node["a"]
        node["ŷ"] = node["v"] + node["b2"]
        node["L"] = (node["ŷ"] - node["y"]) ** 2

    def derivative(child: str, parent: str) -> float:
        return torch.autograd.grad(node[child], node[parent], retain_graph=True)[0].item()

    gradient = {parent: derivative("L", parent) for _, parent, _ in EDGES} | {"L": 1.0}
    edges = [
        Edge(child, parent, formula, derivative(child, parent), gradient[child], gradient[parent])
        for child, parent, formula in EDGES
    ]
    return {name: value.item() for name, value in node.items()}, edges


class BackwardExplorer(Explorer):
    """What `explore_backward` returns: `values` and `edges` hold the numbers of the picture."""

    def __init__(self, settings: dict[str, float], step: int) -> None:
        canvas = Canvas(640, 330)
        with matplotlib.rc_context(STYLE):
            self._picture = GraphPicture(canvas.figure)
        controls = {
            "step": int_slider("backward step", step, 0, len(EDGES)),
            "x": float_slider("input x", settings["x"], -3, 3),
            "w1": float_slider("weight w1", settings["w1"], -3, 3),
            "w2": float_slider("weight w2", settings["w2"], -3, 3),
            "b1": float_slider("bias b1", settings["b1"], -3, 3),
            "b2": float_slider("bias b2", settings["b2"], -3, 3),
            "target": float_slider("target y", settings["target"], -3, 3),
        }
        super().__init__(canvas, controls, top=("step", "x", "w1", "w2"), buttons=("show code",))

    def draw(self) -> bool:
        """Compute the graph for the sliders' values, and draw it."""
        # A slider in the page sends 0.8 back as 0.7999999999999998.
        self._settings = {name: round(control.value, 9) for name, control in self.controls.items() if name != "step"}
        self._step = self.controls["step"].value
        self.values, self.edges = backward_edges(**self._settings)
        self._picture.update(self.values, self.edges[: self._step])
        return True

    def status(self) -> tuple[list[str], str]:
        """Return the loss and the newest gradient; below, what it means."""
        parts = [f"backward step {self._step} of {len(EDGES)}", f"loss {short_number(self.values['L'])}"]
        if self._step == 0:
            return parts, "The forward pass is done. Drag “backward step” to the right, one edge at a time."
        edge = self.edges[self._step - 1]
        return [*parts, f"gradient of {edge.parent}: {short_number(edge.gradient)}"], _meaning(edge, self.values)

    def sentence(self) -> str:
        """Return the values of the graph and the gradients walked so far."""
        values = ", ".join(f"{name} = {short_number(value)}" for name, value in self.values.items())
        gradients = ", ".join(f"∂L/∂{e.parent} = {short_number(e.gradient)}" for e in self.edges[: self._step])
        return (
            f"Computation graph of L = (w2·ReLU(w1·x + b1) + b2 − y)². Forward: {values}. "
            f"Backward, {self._step} of {len(EDGES)} steps: {gradients or 'no gradient yet'}."
        )

    def program(self) -> str:
        """Return the plain PyTorch program that prints these gradients."""
        s = self._settings
        values = ", ".join(str(s[name]) for name in ("x", "w1", "b1", "w2", "b2"))
        return f"""\
import torch

values = [{values}]
x, w1, b1, w2, b2 = (torch.tensor(value, requires_grad=True) for value in values)
y = torch.tensor({s["target"]})

u = w1 * x
z = u + b1
a = torch.relu(z)
v = w2 * a
y_hat = v + b2
loss = (y_hat - y) ** 2

for value in (y_hat, v, a, z, u):
    value.retain_grad()  # by default, only inputs keep their gradients
loss.backward()

print(f"loss {{loss.item():.4f}}")
names = ["ŷ", "b2", "v", "w2", "a", "z", "b1", "u", "w1", "x"]
for name, value in zip(names, [y_hat, b2, v, w2, a, z, b1, u, w1, x]):
    print(f"gradient of {{name}}: {{value.grad.item():.4f}}")
"""


class GraphPicture:
    """The graph as boxes with their values, and the edges walked so far with their gradients.

    Parameters
    ----------
    figure : matplotlib Figure
        Of 640 × 330 pixels; the coordinates are pixels.
    """

    #: Middles of the two rows of boxes, and the sizes of the boxes.
    CHAIN_ROW, INPUT_ROW = 202, 112
    WIDTH, CHAIN_HEIGHT, INPUT_HEIGHT = 66, 58, 40

    def __init__(self, figure) -> None:
        axes = self._axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, 640), ylim=(0, 330))
        axes.axis("off")
        self.place = {name: (column, self.CHAIN_ROW) for name, column in COLUMN.items()}
        self.place |= {name: (COLUMN[child], self.INPUT_ROW) for name, child in ENTERS.items()}
        self._boxes, self._values = {}, {}
        centred = {"ha": "center", "va": "center"}
        for name, (column, row) in self.place.items():
            corner = (column - self.WIDTH / 2, row - self._height(name) / 2)
            box = FancyBboxPatch(corner, self.WIDTH, self._height(name), boxstyle="round,pad=0")
            self._boxes[name] = axes.add_patch(box)
            top, bottom = (18, -17) if name in CHAIN else (9, -9)
            axes.text(column, row + top, name, fontsize=9, weight="bold", **centred)
            if CHAIN.get(name):
                axes.text(column, row, f"= {CHAIN[name]}", fontsize=8, **centred)
            self._values[name] = axes.text(column, row + bottom, "", fontsize=10, **centred)
        for child, parent in (*((c, p) for c, p, _ in EDGES), ("L", "y")):
            self._arrow(parent, child, FORWARD_COLOUR, 1.0, shift=-7)
        self._title = axes.text(320, 313, "", fontsize=10, weight="bold", **centred)
        self._relu = axes.text(COLUMN["a"], 150, "", fontsize=8, **centred)
        axes.text(10, 10, "grey: forwards, the values", color=FORWARD_COLOUR, fontsize=8, va="center")
        legend = "orange: backwards, local derivative × upstream gradient = gradient"
        axes.text(630, 10, legend, color=BACKWARD_COLOUR, fontsize=8, va="center", ha="right")
        self._walked: list = []

    def update(self, values: dict[str, float], walked: list[Edge]) -> None:
        """Show the values, and the edges walked so far, the newest one highlighted."""
        for artist in self._walked:
            artist.remove()
        self._walked = []
        newest = walked[-1] if walked else None
        for name, text in self._values.items():
            text.set_text(short_number(values[name]))
            active = newest is not None and name in (newest.child, newest.parent)
            self._boxes[name].set(
                facecolor="#FFE3CC" if active else "#EAF3FA" if name in CHAIN else "#F3F3F3",
                edgecolor=BACKWARD_COLOUR if active else "#9AA7B0",
            )
        self._title.set_text(_equation(newest) if newest else "The forward pass: every value, from x to the loss L")
        on = values["z"] > 0
        self._relu.set_text("z > 0: ReLU is on\nslope 1" if on else "z ≤ 0: ReLU is off\nslope 0")
        self._relu.set_color("#222222" if on else "#B3003C")
        for edge in walked:
            self._walked += self._draw_edge(edge, edge is newest)

    def _draw_edge(self, edge: Edge, newest: bool) -> list:
        column = self.place[edge.parent][0]
        x, y = ((column + self.place[edge.child][0]) / 2, 263) if edge.parent in CHAIN else (column, 61)
        text = self._axes.text(
            x,
            y,
            f"{short_number(edge.local)}\n× {short_number(edge.upstream)}\n= {short_number(edge.gradient)}",
            ha="center",
            va="center",
            fontsize=9,
            linespacing=1.25,
            color=BACKWARD_COLOUR,
            weight="bold" if newest else "normal",
            bbox={"facecolor": "#FFE3CC" if newest else "white", "edgecolor": "none", "pad": 2},
        )
        arrow = self._arrow(edge.child, edge.parent, BACKWARD_COLOUR, 2.6 if newest else 1.4, shift=7)
        arrow.set_linestyle("-" if edge.gradient else (0, (2, 1.5)))  # dashed: nothing is passed on
        return [text, arrow]

    def _height(self, name: str) -> float:
        return self.CHAIN_HEIGHT if name in CHAIN else self.INPUT_HEIGHT

    def _arrow(self, start: str, end: str, colour: str, width: float, shift: float) -> FancyArrowPatch:
        """Draw an arrow between two boxes; `shift` keeps the two directions apart."""
        (x0, y0), (x1, y1) = self.place[start], self.place[end]
        if y0 == y1:
            half = self.WIDTH / 2 if x1 > x0 else -self.WIDTH / 2
            ends = (x0 + half, y0 + shift), (x1 - half, y1 + shift)
        else:
            up = 1 if y1 > y0 else -1
            ends = ((x0 + shift, y0 + up * self._height(start) / 2), (x1 + shift, y1 - up * self._height(end) / 2))
        style = {"arrowstyle": "-|>", "mutation_scale": 9, "shrinkA": 1, "shrinkB": 1}
        arrow = FancyArrowPatch(*ends, color=colour, linewidth=width, **style)
        return self._axes.add_patch(arrow)


def _equation(edge: Edge) -> str:
    local, upstream = f"∂{edge.child}/∂{edge.parent}", f"∂L/∂{edge.child}"
    if edge.child == "L":
        return (
            f"{local} = {edge.formula} = {short_number(edge.local)}, the first gradient: nothing is upstream of L but 1"
        )
    numbers = f"{short_number(edge.local)} × {short_number(edge.upstream)} = {short_number(edge.gradient)}"
    return f"∂L/∂{edge.parent} = {local} × {upstream} = {numbers},   where {local} = {edge.formula}"


def _meaning(edge: Edge, values: dict[str, float]) -> str:
    """Return in words what the newest gradient says."""
    name = edge.parent
    if edge.parent == "z" and edge.local == 0:
        return (
            f"z is {short_number(values['z'])}, not above 0: ReLU is off and its slope is 0. Nothing passes: "
            "whatever lies before it (b1, w1, x) gets the gradient 0."
        )
    if edge.gradient == 0:
        if edge.upstream == 0:
            return (
                f"Nothing arrives from {edge.child}, so nothing is passed on: moving {name} a little changes no loss."
            )
        return f"The local derivative {edge.formula} is 0: moving {name} a little changes no loss."
    direction = "rises" if edge.gradient > 0 else "falls"
    return f"Raise {name} a little: the loss {direction} by {short_number(abs(edge.gradient))} times as much."
