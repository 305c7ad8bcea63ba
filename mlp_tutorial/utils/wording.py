"""Numbers as a reader sees them in pictures and sentences."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def number(value: float, digits: int = 3) -> str:
    """Return a number with some decimals (none from 100 on), a true minus sign, and never "−0.00".

    Examples
    --------
    >>> number(-0.06903), number(-0.0001), number(1118.02), number(2.5, 1)
    ('−0.069', '0.000', '1,118', '2.5')
    """
    digits = digits if abs(value) < 100 else 0
    return f"{round(value, digits) + 0.0:,.{digits}f}".replace("-", "−")


def short_number(value: float) -> str:
    """Return a number with two decimals, with fewer from 10 on: what fits into a cell of a picture.

    Examples
    --------
    >>> short_number(-1.234), short_number(12.34), short_number(-1000.4), short_number(-0.001)
    ('−1.23', '12.3', '−1000', '0.00')
    """
    size = abs(value)
    digits = 2 if size < 9.995 else 1 if size < 999.5 else 0
    return f"{round(value, digits) + 0.0:.{digits}f}".replace("-", "−")


def bracketed(shown: str) -> str:
    """Return a number, as it is shown, for a place inside a formula: in brackets if it is negative.

    Examples
    --------
    >>> bracketed("−1.50"), bracketed("0.72")
    ('(−1.50)', '0.72')
    """
    return f"({shown})" if shown.startswith("−") else shown


def small_number(value: float) -> str:
    """Return a number with two figures, and a power of ten where it would start with many zeros.

    Examples
    --------
    >>> small_number(0.02218), small_number(1.7e-5), small_number(0.0), small_number(-0.25)
    ('0.022', '1.7·10⁻⁵', '0', '−0.25')
    """
    if value == 0 or 0.001 <= abs(value) < 100:
        return f"{value:.2g}".replace("-", "−")
    if not math.isfinite(value):
        return "not finite"
    digits, power = f"{value:.1e}".split("e")
    return f"{digits}·10".replace("-", "−") + str(int(power)).translate(_RAISED)


def percent(share: float, digits: int = 0) -> str:
    """Return a share as a percentage, with a space before the sign.

    Examples
    --------
    >>> percent(0.962), percent(0.962, 1)
    ('96 %', '96.2 %')
    """
    return f"{share:.{digits}%}".replace("%", " %")


def with_article(noun: str) -> str:
    """Return a noun after "a" or "an".

    Examples
    --------
    >>> with_article("int64"), with_article("list")
    ('an int64', 'a list')
    """
    return f"an {noun}" if noun[:1] in "AEIOUaeiou" else f"a {noun}"


def listed(names: Iterable[object], most: int = 20) -> str:
    """Return names as a list in words, cut where it grows long.

    Examples
    --------
    >>> listed("abcd", most=3)
    'a, b, c and 1 more'
    """
    names = list(map(str, names))
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def with_unit(name: str, unit: str) -> str:
    """Return a column's name in words, with its unit.

    Examples
    --------
    >>> with_unit("bill_length_mm", "mm")
    'bill length (mm)'
    """
    name = name.removesuffix(f"_{unit}").replace("_", " ")
    return f"{name} ({unit})" if unit else name


def architecture_in_words(input_size: int, hidden_sizes: Sequence[int], output_size: int) -> str:
    """Return a network's widths from input to output.

    Examples
    --------
    >>> architecture_in_words(2, [8], 3)
    '2 → 8 → 3'
    """
    return " → ".join(map(str, [input_size, *hidden_sizes, output_size]))
