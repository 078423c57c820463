"""Who of the store is who in a roster. Nobody is guessed."""

import re
from pathlib import Path

import pytest

from coursekit.workshop.grading.roster import Roster, RosterEntry, RosterKind, read_roster
from coursekit.workshop.grading.roster_match import match_roster

JANE = RosterEntry(
    "r, row 2", "Doe, Jane", canvas_id="101", sis_login_id="jdoe", email="jane@x.org", sid="s1"
)
JOSE = RosterEntry("r, row 3", "José Müller", moodle_id="202", username="jm", canvas_id="102")
TWIN = RosterEntry("r, row 4", "Lee, Kim", canvas_id="103", sis_login_id="kl1")
OTHER_TWIN = RosterEntry("r, row 5", "Kim Lee", canvas_id="104", sis_login_id="kl2")
MATCHING = (JANE, JOSE, TWIN, OTHER_TWIN)


def matched(*students: str):
    return match_roster(Roster(Path("r"), RosterKind.CANVAS, {}, MATCHING), students)


@pytest.mark.parametrize(
    ("student", "entry"),
    [
        ("jdoe", JANE),
        ("JDoe", JANE),
        ("jane@x.org", JANE),
        ("s1", JANE),
        ("101", JANE),
        ("doejane_101", JANE),
        ("Jane Doe", JANE),
        ("doe, JANE", JANE),
        ("doejane", JANE),
        ("José Müller_202", JOSE),
        ("Jose Muller", JOSE),
        ("müllerjosé_102", JOSE),
        ("kl2", OTHER_TWIN),
        ("leekim_103", TWIN),
    ],
)
def test_a_student_is_found_by_each_id_and_by_name(student: str, entry: RosterEntry) -> None:
    found = matched(student)
    assert found.entries == {student: entry}
    assert found.unmatched == []
    assert entry not in found.absent
    assert len(found.absent) == 3


@pytest.mark.parametrize(
    ("student", "why"),
    [
        ("nobody", r"'nobody' is not in r"),
        ("Kim Lee", r"'Kim Lee' could be .*row 4.* or .*row 5"),
        ("doejane_999", r"'doejane_999' is not in r"),
        ("bobbob_101", r"'bobbob_101' has the number of 'Doe, Jane' .*but not the name"),
        ("team_7", r"'team_7' is not in r"),
        ("", r"'' is not in r"),
    ],
)
def test_where_it_is_not_sure_nobody_is_taken(student: str, why: str) -> None:
    found = matched(student)
    assert found.entries == {}
    (line,) = found.unmatched
    assert re.search(why, line)


def test_two_students_are_not_the_same_entry() -> None:
    found = matched("jdoe", "Jane Doe", "jm")
    assert found.entries == {"jm": JOSE}
    assert found.unmatched == ["'jdoe' and 'Jane Doe' would both be 'Doe, Jane' (r, row 2)"]


@pytest.mark.parametrize(("one", "other"), [("कमल शर्मा", "कमला शर्मा"), ("かぎ まり", "かき まり")])
def test_letters_that_some_scripts_write_as_marks_are_letters(one: str, other: str) -> None:
    entry = RosterEntry("r, row 2", other)
    found = match_roster(Roster(Path("r"), RosterKind.CANVAS, {}, (entry,)), [one, other])
    assert found.entries == {other: entry}


def test_a_login_is_nobodys_name(tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text("student,email\nsmith,smith@x.org\nlee,lee@x.org\n")
    found = match_roster(read_roster(tmp_path / "roster.csv"), ["smith_2", "l.e-e", "lee"])
    assert list(found.entries) == ["lee"]
