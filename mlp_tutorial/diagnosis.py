"""What is wrong with a training run, in words: `diagnose` names the fault, its evidence and what to change."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean

import torch
from torch import nn

from .batches import Data, as_batches
from .evaluation import modes_restored
from .history import History
from .model import NeuralNetworkModel, activation_name
from .randomness import SeededRandomness

# The limits were set by measuring some thousand runs: every healthy one lies well on the other side of them.
FEWEST_EPOCHS = 20  # before them the course of the loss is not judged
MOST_SAMPLES = 1000  # looked at: enough for a share, few enough for a live display
NOTHING_LEARNT = 0.9  # a loss above this share of what a constant answer gives
SAW_TOOTH = 0.05  # mean rise from one epoch to the next, as a share of what a constant answer gives
DEAD_SHARE = 0.6  # of a layer's ReLUs
SATURATED_SHARE = 0.7  # of a layer's activations
FLAT_SLOPE = 0.01  # a saturated activation: the slope there, as a share of the function's steepest
VANISHING_RATIO = 1e-3  # mean size of a layer's gradient against the output layer's
EXPLODING_NORM = 100.0  # length of the gradient; on standardised data it is about 1

#: The slope where the activation function has this value, as a share of its steepest slope.
SLOPES: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "tanh": lambda value: 1 - value**2,
    "sigmoid": lambda value: 4 * value * (1 - value),
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
        What it was trained on. With it the layers are examined, on at most 1000 samples: vanishing and exploding
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
    ...     training_loss=[1.1 - 0.0001 * epoch for epoch in range(100)], learning_rate=[0.0003] * 100
    ... )
    >>> print(diagnose(history)[0])
    Learning rate too low: after 100 epochs the loss has gone from 1.100 to 1.090 and is still falling. Try 0.003.
    """
    if history.diverged:
        evidence, _, suggestion = history.stop_reason.rpartition(". ")
        return [Finding("diverged", evidence, suggestion.rstrip(".")), *_exploding(history.gradient_norm, {})]
    in_layers, sizes, constant_loss = [], {}, math.inf
    gradient_norms = list(history.gradient_norm)
    if model is not None and data is not None:
        with modes_restored(model), SeededRandomness(), torch.enable_grad():
            model.eval()
            X, y = _some_samples(model, data)
            if criterion is None:
                criterion = nn.MSELoss() if y.is_floating_point() else nn.CrossEntropyLoss()
            outputs, in_layers = _outputs_and_units(model, X)
            constant_loss = _loss_of_a_constant(outputs, y, criterion)
            sizes, gradient_norm = _gradients(model, criterion(outputs, y))
        gradient_norms.append(gradient_norm)
        in_layers += _vanishing(sizes)
    findings = [*_exploding(gradient_norms, sizes)]
    if len(history) < FEWEST_EPOCHS:
        return findings + in_layers
    constant_loss = min(constant_loss, history.training_loss[0])
    findings += [*_too_far(history, constant_loss), *in_layers]
    findings = findings or list(_too_little(history, constant_loss))
    return [*findings, *_overfitting(history)]


def _some_samples(model: nn.Module, data: Data) -> tuple[torch.Tensor, torch.Tensor]:
    device = next((parameter.device for parameter in model.parameters()), None)
    X, y = next(iter(as_batches(data, device=device).whole()))
    stride = math.ceil(len(X) / MOST_SAMPLES)
    return X[::stride], y[::stride]


def _outputs_and_units(model: nn.Module, X: torch.Tensor) -> tuple[torch.Tensor, list[Finding]]:
    """Return the outputs, and what is wrong with the units of the hidden layers."""
    if not isinstance(model, NeuralNetworkModel):
        return model(X), []
    traces = model.trace(X)
    values = [layer.activation.detach() for layer in traces[:-1]]  # each (samples, width)
    activation = activation_name(model.activation)
    findings = []
    if activation == "relu":
        shares = [(value == 0).all(0).float().mean().item() for value in values]
        if max(shares, default=0) > DEAD_SHARE:
            evidence = f"units that output 0 for every sample: {_by_layer(shares)}"
            findings.append(
                Finding("dead ReLUs", evidence, "Try a lower learning rate or leaky_relu, and start anew")
            )
    if activation in SLOPES:
        shares = [(SLOPES[activation](value) < FLAT_SLOPE).float().mean().item() for value in values]
        if max(shares, default=0) > SATURATED_SHARE:
            evidence = (
                f"{activation} is flat (slope < 1 % of its steepest) for {_by_layer(shares)} of the values"
            )
            findings.append(Finding("saturation", evidence, "Try smaller weights at the start, or relu"))
    return traces[-1].activation, findings


def _by_layer(shares: list[float]) -> str:
    """Return shares as percentages, layer by layer; of a deep network the greatest alone."""
    if len(shares) > 4:
        greatest = max(shares)
        return f"{greatest:.0%} in hidden layer {shares.index(greatest) + 1}"
    layers = "layer 1" if len(shares) == 1 else f"layers 1 to {len(shares)}"
    return f"{', '.join(f'{share:.0%}' for share in shares)} in hidden {layers}"


