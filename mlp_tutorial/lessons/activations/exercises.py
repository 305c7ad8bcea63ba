"""The checks of lesson 06's exercises, and the plot of a learner's collapsed layers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
import torch.nn.functional as F
from matplotlib.figure import Figure
from torch import nn

from mlp_tutorial.data.load import load_dataset
from mlp_tutorial.lessons.activations.activation_explorer import Function, values_and_slopes
from mlp_tutorial.lessons.shared.checks import check
from mlp_tutorial.lessons.shared.comparing import compare
from mlp_tutorial.lessons.shared.comparing_calls import Case, compare_calls
from mlp_tutorial.lessons.shared.feedback import NotYet
from mlp_tutorial.lessons.shared.listening import what_cuts
from mlp_tutorial.lessons.shared.problems import generator
from mlp_tutorial.lessons.shared.stand_ins import stand_in
from mlp_tutorial.lessons.shared.unwritten import own_code
from mlp_tutorial.lessons.shared.values import kind
from mlp_tutorial.model import NeuralNetworkModel
from mlp_tutorial.plots.regions import DecisionRegions
from mlp_tutorial.plots.style import new_figure
from mlp_tutorial.training.evaluation import evaluate
from mlp_tutorial.training.loop import train
from mlp_tutorial.utils.randomness import SeededRandomness
from mlp_tutorial.utils.wording import percent


@check(parts=2)
def check_collapse(collapse: Callable) -> str:
    """Compare the layer that `collapse(W1, b1, W2, b2)` returns with two layers, one after the other."""
    normal = partial(torch.randn, generator=generator())
    small = ([[1.0, 2], [0, -1]], [1.0, 0], [[2.0, 1]], [3.0])
    problems = [tuple(map(torch.tensor, small))]
    for inputs, hidden, outputs in ((3, 5, 2), (3, 3, 3), (1, 4, 6)):
        problems.append((normal(hidden, inputs), normal(hidden), normal(outputs, hidden), normal(outputs)))
    cases = [("", dict(zip(("W1", "b1", "W2", "b2"), problem, strict=True))) for problem in problems]
    mistakes = {
        "W": """
        (W2 @ W1).T  # it is transposed: like W1 and W2 it has the shape (outputs, inputs)
        W2 @ b1 + b2  # W and b are returned in the other order
        W1 @ W2  # the factors are swapped: what x meets first stands on the right, W2 @ W1
        W2 @ W1.relu()  # there is a ReLU in between; without one, the two layers are one
        """,
        "b": """
        b2  # the first layer's bias is lost: the second layer multiplies it too, by W2
        W2 @ b1  # the second layer's bias is missing
        W2 @ b1.relu() + b2  # there is a ReLU in between; without one, the two layers are one
        b1 + b2  # b1 passes through the second layer: it is multiplied by W2
        b1.sum() + b2  # b1 passes through the second layer: it is multiplied by W2
        W2.sum(1) * b1.sum() + b2  # b1 passes through the second layer as a vector: W2 @ b1
        W2 @ W1  # W and b are returned in the other order
        """,
    }
    compare_calls(collapse, _collapse, cases, mistakes)
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
    stack, bent = _moons_networks()
    layers = [(layer.weight.detach(), layer.bias.detach()) for _, layer in stack.linear_layers()]
    first, second, third = layers
    trials = (*first, *second), (*_collapse(*first, *second), *third)
    chosen = stand_in(collapse, _collapse, *trials, noun="collapse")
    first_two = chosen.function(first[0].clone(), first[1].clone(), *second)
    W, b = chosen.function(*first_two, *third)
    single = nn.Linear(2, 2)
    single.load_state_dict({"weight": W, "bias": b})
    titles = ("three linear layers", "one layer", "three layers, ReLU between")
    with new_figure(6.4, 2.7) as figure:
        for axes, model, title in zip(figure.subplots(1, 3), (stack, single, bent), titles, strict=True):
            DecisionRegions(axes, dataset).update(model)
            accuracy = percent(evaluate(model, dataset, nn.CrossEntropyLoss()).metric)
            axes.set(title=f"{title}\naccuracy {accuracy}", xlabel="", ylabel="", xticks=[], yticks=[])
        figure.suptitle(chosen.title("Three linear layers are one, by"), fontsize=9)
    return figure


def _collapse(W1, b1, W2, b2):
    return W2 @ W1, W2 @ b1 + b2


def _moons_networks() -> list[NeuralNetworkModel]:
    """Return the two networks of section 1, one without bends and one with ReLU, trained as there."""
    with SeededRandomness(0):
        models = [NeuralNetworkModel(2, [8, 8], 2, activation) for activation in ("identity", "relu")]
    for model in models:
        optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
        train(model, load_dataset("moons"), nn.CrossEntropyLoss(), optimizer, num_epochs=300, progress=False)
    return models


@check(ready_made=("leaky_relu",))
def check_leaky_relu(leaky_relu: Callable) -> str:
    """Compare `leaky_relu(z, slope)` with PyTorch's, and the gradients that come back."""
    draw = generator()

    def called(z: torch.Tensor, slope: float | None = None) -> Case:
        given = {"z": z} if slope is None else {"z": z, "slope": slope}
        return f"leaky_relu(z, {0.01 if slope is None else slope})", given

    drawn = [3 * torch.randn(shape, generator=draw) for shape in ((4, 5), (3,), (2, 1, 3), ())]
    cases = [called(torch.tensor([-2.0, -1, 1, 3])), called(torch.tensor([-2.0, -1, 1, 3]), 0.5)]
    cases += [called(z, slope) for z, slope in zip(drawn, (None, 0.3, 0.0, 0.1), strict=True)]
    at_zero = [*cases, called(torch.zeros(1), 0.3)]
    mistakes = """
        z.relu()  # negative z give 0, as in ReLU; they should give slope · z
        torch.where(z > 0, z, slope)  # below 0 it returns the slope itself, not slope · z
        torch.where(z > 0, slope * z, z)  # the two sides are swapped
        torch.where(z > 0, z, -slope * z)  # its sign is turned: below 0 a leaky ReLU is negative
        F.leaky_relu(z, 0.01)  # the slope is fixed at 0.01: use the argument
        z.relu() - slope * z  # slope · z is needed below 0 alone, and with the sign of z
        z.relu() + slope * z  # slope · z is added above 0 too
        slope * z  # slope · z is for z below 0 alone; above it, z stays as it is
        F.elu(z, slope)  # that is ELU, a curve; below 0 a leaky ReLU is a straight line
    """

    def right(z: torch.Tensor, slope: float = 0.01) -> torch.Tensor:
        return F.leaky_relu(z, slope)

    compare_calls(leaky_relu, right, at_zero, mistakes)
    compare_calls(leaky_relu, right, cases, gradients=("z",))
    return "It is PyTorch's, and a gradient passes on both sides."


