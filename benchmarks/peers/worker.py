"""One competitor in an interpreter of its own: for every line that comes in, train once, answer with seconds and loss.

Started as `python worker.py NAME`. What is timed is the call that trains, on a new model; making the model is not.
The loss is measured afterwards over all rows, to see that the same work was done.
"""

from __future__ import annotations

import os
import sys
import time
import warnings
from collections.abc import Callable
from itertools import pairwise

os.environ.setdefault("KERAS_BACKEND", "torch")

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
from work import BATCH_SIZE, HIDDEN_SIZES, INPUT_SIZE, LEARNING_RATE, NUM_EPOCHS, OUTPUT_SIZE, make_data

X, y = make_data()
#: Returned by every competitor: what trains, and what then gives the logits or the log probabilities of the rows.
Run = tuple[Callable[[], object], Callable[[], torch.Tensor]]


class Network(nn.Module):
    """The network as anyone would write it."""

    def __init__(self) -> None:
        super().__init__()
        widths = [INPUT_SIZE, *HIDDEN_SIZES]
        hidden = [layer for a, b in pairwise(widths) for layer in (nn.Linear(a, b), nn.ReLU())]
        self.layers = nn.Sequential(*hidden, nn.Linear(widths[-1], OUTPUT_SIZE))

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        """Return the logits."""
        return self.layers(X)


def mlp_tutorial() -> Run:
    """Train with this package."""
    from mlp_tutorial import NeuralNetworkModel, train

    model = NeuralNetworkModel(INPUT_SIZE, HIDDEN_SIZES, OUTPUT_SIZE)
    optimizer = torch.optim.SGD(model.parameters(), lr=LEARNING_RATE)
    criterion = nn.CrossEntropyLoss()
    return (
        lambda: train(model, (X, y), criterion, optimizer, num_epochs=NUM_EPOCHS, batch_size=BATCH_SIZE),
        lambda: model(X),
    )


def skorch() -> Run:
    """Train with skorch."""
    from skorch import NeuralNetClassifier

    net = NeuralNetClassifier(
        Network,
        criterion=nn.CrossEntropyLoss,
        optimizer=torch.optim.SGD,
        lr=LEARNING_RATE,
        max_epochs=NUM_EPOCHS,
        batch_size=BATCH_SIZE,
        iterator_train__shuffle=True,
        train_split=None,
        verbose=0,
    ).initialize()
    return lambda: net.partial_fit(X, y), lambda: net.module_(X)


def lightning() -> Run:
    """Train with Lightning."""
    import logging

    import lightning as L

    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore")

    class Module(L.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.network = Network()
            self.criterion = nn.CrossEntropyLoss()

        def training_step(self, batch: list[torch.Tensor], _: int) -> torch.Tensor:
            inputs, targets = batch
            return self.criterion(self.network(inputs), targets)

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return torch.optim.SGD(self.parameters(), lr=LEARNING_RATE)

    module = Module()
    trainer = L.Trainer(
        max_epochs=NUM_EPOCHS,
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    loader = DataLoader(TensorDataset(X, y), batch_size=BATCH_SIZE, shuffle=True)
    return lambda: trainer.fit(module, loader), lambda: module.network(X)


def keras() -> Run:
    """Train with Keras on torch."""
    import keras as K

    hidden = [K.layers.Dense(width, activation="relu") for width in HIDDEN_SIZES]
    model = K.Sequential([K.layers.Input((INPUT_SIZE,)), *hidden, K.layers.Dense(OUTPUT_SIZE)])
    loss = K.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer=K.optimizers.SGD(LEARNING_RATE), loss=loss)
    arrays = X.numpy(), y.numpy()
    return (
        lambda: model.fit(*arrays, epochs=NUM_EPOCHS, batch_size=BATCH_SIZE, shuffle=True, verbose=0),
        lambda: torch.as_tensor(model.predict_on_batch(arrays[0])),
    )


def sklearn() -> Run:
    """Train scikit-learn's own network, which is written in NumPy."""
    from sklearn.neural_network import MLPClassifier

    warnings.filterwarnings("ignore")  # it says that ten epochs are few
    model = MLPClassifier(
        HIDDEN_SIZES,
        solver="sgd",
        alpha=0,
        momentum=0,
        batch_size=BATCH_SIZE,
        learning_rate_init=LEARNING_RATE,
        max_iter=NUM_EPOCHS,
        n_iter_no_change=NUM_EPOCHS + 1,
    )
    arrays = X.numpy(), y.numpy()
    return lambda: model.fit(*arrays), lambda: torch.as_tensor(model.predict_log_proba(arrays[0]))


def main() -> None:
    """Answer every line of the input with one run."""
    torch.set_num_threads(1)  # the same for all; a second thread costs more than it brings at these sizes
    answers, sys.stdout = sys.stdout, sys.stderr  # whatever a library prints is no answer
    for _ in sys.stdin:
        train, outputs = globals()[sys.argv[1]]()
        started = time.perf_counter()
        train()
        seconds = time.perf_counter() - started
        with torch.no_grad():
            loss = nn.functional.cross_entropy(outputs(), y).item()
        print(seconds, loss, file=answers, flush=True)


if __name__ == "__main__":
    main()
