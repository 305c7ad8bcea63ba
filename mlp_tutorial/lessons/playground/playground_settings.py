"""The settings of the playground: what a run begins with, and what can be changed while it goes on."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import nn

from mlp_tutorial.data.dataset import Dataset
from mlp_tutorial.data.toy import TOY_DATA
from mlp_tutorial.experiment import OPTIMIZERS, cached_dataset
from mlp_tutorial.lessons.playground.input_features import COORDINATES, compute_features, feature_names
from mlp_tutorial.lessons.shared.initialisation import SCHEMES, initialise
from mlp_tutorial.model import Activation, NeuralNetworkModel
from mlp_tutorial.programs import code_of
from mlp_tutorial.utils.errors import check_count, check_known, check_number, check_seed, check_whole_number

PENALTIES = ("none", "L1", "L2")
INITIALISATIONS = (*SCHEMES, "zero")


@dataclass(frozen=True)
class Start:
    """What a run begins with: a change of it begins anew."""

    dataset: str | Dataset
    hidden_sizes: tuple[int, ...]
    features: tuple[str, ...] = COORDINATES  # of data with two features
    activation: str | Activation = "tanh"
    initialisation: str = "PyTorch's default"
    noise: float = 0.0  # of a toy set
    num_points: int = 500  # of a toy set
    training_share: float = 0.5  # of the rows; validation and test part share the rest
    data_seed: int = 0  # for the points of a toy set, and for which row goes to which part
    seed: int = 0  # for the initial weights and the order of the batches
    criterion: Callable | None = None  # by default the usual loss of the task
    model: nn.Module | Callable[..., nn.Module] = NeuralNetworkModel  # a module, or a class called with three sizes
    first_seed: int | None = None  # with this seed a module begins with its own weights, with another it draws new ones

    def __post_init__(self) -> None:
        if not isinstance(self.dataset, (str, Dataset)):
            raise TypeError(f"dataset must be a name for load_dataset, or a Dataset; it is {self.dataset!r}.")
        if not callable(self.model):
            raise TypeError(f"model must be a module, or a class called with three sizes; it is {self.model!r}.")
        if self.criterion is not None and not callable(self.criterion):
            raise TypeError(f"criterion must be a loss, such as nn.CrossEntropyLoss(); it is {self.criterion!r}.")
        check_number("noise", self.noise, "0.1")
        check_count("num_points", self.num_points)
        check_seed(self.seed)
        check_whole_number("data_seed", self.data_seed, "0")
        if isinstance(self.hidden_sizes, (str, int)) or not isinstance(self.hidden_sizes, Sequence):
            raise TypeError(f"hidden_sizes must be a list of widths, such as [4, 2]; it is {self.hidden_sizes!r}.")
        object.__setattr__(self, "hidden_sizes", tuple(self.hidden_sizes))
        object.__setattr__(self, "first_seed", self.seed if self.first_seed is None else self.first_seed)
        object.__setattr__(self, "features", feature_names(self.features))
        check_known("initialisation", self.initialisation, INITIALISATIONS)
        check_number("training_share", self.training_share, "0.5")
        if not 0.1 <= self.training_share <= 0.9:
            raise ValueError(f"training_share must be from 0.1 to 0.9; it is {self.training_share!r}.")

    @property
    def is_toy(self) -> bool:
        """Whether the data are drawn at random, so that noise and their number can be chosen."""
        return isinstance(self.dataset, str) and self.dataset in TOY_DATA

    @property
    def is_own_module(self) -> bool:
        """Whether the model is a module of the learner's own, whose layers are what its code says."""
        return isinstance(self.model, nn.Module)

    @property
    def draws_new_weights(self) -> bool:
        """Whether a module of the learner's own does not begin with the weights that it has."""
        return self.is_own_module and self.seed != self.first_seed

    def options(self) -> dict[str, object]:
        """Return what the data set is loaded with."""
        rest = round((1 - self.training_share) / 2, 3)
        options: dict[str, object] = {"validation_size": rest, "test_size": rest}
        if self.data_seed:
            options["seed"] = self.data_seed
        if self.is_toy:
            options |= {"noise": self.noise, "num_points": self.num_points, "standardise": False}
        return options

    def load(self) -> Dataset:
        """Return the data set; a toy set in its own units, as TensorFlow Playground has it."""
        if isinstance(self.dataset, Dataset):
            if self.dataset.input_size < 2:
                raise ValueError(
                    f"The playground draws two features or more; {self.dataset.name!r} has one. Add another."
                )
            return self.dataset
        return cached_dataset(self.dataset, **self.options())

    def inputs(self, X: torch.Tensor) -> torch.Tensor:
        """Return what the network is given of rows of features."""
        return compute_features(X, self.features) if X.shape[1] == 2 and self.features != COORDINATES else X

    def input_names(self) -> tuple[str, ...]:
        """Return the names of what the network is given."""
        dataset = self.load()
        return self.features if dataset.input_size == 2 else dataset.feature_names

    def build(self) -> nn.Module:
        """Return a new network with its initial weights; draws from torch's global random state."""
        if self.is_own_module:
            model = copy.deepcopy(self.model)
            if self.draws_new_weights:
                for module in model.modules():
                    if hasattr(module, "reset_parameters"):
                        module.reset_parameters()
            return model
        dataset = self.load()
        own = {"activation": copy.deepcopy(self.activation)} if self.model is NeuralNetworkModel else {}
        model = self.model(len(self.input_names()), list(self.hidden_sizes), dataset.output_size, **own)
        if self.initialisation == "zero":
            initialise(model, "Xavier", scale=0.0)
        else:
            initialise(model, self.initialisation)
        return model


