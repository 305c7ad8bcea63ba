"""The work that every competitor does: the data and the sizes. Needs torch alone."""

from __future__ import annotations

import torch

NUM_ROWS, INPUT_SIZE, HIDDEN_SIZES, OUTPUT_SIZE = 1000, 10, (64, 32), 3
BATCH_SIZE, LEARNING_RATE, NUM_EPOCHS = 32, 0.1, 10
WORK = "[10, 64, 32, 3], 1,000 rows, batch 32"


def make_data() -> tuple[torch.Tensor, torch.Tensor]:
    """Return 1,000 rows of 10 features, and the class that a random linear map gives each."""
    random = torch.Generator().manual_seed(0)
    X = torch.randn(NUM_ROWS, INPUT_SIZE, generator=random)
    return X, (X @ torch.randn(INPUT_SIZE, OUTPUT_SIZE, generator=random)).argmax(1)
