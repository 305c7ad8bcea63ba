"""What the checks of all exercises are made of: the feedback with its points, and the comparing of answers.

A check compares a learner's answer with one computed on the spot and returns `Feedback`, whose printed form is a sentence.
How the answer is called is in `battery`.
"""

from __future__ import annotations

import builtins
import difflib
import functools
import inspect
import re
import traceback
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from numbers import Real

import numpy as np
import torch
from torch import nn

from mlp_tutorial.lessons.shared.battery import (
    Blank,
    NotYet,
    Rules,
    everything_restored,
    guarded,
    is_blank,
    own_code,
    shown,
    watched,
    what_cuts,
)
from mlp_tutorial.utils.wording import with_article


class _Sealed(type):
    """A class whose attributes nobody replaces: `Feedback.passed = True` scores nothing."""

    closed = False

    def __setattr__(cls, name: str, value: object) -> None:
        if _Sealed.closed:
            raise AttributeError(f"{cls.__name__}.{name} cannot be set: it follows from the answer.")
        super().__setattr__(name, value)


@dataclass(frozen=True, repr=False)
class Feedback(metaclass=_Sealed):
    """The outcome of a check; printed, it is its message.

    Parameters
    ----------
    status : str
        "not attempted" while a `...` is left, "not yet" where something is wrong, or "correct".
    message : str
        What the learner reads after the status.
    points, of : int, default 0 and 1
        How many of the exercise's parts are right: 3 of 4 tasks, 2 of 3 gradients. `of` is the same for every answer to
        an exercise. An answer that is not written yet, or that nothing can be said of part by part (it raises, returns
        another kind of thing, or changes what it is handed), has 0 points.
    """

    status: str
    message: str
    points: int = 0
    of: int = 1

    @property
    def passed(self) -> bool:
        """Whether everything was right."""
        return self.status == "correct"

    def require(self) -> Feedback:
        """Return the feedback if everything was right; raise it as an `AssertionError` where not.

        Examples
        --------
        >>> Feedback("not yet", "The bias is missing.").require()
        Traceback (most recent call last):
            ...
        AssertionError: Not yet. The bias is missing.
        """
        if not self.passed:
            raise AssertionError(repr(self))
        return self

    def __repr__(self) -> str:
        words = {"not attempted": "Not attempted yet", "not yet": "Not yet", "correct": "Correct"}
        return f"{words[self.status]}. {self.message}"


_Sealed.closed = True


class _Marks:
    """What has been found so far in the parts of one answer."""

    def __init__(self) -> None:
        self.right, self.wrong = 0, []


_marks: ContextVar[_Marks] = ContextVar("marks")
#: The answers that the checks of each lesson ask for, by name: what a cell further up may define.
_ANSWERS: dict[str, set[str]] = {}


def check(
    function: Callable[..., str] | None = None,
    *,
    parts: int = 1,
    changes: Collection[str] = (),
    forbidden: Collection[str] = (),
    repeatable: bool = True,
) -> Callable[..., Feedback]:
    """Turn a function into a check.

    The function looks at a learner's answer, raises `NotYet` (or calls `compare`, which does) where it is
    wrong, and returns what to say when it is right. The check recognises an untouched stub, be it a value, a function
    or a class, and an exception in the learner's own code becomes part of the feedback. An answer that can be called is
    called under guard: what it must leave alone, and that it gives the same result twice, needs no line in the function.

    Parameters
    ----------
    function : callable
        Takes the answers, returns a sentence.
    parts : int, default 1
        Of how many parts the answer consists, each in a block `with part():`. Every right part is a point.
    changes : collection of str, default ()
        What the answer is there to change: "weights" or "mode" of a model, "inputs".
    forbidden : collection of str, default ()
        Names of torch's functions, such as "softmax", that the exercise asks to write.
    repeatable : bool, default True
        Whether the same arguments must give the same result.

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
    >>> check_double(lambda x: 2 * x).require()
    Correct. Twice three is six.
    """
    if function is None:
        options = {"parts": parts, "changes": changes, "forbidden": forbidden, "repeatable": repeatable}
        return functools.partial(check, **options)
    answers_of_lesson = _ANSWERS.setdefault(function.__module__.rpartition(".")[0], set())
    answers_of_lesson.update(function.__code__.co_varnames[: function.__code__.co_argcount])

    @functools.wraps(function)
    @everything_restored()
    def checked(*answers: object) -> Feedback:
        rules, marks = Rules(changes, forbidden, repeatable), _Marks()
        token = _marks.set(marks)
        try:
            if any(is_blank(answer) for answer in answers):
                raise Blank
            message = function(*(watched(answer, functools.partial(guarded, rules)) for answer in answers))
            if marks.wrong:
                raise marks.wrong[0]
            if rules.used:
                called = f"That calls PyTorch's {min(rules.used)}"
                raise NotYet(f"{called}. Write it yourself, from the pieces that it is made of.")
            notes = [*rules.notes, *(note for answer in answers if (note := _whose(answer)))]
            return Feedback("correct", " ".join([message, *notes]), parts, parts)
        except Blank:
            return _not_attempted(answers, parts)
        except Exception as error:
            if getattr(error, "from_answer", False) and "ellipsis" in str(error).lower():
                return _not_attempted(answers, parts)
            points = marks.right if marks.wrong and error is marks.wrong[0] else 0
            message = str(error) if isinstance(error, NotYet) else _what_failed(error, answers_of_lesson)
            return Feedback("not yet", message, points, parts)
        finally:
            _marks.reset(token)

    checked.parts = parts
    return checked


