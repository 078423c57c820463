"""Finds the students of the store in a roster: by their ids, else by a name that only one of them has."""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from coursekit.workshop.grading.identity import Identity, parse_student
from coursekit.workshop.grading.roster import Roster, RosterEntry

__all__ = ["RosterMatch", "match_roster"]

_NUMBERS = ("canvas_id", "moodle_id")
"""Ids that stand in a student's text beside the name, so that the name must fit them."""


@dataclass(frozen=True)
class RosterMatch:
    """Who of an assignment's students is who in a roster.

    Attributes:
        roster: the list.
        entries: the entry of each student that was found.
        unmatched: why others were not, a line for each.
        absent: entries of whom there is no submission.
    """

    roster: Roster
    entries: Mapping[str, RosterEntry]
    unmatched: Sequence[str]
    absent: Sequence[RosterEntry]


def match_roster(roster: Roster, students: Sequence[str]) -> RosterMatch:
    """Find students in a roster. Nobody is guessed: of two that fit, neither is taken.

    Args:
        roster: the list.
        students: their texts in the store.

    Returns:
        Who is who, and who could not be found.
    """
    index = _Index(roster.entries)
    found, unmatched = {}, []
    for student in students:
        try:
            found[student] = _only(student, index.find(parse_student(student)), roster)
        except _UnmatchedError as error:
            unmatched.append(str(error))
    for entry, same in _claimed_twice(found):
        names = " and ".join(map(repr, same))
        unmatched.append(f"{names} would both be {_who(entry)}")
        found = {student: one for student, one in found.items() if one is not entry}
    taken = {*found.values()}
    return RosterMatch(roster, found, unmatched, [entry for entry in roster.entries if entry not in taken])


class _UnmatchedError(ValueError):
    """A student cannot be found in the roster; the message says why."""


def _only(student: str, entries: Sequence[RosterEntry], roster: Roster) -> RosterEntry:
    if not entries:
        raise _UnmatchedError(f"{student!r} is not in {roster.path}")
    if len(entries) > 1:
        raise _UnmatchedError(f"{student!r} could be {' or '.join(map(_who, entries))}")
    return entries[0]


def _who(entry: RosterEntry) -> str:
    return f"{entry.name or entry.student!r} ({entry.place})"


def _claimed_twice(found: Mapping[str, RosterEntry]) -> Iterator[tuple[RosterEntry, list[str]]]:
    students: dict[RosterEntry, list[str]] = {}
    for student, entry in found.items():
        students.setdefault(entry, []).append(student)
    yield from ((entry, same) for entry, same in students.items() if len(same) > 1)


class _Index:
    """The entries of a roster, by all that they could be found by."""

    def __init__(self, entries: Iterable[RosterEntry]) -> None:
        self._ids: dict[str, list[RosterEntry]] = {}
        self._names: dict[str, list[RosterEntry]] = {}
        self._numbers: dict[str, dict[str, list[RosterEntry]]] = {kind: {} for kind in _NUMBERS}
        for entry in entries:
            for name in {*entry.ids, *map(str.casefold, entry.ids)}:
                self._ids.setdefault(name, []).append(entry)
            for name in _spellings(entry.name):
                self._names.setdefault(name, []).append(entry)
            for kind, by_number in self._numbers.items():
                if number := getattr(entry, kind):
                    by_number.setdefault(number, []).append(entry)

    def find(self, identity: Identity) -> list[RosterEntry]:
        """All entries that could be this student's."""
        if found := self._ids.get(identity.student) or self._ids.get(identity.student.casefold()):
            return found
        for kind, by_number in self._numbers.items():
            number = getattr(identity, kind)
            if number and by_number:
                # A number that the roster does not have is another person's, whatever the name.
                return [_with_name(identity, entry) for entry in by_number.get(number, [])]
        return self._names.get(_joined(identity.name or identity.student), [])


def _with_name(identity: Identity, entry: RosterEntry) -> RosterEntry:
    """The entry, if the name in the student's text is its own: a folder ``team_7`` is not participant 7."""
    if entry.name and _joined(identity.name or "") not in _spellings(entry.name):
        raise _UnmatchedError(f"{identity.student!r} has the number of {_who(entry)}, but not the name")
    return entry


def _spellings(name: str) -> set[str]:
    """The name as platforms write it into names of files: first or last name first, with nothing between."""
    last, comma, first = name.partition(",")
    if not comma:
        first, _, last = name.rpartition(" ")
    return {_joined(name), _joined(f"{last}{first}"), _joined(f"{first}{last}")} - {""}


def _joined(name: str) -> str:
    """The name's letters and digits, without capitals, and without accents where these are no letters."""
    kept, folds = [], False
    for letter in unicodedata.normalize("NFKD", name.casefold()):
        if unicodedata.category(letter)[0] != "M":
            folds = unicodedata.name(letter, "").startswith(("LATIN", "GREEK", "CYRILLIC"))
        if letter.isalnum() or (unicodedata.category(letter)[0] == "M" and not folds):
            kept.append(letter)
    return "".join(kept)
