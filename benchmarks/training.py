"""Training: `train` against loops written out by hand, and `sweep` against separate runs."""

from __future__ import annotations

import statistics
from functools import partial

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from mlp_tutorial import NeuralNetworkModel, SeededRandomness, load_dataset, train
from mlp_tutorial.sweep.runs import sweep
from mlp_tutorial.utils.threads import one_thread

from .peers.work import BATCH_SIZE, HIDDEN_SIZES, LEARNING_RATE, WORK, make_data
from .table import Row, at_most
from .timing import ratio_of_pairs, seconds

NUM_EPOCHS = 20
PAIRS = 51  # the ratio is near its target, so it needs a quiet median


def loops() -> list[Row]:
    """Measure `train` against two loops written out by hand."""
    X, y = make_data()
    ours, bare_loop, loader_loop = (partial(seconds, partial(run, X, y)) for run in (_train, _bare_loop, _loader_loop))
    with one_thread():  # a loop by hand would otherwise lose time to a second thread, and make `train` look good
        bare, took = ratio_of_pairs(ours, bare_loop, PAIRS)
        loader, _ = ratio_of_pairs(ours, loader_loop, PAIRS)
    work = f"{NUM_EPOCHS} epochs in {took:.2f} s"
    return [
        at_most(f"`train()` against the bare loop, {WORK}", bare, 1.05, "× its time", beside=work),
        at_most("`train()` against the same loop over a DataLoader", loader, 1.0, "× its time"),
    ]


def _new_model() -> tuple[nn.Module, nn.Module, torch.optim.Optimizer]:
    with SeededRandomness(0):
        model = NeuralNetworkModel(10, HIDDEN_SIZES, 3)
    return model, nn.CrossEntropyLoss(), torch.optim.SGD(model.parameters(), lr=LEARNING_RATE)


def _train(X: torch.Tensor, y: torch.Tensor) -> None:
    model, criterion, optimizer = _new_model()
    train(model, (X, y), criterion, optimizer, num_epochs=NUM_EPOCHS, batch_size=BATCH_SIZE, progress=False)


def _bare_loop(X: torch.Tensor, y: torch.Tensor) -> None:
    """The loop that "show code" shows."""
    model, criterion, optimizer = _new_model()
    shuffle = torch.Generator().manual_seed(0)
    for _ in range(NUM_EPOCHS):
        total_loss = 0.0
        for batch in torch.randperm(len(X), generator=shuffle).split(BATCH_SIZE):
            loss = criterion(model(X[batch]), y[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total_loss += loss.item() * len(batch)


def _loader_loop(X: torch.Tensor, y: torch.Tensor) -> None:
    model, criterion, optimizer = _new_model()
    shuffle = torch.Generator().manual_seed(0)
    loader = DataLoader(TensorDataset(X, y), batch_size=BATCH_SIZE, shuffle=True, generator=shuffle)
    for _ in range(NUM_EPOCHS):
        total_loss = 0.0
        for inputs, targets in loader:
            loss = criterion(model(inputs), targets)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total_loss += loss.item() * len(inputs)


def sweeps() -> list[Row]:
    """Measure `sweep` against separate runs."""
    penguins = load_dataset("penguins", features=4)
    pair = penguins.X_train[:120], penguins.y_train[:120]
    rates = torch.logspace(-3, -0.5, 64).tolist()
    together = partial(sweep, pair, [16, 16], learning_rates=rates, num_epochs=100)
    separate = partial(_separate_runs, pair, rates)
    few = torch.logspace(-3, 0, 16).tolist()
    short = partial(sweep, load_dataset("penguins"), [4, 2], learning_rates=few, num_epochs=300)
    with one_thread():
        ratio, took = ratio_of_pairs(partial(seconds, together), partial(seconds, separate), 3)
        furthest = (together().training_loss - separate()).abs().max().item()
        milliseconds = [1000 * seconds(short) for _ in range(6)][1:]
    return [
        at_most(
            "64 learning rates at once (120 × 4, [16, 16], 100 epochs) against 64 runs",
            ratio,
            0.06,
            "× their time",
            beside=f"{took:.2f} s",
        ),
        Row("their losses: furthest from those runs'", f"{furthest:.0e}", "≤ 1e-05", furthest <= 1e-5),
        at_most("16 learning rates at once, 300 steps, [4, 2]", statistics.median(milliseconds), 120, "ms", 0),
    ]


def _separate_runs(pair: tuple[torch.Tensor, torch.Tensor], rates: list[float]) -> torch.Tensor:
    """Return the training losses of one run for each rate, shape (run, epoch)."""
    losses = []
    for rate in rates:
        with SeededRandomness(0):
            model = NeuralNetworkModel(4, [16, 16], 3)
        optimizer = torch.optim.SGD(model.parameters(), lr=rate)
        losses.append(train(model, pair, nn.CrossEntropyLoss(), optimizer, num_epochs=100).training_loss)
    return torch.tensor(losses)
