"""Training: one loop, written as a generator.

`training_steps` is the loop. `train` runs it to its end; the explorers run the very same generator a few
milliseconds at a time.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import torch
from torch import nn

from ..utils.errors import check_count, check_number
from ..utils.randomness import SeededRandomness, seeded_generator
from ..utils.threads import is_small_work, one_thread
from .arguments import check_criterion, check_loss, check_model, check_optimizer, check_scheduler, why_not_finite
from .batches import Data, as_batches, choose_device, split_validation
from .evaluation import check_targets, measure, modes_restored
from .history import History

if TYPE_CHECKING:
    from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau
    from tqdm import tqdm

#: Seconds of training after which `train` shows a progress bar.
PROGRESS_BAR_AFTER = 2.0


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
    scheduler: LRScheduler | ReduceLROnPlateau | None = None,
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
        Losses, metric, gradient norm and seconds of every epoch, and why training stopped. Interrupting the cell (Ctrl-C
        or the stop button) ends the training; the history and the weights reached are kept.

    Raises
    ------
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
    if callback is not None and not callable(callback):
        raise TypeError(f"callback must be a function of the history; it is {callback!r}.")
    history = History() if history is None else history
    steps = training_steps(
        model,
        data,
        criterion,
        optimizer,
        num_epochs=num_epochs,
        batch_size=batch_size,
        seed=seed,
        validation_data=validation_data,
        validation_fraction=validation_fraction,
        scheduler=scheduler,
        max_gradient_norm=max_gradient_norm,
        patience=patience,
        device=device,
        history=history,
        pause_every=math.inf,
    )
    epochs_before = epochs_seen = len(history)
    bar = None
    started = time.perf_counter()
    try:
        for _ in steps:
            epochs_seen = len(history)
            if progress and bar is None and time.perf_counter() - started > PROGRESS_BAR_AFTER:
                bar = _progress_bar(num_epochs)
            if bar is not None:
                bar.update(epochs_seen - epochs_before - bar.n)
            if callback is not None and callback(history) is True:
                history.stop_reason = f"Stopped by the callback after epoch {epochs_seen}."
                break
    except KeyboardInterrupt:
        history.stop_reason = f"Interrupted in epoch {len(history) + 1}: history and weights are kept."
    finally:
        steps.close()
        if bar is not None:
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
    scheduler: LRScheduler | ReduceLROnPlateau | None = None,
    max_gradient_norm: float | None = None,
    patience: int | None = None,
    device: str | torch.device | None = None,
    history: History | None = None,
    pause_every: float = 0.0,
) -> Iterator[History]:
    """Train a model step by step: the loop behind `train`, as a generator.

    Takes the parameters of `train`, and `pause_every`: the seconds of training after which it pauses within an epoch,
    0 (the default) for a pause after every optimizer step. The arguments are checked at once, before the first step.

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
    if not isinstance(history, (History, type(None))):
        raise TypeError(f"history must be a History that train returned; it is a {type(history).__name__}.")
    history = History() if history is None else history
    check_count("num_epochs", num_epochs)
    if patience is not None:
        check_count("patience", patience)
    if max_gradient_norm is not None:
        check_number("max_gradient_norm", max_gradient_norm)
        if not max_gradient_norm > 0:
            raise ValueError(f"max_gradient_norm must be greater than 0; it is {max_gradient_norm}.")
    check_model(model)
    check_optimizer(model, optimizer)
    check_criterion(criterion)
    check_scheduler(scheduler, optimizer)
    data, validation_data = split_validation(data, validation_data, validation_fraction, seed)
    if patience is not None and validation_data is None:
        raise ValueError(
            "Early stopping (patience) watches the validation loss: give validation_data or validation_fraction."
        )
    history.stop_reason, history.diverged = "", False
    history.randomness = history.randomness or SeededRandomness(seed)
    history.shuffle = history.shuffle or seeded_generator(seed)
    if device is not None:
        model.to(device := choose_device(device))
    training = as_batches(data, batch_size=batch_size, shuffle=history.shuffle, device=device)
    validation = None
    if validation_data is not None:
        validation = as_batches(validation_data, device=device, part="validation")
    if len(history) and bool(history.validation_loss) != (validation is not None):
        raise ValueError(
            f"The history to go on from was made {'with' if history.validation_loss else 'without'} validation data: "
            "go on in the same way, or start a new history."
        )
    loop = _training_loop(
        model,
        training,
        validation,
        criterion,
        optimizer,
        num_epochs=num_epochs,
        scheduler=scheduler,
        max_gradient_norm=max_gradient_norm,
        patience=patience,
        history=history,
        pause_every=pause_every,
    )
    return _in_pieces(loop, history, is_small_work(model, training.largest_batch()))


