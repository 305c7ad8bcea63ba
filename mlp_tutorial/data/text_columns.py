"""Columns of text that hold something else: numbers as people write them, and signs for a missing value."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence

import numpy as np
import pandas as pd

from ..utils.wording import listed

#: What stands for a missing value in any column, in small letters.
MISSING = {"", "?", "??", "???", ".", "..", "...", "-", "--", "---", "–", "—", "*", "/", "na", "n/a", "n.a.", "n.a"}
MISSING |= {"#n/a", "#na", "<na>", "nan", "nat", "null", "(null)"}
MISSING |= {"#null!", "#value!", "#div/0!", "#ref!", "#num!", "#name?"}
#: What does so among numbers; in a column of text it may be a category, such as no medicine.
MISSING_WORDS = {"none", "nil", "missing", "unknown", "not available", "no data", "no value", "nd", "n.d.", "n/d"}
MISSING_WORDS |= {
    "(none)",
    "(blank)",
    "not known",
    "keine angabe",
    "k.a.",
    "k. a.",
    "n.v.",
    "unbekannt",
    "inconnu",
    "s/o",
}
#: So many different numbers in a column beside a text are hardly meant as categories.
MANY_NUMBERS = 20

_MONEY = (
    r"[$€£¥₹₽₩₺₪฿]|(?:US|A|C|R|NZ|HK)\$|(?:EUR|USD|GBP|JPY|CHF|CNY|INR|BRL|CAD|AUD|SEK|NOK|DKK|PLN|CZK|RUB|TRY|ZAR)"
    r"|Rs\.?|kr\.?|zł|Fr\.?|Kč"
)
_UNIT = (
    r"%|‰|percent|°\s?[CF]?|[kcmµ]?m[²2³3]?|km/h|mph|[kmµ]?g|lbs?|[mcd]?l|L|ms|s|sec|min|hrs?|h|years?|yrs?|days?|in|ft"
    r"|mi|miles|k?W|kWh|hp|bhp|PS|ccm?|CC|mpg"
)
# A number, with its thousands marks and its decimal mark to be filled in. With a zero in front it is a code.
_NUMBER = r"(?:(?:[1-9]\d{{0,2}}(?:[{0}]\d{{3}})+|0|[1-9]\d*)(?:{1}\d*)?|{1}\d+)(?:[eE][-+]?\d+)?"
_NUMBERS = {".": re.compile(_NUMBER.format(r",'’\s", r"\.")), ",": re.compile(_NUMBER.format(r".'’\s", ","))}
_VALUE = re.compile(
    rf"(?P<open>\()?(?P<sign>[-+−]?)\s*(?P<before>{_MONEY})?\s*(?P<second_sign>[-+−]?)(?P<number>[\d.,][\d.,'’\seE+-]*?)"
    rf"\s*(?P<after>{_MONEY}|{_UNIT})?(?P<close>\))?"
)
_DATE = re.compile(r"(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})(?:[ T].*)?")


def as_text(value: object) -> str:
    """Return how a value is called as a category: spaces at its ends do not count, nor does ".0" of a whole number.

    Examples
    --------
    >>> as_text(" Gentoo  penguin "), as_text(3.0), as_text("3.0"), as_text(2.5)
    ('Gentoo penguin', '3', '3', '2.5')
    """
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return str(int(value))
    text = " ".join(str(value).split())
    return text[:-2] if text.endswith(".0") and text[:-2].lstrip("+-").isdecimal() else text


def read_texts(table: pd.DataFrame) -> tuple[pd.DataFrame, dict[Hashable, str]]:
    """Read what the columns of text mean; return a new table, and a note on every column that was guessed at.

    Numbers take the place of texts such as "$1,200", "12 %" or "3,5", missing values that of "?", "-" or "n/a", and texts
    lose the spaces at their ends. Refused are columns that hold lists, or many numbers beside other texts.

    Examples
    --------
    >>> table, notes = read_texts(pd.DataFrame({"price": ["$1,200", "$80", "?"]}))
    >>> table["price"].tolist(), notes
    ([1200.0, 80.0, nan], {'price': "read as numbers, '$1,200' as 1200; '?' (1) counts as missing"})
    """
    columns = {}
    for name, column in table.items():
        if column.dtype == object or isinstance(column.dtype, pd.StringDtype):  # categories are meant as such
            try:
                codes, distinct = pd.factorize(column)
            except TypeError as error:
                raise TypeError(
                    f"The column {name!r} holds more than single values (lists, perhaps): leave it out with "
                    f"exclude=[{name!r}]."
                ) from error
            columns[name] = _TextColumn(name, distinct, np.bincount(codes[codes >= 0], minlength=len(distinct))), codes
    # "1,200" alone may be 1200 or 1.2: columns that can be read in one way only decide for the others.
    certain = {column.decimal_marks for column, _ in columns.values() if len(column.decimal_marks) == 1}
    decimal_mark = "".join(certain.pop()) if len(certain) == 1 else ""
    read, notes = dict(table.items()), {}
    for name, (column, codes) in columns.items():
        values, remarks = column.read(decimal_mark)
        read[name] = pd.Series(np.array([*values, None], dtype=object)[codes], index=table.index).infer_objects()
        if remarks:
            notes[name] = "; ".join(remarks)
    return pd.DataFrame(read, index=table.index), notes


class _TextColumn:
    """The different values of a column of text, and what they may mean."""

    def __init__(self, name: Hashable, distinct: Sequence[object], counts: np.ndarray) -> None:
        self.name, self.distinct, self.counts = name, distinct, counts
        self.texts = [as_text(value) for value in distinct]
        numbers = [text for text in self.texts if text.lower() not in MISSING | MISSING_WORDS]
        self.decimal_marks = () if are_plain_numbers(self.texts) else decimal_marks(numbers)

    def read(self, decimal_mark: str) -> tuple[list, list[str]]:
        """Return what the values mean, and remarks about that."""
        if not self.decimal_marks:
            return self._read_categories()
        mark = decimal_mark if decimal_mark in self.decimal_marks else self.decimal_marks[0]
        values = [_number(text, mark) for text in self.texts]
        pairs = zip(self.texts, values, strict=True)
        written = [(text, value) for text, value in pairs if value and not are_plain_numbers([text])]
        text, value = max(written, key=lambda pair: len(re.sub(r"\d", "", pair[0])), default=("", 0.0))
        remarks = [f"read as numbers, {text!r} as {value:.10g}"] if written else []
        return values, remarks + self._missing([value is None for value in values])

    def _read_categories(self) -> tuple[list, list[str]]:
        signs = MISSING - {"-"} if "+" in self.texts else MISSING
        values = [None if text.lower() in signs else text for text in self.texts]
        known = pd.Series(sorted({*values} - {None}), dtype=object)
        remarks, times = self._missing([value is None for value in values]), Counter(self.texts)
        if len(known) and are_plain_numbers(known):
            remarks.append("numbers kept as text are taken as categories")
        else:
            remarks += self._beside_numbers()
        if len(known) and all(map(_DATE.fullmatch, known)):
            year = f"pandas.to_datetime(frame[{self.name!r}]).dt.year"
            remarks.append(f"dates are taken as categories; {year} gives numbers")
        pairs = zip(self.distinct, self.texts, strict=True)
        if merged := [old for old, new in pairs if isinstance(old, str) and old != new and times[new] > 1]:
            ends = "spaces and a final .0" if any(text.strip().endswith(".0") for text in merged) else "spaces"
            remarks.append(f"{ends} do not count in {listed(map(repr, merged), most=3)}")
        for _, alike in known.groupby(known.str.casefold().str.replace(r"[\s_-]", "", regex=True)):
            if len(alike) > 1:
                remarks.append(f"{listed(map(repr, alike))} differ only by case or spaces: should they be one?")
        if words := [text for text in dict.fromkeys(values) if text and text.lower() in MISSING_WORDS]:
            words = listed(map(repr, words))
            remarks.append(f"{words} is a category like others; where it means missing, replace it by None")
        return values, remarks

    def _missing(self, gaps: Sequence[bool]) -> list[str]:
        found = [f"{text!r} ({count})" for text, count, gap in zip(self.texts, self.counts, gaps, strict=True) if gap]
        return [f"{listed(found)} counts as missing"] if found else []

    def _beside_numbers(self) -> list[str]:
        """Return a remark on categories that are numbers nearly all; refuse what is hardly meant as categories."""
        numbers = dict.fromkeys(text for text in self.texts if decimal_marks([text]))
        others = [text for text in self.texts if text not in numbers and text.lower() not in MISSING]
        num_rows = sum(count for text, count in zip(self.texts, self.counts, strict=True) if text in numbers)
        if 2 * num_rows <= self.counts.sum():
            return []
        styles = {(_VALUE.fullmatch(text).group("before", "after"), decimal_marks([text])): text for text in numbers}
        if others:
            remark = f"beside numbers there are texts such as {listed(map(repr, others), most=3)}"
            advice = f"correct them, or make them missing with pandas.to_numeric(frame[{self.name!r}], errors='coerce')"
        else:
            remark = f"its numbers are written in several ways, such as {listed(map(repr, styles.values()), most=3)}"
            advice = "write all in one way and one unit"
        if len(numbers) <= MANY_NUMBERS:
            return [f"taken as categories, since {remark}"]
        raise ValueError(
            f"The column {self.name!r} is neither numbers nor categories: {remark}. You can {advice}; to have categories "
            f"all the same, give frame[{self.name!r}].astype('category')."
        )


def about_texts(name: Hashable, texts: Sequence[str]) -> str:
    """Return a sentence on what a column of text holds, and what could be made of it."""
    if are_plain_numbers(texts):
        return "Its values are numbers kept as text; convert them with pandas.to_numeric."
    examples = listed(repr(text[:30]) for text in texts[:3])
    if all(map(_DATE.fullmatch, texts)):
        return f"It holds dates such as {examples}; pandas.to_datetime(frame[{name!r}]).dt.year makes numbers of them."
    return f"It holds texts such as {examples}."


def are_plain_numbers(texts: Iterable[str]) -> bool:
    """Whether all texts are numbers as Python writes them."""
    return bool(pd.to_numeric(pd.Series(list(texts), dtype=object), errors="coerce").notna().all())


def decimal_marks(texts: Sequence[str]) -> tuple[str, ...]:
    """Return the decimal marks, point or comma, with which all texts are numbers, the likelier one first."""
    values = [_VALUE.fullmatch(text) for text in texts]
    if not values or not all(value and bool(value["open"]) == bool(value["close"]) for value in values):
        return ()
    units = {value["before"] or value["after"] or "" for value in values}
    # An amount may lack its "$", but 12 beside "12 %" may be the whole twelve times over.
    if len(units - {""}) > 1 or (units > {""} and not all(re.fullmatch(_MONEY, unit) for unit in units - {""})):
        return ()
    numbers = [value["number"] for value in values]
    marks = tuple(mark for mark, number in _NUMBERS.items() if all(map(number.fullmatch, numbers)))
    # "€ 1.200" is hardly a price with three decimals.
    is_money = any(value["before"] or re.fullmatch(_MONEY, value["after"] or "") for value in values)
    return marks[::-1] if is_money and not any("," in number for number in numbers) else marks


def _number(text: str, decimal_mark: str) -> float | None:
    """Return the number that a text stands for; None for a missing value."""
    if text.lower() in MISSING | MISSING_WORDS:
        return None
    value = _VALUE.fullmatch(text)
    digits = re.sub(r"[,'’\s]" if decimal_mark == "." else r"[.'’\s]", "", value["number"]).replace(",", ".")
    negative = value["open"] or (value["sign"] or value["second_sign"]) in ("-", "−")
    return -float(digits) if negative else float(digits)
