"""Points by hand: read from what a spreadsheet has saved, and recorded all or none."""

import csv
import io
from pathlib import Path

import pytest

from coursekit.workshop.grading.class_report import report
from coursekit.workshop.grading.manual_grades import read_manual_grades
from coursekit.workshop.grading.store import Store
from tests.workshop.grading.notebooks import ASSIGNMENT
from tests.workshop.grading.reports import out, record

__all__ = ["out"]

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


def test_an_unknown_assignment_is_named_with_its_row(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text(table(("anna", "99_none", "why", "1", "")))
    with pytest.raises(ValueError, match=r"x\.csv, row 2: .*99_none"):
        read_manual_grades(tmp_path / "x.csv")


def test_rows_without_points_change_nothing(out: Path) -> None:
    (out / "x.csv").write_text(table(("anna", ASSIGNMENT, "why", "2", "good")))
    report(out, out / "x.csv")
    (out / "x.csv").write_text(table(("anna", ASSIGNMENT, "why", "", "")))
    report(out, out / "x.csv")
    assert given(out) == {"anna": (2.0, "good")}
