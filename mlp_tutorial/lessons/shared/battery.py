"""How a check calls a learner's answer: under guard, twice, and listening for what it leaves to others or cuts off.

A learner's function must leave what it is handed, and torch, as they were; give the same result for the same arguments;
and be written to its end. The guard says so in a sentence, at the first call that breaks one of these.
"""

from __future__ import annotations

import functools
import inspect
import io
import random
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, nullcontext, redirect_stdout
from dataclasses import dataclass, field, fields, is_dataclass

import numpy as np
import torch
from torch import nn
from torch.overrides import TorchFunctionMode


class NotYet(Exception):
    """Raised inside a check: the answer is wrong, and this says why."""


class Blank(Exception):
    """The answer is still the stub."""


@dataclass(frozen=True)
class Rules:
    """What one exercise allows beyond the rule, and what it forbids."""

    changes: Collection[str] = ()  # of "inputs", "weights" and "mode": what the answer is there to change
    forbidden: Collection[str] = ()  # torch's functions that the answer has to do without
    ready_made: Collection[str] = ()  # torch's functions that do the whole exercise: allowed, and named
    repeatable: bool = True  # whether the same arguments must give the same result
    notes: list[str] = field(default_factory=list)  # what was noticed, for the feedback
    used: set[str] = field(default_factory=set)  # those of the forbidden functions that it called


# An answer that is not written yet -------------------------------------------------------------------------------


def is_blank(answer: object) -> bool:
    """Return whether an answer is the stub's `...`, or holds one."""
    parts = answer.values() if isinstance(answer, dict) else answer
    return answer is ... or (isinstance(answer, (tuple, list, dict)) and any(part is ... for part in parts))


def watched(answer: object, guard: Callable[[Callable], Callable] = lambda function: function) -> object:
    """Return a function or class made to raise `Blank` where it comes upon the stub's `...`; a value as it is.

    `guard` is put around the function, or around the class's `forward`.
    """
    if inspect.isclass(answer):
        return _watched_class(answer, guard)
    return guard(_blanks_found(answer)) if callable(answer) else answer


def _watched_class(cls: type, guard: Callable[[Callable], Callable]) -> type:
    """Return a subclass of the same name: a method that returns `...`, or an attribute that is `...`, is a blank."""
    own = [
        base for base in cls.__mro__ if base.__module__.partition(".")[0] not in ("builtins", "mlp_tutorial", "torch")
    ]
    methods = {
        name: _blanks_found(item)
        for base in reversed(own or [cls])
        for name, item in vars(base).items()
        if inspect.isfunction(item)
    }
    if "forward" in methods:
        methods["forward"] = guard(methods["forward"])

    def __init__(self: object, *arguments: object, **options: object) -> None:
        methods.get("__init__", cls.__init__)(self, *arguments, **options)
        if any(is_blank(value) for value in vars(self).values()):
            raise Blank

    namespace = {**methods, "__init__": functools.wraps(cls.__init__)(__init__)}
    namespace |= {"__module__": cls.__module__, "__doc__": cls.__doc__, "__wrapped__": cls}
    return type(cls)(cls.__name__, (cls,), namespace)


def _blanks_found(function: Callable) -> Callable:
    """Return the function, made to raise `Blank` where it hands back the stub's `...`, and to mark what it raises."""

    @functools.wraps(function, updated=())
    def detecting(*arguments: object, **options: object) -> object:
        result = own_code(function, *arguments, **options)
        if is_blank(result) or (result is None and _is_stub(function)):
            raise Blank
        return result

    return detecting


def own_code(function: Callable, *arguments: object, **options: object) -> object:
    """Call what the learner wrote; what it raises is marked as raised there, and not by the check."""
    try:
        return function(*arguments, **options)
    except Exception as error:
        error.from_answer = True
        raise


