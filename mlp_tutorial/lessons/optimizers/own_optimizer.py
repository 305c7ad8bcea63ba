"""A learner's own update rule as a real `torch.optim.Optimizer`, to be raced and to train networks with."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable

import torch

from mlp_tutorial.lessons.shared.stand_ins import stand_in


def optimizer_with(rule: Callable) -> type[torch.optim.Optimizer]:
    """Return an optimizer class whose steps follow a function.

    Parameters
    ----------
    rule : callable
        `rule(weight, gradient, …, learning_rate, …)`. What stands between gradient and learning rate is the optimizer's
        memory: tensors of the weight's shape that begin at zero; one named `t` is the number of the step, from 1. What
        stands after the learning rate are options. It returns the new weight, and after it the new memory. Where
        it would stop the notebook, PyTorch's optimizer with as much memory stands in, and its name says why.

    Returns
    -------
    type
        A subclass of `torch.optim.Optimizer`, made as `Own(model.parameters(), lr=0.1)`; `options` names what else
        it takes.

    Raises
    ------
    TypeError
        In a step, if the function returns something else than weight and memory.

    Examples
    --------
    >>> def plain_step(weight, gradient, learning_rate):
    ...     return weight - learning_rate * gradient
    >>> weight = torch.tensor([1.0], requires_grad=True)
    >>> optimizer = optimizer_with(plain_step)([weight], lr=0.25)
    >>> (weight**2).sum().backward()
    >>> optimizer.step()
    >>> weight.tolist()
    [0.5]
    """
    parameters = inspect.signature(rule).parameters if callable(rule) else {}
    names, rule_name = list(parameters), getattr(rule, "__name__", type(rule).__name__)
    place = names.index("learning_rate") if "learning_rate" in names else 2
    memory = [name for name in names[2:place] if name != "t"]
    given = {name: parameters[name].default for name in names[place + 1 :]}
    defaults = {name: 0.0 if value is inspect.Parameter.empty else value for name, value in given.items()}

    def package_rule(weight, gradient, learning_rate, **others):
        return (weight, *(others[name] for name in memory)) if memory else weight

    def trial(rule: Callable, *tensors: torch.Tensor) -> object:
        numbers = {"learning_rate": 0.1, **defaults, **({"t": 1} if "t" in names else {})}
        return rule(**dict(zip(("weight", "gradient", *memory), tensors, strict=True)), **numbers)

    trials = [[torch.ones(shape)] * (2 + len(memory)) for shape in ((2,), (2, 3))]
    if why := stand_in(rule, package_rule, *trials, noun="rule", trial=trial).why:
        reason = textwrap.shorten(why.removeprefix("is "), 64, placeholder=" …")
        return _stand_in(f"{rule_name} ({reason}: PyTorch's)", len(memory), defaults)

    class OwnOptimizer(torch.optim.Optimizer):
        options = tuple(defaults)
        made_from = staticmethod(rule)

        def __init__(self, parameters, lr: float, **options: float) -> None:
            super().__init__(parameters, {"lr": lr, **defaults, **options})

        @torch.no_grad()
        def step(self, closure: None = None) -> None:
            for group in self.param_groups:
                options = {name: group[name] for name in defaults}
                for parameter in group["params"]:
                    if parameter.grad is not None:
                        self._step_one(parameter, group["lr"], options)

        def _step_one(self, parameter: torch.Tensor, learning_rate: float, options: dict[str, float]) -> None:
            state = self.state[parameter]
            if not state:
                state.update({"t": 0, **{name: torch.zeros_like(parameter) for name in memory}})
            state["t"] += 1
            # Copies, for a rule may change in place what it is given.
            given = [state[name] if name == "t" else state[name].clone() for name in names[2:place]]
            answer = rule(parameter.clone(), parameter.grad.clone(), *given, learning_rate, **options)
            parts = list(answer) if isinstance(answer, (tuple, list)) else [answer]
            shapes = [part.shape if isinstance(part, torch.Tensor) else None for part in parts]
            if shapes != [parameter.shape] * (1 + len(memory)):
                raise TypeError(
                    f"{rule_name} must return {', '.join(['weight', *memory])}, each a tensor of the weight's shape "
                    f"{tuple(parameter.shape)}."
                )
            weight, *remembered = parts
            parameter.copy_(weight)
            state.update(zip(memory, remembered, strict=True))

    OwnOptimizer.__name__ = OwnOptimizer.__qualname__ = rule_name
    return OwnOptimizer


def _stand_in(name: str, num_memories: int, defaults: dict[str, float]) -> type[torch.optim.Optimizer]:
    """Return PyTorch's optimizer that remembers as much as the stub is meant to."""
    stands_for = ("sgd", "momentum", "adamw" if "weight_decay" in defaults else "adam")[min(num_memories, 2)]

    class StandIn({"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}.get(stands_for, torch.optim.SGD)):
        def __init__(self, parameters, lr: float, **options: float) -> None:
            options = {**defaults, **options}
            given = {key: options[key] for key in ("momentum", "weight_decay") if key in options}
            if num_memories >= 2:
                given["betas"] = (options.get("beta1", 0.9), options.get("beta2", 0.999))
            super().__init__(parameters, lr=lr, **given)

    StandIn.stands_for = stands_for
    StandIn.__name__ = StandIn.__qualname__ = name
    return StandIn
