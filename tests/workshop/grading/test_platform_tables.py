"""Tables with the learning platforms' own identifiers, read back as their importers read them."""

import csv
from pathlib import Path

import pytest
from typer.testing import CliRunner

from coursekit.workshop.cli import app
from coursekit.workshop.grading import table_students
from coursekit.workshop.grading.class_report import report
from coursekit.workshop.grading.platform_tables import guarded
from coursekit.workshop.grading.results import CellFailure
from coursekit.workshop.grading.table_students import Identifier
from tests.workshop.grading.importers import CanvasCourse, MoodleAssignment, MoodleCourse
from tests.workshop.grading.notebooks import ASSIGNMENT
from tests.workshop.grading.reports import empty, record
from tests.workshop.grading.spreadsheet import formulas

__all__ = ["empty"]

CANVAS = (
    "Student,ID,SIS User ID,SIS Login ID,Section,04 Saliency (771),Current Score\n"
    ",,,,,Manual Posting,\n"
    "    Points Possible,,,,,16,(read only)\n"
    '"Doe, Jane",101,S-101,jdoe,"Section 1; A",,\n'
    '"Müller, José",102,S-102,-jm,Section 1,,\n'
    '"Student, Test",103,,abc123,Section 1,,\n'
)
WORKSHEET = (
    "Identifier,Full name,Email address,Status,Grade,Maximum Grade,Grade can be changed,"
    "Last modified (submission),Last modified (grade),Feedback comments\n"
    'Participant 201,Jane Doe,jane@x.org,Submitted for grading,,19.00,Yes,"Friday, 1 May 2026, 9:00 AM",-,\n'
    'Participant 202,José Müller,jose@x.org,Submitted for grading,,19.00,Yes,"1 May 2026, 9:00 AM",-,\n'
    "Participant 203,Test Student,t@x.org,No submission,7.00,19.00,Yes,-,-,kept\n"
)


