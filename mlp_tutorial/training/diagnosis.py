"""What is wrong with a training run, in words: `diagnose` names the fault, its evidence and what to change."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import fmean

import torch
from torch import nn

from ..model import NeuralNetworkModel, activation_name
from ..utils.threads import is_small_work, one_thread
from .batches import Data, as_batches
from .criteria import WatchedLoss, squashed_by
from .evaluation import baseline_loss, modes_restored
from .history import History

# The limits were set by measuring some thousand runs: every healthy one lies well on the other side of them.
FEWEST_EPOCHS = 20  # before them the course of the loss is not judged
FEWEST_STEPS = 100  # before them too little is not yet too slow ...
SLOWEST_START = 2e-4  # ... unless the loss has changed by less than this share of its first value an epoch
MOST_SAMPLES = 250  # sent through the model: enough for a share, few enough for a live display
NOTHING_LEARNT = 0.9  # a loss above this share of what a constant answer gives
FLAT_LOSS = 0.02  # change from the third to the last quarter of the epochs, as a share of the same
SAW_TOOTH = 0.02  # mean rise from one epoch to the next, as a share of the same
SAW_TOOTH_OF_BATCHES = 0.1  # the same with several batches an epoch: they differ, so it rises by chance too
DEAD_SHARE = 0.75  # of a layer's ReLUs; by chance a narrow layer starts with more than half of them dead
SATURATED_SHARE = 0.7  # of a layer's activations
FLAT_SLOPE = 0.01  # a saturated activation: the slope there, as a share of the function's steepest
VANISHING_RATIO = 1e-3  # of the gradient at the output layer, what comes back to the first layer
EXPLODING_NORM = 100.0  # length of the gradient; on standardised data it is about 1

#: The slope of an activation function, as a share of its steepest.
SLOPES: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "tanh": lambda x: 1 - x.tanh() ** 2,
    "sigmoid": lambda x: 4 * x.sigmoid() * x.neg().sigmoid(),
}


@dataclass(frozen=True)
class Finding:
    """One fault of a training run.

    Attributes
    ----------
    name : str
        The fault, such as "learning rate too low".
    evidence : str
        Where it shows, with numbers from the run.
    suggestion : str
        What to change.
    """

    name: str
    evidence: str
    suggestion: str

    def __str__(self) -> str:
        return f"{self.name[0].upper()}{self.name[1:]}: {self.evidence}. {self.suggestion}."


def diagnose(
    history: History,
    model: nn.Module | None = None,
    data: Data | None = None,
    criterion: Callable[[torch.Tensor, torch.Tensor], torch.Tensor] | None = None,
) -> list[Finding]:
    """Name the faults of a training run, whether it has ended or not.

    Parameters
    ----------
    history : History
        The run so far. Its losses show divergence, a learning rate too high or too low, a plateau and overfitting.
    model : nn.Module, optional
        The model as trained so far. It is left as it was, its gradients too.
    data : Dataset, pair (X, y) of tensors, or DataLoader, optional
        What it was trained on. With it the layers are examined, on at most 250 samples: vanishing and exploding
        gradients of any model, dead ReLUs and saturation of a `NeuralNetworkModel`.
    criterion : callable, optional
        The loss; by default cross-entropy for class numbers and the mean squared error for values.

    Returns
    -------
    list of Finding
        The most serious first: a cause comes before what it brings about. Empty for a healthy run.

    Examples
    --------
    >>> history = History(
    ...     training_loss=[1.1 - 0.0001 * epoch for epoch in range(100)],
    ...     learning_rate=[0.0003] * 100,
    ...     num_steps=100,
    ... )
    >>> print(diagnose(history)[0])
    Learning rate too low: after 100 epochs the loss has gone from 1.100 to 1.090 and is still falling. Try 0.003.
    """
    if history.diverged:
        evidence, _, suggestion = re.sub(r" \(the training loss.*?\)", "", history.stop_reason).rpartition(". ")
        return [Finding("diverged", evidence[0].lower() + evidence[1:], suggestion.rstrip("."))]
    measured = _Measured()
    if model is not None and data is not None:
        with one_thread(is_small_work(model, MOST_SAMPLES)), modes_restored(model), torch.enable_grad():
            model.eval()
            measured = _measure(model, data, criterion)
    if measured.squashed:
        evidence = f"the outputs pass a {measured.squashed} before the one that {measured.loss_name} brings or needs"
        return [Finding(f"a {measured.squashed} too many", evidence, "Leave it out")]
    in_layers = list(_dead_or_saturated(measured)) or list(_vanishing(measured))
    if len(history) < FEWEST_EPOCHS:
        return [*_exploding(history, measured), *in_layers]
    findings = [*_exploding(history, measured), *_too_far(history, measured), *in_layers]
    return [*(findings or _too_little(history, measured)), *_overfitting(history)]


@dataclass
class _Measured:
    """What one pass through the model, forth and back, shows."""

    activation: str = ""
    pre_activations: dict[str, torch.Tensor] = field(default_factory=dict)  # each (samples, width)
    #: Length of the loss's gradient with respect to them.
    signals: dict[str, float] = field(default_factory=dict)
    #: Length of its gradient with respect to the parameters.
    gradient_norm: float | None = None
    #: The loss of the best answer that does not look at the inputs.
    constant_loss: float = math.inf
    #: What squashes outputs before the loss does, and that loss's name.
    squashed: str = ""
    loss_name: str = ""


def _measure(model: nn.Module, data: Data, criterion: Callable | None) -> _Measured:
    device = next((parameter.device for parameter in model.parameters()), None)
    X, y = next(iter(as_batches(data, device=device).whole()))
    stride = math.ceil(len(X) / MOST_SAMPLES)
    X, every_y, y = X[::stride], y, y[::stride]
    if criterion is None:
        criterion = nn.MSELoss() if y.is_floating_point() else nn.CrossEntropyLoss()
    pre_activations: dict[str, torch.Tensor] = {}
    hooks = [
        layer.register_forward_hook(lambda layer, inputs, output, name=name: pre_activations.update({name: output}))
        for name, layer in model.named_modules()
        if isinstance(layer, nn.Linear)
    ]
    try:
        # An input that asks for gradients lets even frozen layers be examined.
        outputs = model(X.detach().requires_grad_(X.is_floating_point()))
    finally:
        for hook in hooks:
            hook.remove()
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    asked = [*pre_activations.values(), *parameters]
    with WatchedLoss() as watched:
        loss = criterion(outputs, y)
    gradients = torch.autograd.grad(loss, asked, allow_unused=True)  # leaves .grad alone
    norms = [0.0 if gradient is None else gradient.norm().item() for gradient in gradients]
    return _Measured(
        activation_name(model.activation) if isinstance(model, NeuralNetworkModel) else "",
        {name: value.detach() for name, value in pre_activations.items()},
        dict(zip(pre_activations, norms, strict=False)),
        math.hypot(*norms[len(pre_activations) :]),
        baseline_loss(outputs.detach()[:1].expand(len(every_y), *outputs.shape[1:]), every_y, criterion),
        "" if watched.call is None else squashed_by(watched.call),
        "" if watched.call is None else watched.call.name,
    )


def _dead_or_saturated(measured: _Measured) -> Iterator[Finding]:
    hidden = list(measured.pre_activations.values())[:-1]
    if not hidden:
        return
    if measured.activation == "relu":
        shares = [dead_units(value).float().mean().item() for value in hidden]
        if max(shares) > DEAD_SHARE:
            evidence = f"units that output 0 for every sample: {_by_layer(shares)}"
            yield Finding("dead ReLUs", evidence, "Start anew with a lower learning rate, or with leaky_relu")
    if measured.activation in SLOPES:
        slope = SLOPES[measured.activation]
        shares = [(slope(value) < FLAT_SLOPE).float().mean().item() for value in hidden]
        if max(shares) > SATURATED_SHARE:
            evidence = f"values for which {measured.activation} is flat: {_by_layer(shares)}"
            yield Finding("saturation", evidence, "Start anew: smaller weights, a lower learning rate, or relu")


def dead_units(pre_activations: torch.Tensor) -> torch.Tensor:
    """Return which ReLUs are off for every sample: pre-activations (samples, units) to a bool Tensor (units,).

    Examples
    --------
    >>> dead_units(torch.tensor([[-1.0, 2.0], [-3.0, -1.0]]))
    tensor([ True, False])
    """
    return (pre_activations <= 0).all(0)


def _by_layer(shares: list[float]) -> str:
    """Return shares as percentages, layer by layer; of a deep network the greatest alone."""
    if len(shares) > 4:
        greatest = max(shares)
        return f"{greatest:.0%} in hidden layer {shares.index(greatest) + 1}"
    layers = "layer 1" if len(shares) == 1 else f"layers 1 to {len(shares)}"
    return f"{', '.join(f'{share:.0%}' for share in shares)} in hidden {layers}"


def _vanishing(measured: _Measured) -> Iterator[Finding]:
    if len(measured.signals) < 2:
        return
    first, *_, last = measured.signals
    from_last = measured.signals[last]
    if from_last and (ratio := measured.signals[first] / from_last) < VANISHING_RATIO:
        evidence = f"of the gradient at {last}, a share of {ratio:.1g} comes back to {first}"
        yield Finding("vanishing gradients", evidence, "Try fewer layers, relu, or larger weights at the start")


def _exploding(history: History, measured: _Measured) -> Iterator[Finding]:
    """Judge the first gradient: one that is small at first and grows in training is the learning rate's doing."""
    norms = [*history.gradient_norm, *([] if measured.gradient_norm is None else [measured.gradient_norm])]
    if not norms or not norms[0] > EXPLODING_NORM:
        return
    if norms[-1] > EXPLODING_NORM or (len(history) and _has_learnt_nothing(history, measured)):
        evidence = f"the gradient had length {norms[0]:.2g} at first, and has {norms[-1]:.2g} now; about 1 is usual"
        yield Finding("exploding gradients", evidence, "Standardise the data, start with smaller weights, or clip")


