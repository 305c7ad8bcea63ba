"""The checks of lesson 06's exercises, and the plot of a learner's collapsed layers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import matplotlib
import torch
import torch.nn.functional as F
from matplotlib.figure import Figure
from torch import nn

from mlp_tutorial.data.load import load_dataset
from mlp_tutorial.lessons.activations.activation_explorer import Function, values_and_slopes
from mlp_tutorial.lessons.shared.checks import NotYet, check, compare, fresh_generator
from mlp_tutorial.lessons.shared.stand_ins import stand_in
from mlp_tutorial.model import NeuralNetworkModel
from mlp_tutorial.plots.regions import DecisionRegions
from mlp_tutorial.plots.style import STYLE, new_figure
from mlp_tutorial.training.evaluation import evaluate
from mlp_tutorial.training.loop import train
from mlp_tutorial.utils.randomness import SeededRandomness
from mlp_tutorial.utils.wording import percent


@check
def check_collapse(collapse: Callable) -> str:
    """Compare the layer that `collapse(W1, b1, W2, b2)` returns with two layers, one after the other."""
    normal = partial(torch.randn, generator=fresh_generator())
    W1, b1, W2, b2 = normal(5, 3), normal(5), normal(2, 5), normal(2)
    answer = collapse(W1.clone(), b1.clone(), W2.clone(), b2.clone())
    if not isinstance(answer, tuple) or len(answer) != 2:
        raise NotYet("Return two tensors, in this order: return W, b.")
    W, b = _collapse(W1, b1, W2, b2)
    causes = [
        (W.T, "it is transposed: like W1 and W2 it has the shape (outputs, inputs)"),
        (b, "W and b are returned in the other order"),
    ]
    compare("W", answer[0], W, causes=causes)
    causes = [
        (b2, "the first layer's bias is lost: the second layer multiplies it too, by W2"),
        (W2 @ b1, "the second layer's bias is missing"),
        (b1.sum() + b2, "b1 passes through the second layer: it is multiplied by W2"),
        (W2.sum(1) * b1.sum() + b2, "b1 passes through the second layer as a vector: W2 @ b1"),
    ]
    compare("b", answer[1], b, causes=causes)
    return "One layer with your W and b does what the two did, for every input."


def plot_collapse(collapse: Callable) -> Figure:
    """Train three layers on the moons without and with ReLU, and collapse the former by a learner's function.

    Parameters
    ----------
    collapse : callable
        `collapse(W1, b1, W2, b2)` returns W and b. Where it would stop the notebook, the package's own is used.

    Returns
    -------
    matplotlib Figure
        Three panels: three linear layers, the single layer that they collapse to, and three layers with ReLU between.
    """
    dataset = load_dataset("moons")
    stack, bent = _moons_network("identity"), _moons_network("relu")
    layers = [(layer.weight.detach(), layer.bias.detach()) for _, layer in stack.linear_layers()]
    first, second, third = layers
    trials = (*first, *second), (*_collapse(*first, *second), *third)
    chosen = stand_in(collapse, _collapse, *trials, noun="collapse")
    first_two = chosen.function(first[0].clone(), first[1].clone(), *second)
    W, b = chosen.function(*first_two, *third)
    single = nn.Linear(2, 2)
    single.load_state_dict({"weight": W, "bias": b})
    figure = new_figure(6.4, 2.7)
    titles = ("three linear layers", "one layer", "three layers, ReLU between")
    with matplotlib.rc_context(STYLE):
        for axes, model, title in zip(figure.subplots(1, 3), (stack, single, bent), titles, strict=True):
            DecisionRegions(axes, dataset).update(model)
            accuracy = percent(evaluate(model, dataset, nn.CrossEntropyLoss()).metric)
            axes.set(title=f"{title}\naccuracy {accuracy}", xlabel="", ylabel="", xticks=[], yticks=[])
        figure.suptitle(chosen.title("Three linear layers are one, by"), fontsize=9)
    return figure


def _collapse(W1, b1, W2, b2):
    return W2 @ W1, W2 @ b1 + b2


def _moons_network(activation: str) -> NeuralNetworkModel:
    with SeededRandomness(0):
        model = NeuralNetworkModel(2, [8, 8], 2, activation)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    train(model, load_dataset("moons"), nn.CrossEntropyLoss(), optimizer, num_epochs=300, progress=False)
    return model


@check
def check_leaky_relu(leaky_relu: Callable) -> str:
    """Compare `leaky_relu(z, slope)` with PyTorch's on random numbers, and look at its gradient."""
    z = 3 * torch.randn(4, 5, generator=fresh_generator())
    for slope, arguments in ((0.01, ()), (0.3, (0.3,))):  # 0.01 is the default
        causes = [
            (z.relu(), "negative z give 0, as in ReLU; they should give slope · z"),
            (torch.where(z > 0, z, slope), "below 0 it returns the slope itself, not slope · z"),
            (torch.where(z > 0, slope * z, z), "the two sides are swapped"),
            (torch.where(z > 0, z, -slope * z), "its sign is turned: below 0 a leaky ReLU is negative"),
            (F.leaky_relu(z, 0.01), "the slope is fixed at 0.01: use the argument"),
            (z.relu() - slope * z, "slope · z is needed below 0 alone, and with the sign of z"),
            (z.relu() + slope * z, "slope · z is added above 0 too"),
        ]
        answer = _called(leaky_relu, z.clone(), *arguments)
        compare(f"leaky_relu(z, {slope})", answer, F.leaky_relu(z, slope), causes=causes)
    _, slopes = values_and_slopes(leaky_relu, z)
    compare("its gradient by autograd", slopes, values_and_slopes(F.leaky_relu, z)[1])
    return "It is PyTorch's, and a gradient passes on both sides."


