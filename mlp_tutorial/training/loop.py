"""Training: one loop, `training_loop`, written as a generator; `train_epoch` takes its steps of gradient descent.

`train` runs it to its end; the explorers run the very same loop by `training_steps`, a few milliseconds at a time.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterator

import torch
from torch import nn
from torch.optim.lr_scheduler import LRScheduler

from ..utils.randomness import SeededRandomness, seeded_generator
from .arguments import check_arguments, check_batch_norm, check_history
from .batches import Batches, Data, LoaderBatches, as_batches, choose_device, split_validation
from .checked_criterion import CheckedCriterion
from .evaluation import Evaluation, Measurer
from .gradients import GradientClipping
from .history import History
from .modes import set_modes, training_modes
from .pauses import PauseClock, in_pieces
from .progress_bar import ProgressBar
from .schedulers import step_scheduler
from .stopping import StopIfDiverged, stop_early


def train(
    model: nn.Module,
    data: Data,
    criterion: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
    optimizer: torch.optim.Optimizer,
    *,
    num_epochs: int = 100,
    batch_size: int | None = None,
    seed: int = 0,
    validation_data: Data | None = None,
    validation_fraction: float = 0.0,
    scheduler: LRScheduler | None = None,
    max_gradient_norm: float | None = None,
    patience: int | None = None,
    device: str | torch.device | None = None,
    history: History | None = None,
    callback: Callable[[History], object] | None = None,
    progress: bool = True,
) -> History:
    """Train a model and return the history of its losses.

    Parameters
    ----------
    model : nn.Module
        The model; its weights are changed in place.
    data : Dataset, pair (X, y) of tensors, or DataLoader
        What to train on. X has shape (samples, features); y has shape (samples,) with class numbers, or the shape of
        the model's output. Of a `Dataset`, the training part is used, and its validation part for validation.
    criterion : callable
        The loss: `criterion(outputs, targets)` returns the mean loss of a batch, as `nn.CrossEntropyLoss()` does.
    optimizer : torch.optim.Optimizer
        Made for this model: `torch.optim.SGD(model.parameters(), lr=0.1)`. Weight decay is an option of it.
    num_epochs : int, default 100
        Number of passes over the data.
    batch_size : int, optional
        Samples a step; by default all of them in one batch. The last batch of an epoch may be shorter.
    seed : int, default 0
        For the order of the batches and for layers such as dropout. The global random state is left as it was.
    validation_data : Dataset, pair or DataLoader, optional
        Measured after every epoch, never trained on.
    validation_fraction : float, default 0
        Share of a pair (X, y) to set aside for validation, drawn by `seed`; between 0 and 1.
    scheduler : torch.optim.lr_scheduler, optional
        Stepped after every epoch (`ReduceLROnPlateau` with the validation loss, or the training loss without one).
    max_gradient_norm : float, optional
        Gradients longer than this are shortened to it before the step.
    patience : int, optional
        Early stopping: end after so many epochs without a lower validation loss, and restore the best weights. A run
        that reaches `num_epochs` first keeps its last weights; the best are in `history.best_weights`.
    device : str or torch.device, optional
        Where to train: "auto" takes a GPU if there is one. The data are moved once; the model stays there afterwards.
        By default nothing is moved.
    history : History, optional
        Of an earlier run of this model and optimizer, to go on from there: `num_epochs` more are added to it.
    callback : callable, optional
        Called with the history after every epoch. If it returns True, training stops there.
    progress : bool, default True
        Show a progress bar once the training has taken two seconds.

    Returns
    -------
    History
        Losses, metric, gradient norm and seconds of every epoch, and why training stopped.

    Raises
    ------
    KeyboardInterrupt
        If the cell is interrupted (Ctrl-C or the stop button): the whole cell ends, and a loop around `train` with it. The
        model keeps the weights reached. The history so far is the one given as `history`, and in any case the attribute
        `history` of the exception: `import sys; history = sys.last_value.history` in the next cell.
    TypeError, ValueError
        If the arguments cannot work together; the message says what was expected and what came.

    Examples
    --------
    >>> from mlp_tutorial.model import NeuralNetworkModel
    >>> X = torch.linspace(-1, 1, 50).unsqueeze(1)  # (50, 1)
    >>> with SeededRandomness(0):
    ...     model = NeuralNetworkModel(1, [8], 1)
    >>> optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    >>> history = train(model, (X, X**2), nn.MSELoss(), optimizer, num_epochs=200)
    >>> len(history), history.training_loss[-1] < 0.1 * history.training_loss[0]
    (200, True)
    """
    in_hand, history = history is not None, History() if history is None else history
    shared = {name: value for name, value in locals().items() if name not in ("callback", "progress", "in_hand")}
    if callback is not None and not callable(callback):
        raise TypeError(f"callback must be a function of the history; it is {callback!r}.")
    steps = training_steps(**shared, pause_every=math.inf)
    bar, epochs_before = ProgressBar(num_epochs, progress), len(history)
    try:
        for _ in steps:
            bar.update(len(history) - epochs_before)
            if callback is not None and callback(history) is True:
                history.stop_reason = f"Stopped by the callback after epoch {len(history)}."
                break
    except KeyboardInterrupt as interrupt:
        history.stop_reason = f"Stopped after epoch {len(history)}: model and history keep what was learned."
        get_it = "" if in_hand else "import sys; history = sys.last_value.history; "
        print(f"{history.stop_reason} To go on: {get_it}train(..., history=history)")
        interrupt.history = history
        raise interrupt.with_traceback(None) from None  # its way through the loop is nothing that a learner has to read
    finally:
        steps.close()
        bar.close()
    if history.stop_reason:
        print(history.stop_reason)
    return history


def training_steps(
    model: nn.Module,
    data: Data,
    criterion: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
    optimizer: torch.optim.Optimizer,
    *,
    num_epochs: int = 100,
    batch_size: int | None = None,
    seed: int = 0,
    validation_data: Data | None = None,
    validation_fraction: float = 0.0,
    scheduler: LRScheduler | None = None,
    max_gradient_norm: float | None = None,
    patience: int | None = None,
    device: str | torch.device | None = None,
    history: History | None = None,
    pause_every: float = 0.0,
) -> Iterator[History]:
    """Train a model step by step: the loop behind `train`, as a generator.

    Parameters
    ----------
    model, data, criterion, optimizer, num_epochs, batch_size, seed, validation_data, validation_fraction
        As for `train`, and so are `scheduler`, `max_gradient_norm`, `patience`, `device` and `history`. All are checked at
        once, before the first step.
    pause_every : float, default 0
        Seconds of training after which it pauses within an epoch; 0 for a pause after every optimizer step.

    Yields
    ------
    History
        The same object each time: at every pause, and after every epoch, when its entries have been added.
        Meanwhile torch's global random state is the caller's own.

    Examples
    --------
    >>> from mlp_tutorial.model import NeuralNetworkModel
    >>> model = NeuralNetworkModel(1, [], 1)
    >>> optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    >>> X = torch.zeros(10, 1)
    >>> steps = training_steps(model, (X, X), nn.MSELoss(), optimizer, batch_size=4)
    >>> [(history.num_steps, len(history)) for _, history in zip(range(5), steps)]
    [(1, 0), (2, 0), (3, 0), (3, 1), (4, 1)]
    """
    history = History() if history is None else history
    check_arguments(model, criterion, optimizer, scheduler, num_epochs, patience, max_gradient_norm)
    data, validation_data = split_validation(data, validation_data, validation_fraction, seed)
    check_history(history, validation_data is not None, patience)
    history.stop_reason, history.diverged = "", False
    history.randomness = history.randomness or SeededRandomness(seed)
    history.shuffle = history.shuffle or seeded_generator(seed)
    if device is not None:
        model.to(device := choose_device(device))
    training = as_batches(data, batch_size=batch_size, shuffle=history.shuffle, device=device)
    check_batch_norm(model, training)
    validation = None if validation_data is None else as_batches(validation_data, device=device, part="validation")
    if not history.num_steps:
        history.initial_weights = {name: value.detach().clone() for name, value in model.state_dict().items()}
    how = {"num_epochs": num_epochs, "patience": patience, "max_gradient_norm": max_gradient_norm}
    how |= {"scheduler": scheduler, "pause_every": pause_every}
    loop = training_loop(model, training, validation, criterion, optimizer, history, **how)
    return in_pieces(loop, model, optimizer, history, training.largest_batch())


def training_loop(
    model: nn.Module,
    training: Batches | LoaderBatches,
    validation: Batches | LoaderBatches | None,
    criterion: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
    optimizer: torch.optim.Optimizer,
    history: History,
    *,
    num_epochs: int,
    scheduler: LRScheduler | None = None,
    max_gradient_norm: float | None = None,
    patience: int | None = None,
    pause_every: float = math.inf,
) -> Iterator[History]:
    """Train and measure, epoch after epoch: the loop behind `train` and `training_steps`.

    Parameters
    ----------
    training, validation : Batches or LoaderBatches
        The data, as `as_batches` returns them; `validation` is None without validation data.
    model, criterion, optimizer, history, num_epochs, scheduler, max_gradient_norm, patience
        As for `train`.
    pause_every : float, default infinity
        As for `training_steps`; it yields as that does.
    """
    checked = CheckedCriterion(criterion, getattr(training, "y", None))
    stop_if_diverged = StopIfDiverged(model, criterion, optimizer, history)
    clipping = GradientClipping(optimizer, max_gradient_norm)
    clock = PauseClock(pause_every)
    modes, measure = training_modes(model), Measurer(validation or training, criterion)
    eval_modes = [(module, False) for module, _ in modes]
    for _ in range(num_epochs):
        clock.start()
        set_modes(modes)  # model.train(), but for parts that the caller has put into eval mode
        with clipping:
            mean_loss = yield from train_epoch(model, training, checked, optimizer, history, stop_if_diverged, clock)
        if history.diverged:
            return
        set_modes(eval_modes)
        measured = measure_epoch(model, measure, validation is not None, history)
        history.training_loss.append(mean_loss)
        history.gradient_norm.append(clipping.norm())
        history.learning_rate.append(float(optimizer.param_groups[0]["lr"]))
        history.seconds.append(clock.seconds())
        if not stop_if_diverged.after_epoch(measured.loss, validation or training) and patience is not None:
            stop_early(model, history, patience)
        step_scheduler(scheduler, mean_loss if validation is None else measured.loss)
        yield history
        if history.stop_reason:
            return


def train_epoch(
    model: nn.Module,
    batches: Batches | LoaderBatches,
    criterion: CheckedCriterion,
    optimizer: torch.optim.Optimizer,
    history: History,
    stop_if_diverged: StopIfDiverged,
    clock: PauseClock,
) -> Generator[History, None, float]:
    """Take a step of gradient descent for every batch, and return the mean loss over all samples.

    Parameters
    ----------
    batches : Batches or LoaderBatches
        The pairs (inputs, targets) of an epoch.
    model, criterion, optimizer, history
        As for `train`.
    stop_if_diverged, clock
        Say whether the loss is no longer finite, and when a pause is due; the history is yielded then.
    """
    total_loss = total_weight = 0.0
    for inputs, targets in batches:
        outputs = model(inputs)  # forward pass, (batch, outputs)
        loss = criterion(outputs, targets)  # the mean over the batch
        if stop_if_diverged(loss, inputs, targets):
            return math.nan
        optimizer.zero_grad()
        loss.backward()  # backward pass
        optimizer.step()
        total_loss += loss.item() * criterion.weight  # its number of samples; the last batch may be shorter
        total_weight += criterion.weight
        history.num_steps += 1
        if clock.is_pause_due():
            yield history
            clock.resume()
    return total_loss / total_weight


def measure_epoch(model: nn.Module, measure: Measurer, is_validation: bool, history: History) -> Evaluation:
    """Measure the model, on the validation data if there are any, and write it into the history."""
    measured = measure(model)
    if is_validation:
        history.validation_loss.append(measured.loss)
    history.metric.append(measured.metric)
    history.metric_name = measured.metric_name
    return measured
