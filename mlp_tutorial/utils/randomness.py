"""Seeded randomness that is given back: the notebook's own random numbers stay as they were."""

from __future__ import annotations

import torch

from .errors import check_seed


class SeededRandomness:
    """Lend torch's global random state to a seed for the length of a `with` block.

    Layers draw their first weights, and dropout its masks, from torch's *global* random state. Inside the block that
    state follows `seed`; after it, it is what it was before. Entering the same object again goes on where
    the last block stopped.

    Parameters
    ----------
    seed : int
        The seed, as for `torch.manual_seed`.

    Raises
    ------
    TypeError
        If the seed is not a whole number.

    See Also
    --------
    torch.random.fork_rng : gives the state back too, but starts with the caller's and cannot be entered again.

    Examples
    --------
    >>> with SeededRandomness(0):
    ...     first = torch.rand(2)
    >>> with SeededRandomness(0):
    ...     again = torch.rand(2)
    >>> torch.equal(first, again)
    True
    """

    def __init__(self, seed: int = 0) -> None:
        self.state = seeded_generator(seed).get_state()  # state of the seed's own stream

    def __enter__(self) -> SeededRandomness:
        self._outside = torch.get_rng_state()
        torch.set_rng_state(self.state)
        return self

    def __exit__(self, *exception: object) -> None:
        try:
            self.state = torch.get_rng_state()
        finally:  # also where the cell is interrupted on this very line
            torch.set_rng_state(self._outside)


def seeded_generator(seed: int) -> torch.Generator:
    """Return a new random stream that follows a seed: a whole number from 0 to 2**32 - 1, NumPy's are welcome."""
    return torch.Generator().manual_seed(check_seed(seed))
