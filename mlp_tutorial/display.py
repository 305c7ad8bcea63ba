"""One setting for the back of the room: how large pictures, sliders and their text are shown.

    from mlp_tutorial.display import set_scale
    set_scale(1.5)

For all lessons at once, set the environment variable MLP_TUTORIAL_SCALE before JupyterLab starts.
"""

from __future__ import annotations

import os
import sys

#: Picture elements an inch of a figure, at scale 1.
DOTS_PER_INCH = 100
SMALLEST, LARGEST = 0.5, 3.0


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
    _chosen["scale"] = _checked(factor)
    scale_stills()


def scale() -> float:
    """Return the factor by which everything is shown larger."""
    return _chosen["scale"]


def dots_per_inch() -> float:
    """Return the resolution that figures are drawn with."""
    return DOTS_PER_INCH * scale()


def pixels(number: float) -> str:
    """Return a length on the screen as CSS has it, scaled.

    Examples
    --------
    >>> pixels(84)
    '84px'
    """
    return f"{round(number * scale())}px"


def scale_stills() -> None:
    """Let the notebook draw figures at the chosen scale, whatever resolution they were made with."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is None or not hasattr(shell, "kernel"):
        return
    from IPython.core.pylabtools import select_figure_formats
    from matplotlib_inline.config import InlineBackend

    inline = InlineBackend.instance(parent=shell)
    others = {name: value for name, value in inline.print_figure_kwargs.items() if name != "dpi"}
    inline.print_figure_kwargs = others if scale() == 1 else {**others, "dpi": dots_per_inch()}
    select_figure_formats(shell, inline.figure_formats, **inline.print_figure_kwargs)


def _checked(factor: object) -> float:
    try:
        number = float(factor)
    except (TypeError, ValueError):
        number = 0.0
    if not SMALLEST <= number <= LARGEST:
        raise ValueError(
            f"The scale must be a number between {SMALLEST:g} and {LARGEST:g}, such as 1.5; it is {factor!r}."
        )
    return number


_chosen = {"scale": _checked(os.environ.get("MLP_TUTORIAL_SCALE") or 1)}
