"""Tables as spreadsheets save them: separators, encodings, moved columns; and what is said of others."""

from pathlib import Path

import pytest

from coursekit.workshop.grading.table_reader import read_table

COLUMNS = ("student", "points")
LINES = ["student\tpoints\tcomment", "Zoë\t1\tgut; so, ja", "bert\t2\t"]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_whatever_a_spreadsheet_writes_is_read(
    tmp_path: Path, separator: str, encoding: str, end: str
) -> None:
    """Excel's "CSV UTF-8", "CSV" (in the computer's code page) and "Unicode text"; LibreOffice's all."""
    quoted = ('"' + line.replace("\t", '"\t"') + '"' for line in LINES)
    text = "".join(line.replace("\t", separator) + end for line in quoted)
    (tmp_path / "x.csv").write_bytes(text.encode(encoding))
    table = read_table(tmp_path / "x.csv", COLUMNS)
    assert table.separator == separator
    assert [dict(row.cells) for row in table.rows] == [
        {"student": "Zoë", "points": "1", "comment": "gut; so, ja"},
        {"student": "bert", "points": "2", "comment": ""},
    ]


def test_columns_may_be_moved_and_rows_and_columns_be_empty(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text(';;\n Points ;;STUDENT;;\n1;;"an\nna";;\n;;;;\n2;;bert\n;;;;\n')
    table = read_table(tmp_path / "x.csv", COLUMNS)
    assert [(row.cells["student"], row.cells["points"]) for row in table.rows] == [
        ("an\nna", "1"),
        ("bert", "2"),
    ]
    assert [row.place for row in table.rows] == [f"{tmp_path / 'x.csv'}, row {number}" for number in (3, 5)]
    assert dict(table.titles) == {"points": "Points", "student": "STUDENT"}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", r"x\.csv is empty; wanted"),
        (b"PK\x03\x04\x00\x00", r"x\.csv is no text.*save it as CSV"),
        (b"\x81\x8d", r"x\.csv is no text"),
        (b"\xff\xfea", r"x\.csv is no text"),
        (b"student,points,Student\n", r"x\.csv has two columns 'Student'; wanted each once"),
        (b"student,points\nanna,1,2\n", r"x\.csv, row 2: '2' stands in no column; wanted 2 cells"),
        (b'student,points\nanna,1\nbert,"1"2\n', r"x\.csv, row 3: .*wanted a table"),
        (b'student,points\nanna,"1\n', r"x\.csv, row 2: .*wanted a table"),
    ],
)
def test_of_any_other_it_is_said_what_is_wrong(tmp_path: Path, data: bytes, message: str) -> None:
    (tmp_path / "x.csv").write_bytes(data)
    with pytest.raises(ValueError, match=message) as error:
        read_table(tmp_path / "x.csv", COLUMNS)
    assert "\n" not in str(error.value)


def test_titles_that_nobody_asks_for_may_come_twice(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("student,total,total\nanna,1,2\n")
    (row,) = read_table(tmp_path / "x.csv", COLUMNS).rows
    assert list(row.cells.values()) == ["anna", "1", "2"]


def test_a_long_text_is_read(tmp_path: Path) -> None:
    """A student may have written one where a platform has a box for it, and the roster holds it."""
    (tmp_path / "x.csv").write_bytes(b"student,points,text\nanna,1," + b"x" * 200_000 + b"\n")
    (row,) = read_table(tmp_path / "x.csv", COLUMNS).rows
    assert len(row.cells["text"]) == 200_000


@pytest.mark.parametrize("line", ["sep=;\r\n", '"sep=;"\n', "SEP=;\n"])
def test_excels_line_about_the_separator_is_no_title(tmp_path: Path, line: str) -> None:
    (tmp_path / "t.csv").write_bytes(f"\ufeff{line}student;points\nanna;1,5\n".encode())
    table = read_table(tmp_path / "t.csv", ("student", "points"))
    assert (table.separator, [*table.titles]) == (";", ["student", "points"])
    (row,) = table.rows
    assert (row.cells, row.place) == (
        {"student": "anna", "points": "1,5"},
        f"{tmp_path / 't.csv'}, row 2",
    )
