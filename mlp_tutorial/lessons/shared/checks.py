"""What the checks of all exercises are made of: not attempted yet, the shape before the values, the likely cause.

A check compares a learner's answer with one computed on the spot and returns `Feedback`, whose printed form is a sentence.
"""

from __future__ import annotations

import functools
import inspect
import traceback
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch

from mlp_tutorial.utils.wording import with_article


@dataclass(frozen=True, repr=False)
class Feedback:
    """The outcome of a check; printed, it is its message."""

    status: str  # "not attempted", "not yet" or "correct"
    message: str

    @property
    def passed(self) -> bool:
        """Whether the answer was right."""
        return self.status == "correct"

    def __repr__(self) -> str:
        words = {"not attempted": "Not attempted yet", "not yet": "Not yet", "correct": "Correct"}
        return f"{words[self.status]}. {self.message}"


class NotYet(Exception):
    """Raised inside a check: the answer is wrong, and this says why."""


def check(function: Callable[..., str]) -> Callable[..., Feedback]:
    """Turn a function into a check.

    The function looks at a learner's answer, raises `NotYet` (or calls `compare`, which does) where it is
    wrong, and returns what to say when it is right. The check recognises an untouched stub, be it a value, a function
    or a class, and an exception in the learner's own code becomes part of the feedback.

    Examples
    --------
    >>> @check
    ... def check_double(double):
    ...     compare("double(3)", double(3), 6, causes={9: "you squared it"})
    ...     return "Twice three is six."
    >>> check_double(lambda x: ...)
    Not attempted yet. Replace every ... in the cell above and run it, then run this cell again.
    >>> check_double(lambda x: x * x)
    Not yet. double(3): expected 6, got 9. The likely cause: you squared it.
    >>> check_double(lambda x: 2 * x)
    Correct. Twice three is six.
    """

    @functools.wraps(function)
    @_state_restored()
    def checked(*answers: object, **options: object) -> Feedback:
        given = [watched(answer) for answer in answers]
        try:
            if any(is_blank(answer) for answer in answers):
                raise Blank
            return Feedback("correct", function(*given, **options))
        except NotYet as reason:
            return Feedback("not yet", str(reason))
        except Blank:
            pass
        except Exception as error:
            if "ellipsis" not in str(error).lower():
                return Feedback("not yet", _what_failed(error))
        return Feedback("not attempted", "Replace every ... in the cell above and run it, then run this cell again.")

    return checked


@contextmanager
def _state_restored() -> Iterator[None]:
    """Leave torch's random state, gradient mode and default dtype as they were, whatever an answer does to them."""
    state, gradients, dtype = torch.get_rng_state(), torch.is_grad_enabled(), torch.get_default_dtype()
    try:
        yield
    finally:
        torch.set_rng_state(state)
        torch.set_grad_enabled(gradients)
        torch.set_default_dtype(dtype)


def compare(
    name: str,
    answer: object,
    expected: object,
    *,
    tolerance: float = 1e-5,
    causes: dict[object, str] | Iterable[tuple[object, str]] = (),
) -> None:
    """Compare a tensor or number with the expected one: kind, then shape, then values; raise `NotYet` with what differs.

    `causes` are known wrong answers, computed on the spot, each with what leads to it. `tolerance` is absolute and relative.
    """
    if isinstance(answer, (np.generic, np.ndarray)) and answer.dtype.kind in "biuf":
        answer = torch.from_numpy(np.array(answer))
    if not isinstance(answer, (torch.Tensor, int, float)):
        kind = "a tensor" if isinstance(expected, torch.Tensor) else "a number"
        raise NotYet(f"{name}: expected {kind}, got {_kind(answer)}.")
    answer, expected = torch.as_tensor(answer).detach(), torch.as_tensor(expected).detach()
    causes = list(causes.items() if isinstance(causes, dict) else causes)
    likely = [cause for wrong, cause in causes if _close(answer, torch.as_tensor(wrong).detach(), tolerance)]
    because = f" The likely cause: {likely[0]}." if likely else ""
    if answer.shape != expected.shape:
        raise NotYet(f"{name}: expected shape {tuple(expected.shape)}, got shape {tuple(answer.shape)}.{because}")
    if _close(answer, expected, tolerance):
        return
    if expected.numel() == 1:
        raise NotYet(f"{name}: expected {_number(expected)}, got {_number(answer)}.{because}")
    difference = (answer.double() - expected.double()).abs()
    place = tuple(int(i) for i in torch.unravel_index(difference.nan_to_num(torch.inf).argmax(), difference.shape))
    raise NotYet(
        f"{name}: right shape, wrong values: at {list(place)} expected {_number(expected[place])}, "
        f"got {_number(answer[place])}.{because}"
    )


