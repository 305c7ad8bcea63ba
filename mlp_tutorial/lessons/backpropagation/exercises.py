"""What lesson 05 imports: its two explorers, its plots, and the checks of its exercises."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable

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

# Exercise 1: the gradient of a linear layer --------------------------------------------------------------------


@check
def check_linear_gradient(linear_gradient: Callable) -> str:
    """Compare `linear_gradient(X, W, upstream)` with autograd on a random layer."""
    draw = fresh_generator()
    X, W, b = _normal(draw, 6, 3), _normal(draw, 2, 3), _normal(draw, 2)
    upstream = _normal(draw, 6, 2)  # (batch, outputs)
    answer = linear_gradient(X.clone(), W.clone(), upstream.clone())
    if not isinstance(answer, tuple) or len(answer) != 3:
        raise NotYet("Return three tensors, in this order: return d_W, d_b, d_X.")
    leaves = [tensor.requires_grad_() for tensor in (W, b, X)]
    d_W, d_b, d_X = torch.autograd.grad(F.linear(X, W, b), leaves, upstream)
    swapped = "the three gradients are returned in another order than d_W, d_b, d_X"
    averaged = "it is divided by the batch size, but the upstream gradient carries the loss's 1/n already"
    compare(
        "d_W",
        answer[0],
        d_W,
        causes=[
            (d_W.T, "it is transposed: a gradient has the shape of its parameter, here (outputs, inputs)"),
            (d_W / len(X), averaged),
            (-d_W, "its sign is turned: the gradient points uphill, and it is the optimizer that subtracts it"),
            (d_X, swapped),
            (d_b, swapped),
        ],
    )
    compare(
        "d_b",
        answer[1],
        d_b,
        causes=[
            (upstream, "it is not summed over the batch: one bias serves every sample, so their gradients add up"),
            (upstream.sum(0, keepdim=True), "the sum kept a dimension: leave keepdim out"),
            (upstream.sum(1), "it is summed over the outputs; the batch is dimension 0"),
            (d_b / len(X), averaged),
            (d_X, swapped),
        ],
    )
    compare(
        "d_X",
        answer[2],
        d_X,
        causes=[(d_X.T, "it is transposed: it has the shape of X, (batch, inputs)"), (d_b, swapped)],
    )
    return "Your three gradients are autograd's, for a layer drawn at random."


# Exercise 2: one training step ---------------------------------------------------------------------------------


@check
def check_training_step(training_step: Callable) -> str:
    """Run `training_step(model, X, y, criterion, optimizer)` twice, against the same steps written here."""
    draw = fresh_generator()
    X, y = _normal(draw, 12, 2), torch.randint(3, (12,), generator=draw)
    model, reference, accumulated = (_small_model(draw) for _ in range(3))
    for copied in (reference, accumulated):
        copied.load_state_dict(model.state_dict())
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    computed: list[object] = []
    next(model.parameters()).register_hook(lambda gradient: computed.append(None))
    before, start = _loss(model, X, y), _weights(model)
    answer = training_step(model, X, y, criterion, optimizer)
    if isinstance(answer, torch.Tensor):
        raise NotYet(
            "The function returns a tensor, which keeps its whole computation graph alive: return loss.item(), a number."
        )
    _replay(reference, [(X, y)], 0.5)
    _replay(accumulated, [(X, y)] * 2, 0.5, zero_grad=False)
    now = _weights(model)
    if torch.equal(now, start):
        if not computed:
            raise NotYet("No weight has moved, and no gradient was computed: call loss.backward().")
        if all(p.grad is None or not p.grad.any() for p in model.parameters()):
            raise NotYet(
                "No weight has moved: zero_grad stands between backward and step, so the step found no gradient. "
                "Call it earlier."
            )
        raise NotYet("The gradients are computed, but no weight has moved: call optimizer.step().")
    compare(
        "the loss returned by the first step",
        answer,
        before,
        causes=[(_loss(model, X, y), "it was measured after the step; return the loss from before it")],
    )
    uphill = 2 * start - _weights(reference)
    compare(
        "the weights after one step",
        now,
        _weights(reference),
        causes=[(uphill, "the step went uphill: subtract the gradient")],
    )
    training_step(model, X, y, criterion, optimizer)
    _replay(reference, [(X, y)], 0.5)
    compare(
        "the weights after two steps",
        _weights(model),
        _weights(reference),
        causes=[
            (
                _weights(accumulated),
                "optimizer.zero_grad() is missing, so the second step used the sum of both gradients",
            )
        ],
    )
    return "Both steps moved every weight as they should, and you returned the loss from before each."


# Exercise 3: the loop ------------------------------------------------------------------------------------------


@check
def check_fit(fit: Callable) -> str:
    """Watch the batches that `fit` takes, in whatever order, and repeat its steps."""
    draw = fresh_generator()
    num_epochs, batch_size, learning_rate = 3, 4, 0.5
    X, y = _normal(draw, 10, 2), torch.randint(3, (10,), generator=draw)  # batches of 4, 4 and 2
    model = _small_model(draw)
    reference, accumulated = copy.deepcopy(model), copy.deepcopy(model)
    seen: list[torch.Tensor] = []
    model.register_forward_hook(lambda module, inputs, output: seen.append(inputs[0].detach().clone()))
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
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
    batches = []
    for inputs in seen:
        rows = [int((row == X).all(1).nonzero()[0]) for row in inputs]
        batches.append((inputs, y[rows]))
    epochs = [batches[i : i + 3] for i in range(0, len(batches), 3)]
    for epoch in epochs:
        if len(torch.cat([inputs for inputs, _ in epoch]).unique(dim=0)) != len(X):
            raise NotYet("An epoch uses every sample once; in yours some came twice and others not at all.")
    batch_losses = [_replay(reference, epoch, learning_rate) for epoch in epochs]  # (epochs, batches)
    _replay(accumulated, batches, learning_rate, zero_grad=False)
    compare(
        "the weights after training",
        _weights(model),
        _weights(reference),
        tolerance=1e-4,
        causes=[(_weights(accumulated), "optimizer.zero_grad() is missing, so gradients of earlier batches add up")],
    )
    weighted = [
        sum(loss * len(inputs) for loss, (inputs, _) in zip(of_epoch, epoch, strict=True)) / len(X)
        for of_epoch, epoch in zip(batch_losses, epochs, strict=True)
    ]
    means = [sum(of_epoch) / len(of_epoch) for of_epoch in batch_losses]
    compare(
        "the losses",
        torch.tensor([float(loss) for loss in losses]),
        torch.tensor(weighted),
        tolerance=1e-4,
        causes=[
            (torch.tensor(means), "each batch counts the same, but the last has only 2 samples: weight by len(batch)"),
            (torch.tensor(weighted) * len(X), "the sum over the samples is not divided by their number"),
            (torch.tensor([of_epoch[-1] for of_epoch in batch_losses]), "it is the loss of the last batch alone"),
        ],
    )
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
    X, y = (dataset := load_dataset("penguins")).X_train, dataset.y_train

    def losses_of(fit: Callable, batch_size: int, num_epochs: int = num_epochs) -> list[float]:
        model, criterion, optimizer = penguin_network(0.1)
        with SeededRandomness(0):
            return fit(model, X, y, criterion, optimizer, num_epochs, batch_size)

    chosen = stand_in(
        fit,
        _fit,
        (32, 2),
        noun="fit",
        called="the package's loop",
        trial=losses_of,
        use=lambda fit: [list(map(float, losses_of(fit, batch_size))) for batch_size in batch_sizes],
    )
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


# Exercise 4: name the fault ------------------------------------------------------------------------------------


# Exercise 5: your gradients train the network ------------------------------------------------------------------


@check
def check_logits_gradient(logits_gradient: Callable) -> str:
    """Compare `logits_gradient(logits, y)` with autograd on random logits."""
    draw = fresh_generator()
    logits, y = _normal(draw, 5, 3), torch.tensor([0, 2, 1, 2, 0])
    answer = logits_gradient(logits.clone(), y.clone())
    logits.requires_grad_()
    (expected,) = torch.autograd.grad(F.cross_entropy(logits, y), logits)
    probabilities = logits.detach().softmax(1)
    compare(
        "the gradient of the logits",
        answer,
        expected,
        causes=[
            (expected * len(y), "the factor 1/n is missing: the loss is the mean over the batch"),
            (-expected, "its sign is turned: probabilities minus one-hot targets"),
            (probabilities / len(y), "the targets are not subtracted: 1 from the probability of the right class"),
            (probabilities, "the targets are not subtracted, and the factor 1/n is missing"),
            (
                (logits.detach().softmax(0) - F.one_hot(y, 3)) / len(y),
                "the softmax runs over the batch: each row, dimension 1, must sum to 1",
            ),
        ],
    )
    return "Predicted probabilities minus what was true, over n: that is all that cross-entropy sends back."


# What the above share ------------------------------------------------------------------------------------------


def _normal(generator: torch.Generator, *shape: int) -> torch.Tensor:
    return torch.randn(shape, generator=generator)


def _small_model(generator: torch.Generator) -> nn.Module:
    with SeededRandomness(int(torch.randint(10**6, (), generator=generator))):
        return nn.Sequential(nn.Linear(2, 5), nn.Tanh(), nn.Linear(5, 3))


def _weights(model: nn.Module) -> torch.Tensor:
    return nn.utils.parameters_to_vector(model.parameters()).detach().clone()


def _loss(model: nn.Module, X: torch.Tensor, y: torch.Tensor) -> float:
    with torch.no_grad():
        return F.cross_entropy(model(X), y).item()


def _replay(model: nn.Module, batches: list, learning_rate: float, *, zero_grad: bool = True) -> list[float]:
    """Take one step of gradient descent a batch, without an optimizer; return the loss before each."""
    losses, total = [], None
    for X, y in batches:
        loss = F.cross_entropy(model(X), y)
        gradients = torch.autograd.grad(loss, list(model.parameters()))
        if not zero_grad and total is not None:
            gradients = [one + before for one, before in zip(gradients, total, strict=True)]
        total = gradients
        with torch.no_grad():
            for parameter, gradient in zip(model.parameters(), gradients, strict=True):
                parameter.sub_(learning_rate * gradient)
        losses.append(loss.item())
    return losses
