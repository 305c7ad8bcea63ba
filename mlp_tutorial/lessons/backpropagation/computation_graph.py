"""The computation graph of lesson 05: its values, its edges, and the gradients on them."""

from __future__ import annotations

from typing import NamedTuple

import torch

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


class Edge(NamedTuple):
    """One edge of the graph, with the numbers of the chain rule: the gradient flows from the child to the parent."""

    child: str
    parent: str
    formula: str  # of the local derivative
    local: float  # derivative of the child by the parent
    upstream: float  # gradient of the loss by the child
    gradient: float  # gradient of the loss by the parent: local × upstream


def backward_edges(
    *, x: float, w1: float, b1: float, w2: float, b2: float, target: float
) -> tuple[dict[str, float], list[Edge]]:
    """Run the network forwards and backwards, with autograd; return its values by their names, and its `EDGES`."""
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
