"""What the tests of training share: data, models, and the loop of every PyTorch tutorial to compare with."""

import torch
from torch import nn

from mlp_tutorial.model import NeuralNetworkModel

CROSS_ENTROPY = nn.CrossEntropyLoss()


def classes(count=26, seed=3):
    generator = torch.Generator().manual_seed(seed)
    X = torch.randn(count, 2, generator=generator)
    X[-2:] *= 8  # the last samples are unlike the others
    return X, (X[:, 0] * X[:, 1] > 0).long()


def regression(count=20):
    X = torch.linspace(-1, 1, count).unsqueeze(1)
    return X, 3 * X


def new_model(seed=1, **options):
    torch.manual_seed(seed)
    return NeuralNetworkModel(2, [6, 5], 2, **options)


class WithNorm(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(2, 6), nn.BatchNorm1d(6), nn.Dropout(0.3), nn.Linear(6, 2))

    def forward(self, x):
        return self.layers(x)


def sgd(model, learning_rate=0.1, **options):
    return torch.optim.SGD(model.parameters(), lr=learning_rate, **options)


def bare_epoch(model, batches, criterion, optimizer, clip=lambda model: None):
    """One epoch as every PyTorch tutorial has it; returns the batches' losses and sizes."""
    model.train()
    losses, sizes = [], []
    for inputs, targets in batches:
        optimizer.zero_grad()
        loss = criterion(model(inputs), targets)
        loss.backward()
        clip(model)
        optimizer.step()
        losses.append(loss.item())
        sizes.append(len(inputs))
    return losses, sizes


def bare_loss(model, data, optimizer, **options):
    """The loss of one epoch of a single batch."""
    return bare_epoch(model, [data], CROSS_ENTROPY, optimizer, **options)[0][0]


def loss_of(model, data):
    model.eval()
    with torch.no_grad():
        return CROSS_ENTROPY(model(data[0]), data[1]).item()


def assert_same_weights(model, other):
    assert all(torch.equal(a, b) for a, b in zip(model.parameters(), other.parameters(), strict=True))


class Fails(nn.Module):
    """A criterion that raises at its k-th call, or gives a loss that is not finite."""

    def __init__(self, at, error=None):
        super().__init__()
        self.calls, self.at, self.error = 0, at, error

    def forward(self, outputs, targets):
        self.calls += 1
        loss = CROSS_ENTROPY(outputs, targets)
        if self.calls != self.at:
            return loss
        if self.error is not None:
            raise self.error
        return loss * float("nan")
