"""Finds the students of the store in a roster: by their ids, else by a name that only one of them has."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from coursekit.workshop.grading.identity import Identity, parse_student
from coursekit.workshop.grading.person_names import (
    READINGS,
    first_name_first,
    folded,
    last_name_first,
    same_name,
    written,
)
from coursekit.workshop.grading.rewriting import Rewritings
from coursekit.workshop.grading.roster import Roster, RosterEntry

__all__ = ["RosterMatch", "match_roster"]

_NUMBERS = ("canvas_id", "moodle_id")
"""Ids that stand in a student's text beside the name, so that the name must fit them."""
_ORDERS = {"first": first_name_first, "last": last_name_first}
"""Which name comes first, and the spellings in which it does."""


@dataclass(frozen=True)
class RosterMatch:
    """Who of an assignment's students is who in a roster.

    Attributes:
        roster: the list.
        entries: the entry of each student that was found.
        unmatched: why others were not, a line for each.
        absent: entries of whom there is no submission.
        swapped: students who were found by a name alone, and stand in the roster in another order.
    """

    roster: Roster
    entries: Mapping[str, RosterEntry]
    unmatched: Sequence[str]
    absent: Sequence[RosterEntry]
    swapped: Sequence[str] = ()


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
    absent = [entry for entry in roster.entries if entry not in taken]
    swapped = [student for student in found if index.is_swapped(parse_student(student))]
    return RosterMatch(roster, found, unmatched, absent, swapped)


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
            for read, (order, spell) in product(READINGS, _ORDERS.items()):
                for spelling in spell(entry.name, read):
                    self._names.setdefault((read, order, spelling), []).append(entry)
            for kind, by_number in self._numbers.items():
                if number := getattr(entry, kind):
                    by_number.setdefault(number, []).append(entry)

    def find(self, identity: Identity) -> list[RosterEntry]:
        """All entries that could be this student's."""
        found = self._by_id(identity)
        return self._by_name(identity) if found is None else found

    def is_swapped(self, identity: Identity) -> bool:
        """Whether this student was found by a name alone, and in no entry's own order."""
        by_id = self._by_id(identity)
        return by_id is None and not self._closest(identity, _orders_of(identity))[1]

    def _by_id(self, identity: Identity) -> list[RosterEntry] | None:
        """The entries that have an id of this student's; None where the roster has none to be found by."""
        if found := self._ids.get(identity.student) or self._caseless_ids.get(identity.student.casefold()):
            return found
        for kind, by_number in self._numbers.items():
            number = getattr(identity, kind)
            if number and by_number:
                # A number that the roster does not have is another person's, whatever the name.
                return [_with_name(identity, entry) for entry in by_number.get(number, [])]
        return None

    def _by_name(self, identity: Identity) -> list[RosterEntry]:
        """The entries that fit best: exactly, else apart from capitals, else from accents, too.

        One that fits exactly in the other order comes before none that fits less well in this one.
        """
        orders = _orders_of(identity)
        rank, found = self._closest(identity, orders)
        other_rank, others = self._closest(identity, {*_ORDERS} - orders)
        if found and rank < other_rank:
            return found
        return [*dict.fromkeys((*found, *others))]

    def _closest(self, identity: Identity, orders: Collection[str]) -> tuple[int, list[RosterEntry]]:
        """How closely names are read that fit in one of some orders, and whose they are."""
        name = identity.name or identity.student
        for rank, read in enumerate(READINGS):
            keys = ((read, order, written(name, read)) for order in sorted(orders))
            if found := [entry for key in keys for entry in self._names.get(key, ())]:
                return rank, [*dict.fromkeys(found)]
        return len(READINGS), []


def _orders_of(identity: Identity) -> set[str]:
    """In which order a name stands in a student's text: either, where one word alone does not say it."""
    name = identity.name or identity.student
    if "," in name or identity.canvas_id:
        return {"last"}
    return {"first"} if len(written(name, folded)) > 1 else {*_ORDERS}


def _with_name(identity: Identity, entry: RosterEntry) -> RosterEntry:
    """The entry, if the name in the student's text is its own: a folder ``team_7`` is not participant 7.

    Where Moodle hides names, it writes "Participant 7" into the worksheet and Participant_7 for the student.
    """
    word = entry.cells.get("identifier", "").rpartition(" ")[0]
    name = identity.name or ""
    nameless = bool(entry.name) and not name and not written(entry.name, folded)  # a name of signs alone
    if not (nameless or same_name(entry.name, name) or (word and folded(word) == folded(name))):
        raise _UnmatchedError(f"{identity.student!r} has the number of {_who(entry)}, but not the name")
    return entry
