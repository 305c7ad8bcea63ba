"""Many training runs at once: one architecture, many learning rates, seeds and optimizers, as one batched program.

The weights of all runs lie in stacked tensors, so that a step of sixty-four small networks costs little more than a
step of a few. The numbers are those of separate runs of `train`.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import product
from numbers import Real
from typing import NamedTuple

import torch
from torch import nn

from ..model import ACTIVATIONS, NeuralNetworkModel, activation_name
from ..training.batches import Batches, Data, as_batches, split_validation
from ..training.evaluation import check_targets, measure
from ..training.history import History
from ..training.loop import training_steps
from ..utils.errors import unknown_name
from ..utils.randomness import SeededRandomness
from ..utils.threads import is_small_work, one_thread
from .stacked_optimizer import SWEEP_OPTIMIZERS, StackedOptimizer


class Run(NamedTuple):
    """The settings in which one run of a sweep differs from the others."""

    optimizer: str
    learning_rate: float
    seed: int


class Sweep:
    """What a sweep has measured so far, one row a run; `sweep` and `sweep_steps` make it.

    Attributes
    ----------
    runs : list of Run
        The settings of every run: `optimizer`, `learning_rate`, `seed`. The seed varies fastest, then the learning rate.
    num_steps : int
        Number of optimizer steps that every run has taken, unless it diverged.
    diverged_epoch : int64 Tensor of shape (run,)
        The epoch, counted from 1, in which the run's loss was no longer finite; 0 if that did not happen.
    """

    def __init__(
        self,
        runs: list[Run],
        models: dict[int, NeuralNetworkModel],
        training: Batches,
        validation: Batches | None,
        criterion: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
        num_epochs: int,
    ) -> None:
        self.runs, self.num_steps = runs, 0
        self._template = next(iter(models.values()))
        self._training, self._validation, self._criterion = training, validation, criterion
        device = training.X.device
        rows = {seed: nn.utils.parameters_to_vector(model.parameters()) for seed, model in models.items()}
        # One row a run. The layers below are views of it: one operation updates all of them.
        self._weights = torch.stack([rows[run.seed] for run in runs]).detach().to(device)  # (run, parameter)
        self._layers: list[tuple[torch.Tensor, torch.Tensor]] = []
        start = 0
        for _, layer in self._template.linear_layers():
            parts = []
            # A bias is a column, to be added to every sample.
            for shape in (layer.weight.shape, (len(layer.bias), 1)):
                part = self._weights[:, start : start + math.prod(shape)].unflatten(1, shape)
                parts.append(part.detach().requires_grad_())
                start += math.prod(shape)
            self._layers.append(tuple(parts))  # (run, outputs, inputs) and (run, outputs, 1)
        self._training_loss = self._weights.new_full((len(runs), num_epochs), math.nan)
        self._validation_loss = torch.full_like(self._training_loss, math.nan)
        self._num_epochs = 0
        self.diverged_epoch = torch.zeros(len(runs), dtype=torch.int64, device=device)

    @property
    def training_loss(self) -> torch.Tensor:
        """Loss of each epoch as `History` has it, shape (run, epoch); NaN from the epoch in which a run diverged."""
        return self._training_loss[:, : len(self)]

    @property
    def validation_loss(self) -> torch.Tensor | None:
        """Loss on the validation data after each epoch, shape (run, epoch); None without validation data."""
        return None if self._validation is None else self._validation_loss[:, : len(self)]

    @property
    def metric(self) -> torch.Tensor:
        """Accuracy (0 to 1) or R² of each run now, shape (run,), on the validation data if there are any, else on the
        training data; NaN for a diverged run."""
        batches = self._validation or self._training
        with torch.no_grad():
            outputs = self._outputs(batches.X.T).transpose(1, 2)  # (run, sample, output)
        measured = [measure(lambda _, own=own: own, batches, self._criterion).metric for own in outputs]
        return torch.tensor(measured, device=outputs.device).masked_fill(self.diverged_epoch > 0, math.nan)

    def best(self) -> int:
        """Return the number of the run whose loss is lowest in the last epoch: on the validation data if there are any.

        Raises
        ------
        ValueError
            If no epoch has finished, or every run has diverged.
        """
        if not len(self) or self._watched_loss().isnan().all():
            raise ValueError("No run has a loss to compare: train for at least one epoch, with smaller learning rates.")
        return int(self._watched_loss().nan_to_num(nan=math.inf).argmin())

    def model(self, run: int) -> NeuralNetworkModel:
        """Return a new model with a run's weights; of a diverged run, its last weights before the loss was lost.

        Parameters
        ----------
        run : int
            Number of the run, as in `runs`.
        """
        if not -len(self.runs) <= run < len(self.runs):
            raise IndexError(f"There are {len(self.runs)} runs, 0 to {len(self.runs) - 1}; there is no run {run}.")
        model = copy.deepcopy(self._template).to(self._weights.device)
        # A copy: the model shall neither move with the sweep nor change it.
        nn.utils.vector_to_parameters(self._weights[run].clone(), model.parameters())
        return model

    def __len__(self) -> int:
        return self._num_epochs

    def __repr__(self) -> str:
        num_diverged = int((self.diverged_epoch > 0).sum())
        start = f"Sweep: {len(self.runs)} run{'s' if len(self.runs) > 1 else ''}, {len(self)} epochs"
        if not len(self):
            return f"{start}."
        if num_diverged == len(self.runs):
            return f"{start}; every run diverged. Try smaller learning rates."
        best = self.best()
        run = self.runs[best]
        part = "training" if self._validation is None else "validation"
        return (
            f"{start}, {num_diverged} diverged. Lowest {part} loss {self._watched_loss()[best]:.3f}: run {best} "
            f"({run.optimizer}, learning rate {run.learning_rate:g}, seed {run.seed})."
        )

    def _watched_loss(self) -> torch.Tensor:
        return (self.training_loss if self._validation is None else self.validation_loss)[:, -1]  # (run,)

    def _outputs(self, inputs: torch.Tensor) -> torch.Tensor:
        """Compute all runs' outputs, shape (run, output, sample).

        `inputs` has shape (features, samples), the same for all runs, or (run, features, samples). Samples come last: the
        sums over them in the backward pass then run along memory, which halves the time of a step.
        """
        x = inputs.expand(len(self.runs), *inputs.shape[-2:])
        for weight, bias in self._layers[:-1]:
            x = self._activate(torch.baddbmm(bias, weight, x))  # (run, width, sample)
        weight, bias = self._layers[-1]
        return torch.baddbmm(bias, weight, x)

    def _activate(self, x: torch.Tensor) -> torch.Tensor:
        activation = self._template.activation
        if activation in ACTIVATIONS.values():  # these go element by element: any layout will do
            return activation(x)
        return torch.vmap(activation)(x.transpose(1, 2)).transpose(1, 2)

    def _losses(self, inputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Compute each run's mean loss, shape (run,), for inputs as `_outputs` takes them and targets (…, sample, …)."""
        outputs, criterion = self._outputs(inputs), self._criterion
        if inputs.ndim == 2:
            targets = targets.expand(len(self.runs), *targets.shape)  # the same for all runs
        if type(criterion) is nn.MSELoss or _is_plain_cross_entropy(criterion):
            losses_of_samples = copy.copy(criterion)
            losses_of_samples.reduction = "none"
            targets = targets.transpose(1, 2) if targets.ndim == 3 else targets
            return losses_of_samples(outputs, targets).flatten(1).mean(1)
        return torch.vmap(criterion)(outputs.transpose(1, 2), targets)


