"""The checks of lesson 05's training step and training loop, and the plot of a learner's loop."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from matplotlib.axes import Axes

from mlp_tutorial.data.load import load_dataset
from mlp_tutorial.lessons.backpropagation.faulty_runs import penguin_network
from mlp_tutorial.lessons.backpropagation.watched_training import WatchedTraining, sgd
from mlp_tutorial.lessons.shared.checks import check, part
from mlp_tutorial.lessons.shared.comparing import as_tensor, compare
from mlp_tutorial.lessons.shared.feedback import NotYet
from mlp_tutorial.lessons.shared.stand_ins import stand_in
from mlp_tutorial.lessons.shared.values import kind
from mlp_tutorial.plots.style import CLASS_COLOURS, new_figure
from mlp_tutorial.training.loop import train
from mlp_tutorial.utils.randomness import SeededRandomness


@check(changes=("weights",), repeatable=False)
def check_training_step(training_step: Callable) -> str:
    """Run `training_step(model, X, y, criterion, optimizer)` twice, beside the same steps taken here."""
    for number, make_optimizer in ((12, sgd), (1, sgd), (8, torch.optim.Adam)):
        problem = WatchedTraining(number, seed=number, make_optimizer=make_optimizer)
        answer = problem.run(training_step)
        _compare_return(answer)
        _compare_moved(problem)
        (loss,), expected = problem.replay([problem.data])
        (after_softmax,), _ = problem.replay([problem.data], change=lambda logits: logits.softmax(1))
        causes = [
            (
                problem.criterion(problem.model(problem.X), problem.y),
                "it was measured after the step; return the loss from before it",
            ),
            (after_softmax, "a softmax is applied before the criterion, which has one of its own"),
        ]
        compare("the loss returned by the first step", answer, loss, causes=causes)
        causes = [(2 * problem.start - expected, "the step went uphill: subtract the gradient")]
        compare("the weights after one step", problem.weights(), expected, causes=causes, tolerance=1e-4)
        problem.run(training_step)
        missing = "optimizer.zero_grad() is missing, so the second step used the sum of both gradients"
        causes = [(problem.replay([problem.data] * 2, zero_grad=())[1], missing)]
        _, expected = problem.replay([problem.data] * 2)
        compare("the weights after two steps", problem.weights(), expected, causes=causes, tolerance=1e-4)
    return "Both steps moved every weight as they should, and you returned the loss from before each."


def _compare_return(answer: object) -> None:
    """Raise `NotYet` where a loss is no plain number."""
    if isinstance(answer, torch.Tensor) and answer.requires_grad:
        raise NotYet(
            "The function returns a tensor, which keeps its whole computation graph alive: return loss.item(), a number."
        )
    as_tensor("the loss", answer, 0.0)


def _compare_moved(problem: WatchedTraining) -> None:
    """Raise `NotYet` where no weight has moved, or something else than the optimizer has moved them."""
    if not problem.moved():
        raise NotYet(_why_nothing_moved(problem))
    if "step" not in problem.events:
        raise NotYet("The weights have moved, but not by the optimizer that is handed in: call its step().")


def _why_nothing_moved(problem: WatchedTraining) -> str:
    events = problem.events
    if "backward" not in events:
        return "No weight has moved, and no gradient was computed: call loss.backward()."
    if "step" not in events:
        return "The gradients are computed, but no weight has moved: call optimizer.step()."
    if events.index("step") < events.index("backward"):
        return "No weight has moved: step stands before backward, and found no gradient. First backward, then step."
    if "zero" in events[events.index("backward") : events.index("step")]:
        return (
            "No weight has moved: zero_grad stands between backward and step, so the step found no gradient. "
            "Call it earlier."
        )
    return "No weight has moved, though backward and step were called: are they those of this model?"


@check(parts=2, changes=("weights",), repeatable=False)
def check_fit(fit: Callable) -> str:
    """Watch the batches that `fit` takes, in whatever order, and repeat its steps; the losses are a part."""
    runs = []
    for number, batch_size, num_epochs, make_optimizer in (
        (10, 4, 3, sgd),
        (6, 3, 2, torch.optim.Adam),
        (5, 32, 1, sgd),
    ):
        problem = WatchedTraining(number, seed=number, make_optimizer=make_optimizer)
        losses = _list_of_losses(problem.run(fit, num_epochs, batch_size), num_epochs)
        runs.append((problem, losses, _batches(problem, batch_size, num_epochs), num_epochs))
    with part():
        for problem, _, batches, num_epochs in runs:
            _compare_weights(problem, batches, num_epochs)
    with part():
        for problem, losses, batches, num_epochs in runs:
            _compare_losses(problem, losses, batches, num_epochs)
    return "Every sample is used once an epoch, every batch makes one step, and the loss is the mean over samples."


def _list_of_losses(losses: object, num_epochs: int) -> list[float]:
    is_list = isinstance(losses, (list, tuple)) or getattr(losses, "ndim", 0) > 0
    if not is_list or len(losses) != num_epochs:
        came = kind(losses) + (f" of {len(losses)}" if is_list else "")
        kept = (
            " Is the list made anew at every call, inside the function?" if is_list and len(losses) > num_epochs else ""
        )
        raise NotYet(f"Return a list with one loss an epoch: expected {num_epochs} numbers, got {came}.{kept}")
    for loss in losses:
        _compare_return(loss)
    return [float(loss) for loss in losses]


def _batches(problem: WatchedTraining, batch_size: int, num_epochs: int) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Return the batches that the model was given, or raise `NotYet` where they are not those of an epoch."""
    X, y, events, n = problem.X, problem.y, problem.events, len(problem.X)
    expected = [len(part) for part in torch.arange(n).split(batch_size)]
    sizes = [len(inputs) for inputs in problem.seen]
    if "step" not in events and not problem.moved():
        raise NotYet("The optimizer took no step: each batch needs zero_grad, backward and step.")
    if sizes == [n] * num_epochs and len(expected) > 1:
        raise NotYet(
            f"batch_size is not used: with batch_size={batch_size} the model was still given all {n} samples at once."
        )
    if set(sizes) == {n} and len(expected) > 1:
        raise NotYet(f"Every batch holds all {n} samples: inside the inner loop take X[batch] and y[batch].")
    if len(set(sizes)) == 1 and len(expected) > 1 and sizes[0] not in expected:
        raise NotYet(f"With batch_size={batch_size} the model was given batches of {sizes[0]}: use the argument.")
    if len(sizes) == num_epochs * len(expected) and events.count("step") == num_epochs < len(sizes):
        raise NotYet("The optimizer took one step an epoch: step after every batch, inside the inner loop.")
    if any(
        sorted(sizes[first : first + len(expected)]) != sorted(expected)
        for first in range(0, len(sizes), len(expected))
    ) or (len(sizes) != num_epochs * len(expected)):
        twice = (
            len(sizes) == 2 * num_epochs * len(expected)
            and " (the loss needs no second call of the model: take that of the step)"
        )
        raise NotYet(
            f"{n} samples in batches of {batch_size} make batches of {_and(expected)} in each of {num_epochs} epochs; "
            f"the model was given batches of {sizes}{twice or ''}."
        )
    batches = []
    for inputs, targets in zip(problem.seen, problem.targets, strict=False):
        rows = (inputs[:, None] == X).all(2).int().argmax(1)  # where each sample stands in X
        if not torch.equal(targets, y[rows]):
            raise NotYet("The samples of a batch and their targets do not belong together: take X[batch] and y[batch].")
        batches.append((inputs, y[rows]))
    for first in range(0, len(batches), len(expected)):
        epoch = torch.cat([inputs for inputs, _ in batches[first : first + len(expected)]])
        if len(epoch.unique(dim=0)) != n:
            raise NotYet("An epoch uses every sample once; in yours some came twice and others not at all.")
    if len(batches) != len(problem.seen):
        raise NotYet("The loss is not the criterion's, which was handed in: call criterion(model(X[batch]), y[batch]).")
    return batches