def _not_attempted(answers: Sequence[object], parts: int) -> Feedback:
    """Say where the dots are: in the answer, or in one of an earlier exercise that it calls."""
    code = getattr(inspect.unwrap(answers[0]), "__code__", None) if callable(answers[0]) else None
    if code is not None and ... not in code.co_consts:
        known = inspect.unwrap(answers[0]).__globals__
        for name in code.co_names:
            if ... in getattr(getattr(known.get(name), "__code__", None), "co_consts", ()):
                return Feedback(
                    "not yet", f"It calls {name}, which is not written yet: replace its ... first.", 0, parts
                )
    again = "Replace every ... in the cell above and run it, then run this cell again."
    return Feedback("not attempted", again, 0, parts)


def _whose(answer: object) -> str:
    """Return a sentence where an answer is not the learner's own, "" where it may be."""
    if not callable(answer):
        return ""  # a data set or a playground, of a class of the package, holds what the learner made of it
    code = inspect.unwrap(getattr(answer, "forward", answer))
    owner = (getattr(code, "__module__", None) or "").partition(".")[0]
    return {"mlp_tutorial": "(This is the package's own.)", "torch": "(This is PyTorch's own.)"}.get(owner, "")


@contextmanager
def part() -> Iterator[None]:
    """Look at one part of an answer, worth a point: what is wrong with it waits until all are looked at."""
    marks = _marks.get()
    try:
        yield
        marks.right += 1
    except Blank:
        raise
    except Exception as error:
        if "ellipsis" in str(error).lower():
            raise
        marks.wrong.append(error)


# Comparing --------------------------------------------------------------------------------------------------------


def compare(
    name: str,
    answer: object,
    expected: object,
    *,
    tolerance: float = 1e-5,
    causes: dict[object, str] | Iterable[tuple[object, str]] = (),
    on: Mapping[str, object] | None = None,
) -> None:
    """Compare a tensor or number with the expected one: kind, then shape, then values; raise `NotYet` with what differs.

    `causes` are known wrong answers, computed on the spot, each with what leads to it. `tolerance` is absolute and relative.
    `on` are the arguments, by name, that led to the answer: shown where they are short.
    """
    answer = as_tensor(name, answer, expected)
    expected = torch.as_tensor(expected).detach()
    causes = list(causes.items() if isinstance(causes, dict) else causes)
    likely = [cause for wrong, cause in causes if _close(answer, torch.as_tensor(wrong).detach(), tolerance)]
    because = f" The likely cause: {likely[0]}." if likely else ""
    if on and (inputs := _in_words(on)):
        because += f" Here {inputs}."
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


def check_is_class(model_class: object) -> None:
    """Raise `NotYet` unless an answer is a class of models."""
    model_class = inspect.unwrap(model_class) if callable(model_class) else model_class
    if isinstance(model_class, nn.Module):
        raise NotYet("Hand over the class itself, without brackets behind its name.")
    if not (isinstance(model_class, type) and issubclass(model_class, nn.Module)):
        raise NotYet("Expected a class that inherits from nn.Module: class MyModel(nn.Module).")


