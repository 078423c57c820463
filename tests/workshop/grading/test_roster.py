"""Rosters as platforms export them: what each is, and whom it names."""

from pathlib import Path

import pytest

from coursekit.workshop.grading.roster import Roster, RosterEntry, RosterKind, read_roster


def read(folder: Path, text: str, encoding: str = "utf-8") -> Roster:
    (folder / "roster.csv").write_bytes(text.encode(encoding))
    return read_roster(folder / "roster.csv")


def only(roster: Roster) -> RosterEntry:
    (entry,) = roster.entries
    return entry


@pytest.mark.parametrize(
    "head",
    ["Student,ID,SIS User ID,SIS Login ID,Section", "LastName,FirstName,ID,SIS User ID,SIS Login ID,Section"],
)
def test_canvas_gradebook(tmp_path: Path, head: str) -> None:
    """The titles of Canvas' lib/gradebook_exporter.rb; rows about assignments are of no student."""
    name = '"Doe, Jane"' if head.startswith("Student") else "Doe,Jane"
    blank = "," * (name.count(",") if head.startswith("Last") else 0)
    roster = read(
        tmp_path,
        f"{head},A (1)\n{blank},,,,,Manual Posting\n    Points Possible{blank},,,,,5\n"
        f"{name},101,S-1,jdoe,B and C,\n",
    )
    entry = only(roster)
    assert roster.kind is RosterKind.CANVAS
    assert (entry.name, entry.canvas_id, entry.sis_user_id) == ("Doe, Jane", "101", "S-1")
    assert (entry.sis_login_id, entry.section, entry.student) == ("jdoe", "B and C", "")


def test_in_canvas_one_word_is_a_name(tmp_path: Path) -> None:
    assert only(read(tmp_path, "Student,ID,Section\nMadonna,7,A\n")).name == "Madonna"
    assert only(read(tmp_path, "student,canvas_id\nmadonna,7\n")).name == ""


def test_moodle_worksheet(tmp_path: Path) -> None:
    entry = only(read(tmp_path, "Identifier,Full name,Grade\nParticipant 77,Jane Doe,\n"))
    assert (entry.moodle_id, entry.name) == ("77", "Jane Doe")


@pytest.mark.parametrize("last", ["Last name", "Surname"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_moodle_participants(tmp_path: Path, last: str, encoding: str) -> None:
    roster = read(tmp_path, f"First name;{last};Email address\nZoë;Doe;z@x.org\n", encoding)
    assert roster.kind is RosterKind.PARTICIPANTS
    assert (only(roster).name, only(roster).email) == ("Doe, Zoë", "z@x.org")


def test_gradescope_roster(tmp_path: Path) -> None:
    """After "Adding Students and Staff" of the Gradescope guides."""
    roster = read(tmp_path, "First Name,Last Name,SID,Email,Sections\nJane,Doe,7,j@x.org,A\n")
    assert roster.kind is RosterKind.GRADESCOPE
    assert (only(roster).name, only(roster).sid, only(roster).email) == ("Doe, Jane", "7", "j@x.org")


@pytest.mark.parametrize("column", ["canvas_id", "sis_user_id", "sis_login_id", "username", "email", "sid"])
def test_plain_table(tmp_path: Path, column: str) -> None:
    roster = read(tmp_path, f"{column},student\n7,'=x\n")
    assert roster.kind is RosterKind.PLAIN
    assert (only(roster).student, getattr(only(roster), column)) == ("=x", "7")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name,points\nanna,3\n", "no roster that is known, with the titles name, points; wanted Moodle's"),
        ("student,sid\n", "names no student; wanted a row for each"),
        ("", "is empty"),
    ],
)
def test_what_is_no_roster_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read(tmp_path, text)


@pytest.mark.parametrize(
    ("titles", "found"),
    [
        ("04_saliency (7)", "04_saliency (7)"),
        ("04 Saliency (7)", "04 Saliency (7)"),
        ("04 Saliency (7),04_saliency (8)", "04_saliency"),
        ("05 Grad-CAM (9)", "04_saliency"),
    ],
)
def test_the_title_of_an_assignment_is_that_of_its_column(tmp_path: Path, titles: str, found: str) -> None:
    roster = read(tmp_path, f"Student,ID,Section,{titles}\nanna,1,A\n")
    assert roster.title_of("04_saliency") == found
