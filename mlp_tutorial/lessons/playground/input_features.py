"""What a playground's network is given of a point of the plane: its coordinates, and what can be computed of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

import torch

from mlp_tutorial.utils.errors import unknown_name


class Feature(NamedTuple):
    """A feature of a point (x1, x2)."""

    code: str  # as it is written in a program
    compute: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


#: Every feature by the name under which it is shown, in the order of TensorFlow Playground.
FEATURES: dict[str, Feature] = {
    "x1": Feature("x1", lambda x1, x2: x1),
    "x2": Feature("x2", lambda x1, x2: x2),
    "x1²": Feature("x1**2", lambda x1, x2: x1**2),
    "x2²": Feature("x2**2", lambda x1, x2: x2**2),
    "x1·x2": Feature("x1 * x2", lambda x1, x2: x1 * x2),
    "sin x1": Feature("torch.sin(x1)", lambda x1, x2: torch.sin(x1)),
    "sin x2": Feature("torch.sin(x2)", lambda x1, x2: torch.sin(x2)),
}
COORDINATES = ("x1", "x2")


def feature_names(names: Iterable[str]) -> tuple[str, ...]:
    """Return features in their order, each once; they may be named as they are shown or as they are written in code."""
    if isinstance(names, str) or not isinstance(names, Iterable):
        raise TypeError(f'features must be a list of names, such as ["x1", "x2"]; it is {names!r}.')
    known = {feature.code.replace(" ", ""): name for name, feature in FEATURES.items()}
    known |= {name.replace(" ", ""): name for name in FEATURES}
    chosen = set()
    for name in names:
        plain = str(name).replace(" ", "").replace("^", "**")
        if plain not in known:
            raise ValueError(unknown_name("feature", str(name), FEATURES))
        chosen.add(known[plain])
    if not chosen:
        raise ValueError(f"A network needs at least one feature: {', '.join(FEATURES)}.")
    return tuple(name for name in FEATURES if name in chosen)


def compute_features(X: torch.Tensor, names: Iterable[str]) -> torch.Tensor:
    """Return the features of points.

    Examples
    --------
    >>> compute_features(torch.tensor([[2.0, 3.0]]), ["x1", "x1·x2"])
    tensor([[2., 6.]])
    """
    x1, x2 = X.unbind(1)
    return torch.stack([FEATURES[name].compute(x1, x2) for name in names], 1)


def feature_code(names: Iterable[str]) -> str:
    """Return a function `features` that computes the features in a program."""
    columns = ", ".join(FEATURES[name].code for name in names)
    return f"def features(X):\n    x1, x2 = X.unbind(1)\n    return torch.stack([{columns}], 1)"
