"""The backward stepper of lesson 05: a computation graph, walked from the loss back to the weights, edge by edge."""

from __future__ import annotations

from mlp_tutorial.lessons.backpropagation.computation_graph import EDGES, Edge, backward_edges
from mlp_tutorial.lessons.backpropagation.graph_picture import GraphPicture
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
    return BackwardExplorer({"x": x, "w1": w1, "w2": w2, "b1": b1, "b2": b2, "target": target}, step).shown()


class BackwardExplorer(Explorer):
    """What `explore_backward` returns: `nodes` and `edges` hold the numbers of the picture."""

    def __init__(self, settings: dict[str, float], step: int) -> None:
        canvas = Canvas(640, 330)
        self.picture = GraphPicture(canvas)
        words = ("input x", "weight w1", "weight w2", "bias b1", "bias b2", "target y")
        controls = {"step": int_slider("backward step", step, 0, len(EDGES))}
        for (name, value), label in zip(settings.items(), words, strict=True):
            controls[name] = float_slider(label, value, -3, 3)
        super().__init__(canvas, controls, top=("step", "x", "w1", "w2"), buttons=("show code",))

    def work(self) -> None:
        """Compute the graph for the sliders' values."""
        self._settings = self.values()
        self._step = self._settings.pop("step")
        self.nodes, self.edges = backward_edges(**self._settings)

    def draw(self) -> bool:
        """Draw the graph."""
        return self.picture.update(self.nodes, self.edges[: self._step])

    def status(self) -> tuple[list[str], str]:
        """Return the loss and the newest gradient; below, what it means."""
        parts = [f"backward step {self._step} of {len(EDGES)}", f"loss {short_number(self.nodes['L'])}"]
        if self._step == 0:
            return parts, "The forward pass is done. Drag “backward step” to the right, one edge at a time."
        edge = self.edges[self._step - 1]
        return [*parts, f"gradient of {edge.parent}: {short_number(edge.gradient)}"], _meaning(edge, self.nodes)

    def sentence(self) -> str:
        """Return the values of the graph and the gradients walked so far."""
        values = ", ".join(f"{name} = {short_number(value)}" for name, value in self.nodes.items())
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


def _meaning(edge: Edge, values: dict[str, float]) -> str:
    """Return in words what the newest gradient says."""
    name = edge.parent
    if name == "z" and edge.local == 0:
        return (
            f"z is {short_number(values['z'])}, not above 0: ReLU is off and its slope is 0. Nothing passes: "
            "whatever lies before it (b1, w1, x) gets the gradient 0."
        )
    if edge.gradient:
        direction = "rises" if edge.gradient > 0 else "falls"
        return f"Raise {name} a little: the loss {direction} by {short_number(abs(edge.gradient))} times as much."
    nothing = f"Nothing arrives from {edge.child}, so nothing is passed on"
    reason = f"The local derivative {edge.formula} is 0" if edge.upstream else nothing
    return f"{reason}: moving {name} a little changes no loss."
