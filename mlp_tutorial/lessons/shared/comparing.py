"""How the checks compare a learner's answer with the right one: values, gradients, and the mistakes that are known.

What differs is raised as `NotYet`, with its cause where that is certain, and with arguments small enough to compute with.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import nullcontext
from numbers import Real

import numpy as np
import torch
from torch import nn

from mlp_tutorial.lessons.shared.battery import Blank, NotYet, own_code, same, shown, what_cuts
from mlp_tutorial.lessons.shared.checks import current_marks, part
from mlp_tutorial.utils.wording import with_article


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
    tensor = torch.as_tensor(answer if isinstance(answer, (torch.Tensor, int)) else float(answer)).detach().to_dense()
    if tensor.is_complex():
        raise NotYet(f"{name}: expected real numbers, got complex ones.")
    return tensor


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
    mistakes: str | Mapping[str, str] = "",
    *,
    shorthand: Callable[..., dict[str, object]] | None = None,
    tolerance: float = 1e-5,
    gradients: Collection[str] = (),
    also: Sequence[Case] = (),
) -> None:
    """Call a learner's function on every case beside the right one; raise `NotYet` at the first that differs.

    `mistakes` is a table: a line of code as a learner would write it, in the names of `right`'s arguments, and after a #
    what leads to it. The code may use `right`, the right result, what the lesson's module knows, and the names that
    `shorthand` returns for the same arguments. A mistake is named only where it gives the answer's results in all cases.
    Put the smallest case first: its arguments are shown. Where the function returns several tensors, `mistakes` maps their
    names to a table for each, `right` returns as many, and each is a `part`. `gradients` names the arguments to which those
    that come back through the answer are compared as well. `also` are cases of other parts, in which the answer has to
    make a mistake too, or to be right, for it to be named.
    """
    results, stopped, cases = [], None, [*cases, *_turned(cases)]
    for _, given in cases:
        try:
            results.append(answer(*_fresh(given)))
        except Exception as error:
            if not isinstance(error, (Blank, NotYet)):
                error.on = f" It was called with {inputs}." if (inputs := _in_words(given)) else ""
            stopped = error
            break
    tables = {None: mistakes} if isinstance(mistakes, str) else mistakes
    for place, (key, table) in enumerate(tables.items()):
        column, right_part, named = results, right, cases
        if key is not None:
            column = [as_parts(result, list(tables))[place] for result in results]
            named = [(key, given) for _, given in cases]

            def right_part(*given: object, place: int = place) -> object:
                return right(*given)[place]

        with nullcontext() if key is None else part():
            if key is not None and any(value is None for value in column):
                raise NotYet(f"{key}: expected a tensor, got None.")
            known = [
                (mistake, cause)
                for mistake, cause in _known_mistakes(table, right, right_part, shorthand)
                if all(_makes(answer, (mistake, right_part), given, tolerance) for _, given in also)
            ]
            _compare_results(column, right_part, named, known, tolerance)
            if stopped:
                raise stopped
    for name, given in cases if gradients else ():
        _compare_gradients(answer, right, name, given, gradients, tolerance)


def _turned(cases: Sequence[Case]) -> list[Case]:
    """Return the last case that turning its tensors end for end changes, so turned: a shape seen before, other numbers."""
    for name, given in reversed(cases):
        turned = {
            key: value.flatten().flip(0).reshape(value.shape) if isinstance(value, torch.Tensor) else value
            for key, value in given.items()
        }
        if not all(map(same, given.values(), turned.values())):
            return [(name, turned)]
    return []


def _known_mistakes(
    table: str, right: Callable, right_part: Callable, shorthand: Callable | None
) -> list[tuple[Callable, str]]:
    """Return the functions that a table of mistakes stands for, each with what leads to it."""
    rows: list[tuple[str, list[str]]] = []
    for line in table.strip().splitlines():
        code, _, words = line.partition("#")
        if code.strip():
            rows.append((code.strip(), []))
        rows[-1][1].append(words.strip())
    signature, module = inspect.signature(right), current_marks.get().names

    def mistake(code: str) -> Callable:
        def wrong(*given: object) -> object:
            arguments = signature.bind(*given)
            arguments.apply_defaults()
            names = {**module, **arguments.arguments, "right": right_part(*given)}
            return eval(code, {**names, **(shorthand(*given) if shorthand else {})})

        return wrong

    return [(mistake(code), " ".join(filter(None, words))) for code, words in rows]


def _compare_results(
    results: Sequence[object], right: Callable, cases: Sequence[Case], mistakes: Sequence, tolerance: float
) -> None:
    """Compare the results of the first cases, all that there are."""
    expected = [right(*_fresh(given)) for (_, given), _ in zip(cases, results, strict=False)]
    tensors = [as_tensor(name, *pair) for (name, _), *pair in zip(cases, results, expected, strict=False)]
    if all(
        _close(one, torch.as_tensor(other).detach(), tolerance) for one, other in zip(tensors, expected, strict=True)
    ):
        return
    likely = [
        (mistake, cause)
        for mistake, cause in mistakes
        if all(_agrees(mistake, given, result, tolerance) for (_, given), result in zip(cases, tensors, strict=False))
    ]
    for (name, given), result, wanted in zip(cases, tensors, expected, strict=False):
        causes = [(mistake(*_fresh(given)), cause) for mistake, cause in likely[:1]]
        compare(name, result, wanted, tolerance=tolerance, causes=causes, on=given)


def _makes(answer: Callable, ways: Sequence[Callable], given: Mapping[str, object], tolerance: float) -> bool:
    """Return whether an answer goes one of some ways in one more case; one that raises there does not."""
    try:
        result = as_tensor("", answer(*_fresh(given)), 0)
    except Exception:
        return False
    return any(_agrees(way, given, result, tolerance) for way in ways)


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
    """Compare the gradients that two models with the same weights get; raise `NotYet` where they differ."""
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
    """Compare answers chosen from a list, one a letter, each a `part`; say for the first wrong one what to look at."""
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


_problems = {"seed": 0}


def draw_fresh_problems(seed: int) -> None:
    """Make all checks of this process draw other problems than the learners' checks do, whose seed is 0."""
    _problems["seed"] = seed


def problem_seed(seed: int = 0) -> int:
    """Return the seed of a problem: always the same for learners, another in every grading."""
    return seed + _problems["seed"]


def generator(seed: int = 0) -> torch.Generator:
    """Return a source of random numbers of its own: the same problems at every check, the notebook's numbers untouched."""
    return torch.Generator().manual_seed(problem_seed(1000 + seed))


def whole_numbers(draw: torch.Generator, low: int, high: int, number: int) -> list[int]:
    """Draw some whole numbers from `low` to `high`."""
    return torch.randint(low, high + 1, (number,), generator=draw).tolist()


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
