"""The outcome of a check, with its points, and what a check raises on its way there.

It loads no torch: whoever grades asks for it without running an answer.
"""

from __future__ import annotations

from dataclasses import dataclass


class NotYet(Exception):
    """Raised inside a check: the answer is wrong, and this says why."""


class Blank(Exception):
    """The answer is still the stub."""


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
