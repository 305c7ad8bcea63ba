"""One training run described by its settings: what to build, how to train it, and the same as plain PyTorch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from functools import lru_cache
from itertools import pairwise

import torch
from torch import nn

from .data.dataset import Dataset
from .data.load import load_dataset
from .model import ACTIVATIONS, NeuralNetworkModel
from .programs import ACTIVATION_LAYERS, expression, name_of, source_of
from .training.history import History
from .training.loop import training_steps
from .utils.errors import unknown_name
from .utils.randomness import SeededRandomness

#: Optimizers that can be asked for by name: class and options beside the learning rate.
OPTIMIZERS: dict[str, tuple[type[torch.optim.Optimizer], dict[str, float]]] = {
    "sgd": (torch.optim.SGD, {}),
    "momentum": (torch.optim.SGD, {"momentum": 0.9}),
    "rmsprop": (torch.optim.RMSprop, {}),
    "adam": (torch.optim.Adam, {}),
    "adamw": (torch.optim.AdamW, {}),
}

cached_dataset = lru_cache(maxsize=16)(load_dataset)


@dataclass(frozen=True)
class Experiment:
    """The settings of a training run.

    Attributes
    ----------
    dataset : str or Dataset
        A name for `load_dataset`, or a data set of your own.
    hidden_sizes : sequence of int
        Width of each hidden layer.
    learning_rate : float
        The optimizer's step size.
    batch_size : int, optional
        Samples a step; by default all in one batch.
    activation : str or callable, default "relu"
        A name from `ACTIVATIONS`, or a function of one tensor.
    optimizer : str, default "sgd"
        A name from `OPTIMIZERS`.
    seed : int, default 0
        For the initial weights and the order of the batches. The split of the data does not depend on it.
    criterion : callable, optional
        The loss; by default cross-entropy for classes and the mean squared error for values.
    model_class : callable, default NeuralNetworkModel
        Called with input size, hidden sizes and output size; a class of your own is trained in its place.
    """

    dataset: str | Dataset
    hidden_sizes: tuple[int, ...]
    learning_rate: float
    batch_size: int | None = None
    activation: str | Callable[[torch.Tensor], torch.Tensor] = "relu"
    optimizer: str = "sgd"
    seed: int = 0
    criterion: Callable | None = None
    model_class: Callable[..., nn.Module] = field(default=NeuralNetworkModel)

    def __post_init__(self) -> None:
        if isinstance(self.hidden_sizes, Sequence) and not isinstance(self.hidden_sizes, str):
            object.__setattr__(self, "hidden_sizes", tuple(self.hidden_sizes))
        if self.optimizer not in OPTIMIZERS:
            raise ValueError(unknown_name("optimizer", self.optimizer, OPTIMIZERS))
        if not self.learning_rate > 0:
            raise ValueError(f"learning_rate must be greater than 0; it is {self.learning_rate!r}.")

    def load(self) -> Dataset:
        """Return the data set."""
        return cached_dataset(self.dataset) if isinstance(self.dataset, str) else self.dataset

    def build(self) -> tuple[nn.Module, Callable, torch.optim.Optimizer]:
        """Return a new model with the seed's initial weights, the criterion and the optimizer."""
        dataset = self.load()
        own = {} if self.model_class is not NeuralNetworkModel else {"activation": self.activation}
        with SeededRandomness(self.seed):
            model = self.model_class(dataset.input_size, list(self.hidden_sizes), dataset.output_size, **own)
        optimizer_class, options = OPTIMIZERS[self.optimizer]
        optimizer = optimizer_class(model.parameters(), lr=self.learning_rate, **options)
        return model, self.criterion or default_criterion(dataset.task), optimizer

    def steps(
        self,
        model: nn.Module,
        criterion: Callable,
        optimizer: torch.optim.Optimizer,
        num_epochs: int,
        history: History,
        pause_every: float = 0.0,
    ) -> Iterator[History]:
        """Return the training loop for what `build` returned; it pauses after every step, or after so many seconds."""
        return training_steps(
            model,
            self.load(),
            criterion,
            optimizer,
            num_epochs=num_epochs,
            batch_size=self.batch_size,
            seed=self.seed,
            history=history,
            pause_every=pause_every,
        )

    def architecture(self) -> str:
        """Return the widths from input to output, such as "2 → 8 → 8 → 3"."""
        dataset = self.load()
        return " → ".join(map(str, [dataset.input_size, *self.hidden_sizes, dataset.output_size]))

    def in_words(self) -> dict[str, str]:
        """Return every setting in the few words that a legend has room for."""
        dataset = self.dataset if isinstance(self.dataset, str) else self.dataset.name
        words = {
            "dataset": dataset,
            "hidden_sizes": f"{list(self.hidden_sizes)}",
            "learning_rate": f"rate {self.learning_rate:.3g}",
            "batch_size": f"batch {self.batch_size}" if self.batch_size else "full batch",
            "activation": name_of(self.activation),
            "optimizer": self.optimizer,
            "seed": f"seed {self.seed}",
        }
        if self.criterion is not None:
            words["criterion"] = f"loss {name_of(self.criterion)}"
        if self.model_class is not NeuralNetworkModel:
            words["model_class"] = name_of(self.model_class)
        return words

    def program(self, num_epochs: int) -> str:
        """Return the run as a plain PyTorch program, which ends at the same losses."""
        dataset = self.load()
        if isinstance(self.dataset, str):
            data_lines = [f"dataset = load_dataset({self.dataset!r})"]
        else:
            data_lines = [f"# dataset: your own Dataset, {dataset.name!r}"]
        optimizer_class, options = OPTIMIZERS[self.optimizer]
        arguments = "".join(f", {key}={value}" for key, value in options.items())
        imports = ["NeuralNetworkModel"] if self._needs_class() and self.model_class is NeuralNetworkModel else []
        imports.append("load_dataset")
        criterion = {"classification": "nn.CrossEntropyLoss()", "regression": "nn.MSELoss()"}[dataset.task]
        return "\n".join(
            [
                "import torch",
                "from torch import nn",
                "",
                f"from mlp_tutorial import {', '.join(imports)}",
                "",
                *self._own_sources(),
                *data_lines,
                "X, y = dataset.X_train, dataset.y_train",
                "",
                f"torch.manual_seed({self.seed})",
                *self._model_lines(dataset),
                f"criterion = {criterion if self.criterion is None else expression(self.criterion)}",
                f"optimizer = torch.optim.{optimizer_class.__name__}("
                f"model.parameters(), lr={self.learning_rate!r}{arguments})",
                "",
                *self._loop_lines(num_epochs),
                "",
                "model.eval()",
                "with torch.no_grad():",
                "    outputs = model(dataset.X_validation)",
                "    validation_loss = criterion(outputs, dataset.y_validation).item()",
                'print(f"training loss {training_loss:.6f}, validation loss {validation_loss:.6f}")',
                "",
            ]
        )

    def _needs_class(self) -> bool:
        return self.activation not in ACTIVATION_LAYERS or self.model_class is not NeuralNetworkModel

    def _own_sources(self) -> list[str]:
        own = [self.activation, self.criterion, None if self.model_class is NeuralNetworkModel else self.model_class]
        lines = []
        for item in own:
            if item is None or isinstance(item, (str, nn.Module)) or item in ACTIVATIONS.values():
                continue
            lines += [*source_of(item), ""]
        return lines

    def _model_lines(self, dataset: Dataset) -> list[str]:
        widths = [dataset.input_size, *self.hidden_sizes, dataset.output_size]
        if self._needs_class():
            arguments = f"{widths[0]}, {list(self.hidden_sizes)}, {widths[-1]}"
            if self.model_class is NeuralNetworkModel:
                arguments += f", activation={expression(self.activation)}"
            return [f"model = {name_of(self.model_class)}({arguments})"]
        activation = ACTIVATION_LAYERS[self.activation]
        hidden = [f"    nn.Linear({a}, {b}), {activation}," for a, b in pairwise(widths[:-1])]
        return ["model = nn.Sequential(", *hidden, f"    nn.Linear({widths[-2]}, {widths[-1]}),", ")"]

    def _loop_lines(self, num_epochs: int) -> list[str]:
        if self.batch_size is None or self.batch_size >= len(self.load().X_train):
            return [
                f"for epoch in range({num_epochs}):",
                "    loss = criterion(model(X), y)",
                "    optimizer.zero_grad()",
                "    loss.backward()",
                "    optimizer.step()",
                "    training_loss = loss.item()",
            ]
        return [
            f"shuffle = torch.Generator().manual_seed({self.seed})",
            f"for epoch in range({num_epochs}):",
            "    total_loss = 0.0",
            f"    for batch in torch.randperm(len(X), generator=shuffle).split({self.batch_size}):",
            "        loss = criterion(model(X[batch]), y[batch])",
            "        optimizer.zero_grad()",
            "        loss.backward()",
            "        optimizer.step()",
            "        total_loss += loss.item() * len(batch)",
            "    training_loss = total_loss / len(X)",
        ]


def default_criterion(task: str) -> nn.Module:
    """Return the usual loss of a task: cross-entropy for classes, the mean squared error for values."""
    return nn.CrossEntropyLoss() if task == "classification" else nn.MSELoss()


def differences(experiments: Sequence[Experiment]) -> list[str]:
    """Return for each experiment, in words, only the settings in which the experiments differ."""
    names = [
        entry.name
        for entry in fields(Experiment)
        if any(getattr(one, entry.name) != getattr(experiments[0], entry.name) for one in experiments)
    ]
    return [", ".join(one.in_words().get(name, f"default {name}") for name in names) for one in experiments]