def _and(numbers: Sequence[int]) -> str:
    *most, last = map(str, numbers)
    return f"{', '.join(most)} and {last}" if most else last


def _compare_weights(problem: WatchedTraining, batches: list, num_epochs: int) -> None:
    _compare_moved(problem)
    per_epoch = len(batches) // num_epochs
    once = range(0, len(batches), per_epoch)
    causes = [
        (problem.replay(batches, **options)[1], cause)
        for options, cause in (
            ({"zero_grad": ()}, "optimizer.zero_grad() is missing, so gradients of earlier batches add up"),
            ({"zero_grad": once}, "optimizer.zero_grad() is called once an epoch; every batch needs it"),
            (
                {"change": lambda logits: logits.softmax(1)},
                "a softmax is applied before the criterion, which has one of its own",
            ),
        )
    ]
    _, expected = problem.replay(batches)
    compare("the weights after training", problem.weights(), expected, tolerance=1e-4, causes=causes)


def _compare_losses(problem: WatchedTraining, losses: list[float], batches: list, num_epochs: int) -> None:
    of_batches = torch.tensor(problem.replay(batches)[0]).reshape(num_epochs, -1)
    sizes = torch.tensor([len(inputs) for inputs, _ in batches]).reshape(num_epochs, -1)
    sums, n = (of_batches * sizes).sum(1), len(problem.X)
    causes = [
        (of_batches.mean(1), "each batch counts the same, but the last has fewer samples: weight by len(batch)"),
        (sums, "the sum over the samples is not divided by their number"),
        (
            of_batches.sum(1),
            "it is the sum over the batches: weight by len(batch), and divide by the number of samples",
        ),
        (of_batches.sum(1) / n, "it is divided by the number of samples, but not weighted by len(batch)"),
        (of_batches[:, -1], "it is the loss of the last batch alone"),
        (sums.cumsum(0) / n, "the total is never set back to 0: it holds the epochs before as well"),
    ]
    compare("the losses", torch.tensor(losses), sums / n, tolerance=1e-4, causes=causes)