def as_tensor(name: str, answer: object, expected: object) -> torch.Tensor:
    """Return an answer's numbers, of whatever library they are; raise `NotYet` where it holds none."""
    if isinstance(answer, (np.generic, np.ndarray)) and answer.dtype.kind in "biuf":
        answer = torch.from_numpy(np.array(answer))
    if not isinstance(answer, (torch.Tensor, Real)):
        kind = "a tensor" if isinstance(expected, torch.Tensor) else "a number"
        raise NotYet(f"{name}: expected {kind}, got {_kind(answer)}.")
    return torch.as_tensor(answer if isinstance(answer, (torch.Tensor, int)) else float(answer)).detach()


def as_parts(answer: object, names: Sequence[str], nouns: str = "tensors") -> list[object]:
    """Return the parts of an answer that consists of several, in a tuple or a list; raise `NotYet` where it does not."""
    if isinstance(answer, (tuple, list)) and len(answer) == len(names):
        return list(answer)
    number = {2: "two", 3: "three"}[len(names)]
    if answer is None:
        came = "The function returns None: it ends without return"
    else:
        length = f" of {len(answer)}" if isinstance(answer, (tuple, list)) else ""
        came = f"The function returned {_kind(answer)}{length}"
    raise NotYet(f"Return {number} {nouns}, in this order: return {', '.join(names)}. {came}.")


#: Arguments of a call, by name, after what its result is called.
Case = tuple[str, Mapping[str, object]]


def compare_calls(
    answer: Callable,
    right: Callable,
    cases: Sequence[Case],
    mistakes: Sequence[tuple[Callable, str]] | Mapping[str, Sequence[tuple[Callable, str]]] = (),
    *,
    tolerance: float = 1e-5,
    gradients: Collection[str] = (),
) -> None:
    """Call a learner's function on every case beside the right one; raise `NotYet` at the first that differs.

    `mistakes` are functions of the same arguments, each with what leads to it; one is named only where it gives the
    answer's results in all cases. Put the smallest case first: its arguments are shown. Where the function returns
    several tensors, `mistakes` is a mapping from their names to the mistakes in each, `right` returns as many, and each is a
    `part`. `gradients` names the arguments to which those that come back through the answer are compared as well.
    """
    results, stopped = [], None
    for _, given in cases:
        try:
            results.append(answer(*_fresh(given)))
        except Exception as error:
            if not isinstance(error, (Blank, NotYet)):
                error.on = f" It was called with {inputs}." if (inputs := _in_words(given)) else ""
            stopped = error
            break
    if isinstance(mistakes, Mapping):
        rows = [as_parts(result, list(mistakes)) for result in results]
        for place, (key, known) in enumerate(mistakes.items()):
            with part():
                named = [(f"{key}{name and f', {name}'}", given) for name, given in cases]
                column = [row[place] for row in rows]
                if any(value is None for value in column):
                    raise NotYet(f"{key}: expected a tensor, got None.")
                _compare_results(column, lambda *a, place=place: right(*a)[place], named, known, tolerance)
                if stopped:
                    raise stopped
    else:
        _compare_results(results, right, cases, mistakes, tolerance)
    if stopped:
        raise stopped
    for name, given in cases if gradients else ():
        _compare_gradients(answer, right, name, given, gradients, tolerance)


def _compare_results(
    results: Sequence[object], right: Callable, cases: Sequence[Case], mistakes: Sequence, tolerance: float
) -> None:
    """Compare the results of the first cases, all that there are."""
    expected = [right(*_fresh(given)) for (_, given), _ in zip(cases, results, strict=False)]
    tensors = [as_tensor(name, *pair) for (name, _), *pair in zip(cases, results, expected, strict=False)]
    likely = [
        (mistake, cause)
        for mistake, cause in mistakes
        if all(_agrees(mistake, given, result, tolerance) for (_, given), result in zip(cases, tensors, strict=False))
    ]
    for (name, given), result, wanted in zip(cases, tensors, expected, strict=False):
        causes = [(mistake(*_fresh(given)), cause) for mistake, cause in likely[:1]]
        compare(name, result, wanted, tolerance=tolerance, causes=causes, on=given)


def _agrees(mistake: Callable, given: Mapping[str, object], result: torch.Tensor, tolerance: float) -> bool:
    try:
        wrong = torch.as_tensor(mistake(*_fresh(given))).detach()
    except (RuntimeError, IndexError, ValueError):
        return False  # the mistake cannot be made here
    return _close(result, wrong, tolerance)


