"""The claims of lesson 07."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import torch
from torch import nn

from mlp_tutorial import load_dataset
from mlp_tutorial.lessons.losses.outlier_explorer import fit_steps, load_flippers
from mlp_tutorial.lessons.losses.rare_class import torch_weighted_cross_entropy, train_weighted
from mlp_tutorial.sweep import sweep
from tools.claims.frame import claims_of
from tools.claims.runs import SEEDS

claim, facts = claims_of("07")


@claim("for each of ten seeds, on average from 20 % to 79 % and from 79 % to 66 %", (10, 20, 79, 79, 66), slow=True)
def a_class_weight_of_five() -> list[float]:
    """In how many seeds it raises recall and lowers accuracy; the means of both, before and after, in percent."""
    runs = [[train_weighted(torch_weighted_cross_entropy, w, seed=seed) for w in (1, 5)] for seed in SEEDS]
    traded = sum(after[0] > before[0] and after[1] < before[1] for before, after in runs)
    means = torch.tensor(runs).mean(0)  # (before and after, recall and accuracy)
    return [traded, *(round(100 * share) for share in means.T.flatten().tolist())]


@claim("With rate 1 it had 97 % after 100 epochs, for all ten.", 97, slow=True)
def worst_accuracy_with_the_brier_score() -> float:
    """Of ten seeds, in percent, on the validation part."""
    options = {"learning_rates": [1.0], "seeds": SEEDS, "num_epochs": 100}
    return round(100 * sweep(load_dataset("penguins"), [8, 8], criterion=brier_score, **options).metric.min().item())


def brier_score(logits: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Squared distance between probabilities and one-hot targets."""
    return (logits.softmax(1) - nn.functional.one_hot(y, 3)).square().sum(1).mean()


def line_slopes(mass: float, criterion: nn.Module) -> float:
    """Return the slope of the outlier's line, in g per mm."""
    length, x, masses, outlier = load_flippers()
    masses = masses.clone()
    masses[outlier] = mass
    *_, line = fit_steps(x, masses, criterion)
    return 1000 * line.weight * ((x[1] - x[0]) / (length[1] - length[0])).item()


for phrase, expected, criterion, masses_typed in (
    ("Under MSE the slope goes from 57 to 77 and on to 121", (57, 77, 121), nn.MSELoss(), (5.55, 10.0, 20.0)),
    ("Under MAE it goes from 53 to 58 and stays there", (53, 58, 58), nn.L1Loss(), (5.55, 10.0, 20.0)),
    ("Huber goes from 57 to 60", (57, 60, 60), nn.HuberLoss(delta=0.5), (5.55, 10.0, 20.0)),
    ("with delta 4 to 78", 78, nn.HuberLoss(delta=4.0), (20.0,)),
):
    claim(phrase, expected, within=0.01)(
        partial(lambda criterion, typed: [line_slopes(mass, criterion) for mass in typed], criterion, masses_typed)
    )


def gradients_of_the_fixes() -> list[float]:
    """Return the right logit's gradient where 1e-12 is added to the probability, and with `nn.BCELoss`."""
    gradients = []
    for loss_of in (
        lambda z: -(z.softmax(1)[0, 0] + 1e-12).log(),
        lambda z: nn.functional.binary_cross_entropy((z[0, 0] - z[0, 1]).sigmoid(), torch.tensor(1.0)),
    ):
        logits = torch.tensor([[0.0, 200.0]], requires_grad=True)
        loss_of(logits).backward()
        gradients.append(logits.grad[0, 0].item())
    return gradients


def likeliest(minus_log: Callable) -> float:
    """Return the prediction under which section 3's five targets are most likely, in steps of 0.01."""
    predictions = torch.arange(0, 8, 0.01)
    errors = torch.tensor([1.0, 1.5, 2.0, 2.5, 6.0]) - predictions[:, None]  # (predictions, 5)
    return predictions[minus_log(errors).sum(1).argmin()].item()


@claim("The network gets about 80 % of all penguins right", 10, slow=True)
def accuracies_with_a_rare_class() -> int:
    """In how many of ten seeds 76 to 81 %."""
    return sum(0.76 < train_weighted(torch_weighted_cross_entropy, 1, seed=seed)[1] < 0.81 for seed in SEEDS)


def sure_loss(logit: float, smoothing: float = 0.0) -> float:
    """Return the loss of the explorer's sample, whose right class has a logit and the others 0 and −1."""
    logits = torch.tensor([[logit, 0.0, -1.0]])
    return nn.functional.cross_entropy(logits, torch.tensor([0]), label_smoothing=smoothing).item()


facts(
    ("twice the error: 4 at first, 0.2 at the end", (4, 0.2), lambda: [2 * 2.0, 2 * 0.1]),
    ("At 5 the loss is 0.01, not 0", 0.01, lambda: round(sure_loss(5.0), 2)),
    ("the right class keeps 0.87", 0.867, lambda: 1 - 0.2 + 0.2 / 3),
    (
        "The loss is lowest near logit 2.2",
        2.2,
        lambda: min((z / 10 for z in range(100)), key=lambda z: sure_loss(z, 0.2)),
    ),
    ("their gradient is 0", (0, 0), gradients_of_the_fixes),
    ("at 2 the height at 6 is almost nothing", True, lambda: math.exp(-((6 - 2) ** 2) / 2) < 0.001),
    ("the product is largest at 2.6, the mean", 2.6, lambda: likeliest(lambda errors: errors.square() / 2)),
    ("and stays at 2, the median", 2.0, lambda: likeliest(torch.abs)),
    ("cuts its loss at 100", 100, lambda: nn.functional.binary_cross_entropy(torch.zeros(1), torch.ones(1)).item()),
    (
        "a loss that sinks to the variance of the targets* (1, for they are standardised)",
        1.0,
        lambda: load_dataset("penguins_body_mass").y_train.var(correction=0).item(),
    ),
    ("a squared error, ends at 1", 1.0, lambda: (1 - torch.tensor([-20.0, 0, -1]).softmax(0)[0].item()) ** 2),
)


@claim("below that of cross-entropy for 8 of 10 seeds, and equal for the other 2", (8, 2), slow=True)
def accuracy_of_the_brier_score() -> tuple[int, int]:
    """After 100 epochs at rate 0.1, on the validation part."""
    options = {"learning_rates": [0.1], "seeds": SEEDS, "num_epochs": 100}
    brier, plain = (
        sweep(load_dataset("penguins"), [8, 8], criterion=criterion, **options).metric
        for criterion in (brier_score, nn.CrossEntropyLoss())
    )
    return int((brier < plain).sum()), int((brier == plain).sum())
