"""What is wrong with a training run, in words: `diagnose` names the fault, its evidence and what to change."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean

import torch
from torch import nn

from ..utils.wording import percent
from .batches import Data
from .evaluation import NOTHING_LEARNED
from .examination import Examination, examine
from .history import History

# The limits were set by measuring some thousand runs; `python -m benchmarks diagnosis` measures them on others.
FEWEST_EPOCHS = 20  # before them the course of the loss is not judged
FEWEST_STEPS = 100  # before them too little is not yet too slow ...
SLOWEST_START = 2e-4  # ... unless the loss has changed by less than this share of its first value an epoch
BASELINE = 0.98  # a flat loss above this share of it has not beaten it, whatever the accuracy is
LITTLE_LEARNED = 0.5  # above it, neighbours that do better are held against the model ...
BETTER = 0.1  # ... by so much accuracy or R²
WELL_LEARNED = 0.3  # below it, no layer can be at fault
FAR_ENOUGH = 10.0  # learning rate times steps: after it, short steps are no excuse
FLAT_LOSS = 0.02  # change from the third to the last quarter of the epochs, as a share of the baseline
SAW_TOOTH = 0.02  # mean rise from one epoch to the next, as a share of the same
SAW_TOOTH_OF_BATCHES = 0.1  # the same with several batches an epoch: they differ, so it rises by chance too
LEAP = 3.0  # a loss of so many times the first, or the baseline, was thrown there by a step
DEAD_SHARE = 0.75  # of a layer's ReLUs; by chance a narrow layer starts with more than half of them dead
SATURATED_SHARE = 0.7  # of a layer's activations
VANISHING_RATIO = 1e-3  # of the gradient at the output layer, what comes back to the first layer ...
VANISHING_RATIO_OF_THE_STUCK = 0.03  # ... of a run that has learned nothing
DEEP = 4  # hidden layers from which on it is the depth that takes the gradient
EXPLODING_NORM = 100.0  # length of the gradient; on standardised data it is about 1


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
        The run so far. Its losses show divergence, a learning rate too high or too low, and overfitting.
    model : nn.Module, optional
        The model as trained so far. It is left as it was, its gradients too.
    data : Dataset, pair (X, y) of tensors, or DataLoader, optional
        What it was trained on. With it the layers are examined, on at most 250 samples, and the model is compared with
        the best constant answer and with the nearest neighbours of each sample.
    criterion : callable, optional
        The loss; by default cross-entropy for class numbers and the mean squared error for values.

    Returns
    -------
    list of Finding
        The most serious first: a cause comes before what it brings about. Empty where nothing is conspicuous, which is
        no certificate.

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
    found = Examination()
    if model is not None and data is not None:
        found = examine(model, data, criterion, history.initial_weights)
    if found.squashed:
        evidence = (
            f"the outputs are squashed twice: by a {found.squashed}, and once more on the way to {found.loss_name}"
        )
        return [Finding(f"a {found.squashed} too many", evidence, "Leave it out")]
    if found.out_of_reach:
        return [Finding("targets out of reach", found.out_of_reach, "Leave it out")]
    judged = len(history) >= FEWEST_EPOCHS
    blocked, is_relu = [*_blocked(history, found)], found.activation == "relu"
    if blocked and not is_relu and found.worst_at_start() > 0.5:
        findings = blocked
    else:
        findings = [*_exploding(history, found), *(blocked if is_relu else [])]
    if judged:
        findings += _too_far(history, found)
    findings = findings or [*blocked, *_no_gradient(history, found)]
    if judged:
        findings = [*(findings or _too_little(history, found)), *_overfitting(history, found)]
    return findings


def _baseline(history: History, found: Examination) -> float:
    """Return the loss of the best constant answer; without data, the first loss."""
    return found.baseline if math.isfinite(found.baseline) else history.training_loss[0]


def _share_of_baseline(history: History, found: Examination) -> float:
    """Return the last loss as a share of the baseline; 1 as long as it is not judged, 0 of a baseline without any loss."""
    if len(history) < FEWEST_EPOCHS:
        return 1.0
    baseline = _baseline(history, found)
    return history.training_loss[-1] / baseline if baseline > 0 else 0.0


def _exploding(history: History, found: Examination) -> Iterator[Finding]:
    """Judge the first gradient: one that is small at first and grows in training is the learning rate's doing."""
    norms = [*history.gradient_norm, *([] if found.gradient_norm is None else [found.gradient_norm])]
    if not norms or not norms[0] > EXPLODING_NORM:
        return
    learned_nothing = len(history) and history.training_loss[-1] > NOTHING_LEARNED * _baseline(history, found)
    if norms[-1] > EXPLODING_NORM or learned_nothing:
        evidence = f"the gradient had length {norms[0]:.2g} at first, and has {norms[-1]:.2g} now; about 1 is usual"
        yield Finding("exploding gradients", evidence, "Standardise the data, start with smaller weights, or clip")