@check
def check_tanh_derivative(tanh_derivative: Callable) -> str:
    """Compare `tanh_derivative(z)` with autograd."""
    draw = generator()
    points = [torch.tensor([0.0, 1, -2]), *(1.5 * torch.randn(shape, generator=draw) for shape in ((3, 4), (1,), ()))]
    mistakes = """
    1 - z.tanh()  # tanh(z) has to be squared
    1 - z ** 2  # it is 1 − a² with a = tanh(z), not with z itself
    1 + z.tanh() ** 2  # a sign: 1 minus the square
    z.tanh() ** 2 - 1  # its sign is turned: tanh rises everywhere
    z.tanh() ** 2  # that is a²; the slope is 1 − a²
    z.tanh() * (1 - z.tanh())  # that is the sigmoid's rule, a(1 − a)
    z.sigmoid() * (1 - z.sigmoid())  # that is the slope of the sigmoid
    z.tanh()  # that is tanh(z) itself
    (1 - z.tanh()) ** 2  # the square is of tanh(z), not of 1 − tanh(z)
    1 - (z ** 2).tanh()  # the square is of tanh(z), not of z
    """
    cases = [("tanh_derivative(z)", {"z": z}) for z in points]
    compare_calls(tanh_derivative, lambda z: values_and_slopes(torch.tanh, z)[1], cases, mistakes)
    return "Your formula agrees with autograd."


