"""The report on a class: whose points are in it, and what is said of those whose are not."""

import csv
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from coursekit.workshop.cli import app
from coursekit.workshop.grading.class_report import report
from coursekit.workshop.grading.course import grade_folder
from coursekit.workshop.grading.store import Store
from tests.workshop.grading.batches import folder, graded_by
from tests.workshop.grading.notebooks import ASSIGNMENT, LIMITS
from tests.workshop.grading.reports import empty, record

__all__ = ["empty", "folder"]


def students(table: Path) -> list[str]:
    with table.open(newline="", encoding="utf-8-sig") as file:
        return [row[0] for row in csv.reader(file)][1:]


def files_of(out: Path, student: str) -> list[Path]:
    return [path for path in out.rglob("*") if path.is_file() and student in str(path.relative_to(out))]


def mark_missing(out: Path, *present: str) -> None:
    with Store(out / "grades.sqlite") as store:
        store.mark_missing(Path(), [(student, ASSIGNMENT) for student in present])


@pytest.fixture
def graded(empty: Path) -> Path:
    """Two students of whom there is a report, and one of them hands in no longer."""
    for student in ("anna", "bert"):
        record(empty, student)
    report(empty)
    mark_missing(empty, "anna")
    return empty


def test_a_report_on_nothing_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="grade first"):
        report(tmp_path)


def test_nobody_has_points_for_what_is_no_longer_handed_in(graded: Path) -> None:
    """Nor from an earlier report."""
    assert files_of(graded, "bert")
    (line,) = report(graded).missing
    assert f"{ASSIGNMENT}: no longer handed in, and not in the tables: 'bert'. " in line
    for name in ("", "-canvas", "-moodle", "-by-hand"):
        assert "bert" not in students(graded / f"{ASSIGNMENT}{name}.csv")
        assert "anna" in students(graded / f"{ASSIGNMENT}{name}.csv")
    assert not files_of(graded, "bert")
    page = (graded / "pages" / f"{ASSIGNMENT}.html").read_text()
    assert (
        "No longer handed in, and in the tables only with <code>--keep-missing</code>: <bdi>bert</bdi>."
        in page
    )
    assert f"{ASSIGNMENT}: 1 submission<" in page


def test_whoever_asks_gets_them_and_is_told(graded: Path) -> None:
    (line,) = report(graded, keep_missing=True).missing
    assert "in the tables because of --keep-missing: 'bert'" in line
    assert {"anna", "bert"} <= {*students(graded / f"{ASSIGNMENT}.csv")}
    assert "<bdi>bert</bdi>." in (graded / "pages" / f"{ASSIGNMENT}.html").read_text()


def test_the_command_fails_unless_it_was_asked_to_keep_them(graded: Path) -> None:
    done = CliRunner().invoke(app, ["report", str(graded)])
    assert done.exit_code == 1
    assert "no longer handed in, and not in the tables: 'bert'" in done.stderr
    done = CliRunner().invoke(app, ["report", str(graded), "--keep-missing"])
    assert done.exit_code == 0
    assert "no longer handed in" in done.stderr


def test_an_assignment_of_which_nothing_is_left_has_empty_tables(graded: Path) -> None:
    mark_missing(graded)
    report(graded)
    assert students(graded / f"{ASSIGNMENT}.csv") == ["points possible"]
    assert "0 submissions" in (graded / "pages" / f"{ASSIGNMENT}.html").read_text()


def test_only_those_whose_submissions_count_are_looked_for_in_the_roster(graded: Path) -> None:
    (graded / "roster.csv").write_text("student,sid\nanna,1\nbert,2\n")
    found = report(graded, roster=graded / "roster.csv")
    assert found.absent == [f"{ASSIGNMENT}: no submission of 'bert'"]


def test_a_worksheet_of_an_earlier_report_does_not_stay(empty: Path) -> None:
    record(empty, "Jane Doe_7")
    (empty / f"{ASSIGNMENT}.roster.csv").write_text("Identifier,Full name,Grade\nParticipant 7,Jane Doe,\n")
    report(empty, roster=empty / f"{ASSIGNMENT}.roster.csv")
    assert (empty / f"{ASSIGNMENT}-moodle-worksheet.csv").exists()
    report(empty)
    assert not (empty / f"{ASSIGNMENT}-moodle-worksheet.csv").exists()


def test_a_renamed_folder_is_no_second_student(folder: Path, tmp_path: Path, monkeypatch, capsys) -> None:
    """From the folder to the tables. A run of a part says nothing about the others."""
    graded_by(monkeypatch)
    out = tmp_path / "out"
    grade_folder(folder, out, limits=LIMITS)
    (folder / "anna").rename(folder / "anna maria")
    shutil.rmtree(folder / "bert")
    grade_folder(folder, out, limits=LIMITS, only=["anna maria"])
    assert report(out).missing == []
    assert "no longer handed in" not in capsys.readouterr().err
    grade_folder(folder, out, limits=LIMITS)
    said = capsys.readouterr().err
    for student in ("anna", "bert"):
        assert f"no longer handed in: {ASSIGNMENT} of '{student}', which was graded before" in said
    report(out)
    assert students(out / f"{ASSIGNMENT}.csv") == ["points possible", "anna maria", "carl"]


def test_without_the_mark_they_would_have_points(empty: Path, monkeypatch) -> None:
    monkeypatch.setattr(Store, "mark_missing", lambda *_: [])
    for student in ("anna", "bert"):
        record(empty, student)
    mark_missing(empty, "anna")
    assert report(empty).missing == []
    assert "bert" in students(empty / f"{ASSIGNMENT}.csv")
