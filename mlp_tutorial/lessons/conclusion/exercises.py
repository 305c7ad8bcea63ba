"""The checks of lesson 10's exercises on memory and on several processes, and the picture of the second."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import torch
from torch import nn

from mlp_tutorial.experiment import Experiment, cached_dataset
from mlp_tutorial.lessons.shared.checks import check, part
from mlp_tutorial.lessons.shared.comparing_calls import compare_calls
from mlp_tutorial.lessons.shared.problems import generator, whole_numbers
from mlp_tutorial.lessons.shared.stand_ins import stand_in
from mlp_tutorial.plots.style import CLASS_COLOURS, new_figure
from mlp_tutorial.utils.randomness import SeededRandomness

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_OPTIMIZERS = {
    "sgd": lambda parameters: torch.optim.SGD(parameters, lr=0.1),
    "momentum": lambda parameters: torch.optim.SGD(parameters, lr=0.1, momentum=0.9),
    "adam": lambda parameters: torch.optim.Adam(parameters, lr=0.1),
}


@check(parts=3)
def check_training_bytes(training_bytes: Callable) -> str:
    """Compare with what weights, gradients and the optimizer's memory really take; every optimizer is a part."""
    mistakes = """
    right // 4  # a float32 number has 4 bytes
    right / 2  # a number takes 4 bytes, not 2
    right * 2  # a number takes 4 bytes, not 8
    right - 4 * number  # one set of numbers is missing: weights, gradients and all that the optimizer keeps count
    8 * number  # the optimizer's numbers are missing
    right + 4 * number  # one set of numbers too many
    4 * number  # these are the weights alone; training also keeps gradients, and the optimizer's numbers
    """
    numbers = (1000, 1, 12345, *whole_numbers(generator(), 2, 99_999, 1))
    cases = {
        name: [
            (f"training_bytes({number}, {name!r})", {"num_parameters": number, "optimizer": name}) for number in numbers
        ]
        for name in _OPTIMIZERS
    }
    for name, own in cases.items():
        with part():
            others = [case for other in cases if other != name for case in cases[other]]
            compare_calls(training_bytes, _bytes_of, own, mistakes, also=others, tolerance=1e-9)
    return "With Adam, 16 bytes per parameter: 7 billion take 112 GB. (The activations of a batch come on top.)"


def _bytes_of(number: int, name: str) -> int:
    weights = nn.Parameter(torch.zeros(number))
    optimizer = _OPTIMIZERS[name]([weights])
    weights.grad = torch.ones(number)
    optimizer.step()
    memory = [
        tensor for state in optimizer.state.values() for tensor in state.values() if isinstance(tensor, torch.Tensor)
    ]
    return sum(vector.nbytes for vector in (weights, weights.grad, *memory) if vector.shape == weights.shape)


@check
def check_combine(combine: Callable) -> str:
    """Compare with the gradient of the whole batch, for equal and for unequal shares."""
    draw = generator()
    problems = [
        ([[1.0, 0], [4, 3]], [1, 2]),
        *((None, counts) for counts in ([4, 4], [5, 3], [6, 1, 2, 3, 1, 4, 2, 2, 5, 3], [7])),
    ]
    cases = []
    for gradients, counts in problems:
        rows = torch.tensor(gradients) if gradients else torch.randn(len(counts), 7, generator=draw)
        cases.append((f"combine(gradients, {counts})", {"gradients": list(rows), "counts": counts}))
    mistakes = """
    sum(gradients) / len(gradients)  # every process counts the same; one with more samples has to count for more
    sum(gradients)  # the gradients are added up, not averaged
    sum(gradients) / sum(counts)  # a gradient is not multiplied by the number of its samples
    right * sum(counts)  # the sum is not divided by the number of all samples
    right * sum(counts) / len(counts)
        # divide by the number of all samples, not by the number of processes
    """
    compare_calls(combine, _combined, cases, mistakes)
    return "The gradient of the whole batch, from processes that each saw a part of it."


def plot_shares(combine: Callable, shares: Sequence[int] = (28, 5), num_epochs: int = 40) -> Axes:
    """Train with a learner's `combine` on unequal shares, beside the whole batches, and draw both losses.

    Parameters
    ----------
    combine : callable
        `combine(gradients, counts)` returns one gradient. Where it would stop the notebook, the right one stands in.
    shares : sequence of int, default (28, 5)
        How many samples of a batch each of the imitated processes gets.
    num_epochs : int, default 40
        Length of both runs.

    Returns
    -------
    matplotlib Axes
        The axes drawn on.
    """
    chosen = stand_in(
        combine,
        _combined,
        ([torch.ones(7), torch.zeros(7)], list(shares)),
        ([torch.ones(7)], [1]),
        noun="combine",
        called="the package's rule",
        use=lambda rule: _losses_of_shares(shares, rule, num_epochs),
    )
    with new_figure(6, 3.2) as figure:
        axes = figure.subplots()
        epochs, whole = range(1, num_epochs + 1), _losses_of_shares([sum(shares)], _combined, num_epochs)
        several = f"{len(shares)} processes, {' and '.join(map(str, shares))} samples"
        axes.plot(epochs, whole, color=CLASS_COLOURS[0], lw=4.5, alpha=0.35, label="one process, whole batches")
        axes.plot(epochs, chosen.result, "--", color=CLASS_COLOURS[1], lw=1.6, label=several)
        title = chosen.title("Penguins, put together by")
        axes.set(xlabel="epoch", ylabel="training loss", ylim=(0, None), title=title)
        axes.legend()
    return axes


def _combined(gradients: Sequence[torch.Tensor], counts: Sequence[int]) -> torch.Tensor:
    return sum(g * count for g, count in zip(gradients, counts, strict=True)) / sum(counts)


def _losses_of_shares(shares: Sequence[int], rule: Callable, num_epochs: int) -> list[float]:
    """Train as several processes would, one after the other; return the loss on all data after each epoch."""
    dataset = cached_dataset("penguins")
    X, y = dataset.X_train, dataset.y_train
    model, criterion, _ = Experiment("penguins", (8, 8), 0.3).build()
    parameters, losses = list(model.parameters()), []
    with SeededRandomness(0):
        for _ in range(num_epochs):
            for batch in torch.randperm(len(X)).split(sum(shares)):
                counts = list(shares) if len(batch) == sum(shares) else [len(batch)]
                parts = [part for part in batch.split(counts) if len(part)]
                gradients = [torch.autograd.grad(criterion(model(X[part]), y[part]), parameters) for part in parts]
                vectors = [nn.utils.parameters_to_vector(gradient) for gradient in gradients]
                step = rule(vectors, [len(part) for part in parts])
                with torch.no_grad():
                    moved = nn.utils.parameters_to_vector(parameters) - 0.3 * step
                    nn.utils.vector_to_parameters(moved, parameters)
            losses.append(criterion(model(X), y).item())
    return losses
