"""The edges of the graph against finite differences and the formulas shown."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlp_tutorial.lessons.backpropagation.computation_graph import CHAIN, TWICE, backward_edges

weight = st.floats(-3, 3).map(lambda value: round(value, 1))


every_setting = st.fixed_dictionaries({name: weight for name in ("x", "w1", "b1", "w2", "b2", "target")})


def loss_after(graph, name, value, values):
    """Return the loss when the value called `name` is replaced and all that comes after it is computed anew."""
    known = {**values, name: value}
    order = {
        "u": lambda k: k["w1"] * k["x"],
        "z": lambda k: k["u"] + k["b1"],
        "a": lambda k: max(0.0, k["z"]),
        "v": lambda k: k["w2"] * k["a"],
        "ŷ": lambda k: k["v"] + k["b2" if graph is CHAIN else "x"],
        "L": lambda k: (k["ŷ"] - k["y"]) ** 2,
    }
    for node, rule in order.items():
        if node != name:
            known[node] = rule(known)
        elif name in order:
            known[node] = value
    return known["L"]


@pytest.mark.parametrize("graph", [CHAIN, TWICE])
@given(setting=every_setting)
@settings(max_examples=60, deadline=None)
def test_every_edge_is_local_times_upstream_and_the_sums_are_finite_differences(graph, setting):
    values, edges = backward_edges(graph, **setting)
    gradients = {"L": 1.0}
    for edge in edges:
        assert edge.gradient == pytest.approx(edge.local * edge.upstream, abs=1e-9)
        assert edge.upstream == gradients[edge.child]  # it was complete before it is handed on
        gradients[edge.parent] = gradients.get(edge.parent, 0.0) + edge.gradient
        assert edge.total == gradients[edge.parent]
    for name in (*graph.chain, *graph.enters):
        if (
            abs(values["z"]) >= 1e-3 and name in gradients
        ):  # ReLU has a corner at 0, where a difference is no derivative
            up, down = (loss_after(graph, name, values[name] + h, values) for h in (1e-6, -1e-6))
            assert gradients[name] == pytest.approx((up - down) / 2e-6, rel=1e-4, abs=1e-4), name


@given(every_setting)
@settings(max_examples=30, deadline=None)
def test_local_derivatives_follow_the_formulas_shown(setting):
    values, edges = backward_edges(CHAIN, **setting)
    formulas = {
        "2(ŷ − y)": 2 * (values["ŷ"] - values["y"]),
        "1": 1.0,
        "a": values["a"],
        "w2": values["w2"],
        "ReLU'(z)": float(values["z"] > 0),
        "x": values["x"],
        "w1": values["w1"],
    }
    for edge in edges:
        assert edge.local == pytest.approx(formulas[edge.formula])