def _fresh(given: Mapping[str, object], gradients: Collection[str] = ()) -> list[object]:
    """Return copies of arguments; those named in `gradients` are followed."""

    def copy(value: object) -> object:
        if isinstance(value, torch.Tensor):
            return value.detach().clone()
        return type(value)(map(copy, value)) if isinstance(value, (list, tuple)) else value

    return [copy(value).requires_grad_() if key in gradients else copy(value) for key, value in given.items()]


def _compare_gradients(
    answer: Callable,
    right: Callable,
    name: str,
    given: Mapping[str, object],
    gradients: Collection[str],
    tolerance: float,
) -> None:
    """Compare what comes back to some arguments through the answer and through the right function."""
    slopes, names = [], [key for key in given if key in gradients]
    for function in (right, answer):
        arguments = _fresh(given, gradients)
        leaves = [one for key, one in zip(given, arguments, strict=True) if key in gradients]
        result = function(*arguments)
        if not (isinstance(result, torch.Tensor) and result.requires_grad):
            cut = what_cuts(answer, *arguments)
            raise NotYet(
                f"{name}: the values are right, but no gradient comes back, so nothing before it could be trained. "
                f"Something cuts the graph: {cut}."
            )
        weights = torch.linspace(1, 2, result.numel(), dtype=result.dtype).reshape(result.shape)
        options = {"allow_unused": True, "materialize_grads": True}
        slopes.append(own_code(torch.autograd.grad, (result * weights).sum(), leaves, **options))
    for key, expected, got in zip(names, *slopes, strict=True):
        if expected.any() and not got.any():
            cut = what_cuts(answer, *_fresh(given, gradients))
            raise NotYet(f"{name}: no gradient comes back to {key}. Something cuts the graph: {cut}.")
        compare(f"the gradient of {name} by {key}", got, expected, tolerance=10 * tolerance, on=given)


def compare_trained(name: str, model: nn.Module, reference: nn.Module, *inputs: torch.Tensor) -> None:
    """Compare the gradients that two models with the same weights get from the same inputs; raise `NotYet` where they differ."""
    gradients = []
    for one in (reference, model):
        one.zero_grad(set_to_none=True)
        outputs = own_code(one, *inputs)
        if not outputs.requires_grad:
            frozen = [key for key, parameter in one.named_parameters() if not parameter.requires_grad]
            cut = f"{frozen[0]} has requires_grad=False" if frozen else what_cuts(one, *inputs)
            raise NotYet(
                f"{name}: no gradient comes back to the weights, so the model cannot be trained. The cause: {cut}."
            )
        weights = torch.linspace(1, 2, outputs.numel()).reshape(outputs.shape)
        own_code((outputs * weights).sum().backward)
        gradients.append({key: parameter.grad for key, parameter in one.named_parameters()})
    for key, expected in gradients[0].items():
        if gradients[1][key] is None:
            frozen = not dict(model.named_parameters())[key].requires_grad
            cut = "it has requires_grad=False" if frozen else f"something cuts the graph: {what_cuts(model, *inputs)}"
            raise NotYet(f"{name}: no gradient comes back to {key}, so it would never learn: {cut}.")
        compare(f"{name}: the gradient of {key}", gradients[1][key], expected, tolerance=1e-4)


def compare_choices(
    answers: object, right: Mapping[str, str], choices: Collection[str], look_again: Mapping[str, str]
) -> None:
    """Compare answers chosen from a list, one a letter, each a `part`; of several wrong ones, say for the first what to look at."""
    if not isinstance(answers, Mapping) or set(answers) != set(right):
        *most, last = (f'"{letter}"' for letter in right)
        raise NotYet(f"Give a dictionary with the keys {', '.join(most)} and {last}.")
    count = f"{sum(answers[letter] == right[letter] for letter in right)} of {len(right)}"
    for letter in right:
        if answers[letter] not in choices:
            raise NotYet(f"{letter}: {answers[letter]!r} is none of those to choose from: {', '.join(choices)}.")
    for letter in right:
        with part():
            if answers[letter] != right[letter]:
                raise NotYet(f"{count} are right. Look again at {letter}: {look_again[letter]}")


def generator(seed: int = 0) -> torch.Generator:
    """Return a source of random numbers of its own: the same problems at every check, the notebook's numbers untouched."""
    return torch.Generator().manual_seed(1000 + seed)


