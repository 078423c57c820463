"""Who of the store is who in a roster. Nobody is guessed."""

import re
from pathlib import Path

import pytest

from coursekit.workshop.grading.rewriting import Rewritings
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


def matched_in(students: list[str], *entries: RosterEntry):
    return match_roster(Roster(Path("r"), RosterKind.WORKSHEET, {}, entries), students)


def in_worksheet(identifier: str, name: str = "") -> RosterEntry:
    number = identifier.rpartition(" ")[2]
    return RosterEntry("r, row 2", name, moodle_id=number, cells={"identifier": identifier})


@pytest.mark.parametrize(
    ("identifier", "student"),
    [("Participant 7", "Participant_7"), ("Teilnehmer/in 7", "Teilnehmerin_7"), ("参加者 7", "参加者_7")],
)
def test_where_moodle_hides_names_its_own_word_stands_for_one(identifier: str, student: str) -> None:
    entry = in_worksheet(identifier)
    assert matched_in([student], entry).entries == {student: entry}
    for other in ("team_7", "Jane Doe_7", "_7"):
        (line,) = matched_in([other], entry).unmatched
        assert re.search(rf"{other}'.* ('{identifier}' \(r, row 2\), but not the name|is not in r)", line)


def test_a_number_without_a_name_is_nobodys_in_canvas() -> None:
    entry = RosterEntry("r, row 2", student="jdoe", canvas_id="7")
    assert matched_in(["team_7"], entry).entries == {}


@pytest.mark.parametrize(
    ("student", "name"),
    [
        ("Anna Lee", "Alee, Ann"),
        ("Anna Lee_9", "Alee, Ann"),
        ("Jo Hanna Smith_9", "Smith, Johanna"),
        ("Marie Claire_9", "Claire-Marie, A"),
    ],
)
def test_words_that_are_alike_only_when_run_together_are_another_name(student: str, name: str) -> None:
    assert matched_in([student], in_worksheet("Participant 9", name)).entries == {}


@pytest.mark.parametrize(
    ("student", "name"),
    [
        ("Jean-Luc Picard_9", "Picard, Jean-Luc"),
        ("ONeil Sam_9", "O'Neil, Sam"),
        ("Ana García López_9", "García López, Ana"),
        ("leeanna_9", "Lee, Anna"),
        ("Madonna_9", "Madonna"),
    ],
)
def test_a_name_may_be_in_either_order_and_lack_signs(student: str, name: str) -> None:
    assert [*matched_in([student], in_worksheet("Participant 9", name)).entries] == [student]


@pytest.mark.parametrize(
    ("field", "one", "other"),
    [
        ("name", "José Müller", "Jose Muller"),
        ("name", "DE LA Cruz", "De La Cruz"),
        ("username", "JDoe", "jdoe"),
    ],
)
def test_what_is_written_exactly_so_comes_first(field: str, one: str, other: str) -> None:
    entries = [RosterEntry(f"r, {text}", **{field: text}) for text in (one, other)]
    assert matched_in([one, other], *entries).entries == dict(zip((one, other), entries, strict=True))


def test_a_roster_without_the_noughts_in_front_of_numbers_names_nobody(monkeypatch) -> None:
    rewritten, own = (RosterEntry(f"r, row {row}", sid="123") for row in (2, 3))
    found = matched_in(["0123", "123"], rewritten)
    assert found.entries == {}
    assert "'123' may be what a spreadsheet made of '0123', who is not found" in found.unmatched[1]
    assert matched_in(["0123", "123"], rewritten, own).entries == {}
    whole = RosterEntry("r, row 2", sid="0123")
    assert [*matched_in(["0123", "123"], whole, own).entries] == ["0123", "123"]
    monkeypatch.setattr(Rewritings, "of", lambda *_: [])
    assert matched_in(["0123", "123"], rewritten).entries == {"123": rewritten}


@pytest.mark.parametrize(("one", "other"), [("कमल शर्मा", "कमला शर्मा"), ("かぎ まり", "かき まり")])
def test_letters_that_some_scripts_write_as_marks_are_letters(one: str, other: str) -> None:
    entry = RosterEntry("r, row 2", other)
    found = match_roster(Roster(Path("r"), RosterKind.CANVAS, {}, (entry,)), [one, other])
    assert found.entries == {other: entry}


def test_a_login_is_nobodys_name(tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text("student,email\nsmith,smith@x.org\nlee,lee@x.org\n")
    found = match_roster(read_roster(tmp_path / "roster.csv"), ["smith_2", "l.e-e", "lee"])
    assert list(found.entries) == ["lee"]


ACCENTED = RosterEntry("r, row 2", "Lee, Kím")
SWAPPED = RosterEntry("r, row 3", "Kim, Lee")


def test_a_name_exactly_in_the_other_order_does_not_beat_one_in_this() -> None:
    found = matched_in(["Kim Lee"], ACCENTED, SWAPPED)
    assert found.entries == {}
    assert found.unmatched == ["'Kim Lee' could be 'Lee, Kím' (r, row 2) or 'Kim, Lee' (r, row 3)"]
    assert matched_in(["Kím Lee"], ACCENTED, SWAPPED).entries == {"Kím Lee": ACCENTED}


@pytest.mark.parametrize(
    ("student", "swapped"),
    [
        ("Kim Lee", True),
        ("Kim, Lee", False),
        ("Lee Kim", False),
        ("Lee, Kim", True),
        ("kimlee", False),
        ("leekim", False),
        ("leekim_7", True),
        ("kimlee_7", False),
    ],
)
def test_who_is_found_by_a_name_in_the_other_order_is_said(student: str, swapped: bool) -> None:
    found = matched_in([student], SWAPPED)
    assert (found.entries, found.swapped) == ({student: SWAPPED}, [student] if swapped else [])


def test_an_id_is_found_in_no_order() -> None:
    entry = RosterEntry("r, row 3", "Kim, Lee", email="Kim Lee")
    assert matched_in(["Kim Lee"], entry).swapped == []


def test_a_stranger_whose_name_is_a_date_makes_no_numbers_unsure() -> None:
    numbers = [f"{number}" for number in range(45_000, 45_600)]
    entries = [RosterEntry(f"r, row {number}", sid=number) for number in numbers]
    found = matched_in(["may1", *numbers], *entries)
    (stranger, *unsure) = found.unmatched
    assert "'may1' is not in" in stranger
    # Only a first of May would be written so, in either way to count days; the lines name the cause.
    assert [line.partition(" may be")[0] for line in unsure] == ["'45046'", "'45047'", "'45412'", "'45413'"]
    assert all("made of 'may1', who is not found" in line for line in unsure)


def test_a_name_of_signs_alone_is_known_by_its_number() -> None:
    entry = RosterEntry("r, row 2", "🦊", canvas_id="111")
    assert matched_in(["_111"], entry).entries == {"_111": entry}
    assert matched_in(["_111"], RosterEntry("r, row 2", "Doe, Jane", canvas_id="111")).entries == {}
    assert matched_in(["_111"], RosterEntry("r, row 2", canvas_id="111")).entries == {}
