"""The checks of lesson 05's exercises, and the plot of a learner's training loop."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Sequence
from functools import partial

import matplotlib
import torch
import torch.nn.functional as F
from matplotlib.axes import Axes
from torch import nn

from mlp_tutorial.data.load import load_dataset
from mlp_tutorial.lessons.backpropagation.faulty_runs import penguin_network
from mlp_tutorial.lessons.shared.checks import check, part
from mlp_tutorial.lessons.shared.comparing import as_tensor, compare
from mlp_tutorial.lessons.shared.comparing_calls import compare_calls
from mlp_tutorial.lessons.shared.feedback import NotYet
from mlp_tutorial.lessons.shared.problems import generator, problem_seed
from mlp_tutorial.lessons.shared.stand_ins import stand_in
from mlp_tutorial.plots.style import CLASS_COLOURS, STYLE, new_figure
from mlp_tutorial.training.loop import train
from mlp_tutorial.utils.randomness import SeededRandomness
from mlp_tutorial.utils.wording import with_article


@check(parts=3)
def check_linear_gradient(linear_gradient: Callable) -> str:
    """Compare `linear_gradient(X, W, upstream)` with autograd on several layers."""
    normal = partial(torch.randn, generator=generator())
    cases = [
        (
            "",
            {
                "X": torch.tensor([[1.0, 2, 0], [0, 1, -1]]),
                "W": torch.tensor([[2.0, 1, 0]]),
                "upstream": torch.tensor([[1.0], [3]]),
            },
        )
    ]
    for batch, inputs, outputs in ((6, 3, 2), (3, 3, 3), (1, 2, 4)):
        cases.append(
            ("", {"X": normal(batch, inputs), "W": normal(outputs, inputs), "upstream": normal(batch, outputs)})
        )
    compare_calls(linear_gradient, _linear_gradient, cases, _LINEAR_MISTAKES)
    return "Your three gradients are autograd's, for a layer drawn at random."


def _linear_gradient(X: torch.Tensor, W: torch.Tensor, upstream: torch.Tensor) -> tuple[torch.Tensor, ...]:
    W, b, X = W.clone().requires_grad_(), torch.zeros(len(W), requires_grad=True), X.clone().requires_grad_()
    return torch.autograd.grad(F.linear(X, W, b), (W, b, X), upstream)


_LINEAR_MISTAKES = {
    "d_W": """
        right.T  # it is transposed: a gradient has the shape of its parameter, here (outputs, inputs)
        right / len(X)  # it is divided by the batch size, but the upstream gradient carries the loss's 1/n already
        -right  # its sign is turned: the gradient points uphill, and it is the optimizer that subtracts it
        upstream @ W  # the three gradients are returned in another order than d_W, d_b, d_X
        upstream.sum(0)  # the three gradients are returned in another order than d_W, d_b, d_X
    """,
    "d_b": """
        upstream  # it is not summed over the batch: one bias serves every sample, so their gradients add up
        upstream.sum(0, keepdim=True)  # the sum kept a dimension: leave keepdim out
        upstream.sum(1)  # it is summed over the outputs; the batch is dimension 0
        upstream.sum()  # it is summed over everything; the batch is dimension 0: sum(0)
        right / len(X)  # it is divided by the batch size, but the upstream gradient carries the loss's 1/n already
        upstream.T @ X  # the three gradients are returned in another order than d_W, d_b, d_X
        upstream @ W  # the three gradients are returned in another order than d_W, d_b, d_X
    """,
    "d_X": """
        right.T  # it is transposed: it has the shape of X, (batch, inputs)
        right / len(X)  # it is divided by the batch size, but the upstream gradient carries the loss's 1/n already
        upstream.sum(0)  # the three gradients are returned in another order than d_W, d_b, d_X
        upstream.T @ X  # the three gradients are returned in another order than d_W, d_b, d_X
    """,
}


@check(changes=("weights",), repeatable=False)
def check_training_step(training_step: Callable) -> str:
    """Run `training_step(model, X, y, criterion, optimizer)` twice, beside the same steps taken here."""
    for problem in (Problem(12), Problem(1, seed=1), Problem(8, seed=2, make_optimizer=torch.optim.Adam)):
        answer = problem.run(training_step)
        _compare_return(answer)
        if not problem.moved():
            raise NotYet(_why_nothing_moved(problem))
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


def _why_nothing_moved(problem: Problem) -> str:
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
        problem = Problem(number, seed=number, make_optimizer=make_optimizer)
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
        length = f"{with_article(type(losses).__name__)} of {len(losses)}" if is_list else None
        came = length or (
            "None: the function ends without return" if losses is None else with_article(type(losses).__name__)
        )
        raise NotYet(f"Return a list with one loss an epoch: expected {num_epochs} numbers, got {came}.")
    for loss in losses:
        _compare_return(loss)
    return [float(loss) for loss in losses]


def _batches(problem: Problem, batch_size: int, num_epochs: int) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Return the batches that the model was given, or raise `NotYet` where they are not those of an epoch."""
    X, y, events, n = problem.X, problem.y, problem.events, len(problem.X)
    expected = [len(part) for part in torch.arange(n).split(batch_size)]
    sizes = [len(inputs) for inputs in problem.seen]
    if "step" not in events:
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