def _blocked(history: History, found: Examination) -> Iterator[Finding]:
    """Judge the hidden layer with the most dead ReLUs, or saturated values."""
    is_relu, worst = found.activation == "relu", max(found.blocked, default=0.0)
    is_at_fault = worst > (DEAD_SHARE if is_relu else SATURATED_SHARE)
    if not (is_at_fault and _share_of_baseline(history, found) > WELL_LEARNED):
        return
    name, layer = "dead ReLUs" if is_relu else "saturation", f"in hidden layer {found.blocked.index(worst) + 1}"
    evidence = f"{percent(worst)} of the values {layer} lie where {found.activation} is flat"
    if is_relu:
        evidence = f"{percent(worst)} of the units {layer} output 0 for every sample"
    or_leaky = ", or leaky_relu" if is_relu else ""
    if (start := found.worst_at_start()) <= 0.5:
        rate = f"a learning rate of {history.learning_rate[-1] / 10:.2g}" if len(history) else "a lower learning rate"
        evidence += f"{';' if is_relu else ','} {percent(start)} before the first step"
        yield Finding(name, evidence, f"Start anew with {rate}{or_leaky}")
    elif not is_relu or worst > 0.95 or len(found.blocked) < DEEP:
        others = "other initial weights and biases" if is_relu else "smaller weights, on standardised data"
        yield Finding(name, f"{evidence}, from the start", f"Start anew with {others}{or_leaky}")


def _no_gradient(history: History, found: Examination) -> Iterator[Finding]:
    share, ratio = _share_of_baseline(history, found), found.share_that_comes_back()
    stuck = len(history) >= FEWEST_EPOCHS and share > NOTHING_LEARNED and len(found.signals) > DEEP
    if share > LITTLE_LEARNED and ratio < (VANISHING_RATIO_OF_THE_STUCK if stuck else VANISHING_RATIO):
        first, *_, last = found.signals
        evidence = f"of the gradient at {last}, a share of {ratio:.1g} comes back to {first}"
        more = ", or larger initial weights" if found.activation == "relu" else " and relu"
        yield Finding("no gradient arrives", evidence, f"Try fewer hidden layers{more}")