def plot_batch_sizes(fit: Callable, batch_sizes: tuple[int, ...] = (206, 32, 8), num_epochs: int = 60) -> Axes:
    """Train the penguins' network with a learner's `fit` at several batch sizes, and draw the losses.

    Parameters
    ----------
    fit : callable
        `fit(model, X, y, criterion, optimizer, num_epochs, batch_size)` returns a loss for each epoch. Where it
        would stop the notebook, the package's loop draws the same plot.
    batch_sizes : tuple of int, default (206, 32, 8)
        One curve each; 206 is the whole training part.
    num_epochs : int, default 60
        Length of each run.

    Returns
    -------
    matplotlib Axes
        The axes drawn on.
    """
    dataset = load_dataset("penguins")
    X, y = dataset.X_train, dataset.y_train

    def losses_of(fit: Callable, batch_size: int, num_epochs: int = num_epochs) -> list[float]:
        model, criterion, optimizer = penguin_network(0.1)
        with SeededRandomness(0):
            return fit(model, X, y, criterion, optimizer, num_epochs, batch_size)

    def all_losses(fit: Callable) -> list[list[float]]:
        return [list(map(float, losses_of(fit, batch_size))) for batch_size in batch_sizes]

    called = "the package's loop"
    chosen = stand_in(fit, _fit, (32, 2), noun="fit", called=called, trial=losses_of, use=all_losses)
    with new_figure(6, 3.4) as figure:
        axes = figure.subplots()
        for number, (batch_size, losses) in enumerate(zip(batch_sizes, chosen.result, strict=True)):
            steps = math.ceil(len(X) / batch_size)
            label = f"batch size {batch_size}: {steps} step{'s' if steps > 1 else ''} an epoch"
            style = {"color": CLASS_COLOURS[number], "linestyle": ("-", "--", "-.", ":")[number % 4]}
            axes.plot(range(1, len(losses) + 1), losses, label=label, **style)
        title = chosen.title("Penguins, learning rate 0.1, trained by")
        axes.set(xlabel="epoch", ylabel="training loss", title=title)
        axes.set_ylim(bottom=0)
        axes.legend()
    return axes


def _fit(model, X, y, criterion, optimizer, num_epochs, batch_size):
    options = {"num_epochs": num_epochs, "batch_size": batch_size, "progress": False}
    return train(model, (X, y), criterion, optimizer, **options).training_loss
