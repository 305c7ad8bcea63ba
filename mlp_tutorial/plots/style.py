"""How every figure looks: style sheet, palette, and the makers of figures."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import matplotlib
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.font_manager import get_font_names

from ..display import DOTS_PER_INCH, dots_per_inch, scale, when_scaled

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: The one style sheet: matplotlib settings that every figure is made with.
STYLE: dict[str, object] = {
    "font.size": 9,
    "axes.titlesize": 9,
    "axes.labelsize": 9,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "legend.fontsize": 7.5,
    "legend.frameon": True,
    "legend.framealpha": 0.85,
    "legend.edgecolor": "none",
    "legend.borderaxespad": 0.3,
    "axes.grid": True,
    "grid.color": "#e4e4e4",
    "grid.linewidth": 0.6,
    "axes.axisbelow": True,
    "figure.facecolor": "white",
    "axes.facecolor": "white",
    "savefig.facecolor": "white",
    "lines.linewidth": 1.8,
}

#: Fonts with the letters of many languages, those that this machine has: matplotlib takes from them what its own lacks.
OTHER_FONTS = [
    font
    for font in (
        *("Noto Sans CJK JP", "Noto Sans CJK SC", "Noto Sans CJK KR", "Hiragino Sans", "Yu Gothic", "Microsoft YaHei"),
        *("Malgun Gothic", "Apple SD Gothic Neo", "Noto Sans Devanagari", "Nirmala UI", "Arial Unicode MS"),
    )
    if font in get_font_names()
]
if OTHER_FONTS:
    STYLE["font.family"] = [*matplotlib.rcParams["font.family"], *OTHER_FONTS]

#: Colours that stay apart for colour-blind readers (Okabe and Ito, 2008).
_OKABE_AND_ITO = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
#: A colour for each class, and a marker as a second cue.
CLASS_COLOURS = (*_OKABE_AND_ITO, "#7F6000", "#999999", "#882255")
CLASS_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "*")

#: Blue below zero, white at zero, orange above: pale enough for dark text, and apart for colour-blind readers.
BELOW_AND_ABOVE_ZERO = LinearSegmentedColormap.from_list("below and above zero", ["#7DB4DC", "#FFFFFF", "#F3A35C"])

TRAINING_COLOUR, VALIDATION_COLOUR = "#0072B2", "#D55E00"
PINNED_COLOURS = ("#009E73", "#CC79A7", "#7F6000", "#56B4E9")


class Picture:
    """What every picture is: artists made once from data, never from an explorer, and brought up to date by `update`.

    `update(...)` returns whether anything but the moving artists has changed (an axis, a legend): the background that a
    live picture keeps has then to be drawn anew.
    """

    moving: list[Artist]  # from back to front
    _background: object = None

    def changed(self, key: object) -> bool:
        """Return whether the background was drawn for another key; from now on it counts as drawn for this one."""
        changed, self._background = key != self._background, key
        return changed


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


def class_style(number: int) -> dict[str, str]:
    """Return a class's colour and marker. Beyond the tenth the colours come again, each with another marker."""
    count = len(CLASS_COLOURS)
    return {"color": CLASS_COLOURS[number % count], "marker": CLASS_MARKERS[(number + number // count) % count]}


@contextmanager
def new_figure(width: float, height: float, *, layout: str | None = "constrained") -> Iterator[Figure]:
    """Lay out a figure of pyplot in the one style, its size in inches of 100 pixels; a notebook shows it below the cell."""
    from matplotlib import pyplot

    # Before the style's context, which at its end puts all settings back: the first figure of a notebook switches its
    # display on.
    figure = pyplot.figure(figsize=(width, height), dpi=DOTS_PER_INCH, layout=layout, facecolor="white")
    with matplotlib.rc_context(STYLE):
        yield figure


def new_axes() -> Axes:
    with new_figure(5, 3.2) as figure:
        return figure.subplots()


def rounded_up(value: float) -> float:
    """Return the next of 1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(max(value, 1e-12)))
    return next(step * power for step in (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10) if step * power >= value * (1 - 1e-9))


when_scaled(scale_stills)
