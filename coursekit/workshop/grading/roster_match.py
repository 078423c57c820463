"""Finds the students of the store in a roster: by their ids, else by a name that only one of them has."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from coursekit.workshop.grading.identity import Identity, parse_student
from coursekit.workshop.grading.person_names import READINGS, folded, same_name, spellings, written
from coursekit.workshop.grading.rewriting import Rewritings
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
    for student, others in _unsure(found, students):
        names = " or ".join(map(repr, others))
        unmatched.append(
            f"{student!r} may be what a spreadsheet made of {names}, who is not found; wanted {roster.path} "
            "as the platform exports it"
        )
        del found[student]
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
    called = entry.name or entry.student or entry.cells.get("identifier", "")
    return f"{called!r} ({entry.place})"


def _unsure(found: Mapping[str, RosterEntry], students: Sequence[str]) -> list[tuple[str, list[str]]]:
    """Who was found, but by what may be left of the name of others, who were not."""
    rewritings = Rewritings(student for student in students if student not in found)
    return [(student, others) for student in found if (others := rewritings.of(student))]


def _claimed_twice(found: Mapping[str, RosterEntry]) -> Iterator[tuple[RosterEntry, list[str]]]:
    students: dict[RosterEntry, list[str]] = {}
    for student, entry in found.items():
        students.setdefault(entry, []).append(student)
    yield from ((entry, same) for entry, same in students.items() if len(same) > 1)


class _Index:
    """The entries of a roster, by all that they could be found by."""

    def __init__(self, entries: Iterable[RosterEntry]) -> None:
        self._ids: dict[str, list[RosterEntry]] = {}
        self._caseless_ids: dict[str, list[RosterEntry]] = {}
        self._names: dict[object, list[RosterEntry]] = {}
        self._numbers: dict[str, dict[str, list[RosterEntry]]] = {kind: {} for kind in _NUMBERS}
        for entry in entries:
            for name in {*entry.ids}:
                self._ids.setdefault(name, []).append(entry)
            for name in {*map(str.casefold, entry.ids)}:
                self._caseless_ids.setdefault(name, []).append(entry)
            for read in READINGS:
                for spelling in spellings(entry.name, read):
                    self._names.setdefault((read, spelling), []).append(entry)
            for kind, by_number in self._numbers.items():
                if number := getattr(entry, kind):
                    by_number.setdefault(number, []).append(entry)

    def find(self, identity: Identity) -> list[RosterEntry]:
        """All entries that could be this student's."""
        if found := self._ids.get(identity.student) or self._caseless_ids.get(identity.student.casefold()):
            return found
        for kind, by_number in self._numbers.items():
            number = getattr(identity, kind)
            if number and by_number:
                # A number that the roster does not have is another person's, whatever the name.
                return [_with_name(identity, entry) for entry in by_number.get(number, [])]
        return self._by_name(identity.name or identity.student)

    def _by_name(self, name: str) -> list[RosterEntry]:
        """The entries that fit best: exactly, else apart from capitals, else from accents, too."""
        found = (self._names.get((read, written(name, read)), []) for read in READINGS)
        return next(filter(None, found), [])


def _with_name(identity: Identity, entry: RosterEntry) -> RosterEntry:
    """The entry, if the name in the student's text is its own: a folder ``team_7`` is not participant 7.

    Where Moodle hides names, it writes "Participant 7" into the worksheet and Participant_7 for the student.
    """
    word = entry.cells.get("identifier", "").rpartition(" ")[0]
    name = identity.name or ""
    if not (same_name(entry.name, name) or (word and folded(word) == folded(name))):
        raise _UnmatchedError(f"{identity.student!r} has the number of {_who(entry)}, but not the name")
    return entry
