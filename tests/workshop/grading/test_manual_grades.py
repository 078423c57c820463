"""Points by hand: read from what a spreadsheet has saved, and recorded all or none."""

import csv
import io
from pathlib import Path

import pytest

from coursekit.workshop.grading.answer_owner import answer_check
from coursekit.workshop.grading.class_report import report
from coursekit.workshop.grading.manual_grades import read_manual_grades
from coursekit.workshop.grading.rewriting import Rewritings
from coursekit.workshop.grading.store import Store
from tests.workshop.grading.notebooks import ASSIGNMENT
from tests.workshop.grading.reports import empty, out, record

__all__ = ["empty", "out"]

HEAD = ["student", "assignment", "question", "points", "comment"]


def given(out: Path) -> dict[str, tuple[float, str]]:
    with Store(out / "grades.sqlite") as store:
        return {
            graded.student: (grade.points, grade.comment)
            for graded in store.submissions()
            for grade in graded.manual.values()
        }


def table(*rows: tuple[str, ...], separator: str = ",") -> str:
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=separator).writerows([HEAD, *rows])
    return file.getvalue()


@pytest.mark.parametrize("separator", [";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_a_table_with_decimal_commas_is_read(out: Path, separator: str, encoding: str) -> None:
    text = table(("anna", ASSIGNMENT, "why", "1,5", "Schön,\r\naber kurz"), separator=separator)
    (out / "x.csv").write_bytes(text.encode(encoding))
    report(out, out / "x.csv")
    assert given(out) == {"anna": (1.5, "Schön,\naber kurz")}


def test_all_students_and_comments_come_back_as_they_were(out: Path) -> None:
    students = ["'t Hooft", "'=x", "-anna", "s1;=1+1", "＝1", " blank ", 'q"uote', "a\r\nb", "''-x"]
    for student in students:
        record(out, student)
    report(out)
    with (out / f"{ASSIGNMENT}-by-hand.csv").open(newline="", encoding="utf-8-sig") as file:
        head, *rows = csv.reader(file)
    point, comment = head.index("points"), head.index("comment")
    for row in rows:
        row[point], row[comment] = "1", "- say why"
    with (out / "x.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([head, *rows])
    report(out, out / "x.csv")
    assert {*students} <= {*given(out)}
    assert {*given(out).values()} == {(1.0, "- say why")}
    report(out, out / f"{ASSIGNMENT}-by-hand.csv")
    assert {*given(out).values()} == {(1.0, "- say why")}


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([("anna", ASSIGNMENT, "why", "1,5", "")], "row 2: wanted 0 to 3 points, got '1,5'"),
        ([("anna", ASSIGNMENT, "why", "nan", "")], "row 2: wanted 0 to 3 points, got 'nan'"),
        ([("anna", ASSIGNMENT, "why", "1_0", "")], "row 2: wanted 0 to 3 points, got '1_0'"),
        ([("anna", ASSIGNMENT, "why", "", "good")], "row 2: wanted 0 to 3 points, got ''"),
        ([("anna", ASSIGNMENT, "how", "1", "")], "row 2: 04_saliency has no question 'how'; wanted why"),
        ([("anna", ASSIGNMENT, "why", "1", "x" * 20_001)], "row 2: a comment of 20,001 characters; wanted"),
        ([("anna", ASSIGNMENT, "why", "1", "")] * 2, "row 3: the same answer as in .*row 2; wanted each"),
        ([("dora", ASSIGNMENT, "why", "1", "")], "row 2: no submission of 'dora'.*wanted a student"),
        ([("=cmd()", ASSIGNMENT, "why", "1", ""), ("dora", ASSIGNMENT, "why", "1", "")], "row 3: no sub"),
    ],
)
def test_of_a_wrong_table_nothing_is_recorded(out: Path, rows, message: str) -> None:
    """Not even what stands above the wrong row."""
    (out / "x.csv").write_text(table(*rows))
    with pytest.raises(ValueError, match=message) as error:
        report(out, out / "x.csv")
    assert "\n" not in str(error.value)
    assert given(out) == {}


def as_excel_saves_it(table: Path) -> None:
    """With semicolons, in Windows-1252, without the noughts in front of numbers, and sorted."""
    with table.open(newline="", encoding="utf-8-sig") as file:
        head, *rows = csv.reader(file)
    for row in rows:
        row[0] = row[0].lstrip("0")
        row[head.index("points")] = (
            "1,5" if check_of(row, head) == answer_check("0123", ASSIGNMENT, "why") else "3"
        )
    with table.with_name("x.csv").open("w", newline="", encoding="cp1252") as file:
        csv.writer(file, delimiter=";").writerows([head, *reversed(rows)])


def check_of(row: list[str], head: list[str]) -> str:
    return row[head.index("check")] if "check" in head else ""


def test_points_of_one_whose_noughts_a_spreadsheet_takes_are_not_anothers(empty: Path) -> None:
    for student in ("0123", "123"):
        record(empty, student)
    report(empty)
    as_excel_saves_it(empty / f"{ASSIGNMENT}-by-hand.csv")
    report(empty, empty / "x.csv")
    assert given(empty) == {"0123": (1.5, ""), "123": (3.0, "")}


@pytest.mark.parametrize("students", [("0123", "123"), ("0123",)])
def test_without_the_column_check_such_a_row_is_refused(empty: Path, students: tuple[str, ...]) -> None:
    for student in students:
        record(empty, student)
    (empty / "x.csv").write_text(
        table(("0123", ASSIGNMENT, "why", "2", ""), ("123", ASSIGNMENT, "why", "3", ""))
    )
    with pytest.raises(
        ValueError, match=r"x\.csv, row 3: '123' may be .* of '0123'; wanted the row's letters"
    ):
        report(empty, empty / "x.csv")
    assert given(empty) == {}


def test_without_the_guard_the_points_are_anothers(empty: Path, monkeypatch) -> None:
    for student in ("0123", "123"):
        record(empty, student)
    (empty / "x.csv").write_text(table(("123", ASSIGNMENT, "why", "2", "0123's, once")))
    monkeypatch.setattr(Rewritings, "of", lambda *_: [])
    report(empty, empty / "x.csv")
    assert given(empty) == {"123": (2.0, "0123's, once")}


def test_rows_of_which_two_are_of_one_student_are_refused(empty: Path) -> None:
    record(empty, "0123")
    check = answer_check("0123", ASSIGNMENT, "why")
    rows = [[*HEAD, "check"], *([name, ASSIGNMENT, "why", "2", "", check] for name in ("0123", "123"))]
    with (empty / "x.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    with pytest.raises(ValueError, match=r"row 3: the same answer as in .*row 2; wanted each once"):
        report(empty, empty / "x.csv")


def test_an_unknown_assignment_is_named_with_its_row(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text(table(("anna", "99_none", "why", "1", "")))
    with pytest.raises(ValueError, match=r"x\.csv, row 2: .*99_none"):
        read_manual_grades(tmp_path / "x.csv", {})


def test_rows_without_points_change_nothing(out: Path) -> None:
    (out / "x.csv").write_text(table(("anna", ASSIGNMENT, "why", "2", "good")))
    report(out, out / "x.csv")
    (out / "x.csv").write_text(table(("anna", ASSIGNMENT, "why", "", "")))
    report(out, out / "x.csv")
    assert given(out) == {"anna": (2.0, "good")}
