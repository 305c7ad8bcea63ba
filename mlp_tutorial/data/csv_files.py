"""Reading a CSV file of any size: the columns that are asked for, a piece at a time, with a progress bar."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ..utils.errors import check_count
from ..utils.wording import listed
from .columns import choose_columns

if TYPE_CHECKING:
    import pandas as pd

#: Seconds of reading after which a progress bar is shown.
PROGRESS_BAR_AFTER = 1.0
ROWS_PER_PIECE = 100_000


def read_csv(
    path: str | Path, *, target: str, features: Sequence[str] | None, row_limit: int | None
) -> tuple[pd.DataFrame, list[str]]:
    """Read what `Dataset.from_csv` needs, which says what the arguments mean.

    Returns
    -------
    frame : pandas.DataFrame
        The features and the target.
    notes : list of str
        What was left out.
    """
    import pandas as pd

    path = Path(path)
    if row_limit is not None:
        check_count("row_limit", row_limit)
    if path.is_dir():
        raise ValueError(f"{path} is a folder; give the path of a file in it.")
    if not path.is_file():
        raise FileNotFoundError(_no_such_file(path))
    with _errors_in_words(path):
        with path.open("rb") as file:
            # Of a row with more fields than there are names, pandas would silently make the first field a row name.
            pd.read_csv(file, header=None, nrows=2)
            file.seek(0)
            columns = list(pd.read_csv(file, nrows=0).columns)
        _check_separator(path, columns)
        notes = []
        # A table saved by pandas has its row numbers in a column without a name: nothing to learn from.
        nameless = [column for column in columns if column.startswith("Unnamed: ")] if features is None else []
        if nameless:
            columns = [column for column in columns if column not in nameless]
            notes.append(f"left out columns without a name: {listed(nameless)}")
        frame = _read_pieces(path, [*choose_columns(columns, target, features), target], row_limit)
    if row_limit is not None and len(frame) > row_limit:
        frame = frame.iloc[:row_limit]
        notes.append(f"only the first {row_limit:,} rows of {path.name} were read")
    return frame, notes


def _read_pieces(path: Path, columns: list[str], row_limit: int | None) -> pd.DataFrame:
    """Read one row more than the limit: the caller then knows whether there are more."""
    import pandas as pd
    from tqdm.auto import tqdm

    total, unit = (path.stat().st_size, "B") if row_limit is None else (row_limit, " rows")
    pieces = []
    with (
        path.open("rb") as file,
        # Not `usecols`: with it, pandas takes rows of too many fields without a word.
        pd.read_csv(file, nrows=row_limit and row_limit + 1, chunksize=ROWS_PER_PIECE) as reader,
        tqdm(
            total=total, unit=unit, unit_scale=True, desc=f"reading {path.name}", delay=PROGRESS_BAR_AFTER, leave=False
        ) as bar,
    ):
        for piece in reader:
            pieces.append(piece[columns])
            bar.update(file.tell() - bar.n if row_limit is None else len(piece))
    return pd.concat(pieces)


@contextmanager
def _errors_in_words(path: Path) -> Iterator[None]:
    from pandas import errors

    try:
        yield
    except errors.EmptyDataError as error:
        raise ValueError(f"The file {path} is empty.") from error
    except UnicodeDecodeError as error:
        raise ValueError(f"The file {path} is no text in UTF-8. {_by_pandas('encoding=…')}") from error
    except errors.ParserError as error:
        raise ValueError(f"The file {path} is no regular table: {str(error).strip()}. {_by_pandas('…')}") from error


def _check_separator(path: Path, columns: list[str]) -> None:
    for separator in ";\t":
        if len(columns) == 1 and separator in columns[0]:
            raise ValueError(
                f"The columns of {path} are separated by {separator!r}, not by commas. {_by_pandas(f'sep={separator!r}')}"
            )


def _by_pandas(options: str) -> str:
    return f"Try Dataset.from_frame(pandas.read_csv(path, {options}), target=…)."


def _no_such_file(path: Path) -> str:
    if not path.parent.is_dir():
        return f"There is no file {path}, and no folder {path.parent} either."
    nearest = difflib.get_close_matches(path.name, [file.name for file in path.parent.iterdir()], n=1)
    suggestion = f" Did you mean {nearest[0]!r}?" if nearest else ""
    return f"There is no file {path} (looked in {path.parent.resolve()}).{suggestion}"
