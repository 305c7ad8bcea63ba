"""How the checks compare a learner's function with the right one: results, gradients, and the mistakes that are known."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import nullcontext

import torch

from mlp_tutorial.lessons.shared.checks import current_marks, part
from mlp_tutorial.lessons.shared.comparing import as_parts, as_tensor, close, compare
from mlp_tutorial.lessons.shared.feedback import Blank, NotYet
from mlp_tutorial.lessons.shared.listening import what_cuts
from mlp_tutorial.lessons.shared.unwritten import own_code
from mlp_tutorial.lessons.shared.values import copied, in_words, same

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
    handed: dict[object, torch.Tensor] = {}
    for _, given in cases:
        try:
            results.append(copied(answer(*_in_the_same(handed, _fresh(given)))))
        except (Blank, NotYet):
            raise
        except Exception as error:
            error.on = f" It was called with {inputs}." if (inputs := in_words(given)) else ""
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
    """Return the last case that turning one of its tensors end for end changes, so turned: a shape seen before."""
    for name, given in reversed(cases):
        for key, value in given.items():
            if isinstance(value, torch.Tensor) and not same(
                value, turned := value.flatten().flip(0).reshape(value.shape)
            ):
                return [(f"{name}, called again with other numbers in the same tensors", {**given, key: turned})]
    return []


def _in_the_same(handed: dict[object, torch.Tensor], arguments: list[object]) -> list[object]:
    """Return a call's arguments, in the tensors that an earlier call was handed where there are any of their shapes."""
    return [
        handed.setdefault((place, one.shape, one.dtype), one).copy_(one) if isinstance(one, torch.Tensor) else one
        for place, one in enumerate(arguments)
    ]


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
        close(one, torch.as_tensor(other).detach(), tolerance) for one, other in zip(tensors, expected, strict=True)
    ):
        return
    likely = [
        (mistake, cause)
        for mistake, cause in mistakes
        if all(_agrees(mistake, given, result, tolerance) for (_, given), result in zip(cases, tensors, strict=False))
    ]
    pairs = [*zip(tensors, map(torch.as_tensor, expected), strict=True)]
    reshaped = all(
        one.numel() == other.numel() and close(one.flatten(), other.flatten(), tolerance) for one, other in pairs
    )
    for (name, given), result, wanted in zip(cases, tensors, expected, strict=False):
        causes = [(mistake(*_fresh(given)), cause) for mistake, cause in likely[:1]]
        compare(name, result, wanted, tolerance=tolerance, causes=causes, on=given, reshaped=reshaped)


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
    return close(result, wrong, tolerance)


def _fresh(given: Mapping[str, object], gradients: Collection[str] = ()) -> list[object]:
    """Return copies of arguments; those named in `gradients` are followed."""
    return [copied(value).requires_grad_() if key in gradients else copied(value) for key, value in given.items()]


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
