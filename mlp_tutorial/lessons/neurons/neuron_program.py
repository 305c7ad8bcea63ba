"""Lesson 01's neuron as a plain PyTorch program."""

from __future__ import annotations

from mlp_tutorial.lessons.neurons.one_neuron import Neuron
from mlp_tutorial.programs import ACTIVATION_CODE, Code, Program, code_of


def neuron_program(neuron: str | Neuron, weights: dict[str, float], learning_rate: float, num_steps: int) -> str:
    """Return the program that takes steps of gradient descent from some weights, and prints loss and gradient.

    `neuron` is the name of an activation, or a function of the learner's own.
    """
    if callable(neuron):
        own = code_of(neuron, "own_neuron")
        own = own._replace(expression=f"{own.expression}(X, w, b)")
    else:
        own = Code(ACTIVATION_CODE[neuron][1].format("X @ w + b"))
    w1, w2, b = weights.values()
    descent = f"""\
for _ in range({num_steps}):
    _, d_w, d_b = loss_and_gradient()
    with torch.no_grad():
        w -= {learning_rate!r} * d_w
        b -= {learning_rate!r} * d_b"""
    return Program(
        imports=("import torch", "from mlp_tutorial.lessons.neurons import load_two_species"),
        sources=(own,),
        data=f"""\
penguins = load_two_species()
X, y = penguins.X_train, penguins.y_train  # (132, 2) and (132,)
w = torch.tensor([{w1!r}, {w2!r}], requires_grad=True)
b = torch.tensor({b!r}, requires_grad=True)
""",
        criterion=f"""\
def loss_and_gradient():
    outputs = {own.expression}
    loss = (outputs - y).square().mean()
    return loss, *torch.autograd.grad(loss, [w, b])
""",
        loop=descent if num_steps else "",
        report="""\
loss, d_w, d_b = loss_and_gradient()
print(f"w1 {w[0]:.6f}, w2 {w[1]:.6f}, b {b:.6f}, loss {loss:.6f}")
print(f"gradient: w1 {d_w[0]:.6f}, w2 {d_w[1]:.6f}, b {d_b:.6f}")""",
    ).text()
