"""The backward stepper of lesson 05: a computation graph, walked from the loss back to the weights, edge by edge."""

from __future__ import annotations

from mlp_tutorial.lessons.backpropagation.computation_graph import CHAIN, TWICE, Edge, backward_edges
from mlp_tutorial.lessons.backpropagation.graph_picture import HEIGHT, TALLER, GraphPicture
from mlp_tutorial.live.canvas import Canvas
from mlp_tutorial.live.controls import float_slider, int_slider
from mlp_tutorial.live.explorer import Explorer
from mlp_tutorial.utils.wording import short_number


def explore_backward(
    x: float = 1.5,
    w1: float = 0.8,
    b1: float = 0.2,
    w2: float = 2.0,
    b2: float = -1.0,
    target: float = 1.0,
    *,
    step: int = 1,
    twice: bool = False,
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
    twice : bool, default False
        Let x enter a second time, in place of b2: ŷ = w2·ReLU(w1·x + b1) + x. Its gradients add up.

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
    if not 0 <= step <= len(CHAIN.edges):
        raise ValueError(f"step counts the edges walked, 0 to {len(CHAIN.edges)}; it is {step}.")
    return BackwardExplorer({"x": x, "w1": w1, "w2": w2, "b1": b1, "b2": b2, "target": target}, step, twice).shown()


class BackwardExplorer(Explorer):
    """What `explore_backward` returns: `nodes` and `edges` hold the numbers of the picture."""

    def __init__(self, settings: dict[str, float], step: int, twice: bool) -> None:
        self.graph = TWICE if twice else CHAIN
        canvas = Canvas(640, TALLER if twice else HEIGHT)
        self.picture = GraphPicture(canvas, self.graph)
        words = ("input x", "weight w1", "weight w2", "bias b1", "bias b2", "target y")
        controls = {"step": int_slider("backward step", step, 0, len(self.graph.edges))}
        for (name, value), label in zip(settings.items(), words, strict=True):
            controls[name] = float_slider(label, value, -3, 3)
        if twice:
            del controls["b2"]
        super().__init__(canvas, controls, top=("step", "x", "w1", "w2"), buttons=("show code",))

    def work(self) -> None:
        """Compute the graph for the sliders' values."""
        self._settings = self.values()
        self._step = self._settings.pop("step")
        self.nodes, self.edges = backward_edges(self.graph, **{"b2": 0.0, **self._settings})

    def draw(self) -> bool:
        """Draw the graph."""
        return self.picture.update(self.nodes, self.edges[: self._step])

    def status(self) -> tuple[list[str], str]:
        """Return the loss and the newest gradient; below, what it means."""
        parts = [f"backward step {self._step} of {len(self.edges)}", f"loss {short_number(self.nodes['L'])}"]
        if self._step == 0:
            return parts, "The forward pass is done. Drag “backward step” to the right, one edge at a time."
        edge = self.edges[self._step - 1]
        if any(later.parent == edge.parent for later in self.edges[self._step :]):
            note = f"{edge.parent} is used twice, and this is the first of two ways: walk on."
            return [*parts, f"gradient of {edge.parent} so far: {short_number(edge.total)}"], note
        return [*parts, f"gradient of {edge.parent}: {short_number(edge.total)}"], _meaning(edge, self.nodes)

    def sentence(self) -> str:
        """Return the values of the graph and the gradients walked so far."""
        values = ", ".join(f"{name} = {short_number(value)}" for name, value in self.nodes.items())
        walked = {edge.parent: short_number(edge.total) for edge in self.edges[: self._step]}
        gradients = ", ".join(f"∂L/∂{name} = {total}" for name, total in walked.items())
        return (
            f"Computation graph of L = {self.graph.formula}. Forward: {values}. "
            f"Backward, {self._step} of {len(self.edges)} steps: {gradients or 'no gradient yet'}."
        )

    def program(self) -> str:
        """Return the plain PyTorch program that prints these gradients."""
        s, second = self._settings, "x" if self.graph is TWICE else "b2"
        inputs = [name for name in ("x", "w1", "b1", "w2", "b2") if name in s]
        values = ", ".join(str(s[name]) for name in inputs)
        names = ["ŷ", second, "v", "w2", "a", "z", "b1", "u", "w1", "x"]
        return f"""\
import torch

values = [{values}]
{", ".join(inputs)} = (torch.tensor(value, requires_grad=True) for value in values)
y = torch.tensor({s["target"]})

u = w1 * x
z = u + b1
a = torch.relu(z)
v = w2 * a
y_hat = v + {second}
loss = (y_hat - y) ** 2

for value in (y_hat, v, a, z, u):
    value.retain_grad()  # by default, only inputs keep their gradients
loss.backward()

print(f"loss {{loss.item():.4f}}")
names = {names}
for name, value in zip(names, [{", ".join(names).replace("ŷ", "y_hat")}]):
    print(f"gradient of {{name}}: {{value.grad.item():.4f}}")
"""


def _meaning(edge: Edge, values: dict[str, float]) -> str:
    """Return in words what the newest gradient says."""
    name = edge.parent
    if name == "z" and edge.local == 0:
        return (
            f"z is {short_number(values['z'])}, not above 0: ReLU is off and its slope is 0. Nothing passes: "
            "whatever lies before it (b1, w1, x) gets the gradient 0."
        )
    if edge.total != edge.gradient:
        ways = f"{short_number(edge.total - edge.gradient)} + {short_number(edge.gradient)}"
        return f"{name} is used twice: what comes over its two edges adds up, {ways} = {short_number(edge.total)}."
    if edge.gradient:
        direction = "rises" if edge.gradient > 0 else "falls"
        return f"Raise {name} a little: the loss {direction} by {short_number(abs(edge.gradient))} times as much."
    nothing = f"Nothing arrives from {edge.child}, so nothing is passed on"
    reason = f"The local derivative {edge.formula} is 0" if edge.upstream else nothing
    return f"{reason}: moving {name} a little changes no loss."
