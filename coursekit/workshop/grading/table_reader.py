"""Reads tables as spreadsheets and learning platforms write them: any usual separator and encoding."""

import codecs
import csv
import io
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Row", "Table", "column_key", "read_table"]

_SEPARATORS = ",;\t|"
_SEP = re.compile(r'"?sep=.?"?[,;\t|]*\r?\n', re.IGNORECASE)
"""A line before the titles that tells Excel the separator, and that Excel does not count."""
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True)
class Row:
    """A row of a table, below its header.

    Attributes:
        place: the file and the row's number, as a spreadsheet counts them, for messages.
        cells: the text in each column, by ``column_key`` of its title; empty where the row is short.
    """

    place: str
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Table:
    """A table.

    Attributes:
        path: where it was read from.
        titles: of its columns, as the file has them, by ``column_key``, in the file's order.
        separator: what separates its cells.
        rows: those that are not empty.
    """

    path: Path
    titles: Mapping[str, str]
    separator: str
    rows: Sequence[Row]


def column_key(title: str) -> str:
    """Return what a column is called here: its title in small letters, with single spaces."""
    return " ".join(title.split()).casefold()


def read_table(path: Path, columns: Collection[str]) -> Table:
    """Read a table.

    It may be UTF-8, UTF-16 (Excel's "Unicode text") or Windows-1252, with commas, semicolons, tabs or bars,
    and its columns in any order; Excel's ``sep=;`` may stand above the titles. Empty rows
    and columns are left out.

    Args:
        path: of the file.
        columns: the keys of columns that it may have. The separator is the one that finds most of them.

    Returns:
        The table.

    Raises:
        ValueError: it is no such table.
    """
    text = _decoded(path)
    text = text[found.end() :] if (found := _SEP.match(text)) else text
    separator = max(_SEPARATORS, key=lambda one: len(_known_columns(text, one, columns)))
    records = list(_records(path, text, separator))
    if not records:
        raise ValueError(f"{path} is empty; wanted a table with a row of titles")
    (_, header), *others = records
    titles = _titles(path, header, columns)
    rows = [_row(f"{path}, row {number}", titles, cells) for number, cells in others]
    return Table(path, {key: header[index].strip() for key, index in titles.items()}, separator, rows)


def _decoded(path: Path) -> str:
    data = path.read_bytes()
    if data.startswith(_UTF_16):
        encodings = ["utf-16"]
    elif b"\0" in data[1:2]:
        encodings = ["utf-16-le"]
    else:
        encodings = ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise ValueError(
        f"{path} is no text; wanted a table in UTF-8, UTF-16 or Windows-1252: save it as CSV, "
        "not as a workbook"
    )


def _known_columns(text: str, separator: str, columns: Collection[str]) -> set[str]:
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        header: Sequence[str] = next((row for row in rows if any(map(str.strip, row))), [])
    except csv.Error:  # this one does not separate them; what is wrong is said when the table is read
        return set()
    return {column_key(title) for title in header} & {*columns}


def _records(path: Path, text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Each row that is not empty, from the titles on, and its number."""
    csv.field_size_limit(max(csv.field_size_limit(), len(text)))  # a student may have written a long text
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    number = 0
    try:
        for number, row in enumerate(rows, 1):
            if any(map(str.strip, row)):
                yield number, row
    except csv.Error as error:
        raise ValueError(
            f"{path}, row {number + 1}: {error}; wanted a table as spreadsheets write it"
        ) from None


def _titles(path: Path, header: Sequence[str], columns: Collection[str]) -> dict[str, int]:
    """The place of each column that has a title, by its key."""
    titles: dict[str, int] = {}
    for index, title in enumerate(header):
        if key := column_key(title):
            if key in titles and key in columns:
                raise ValueError(f"{path} has two columns {title.strip()!r}; wanted each once")
            titles[f"{key} {index}" if key in titles else key] = index
    return titles


def _row(place: str, titles: Mapping[str, int], cells: Sequence[str]) -> Row:
    if stray := [cell for index, cell in enumerate(cells) if cell.strip() and index not in titles.values()]:
        raise ValueError(
            f"{place}: {stray[0][:80]!r} stands in no column; wanted {len(titles)} cells, as there are titles"
        )
    return Row(place, {key: cells[index] if index < len(cells) else "" for key, index in titles.items()})