@check
def check_tanh_derivative(tanh_derivative: Callable) -> str:
    """Compare `tanh_derivative(z)` with autograd on random numbers."""
    z = 1.5 * torch.randn(3, 4, generator=fresh_generator())
    tanh, slopes = values_and_slopes(torch.tanh, z)
    causes = [
        (1 - tanh, "tanh(z) has to be squared"),
        (1 - z**2, "it is 1 − a² with a = tanh(z), not with z itself"),
        (1 + tanh**2, "a sign: 1 minus the square"),
        (tanh**2 - 1, "its sign is turned: tanh rises everywhere"),
        (tanh * (1 - tanh), "that is the sigmoid's rule, a(1 − a)"),
        (tanh, "that is tanh(z) itself"),
        ((1 - tanh) ** 2, "the square is of tanh(z), not of 1 − tanh(z)"),
        (1 - torch.tanh(z**2), "the square is of tanh(z), not of z"),
    ]
    compare("tanh_derivative(z)", _called(tanh_derivative, z.clone()), slopes, causes=causes)
    return "Your formula agrees with autograd."


@check
def check_activation(activation: Callable) -> str:
    """Look whether `activation(z)` can serve: same shape, number by number, bent, with a gradient."""
    z = 2 * torch.randn(6, 5, generator=fresh_generator())
    answer = _called(activation, z.clone())
    if getattr(answer, "shape", None) != z.shape:
        came = f"shape {tuple(answer.shape)}" if isinstance(answer, torch.Tensor) else f"a {type(answer).__name__}"
        raise NotYet(f"It returns one number for each it is given: expected shape {tuple(z.shape)}, got {came}.")
    values, slopes = values_and_slopes(activation, z)
    grid = torch.linspace(-4, 4, 161)
    values_on_grid, slopes_on_grid = values_and_slopes(activation, grid)
    if not (values_on_grid.isfinite().all() and slopes_on_grid.isfinite().all() and values.isfinite().all()):
        raise NotYet("Between −4 and 4 it returns inf or nan, or its slope does: the loss would be lost at once.")
    alone = torch.stack([activation(number.reshape(1)).detach()[0] for number in z.flatten()]).reshape(z.shape)
    if not torch.allclose(alone, values, atol=1e-5):
        raise NotYet(
            "It mixes numbers: the result for one z depends on the others. A softmax, a mean or a normalisation does that; "
            "an activation works on each number alone."
        )
    if not slopes_on_grid.any():
        steps = "it is constant" if len(values_on_grid.unique()) == 1 else "it is made of steps, or leaves the graph"
        raise NotYet(f"Its slope is 0 everywhere ({steps}): no gradient passes, and nothing before it would learn.")
    if (slopes_on_grid - slopes_on_grid[0]).abs().max() < 1e-4:
        raise NotYet("It is a straight line, and a stack of straight lines is one straight line. Bend it somewhere.")
    compare("its slope by autograd", slopes, _measured_slopes(activation, z), tolerance=2e-2)
    flat = (slopes_on_grid == 0).float().mean().item()
    warning = f" For {round(100 * flat)} % of z from −4 to 4 it is flat: there, units can die." if flat else ""
    return f"It bends, and its steepest slope is {slopes_on_grid.abs().max().item():.2f}.{warning}"


def _measured_slopes(function: Function, z: torch.Tensor) -> torch.Tensor:
    """Return slopes by finite differences, in double precision; next to a kink autograd's own."""
    z = z.double()
    near, far = ((function(z + nudge).detach() - function(z - nudge).detach()) / (2 * nudge) for nudge in (1e-4, 1e-3))
    smooth = (near - far).abs() < 1e-2
    return torch.where(smooth, near, values_and_slopes(function, z)[1])


def _called(function: Callable, *arguments: object) -> object:
    """Call a learner's function; of what fails with a tensor of many numbers, say what to use instead."""
    try:
        return function(*arguments)
    except (RuntimeError, TypeError, ValueError) as error:
        if "Boolean value of Tensor" in str(error):
            raise NotYet(
                "`if`, `and` and `max` ask one number whether it is true; a tensor holds many. "
                "Choose number by number: torch.where(z > 0, …, …), or torch.clamp, torch.maximum."
            ) from None
        if "converted to" in str(error) or "must be real number" in str(error):
            raise NotYet("The functions of `math` take one number; a tensor holds many: use torch's.") from None
        raise
