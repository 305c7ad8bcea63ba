"""Sentences that errors share."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def unknown_name(kind: str, name: object, known: Iterable[str]) -> str:
    """Return the sentence for a name that is not known: what came, the nearest, and all that there are.

    Examples
    --------
    >>> unknown_name("activation", "rleu", ["relu", "tanh"])
    "Unknown activation 'rleu'. Did you mean 'relu'? Known names: relu, tanh."
    """
    known = list(known)
    nearest = difflib.get_close_matches(str(name).lower(), known, n=1, cutoff=0.4)
    suggestion = f" Did you mean {nearest[0]!r}?" if nearest else ""
    return f"Unknown {kind} {name!r}.{suggestion} Known names: {', '.join(known)}."
