"""What tests of several modules of lesson 05 use."""

import torch.nn.functional as F


def minus_one_hot(logits, y, dim=1):
    return logits.softmax(dim) - F.one_hot(y, logits.shape[1])
