"""Finding what is not written yet: an answer that is the stub's `...`, holds it, or comes upon it while it runs."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable

from mlp_tutorial.lessons.shared.feedback import Blank, NotYet


def is_blank(answer: object) -> bool:
    """Return whether an answer is the stub's `...`, or holds one."""
    parts = answer.values() if isinstance(answer, dict) else answer
    return answer is ... or (isinstance(answer, (tuple, list, dict)) and any(map(is_blank, parts)))


def watched(answer: object, guard: Callable[..., Callable] = lambda function, **options: function) -> object:
    """Return a function or class made to raise `Blank` where it comes upon the stub's `...`; a value as it is.

    `guard` is put around the function, or around the class's `forward` and, with `once=True`, its `__init__`.
    """
    if inspect.isclass(answer):
        return _watched_class(answer, guard)
    return guard(_blanks_found(answer)) if callable(answer) else answer


def _watched_class(cls: type, guard: Callable[..., Callable]) -> type:
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
        build = methods.get("__init__") or _blanks_found(cls.__init__)
        guard(functools.partial(build, self), once=True)(*arguments, **options)
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
    except SystemExit:
        raise NotYet("Your code ends the whole program, by exit() or SystemExit: return from the function.") from None


def _is_stub(function: Callable) -> bool:
    """Return whether a function's body is `...` or a docstring alone: both compile to returning None."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    return code is not None and not code.co_names and not code.co_cellvars and _does_nothing(code)


def _does_nothing(code: object) -> bool:
    import dis

    idle = {"RESUME", "NOP", "LOAD_CONST", "RETURN_VALUE", "RETURN_CONST", "POP_TOP"}
    return all(instruction.opname in idle for instruction in dis.get_instructions(code))
