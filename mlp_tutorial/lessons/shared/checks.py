"""What makes a check of a function: its parts, and what is no answer yet.

A check compares a learner's answer with one computed on the spot and returns `Feedback`. How the answer
is called stands in `guard`, how it is compared in `comparing`, what an error means in `explanations`.
"""

from __future__ import annotations

import dis
import functools
import inspect
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from types import CodeType

import torch

from mlp_tutorial.lessons.shared.explanations import what_failed
from mlp_tutorial.lessons.shared.feedback import Blank, Feedback, NotYet
from mlp_tutorial.lessons.shared.guard import Rules, guarded
from mlp_tutorial.lessons.shared.torch_state import everything_restored
from mlp_tutorial.lessons.shared.unwritten import is_blank, watched
from mlp_tutorial.lessons.shared.values import shown


class _Marks:
    """What has been found so far in the parts of one answer."""

    def __init__(self, names: Mapping[str, object]) -> None:
        self.right, self.wrong, self.names = 0, [], names


current_marks: ContextVar[_Marks] = ContextVar("current_marks")
#: The answers that the checks of each lesson ask for, by name: what a cell further up may define.
_ANSWERS: dict[str, set[str]] = {}


def check(
    function: Callable[..., str] | None = None,
    *,
    parts: int = 1,
    changes: Collection[str] = (),
    forbidden: Collection[str] = (),
    ready_made: Collection[str] = (),
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
    ready_made : collection of str, default ()
        Names of torch's functions that do the whole exercise. An answer may call them, and the feedback names them.
    repeatable : bool, default True
        Whether the same arguments must give the same result.

    Examples
    --------
    >>> from mlp_tutorial.lessons.shared.comparing import compare
    >>> @check
    ... def check_double(double):
    ...     compare("double(3)", double(3), 6, causes={9: "you squared it"})
    ...     return "Twice three is six."
    >>> check_double(lambda x: ...)
    Not attempted yet. Replace every ... in the cell above and run it, then run this cell again.
    >>> check_double(lambda x: x * x)
    Not yet. double(3): expected 6, got 9. The likely cause: you squared it.
    >>> check_double(lambda x: 2 * x).require().points
    1
    """
    if function is None:
        options = {"changes": changes, "forbidden": forbidden, "ready_made": ready_made, "repeatable": repeatable}
        return functools.partial(check, parts=parts, **options)
    answers_of_lesson = _ANSWERS.setdefault(function.__module__.rpartition(".")[0], set())
    answers_of_lesson.update(function.__code__.co_varnames[: function.__code__.co_argcount])

    @functools.wraps(function)
    @everything_restored()
    def checked(*answers: object) -> Feedback:
        rules, marks = Rules(changes, forbidden, ready_made, repeatable), _Marks(function.__globals__)
        token = current_marks.set(marks)
        try:
            if any(is_blank(answer) for answer in answers):
                raise Blank
            _compare_kinds(function.__annotations__, answers)
            message = function(*(watched(answer, functools.partial(guarded, rules)) for answer in answers))
            if marks.wrong:
                raise marks.wrong[0]
            if avoided := sorted(rules.used & set(forbidden)):
                raise NotYet(
                    f"That calls PyTorch's {avoided[0]}. Write it yourself, from the pieces that it is made of."
                )
            notes = [*rules.notes, *(note for answer in answers if (note := _whose(answer)))]
            notes += [f"(It leaves the work to PyTorch's {name}.)" for name in sorted(rules.used)]
            return Feedback("correct", " ".join([message, *notes]), parts, parts)
        except Blank:
            return _not_attempted(answers, parts)
        except Exception as error:
            if getattr(error, "from_answer", False) and "ellipsis" in str(error).lower():
                return _not_attempted(answers, parts)
            points = marks.right if marks.wrong and error is marks.wrong[0] else 0
            message = str(error) if isinstance(error, NotYet) else what_failed(error, answers_of_lesson)
            return Feedback("not yet", message, points, parts)
        finally:
            current_marks.reset(token)

    checked.parts = parts
    return checked


def _not_attempted(answers: Sequence[object], parts: int) -> Feedback:
    """Say where the dots are: in the answer, or in one of an earlier exercise that it calls."""
    code = getattr(inspect.unwrap(answers[0]), "__code__", None) if callable(answers[0]) else None
    if code is not None and ... not in code.co_consts:
        known = inspect.unwrap(answers[0]).__globals__
        for name in _names_in(code):
            if ... in getattr(getattr(known.get(name), "__code__", None), "co_consts", ()):
                return Feedback(
                    "not yet", f"It calls {name}, which is not written yet: replace its ... first.", 0, parts
                )
    again = "Replace every ... in the cell above and run it, then run this cell again."
    return Feedback("not attempted", again, 0, parts)


def _names_in(code: CodeType) -> Iterator[str]:
    """Yield the names that a function takes from outside, those in its comprehensions and inner functions too."""
    yield from (one.argval for one in dis.get_instructions(code) if one.opname == "LOAD_GLOBAL")
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _names_in(inner)


#: Annotations of answers that are functions.
_FUNCTIONS = ("Callable", "Criterion", "WeightedLoss")


def _compare_kinds(annotations: Mapping[str, str], answers: Sequence[object]) -> None:
    """Raise `NotYet` where a function is asked for, and something else is given."""
    for (name, annotation), answer in zip(annotations.items(), answers, strict=False):
        if str(annotation).startswith(_FUNCTIONS) and (inspect.isclass(answer) or not callable(answer)):
            kind = f"the class {answer.__name__}" if inspect.isclass(answer) else shown(answer)
            what_to_do = "Hand over its name, without brackets behind it."
            if inspect.isclass(answer):
                made = f"Make one of it, with brackets: {answer.__name__}()."
                what_to_do = made if "__call__" in dir(answer) else "Write it with def."
            raise NotYet(f"{name} must be a function; it is {kind}. {what_to_do}")


def _whose(answer: object) -> str:
    """Return a sentence where an answer is not the learner's own, or calls a function of the package; "" where not."""
    if not callable(answer):
        return ""
    code = inspect.unwrap(getattr(answer, "forward", answer))
    owner = _package_of(code)
    if owner in ("mlp_tutorial", "torch"):
        return f"(This is {'the package' if owner == 'mlp_tutorial' else 'PyTorch'}'s own.)"
    known = getattr(code, "__globals__", {})
    called = [known.get(name) for name in (_names_in(code.__code__) if hasattr(code, "__code__") else ())]
    ready = [one.__name__ for one in called if inspect.isfunction(one) and _package_of(one) == "mlp_tutorial"]
    return f"(It calls the package's {ready[0]}.)" if ready else ""


def _package_of(code: object) -> str:
    maker = getattr(code, "__self__", None)  # of the apply of a learner's autograd.Function
    code = maker if isinstance(maker, torch.autograd.function.FunctionMeta) else code
    return (getattr(code, "__module__", None) or "").partition(".")[0]


@contextmanager
def part() -> Iterator[None]:
    """Look at one part of an answer, worth a point: what is wrong with it waits until all are looked at."""
    marks = current_marks.get()
    try:
        yield
        marks.right += 1
    except Blank:
        raise
    except Exception as error:
        if "ellipsis" in str(error).lower():
            raise
        marks.wrong.append(error)
