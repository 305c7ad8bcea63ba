"""Reading a CSV file: pandas reads it; what it cannot read, or would read wrongly, is refused in a sentence."""

from __future__ import annotations

import csv
import lzma
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Hashable
from pathlib import Path
from typing import NoReturn
from urllib.request import url2pathname

import pandas as pd
from pandas.errors import EmptyDataError, ParserError

from ..utils.errors import check_count, did_you_mean
from ..utils.wording import listed

#: First bytes of compressed files, and what pandas calls them.
COMPRESSED = {b"\x1f\x8b": "gzip", b"PK\x03\x04": "zip", b"BZh": "bz2", b"\xfd7zXZ": "xz", b"\x28\xb5\x2f\xfd": "zstd"}
#: First bytes of other files: what they are, and what reads them.
OTHER_FORMATS = {
    b"\xd0\xcf\x11\xe0": ("an old Excel file (.xls)", "pandas.read_excel(path)"),
    b"PAR1": ("a Parquet file", "pandas.read_parquet(path)"),
    b"\x93NUMPY": ("a NumPy file", "pandas.DataFrame(numpy.load(path))"),
    b"{": ("JSON, not CSV", "pandas.read_json(path)"),
    b"[{": ("JSON, not CSV", "pandas.read_json(path)"),
    b"<": ("a web page or XML, perhaps a page about the file in place of the file", "pandas.read_html(path)[0]"),
    b"%PDF": ("a PDF", "pandas.read_csv(path) of the table saved as CSV"),
    b"7z\xbc\xaf": ("a 7z archive", "pandas.read_csv(path) of the unpacked file"),
    b"Rar!": ("a RAR archive", "pandas.read_csv(path) of the unpacked file"),
    b"\x80": ("a pickle of Python", "pandas.read_pickle(path)"),
    b"SQLite format 3": ("a SQLite database", "pandas.read_sql('SELECT * FROM …', sqlite3.connect(path))"),
    b"\x89HDF": ("an HDF5 file", "pandas.read_hdf(path)"),
    b"ARROW1": ("a Feather file", "pandas.read_feather(path)"),
    b"@relation": ("an ARFF file of Weka", "pandas.DataFrame(scipy.io.arff.loadarff(path)[0])"),
    b"version https://git-lfs": ("a pointer of Git LFS, not the file", "pandas.read_csv(path) after git lfs pull"),
}
#: What zip files may be, by a file in them.
ZIP_FORMATS = {
    "xl/": ("an Excel file", "pandas.read_excel(path)"),
    "content.xml": ("an OpenDocument spreadsheet, as Excel and LibreOffice write them", "pandas.read_excel(path)"),
    "Index/": ("an Apple Numbers file", "pandas.read_csv(path) of the table saved as CSV"),
}
#: Addresses of pages that show a file, and of the file.
PAGES_OF_FILES = {
    r"//github\.com/(.+?)/blob/": r"//raw.githubusercontent.com/\1/",
    r"(//docs\.google\.com/spreadsheets/d/[^/]+)/.*": r"\1/export?format=csv",
}
#: Separators of columns, in words.
SEPARATORS = {",": "','", ";": "';'", "\t": "'\\t' (tabs)", "|": "'|'", r"\s+": "spaces"}
#: Lines that are looked at before the file is read.
LINES = 50
A_NUMBER = re.compile(r"[-+]?(?:\d+[.,]?\d*|[.,]\d+)(?:[eE][-+]?\d+)?")


