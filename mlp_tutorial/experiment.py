"""One training run described by its settings: what to build, how to train it, and the same as plain PyTorch."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from functools import lru_cache

import torch
from torch import nn

from .data.dataset import Dataset
from .data.load import load_dataset
from .model import Activation, NeuralNetworkModel, activation_name
from .programs import FULL_BATCH_LOOP, MINI_BATCH_LOOP, RATE_CHANGE, REPORT, Code, Program, code_of, network
from .training.history import History
from .training.loop import training_steps
from .utils.errors import check_known, check_positive
from .utils.randomness import SeededRandomness
from .utils.wording import architecture_in_words

#: Optimizers that can be asked for by name: class and options beside the learning rate.
OPTIMIZERS: dict[str, tuple[type[torch.optim.Optimizer], dict[str, float]]] = {
    "sgd": (torch.optim.SGD, {}),
    "momentum": (torch.optim.SGD, {"momentum": 0.9}),
    "nesterov": (torch.optim.SGD, {"momentum": 0.9, "nesterov": True}),
    "rmsprop": (torch.optim.RMSprop, {}),
    "adam": (torch.optim.Adam, {}),
    "adamw": (torch.optim.AdamW, {}),
}

cached_dataset = lru_cache(maxsize=16)(load_dataset)


@dataclass(frozen=True)
class Experiment:
    """The settings of a training run."""

    dataset: str | Dataset  # a name for `load_dataset`, or a data set of your own
    hidden_sizes: tuple[int, ...]
    learning_rate: float
    batch_size: int | None = None  # by default all samples in one batch
    activation: str | Activation = "relu"
    optimizer: str = "sgd"  # a name from `OPTIMIZERS`
    seed: int = 0  # for the initial weights and the order of the batches, not for the split of the data
    criterion: Callable | None = None  # by default `default_criterion`
    model_class: Callable[..., nn.Module] = NeuralNetworkModel  # called with input size, hidden sizes and output size
    rates: tuple[tuple[int, float], ...] = ()  # changes of the learning rate: epochs trained before, and the new rate

    def __post_init__(self) -> None:
        if isinstance(self.hidden_sizes, Sequence) and not isinstance(self.hidden_sizes, str):
            object.__setattr__(self, "hidden_sizes", tuple(self.hidden_sizes))
        check_known("optimizer", self.optimizer, OPTIMIZERS)
        check_positive("learning_rate", self.learning_rate)

    def with_rate(self, epoch: int, learning_rate: float) -> Experiment:
        """Return the run with another learning rate from here on, after so many epochs."""
        if epoch == 0:
            return replace(self, learning_rate=learning_rate)
        earlier = (change for change in self.rates if change[0] < epoch)
        return replace(self, rates=(*earlier, (epoch, learning_rate)))

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
        **options: object,
    ) -> Iterator[History]:
        """Return the training loop for what `build` returned; `options` are those of `training_steps`."""
        settings = {"batch_size": self.batch_size, "seed": self.seed, "history": history, **options}
        return training_steps(model, self.load(), criterion, optimizer, num_epochs=num_epochs, **settings)

    def architecture(self) -> str:
        """Return the widths from input to output, such as "2 → 8 → 8 → 3"."""
        dataset = self.load()
        return architecture_in_words(dataset.input_size, self.hidden_sizes, dataset.output_size)

    def in_words(self) -> dict[str, str]:
        """Return every setting in the few words that a legend has room for."""
        dataset = self.dataset if isinstance(self.dataset, str) else self.dataset.name
        words = {
            "dataset": dataset,
            "hidden_sizes": f"{list(self.hidden_sizes)}",
            "learning_rate": f"rate {self.learning_rate:.3g}",
            "batch_size": f"batch {self.batch_size}" if self.batch_size else "full batch",
            "activation": activation_name(self.activation),
            "optimizer": self.optimizer,
            "seed": f"seed {self.seed}",
        }
        if self.criterion is not None:
            words["criterion"] = f"loss {activation_name(self.criterion)}"
        if self.model_class is not NeuralNetworkModel:
            words["model_class"] = activation_name(self.model_class)
        if self.rates:
            words["rates"] = ", ".join(f"rate {rate:.3g} after epoch {epoch}" for epoch, rate in self.rates)
        return words

    def program(self, num_epochs: int, variables: Collection[str] = ()) -> Program:
        """Return the run as a plain PyTorch program, in parts; it ends at the same losses.

        Settings named in `variables` stand in it as variables of that name, for a loop over several runs to set.
        """
        dataset = self.load()
        rate, batch_size, seed = (
            name if name in variables else repr(getattr(self, name)) for name in ("learning_rate", "batch_size", "seed")
        )
        if isinstance(self.dataset, Dataset):
            data = Code("", before=(f"dataset (your Dataset {dataset.name!r})",))
        else:
            imports = ("from mlp_tutorial import load_dataset",)
            data = Code(f"dataset = load_dataset({self.dataset!r})\n", imports=imports)
        model = self._model_code(dataset, variables)
        criterion = code_of(self.criterion or default_criterion(dataset.task), "own_criterion")
        if "batch_size" in variables or (self.batch_size or math.inf) < len(dataset.X_train):
            loop = MINI_BATCH_LOOP
        else:
            loop = FULL_BATCH_LOOP
        change = RATE_CHANGE if self.rates else ""
        loop = loop.format(num_epochs=num_epochs, batch_size=batch_size, seed=seed, change=change)
        if self.rates:
            loop = f"rates = {dict(self.rates)}  # the learning rate from an epoch on\n{loop}"
        return Program(
            sources=(data, model, criterion),
            data=f"{data.expression}X, y = dataset.X_train, dataset.y_train",
            model=f"torch.manual_seed({seed})\nmodel = {model.expression}",
            criterion=f"criterion = {criterion.expression}",
            optimizer=f"optimizer = {self.optimizer_call('model.parameters()', rate)}",
            loop=loop,
            report=REPORT,
        )

    def optimizer_call(self, parameters: str, learning_rate: str) -> str:
        """Return how the optimizer is made in a program, for parameters and a learning rate that are so written."""
        optimizer_class, options = OPTIMIZERS[self.optimizer]
        arguments = "".join(f", {key}={value}" for key, value in options.items())
        return f"torch.optim.{optimizer_class.__name__}({parameters}, lr={learning_rate}{arguments})"

    def _model_code(self, dataset: Dataset, variables: Collection[str]) -> Code:
        sizes = dataset.input_size, list(self.hidden_sizes), dataset.output_size
        if "model_class" in variables:
            model_class = Code("model_class")
        elif self.model_class is not NeuralNetworkModel:
            model_class = code_of(self.model_class, "own_model_class")
        else:
            activation = code_of(self.activation, "own_activation")
            if "activation" in variables:
                activation = Code("activation", is_layer=activation.is_layer)
            return network(*sizes, activation)
        return model_class._replace(expression=f"{model_class.expression}({', '.join(map(str, sizes))})")


def default_criterion(task: str) -> nn.Module:
    """Return the usual loss of a task: cross-entropy for classes, the mean squared error for values."""
    return nn.CrossEntropyLoss() if task == "classification" else nn.MSELoss()


def differing(experiments: Sequence[Experiment]) -> list[str]:
    """Return the names of the settings in which experiments differ."""
    first, *others = experiments
    names = [entry.name for entry in fields(Experiment)]
    return [name for name in names if any(getattr(one, name) != getattr(first, name) for one in others)]


def differences(experiments: Sequence[Experiment]) -> list[str]:
    """Return for each experiment, in words, only the settings in which the experiments differ."""
    names = differing(experiments)
    return [", ".join(one.in_words().get(name, f"default {name}") for name in names) for one in experiments]