def compare_choices(
    answers: object, right: Mapping[str, str], choices: Collection[str], look_again: Mapping[str, str]
) -> None:
    """Compare answers chosen from a list, one a letter; of several wrong ones, say for the first what to look at again."""
    if not isinstance(answers, Mapping) or set(answers) != set(right):
        *most, last = (f'"{letter}"' for letter in right)
        raise NotYet(f"Give a dictionary with the keys {', '.join(most)} and {last}.")
    for letter in right:
        if answers[letter] not in choices:
            raise NotYet(f"{letter}: {answers[letter]!r} is none of those to choose from: {', '.join(choices)}.")
    wrong = [letter for letter in right if answers[letter] != right[letter]]
    if wrong:
        count = f"{len(right) - len(wrong)} of {len(right)}"
        raise NotYet(f"{count} are right. Look again at {wrong[0]}: {look_again[wrong[0]]}")


def fresh_generator() -> torch.Generator:
    """Return a source of random numbers that differ at every check; the notebook's own stay as they were."""
    generator = torch.Generator()
    generator.seed()
    return generator


class Blank(Exception):
    """The answer is still the stub."""


def watched(answer: object) -> object:
    """Return a function or class made to raise `Blank` where it comes upon the stub's `...`; a value as it is."""
    if inspect.isclass(answer):
        return _stub_detecting_class(answer)
    return _stub_detecting(answer) if inspect.isfunction(answer) else answer


def _stub_detecting_class(cls: type) -> type:
    """Return a subclass of the same name: a method that returns `...`, or an attribute that is `...`, is a blank."""
    methods = {name: _stub_detecting(item) for name, item in vars(cls).items() if inspect.isfunction(item)}

    def __init__(self: object, *arguments: object, **options: object) -> None:
        methods.get("__init__", cls.__init__)(self, *arguments, **options)
        if any(is_blank(value) for value in vars(self).values()):
            raise Blank

    namespace = {**methods, "__init__": functools.wraps(cls.__init__)(__init__)}
    return type(cls)(cls.__name__, (cls,), {**namespace, "__module__": cls.__module__, "__doc__": cls.__doc__})


def _stub_detecting(function: Callable) -> Callable:
    """Return the function, made to raise `Blank` where it hands back the stub's `...`."""

    @functools.wraps(function)
    def detecting(*arguments: object, **options: object) -> object:
        result = function(*arguments, **options)
        if is_blank(result) or (result is None and _is_stub(function)):
            raise Blank
        return result

    return detecting


def is_blank(answer: object) -> bool:
    """Return whether an answer is the stub's `...`, or holds one."""
    parts = answer.values() if isinstance(answer, dict) else answer
    return answer is ... or (isinstance(answer, (tuple, list, dict)) and any(part is ... for part in parts))


def _is_stub(function: Callable) -> bool:
    """Return whether a function's body does nothing: `...` compiles to loading and returning None."""
    code = getattr(function, "__code__", None)
    return code is not None and not code.co_names and set(code.co_consts) <= {None, ..., function.__doc__}


def _close(answer: torch.Tensor, expected: torch.Tensor, tolerance: float) -> bool:
    values = answer.double(), expected.double()
    return answer.shape == expected.shape and torch.allclose(*values, rtol=tolerance, atol=tolerance)


def _number(value: torch.Tensor) -> str:
    return f"{value.item():.5g}"


def _kind(answer: object) -> str:
    return "None (does the function return its result?)" if answer is None else with_article(type(answer).__name__)


def _what_failed(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if "ipykernel" in frame.filename or frame.filename.startswith("<")]
    where = f" in the line `{own[-1].line}`" if own and own[-1].line else ""
    return f"Your code raised {type(error).__name__}{where}: {error}"