@dataclass(frozen=True)
class Live:
    """What can be changed while a run goes on."""

    learning_rate: float = 0.03
    batch_size: int = 10  # 0 for all samples in one batch
    optimizer: str | Callable[..., torch.optim.Optimizer] = "sgd"  # or a class of one's own: called with parameters, lr
    penalty: str = "none"  # on the size of the weights: their absolute values (L1), or half their squares (L2)
    penalty_rate: float = 0.001
    weight_decay: float = 0.0  # the optimizer's own
    dropout: float = 0.0  # share of what each layer hands on that is set to 0 while it trains

    def __post_init__(self) -> None:
        if isinstance(self.optimizer, str):
            check_known("optimizer", self.optimizer, OPTIMIZERS)
        elif not callable(self.optimizer):
            raise TypeError(f"optimizer must be a name or a class, such as torch.optim.Adam; it is {self.optimizer!r}.")
        check_known("penalty", self.penalty, PENALTIES)
        check_whole_number("batch_size", self.batch_size, "10")
        for name in ("learning_rate", "penalty_rate", "weight_decay", "dropout", "batch_size"):
            value = getattr(self, name)
            check_number(name, value)
            if value < 0 or (name == "learning_rate" and value == 0) or (name == "dropout" and value >= 1):
                raise ValueError(f"{name} cannot be {value!r}.")

    def optimizer_parts(self) -> tuple[Callable[..., torch.optim.Optimizer], dict[str, float]]:
        """Return the optimizer's class, or the learner's own, and its options."""
        own = not isinstance(self.optimizer, str)
        optimizer_class, options = (self.optimizer, {}) if own else OPTIMIZERS[self.optimizer]
        options = {"lr": self.learning_rate, **options}
        if self.weight_decay or not own:
            options["weight_decay"] = self.weight_decay
        return optimizer_class, options

    def optimizer_call(self) -> str:
        """Return how the optimizer is made in a program."""
        optimizer_class, options = self.optimizer_parts()
        if not self.weight_decay and self.optimizer != "adamw":
            options.pop("weight_decay", None)  # the default of all others
        arguments = "".join(f", {key}={value!r}" for key, value in options.items())
        return f"{code_of(optimizer_class, 'own_optimizer').expression}(model.parameters(){arguments})"

    def penalties(self) -> str:
        """Return the rates of both penalties as a program writes them."""
        return ", ".join(repr(self.penalty_rate if self.penalty == kind else 0.0) for kind in ("L1", "L2"))
