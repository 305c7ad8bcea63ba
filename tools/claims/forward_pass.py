"""The claims of lesson 04."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import torch

from mlp_tutorial.lessons.forward_pass import penguin_network
from tools.claims.frame import claims_of

claim, facts = claims_of("04")


@claim("Penguin 193 gets 46 % Adelie and 43 % Chinstrap", (46, 43))
def the_unsure_penguin() -> list[float]:
    model, penguins = penguin_network()
    return (100 * model(penguins.X_train[193]).softmax(0)[:2]).round().tolist()


def traced(penguin: int) -> list[torch.Tensor]:
    """Return the sums of each layer of lesson 04's network for one penguin."""
    model, penguins = penguin_network()
    return [trace.pre_activation for trace in model.trace(penguins.X_train[penguin])]


def answers_along(row: int, lengths: Iterable[float]) -> list[int]:
    """Return lesson 04's answers for a penguin whose bill grows."""
    model, _ = penguin_network()
    return model(with_bills(row, lengths)).argmax(1).tolist()


def units_along(row: int, lengths: Iterable[float]) -> torch.Tensor:
    """Return what the second layer's units say of a penguin whose bill grows: (lengths, 3)."""
    model, _ = penguin_network()
    return model.trace(with_bills(row, lengths))[1].pre_activation.relu()


def with_bills(row: int, lengths: Iterable[float]) -> torch.Tensor:
    """Return a penguin with bills of these lengths, standardised."""
    _, penguins = penguin_network()
    depth = penguins.unstandardise(penguins.X_train)[row, 1].item()
    return penguins.standardise([[length, depth] for length in lengths])


def last_unit_goes_off_for_good(units: torch.Tensor) -> bool:
    """Whether unit 2 is on at first, off from some place on, and units 0 and 1 are larger at the end."""
    on = units[:, 2] > 0
    return bool(on[0] and (on.diff().sum() == 1) and not on[-1] and (units[-1, :2] > units[0, :2]).all())


facts(
    ("Of the second layer's three sums, two are below 0", 2, lambda: int((traced(3)[1] < 0).sum())),
    ("Every logit of penguin 3 is 3.74 times", 3.74, lambda: traced(3)[1].max().item()),
    ("Adelie turns into Chinstrap", (0, 1, 2), lambda: [*dict.fromkeys(answers_along(3, range(36, 57)))]),
    (
        "unit 2 of the second layer goes off for good, and units 0 and 1 grow",
        True,
        lambda: last_unit_goes_off_for_good(units_along(3, range(36, 57))),
    ),
    (
        "The computer gives up near 88",
        (True, False),
        lambda: [math.isfinite(torch.tensor(z).exp().item()) for z in (88.0, 89.0)],
    ),
    (
        "NumPy's floats have 64 bits",
        (64, 32),
        lambda: [torch.finfo(torch.from_numpy(np.ones(1)).dtype).bits, torch.finfo(torch.ones(1).dtype).bits],
    ),
    ("followed one penguin through 22 numbers", 22, lambda: 2 + 2 * (4 + 3) + 2 * 3),
    ("gives logits of shape (3,)", 1, lambda: traced(3)[2].ndim),
)


facts(
    (
        "At 2 the one has 79 %, at 4 it has 96 %",
        (79, 96),
        lambda: [round(100 * torch.tensor([logit, 0.0, 0.0]).softmax(0)[0].item()) for logit in (2.0, 4.0)],
    )
)