def read_csv(
    path: str | Path, *, target: Hashable, keep_nameless: bool, row_limit: int | None
) -> tuple[pd.DataFrame, list[str]]:
    """Read what `Dataset.from_csv` needs, which says what the arguments mean; with notes on what was changed."""
    if row_limit is not None:
        check_count("row_limit", row_limit)
    if str(path).startswith("file:/"):
        path = url2pathname(re.sub("^file:/+", "/", str(path)))
    if re.match(r"\w\w+:/|www\.|[\w.-]+\.(com|edu|gov|io|net|org)/", str(path)):
        address = re.sub(r"^(?:(\w+):/+)?", lambda found: f"{found[1] or 'https'}://", str(path))  # a Path lost a slash
        for page, file in PAGES_OF_FILES.items():
            address = re.sub(page, file, address)
        raise ValueError(
            f"{address} is a web address, and from_csv reads files. Download the file in a browser and give its path, or "
            f"let pandas fetch it: {_by_pandas(address, target)}"
        )
    path = Path(path).expanduser()
    if path.is_dir():
        raise ValueError(f"{path} is a folder; give the path of a file in it.")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"There is no file {path}, and no folder {path.parent} either.")
    if not path.is_file():
        near = did_you_mean(path.name, [file.name for file in path.parent.iterdir()])
        raise FileNotFoundError(f"There is no file {path} (looked in {path.parent.resolve()}).{near}")
    try:
        compression = _compression(path, target)
        options = {}
        try:
            lines = _first_lines(path, compression, "utf-8")
        except UnicodeError:
            options["encoding"] = _encoding(path, compression)
            lines = _first_lines(path, compression, options["encoding"])
        notes = _look_at(path, lines, target, options)
        frame = pd.read_csv(
            path,
            nrows=row_limit and row_limit + 1,  # one more, to know whether there are more
            low_memory=False,  # else each piece of a long file gets types of its own
            skipinitialspace=True,
            compression=compression,
        )
    except EmptyDataError:
        raise ValueError(f"The file {path} is empty.") from None
    except UnicodeError:
        _refuse(path, target, {"encoding": _encoding(path, compression)}, "it is no text in UTF-8")
    except ParserError as error:
        reason = f"it is no regular table ({str(error).strip()}): correct that line, or leave such lines out"
        _refuse(path, target, {"on_bad_lines": "skip"}, reason)
    except (EOFError, OSError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, ImportError) as error:
        raise ValueError(f"The file {path} cannot be read: {error}. Unpack it, or copy it again.") from None
    # A table saved by pandas has its row numbers in a column without a name: nothing to learn from.
    nameless = [] if keep_nameless else [column for column in frame if column.startswith("Unnamed: ")]
    if nameless:
        frame = frame.drop(columns=nameless)
        notes.append(f"left out columns without a name: {listed(nameless)}")
    if row_limit is not None and len(frame) > row_limit:
        frame = frame.iloc[:row_limit]
        notes.append(f"only the first {row_limit:,} rows of {path.name} were read")
    return frame.rename(columns=str.strip), notes


def _compression(path: Path, target: Hashable) -> str | None:
    """Return what pandas calls the way in which a file is compressed; refuse other formats than CSV."""
    start = _start(path, 100_000)
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    found = [other for first, other in OTHER_FORMATS.items() if text.startswith((first, first.upper()))]
    if re.match(rb"\{.*\}\s*\n\{", text):
        found = [("JSON, an object in each line", "pandas.read_json(path, lines=True)")]
    compression = next((name for first, name in COMPRESSED.items() if start.startswith(first)), None)
    if compression == "zip":
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
        found = [other for part, other in ZIP_FORMATS.items() if any(name.startswith(part) for name in names)]
        if not found and len(names) != 1:
            files = f"{len(names)} files ({listed(names, most=5)})"
            raise ValueError(f"{path} is an archive of {files}: unpack it, and give one.")
    if found:
        kind, reader = found[0]
        call = reader.replace("path", repr(str(path)))
        needs = " pandas needs openpyxl for .xlsx, xlrd for .xls, odfpy for .ods." if "excel" in reader else ""
        raise ValueError(
            f"{path} is {kind}. Try Dataset.from_frame({call}, target={target!r}), or save the table as CSV.{needs}"
        )
    return "infer" if ".tar" in path.suffixes else compression


def _first_lines(path: Path, compression: str | None, encoding: str) -> list[str]:
    if encoding == "utf-8" and not compression and b"\0" in _start(path, 100):  # a text in UTF-16
        raise UnicodeError
    options = {"compression": compression, "encoding": encoding, "header": None, "nrows": LINES, "dtype": str}
    # Each line is one field, since no line holds this separator.
    table = pd.read_csv(path, sep="\x1f", keep_default_na=False, quoting=csv.QUOTE_NONE, **options)
    return table[0].tolist()


def _encoding(path: Path, compression: str | None) -> str:
    """Guess the encoding of a text that is not in UTF-8."""
    start = b"" if compression else _start(path, 1_000_000)
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if b"\0" in start:  # in UTF-16, all of them are first or second bytes of letters
        for encoding, half in (("utf-16-le", start[1::2]), ("utf-16-be", start[::2])):
            if half.count(0) == start.count(0):
                return encoding
        raise ValueError(f"{path} holds no text: open it in the program that it comes from, and save the table as CSV.")
    try:
        start.decode("cp1252")
    except UnicodeDecodeError:
        return "latin-1"
    return "cp1252"


def _start(path: Path, num_bytes: int) -> bytes:
    with path.open("rb") as file:
        return file.read(num_bytes)