#: A slope above which an activation is of no use: that of z**6 at 4 is 6,144.
STEEPEST = 10_000


@check
def check_activation(activation: Callable) -> str:
    """Look whether `activation(z)` can serve: same shape, number by number, bent, with a gradient."""
    z = 2 * torch.randn(6, 5, generator=generator())
    answer = activation(z.clone())
    if isinstance(answer, torch.Tensor) and answer.is_complex():
        raise NotYet("It returns complex numbers: a network computes with real ones.")
    if not isinstance(answer, torch.Tensor) or answer.shape != z.shape:
        came = f"shape {tuple(answer.shape)}" if isinstance(answer, torch.Tensor) else kind(answer)
        raise NotYet(f"It returns one number for each it is given: expected shape {tuple(z.shape)}, got {came}.")
    if len(answer.unique()) > 1 and torch.equal(answer, activation(z.flip(0))):
        raise NotYet("Other numbers in the same shape gave the same result: it keeps something between its calls.")
    grid = torch.arange(-80, 81) / 20  # with 0 among them
    values, slopes = own_code(values_and_slopes, activation, grid)
    values_at_z, slopes_at_z = own_code(values_and_slopes, activation, z)
    for numbers, of in ((values, grid), (slopes, grid), (values_at_z, z), (slopes_at_z, z)):
        if not numbers.isfinite().all():
            place = of[~numbers.isfinite()][0].item()
            raise NotYet(
                f"Between −4 and 4 it returns inf or nan, or its slope does (at z = {place:.3g}): the loss would be "
                "lost at once."
            )
    alone = torch.stack([activation(number.reshape(1)).detach()[0] for number in z.flatten()]).reshape(z.shape)
    if not torch.allclose(alone, values_at_z, atol=1e-5):
        raise NotYet(
            "It mixes numbers: the result for one z depends on the others. A softmax, a mean or a normalisation does that; "
            "an activation works on each number alone."
        )
    fine = torch.linspace(-4, 4, 100_001)
    heights = activation(fine.clone()).detach().abs()
    if heights.max() > 10 * values.abs().max() + 1:
        raise NotYet(
            f"It has no bound near z = {fine[heights.argmax()]:.3g}: one z close to it would spoil every weight."
        )
    if not slopes.any():
        steps = "it is constant"
        if len(values.unique()) > 1:
            steps = f"it is made of steps, or leaves the graph by {what_cuts(activation, z)}"
        raise NotYet(f"Its slope is 0 everywhere ({steps}): no gradient passes, and nothing before it would learn.")
    steepest = slopes.abs().max().item()
    if values.diff().diff().abs().max() < 1e-3 * values.diff().abs().max():
        raise NotYet("It is a straight line, and a stack of straight lines is one straight line. Bend it somewhere.")
    if (slopes - slopes[0]).abs().max() < 1e-4 * steepest:
        jump = grid[values.diff().diff().abs().argmax() + 1].item()
        raise NotYet(
            f"It jumps near z = {jump:.2g}, and autograd does not see the jump: its slope is {slopes[0]:.3g} everywhere, as "
            "that of a straight line. Bend it somewhere."
        )
    if steepest > STEEPEST:
        raise NotYet(
            f"Between −4 and 4 its slope reaches {steepest:.3g}: one step along it would throw the weights away."
        )
    measured = _measured_slopes(activation, z)
    compare("its slope by autograd", slopes_at_z, measured, tolerance=2e-2)
    flat = (slopes.unfold(0, 2, 1) == 0).all(1).float().mean().item()  # not at one point alone
    warning = f" For {round(100 * flat)} % of z from −4 to 4 it is flat: there, units can die." if flat else ""
    return f"It bends, and its steepest slope is {steepest:.2f}.{warning}"


def _measured_slopes(function: Function, z: torch.Tensor) -> torch.Tensor:
    """Return slopes by finite differences; next to a kink autograd's own."""
    near, far = ((function(z + nudge) - function(z - nudge)).detach() / (2 * nudge) for nudge in (1e-2, 2e-2))
    smooth = (near - far).abs() < 1e-2
    return torch.where(smooth, near, values_and_slopes(function, z)[1])
