"""One run of the playground: data, network and training, and what is changed on the way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import nn

from mlp_tutorial.experiment import default_criterion
from mlp_tutorial.lessons.playground.network_columns import columns_of
from mlp_tutorial.lessons.playground.playground_settings import Live, Start
from mlp_tutorial.lessons.shared.initialisation import linear_layers
from mlp_tutorial.lessons.shared.live_training import ENDLESS, PAUSE_EVERY, metric_in_words
from mlp_tutorial.training.evaluation import Evaluation, evaluate
from mlp_tutorial.training.history import History
from mlp_tutorial.training.loop import training_steps
from mlp_tutorial.utils.randomness import SeededRandomness
from mlp_tutorial.utils.wording import architecture_in_words


class PlaygroundRun:
    """A network that learns, and that is changed while it does.

    Every change is made between two epochs and kept, so that the program for the run makes it in the same place.
    """

    def __init__(self, start: Start, live: Live, weights: Mapping[str, object] | None = None) -> None:
        self.start, self.live, self.first_live = start, live, live
        self.dataset = start.load()
        self.criterion = start.criterion or default_criterion(self.dataset.task)
        with SeededRandomness(start.seed):
            self.model = start.build()
        if not [*self.model.parameters()]:
            raise ValueError(f"The module {type(self.model).__name__} has no parameters to train: give it a layer.")
        self.weights = None if weights is None else _loaded(self.model, weights)
        self.linears = linear_layers(self.model)
        #: For each linear layer a factor for each of its inputs: 0 where the neuron before it is switched off.
        self.on = [torch.ones(linear.in_features, dtype=linear.weight.dtype) for linear in self.linears]
        self._hooks: list = []
        self.optimizers = {live.optimizer}  # all that it has had
        self.history = History()
        self.changes: list[tuple[int, object, str]] = []  # epoch, what it is about, the line of a program that makes it
        self._data = start.inputs(self.dataset.X_train), self.dataset.y_train
        self._validation = start.inputs(self.dataset.X_validation), self.dataset.y_validation
        first = columns_of(self.model, self._data[0])[1]  # a module may register its layers in any order
        #: Numbers of the linear layers that are given what neurons hand on, and not the features.
        self.later = [i for i, linear in enumerate(self.linears) if not (first.linked and linear is first.linear)]
        self.mid_epoch = False  # only between two epochs may something be changed
        self._make_optimizer()
        self._hook()
        self._go_on()

    # How it trains.

    def train_to(self, target: int) -> Iterator[bool]:
        """Train to the end of an epoch, in short stretches: yields as an explorer's `work` does."""
        while len(self.history) < target or self.mid_epoch:
            epochs = len(self.history)
            try:
                going_on = next(self._steps, None) is not None
            except Exception:
                self.mid_epoch = False
                self._go_on()  # what is broken now may work later: with a new epoch, since this one cannot be taken up
                raise
            if not going_on:
                self.mid_epoch = False
                return
            self.mid_epoch = len(self.history) == epochs
            yield not self.mid_epoch

    def _go_on(self) -> None:
        """Take up training where it stands, with the settings of then; what is wrong with them is said by each step."""
        self._steps = self._training()

    def _training(self) -> Iterator[History]:
        yield from training_steps(
            self.model,
            self._data,
            self.criterion,
            self.optimizer,
            num_epochs=ENDLESS,
            batch_size=self.live.batch_size or len(self._data[0]),
            seed=self.start.seed,
            validation_data=self._validation,
            history=self.history,
            pause_every=PAUSE_EVERY,
        )

    def _make_optimizer(self) -> None:
        optimizer_class, options = self.live.optimizer_parts()
        self.optimizer = optimizer_class(self.model.parameters(), **options)
        self.optimizer.register_step_pre_hook(lambda *_: self._add_penalty())

    def _add_penalty(self) -> None:
        if self.live.penalty == "none":
            return
        for linear in self.linears:
            weight = linear.weight
            if weight.grad is not None:
                slope = weight.detach().sign() if self.live.penalty == "L1" else weight.detach()
                weight.grad.add_(slope, alpha=self.live.penalty_rate)

    # What is changed on the way: only between two epochs.

    def change(self, live: Live) -> None:
        """Go on with other settings."""
        before, self.live = self.live, live
        changed = [field.name for field in fields(Live) if getattr(before, field.name) != getattr(live, field.name)]
        group = self.optimizer.param_groups[0]
        for name in changed:
            value = getattr(live, name)
            if name in ("learning_rate", "weight_decay"):
                option = "lr" if name == "learning_rate" else name
                group[option] = value
                self._note(name, f'optimizer.param_groups[0]["{option}"] = {value!r}')
            elif name == "batch_size":
                self._note(name, f"batch_size = {value or 'len(X)'}")
            elif name in ("penalty", "penalty_rate"):
                self._note("penalty", f"l1, l2 = {live.penalties()}")
            elif name == "dropout":
                self._hook()
                self._note(name, f"dropout = {value!r}")
        if "optimizer" in changed:
            self.optimizers.add(live.optimizer)
            self._make_optimizer()
            # Its line holds rate and decay, so theirs is not needed.
            self.changes = [
                one
                for one in self.changes
                if one[0] < len(self.history) or one[1] not in ("learning_rate", "weight_decay")
            ]
            self._note("optimizer", f"optimizer = {live.optimizer_call()}")
        if {"optimizer", "batch_size"} & set(changed):
            self._go_on()

    def set_number(self, layer: int, unit: int, source: int | None, value: float) -> None:
        """Set a weight of a linear layer, from `source` to `unit`; with None for the source, the bias of `unit`."""
        linear = self.linears[layer]
        with torch.no_grad():
            if source is None:
                linear.bias[unit] = value
                line = f"linears[{layer}].bias.data[{unit}] = {value!r}"
            else:
                linear.weight[unit, source] = value
                line = f"linears[{layer}].weight.data[{unit}, {source}] = {value!r}"
        self._note((layer, unit, source), line)

    def switch(self, layer: int, source: int, on: bool) -> None:
        """Let a neuron hand on what it computes, or 0: it is the one from which a linear layer gets its input `source`."""
        self.on[layer][source] = float(on)
        self._hook()
        self._note(("on", layer, source), f"on[linears[{layer}]][{source}] = {float(on)}")

    def _note(self, about: object, line: str) -> None:
        """Keep a change; of several of the same thing after one epoch the last counts."""
        epoch = len(self.history)
        self.changes = [one for one in self.changes if one[:2] != (epoch, about)]
        self.changes.append((epoch, about, line))
        if self.history.stop_reason and not self.history.diverged:
            self._go_on()

    def _hook(self) -> None:
        """Put switches and dropout between the layers; without any, nothing is there that takes time."""
        for hook in self._hooks:
            hook.remove()
        needed = self.live.dropout or not all(on.all() for on in self.on)
        self._hooks = [
            self.linears[i].register_forward_pre_hook(
                lambda module, given, on=self.on[i]: (F.dropout(given[0] * on, self.live.dropout, module.training),)
            )
            for i in self.later
            if needed
        ]

    # What it has come to.

    def measure(self) -> dict[str, Evaluation]:
        """Return what the network of now reaches on the training and on the validation part."""
        parts = {"training": self._data, "validation": self._validation}
        return {name: evaluate(self.model, data, self.criterion) for name, data in parts.items()}

    def results(self, decimals: int = 3) -> list[str]:
        """Return what `measure` has found in words, losses with so many decimals."""
        measured = self.measure()
        _, metric, metric_name = measured["validation"]
        losses = [f"{name} loss {one.loss:.{decimals}f}" for name, one in measured.items()]
        return [*losses, f"{metric_name} {metric_in_words(metric_name, metric)}"]

    def in_words(self) -> str:
        """Return network, data and learning rate."""
        start = self.start
        sizes = architecture_in_words(len(start.input_names()), start.hidden_sizes, self.dataset.output_size)
        sizes = type(start.model).__name__ if start.is_own_module else sizes
        return f"{sizes} on {self.dataset.name}, learning rate {self.live.learning_rate:g}"

    def changed_rates(self) -> list[tuple[int, str]]:
        """Return after which epochs the learning rate was changed, and to what."""
        rates = pairwise(self.history.learning_rate)
        return [(epoch, f"rate {after:.3g}") for epoch, (before, after) in enumerate(rates, 1) if after != before]

    def resized(self, start: Start) -> PlaygroundRun:
        """Return a new run with other features or widths; neurons that stay keep their weights."""
        run = PlaygroundRun(start, self.live)
        before, after = self.start.input_names(), start.input_names()
        stay = [name for name in before if name in after]
        same_depth = len(self.linears) == len(run.linears)
        with torch.no_grad():
            for number, (old, new) in enumerate(zip(self.linears, run.linears, strict=False)):
                is_output = number in (len(self.linears) - 1, len(run.linears) - 1)
                if is_output and not same_depth:
                    continue  # the output layer listens to other neurons now
                units = min(old.out_features, new.out_features)
                kept = of = range(min(old.in_features, new.in_features))
                if number == 0:
                    kept, of = map(after.index, stay), map(before.index, stay)
                new.weight[:units, [*kept]] = old.weight[:units, [*of]]
                if new.bias is not None:
                    new.bias[:units] = old.bias[:units]
        run.weights = {name: value.clone() for name, value in run.model.state_dict().items()}
        for layer, (old, new) in enumerate(zip(self.on, run.on, strict=False)):
            for source in range(min(len(old), len(new)) if layer else 0):
                if not old[source]:
                    run.switch(layer, source, False)
        return run


def _loaded(model: nn.Module, weights: Mapping[str, object]) -> dict[str, torch.Tensor]:
    """Give a model its weights, and return them."""
    own = model.state_dict()
    if not isinstance(weights, Mapping) or set(weights) != set(own):
        given = sorted(weights) if isinstance(weights, Mapping) else repr(weights)
        raise ValueError(f"weights must hold the numbers of {', '.join(own)}; given were {given}.")
    loaded = {}
    for name, value in weights.items():
        try:
            loaded[name] = torch.as_tensor(value, dtype=own[name].dtype)
        except (TypeError, ValueError) as error:
            raise type(error)(f"weights[{name!r}] must be numbers, one for each weight; {error}.") from None
        if loaded[name].shape != own[name].shape:
            given = tuple(loaded[name].shape)
            raise ValueError(f"weights[{name!r}] must have shape {tuple(own[name].shape)}; it has {given}.")
    model.load_state_dict(loaded)
    return {name: value.clone() for name, value in model.state_dict().items()}
