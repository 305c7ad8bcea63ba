"""How a check calls a learner's answer: under guard, and twice.

A learner's function must leave what it is handed, and torch, as they were, and give the same result for the same
arguments. The guard says so in a sentence, at the first call that breaks one of these.
"""

from __future__ import annotations

import functools
import inspect
import io
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import nullcontext, redirect_stdout
from dataclasses import dataclass, field, fields, is_dataclass

import torch
from torch import nn

from mlp_tutorial.lessons.shared.feedback import NotYet
from mlp_tutorial.lessons.shared.listening import Listener
from mlp_tutorial.lessons.shared.torch_state import (
    compare_settings,
    random_state,
    seeded_state,
    seeds_heard,
    set_random_state,
    torch_settings,
)
from mlp_tutorial.lessons.shared.values import copied, same, shown, two_numbers, where_they_differ_most


@dataclass(frozen=True)
class Rules:
    """What one exercise allows beyond the rule, and what it forbids."""

    changes: Collection[str] = ()  # of "inputs", "weights" and "mode": what the answer is there to change
    forbidden: Collection[str] = ()  # torch's functions that the answer has to do without
    ready_made: Collection[str] = ()  # torch's functions that do the whole exercise: allowed, and named
    repeatable: bool = True  # whether the same arguments must give the same result
    notes: list[str] = field(default_factory=list)  # what was noticed, for the feedback
    used: set[str] = field(default_factory=set)  # those of the forbidden functions that it called


def guarded(rules: Rules, function: Callable, *, once: bool = False) -> Callable:
    """Return the function, made to raise `NotYet` where a call leaves something changed, or gives another result.

    What is to be called `once` is not called again to see whether it does.
    """
    calls, by_name = [], _keyword_only(function)

    @functools.wraps(function, updated=())
    def called(*arguments: object, **options: object) -> object:
        if by_name and len(arguments) > by_name[0]:
            options |= dict(zip(by_name[1], arguments[by_name[0] :], strict=False))
            arguments = arguments[: by_name[0]]
        given = _named(function, arguments, options)
        with Listener.deaf():  # it hears the answer alone
            before = {name: _picture(value) for name, value in given.items()}
        copies = "inputs" in rules.changes

        def call() -> object:
            first = [copied(argument) for argument in arguments] if copies else arguments
            quiet = redirect_stdout(io.StringIO()) if calls else nullcontext()
            calls.append(None)
            with quiet, seeds_heard(rules.notes), Listener() as heard:
                result = function(*first, **options)
            rules.used.update(heard.names & {*rules.forbidden, *rules.ready_made})
            return result

        state, settings = random_state(), torch_settings()
        result = call()
        compare_settings(settings)
        with Listener.deaf():
            for name, value in given.items():
                if why := _difference(name, before[name], value, rules.changes):
                    raise NotYet(why)
        if rules.repeatable and not once:
            _compare_repeated(call, result, state, {*_places(list(given.values()))})
        return result

    called.unguarded = function
    return called


def _compare_repeated(call: Callable, first: object, state: tuple, of_arguments: Collection[int]) -> None:
    """Call the answer again, under other random numbers; where the result differs, again under those of the first call."""
    set_random_state(seeded_state(1))
    second = call()
    with Listener.deaf():
        if {*_places(first)} & {*_places(second)} - of_arguments:
            raise NotYet(
                "Two calls returned the very same tensor: the function keeps something between its calls. Make a new one in "
                "every call."
            )
        if same(first, second):
            return
    set_random_state(state)
    if same(first, call()):
        raise NotYet(f"It is random: the same arguments gave {_apart(first, second)}.")
    raise NotYet(
        f"The same arguments gave {_apart(first, second)}: the function keeps something "
        "between its calls, or reads what was never filled (as torch.empty is). All that it needs has to come in as "
        "arguments."
    )


def _places(value: object) -> Iterator[int]:
    """Yield where in memory the numbers of tensors stand, also of those in lists and tuples."""
    if isinstance(value, (list, tuple)):
        for part in value:
            yield from _places(part)
    elif isinstance(value, torch.Tensor) and value.layout == torch.strided and value.numel() and not value.is_meta:
        yield value.data_ptr()


def _apart(first: object, second: object) -> str:
    """Return two results in words: of several parts and of tensors the first that differ."""
    if all(isinstance(one, (list, tuple)) for one in (first, second)) and len(first) == len(second):
        return next(_apart(*pair) for pair in zip(first, second, strict=True) if not same(*pair))
    if isinstance(first, torch.Tensor) and isinstance(second, torch.Tensor) and first.shape == second.shape:
        place = where_they_differ_most(first, second)
        first, second = first[place].item(), second[place].item()
    if isinstance(first, float) and isinstance(second, float):
        return " and then ".join(two_numbers(first, second))
    return f"{shown(first)} and then {shown(second)}"