def sweep(
    data: Data,
    hidden_sizes: Sequence[int],
    *,
    learning_rates: Iterable[float],
    seeds: Iterable[int] = (0,),
    optimizers: Iterable[str] = ("sgd",),
    activation: str | Callable[[torch.Tensor], torch.Tensor] = "relu",
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
        Any of "sgd", "momentum" (SGD with momentum 0.9) and "adam"; other options as `torch.optim` has them by default.
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
        Losses of shape (run, epoch), metrics, and any run as a `NeuralNetworkModel`. Interrupting the cell (Ctrl-C or the
        stop button) ends the sweep and keeps what was reached.

    Raises
    ------
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
    steps = sweep_steps(
        data,
        hidden_sizes,
        learning_rates=learning_rates,
        seeds=seeds,
        optimizers=optimizers,
        activation=activation,
        criterion=criterion,
        num_epochs=num_epochs,
        batch_size=batch_size,
        validation_data=validation_data,
        output_size=output_size,
    )
    result = next(steps)
    try:
        for _ in steps:
            pass
    except KeyboardInterrupt:
        print(f"Interrupted in epoch {len(result) + 1}: losses and weights are kept.")
    return result


def sweep_steps(
    data: Data,
    hidden_sizes: Sequence[int],
    *,
    learning_rates: Iterable[float],
    seeds: Iterable[int] = (0,),
    optimizers: Iterable[str] = ("sgd",),
    activation: str | Callable[[torch.Tensor], torch.Tensor] = "relu",
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
    runs = _checked_runs(optimizers, learning_rates, seeds)
    pair, validation_data = split_validation(data, validation_data, 0.0, 0)
    training = as_batches(pair, batch_size=batch_size)
    validation = None if validation_data is None else as_batches(validation_data, part="validation")
    for batches in (training, validation):
        if batches is not None and not (isinstance(batches, Batches) and batches.X.ndim == 2):
            raise TypeError(
                "A sweep trains on a Dataset or on a pair (X, y) of tensors, X of shape (samples, features). "
                "For a DataLoader, train the runs one by one."
            )
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
    _check_single_run(models[runs[0].seed], training, validation, criterion, num_epochs)
    result = Sweep(runs, models, training, validation, criterion, num_epochs)
    return _sweep_loop(result, num_epochs)


def _sweep_loop(result: Sweep, num_epochs: int) -> Iterator[Sweep]:
    training, validation = result._training, result._validation
    num_samples = len(training.X)
    seeds = list(dict.fromkeys(run.seed for run in result.runs))
    # Each seed draws its order as `train` does; runs with the same seed share it.
    index = torch.arange(num_samples)
    orders = [Batches(index, index, training.batch_size, torch.Generator().manual_seed(seed)) for seed in seeds]
    order_of_run = torch.tensor([seeds.index(run.seed) for run in result.runs])
    whole = training.X.T.contiguous(), training.y  # (features, sample)
    unseen = None if validation is None else (validation.X.T.contiguous(), validation.y)
    small = is_small_work(result._template, len(result.runs) * training.largest_batch())
    optimizer = StackedOptimizer(
        result._weights, [run.optimizer for run in result.runs], [run.learning_rate for run in result.runs]
    )
    finite = torch.ones_like(result.diverged_epoch, dtype=torch.bool)  # (run,)
    for epoch in range(num_epochs):
        mean_loss = torch.zeros_like(result._training_loss[:, epoch])
        for batches_of_seeds in zip(*orders, strict=True):
            chosen = torch.stack([batch for batch, _ in batches_of_seeds])  # (seed, batch)
            if chosen.shape[1] == num_samples:
                inputs, targets = whole
            else:
                chosen = chosen[order_of_run]  # (run, batch)
                inputs, targets = training.X[chosen].transpose(1, 2), training.y[chosen]
            with one_thread(small):
                losses, gradients = _losses_and_gradients(result, inputs, targets)
                finite &= losses.isfinite()
                optimizer.step(gradients, finite)
            mean_loss.add_(losses, alpha=chosen.shape[1] / num_samples)  # the last batch may be shorter
            result.num_steps += 1
            yield result
        result.diverged_epoch[~finite & (result.diverged_epoch == 0)] = epoch + 1
        result._training_loss[:, epoch] = mean_loss.where(finite, math.nan)
        if unseen is not None:
            with torch.no_grad(), one_thread(small):
                losses = result._losses(*unseen)
            result._validation_loss[:, epoch] = losses.where(finite, math.nan)
        # Once every run has diverged, the remaining epochs are known: all NaN.
        result._num_epochs = epoch + 1 if finite.any() else num_epochs
        yield result
        if result._num_epochs == num_epochs:
            return


@torch.enable_grad()
def _losses_and_gradients(
    result: Sweep, inputs: torch.Tensor, targets: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return each run's loss, shape (run,), and its gradient, shape (run, parameter)."""
    losses = result._losses(inputs, targets)
    # Runs share no weights: the gradient of the sum holds each run's own gradient, untouched by a neighbour's NaN.
    gradients = torch.autograd.grad(losses.sum(), [part for layer in result._layers for part in layer])
    return losses.detach(), torch.cat([gradient.flatten(1) for gradient in gradients], 1)


def _is_plain_cross_entropy(criterion: Callable) -> bool:
    # With class weights or an ignored class, the mean of a batch is no plain mean over its samples.
    return type(criterion) is nn.CrossEntropyLoss and criterion.weight is None and criterion.ignore_index < 0


def _checked_runs(optimizers: Iterable[str], learning_rates: Iterable[float], seeds: Iterable[int]) -> list[Run]:
    settings = {"optimizers": optimizers, "learning_rates": learning_rates, "seeds": seeds}
    examples = {"optimizers": '["sgd", "adam"]', "learning_rates": "[0.01, 0.1, 1.0]", "seeds": "range(5)"}
    for name, values in settings.items():
        if isinstance(values, str) or not isinstance(values, Iterable):
            raise TypeError(f"{name} must be a list, such as {examples[name]}; it is {values!r}.")
        settings[name] = list(values)
        if not settings[name]:
            raise ValueError(f"{name} is empty, so there is nothing to train. Try {examples[name]}.")
    for name in settings["optimizers"]:
        if name not in SWEEP_OPTIMIZERS:
            raise ValueError(unknown_name("optimizer", name, SWEEP_OPTIMIZERS))
    for rate in settings["learning_rates"]:
        if not isinstance(rate, (Real, torch.Tensor)) or not 0 < rate < math.inf:
            raise ValueError(f"Every learning rate must be a number greater than 0; one is {rate!r}.")
    return [Run(name, float(rate), seed) for name, rate, seed in product(*settings.values())]


def _check_single_run(
    model: NeuralNetworkModel, training: Batches, validation: Batches | None, criterion: Callable, num_epochs: int
) -> None:
    """Take one step of an ordinary run with a copy of the model: what `train` refuses is refused in its words."""
    activation = model.activation
    if isinstance(activation, nn.Module) and list(activation.parameters()):
        raise ValueError(
            f"A sweep cannot train an activation's own parameters: {activation_name(activation)} has some. "
            "Try a plain function such as 'leaky_relu', or train the runs one by one."
        )
    if model.hidden_sizes and activation not in ACTIVATIONS.values():
        try:
            torch.vmap(activation)(training.X.new_zeros(1, 1, model.hidden_sizes[0]))
        except RuntimeError as error:
            raise ValueError(
                f"The activation {activation_name(activation)} cannot be computed for all runs at once: it may draw random "
                "numbers, change its input or decide by its values. Try one from ACTIVATIONS, or train the runs one by one."
            ) from error
    model, history = copy.deepcopy(model).to(training.X.device), History()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    pair = (training.X, training.y)
    next(training_steps(model, pair, criterion, optimizer, num_epochs=num_epochs, history=history), None)
    if history.diverged:
        raise ValueError(history.stop_reason)
    if validation is not None:
        check_targets(model(validation.X), validation.y, criterion)
