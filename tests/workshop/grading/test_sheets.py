"""Tables of points: that spreadsheets and learning platforms can import them."""

import csv
import json
from pathlib import Path

import pytest

from coursekit.workshop.grading.assignment import load_assignment
from coursekit.workshop.grading.class_report import report
from coursekit.workshop.grading.manual_grades import read_manual_grades
from tests.workshop.grading.notebooks import ASSIGNMENT
from tests.workshop.grading.reports import EVIL, out

__all__ = ["out"]


def rows(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        return list(csv.reader(file))


def test_the_plain_table_has_a_column_for_each_exercise(out: Path) -> None:
    report(out)
    head, possible, *students = rows(out / f"{ASSIGNMENT}.csv")
    names = [exercise.name for exercise in load_assignment(ASSIGNMENT).exercises]
    assert head == ["student", *names, "why", "total"]
    assert float(possible[-1]) == 16 + 3
    assert {row[0]: float(row[-1]) for row in students} == {"anna": 16, EVIL: 0, "'=cmd()": 8}
    assert {row[-2] for row in students} == {""}


def test_canvas_gets_what_it_imports(out: Path) -> None:
    """Its importer wants Student and ID first, then the two of the SIS, then Section, then assignments."""
    report(out)
    head, possible, *students = rows(out / f"{ASSIGNMENT}-canvas.csv")
    assert head == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", ASSIGNMENT]
    assert possible == ["    Points Possible", "", "", "", "", "19"]
    assert students[2] == ["anna", "", "", "anna", "", "16.0"]
    assert [float(row[-1]) for row in students] == [0, 8, 16]


def test_moodle_gets_what_it_imports(out: Path) -> None:
    """A row for each user, a grade, and feedback, which Moodle takes for HTML."""
    report(out)
    head, *students = rows(out / f"{ASSIGNMENT}-moodle.csv")
    assert head == ["Username", ASSIGNMENT, "Feedback"]
    assert [(row[0], float(row[1])) for row in students] == [(EVIL, 0), ("'=cmd()", 8), ("anna", 16)]
    assert "&lt;script&gt;" in students[0][2]
    assert "<script" not in students[0][2]
    assert "\nocclusion: 0 of 3. Right on 0 of 1 hidden cases." in students[0][2]


def test_gradescope_gets_its_results_json(out: Path) -> None:
    """The keys and values of its specification."""
    (out / "x.csv").write_text(f"student,assignment,question,points,comment\nanna,{ASSIGNMENT},why,2,Good.\n")
    report(out, out / "x.csv")
    results = json.loads((out / "gradescope" / ASSIGNMENT / "anna" / "results.json").read_text())
    assert set(results) == {"output", "output_format", "tests"}
    assert results["output_format"] == "text"
    keys = {"name", "score", "max_score", "output", "output_format", "visibility"}
    for test in results["tests"]:
        assert set(test) == keys
        assert (test["output_format"], test["visibility"]) == ("text", "visible")
        assert 0 <= test["score"] <= test["max_score"]
    assert sum(test["score"] for test in results["tests"]) == 16 + 2
    assert (results["tests"][-1]["name"], results["tests"][-1]["output"]) == ("why", "Good.")


def test_points_by_hand_come_back_and_count(out: Path) -> None:
    report(out)
    table = out / f"{ASSIGNMENT}-by-hand.csv"
    head, *answers = rows(table)
    assert head[-2:] == ["points", "comment"]
    assert [answers[2][0], answers[2][2], answers[2][4]] == ["anna", "why", "3"]
    assert EVIL in answers[2][5]
    filled = [[*row[:6], "2.5", "good"] for row in answers]
    with (out / "filled.csv").open("w", newline="") as file:
        csv.writer(file).writerows([head, *filled])
    report(out, out / "filled.csv")
    assert {row[0]: row[-1] for row in rows(out / f"{ASSIGNMENT}.csv")[2:]}["anna"] == "18.5"
    assert [row[-2:] for row in rows(table)[1:]] == [["2.5", "good"]] * 3


@pytest.mark.parametrize(("points", "question"), [("4", "why"), ("-1", "why"), ("many", "why"), ("1", "how")])
def test_wrong_points_by_hand_are_refused(out: Path, points: str, question: str) -> None:
    (out / "x.csv").write_text(f"student,assignment,question,points\nanna,{ASSIGNMENT},{question},{points}\n")
    with pytest.raises(ValueError, match=r"x\.csv, row 2"):
        report(out, out / "x.csv")


def test_a_case_file_needs_its_columns(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("student,points\nanna,3\n")
    with pytest.raises(ValueError, match="no column assignment, question"):
        read_manual_grades(tmp_path / "x.csv", {})