def _too_far(history: History, found: Examination) -> Iterator[Finding]:
    """Find steps that are too long: the loss climbs, leaps, or jumps up and down."""
    losses, rate = history.training_loss, history.learning_rate[-1]
    peak, usual = max(losses), max(found.loss_at_start or losses[0], _baseline(history, found))
    if min(losses[-5:]) > 2 * abs(losses[0]) and losses[-1] > 0.9 * peak:
        evidence = f"the loss has risen from {losses[0]:.3g} to {losses[-1]:.3g} in {len(losses)} epochs"
        yield Finding("diverged", evidence, f"Try a learning rate of {rate / 10:.2g}")
        return
    if peak > LEAP * abs(usual):
        evidence = f"the loss leapt to {peak:.3g} in epoch {losses.index(peak) + 1}, from {usual:.3g} before training"
        yield Finding("learning rate too high", evidence, f"Try {rate / 10:.2g} instead of {rate:.2g}")
        return
    recent = losses[len(losses) // 2 :]
    rises = [max(0.0, after - before) for before, after in pairwise(recent)]
    limit = SAW_TOOTH_OF_BATCHES if history.num_steps > len(history) else SAW_TOOTH
    if fmean(rises) > max(limit * _baseline(history, found), 0.0):  # some losses are negative
        count = sum(rise > 0 for rise in rises)
        evidence = f"the loss is a saw: it rose in {count} of the last {len(rises)} epochs, by up to {max(rises):.2g}"
        yield Finding("learning rate too high", evidence, f"Try {rate / 3:.2g} instead of {rate:.2g}")


def _too_little(history: History, found: Examination) -> Iterator[Finding]:
    """Find runs that have learned too little: still on the way, no better than a constant answer, or too small."""
    losses, rate, epochs = history.training_loss, history.learning_rate[-1], len(history)
    early = history.num_steps < FEWEST_STEPS and abs(losses[0] - losses[-1]) > SLOWEST_START * epochs * losses[0]
    share, baseline = _share_of_baseline(history, found), _baseline(history, found)
    if early or share < LITTLE_LEARNED:
        return
    quarters = [fmean(losses[epochs * i // 4 : epochs * (i + 1) // 4]) for i in range(4)]
    falls = [before - after for before, after in pairwise(quarters)]
    flat, falling = abs(falls[-1]) < FLAT_LOSS * baseline, min(falls) > 0 and falls[-1] > 0.3 * falls[0]
    as_at_first = losses[-1] > NOTHING_LEARNED * min(losses[0], baseline)
    neighbours_are_better = found.neighbours_score > found.score + BETTER
    far_enough = rate * history.num_steps > FAR_ENOUGH and neighbours_are_better
    better = f"five nearest neighbours give {found.neighbours_score:.2f}"
    if falling and (as_at_first or not flat) and not far_enough:
        evidence = (
            f"after {epochs} epochs the loss has gone from {losses[0]:.3f} to {losses[-1]:.3f} and is still falling"
        )
        yield Finding("learning rate too low", evidence, f"Try {rate * (10 if share > BASELINE else 3):.2g}")
    elif flat and (share > BASELINE or (share > NOTHING_LEARNED and not found.score > found.constant_score + 0.05)):
        evidence = f"the loss stays at {losses[-1]:.3f}; one answer for all samples gives {baseline:.3f}"
        if not found.score_name or neighbours_are_better:
            suggestion = "Try hidden layers with relu, more units, or another learning rate or seed"
        else:
            suggestion = "Nearest neighbours do no better: look at the features"
        yield Finding("baseline not beaten", evidence, suggestion)
    elif neighbours_are_better and (flat or (falling and far_enough)):
        evidence = f"the loss hardly falls below {losses[-1]:.3f}, {found.score_name} {found.score:.2f}; {better}"
        yield Finding("underfitting", evidence, "Try wider hidden layers, other features, or another seed")


def _overfitting(history: History, found: Examination) -> Iterator[Finding]:
    losses, training = history.validation_loss, history.training_loss
    if not losses:
        return
    best = min(range(len(losses)), key=losses.__getitem__)
    rise = min(losses[-5:]) - losses[best]
    if training[-1] < training[best] and rise > 0.25 * losses[best] and rise > 0.03 * _baseline(history, found):
        evidence = (
            f"the validation loss rose from {losses[best]:.2g} in epoch {best + 1} to {losses[-1]:.2g}, "
            "while the training loss fell"
        )
        yield Finding("overfitting", evidence, f"Stop after epoch {best + 1}, or try a smaller network")
