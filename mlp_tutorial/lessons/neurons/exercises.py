"""What lesson 01 imports: its data, its explorer, its plot, and the checks of its exercises."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import matplotlib
import numpy as np
import torch
from matplotlib.figure import Figure

from mlp_tutorial.data.load import load_dataset
from mlp_tutorial.lessons.neurons.one_neuron import Measurement, load_two_species, measure, neuron_with, tensors
from mlp_tutorial.lessons.shared.checks import check, part
from mlp_tutorial.lessons.shared.comparing_calls import Case, compare_calls
from mlp_tutorial.lessons.shared.feedback import NotYet
from mlp_tutorial.lessons.shared.problems import generator
from mlp_tutorial.lessons.shared.stand_ins import stand_in
from mlp_tutorial.lessons.shared.values import shown
from mlp_tutorial.plots.regions import DecisionRegions
from mlp_tutorial.plots.style import CLASS_COLOURS, new_figure
from mlp_tutorial.utils.errors import is_number

#: The loss to reach by hand: below what is possible with a bias of 0, and with bill length alone.
GOAL = 0.03
#: With numbers above it the sums overflow.
LARGEST = 1e15


@check
def check_neuron(neuron: Callable) -> str:
    """Compare `neuron(x, w, b)` with a sigmoid neuron, for one penguin and for several."""
    draw = generator()
    cases = [("the output for one penguin", {"x": [1, 2], "w": [1, -1], "b": -1})]
    cases += [("the output for one penguin", _drawn(draw, x=(2,), w=(2,), b=())) for _ in range(3)]
    for number in (40, 2, 1):
        name = f"the outputs for {number} penguin{'s' if number > 1 else ''}, x of shape ({number}, 2)"
        cases.append((name, _drawn(draw, x=(number, 2), w=(2,), b=())))
    mistakes = """
        torch.sigmoid(x * w + b)  # x * w multiplies in pairs, but nothing adds the products up: use @
        x * w + b  # x * w multiplies in pairs, but nothing adds the products up: use @
    x @ w + b  # this is the weighted sum plus bias; the sigmoid is missing
    torch.sigmoid(x @ w)  # the bias is missing
    torch.sigmoid(x @ w) + b  # the bias is added after the sigmoid; it belongs to the sum inside
    torch.sigmoid((x * w + b).sum(-1))  # the bias is added once for each input, but there is one bias
    torch.sigmoid(-x @ w - b)  # the sign inside is turned round
    torch.sigmoid(x @ w - b)  # the bias is subtracted, not added
    torch.relu(x @ w + b)  # this is ReLU; the activation asked for is the sigmoid
    torch.tanh(x @ w + b)  # this is tanh; the activation asked for is the sigmoid
    (x @ w + b > 0).float()  # the output is cut to 0 or 1; a sigmoid takes all values between
    torch.sigmoid(x[0] * w[0] + x[1] * w[1] + b)
        # x[0] and x[1] are now the first two penguins, not the two features: use x @ w
    torch.sigmoid((x * w).sum() + b)
        # it adds up over the penguins too: x @ w adds up the features of each penguin alone
    """
    compare_calls(neuron, lambda x, w, b: torch.sigmoid(x @ w + b), _as_tensors(cases), mistakes)
    return "One line serves one penguin and many: @ adds up the features of each."


def _drawn(draw: torch.Generator, **shapes: tuple[int, ...]) -> dict[str, torch.Tensor]:
    return {name: torch.randn(shape, generator=draw) for name, shape in shapes.items()}


def _as_tensors(cases: list[Case]) -> list[Case]:
    return [(name, {key: torch.as_tensor(value).float() for key, value in given.items()}) for name, given in cases]


@check
def check_layer(layer: Callable) -> str:
    """Compare `layer(X, W, b)` with sigmoid neurons that are computed one by one."""
    draw = generator()
    cases = [
        (
            "the outputs of 3 neurons for 2 penguins",
            {"X": [[1, 2], [0, -1]], "W": [[1, 0], [0, 1], [1, -1]], "b": [0, 1, -1]},
        )
    ]
    for penguins, inputs, neurons in ((5, 2, 3), (3, 3, 3), (1, 2, 4), (40, 5, 2)):
        name = f"the outputs of {neurons} neurons for {penguins} penguin{'s' * (penguins > 1)}"
        cases.append((name, _drawn(draw, X=(penguins, inputs), W=(neurons, inputs), b=(neurons,))))
    mistakes = """
    right.T  # it is transposed: a row for each penguin, a column for each neuron
    X @ W.T + b  # the sigmoid is missing
    torch.sigmoid(X @ W.T)  # the biases are missing
    torch.sigmoid(X @ W.T) + b  # the biases are added after the sigmoid; they belong to the sum inside
    torch.sigmoid(X @ W.reshape(W.shape[::-1]) + b)  # reshape only cuts the numbers anew; W.T turns W over
    right[:, 0]  # this is the first neuron alone
    right[0]  # this is the first penguin alone
    torch.softmax(X @ W.T + b, 1)  # softmax ties the neurons together; each has a sigmoid of its own
    torch.relu(X @ W.T + b)  # this is ReLU; the activation asked for is the sigmoid
    """
    compare_calls(layer, _one_by_one, _as_tensors(cases), mistakes)
    return "Three neurons, five penguins, one matrix product."


def _one_by_one(X: torch.Tensor, W: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    return torch.stack([torch.sigmoid(X @ W[k] + b[k]) for k in range(len(b))], dim=1)  # (penguins, neurons)


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
    with new_figure(6.4, 2.7) as figure:
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
        if not abs(value) < LARGEST:
            raise NotYet(f"{name} must be a finite number, such as 2.5; it is {shown(value)}.")
    measured = _measured(numbers)
    if measured.loss < GOAL:
        return f"Loss {measured.loss:.4f}, below {GOAL}: you have just done by hand what gradient descent does."
    found = f"The loss is {measured.loss:.4f}, the goal is {GOAL}."
    if measured.accuracy < 0.5:
        longer = "Chinstraps (1) have the longer bills, so w1 must be positive"
        raise NotYet(f"{found} Most penguins get the wrong answer: {longer}.")
    if numbers["w1"] == numbers["w2"] == 0:
        raise NotYet(f"{found} With both weights at 0 every penguin gets the same answer: move them first.")
    if numbers["b"] == 0:
        raise NotYet(f"{found} With a bias of 0 the line runs through the average bill: move b as well.")
    if numbers["w2"] == 0:
        raise NotYet(f"{found} Bill length alone does not get there: move w2 as well.")
    for factor in (1.5, 2, 3, 5):
        if _measured({name: factor * value for name, value in numbers.items()}).loss < GOAL:
            larger = f"make all three numbers larger by the same factor, such as {factor}"
            raise NotYet(f"{found} The line lies well, but the outputs are too timid: {larger}.")
    for factor in (0.5, 0.2, 0.1, 0.05, 0.01):
        if _measured({name: factor * value for name, value in numbers.items()}).loss < GOAL:
            smaller = f"make all three numbers smaller by the same factor, such as {factor}"
            raise NotYet(f"{found} The line lies well, but the outputs are too sure of themselves: {smaller}.")
    if max(map(abs, measured.gradient.values())) < 0.0005:
        flat = "nearly every output is pinned to 0 or 1, where the sigmoid is flat, so that no gradient shows a way"
        raise NotYet(f"{found} The numbers are too large: {flat}. Divide all three by 10 or more.")
    name, slope = max(measured.gradient.items(), key=lambda item: abs(item[1]))
    direction = "lower" if slope > 0 else "raise"
    raise NotYet(f"{found} The largest gradient is that of {name}, {slope:.3f}: {direction} it.")


def _measured(numbers: Mapping[str, float]) -> Measurement:
    return measure(neuron_with("sigmoid"), *tensors(numbers), load_two_species())


@check(parts=2)
def check_advice(advice: Callable) -> str:
    """Ask `advice(gradient)` for gradients chosen to tell mistakes apart, and for twenty drawn at random."""
    cases = [
        {"w1": 0.12, "w2": -0.3, "b": 0.02},
        {"w1": 0.25, "w2": -0.1, "b": 0.2},
        {"w1": -0.01, "w2": 0.02, "b": -0.4},
    ]
    cases += [dict(zip(cases[0], slopes, strict=True)) for slopes in torch.randn(20, 3, generator=generator()).tolist()]
    answers = []
    for gradient in cases:
        answer = advice(dict(gradient))
        if not isinstance(answer, (tuple, list)) or len(answer) != 2:
            raise NotYet(f'Return a name and a word, such as ("b", "lower"); yours returned {answer!r}.')
        name, direction = answer
        if (
            not (isinstance(name, str) and isinstance(direction, str))
            or name not in gradient
            or direction not in ("raise", "lower")
        ):
            raise NotYet(f'The name must be "w1", "w2" or "b", the word "raise" or "lower"; yours returned {answer!r}.')
        answers.append((gradient, name, direction))
    with part():
        for gradient, name, _ in answers:
            strongest = max(gradient, key=lambda key: abs(gradient[key]))
            if name != strongest:
                cause = "look at the sizes, without their signs"
                if all(moved == max(slopes, key=slopes.get) for slopes, moved, _ in answers):
                    cause = "a gradient of −0.3 is stronger than one of 0.1: compare abs(…)"
                raise NotYet(
                    f"For the gradient {_slopes(gradient)} you move {name}; {strongest} matters most: {cause}."
                )
    with part():
        for gradient, name, direction in answers:
            if direction != ("lower" if gradient[name] > 0 else "raise"):
                sign = "positive" if gradient[name] > 0 else "negative"
                uphill = f"its gradient is {sign}, and the gradient points uphill. Go against its sign."
                raise NotYet(
                    f"For the gradient {_slopes(gradient)} you {direction} {name}, and the loss rises: {uphill}"
                )
    return "Against the sign, the strongest first. Gradient descent moves all of them at once, in proportion."


def _slopes(gradient: Mapping[str, float]) -> str:
    return ", ".join(f"{key} {value:.2f}" for key, value in gradient.items())
