"""Settings for who reads: how large everything is shown, how fine, and whether sliders or fields stand above the pictures.

    from .display import set_controls, set_scale
    set_scale(1.5)
    set_controls("fields")

For all lessons at once, set the environment variables MLP_TUTORIAL_SCALE and MLP_TUTORIAL_CONTROLS before JupyterLab starts.
MLP_TUTORIAL_DENSITY=1 saves the time of fine pictures where many learners share one machine.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from .utils.errors import check_known

#: Picture elements an inch of a figure, at scale 1.
DOTS_PER_INCH = 100


def set_scale(factor: float) -> None:
    """Show everything that is made from now on larger or smaller; what is on the screen stays as it is.

    Parameters
    ----------
    factor : float
        1 is the usual size; 1.5 can be read from the back of a classroom. Layouts stay the same.

    Raises
    ------
    ValueError
        If the factor is not between 0.5 and 3.
    """
    _chosen["scale"] = checked_scale(factor)
    for answer in _answers:
        answer()


def scale() -> float:
    """Return the factor by which everything is shown larger."""
    return _chosen["scale"]


def density() -> int:
    """Return how many dots a picture at rest has for each pixel of its width, at scale 1: 2, for fine displays, or 1."""
    return _chosen["density"]


def set_controls(kind: str) -> None:
    """Give every explorer that is made from now on sliders, or fields that need no mouse and no sight.

    Parameters
    ----------
    kind : {"sliders", "fields"}
        With "fields" each slider is a field or a menu with a name that screen readers say, each picture is described in a
        sentence, and the status line is announced when a run ends.

    Raises
    ------
    ValueError
        If the kind is unknown.
    """
    _chosen["controls"] = _known(kind)


def has_fields() -> bool:
    """Return whether fields take the place of sliders."""
    return _chosen["controls"] == "fields"


def when_scaled(answer: Callable[[], object]) -> None:
    """Call a function whenever the scale is set; at once, if it has been set already."""
    _answers.append(answer)
    if scale() != 1:
        answer()


def dots_per_inch() -> float:
    """Return the resolution that figures are drawn with."""
    return DOTS_PER_INCH * scale()


def pixels(number: float) -> str:
    """Return a length on the screen as CSS has it, which grows with the explorer around it."""
    return f"calc({number}px * var(--mlp-scale, 1))"


def checked_scale(factor: object) -> float:
    """Return a factor of size, if it is one."""
    try:
        number = float(factor)
    except (TypeError, ValueError):
        number = 0.0
    if not 0.5 <= number <= 3:
        raise ValueError(f"The scale must be a number between 0.5 and 3, such as 1.5; it is {factor!r}.")
    return number


def _checked_density(number: str) -> int:
    if number not in ("1", "2"):
        raise ValueError(f"MLP_TUTORIAL_DENSITY must be 1 or 2, dots for each pixel; it is {number!r}.")
    return int(number)


def _known(kind: object) -> object:
    check_known("kind of controls", kind, ("sliders", "fields"))
    return kind


_answers: list[Callable[[], object]] = []
_chosen = {
    "scale": checked_scale(os.environ.get("MLP_TUTORIAL_SCALE") or 1),
    "density": _checked_density(os.environ.get("MLP_TUTORIAL_DENSITY") or "2"),
    "controls": _known(os.environ.get("MLP_TUTORIAL_CONTROLS") or "sliders"),
}