def _keyword_only(function: Callable) -> tuple[int, list[str]] | None:
    """Return how many arguments a function takes by their place, and the names of those that it takes by name alone."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    names = [one.name for one in parameters if one.kind is one.KEYWORD_ONLY]
    if not names or any(one.kind is one.VAR_POSITIONAL for one in parameters):
        return None
    return sum(one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD) for one in parameters), names


def _named(function: Callable, arguments: tuple, options: dict) -> dict[str, object]:
    """Return the arguments of a call by their names, those behind a star by their numbers."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        parameters = ()
    names = [one.name for one in parameters if one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD)]
    names += [f"argument {number}" for number in range(len(names) + 1, len(arguments) + 1)]
    return dict(zip(names, arguments, strict=False)) | options


def _picture(value: object) -> object:
    """Return what a value holds, to be compared after a call."""
    if isinstance(value, nn.Module):
        return {
            "parameters": {name: (p, p.detach().clone(), p.requires_grad) for name, p in value.named_parameters()},
            "buffers": {name: buffer.clone() for name, buffer in value.named_buffers()},
            "modes": {name: module.training for name, module in value.named_modules()},
            "settings": {name: module.extra_repr() for name, module in value.named_modules()},
        }
    if isinstance(value, Mapping):
        return {key: _picture(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_picture(item) for item in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: _picture(getattr(value, one.name)) for one in fields(value)}
    return copied(value)


def _difference(name: str, before: object, value: object, changes: Collection[str]) -> str:
    """Return what a call has changed in an argument and was not to, "" where nothing."""
    if not isinstance(value, nn.Module):
        if "inputs" in changes:
            return ""
        if isinstance(value, torch.Tensor) and value.requires_grad != before.requires_grad:
            return (
                f"{name} has requires_grad={value.requires_grad} after the call, for whoever goes on with it. Take a copy "
                f"first: {name}.detach().clone()."
            )
        if same(before, _picture(value)):
            return ""
        if isinstance(value, (list, dict)) and (len(value) != len(before) or _only_moved(before, value)):
            kind = type(value).__name__
            return f"{name} has changed: the function wrote into the {kind} that it was handed. Make a new one."
        return (
            f"{name} has changed: the function writes into the numbers that it was handed (as -=, [...] = and names "
            "with _ at the end do), and whoever calls it goes on with them. Make a new tensor."
        )
    name, now = "model" if name == "self" else name, _picture(value)
    if changed := [key for key, setting in before["settings"].items() if now["settings"].get(key) != setting]:
        old, new = (picture["settings"].get(changed[0]) for picture in (before, now))
        return f"The {name} has changed: its module {changed[0]!r} had ({old}) before the call, and has ({new}) now."
    if before["parameters"].keys() != now["parameters"].keys():
        return f"The {name} has other parameters after the call than before."
    for key, (parameter, numbers, trainable) in before["parameters"].items():
        if now["parameters"][key][0] is not parameter:
            return (
                f"{key} is another parameter now, and an optimizer still holds the old one. Write into the one that is "
                "there, under torch.no_grad()."
            )
        if (dtype := parameter.dtype) != numbers.dtype:
            return f"{key} is made of {dtype} numbers after the call, and of {numbers.dtype} before: take a copy first."
        if parameter.requires_grad != trainable:
            return f"{key} has requires_grad={parameter.requires_grad} after the call: it is frozen for later training."
        if "weights" not in changes and not same(numbers, now["parameters"][key][1]):
            return f"The weights of the {name} have changed ({key}); they are only to be read."
    woken = value.training and not before["modes"][""]
    if before["modes"] != now["modes"] and ("mode" not in changes or woken):
        mode = "training" if value.training else "evaluation"
        return f"The {name} is left in {mode} mode: put it back into the mode that it was in."
    if "weights" not in changes and not same(before["buffers"], now["buffers"]):
        return f"The buffers of the {name} have changed; they are only to be read."
    return ""


def _only_moved(before: list | dict, value: list | dict) -> bool:
    """Return whether a list or dictionary itself was written into, and not the tensors in it."""
    if "tensor" not in repr(value):
        return True
    return isinstance(value, list) and all(any(same(_picture(item), was) for was in before) for item in value)