def _close(answer: torch.Tensor, expected: torch.Tensor, tolerance: float) -> bool:
    values = answer.double(), expected.double()
    return answer.shape == expected.shape and torch.allclose(*values, rtol=tolerance, atol=tolerance, equal_nan=True)


def _in_words(given: Mapping[str, object]) -> str:
    """Return the arguments of a call as a learner can type them, "" where that would be long."""
    words = ", ".join(f"{key} = {shown(value, 80)}" for key, value in given.items())
    return "" if "a tensor of shape" in words or "…" in words else words


def _number(value: torch.Tensor) -> str:
    return f"{value.item():.5g}"


def _kind(answer: object) -> str:
    return "None (does the function return its result?)" if answer is None else with_article(type(answer).__name__)


# What went wrong in the learner's code -----------------------------------------------------------------------------

#: Of what PyTorch says, a pattern, and what to do.
_ADVICE = (
    (
        "Boolean value of Tensor|truth value of an array",
        "`if`, `and` and `max` ask one number whether it is true; a tensor holds many. "
        "Choose number by number: torch.where(z > 0, …, …), or torch.clamp, torch.maximum.",
    ),
    (
        "can be converted to|must be real number|Tensor to (a )?Number",
        "The functions of `math` and float() take one number; a tensor holds many: use torch's.",
    ),
    (
        "in-place operation|inplace operation",
        "A tensor is changed in place (as -=, [...] = and names with _ at the end do) that a gradient has to pass "
        "through. Make a new tensor: x = x - …",
    ),
    (r"Can't call numpy\(\)", "NumPy knows no gradients: use torch's functions."),
    ("bitwise_xor|for \\^", "A power is written **: ^ is something else in Python."),
    (
        "cannot be multiplied|inconsistent tensor size",
        "In a matrix product the two inner sizes must agree; .T turns a matrix over.",
    ),
    (
        "required positional argument|positional arguments? but",
        "Keep the arguments of the function as they were in the exercise.",
    ),
    ("maximum recursion depth", "The function calls itself without end."),
    (
        'missing the required "forward"',
        "A ModuleList is a list, and a class needs its own forward: call layer after layer, in a loop.",
    ),
)

#: What the notebooks import or define above their exercises.
KNOWN_NAMES = frozenset(
    "torch nn F np pd math time plt pairwise NeuralNetworkModel Dataset PENGUINS_FILE MyModel ActivationModel".split()
)
#: What checks call their answers where the notebooks call them otherwise.
_NOT_IN_NOTEBOOKS = {"model_class", "hidden_sizes", "numbers", "activation", "dataset", "card"}


def _what_failed(error: Exception, answers_of_lesson: Collection[str]) -> str:
    if not getattr(error, "from_answer", False):
        kind = f"{type(error).__name__}: {error}"
        return f"The check cannot work with this answer ({kind}). Compare its type and shape with what the exercise asks for."
    if isinstance(error, NameError) and getattr(error, "name", None):
        return _missing_name(error, KNOWN_NAMES | answers_of_lesson - _NOT_IN_NOTEBOOKS)
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if "ipykernel" in frame.filename or frame.filename.startswith("<")]
    where = f" in the line `{own[-1].line}`" if own and own[-1].line else ""
    said = str(error).rstrip()
    advice = next((f" {words}" for pattern, words in _ADVICE if re.search(pattern, said)), "")
    stop = "" if not said or said.endswith((".", "!", "?")) or not (advice or hasattr(error, "on")) else "."
    return f"Your code raised {type(error).__name__}{where}: {said}{stop}{advice}{getattr(error, 'on', '')}"


def _missing_name(error: NameError, known: Collection[str]) -> str:
    """Say whether a name was misspelt, or comes from a cell that has not run since the kernel started."""
    *_, (frame, _) = traceback.walk_tb(error.__traceback__)
    names = {*frame.f_locals, *frame.f_globals, *vars(builtins), *known}
    near = "".join(f" Did you mean {name!r}?" for name in difflib.get_close_matches(error.name, names, 1, 0.7))
    if isinstance(error, UnboundLocalError):
        return f"Your code uses {error.name} before it gives it a value."
    if error.name in known or (not near and "torch" not in frame.f_globals):
        return (
            f"Your code uses {error.name}, which a cell above defines, and that has not run since the kernel started. Run "
            "the cells above first: Run → Run All Above Selected Cell."
        )
    return f"Your code uses {error.name}, a name that does not exist.{near}"
