"""No row of a platform's table may be taken for another student's."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from coursekit.workshop.cli import app
from coursekit.workshop.grading.class_report import report
from coursekit.workshop.grading.identifiers import Identifiers
from tests.workshop.grading.importers import CanvasCourse, MoodleAssignment, MoodleCourse
from tests.workshop.grading.notebooks import ASSIGNMENT
from tests.workshop.grading.reports import empty, record

__all__ = ["empty"]

# The first is who the platform takes, of two who have the same; the second handed in.
CANVAS = {
    "one name, in Gradescope's roster": (
        "First Name,Last Name,SID,Email\nJane,Doe,1,a@x.org\nJane,Doe,2,b@x.org\n",
        "b@x.org",
        {"101": ("Doe, Jane", "", ""), "102": ("Doe, Jane", "", "")},
    ),
    "a SIS id in other capitals": (
        "student,sis_user_id\na,ab7\nb,AB7\n",
        "b",
        {"101": ("x", "AB7", ""), "102": ("y", "AB7", "")},
    ),
    "one login": (
        'student,sis_login_id,name\na,jd,"Doe, J"\nb,jd,"Roe, J"\n',
        "b",
        {"101": ("Doe, J", "", "jd"), "102": ("Roe, J", "", "x")},
    ),
}
MOODLE = {
    "N/A as a number": ("First name,Last name,ID number\nJane,Doe,N/A\nKim,Lee,N/A\n", "Kim Lee", "N/A"),
    "one address in other capitals": (
        "First name,Last name,Email address\nJane,Doe,a@x.org\nKim,Lee,A@x.org\n",
        "Kim Lee",
        "A@x.org",
    ),
}


def written(out: Path, text: str, student: str, name: str = "roster.csv") -> str:
    """Report one student with a roster; what the command says, which must fail."""
    record(out, student)
    (out / name).write_text(text, encoding="utf-8")
    done = CliRunner().invoke(app, ["report", str(out), "--roster", str(out / name)])
    assert done.exit_code == 1
    return done.output


def never_shared(monkeypatch) -> None:
    monkeypatch.setattr(Identifiers, "sharing", lambda *_: [])


@pytest.mark.parametrize("name", CANVAS)
def test_canvas_gives_nobody_the_points_of_who_shares_an_identifier(
    name: str, empty: Path, monkeypatch
) -> None:
    roster, student, students = CANVAS[name]
    course = CanvasCourse(students, {"7": ASSIGNMENT})
    said = written(empty, roster, student)
    assert course.imported(empty / f"{ASSIGNMENT}-canvas.csv") == {}
    assert course.unknown == [f"unidentified: {student}"]
    assert "row 3 and " in said
    assert "for Canvas that is theirs alone" in said
    never_shared(monkeypatch)
    report(empty, roster=empty / "roster.csv")
    assert course.imported(empty / f"{ASSIGNMENT}-canvas.csv") == {("101", "7"): 16}


@pytest.mark.parametrize("name", MOODLE)
def test_moodle_neither(name: str, empty: Path, monkeypatch) -> None:
    roster, student, identifier = MOODLE[name]
    title = roster.partition("\n")[0].split(",")[-1]
    course = MoodleCourse({"1": {title: identifier}})
    assert f"has no {title} for Moodle that is theirs alone: '{identifier}'" in written(
        empty, roster, student
    )
    with pytest.raises(LookupError, match=f"unidentified: {student}"):
        course.imported(empty / f"{ASSIGNMENT}-moodle.csv")
    never_shared(monkeypatch)
    report(empty, roster=empty / "roster.csv")
    assert {*course.imported(empty / f"{ASSIGNMENT}-moodle.csv")} == {"1"}


def test_a_worksheet_with_one_identifier_twice_gives_it_no_points(empty: Path, monkeypatch) -> None:
    name = "Grades-04 Saliency.csv"
    roster = (
        "Identifier,Full name,Email address,Grade,Last modified (grade)\n"
        "Participant 9,Jane Doe,j@x.org,,-\nParticipant 9,Kim Lee,k@x.org,,-\n"
        "Participant 8,Mo Poe,m@x.org,,-\n"
    )
    record(empty, "Mo Poe_8")
    said = written(empty, roster, "Kim Lee", name)
    assert "no Identifier for Moodle's worksheet that is theirs alone: '9'" in said
    assignment, path = MoodleAssignment(["8", "9"], 19), empty / f"{ASSIGNMENT}-moodle-worksheet.csv"
    assert {*assignment.imported(path)} == {"8"}
    never_shared(monkeypatch)
    report(empty, roster=empty / name)
    assert {*assignment.imported(path)} == {"8", "9"}


def test_moodle_goes_by_the_column_that_tells_all_apart(empty: Path) -> None:
    roster = "student,username,email\na,x,a@x.org\nb,x,b@x.org\n"
    for student in "ab":
        record(empty, student)
    (empty / "roster.csv").write_text(roster)
    assert report(empty, roster=empty / "roster.csv").unmatched == []
    course = MoodleCourse({"1": {"Email address": "a@x.org"}, "2": {"Email address": "b@x.org"}})
    assert {*course.imported(empty / f"{ASSIGNMENT}-moodle.csv")} == {"1", "2"}


def test_who_has_a_namesake_is_found_by_what_they_have_alone(empty: Path) -> None:
    record(empty, "kl2")
    (empty / "roster.csv").write_text(
        'Student,ID,SIS Login ID,Section\n"Lee, Kim",1,kl1,A\n"Lee, Kim",2,kl2,A\n'
    )
    assert report(empty, roster=empty / "roster.csv").unmatched == []
    course = CanvasCourse({"1": ("Lee, Kim", "", "kl1"), "2": ("Lee, Kim", "", "kl2")}, {"7": ASSIGNMENT})
    assert {*course.imported(empty / f"{ASSIGNMENT}-canvas.csv")} == {("2", "7")}


def test_a_roster_of_moodles_is_not_blamed_for_canvas_table(empty: Path) -> None:
    record(empty, "kl2")
    (empty / "roster.csv").write_text("First name,Last name,Username\nKim,Lee,kl1\nKim,Lee,kl2\n")
    assert report(empty, roster=empty / "roster.csv").unmatched == []
    course = CanvasCourse({"1": ("Lee, Kim", "", "")}, {"7": ASSIGNMENT})
    assert course.imported(empty / f"{ASSIGNMENT}-canvas.csv") == {}


def test_without_a_roster_logins_that_look_alike_are_nobodys(empty: Path) -> None:
    for student in ("anna", "Anna", "bert"):
        record(empty, student)
    lines = report(empty).unmatched
    assert [line.split()[1] for line in lines] == ["'Anna'", "'anna'"]
    course = CanvasCourse({"1": ("x", "", "anna"), "2": ("y", "", "bert")}, {"7": ASSIGNMENT})
    assert {*course.imported(empty / f"{ASSIGNMENT}-canvas.csv")} == {("2", "7")}