def _is_stub(function: Callable) -> bool:
    """Return whether a function's body is `...` or a docstring alone: both compile to returning None."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    return code is not None and not code.co_names and not code.co_cellvars and _does_nothing(code)


def _does_nothing(code: object) -> bool:
    import dis

    idle = {"RESUME", "NOP", "LOAD_CONST", "RETURN_VALUE", "RETURN_CONST", "POP_TOP"}
    return all(instruction.opname in idle for instruction in dis.get_instructions(code))


# The guard -------------------------------------------------------------------------------------------------------


def guarded(rules: Rules, function: Callable) -> Callable:
    """Return the function, made to raise `NotYet` where a call leaves something changed, or gives another result."""
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

        def once() -> object:
            first = [_copy(argument) for argument in arguments] if copies else arguments
            quiet = redirect_stdout(io.StringIO()) if calls else nullcontext()
            calls.append(None)
            with quiet, _seeds_heard(rules.notes), Listener() as heard:
                result = function(*first, **options)
            rules.used.update(heard.names & {*rules.forbidden, *rules.ready_made})
            return result

        state, torch_before = random_state(), (torch.is_grad_enabled(), torch.get_default_dtype())
        result = once()
        _compare_torch(*torch_before)
        with Listener.deaf():
            for name, value in given.items():
                if why := _difference(name, before[name], value, rules.changes):
                    raise NotYet(why)
        if rules.repeatable:
            _compare_repeated(once, result, state)
        return result

    called.unguarded = function
    return called


def _compare_repeated(once: Callable, first: object, state: tuple) -> None:
    """Call the answer again, under other random numbers; where the result differs, again under those of the first call."""
    set_random_state(seeded_state(1))
    second = once()
    with Listener.deaf():
        if same(first, second):
            return
    set_random_state(state)
    if same(first, once()):
        raise NotYet(f"It is random: the same arguments gave {_apart(first, second)}.")
    raise NotYet(
        f"The same arguments gave {_apart(first, second)}: the function keeps something "
        "between its calls. All that it needs has to come in as arguments."
    )


def _apart(first: object, second: object) -> str:
    """Return two results in words; of tensors alone, the first numbers that differ."""
    if isinstance(first, torch.Tensor) and isinstance(second, torch.Tensor) and first.shape == second.shape:
        place = tuple((first != second).nonzero()[0].tolist())
        first, second = first[place].item(), second[place].item()
    return f"{shown(first)} and then {shown(second)}"


def _keyword_only(function: Callable) -> tuple[int, list[str]] | None:
    """Return how many arguments a function takes by their place, and the names of those that it takes by name alone."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    names = [one.name for one in parameters if one.kind is one.KEYWORD_ONLY]
    return (
        (sum(one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD) for one in parameters), names)
        if names
        else None
    )


def _named(function: Callable, arguments: tuple, options: dict) -> dict[str, object]:
    """Return the arguments of a call by their names."""
    named = {f"argument {number}": argument for number, argument in enumerate(arguments, 1)} | options
    try:
        names = [
            one.name
            for one in inspect.signature(function).parameters.values()
            if one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)
        ]
    except (TypeError, ValueError):
        return named
    return dict(zip(names, arguments, strict=False)) | options if len(names) >= len(arguments) else named


def _copy(value: object) -> object:
    if isinstance(value, torch.Tensor):
        return value.detach().clone().requires_grad_(value.requires_grad)
    if isinstance(value, np.ndarray):
        return value.copy()
    return type(value)(map(_copy, value)) if type(value) in (list, tuple) else value


def _picture(value: object) -> object:
    """Return what a value holds, to be compared after a call."""
    if isinstance(value, nn.Module):
        return {
            "parameters": {name: (p, p.detach().clone(), p.requires_grad) for name, p in value.named_parameters()},
            "buffers": {name: buffer.clone() for name, buffer in value.named_buffers()},
            "modes": {name: module.training for name, module in value.named_modules()},
        }
    if isinstance(value, Mapping):
        return {key: _picture(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_picture(item) for item in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: _picture(getattr(value, one.name)) for one in fields(value)}
    return _copy(value)


def _difference(name: str, before: object, value: object, changes: Collection[str]) -> str:
    """Return what a call has changed in an argument and was not to, "" where nothing."""
    if not isinstance(value, nn.Module):
        if "inputs" in changes or same(before, _picture(value)):
            return ""
        if isinstance(value, (list, dict)) and (len(value) != len(before) or "tensor" not in repr(value)):
            kind = type(value).__name__
            return f"{name} has changed: the function wrote into the {kind} that it was handed. Make a new one."
        return (
            f"{name} has changed: the function writes into the numbers that it was handed (as -=, [...] = and names "
            "with _ at the end do), and whoever calls it goes on with them. Make a new tensor."
        )
    name, now = "model" if name == "self" else name, _picture(value)
    if before["parameters"].keys() != now["parameters"].keys():
        return f"The {name} has other parameters after the call than before."
    for key, (parameter, numbers, trainable) in before["parameters"].items():
        if now["parameters"][key][0] is not parameter:
            return (
                f"{key} is another parameter now, and an optimizer still holds the old one. Write into the one that is "
                "there, under torch.no_grad()."
            )
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


def same(one: object, other: object, tolerance: float = 1e-6) -> bool:
    """Return whether two values hold the same numbers; of what cannot be compared, the same kind."""
    if isinstance(one, (list, tuple)):
        return isinstance(other, (list, tuple)) and len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, Mapping):
        return isinstance(other, Mapping) and one.keys() == other.keys() and all(same(one[k], other[k]) for k in one)
    if isinstance(one, str):
        return one == other
    if isinstance(one, (torch.Tensor, np.ndarray, np.generic, int, float)):
        try:
            pair = [torch.as_tensor(value).detach().to_dense().double() for value in (one, other)]
        except (TypeError, ValueError, RuntimeError):
            return False
        options = {"rtol": tolerance, "atol": tolerance, "equal_nan": True}
        return pair[0].shape == pair[1].shape and torch.allclose(*pair, **options)
    return type(one) is type(other)


# The state of torch ----------------------------------------------------------------------------------------------


