"""What lesson 01 imports: its data, its explorer, its plot, and the checks of its exercises."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import matplotlib
import numpy as np
import torch
from matplotlib.figure import Figure

from mlp_tutorial.data.load import load_dataset
from mlp_tutorial.lessons.neurons.one_neuron import Measurement, load_two_species, measure, neuron_with, tensors
from mlp_tutorial.lessons.shared.checks import NotYet, check, compare, fresh_generator
from mlp_tutorial.lessons.shared.stand_ins import stand_in
from mlp_tutorial.plots.regions import DecisionRegions
from mlp_tutorial.plots.style import CLASS_COLOURS, STYLE, new_figure
from mlp_tutorial.utils.errors import is_number

#: The loss to reach by hand: below what is possible with a bias of 0, and with bill length alone.
GOAL = 0.03


@check
def check_neuron(neuron: Callable) -> str:
    """Compare `neuron(x, w, b)` with a sigmoid neuron, for one penguin and for five."""
    draw = fresh_generator()
    X, w, b = (torch.randn(shape, generator=draw) for shape in ((5, 2), (2,), ()))
    x = X[0]
    if x @ w + b > 0:
        w, b = -w, -b
    z = x @ w + b  # below 0, where a sum can be told from its ReLU
    not_added = "x * w multiplies in pairs, but nothing adds the products up: use @"
    compare(
        "the output for one penguin",
        neuron(x.clone(), w.clone(), b.clone()),
        torch.sigmoid(z),
        causes=[
            (torch.sigmoid(x * w + b), not_added),
            (x * w + b, not_added),
            (z, "this is the weighted sum plus bias; the sigmoid is missing"),
            (torch.sigmoid(x @ w), "the bias is missing"),
            (torch.sigmoid(x @ w) + b, "the bias is added after the sigmoid; it belongs to the sum inside"),
            (torch.sigmoid((x * w + b).sum()), "the bias is added once for each input, but there is one bias"),
            (torch.sigmoid(-z), "the sign inside is turned round"),
            (torch.relu(z), "this is ReLU; the activation asked for is the sigmoid"),
        ],
    )
    rows = "x[0] and x[1] are now the first two penguins, not the two features: use x @ w"
    added_up = "it adds up over the penguins too: x @ w adds up the features of each penguin alone"
    compare(
        "the outputs for 5 penguins, x of shape (5, 2)",
        neuron(X.clone(), w.clone(), b.clone()),
        torch.sigmoid(X @ w + b),  # (5,)
        causes=[(torch.sigmoid(X[0] * w[0] + X[1] * w[1] + b), rows), (torch.sigmoid((X * w).sum() + b), added_up)],
    )
    return "One line serves one penguin and many: @ adds up the features of each."


@check
def check_layer(layer: Callable) -> str:
    """Compare `layer(X, W, b)` with three sigmoid neurons that are computed one by one."""
    draw = fresh_generator()
    X, W, b = (torch.randn(shape, generator=draw) for shape in ((5, 2), (3, 2), (3,)))
    expected = torch.stack([torch.sigmoid(X @ W[k] + b[k]) for k in range(3)], dim=1)  # (5, 3)
    z = torch.logit(expected.double())
    try:
        answer = layer(X.clone(), W.clone(), b.clone())
    except RuntimeError as error:
        if "cannot be multiplied" not in str(error):
            raise
        sizes = "X is (5, 2) and W is (3, 2): in a matrix product the two inner sizes must agree."
        raise NotYet(f"{sizes} Turn W over with W.T, which is (2, 3).") from None
    compare(
        "the outputs of 3 neurons for 5 penguins",
        answer,
        expected,
        causes=[
            (expected.T, "it is transposed: a row for each penguin, a column for each neuron"),
            (z, "the sigmoid is missing"),
            (torch.sigmoid(X @ W.T), "the biases are missing"),
            (torch.sigmoid(X @ W.T) + b, "the biases are added after the sigmoid; they belong to the sum inside"),
            (torch.sigmoid(X @ W.reshape(2, 3) + b), "reshape only cuts the numbers anew; W.T turns W over"),
            (expected[:, 0], "this is the first neuron alone"),
            (expected[0], "this is the first penguin alone"),
            (torch.softmax(z, 1), "softmax ties the neurons together; each has a sigmoid of its own"),
        ],
    )
    return "Three neurons, five penguins, one matrix product."


def plot_layer(layer: Callable, W: torch.Tensor, b: torch.Tensor) -> Figure:
    """Draw what each of three neurons answers over the plane of the penguins' bills.

    Parameters
    ----------
    layer : callable
        `layer(X, W, b)` returns outputs of shape (penguins, 3). Where it would stop the notebook, the
        package's own stands in.
    W, b : Tensor of shape (3, 2) and (3,)
        A row of weights, and a bias, for each neuron.

    Returns
    -------
    matplotlib Figure
        A panel for each neuron; the darker, the closer its output is to 1.
    """
    dataset = load_dataset("penguins")
    chosen = stand_in(layer, _layer, (dataset.X_train, W, b), (dataset.X_train[:1], W, b), noun="layer")
    figure = new_figure(6.4, 2.7)
    with matplotlib.rc_context(STYLE):
        panels = figure.subplots(1, 3, sharey=True)
        for number, axes in enumerate(panels):
            regions = DecisionRegions(axes, dataset)
            outputs = chosen.function(regions.grid, W, b)[:, number].detach().numpy()  # (points,)
            colour = np.array(matplotlib.colors.to_rgb(CLASS_COLOURS[number]))
            shades = 1 - 0.6 * outputs[:, np.newaxis] * (1 - colour)  # (points, 3): white for 0
            regions.image.set_data(shades.reshape(regions.resolution, regions.resolution, 3).clip(0, 1))
            axes.set_title(f"neuron {number + 1}: {dataset.class_names[number]}?")
            axes.label_outer()
        figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
        figure.suptitle(chosen.title("Three neurons by"), fontsize=9)
    return figure


def _layer(X: torch.Tensor, W: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    return torch.sigmoid(X @ W.T + b)  # (penguins, neurons)


@check
def check_hand_training(numbers: Mapping[str, float]) -> str:
    """Measure the sigmoid neuron with these numbers; where the loss is above `GOAL`, say what would help."""
    if not isinstance(numbers, Mapping) or set(numbers) != {"w1", "w2", "b"}:
        raise NotYet('Give a dictionary with the keys "w1", "w2" and "b".')
    for name, value in numbers.items():
        if not is_number(value):
            raise NotYet(f"{name} must be a number, such as 2.5; it is {value!r}.")
    measured = _measured(numbers)
    if measured.loss < GOAL:
        return f"Loss {measured.loss:.4f}, below {GOAL}: you have just done by hand what gradient descent does."
    found = f"The loss is {measured.loss:.4f}, the goal is {GOAL}."
    if measured.accuracy < 0.5:
        longer = "Chinstraps (1) have the longer bills, so w1 must be positive"
        raise NotYet(f"{found} Most penguins get the wrong answer: {longer}.")
    if numbers["b"] == 0:
        raise NotYet(f"{found} With a bias of 0 the line runs through the average bill: move b as well.")
    if numbers["w2"] == 0:
        raise NotYet(f"{found} Bill length alone does not get there: move w2 as well.")
    for factor in (1.5, 2, 3, 5):
        if _measured({name: factor * value for name, value in numbers.items()}).loss < GOAL:
            larger = f"make all three numbers larger by the same factor, such as {factor}"
            raise NotYet(f"{found} The line lies well, but the outputs are too timid: {larger}.")
    name, slope = max(measured.gradient.items(), key=lambda item: abs(item[1]))
    direction = "lower" if slope > 0 else "raise"
    raise NotYet(f"{found} The largest gradient is that of {name}, {slope:.3f}: {direction} it.")


def _measured(numbers: Mapping[str, float]) -> Measurement:
    return measure(neuron_with("sigmoid"), *tensors(numbers), load_two_species())


@check
def check_advice(advice: Callable) -> str:
    """Ask `advice(gradient)` for three gradients chosen to tell mistakes apart, and for twenty drawn at random."""
    cases = [
        {"w1": 0.12, "w2": -0.3, "b": 0.02},
        {"w1": 0.25, "w2": -0.1, "b": 0.2},
        {"w1": -0.01, "w2": 0.02, "b": -0.4},
    ]
    drawn = torch.randn(20, 3, generator=fresh_generator()).tolist()
    cases += [dict(zip(cases[0], slopes, strict=True)) for slopes in drawn]
    for gradient in cases:
        answer = advice(dict(gradient))
        if not isinstance(answer, tuple) or len(answer) != 2:
            raise NotYet(f'Return a name and a word, such as ("b", "lower"); yours returned {answer!r}.')
        name, direction = answer
        if name not in gradient or direction not in ("raise", "lower"):
            raise NotYet(f'The name must be "w1", "w2" or "b", the word "raise" or "lower"; yours returned {answer!r}.')
        strongest = max(gradient, key=lambda key: abs(gradient[key]))
        shown = ", ".join(f"{key} {value:.2f}" for key, value in gradient.items())
        if name != strongest:
            cause = "look at the sizes, without their signs"
            if name == max(gradient, key=gradient.get):
                cause = "a gradient of −0.3 is stronger than one of 0.1: compare abs(…)"
            raise NotYet(f"For the gradient {shown} you move {name}; {strongest} matters most: {cause}.")
        if direction != ("lower" if gradient[name] > 0 else "raise"):
            sign = "positive" if gradient[name] > 0 else "negative"
            uphill = f"its gradient is {sign}, and the gradient points uphill. Go against its sign."
            raise NotYet(f"For the gradient {shown} you {direction} {name}, and the loss rises: {uphill}")
    return "Against the sign, the strongest first. Gradient descent moves all of them at once, in proportion."