def _has_learnt_nothing(history: History, measured: _Measured) -> bool:
    return history.training_loss[-1] > NOTHING_LEARNT * min(history.training_loss[0], measured.constant_loss)


def _too_far(history: History, measured: _Measured) -> Iterator[Finding]:
    """Find steps that are too long: the loss climbs, or jumps up and down."""
    losses, rate = history.training_loss, history.learning_rate[-1]
    if min(losses[-5:]) > 2 * losses[0]:
        evidence = f"the loss has risen from {losses[0]:.3g} to {losses[-1]:.3g} in {len(losses)} epochs"
        yield Finding("diverged", evidence, f"Try a learning rate of {rate / 10:.2g}")
        return
    recent = losses[len(losses) // 2 :]
    rises = [max(0.0, after - before) for before, after in pairwise(recent)]
    limit = SAW_TOOTH_OF_BATCHES if history.num_steps > len(history) else SAW_TOOTH
    if fmean(rises) > limit * min(losses[0], measured.constant_loss):
        count = sum(rise > 0 for rise in rises)
        evidence = f"the loss is a saw: it rose in {count} of the last {len(rises)} epochs, by up to {max(rises):.2g}"
        yield Finding("learning rate too high", evidence, f"Try {rate / 3:.2g} instead of {rate:.2g}")


def _too_little(history: History, measured: _Measured) -> Iterator[Finding]:
    """Find runs that do no better than a constant answer: still on the way, or stuck."""
    losses, rate, epochs = history.training_loss, history.learning_rate[-1], len(history)
    early = history.num_steps < FEWEST_STEPS and abs(losses[0] - losses[-1]) > SLOWEST_START * epochs * losses[0]
    if early or not _has_learnt_nothing(history, measured):
        return
    quarters = [fmean(losses[epochs * i // 4 : epochs * (i + 1) // 4]) for i in range(4)]
    falls = [before - after for before, after in pairwise(quarters)]
    constant_loss = min(losses[0], measured.constant_loss)
    if min(falls) > 0 and falls[-1] > 0.3 * falls[0]:
        evidence = (
            f"after {epochs} epochs the loss has gone from {losses[0]:.3f} to {losses[-1]:.3f} and is still falling"
        )
        yield Finding("learning rate too low", evidence, f"Try {rate * 10:.2g}")
    elif abs(falls[-1]) < FLAT_LOSS * constant_loss:
        evidence = f"the loss stays at {losses[-1]:.3f}; a constant answer gives {constant_loss:.3f}"
        yield Finding("plateau", evidence, "Try another learning rate or seed, or more hidden units or layers")


def _overfitting(history: History) -> Iterator[Finding]:
    losses, training = history.validation_loss, history.training_loss
    if not losses:
        return
    best = min(range(len(losses)), key=losses.__getitem__)
    rise = min(losses[-5:]) - losses[best]
    if training[-1] < training[best] and rise > 0.2 * losses[best] and rise > 0.1 * losses[0]:
        evidence = (
            f"the validation loss rose from {losses[best]:.2g} in epoch {best + 1} to {losses[-1]:.2g}, "
            "while the training loss fell"
        )
        yield Finding("overfitting", evidence, "Try early stopping, weight decay or a smaller network")