def _training_loop(
    model,
    training,
    validation,
    criterion,
    optimizer,
    *,
    num_epochs,
    scheduler,
    max_gradient_norm,
    patience,
    history,
    pause_every,
) -> Iterator[History]:
    """The loop itself: every line that a training loop in plain PyTorch has, and the measurements."""
    trained = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    # Parameters that the optimizer does not hold shall collect no gradients either.
    held = {id(parameter) for parameter in trained}
    all_held = all(id(parameter) in held for parameter in model.parameters() if parameter.requires_grad)
    # Parts that the caller has frozen in eval mode, inside a model in train mode, stay so.
    modes = [(module, module.training or not model.training) for module in model.modules()]
    first_epoch, first_step = len(history) + 1, history.num_steps
    with modes_restored(model):
        for epoch in range(first_epoch, first_epoch + num_epochs):
            started = resumed = time.perf_counter()
            total_loss, num_samples = 0.0, 0
            for module, mode in modes:
                module.training = mode
            for inputs, targets in training:
                first_batch = epoch == first_epoch and num_samples == 0
                outputs = model(inputs)
                if first_batch:
                    check_targets(outputs, targets, criterion, getattr(training, "y", None))
                loss = criterion(outputs, targets)
                if first_batch:
                    check_loss(loss)
                loss_value = loss.item()
                if not math.isfinite(loss_value):
                    history.diverged = True
                    history.stop_reason = f"Stopped in epoch {epoch}: the loss became {loss_value}" + why_not_finite(
                        history, [(inputs, targets)], model, optimizer, history.num_steps == first_step
                    )
                    return
                optimizer.zero_grad()
                loss.backward(inputs=None if all_held else [p for p in trained if p.requires_grad])
                if max_gradient_norm is not None:
                    gradient_norm = nn.utils.clip_grad_norm_(trained, max_gradient_norm)
                optimizer.step()
                batch_length = len(inputs)  # the last batch may be shorter
                total_loss += loss_value * batch_length
                num_samples += batch_length
                history.num_steps += 1
                now = time.perf_counter()
                if now - resumed >= pause_every:
                    yield history
                    resumed = time.perf_counter()
                    started += resumed - now

            if max_gradient_norm is None:
                gradient_norm = _gradient_norm(trained)
            model.eval()
            measured = measure(model, validation or training, criterion, check=epoch == first_epoch)
            history.training_loss.append(total_loss / num_samples)
            if validation is not None:
                history.validation_loss.append(measured.loss)
            history.metric.append(measured.metric)
            history.metric_name = measured.metric_name
            history.gradient_norm.append(float(gradient_norm))
            history.learning_rate.append(float(optimizer.param_groups[0]["lr"]))
            history.seconds.append(time.perf_counter() - started)
            if not math.isfinite(measured.loss):
                history.diverged = True
                watched = "training loss" if validation is None else "validation loss"
                history.stop_reason = f"Stopped after epoch {epoch}: the {watched} became {measured.loss}" + (
                    why_not_finite(history, (validation or training).whole(), model, optimizer, False)
                )
            elif patience is not None:
                _stop_early(model, history, patience)
            if scheduler is not None:
                _step_scheduler(scheduler, history.training_loss[-1] if validation is None else measured.loss)
            yield history
            if history.stop_reason:
                return


def _in_pieces(loop: Iterator[History], history: History, small: bool) -> Iterator[History]:
    """Run each piece of the loop with random numbers and threads of its own, and hand control back with the caller's."""
    try:
        while True:
            with history.randomness, one_thread(small), torch.enable_grad():
                going_on = next(loop, None) is not None
            if not going_on:
                return
            yield history
    finally:
        loop.close()


def _gradient_norm(parameters: list[torch.Tensor]) -> float:
    return torch.cat([p.grad.flatten() for p in parameters if p.grad is not None]).norm().item()


def _step_scheduler(scheduler: LRScheduler | ReduceLROnPlateau, watched_loss: float) -> None:
    if isinstance(scheduler, torch.optim.lr_scheduler.ReduceLROnPlateau):
        scheduler.step(watched_loss)
    else:
        scheduler.step()


def _stop_early(model: nn.Module, history: History, patience: int) -> None:
    """Keep the best weights so far; once patience is spent, restore them and say so."""
    losses = history.validation_loss
    if history.best_epoch == 0 or losses[-1] < losses[history.best_epoch - 1]:
        history.best_epoch = len(losses)
        history.best_weights = {name: value.clone() for name, value in model.state_dict().items()}
    if len(losses) - history.best_epoch < patience:
        return
    model.load_state_dict(history.best_weights)
    history.stop_reason = (
        f"Stopped early after epoch {len(losses)}: the validation loss was lowest in epoch {history.best_epoch} "
        f"({losses[history.best_epoch - 1]:.3f}), whose weights are restored."
    )


def _progress_bar(num_epochs: int) -> tqdm:
    from tqdm.auto import tqdm

    return tqdm(total=num_epochs, desc="training", unit="epoch", leave=False)