def _look_at(path: Path, lines: list[str], target: Hashable, options: dict[str, object]) -> list[str]:
    """Return notes on the names in the first line; refuse a file that pandas would read wrongly."""
    reasons = ["it is no text in UTF-8"] if options else []
    hint = len(lines) > 1 and lines[0].lower().startswith("sep=")  # a line for Excel alone
    separator, rows = _separated(lines[hint:])
    if separator != ",":
        reasons.append(f"its columns are separated by {SEPARATORS[separator]}, not by commas")
        options["sep"] = separator
        fields = [field for row in rows for field in row]
        if any(re.fullmatch(r"[-+]?[\d.]+,\d+", field) for field in fields):
            reasons.append("its numbers have decimal commas")
            options["decimal"] = ","
            if any(re.fullmatch(r"[-+]?\d{1,3}(\.\d{3})+,\d+", field) for field in fields):
                options["thousands"] = "."
    width = Counter(map(len, rows)).most_common(1)[0][0]
    header, first_rows = rows[0], rows[1:]
    if hint:
        options["skiprows"] = 1
        reasons.append("its first line is for Excel")
    elif width > 1 and header[0] and not any(header[1:]):
        options["skiprows"] = title = next((i for i, row in enumerate(rows) if len(row) == width and any(row[1:])), 1)
        reasons.append(f"above its names {title} line{'s' * (title > 1)} of another kind stand{'s' * (title == 1)}")
    elif first_rows and len(first_rows[0]) > len(header):
        reasons.append(f"it is no regular table: {len(header)} names in line 1, {len(first_rows[0])} fields in line 2")
        if len({row[0] for row in first_rows}) < len(first_rows):
            raise ValueError(
                f"The file {path} cannot be read as it is: {'; '.join(reasons)}. Are there commas in its numbers or texts? "
                "Save it with quotes around these, or with tabs between its columns."
            )
        reasons.append("its rows seem to have names")
        options["index_col"] = 0
    if _are_values(header, first_rows, target):
        names = "[" + ", ".join(["'…'"] * len(header)) + "]" if len(header) <= 8 else "[…]"
        options.pop("skiprows", None)
        raise ValueError(
            f"The first line of {path} seems to hold values, not names: {listed(header, most=8)}. Give the columns names: "
            + _by_pandas(path, target, options, f", header=None, names={names}")
        )
    if options:
        _refuse(path, target, options, "; ".join(reasons))
    twice = [name for name, count in Counter(header).items() if name and count > 1]
    return [f"columns of the same name were numbered, as {name}, {name}.1" for name in twice]


def _separated(lines: list[str]) -> tuple[str, list[list[str]]]:
    """Return the separator that makes the most regular rows of the lines, and these rows."""
    best, most_regular = (",", [[line] for line in lines]), 0.0
    for separator in ",;\t|":
        rows = list(csv.reader(lines, delimiter=separator, skipinitialspace=True))
        if len(lines) == LINES:
            del rows[-1]  # it may end in the middle of a quotation
        width, count = Counter(map(len, rows)).most_common(1)[0]
        if width > 1 and count / len(rows) >= most_regular:  # commas as regular as ";" are decimal commas
            best, most_regular = (separator, rows), count / len(rows)
    words = [line.split() for line in lines]
    if not most_regular and len(words) > 1 and {len(row) for row in words} == {len(words[0])} != {1}:
        return r"\s+", words
    return best[0], [[field.strip() for field in row] for row in best[1]]


def _are_values(header: list[str], rows: list[list[str]], target: Hashable) -> bool:
    """Whether the first line seems to hold values: texts that come again below them, or numbers."""
    again = {name for name, *column in zip(header, *rows) if name in column and not A_NUMBER.fullmatch(name)}  # noqa: B905 - short rows
    values = [float(name.replace(",", ".")) for name in header if A_NUMBER.fullmatch(name)]
    counted = len(values) > 1 and values == [values[0] + i for i in range(len(values))]  # as NumPy's columns are
    if target in header:  # a first line that comes again is of a second table below the first
        return (target in again and header not in rows) or (len(values) == len(header) and not counted)
    return bool(again) or (bool(values) and not counted)


def _refuse(path: Path, target: Hashable, options: dict[str, object], reason: str) -> NoReturn:
    raise ValueError(
        f"The file {path} cannot be read as it is: {reason}. Try {_by_pandas(path, target, options)}"
    ) from None


def _by_pandas(path: Path | str, target: Hashable, options: dict[str, object] | None = None, more: str = "") -> str:
    given = "".join(f", {name}={value!r}" for name, value in (options or {}).items()) + more
    return f"Dataset.from_frame(pandas.read_csv({str(path)!r}{given}), target={target!r})."