def random_state() -> tuple:
    return torch.get_rng_state(), np.random.get_state(), random.getstate()  # noqa: NPY002


@functools.cache
def seeded_state(seed: int) -> tuple:
    return (
        torch.Generator().manual_seed(seed).get_state(),
        np.random.RandomState(seed).get_state(),
        random.Random(seed).getstate(),
    )


def set_random_state(state: tuple) -> None:
    torch.set_rng_state(state[0])
    np.random.set_state(state[1])  # noqa: NPY002
    random.setstate(state[2])


@contextmanager
def everything_restored() -> Iterator[None]:
    """Leave all random states, gradient mode and default dtype as they were, whatever an answer does to them."""
    state, gradients, dtype = random_state(), torch.is_grad_enabled(), torch.get_default_dtype()
    set_random_state(seeded_state(0))  # the same numbers at every check
    try:
        with torch.enable_grad():
            torch.set_default_dtype(torch.float32)
            yield
    finally:
        set_random_state(state)
        torch.set_grad_enabled(gradients)
        torch.set_default_dtype(dtype)


def _compare_torch(gradients: bool, dtype: torch.dtype) -> None:
    """Raise `NotYet` where a call has left torch in another state than it found it."""
    if torch.is_grad_enabled() != gradients:
        raise NotYet(
            "After the call gradients are switched off for good, and nothing in the notebook could be trained: write "
            "`with torch.no_grad():` around the lines that need it."
        )
    if torch.get_default_dtype() != dtype:
        raise NotYet(
            "The function sets another default dtype for the whole notebook: leave torch.set_default_dtype out."
        )


@contextmanager
def _seeds_heard(notes: list[str]) -> Iterator[None]:
    """Note where an answer sets a seed: what the notebook draws after it would be the same at every run."""
    note = "One thing beside: it sets the random seed of the whole notebook; a generator of its own would not."

    def noting(seed: Callable) -> Callable:
        def noted(*arguments: object) -> object:
            if note not in notes:
                notes.append(note)
            return seed(*arguments)

        return noted

    places = [(torch, "manual_seed"), (np.random, "seed"), (random, "seed")]
    kept = [getattr(module, name) for module, name in places]
    for (module, name), seed in zip(places, kept, strict=True):
        setattr(module, name, noting(seed))
    try:
        yield
    finally:
        for (module, name), seed in zip(places, kept, strict=True):
            setattr(module, name, seed)


class Listener(TorchFunctionMode):
    """Within a `with` block, keeps in `names` which of torch's functions are called, but where all are `deaf`."""

    _hears = True

    @classmethod
    @contextmanager
    def deaf(cls) -> Iterator[None]:
        """Let no listener note what is called within the block."""
        before, cls._hears = cls._hears, False
        try:
            yield
        finally:
            cls._hears = before

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def __torch_function__(self, function, types, arguments=(), options=None):
        if Listener._hears:
            is_data = getattr(function, "__self__", None) is torch.Tensor.data
            self.names.add("data" if is_data else getattr(function, "__name__", ""))
        return function(*arguments, **(options or {}))


#: What cuts the way back of the gradients, by the name that the `Listener` hears.
_CUTS = {
    "detach": ".detach()",
    "data": ".data",
    "item": ".item()",
    "tolist": ".tolist()",
    "numpy": "NumPy",
    "__array__": "NumPy",
    "_set_grad_enabled": "torch.no_grad()",
    "argmax": "argmax",
    "tensor": "torch.tensor(…)",
    **{name: name for name in ("round", "floor", "ceil", "trunc", "sign")},
    **{name: f".{name}()" for name in ("int", "long", "bool")},
}


def what_cuts(function: Callable, *arguments: object) -> str:
    """Return what may keep a function's gradients from coming back, in words."""
    with Listener() as heard:
        function(*arguments)
    found = [words for name, words in _CUTS.items() if name in heard.names]
    return (
        " and ".join(dict.fromkeys(found)) or "argmax, a comparison, .item(), .detach(), torch.tensor(…) or no_grad()"
    )


# Values in words -------------------------------------------------------------------------------------------------


def shown(value: object, most: int = 60) -> str:
    """Return a value as a learner can type it, cut where it grows long.

    Examples
    --------
    >>> shown(torch.tensor([[1.0, -2.5]])), shown(torch.zeros(40))
    ('[[1, -2.5]]', 'a tensor of shape (40,)')
    """
    if isinstance(value, (torch.Tensor, np.ndarray)):
        text = shown(value.tolist(), most=10**6)
        return text if len(text) <= most else f"a tensor of shape {tuple(value.shape)}"
    if isinstance(value, (list, tuple)):
        text = f"[{', '.join(shown(part, 10**6) for part in value)}]"
    elif isinstance(value, float):
        text = f"{value:.4g}"
    elif isinstance(value, dict):
        text = f"{{{', '.join(f'{key!r}: {shown(part)}' for key, part in value.items())}}}"
    else:
        text = repr(value)
    return text if len(text) <= most else f"{text[: most - 2]} …"
