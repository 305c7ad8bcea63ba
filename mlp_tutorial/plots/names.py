"""Names that come from data and learners, made fit for a picture: every plot and every explorer's picture asks here."""

from __future__ import annotations

import warnings
from functools import cache

import matplotlib
from matplotlib.font_manager import FontProperties, findfont, get_font

from .style import STYLE


def drawable(text: object, instead: str = "") -> str:
    r"""Return a text that matplotlib draws as it is written.

    Left as it is, matplotlib reads what stands between two dollar signs as mathematics, leaves a label that starts with
    "_" out of the legend, and draws a box for a letter that its font lacks.

    `instead`, such as "class 0", stands for a text that is blank or has letters which the font lacks. Without it, a "?"
    stands for each of these letters. A warning says so once.

    Examples
    --------
    >>> drawable("$0-$50K"), drawable("_other"), drawable(" ", "class 2")
    ('\\$0-\\$50K', ' _other', 'class 2')
    """
    text = str(text).replace("\t", " ")
    letters = _letters(tuple(STYLE.get("font.family", matplotlib.rcParams["font.family"])))
    if missing := set(text) - letters:
        warnings.warn(
            "Some names have letters that no font of the pictures has, so that 'class 0', 'feature 0' or '?' stands there. "
            "Install a font that has them, such as Noto Sans CJK, and restart the kernel.",
            stacklevel=1,  # the same place for every caller: said once
        )
        text = instead or "".join("?" if letter in missing else letter for letter in text)
    text = (text if text.strip() else instead).replace("$", r"\$")
    return f" {text}" if text.startswith("_") else text


@cache
def _letters(families: tuple[str, ...]) -> frozenset[str]:
    """Return the letters that the fonts of these families have, and the line break, which needs none."""
    paths = {findfont(FontProperties(family=[family])) for family in families}
    return frozenset(chr(code) for path in paths for code in get_font(path).get_charmap()) | {"\n"}