def _loss_of_a_constant(outputs: torch.Tensor, y: torch.Tensor, criterion: Callable) -> float:
    """Return the loss of the best answer that does not look at the inputs: the class shares, or the mean."""
    if not y.is_floating_point():
        answer = (torch.bincount(y, minlength=outputs.shape[1]) / len(y)).log().clamp(min=-100)
    elif isinstance(criterion, nn.CrossEntropyLoss):
        answer = y.mean(0).log().clamp(min=-100)
    else:
        answer = y.mean(0).logit(1e-6) if isinstance(criterion, nn.BCEWithLogitsLoss) else y.mean(0)
    return criterion(answer.expand_as(outputs), y).item()


def _gradients(model: nn.Module, loss: torch.Tensor) -> tuple[dict[str, float], float]:
    """Return the root mean square of each weight matrix's gradient, and the length of the whole gradient."""
    parameters = {name: value for name, value in model.named_parameters() if value.requires_grad}
    gradients = torch.autograd.grad(loss, list(parameters.values()), allow_unused=True)  # leaves .grad alone
    present = {name: g for name, g in zip(parameters, gradients, strict=True) if g is not None}
    norms = {name: gradient.norm().item() for name, gradient in present.items()}
    sizes = {
        name.removesuffix(".weight"): norms[name] / math.sqrt(g.numel())
        for name, g in present.items()
        if g.ndim > 1
    }
    return sizes, math.hypot(*norms.values())


def _exploding(norms: list[float], sizes: dict[str, float]) -> Iterator[Finding]:
    """Judge the first and the last gradient: one that grew in training is the learning rate's doing."""
    if norms and min(norms[0], norms[-1]) > EXPLODING_NORM:
        where = f", largest in {max(sizes, key=sizes.get)}" if sizes else ""
        evidence = f"the gradient has length {norms[-1]:.3g} (about 1 is usual){where}"
        yield Finding(
            "exploding gradients",
            evidence,
            "Standardise the data, start with smaller weights, or set max_gradient_norm",
        )


def _vanishing(sizes: dict[str, float]) -> list[Finding]:
    if len(sizes) < 2:
        return []
    first, *_, last = sizes
    ratio = sizes[first] / sizes[last] if sizes[last] else 1.0
    if not ratio < VANISHING_RATIO:
        return []
    evidence = f"per weight, {first} gets {ratio:.1g} of the gradient of {last}"
    return [
        Finding("vanishing gradients", evidence, "Try fewer layers, relu, or larger weights at the start")
    ]


def _too_far(history: History, constant_loss: float) -> Iterator[Finding]:
    """Find steps that are too long: the loss climbs, or jumps up and down."""
    losses, rate = history.training_loss, history.learning_rate[-1]
    if min(losses[-5:]) > 2 * max(losses[0], constant_loss):
        evidence = f"the loss has risen from {losses[0]:.3g} to {losses[-1]:.3g} in {len(losses)} epochs"
        yield Finding("diverged", evidence, f"Try a lower learning rate, such as {rate / 10:.2g}")
        return
    recent = losses[-len(losses) // 2 :]
    rises = [max(0.0, after - before) for before, after in pairwise(recent)]
    if fmean(rises) > SAW_TOOTH * constant_loss:
        evidence = (
            f"the loss is a saw: in the last {len(rises)} epochs it rose {sum(r > 0 for r in rises)} times"
        )
        yield Finding(
            "learning rate too high",
            f"{evidence}, by up to {max(rises):.2g}",
            f"Try {rate / 3:.2g} instead of {rate:.2g}",
        )


def _too_little(history: History, constant_loss: float) -> Iterator[Finding]:
    """Find runs that do no better than a constant answer: still on the way, or stuck."""
    losses, rate = history.training_loss, history.learning_rate[-1]
    if losses[-1] < NOTHING_LEARNT * constant_loss:
        return
    epochs = len(losses)
    quarters = [fmean(losses[epochs * i // 4 : epochs * (i + 1) // 4]) for i in range(4)]
    falls = [before - after for before, after in pairwise(quarters)]
    if min(falls) > 0 and falls[-1] > 0.3 * falls[0]:
        evidence = f"after {epochs} epochs the loss has gone from {losses[0]:.3f} to {losses[-1]:.3f} and is still falling"
        yield Finding("learning rate too low", evidence, f"Try {rate * 10:.2g}")
    else:
        evidence = f"the loss stays at {losses[-1]:.3f}; a constant answer gives {constant_loss:.3f}"
        yield Finding(
            "plateau", evidence, "Try another learning rate, more or wider hidden layers, or another seed"
        )


def _overfitting(history: History) -> Iterator[Finding]:
    losses = history.validation_loss
    if len(losses) < FEWEST_EPOCHS:
        return
    best = min(range(len(losses)), key=losses.__getitem__)
    now = min(losses[-5:])
    falling = history.training_loss[-1] < history.training_loss[best]
    if falling and now > 1.2 * losses[best] and now - losses[best] > 0.1 * losses[0]:
        evidence = (
            f"the validation loss was lowest in epoch {best + 1} ({losses[best]:.3g}) and is {losses[-1]:.3g} now, "
            "while the training loss fell"
        )
        yield Finding(
            "overfitting", evidence, "Stop earlier (patience), or try a smaller network or weight decay"
        )