def _compare_weights(problem: Problem, batches: list, num_epochs: int) -> None:
    if not problem.moved():
        raise NotYet(_why_nothing_moved(problem))
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


def _compare_losses(problem: Problem, losses: list[float], batches: list, num_epochs: int) -> None:
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
    figure = new_figure(6, 3.4)
    with matplotlib.rc_context(STYLE):
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


@check
def check_logits_gradient(logits_gradient: Callable) -> str:
    """Compare `logits_gradient(logits, y)` with autograd, for several numbers of classes."""
    draw = generator()
    problems = [([[0.0, 0], [1, 0]], [1, 0])]
    problems += [
        (torch.randn(len(y), classes, generator=draw), y)
        for classes, y in ((3, [0, 2, 1, 2, 0]), (4, [1, 0, 1]), (5, [2]))
    ]
    cases = [("the gradient of the logits", {"logits": torch.as_tensor(z), "y": torch.tensor(y)}) for z, y in problems]

    mistakes = """
        right * len(y)  # the factor 1/n is missing: the loss is the mean over the batch
        -right  # its sign is turned: probabilities minus one-hot targets
        right / logits.shape[1]  # it is divided by the number of all logits; n is the number of samples
        logits.softmax(1) / len(y)  # the targets are not subtracted: 1 from the probability of the right class
        logits.softmax(1)  # the targets are not subtracted, and the factor 1/n is missing
        (logits.softmax(0) - F.one_hot(y, logits.shape[1])) / len(y)
            # the softmax runs over the batch: each row, dimension 1, must sum to 1
        (logits.softmax(1) - y) / len(y)
            # y holds class numbers: subtract 1 where a row's class is, as nn.functional.one_hot(y, …) has it
        (logits - F.one_hot(y, logits.shape[1])) / len(y)
            # the softmax is missing: probabilities, not logits, minus one-hot targets
    """

    def right(logits: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        logits = logits.clone().requires_grad_()
        return torch.autograd.grad(F.cross_entropy(logits, y), logits)[0]

    compare_calls(logits_gradient, right, cases, mistakes)
    return "Predicted probabilities minus what was true, over n: that is all that cross-entropy sends back."


def sgd(parameters) -> torch.optim.Optimizer:
    return torch.optim.SGD(parameters, lr=0.5)


class Problem:
    """A small network and samples for it, with a record of what a learner's training does to them."""

    def __init__(self, num_samples: int, seed: int = 0, make_optimizer: Callable = sgd) -> None:
        with SeededRandomness(problem_seed(seed)):
            self.model = nn.Sequential(nn.Linear(2, 5), nn.Tanh(), nn.Linear(5, 3))
            self.X, self.y = torch.randn(num_samples, 2), torch.randint(3, (num_samples,))
        self.data, self.make_optimizer = (self.X, self.y), make_optimizer
        self.criterion = nn.CrossEntropyLoss(label_smoothing=0.2)  # not the one that an answer may put in its place
        self.optimizer = make_optimizer(self.model.parameters())
        self.start, self.untrained = self.weights(), copy.deepcopy(self.model)
        self.events: list[str] = []
        self.seen: list[torch.Tensor] = []
        self.targets: list[torch.Tensor] = []
        self.model.forward = self._keeping(self.model.forward, 0, self.seen)
        self.criterion.forward = self._keeping(self.criterion.forward, 1, self.targets)
        next(self.model.parameters()).register_hook(lambda gradient: self.events.append("backward"))
        self.optimizer.register_step_post_hook(lambda *arguments: self.events.append("step"))
        for owner in (self.optimizer, self.model):
            owner.zero_grad = self._noting(owner.zero_grad)

    @staticmethod
    def _keeping(forward: Callable, place: int, kept: list[torch.Tensor]) -> Callable:
        def keeping(*inputs: torch.Tensor) -> torch.Tensor:
            kept.append(inputs[place].detach().clone())
            return forward(*inputs)

        return keeping

    def _noting(self, zero_grad: Callable) -> Callable:
        def noted(*arguments: object, **options: object) -> None:
            self.events.append("zero")
            zero_grad(*arguments, **options)

        return noted

    def run(self, training: Callable, *settings: int) -> object:
        """Let the learner's function train."""
        return training(self.model, self.X, self.y, self.criterion, self.optimizer, *settings)

    def weights(self) -> torch.Tensor:
        return nn.utils.parameters_to_vector(self.model.parameters()).detach().clone()

    def moved(self) -> bool:
        return not torch.equal(self.weights(), self.start)

    def replay(
        self, batches: list, zero_grad: Sequence[int] | None = None, change: Callable = lambda logits: logits
    ) -> tuple[list[float], torch.Tensor]:
        """Train the network as it was at first, one step a batch; return the loss before each, and the weights at the end.

        `zero_grad` holds the numbers of the batches before which the gradients are emptied, by default all.
        """
        model, losses = copy.deepcopy(self.untrained), []
        optimizer, criterion = self.make_optimizer(model.parameters()), nn.CrossEntropyLoss(label_smoothing=0.2)
        for number, (X, y) in enumerate(batches):
            if zero_grad is None or number in zero_grad:
                optimizer.zero_grad()
            loss = criterion(change(model(X)), y)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        return losses, nn.utils.parameters_to_vector(model.parameters()).detach()
