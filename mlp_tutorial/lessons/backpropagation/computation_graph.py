"""The computation graph of lesson 05: its values, its edges, and the gradients on them."""

from __future__ import annotations

from typing import NamedTuple


class Graph(NamedTuple):
    """A network from the input to the loss."""

    chain: dict[str, str]  # the name of each value, and how it is computed
    #: As backpropagation walks them: child, parent, local derivative as a formula.
    edges: tuple[tuple[str, str, str], ...]
    enters: dict[str, str]  # which value each input outside the chain enters
    formula: str  # of the loss


CHAIN = Graph(
    {"x": "", "u": "w1·x", "z": "u + b1", "a": "ReLU(z)", "v": "w2·a", "ŷ": "v + b2", "L": "(ŷ − y)²"},
    (
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
    ),
    {"w1": "u", "b1": "z", "w2": "v", "b2": "ŷ", "y": "L"},
    "(w2·ReLU(w1·x + b1) + b2 − y)²",
)
#: The same where x enters a second time, in place of b2.
TWICE = Graph(
    CHAIN.chain | {"ŷ": "v + x"},
    tuple(("ŷ", "x", "1") if edge[1] == "b2" else edge for edge in CHAIN.edges),
    {name: child for name, child in CHAIN.enters.items() if name != "b2"},
    "(w2·ReLU(w1·x + b1) + x − y)²",
)


class Edge(NamedTuple):
    """One edge of the graph, with the numbers of the chain rule: the gradient flows from the child to the parent."""

    child: str
    parent: str
    formula: str  # of the local derivative
    local: float  # derivative of the child by the parent, over this edge alone
    upstream: float  # gradient of the loss by the child
    gradient: float  # what comes over this edge: local × upstream
    total: float  # gradient of the loss by the parent: the sum of what has come so far


def backward_edges(
    graph: Graph, *, x: float, w1: float, b1: float, w2: float, b2: float, target: float
) -> tuple[dict[str, float], list[Edge]]:
    """Run the network forwards and backwards; return its values by their names, and its edges."""
    u = w1 * x
    z = u + b1
    a = max(z, 0.0)
    v = w2 * a
    y_hat = v + (x if graph is TWICE else b2)
    inputs = {"x": x, "w1": w1, "b1": b1, "w2": w2, "b2": b2, "y": target}
    values = {name: inputs[name] for name in ("x", *graph.enters)}
    values |= {"u": u, "z": z, "a": a, "v": v, "ŷ": y_hat, "L": (y_hat - target) ** 2}

    slopes = {"2(ŷ − y)": 2 * (y_hat - target), "1": 1.0, "a": a, "w2": w2, "ReLU'(z)": float(z > 0), "x": x, "w1": w1}
    gradients, edges = dict.fromkeys(values, 0.0) | {"L": 1.0}, []
    for child, parent, formula in graph.edges:
        gradient = slopes[formula] * gradients[child]
        gradients[parent] += gradient
        edges.append(Edge(child, parent, formula, slopes[formula], gradients[child], gradient, gradients[parent]))
    return values, edges
