"""What one of several processes sees of the data: its share of every batch."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from ..training.batches import Batches, Pair
from ..utils.randomness import seeded_generator


class Shares:
    """One process's share of every batch; iterating again starts a new epoch.

    All processes draw the same order from the same seed, as a single process would, and each takes its part of every
    batch, whose size is that of all processes together. The loop takes this in place of a `DataLoader`.

    See Also
    --------
    torch.utils.data.DistributedSampler : shares out single samples, and repeats some where they do not come out even.

    Examples
    --------
    >>> X = torch.arange(5.0).unsqueeze(1)
    >>> shares = [Shares(X, X, None, 0, rank, num_processes=2) for rank in range(2)]
    >>> [len(inputs) for share in shares for inputs, targets in share]
    [3, 2]
    >>> [share.weight for share in shares]
    [1.2, 0.8]
    """

    def __init__(
        self, X: torch.Tensor, y: torch.Tensor, batch_size: int | None, seed: int, rank: int, num_processes: int
    ) -> None:
        # These three are what the loop knows of a DataLoader; the generator is put back after an epoch that only measures.
        self.dataset, self.batch_size, self.generator = (X, y), batch_size, seeded_generator(seed)
        self.rank, self.num_processes = rank, num_processes
        self._batches = Batches(X, y, batch_size, self.generator)
        self.weight = 1.0  # of the latest batch's share: 1 where it is as large as the average one
        smallest = len(X) % (batch_size or len(X)) or self._batches.largest_batch()
        if smallest < num_processes:
            raise ValueError(
                f"The smallest batch of {len(X)} samples in batches of {batch_size or len(X)} has {smallest}, fewer than "
                f"the {num_processes} processes: choose another batch_size."
            )

    def __iter__(self) -> Iterator[Pair]:
        for inputs, targets in self._batches:
            share = inputs.tensor_split(self.num_processes)[self.rank]
            self.weight = len(share) / (len(inputs) / self.num_processes)
            yield share, targets.tensor_split(self.num_processes)[self.rank]

    def num_samples(self) -> int:
        """Return how many samples of an epoch are this process's."""
        batches = torch.arange(len(self.dataset[0])).split(self.batch_size or len(self.dataset[0]))
        return sum(len(batch.tensor_split(self.num_processes)[self.rank]) for batch in batches)
