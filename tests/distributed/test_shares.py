"""Shares put together are the batches of one process."""

import pytest
import torch

from mlp_tutorial.distributed.shares import Shares
from mlp_tutorial.training.batches import Batches
from mlp_tutorial.utils.randomness import seeded_generator

X, y = torch.arange(23.0).unsqueeze(1), torch.arange(23)


@pytest.mark.parametrize("num_processes", [1, 2, 3])
@pytest.mark.parametrize("batch_size", [None, 4, 8, 23, 50])
def test_shares_put_together_are_the_batches(num_processes, batch_size):
    shares = [Shares(X, y, batch_size, 5, rank, num_processes) for rank in range(num_processes)]
    batches = Batches(X, y, batch_size, seeded_generator(5))
    for _ in range(2):  # epochs
        for parts, (inputs, targets) in zip(zip(*shares, strict=True), batches, strict=True):
            assert torch.equal(torch.cat([part for part, _ in parts]), inputs)
            assert torch.equal(torch.cat([part for _, part in parts]), targets)
            sizes = [len(part) for part, _ in parts]
            assert max(sizes) - min(sizes) <= 1
            for share, size in zip(shares, sizes, strict=True):
                assert share.weight == pytest.approx(size / (len(inputs) / num_processes))
    assert [share.num_samples() for share in shares] == [sum(len(part) for part, _ in share) for share in shares]


def test_a_batch_with_fewer_samples_than_processes_is_refused():
    with pytest.raises(ValueError, match="has 1, fewer than the 2 processes: choose another batch_size"):
        Shares(X, y, 11, 0, 0, 2)
    with pytest.raises(ValueError, match="fewer than the 3 processes"):
        Shares(X, y, 2, 0, 0, 3)
