"""What stands for a student in the table that a platform imports, by which it finds that student alone."""

from collections import Counter
from collections.abc import Iterator, Sequence

from coursekit.workshop.grading.identifiers import CANVAS_KINDS, MOODLE_KINDS, WORKSHEET_KINDS, Identifiers
from coursekit.workshop.grading.likeness import likeness
from coursekit.workshop.grading.roster import RosterEntry, RosterKind
from coursekit.workshop.grading.roster_match import RosterMatch

__all__ = ["Identifier", "TableStudents"]

_TABLES = {
    "Canvas": (CANVAS_KINDS, {*RosterKind} - {RosterKind.WORKSHEET, RosterKind.PARTICIPANTS}),
    "Moodle": (MOODLE_KINDS, {*RosterKind} - {RosterKind.CANVAS}),
    "Moodle's worksheet": (WORKSHEET_KINDS, {RosterKind.WORKSHEET}),
}
"""For each table, what the platform goes by, and with rosters of which kinds it will be imported."""


class Identifier(str):
    """What a platform's own list calls a student."""


class TableStudents:
    """An assignment's students, as its tables for platforms have them.

    Whoever cannot be told from another by what the platform goes by stands there as unidentified.

    Args:
        students: their texts in the store.
        match: who they are, if there is a roster.
    """

    def __init__(self, students: Sequence[str], match: RosterMatch | None = None) -> None:
        self._match = match
        self._identifiers = Identifiers(match.roster.entries if match else ())
        counts = Counter(map(likeness, students))
        self._alike = {student for student in students if counts[likeness(student)] > 1}

    @property
    def moodle_kind(self) -> str:
        """By what Moodle's gradebook is to find them: the first that all have to themselves, or most."""
        entries = self._match.entries.values() if self._match else ()

        def usable(kind: str) -> tuple[int, int]:
            own = sum(self._identifiers.is_own(entry, kind) for entry in entries)
            return own, sum(bool(getattr(entry, kind)) for entry in entries)

        return max(MOODLE_KINDS, key=usable)

    def canvas(self, student: str) -> list[str]:
        """Return the five cells by which Canvas finds a student: the name, three ids, and the section.

        Args:
            student: the text in the store.
        """
        if self._match is None:
            name = _unidentified(student) if student in self._alike else student
            return [_canvas_name(name), "", "", "" if student in self._alike else student, ""]
        entry = self._match.entries.get(student, RosterEntry(""))
        kind = self._goes_by(entry, "Canvas")
        if kind is None or not self._identifiers.is_own(entry, kind):
            return [_canvas_name(_unidentified(student)), "", "", "", entry.section]
        ids = (self._own(entry, kind) for kind in CANVAS_KINDS if kind != "name")
        return [_canvas_name(entry.name or student), *ids, entry.section]

    def moodle(self, student: str) -> str:
        """Return the cell by which Moodle's gradebook finds a student.

        Args:
            student: the text in the store.
        """
        if self._match is None:
            return _moodle_identifier(_unidentified(student) if student in self._alike else student)
        entry = self._match.entries.get(student)
        own = self._own(entry, self.moodle_kind) if entry else ""
        return _moodle_identifier(own or _unidentified(student))

    def worksheet(self, entry: RosterEntry) -> str:
        """Return the cell by which Moodle's worksheet names a student, in the column "Identifier".

        Args:
            entry: a row of the worksheet.
        """
        identifier = entry.cells["identifier"]
        is_own = self._identifiers.is_own(entry, "moodle_id")
        return Identifier(identifier) if is_own else _unidentified(identifier)

    def shared(self) -> Iterator[str]:
        """Name who stands in a table as unidentified, because another has the same.

        Yields:
            A line for each student and table.
        """
        if self._match is None:
            for student in sorted(self._alike):
                yield f"{student!r} differs from another only in capitals, blanks or what cannot be seen"
            return
        for table, (_, kinds) in _TABLES.items():
            if self._match.roster.kind in kinds:
                yield from self._shared_in(table, self._match)

    def _shared_in(self, table: str, match: RosterMatch) -> Iterator[str]:
        for student, entry in match.entries.items():
            kind = self._goes_by(entry, table)
            if kind and (others := self._identifiers.sharing(entry, kind)):
                title = _TABLES[table][0][kind]
                places = " and ".join(one.place for one in (entry, *others[:3]))
                yield (
                    f"{student!r} has no {title} for {table} that is theirs alone: "
                    f"{getattr(entry, kind)!r} stands in {places}"
                )

    def _goes_by(self, entry: RosterEntry, table: str) -> str | None:
        if table == "Moodle":
            return self.moodle_kind
        return next((kind for kind in _TABLES[table][0] if getattr(entry, kind)), None)

    def _own(self, entry: RosterEntry, kind: str) -> str:
        return Identifier(getattr(entry, kind)) if self._identifiers.is_own(entry, kind) else ""


def _unidentified(student: str) -> str:
    """What stands where a platform looks for a student whom its list does not have: nobody is called that.

    An empty cell is no better: Moodle would give the row's grade to the student above it.
    """
    return f"unidentified: {student}"


def _canvas_name(name: str) -> str:
    """The name, which must not make Canvas take its row for that of the possible points."""
    return name.replace("Points Possible", "Points_Possible")


def _moodle_identifier(identifier: str) -> str:
    """The identifier. What Moodle takes for none would give the row's grade to the student above it."""
    return f"'{identifier}" if identifier.strip() in ("", "0") else identifier
