"""The checks of lesson 05's exercises, and the plot of a learner's training loop."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from functools import partial

import matplotlib
import torch
import torch.nn.functional as F
from matplotlib.axes import Axes
from torch import nn

from mlp_tutorial.data.load import load_dataset
from mlp_tutorial.lessons.backpropagation.faulty_runs import penguin_network
from mlp_tutorial.lessons.shared.checks import NotYet, check, compare, fresh_generator
from mlp_tutorial.lessons.shared.stand_ins import stand_in
from mlp_tutorial.plots.style import CLASS_COLOURS, STYLE, new_figure
from mlp_tutorial.training.loop import train
from mlp_tutorial.utils.randomness import SeededRandomness

#: Of the steps that the checks of exercises 2 and 3 take themselves, and of the optimizers that they hand out.
LEARNING_RATE = 0.5


@check
def check_linear_gradient(linear_gradient: Callable) -> str:
    """Compare `linear_gradient(X, W, upstream)` with autograd on a random layer."""
    normal = partial(torch.randn, generator=fresh_generator())
    X, W, b, upstream = normal(6, 3), normal(2, 3), normal(2), normal(6, 2)  # upstream: (batch, outputs)
    answer = linear_gradient(X.clone(), W.clone(), upstream.clone())
    if not isinstance(answer, tuple) or len(answer) != 3:
        raise NotYet("Return three tensors, in this order: return d_W, d_b, d_X.")
    leaves = [tensor.requires_grad_() for tensor in (W, b, X)]
    gradients = torch.autograd.grad(F.linear(X, W, b), leaves, upstream)
    mistakes = _mistakes_in_linear_gradients(*gradients, upstream)
    for (name, causes), given, expected in zip(mistakes.items(), answer, gradients, strict=True):
        compare(name, given, expected, causes=causes)
    return "Your three gradients are autograd's, for a layer drawn at random."


def _mistakes_in_linear_gradients(d_W, d_b, d_X, upstream) -> dict[str, list[tuple[torch.Tensor, str]]]:
    swapped = "the three gradients are returned in another order than d_W, d_b, d_X"
    averaged = "it is divided by the batch size, but the upstream gradient carries the loss's 1/n already"
    return {
        "d_W": [
            (d_W.T, "it is transposed: a gradient has the shape of its parameter, here (outputs, inputs)"),
            (d_W / len(d_X), averaged),
            (-d_W, "its sign is turned: the gradient points uphill, and it is the optimizer that subtracts it"),
            (d_X, swapped),
            (d_b, swapped),
        ],
        "d_b": [
            (upstream, "it is not summed over the batch: one bias serves every sample, so their gradients add up"),
            (upstream.sum(0, keepdim=True), "the sum kept a dimension: leave keepdim out"),
            (upstream.sum(1), "it is summed over the outputs; the batch is dimension 0"),
            (d_b / len(d_X), averaged),
            (d_X, swapped),
        ],
        "d_X": [(d_X.T, "it is transposed: it has the shape of X, (batch, inputs)"), (d_b, swapped)],
    }


@check
def check_training_step(training_step: Callable) -> str:
    """Run `training_step(model, X, y, criterion, optimizer)` twice, against the same steps taken by `_replay`."""
    X, y, model = _small_problem(12)
    reference, accumulated = copy.deepcopy(model), copy.deepcopy(model)
    start, has_gone_back = _weights(model), []
    next(model.parameters()).register_hook(has_gone_back.append)
    optimizer = torch.optim.SGD(model.parameters(), lr=LEARNING_RATE)
    answer = training_step(model, X, y, nn.CrossEntropyLoss(), optimizer)
    if isinstance(answer, torch.Tensor):
        raise NotYet(
            "The function returns a tensor, which keeps its whole computation graph alive: return loss.item(), a number."
        )
    if torch.equal(_weights(model), start):
        if not has_gone_back:
            raise NotYet("No weight has moved, and no gradient was computed: call loss.backward().")
        if all(p.grad is None or not p.grad.any() for p in model.parameters()):
            raise NotYet(
                "No weight has moved: zero_grad stands between backward and step, so the step found no gradient. "
                "Call it earlier."
            )
        raise NotYet("The gradients are computed, but no weight has moved: call optimizer.step().")
    (loss,) = _replay(reference, [(X, y)])
    late = (F.cross_entropy(model(X), y), "it was measured after the step; return the loss from before it")
    compare("the loss returned by the first step", answer, loss, causes=[late])
    expected = _weights(reference)
    uphill = (2 * start - expected, "the step went uphill: subtract the gradient")
    compare("the weights after one step", _weights(model), expected, causes=[uphill])
    training_step(model, X, y, nn.CrossEntropyLoss(), optimizer)
    _replay(reference, [(X, y)])
    _replay(accumulated, [(X, y)] * 2, zero_grad=False)
    missing = "optimizer.zero_grad() is missing, so the second step used the sum of both gradients"
    causes = [(_weights(accumulated), missing)]
    compare("the weights after two steps", _weights(model), _weights(reference), causes=causes)
    return "Both steps moved every weight as they should, and you returned the loss from before each."


@check
def check_fit(fit: Callable) -> str:
    """Watch the batches that `fit` takes, in whatever order, and repeat its steps."""
    num_epochs, batch_size = 3, 4
    X, y, model = _small_problem(10)  # batches of 4, 4 and 2
    reference, accumulated = copy.deepcopy(model), copy.deepcopy(model)
    seen: list[torch.Tensor] = []
    model.register_forward_hook(lambda module, inputs, output: seen.append(inputs[0].detach().clone()))
    optimizer = torch.optim.SGD(model.parameters(), lr=LEARNING_RATE)
    steps: list[object] = []
    optimizer.register_step_post_hook(lambda *arguments: steps.append(None))
    losses = fit(model, X, y, nn.CrossEntropyLoss(), optimizer, num_epochs, batch_size)
    if not isinstance(losses, list) or len(losses) != num_epochs:
        length = f"a list of {len(losses)}" if isinstance(losses, list) else f"a {type(losses).__name__}"
        raise NotYet(f"Return a list with one loss an epoch: expected {num_epochs} numbers, got {length}.")
    if not steps:
        raise NotYet("The optimizer took no step: each batch needs zero_grad, backward and step.")
    if len(steps) == num_epochs:
        raise NotYet("The optimizer took one step an epoch: step after every batch, inside the inner loop.")
    sizes = [len(inputs) for inputs in seen]
    if sorted(sizes[:3]) != [2, 4, 4] or len(sizes) != 3 * num_epochs:
        raise NotYet(
            f"10 samples in batches of 4 make batches of 4, 4 and 2 in each of {num_epochs} epochs; "
            f"the model was given batches of {sizes}."
        )
    if any(len(torch.cat(seen[first : first + 3]).unique(dim=0)) != len(X) for first in range(0, len(seen), 3)):
        raise NotYet("An epoch uses every sample once; in yours some came twice and others not at all.")
    batches = []
    for inputs in seen:
        rows = (inputs[:, None] == X).all(2).int().argmax(1)  # where each sample stands in X
        batches.append((inputs, y[rows]))
    batch_losses = torch.tensor(_replay(reference, batches)).reshape(num_epochs, 3)
    _replay(accumulated, batches, zero_grad=False)
    missing = (_weights(accumulated), "optimizer.zero_grad() is missing, so gradients of earlier batches add up")
    expected = _weights(reference)
    compare("the weights after training", _weights(model), expected, tolerance=1e-4, causes=[missing])
    sums = (batch_losses * torch.tensor(sizes).reshape(num_epochs, 3)).sum(1)
    causes = [
        (batch_losses.mean(1), "each batch counts the same, but the last has only 2 samples: weight by len(batch)"),
        (sums, "the sum over the samples is not divided by their number"),
        (batch_losses[:, -1], "it is the loss of the last batch alone"),
    ]
    answer = torch.tensor([float(loss) for loss in losses])
    compare("the losses", answer, sums / len(X), tolerance=1e-4, causes=causes)
    return "Every sample is used once an epoch, every batch makes one step, and the loss is the mean over samples."


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
    """Compare `logits_gradient(logits, y)` with autograd on random logits."""
    logits, y = torch.randn(5, 3, generator=fresh_generator()), torch.tensor([0, 2, 1, 2, 0])
    answer = logits_gradient(logits.clone(), y.clone())
    probabilities, over_batch = logits.softmax(1), (logits.softmax(0) - F.one_hot(y, 3)) / len(y)
    logits.requires_grad_()
    (expected,) = torch.autograd.grad(F.cross_entropy(logits, y), logits)
    causes = [
        (expected * len(y), "the factor 1/n is missing: the loss is the mean over the batch"),
        (-expected, "its sign is turned: probabilities minus one-hot targets"),
        (probabilities / len(y), "the targets are not subtracted: 1 from the probability of the right class"),
        (probabilities, "the targets are not subtracted, and the factor 1/n is missing"),
        (over_batch, "the softmax runs over the batch: each row, dimension 1, must sum to 1"),
    ]
    compare("the gradient of the logits", answer, expected, causes=causes)
    return "Predicted probabilities minus what was true, over n: that is all that cross-entropy sends back."


def _small_problem(num_samples: int) -> tuple[torch.Tensor, torch.Tensor, nn.Module]:
    """Return samples of two features, their classes, 0 to 2, and a network for them: new ones at every check."""
    with SeededRandomness(int(torch.randint(10**6, (), generator=fresh_generator()))):
        model = nn.Sequential(nn.Linear(2, 5), nn.Tanh(), nn.Linear(5, 3))
        return torch.randn(num_samples, 2), torch.randint(3, (num_samples,)), model


def _weights(model: nn.Module) -> torch.Tensor:
    return nn.utils.parameters_to_vector(model.parameters()).detach().clone()


def _replay(model: nn.Module, batches: list, *, zero_grad: bool = True) -> list[float]:
    """Take one step of gradient descent a batch, without an optimizer; return the loss before each."""
    losses = []
    for X, y in batches:
        if zero_grad:
            model.zero_grad()
        loss = F.cross_entropy(model(X), y)
        loss.backward()
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.sub_(LEARNING_RATE * parameter.grad)
        losses.append(loss.item())
    return losses
