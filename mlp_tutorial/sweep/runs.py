"""Many training runs at once: one architecture, many learning rates, seeds and optimizers, as one batched program.

The weights of all runs lie in stacked tensors, so that a step of sixty-four small networks costs little more than a
step of a few. The numbers are those of separate runs of `train`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence

import torch
from torch import nn

from ..model import Activation, NeuralNetworkModel
from ..training.batches import Batches, Data
from ..training.criteria import watched_loss
from ..utils.randomness import SeededRandomness
from ..utils.threads import is_small_work, one_thread
from .arguments import check_single_run, checked_batches, checked_runs
from .result import Sweep
from .stacked_network import StackedNetwork
from .stacked_optimizer import MOMENTUM, StackedOptimizer


def sweep(
    data: Data,
    hidden_sizes: Sequence[int],
    *,
    learning_rates: Iterable[float],
    seeds: Iterable[int] = (0,),
    optimizers: Iterable[str] = ("sgd",),
    momenta: Iterable[float] = (MOMENTUM,),
    activation: str | Activation = "relu",
    criterion: Callable[[torch.Tensor, torch.Tensor], torch.Tensor] | None = None,
    num_epochs: int = 100,
    batch_size: int | None = None,
    validation_data: Data | None = None,
    output_size: int | None = None,
) -> Sweep:
    """Train one architecture with every combination of learning rates, seeds and optimizers, all at once.

    Every run has, up to rounding, the losses and weights that `train` gives with the same optimizer of `torch.optim`,
    a model built under `SeededRandomness(seed)`, and `seed=seed`. (Where the learning rate is so large that the loss
    jumps about, rounding alone drives any two computations apart.) A run that diverges is frozen; the others go on.

    Parameters
    ----------
    data : Dataset or pair (X, y) of tensors
        What to train on. X has shape (samples, features); y has shape (samples,) with class numbers, or (samples, outputs).
        Of a `Dataset`, the training part is used, and its validation part for validation.
    hidden_sizes : sequence of int
        Width of each hidden layer; empty for a linear model.
    learning_rates : iterable of float
        Step sizes, all greater than 0.
    seeds : iterable of int, default (0,)
        For the initial weights and the order of the batches.
    optimizers : iterable of str, default ("sgd",)
        Any of "sgd", "momentum" (SGD with momentum) and "adam"; other options as `torch.optim` has them by default.
    momenta : iterable of float, default (0.9,)
        Of "momentum": numbers from 0 to below 1.
    activation : str or callable, default "relu"
        A name from `ACTIVATIONS`, or a function of one tensor without parameters or random numbers of its own.
    criterion : callable, optional
        The loss, returning the mean over a batch; by default cross-entropy for class numbers and the mean squared error
        for values.
    num_epochs : int, default 100
        Number of passes over the data.
    batch_size : int, optional
        Samples a step; by default all of them in one batch. The last batch of an epoch may be shorter.
    validation_data : Dataset or pair, optional
        Measured after every epoch, never trained on.
    output_size : int, optional
        Number of outputs; by default the data set's, or as many as the targets need.

    Returns
    -------
    Sweep
        Losses of shape (run, epoch), metrics, and any run as a `NeuralNetworkModel`.

    Raises
    ------
    KeyboardInterrupt
        If the cell is interrupted (Ctrl-C or the stop button). What was reached is the attribute `result` of the
        exception: `import sys; result = sys.last_value.result` in the next cell.
    TypeError, ValueError
        If the arguments cannot work together; the message says what was expected and what came.

    Examples
    --------
    >>> X = torch.linspace(-1, 1, 50).unsqueeze(1)  # (50, 1)
    >>> result = sweep((X, X**2), [8], learning_rates=[0.001, 0.1, 1e4], num_epochs=200)
    >>> result.training_loss.shape, result.best()
    (torch.Size([3, 200]), 1)
    >>> result.diverged_epoch > 0
    tensor([False, False,  True])
    >>> result.model(1)(X).shape
    torch.Size([50, 1])
    """
    steps = sweep_steps(**locals())  # its parameters are the same
    result = next(steps)
    try:
        for _ in steps:
            pass
    except KeyboardInterrupt as interrupt:
        print(f"Stopped after epoch {len(result)}. import sys; result = sys.last_value.result holds what was reached.")
        interrupt.result = result
        raise interrupt.with_traceback(None) from None
    return result


def sweep_steps(
    data: Data,
    hidden_sizes: Sequence[int],
    *,
    learning_rates: Iterable[float],
    seeds: Iterable[int] = (0,),
    optimizers: Iterable[str] = ("sgd",),
    momenta: Iterable[float] = (MOMENTUM,),
    activation: str | Activation = "relu",
    criterion: Callable[[torch.Tensor, torch.Tensor], torch.Tensor] | None = None,
    num_epochs: int = 100,
    batch_size: int | None = None,
    validation_data: Data | None = None,
    output_size: int | None = None,
) -> Iterator[Sweep]:
    """Train many runs step by step: the loop behind `sweep`, as a generator.

    Takes the parameters of `sweep`. The arguments are checked at once, before the first step.

    Yields
    ------
    Sweep
        The same object each time: after every step of all runs, and once more after every epoch, when its losses have been
        added.

    Examples
    --------
    >>> X = torch.zeros(10, 1)
    >>> steps = sweep_steps((X, X), [], learning_rates=[0.1, 0.2], batch_size=4)
    >>> [(result.num_steps, len(result)) for _, result in zip(range(5), steps)]
    [(1, 0), (2, 0), (3, 0), (3, 1), (4, 1)]
    """
    runs = checked_runs(optimizers, learning_rates, seeds, momenta)
    training, validation = checked_batches(data, validation_data, batch_size)
    targets = training.y
    if criterion is None:
        criterion = nn.MSELoss() if targets.is_floating_point() else nn.CrossEntropyLoss()
    if output_size is None:
        needed = targets[0].numel() if targets.is_floating_point() else int(targets.max()) + 1
        output_size = getattr(data, "output_size", needed)
    models = {}
    for seed in dict.fromkeys(run.seed for run in runs):
        with SeededRandomness(seed):
            models[seed] = NeuralNetworkModel(training.X.shape[1], hidden_sizes, output_size, activation)
    template = models[runs[0].seed]
    check_single_run(template, training, validation, criterion, num_epochs)
    rows = {seed: nn.utils.parameters_to_vector(model.parameters()).detach() for seed, model in models.items()}
    network = StackedNetwork(template, torch.stack([rows[run.seed] for run in runs]).to(training.X.device))
    result = Sweep(runs, network, training, validation, criterion)
    return _sweep_loop(result, training, validation, criterion, num_epochs)


def _sweep_loop(
    result: Sweep, training: Batches, validation: Batches | None, criterion: Callable, num_epochs: int
) -> Iterator[Sweep]:
    runs, network, num_samples = result.runs, result.network, len(training.X)
    seeds = list(dict.fromkeys(run.seed for run in runs))
    # Each seed draws its order as `train` does; runs with the same seed share it.
    index = torch.arange(num_samples)
    orders = [Batches(index, index, training.batch_size, torch.Generator().manual_seed(seed)) for seed in seeds]
    order_of_run = torch.tensor([seeds.index(run.seed) for run in runs])
    whole = training.X.T.contiguous(), training.y  # (features, sample)
    unseen = None if validation is None else (validation.X.T.contiguous(), validation.y)
    small = is_small_work(network.template, len(runs) * training.largest_batch())
    names, rates, _, momenta = zip(*runs, strict=True)
    optimizer = StackedOptimizer(network.weights, names, rates, momenta)
    finite = torch.ones_like(result.diverged_epoch, dtype=torch.bool)  # (run,)
    training_loss = network.weights.new_full((len(runs), num_epochs), math.nan)
    validation_loss = torch.full_like(training_loss, math.nan)
    for epoch in range(num_epochs):
        mean_loss = torch.zeros_like(training_loss[:, epoch])
        total_weight = torch.zeros_like(mean_loss)
        for batches_of_seeds in zip(*orders, strict=True):
            chosen = torch.stack([batch for batch, _ in batches_of_seeds])  # (seed, batch)
            if chosen.shape[1] == num_samples:
                inputs, targets = whole
                weights = torch.ones_like(mean_loss)
            else:
                weights = _weights(network, criterion, training.y[chosen])[order_of_run]
                chosen = chosen[order_of_run]  # (run, batch)
                inputs, targets = training.X[chosen].transpose(1, 2), training.y[chosen]
            with one_thread(small):
                losses, gradients = network.gradients(inputs, targets, criterion)
                finite &= losses.isfinite()
                optimizer.step(gradients, finite)
            mean_loss += losses * weights
            total_weight += weights
            result.num_steps += 1
            yield result
        result.diverged_epoch[~finite & (result.diverged_epoch == 0)] = epoch + 1
        training_loss[:, epoch] = (mean_loss / total_weight).where(finite, math.nan)
        # Once every run has diverged, the remaining epochs are known: all NaN.
        num_known = epoch + 1 if finite.any() else num_epochs
        result.training_loss = training_loss[:, :num_known]
        if unseen is not None:
            with torch.no_grad(), one_thread(small):
                losses = network.losses(*unseen, criterion)
            validation_loss[:, epoch] = losses.where(finite, math.nan)
            result.validation_loss = validation_loss[:, :num_known]
        yield result
        if num_known == num_epochs:
            return


def _weights(network: StackedNetwork, criterion: Callable, batches: torch.Tensor) -> torch.Tensor:
    """Return how much each batch of targets, (seed, batch), counts in the mean over an epoch, shape (seed,)."""
    weights = []
    for targets in batches:
        outputs = network.weights.new_zeros(len(targets), network.template.output_size)
        _, call = watched_loss(outputs, targets, criterion)
        weights.append(len(targets) if call is None else call.weight())
    return torch.tensor(weights, dtype=network.weights.dtype, device=network.weights.device)