def rows(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def written(out: Path, roster: str, name: str = "roster.csv"):
    (out / name).write_text(roster, encoding="utf-8")
    return report(out, roster=out / name)


def test_canvas_finds_everybody_and_the_assignment(empty: Path) -> None:
    """After "How do I export grades in the Gradebook?" of the Canvas Instructor Guide."""
    for student, earned in (("doejane_101", 1), ("Jose Muller", 0.5), ("abc123", 0)):
        record(empty, student, earned)
    found = written(empty, CANVAS)
    assert found.unmatched == found.absent == []
    students = {
        "101": ("Doe, Jane", "S-101", "jdoe"),
        "102": ("Müller, José", "S-102", "-jm"),
        "103": ("Student, Test", "", "abc123"),
    }
    course = CanvasCourse(students, {"771": "04 Saliency", "772": "04 Saliency, again"})
    grades = course.imported(empty / f"{ASSIGNMENT}-canvas.csv")
    assert grades == {("101", "771"): 16, ("102", "771"): 8, ("103", "771"): 0}
    assert course.points_possible == {"771": "19"}
    assert course.unknown == []
    table = rows(empty / f"{ASSIGNMENT}-canvas.csv")
    # Identifiers are exact, also where a sign comes first; the rest is guarded.
    assert ["Müller, José", "102", "S-102", "-jm", "Section 1", "8.0"] in table


def test_without_a_roster_nobody_is_taken_for_the_possible_points(empty: Path, monkeypatch) -> None:
    record(empty, "Points Possible", 0)
    course = CanvasCourse({"1": ("x", "", "Points Possible")}, {"7": ASSIGNMENT})
    report(empty)
    assert course.imported(empty / f"{ASSIGNMENT}-canvas.csv") == {("1", "7"): 0}
    assert course.points_possible == {"7": "19"}
    monkeypatch.setattr(table_students, "_canvas_name", lambda name: name)
    report(empty)
    course.imported(empty / f"{ASSIGNMENT}-canvas.csv")
    assert course.points_possible == {"7": "0"}


@pytest.mark.parametrize("student", ["0", " ", "\t"])
def test_no_name_gives_its_grade_to_another_in_moodle(empty: Path, monkeypatch, student: str) -> None:
    """PHP takes "0" for empty, and Moodle then keeps the user of the row before."""
    record(empty, "\x01anna", 1)
    record(empty, student, 0)
    course = MoodleCourse({"1": {"Username": "\x01anna"}})
    report(empty)
    with pytest.raises(LookupError, match="nothing is imported"):
        course.imported(empty / f"{ASSIGNMENT}-moodle.csv")
    monkeypatch.setattr(table_students, "_moodle_identifier", lambda identifier: identifier)
    report(empty)
    if student == "\t":
        return  # it stands above anna's row, where there is no user yet
    assert course.imported(empty / f"{ASSIGNMENT}-moodle.csv")["1"][0] == 0


def test_moodles_gradebook_finds_everybody(empty: Path) -> None:
    """After "Participants" in MoodleDocs: "Download table data as", with what the site shows of users."""
    record(empty, "jane@x.org", 1)
    record(empty, "José Müller", 0.5, cell_failures=[CellFailure(1, None, "<b>;=1+1")])
    found = written(
        empty,
        "First name;Last name;Username;Email address;ID number;Groups\n"
        "Jane;Doe;jdoe;jane@x.org;;\nJosé;Müller;-jm;jose@x.org;7;\n",
    )
    assert found.unmatched == []
    course = MoodleCourse({"1": {"Username": "jdoe"}, "2": {"Username": "-jm"}})
    grades = course.imported(empty / f"{ASSIGNMENT}-moodle.csv")
    assert {user: grade for user, (grade, _) in grades.items()} == {"1": 16, "2": 8}
    assert "&lt;b&gt;<wbr>" in grades["2"][1] or "&lt;b&gt;;<wbr>=1+1" in grades["2"][1]


def test_where_one_has_no_username_moodle_gets_addresses(empty: Path) -> None:
    record(empty, "jdoe")
    record(empty, "jose")
    written(empty, "student,username,email\njdoe,jdoe,jane@x.org\njose,,jose@x.org\n")
    course = MoodleCourse({"1": {"Email address": "jane@x.org"}, "2": {"Email address": "jose@x.org"}})
    assert {*course.imported(empty / f"{ASSIGNMENT}-moodle.csv")} == {"1", "2"}


def test_moodles_assignment_reads_its_worksheet_back(empty: Path) -> None:
    """After "Assignment settings: Offline grading worksheet" and "Using Assignment" in MoodleDocs."""
    record(empty, "Jane Doe_201", 1)
    record(empty, "José Müller_202", 0.5)
    found = written(empty, WORKSHEET, "Grades-CS1-04 Saliency-33.csv")
    assert found.unmatched == []
    assert found.absent == [f"{ASSIGNMENT}: no submission of 'Test Student'"]
    worksheet = empty / f"{ASSIGNMENT}-moodle-worksheet.csv"
    assert worksheet in found.paths
    grades = MoodleAssignment(["201", "202", "203"], 19).imported(worksheet)
    assert {number: grade for number, (grade, _) in grades.items()} == {"201": 16, "202": 8, "203": 7}
    assert "target_scores: " in grades["201"][1]
    assert grades["203"][1] == "kept"
    head, *table = rows(worksheet)
    assert head == WORKSHEET.splitlines()[0].split(",")
    assert table[0][5:9] == ["19.00", "Yes", "Friday, 1 May 2026, 9:00 AM", "-"]


def test_a_worksheet_is_of_one_assignment(empty: Path) -> None:
    """Participants have other numbers in another one."""
    record(empty, "Jane Doe_201")
    record(empty, "Jane Doe_999", assignment="05_gradcam")
    found = written(empty, WORKSHEET, "Grades-04 Saliency.csv")
    assert found.unmatched == []
    assert not (empty / "05_gradcam-moodle-worksheet.csv").exists()
    course = MoodleCourse({"1": {"Email address": "jane@x.org"}})
    assert {*course.imported(empty / "05_gradcam-moodle.csv")} == {"1"}
    with pytest.raises(ValueError, match=r"wanted its name in the file's name: 04_saliency or 05_gradcam"):
        written(empty, WORKSHEET, "grades.csv")


def test_a_hostile_name_in_a_roster_is_guarded_and_an_identifier_only_if_it_could_do_harm(empty) -> None:
    record(empty, "evil")
    roster = 'Student,ID,SIS Login ID,Section\n"=1+1;-x",1,evil,"=cmd|\' /C calc\'!A0"\n"=2",2,"=cmd()",B\n'
    written(empty, roster)
    assert not formulas(empty / f"{ASSIGNMENT}-canvas.csv")
    assert guarded(Identifier("-anna@x.org")) == "-anna@x.org"
    for text in ("=cmd|' /C calc'!A0", "+cmd()", "-1;=x", "@SUM(1)"):
        assert guarded(Identifier(text)) == guarded(text) != text


def test_the_command_lists_who_is_not_in_the_roster_and_fails(empty: Path) -> None:
    record(empty, "jdoe")
    record(empty, "bob\x1b[31m")
    (empty / "roster.csv").write_text(CANVAS, encoding="utf-8")
    done = CliRunner().invoke(app, ["report", str(empty), "--roster", str(empty / "roster.csv")])
    assert done.exit_code == 1
    assert f"{ASSIGNMENT}: 'bob\\x1b[31m' is not in {empty / 'roster.csv'}" in done.output
    assert f"{ASSIGNMENT}: no submission of 'Müller, José', 'Student, Test'" in done.output
    assert "stand as unidentified in the tables for Canvas and Moodle" in done.output
    assert [*rows(empty / f"{ASSIGNMENT}-canvas.csv")[2][:5]] == ["unidentified: bob\x1b[31m", "", "", "", ""]


@pytest.mark.parametrize("student", ["kl", "102", "S-102", "Lee, Kim", "kim@x.org"])
def test_who_is_not_in_the_roster_gets_nobody_elses_row(empty: Path, monkeypatch, student: str) -> None:
    """The platform may know somebody by that text whom the roster, of a section for instance, has not."""
    record(empty, "jdoe", 1)
    record(empty, student, 0)
    roster = "First name,Last name,Username,Email address\nJane,Doe,jdoe,j@x.org\n"
    canvas = CanvasCourse(
        {"102": ("Lee, Kim", "S-102", "kl"), "103": ("x", "kim@x.org", "102")}, {"7": ASSIGNMENT}
    )
    moodle = MoodleCourse({"1": {"Username": "jdoe"}, "2": {"Username": student}})

    def graded() -> list[str]:
        written(empty, roster)
        found = canvas.imported(empty / f"{ASSIGNMENT}-canvas.csv")
        return [one for one, _ in found] + [*moodle.imported(empty / f"{ASSIGNMENT}-moodle.csv")]

    with pytest.raises(LookupError, match=f"'unidentified: {student}': nothing is imported"):
        graded()
    assert canvas.imported(empty / f"{ASSIGNMENT}-canvas.csv") == {}
    assert f"unidentified: {student}" in canvas.unknown
    monkeypatch.setattr(table_students, "_unidentified", lambda student: student)
    assert "2" in graded()


def test_who_has_no_identifier_of_moodles_has_no_other_one(empty: Path) -> None:
    record(empty, "jdoe")
    record(empty, "jose")
    written(empty, "student,username,sid\njdoe,jdoe,\njose,,7\n")
    assert [row[0] for row in rows(empty / f"{ASSIGNMENT}-moodle.csv")] == [
        "Username",
        "jdoe",
        "unidentified: jose",
    ]


@pytest.mark.parametrize(
    "name",
    [
        "grades.csv",
        "Grades-05 Gradcam-34.csv",
        "Grades-104 Saliency.csv",
        "Grades-04 Saliency 05 Gradcam.csv",
    ],
)
def test_a_worksheet_of_another_assignment_is_refused(empty: Path, name: str) -> None:
    """Also where there is one assignment alone: uploaded there, the points would be for other work."""
    record(empty, "Jane Doe")
    if "04 Saliency 05" in name:
        record(empty, "Jane Doe", assignment="05_gradcam")
    with pytest.raises(ValueError, match=r"wanted its name in the file's name: 04_saliency.*rename the file"):
        written(empty, WORKSHEET, name)
    assert not (empty / f"{ASSIGNMENT}-moodle-worksheet.csv").exists()


def test_absent_students_are_no_error(empty: Path) -> None:
    record(empty, "jdoe")
    (empty / "roster.csv").write_text(CANVAS, encoding="utf-8")
    done = CliRunner().invoke(app, ["report", str(empty), "--roster", str(empty / "roster.csv")])
    assert done.exit_code == 0
