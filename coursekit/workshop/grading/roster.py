"""The list of a course's students as a learning platform exports it, with all that it calls a student."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path

from coursekit.workshop.grading.assignment_name import find_assignment
from coursekit.workshop.grading.formulas import with_formulas
from coursekit.workshop.grading.table_reader import Row, Table, column_key, read_table

__all__ = ["Roster", "RosterEntry", "RosterKind", "read_roster"]


class RosterKind(Enum):
    """Where a roster comes from."""

    WORKSHEET = "Moodle's grading worksheet: Identifier, Grade"
    CANVAS = "Canvas's gradebook: Student, ID, Section"
    PLAIN = "a table: student, and any of canvas_id, sis_user_id, sis_login_id, username, email, sid"
    GRADESCOPE = "Gradescope's roster: SID, Email"
    PARTICIPANTS = (
        "Moodle's participants: First name, Last name, and any of Username, Email address, ID number"
    )


@dataclass(frozen=True, eq=False)
class RosterEntry:
    """A student, as the roster has them; empty where it has nothing.

    Attributes:
        place: the file and the row, for messages.
        name: the full name, as the roster writes it.
        student: the student's text in the tables of ``coursekit report``.
        canvas_id: "ID" in Canvas' gradebook.
        sis_user_id: "SIS User ID" there.
        sis_login_id: "SIS Login ID" there.
        username: in Moodle.
        email: the address.
        sid: the student's number: "ID number" in Moodle, "SID" in Gradescope.
        moodle_id: the number in "Identifier" of Moodle's grading worksheet.
        section: in Canvas.
        cells: the row as it came, by the keys of its columns.
    """

    place: str
    name: str = ""
    student: str = ""
    canvas_id: str = ""
    sis_user_id: str = ""
    sis_login_id: str = ""
    username: str = ""
    email: str = ""
    sid: str = ""
    moodle_id: str = ""
    section: str = ""
    cells: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def ids(self) -> tuple[str, ...]:
        """All that identifies the student alone, by the exact text."""
        logins = (self.sis_login_id, self.username, self.email)
        return tuple(filter(None, (self.student, *logins, self.sid, self.sis_user_id, self.canvas_id)))


@dataclass(frozen=True)
class Roster:
    """A list of students.

    Attributes:
        path: where it was read from.
        kind: what it is.
        titles: of its columns, as the file has them, by their keys.
        entries: the students.
    """

    path: Path
    kind: RosterKind
    titles: Mapping[str, str]
    entries: Sequence[RosterEntry]

    def for_assignment(self, name: str, assignments: Collection[str]) -> "Roster":
        """Return the list as it holds for an assignment.

        The numbers in a grading worksheet are those of one assignment: whose name is in the file's. For
        others the worksheet is a list of participants.

        Args:
            name: of the assignment.
            assignments: all that there are.

        Raises:
            ValueError: it is a worksheet, and its name is that of no assignment, or of two.
        """
        if self.kind is not RosterKind.WORKSHEET:
            return self
        own = [one for one in assignments if find_assignment(self.path.stem, [one])]
        if len(own) != 1:
            raise ValueError(
                f"{self.path} is a grading worksheet, whose numbers are those of one assignment; wanted its "
                f"name in the file's name: {' or '.join(assignments)}. If it is of one of these, rename the "
                "file; if of another, download that of the right one"
            )
        if name in own:
            return self
        entries = [replace(entry, moodle_id="") for entry in self.entries]
        return replace(self, kind=RosterKind.PARTICIPANTS, entries=entries)

    def title_of(self, assignment: str) -> str:
        """Return what Canvas calls an assignment: the title of its column, with its number if it has one.

        Args:
            assignment: its name here.

        Returns:
            The one title that is this name, apart from signs and capitals; else the name.
        """
        titles = self.titles.values() if self.kind is RosterKind.CANVAS else ()
        found = [title for title in titles if _letters(_NUMBER.sub("", title)) == _letters(assignment)]
        return found[0] if len(found) == 1 else assignment


_NUMBER = re.compile(r"\s*\(\d+\)$")
_FIELDS = {
    "student": "student",
    "canvas_id": "canvas_id",
    "sis_user_id": "sis_user_id",
    "sis_login_id": "sis_login_id",
    "sis user id": "sis_user_id",
    "sis login id": "sis_login_id",
    "username": "username",
    "email": "email",
    "email address": "email",
    "sid": "sid",
    "id number": "sid",
    "section": "section",
}
"""What each column is, apart from those that mean something else in another kind of roster."""
_NAMES = ("full name", "name", "first name", "last name", "surname", "firstname", "lastname")
_COLUMNS = (*_FIELDS, *_NAMES, "id", "identifier", "grade")
_PLAIN_IDS = {"canvas_id", "sis_user_id", "sis_login_id", "username", "email", "sid"}


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


def read_roster(path: Path) -> Roster:
    """Read a list of students. What it is follows from its titles.

    Args:
        path: of the file, in any form that ``read_table`` reads.

    Returns:
        The list.

    Raises:
        ValueError: it is no table, of no known kind, or names nobody.
    """
    table = read_table(path, _COLUMNS)
    kind = _kind(table)
    entries = [_entry(row, kind) for row in table.rows if not _is_of_no_student(row, kind)]
    if not entries:
        raise ValueError(f"{path} names no student; wanted a row for each")
    return Roster(path, kind, table.titles, entries)


def _kind(table: Table) -> RosterKind:
    columns = {*table.titles}
    has_last_name = bool({"last name", "surname"} & columns)
    if {"identifier", "grade"} <= columns:
        return RosterKind.WORKSHEET
    if {"id", "section"} <= columns and ({"student"} <= columns or {"lastname", "firstname"} <= columns):
        return RosterKind.CANVAS
    if "student" in columns and _PLAIN_IDS & columns:
        return RosterKind.PLAIN
    if {"sid", "email"} <= columns:
        return RosterKind.GRADESCOPE
    if "first name" in columns and has_last_name and {"username", "email address", "id number"} & columns:
        return RosterKind.PARTICIPANTS
    titles = ", ".join(list(table.titles.values())[:12])
    raise ValueError(
        f"{table.path} is no roster that is known, with the titles {titles}; wanted "
        + "; or ".join(kind.value for kind in RosterKind)
    )


def _is_of_no_student(row: Row, kind: RosterKind) -> bool:
    """Whether a row of Canvas' gradebook is about assignments: what they are worth, how they are posted."""
    name = column_key(row.cells.get("student", ""))
    return kind is RosterKind.CANVAS and not row.cells["id"].strip() and name in ("", "points possible")


def _entry(row: Row, kind: RosterKind) -> RosterEntry:
    values = {
        name: row.cells[column].strip()
        for column, name in _FIELDS.items()
        if row.cells.get(column, "").strip()
    }
    if kind is RosterKind.CANVAS:
        values |= {"canvas_id": row.cells["id"].strip(), "student": ""}
    elif kind is RosterKind.PLAIN:
        values["student"] = with_formulas(row.cells["student"])
    elif kind is RosterKind.WORKSHEET:
        values["moodle_id"] = row.cells["identifier"].strip().rpartition(" ")[2]
    return RosterEntry(row.place, name=_name(row, kind), cells=row.cells, **values)


def _name(row: Row, kind: RosterKind) -> str:
    """The full name; "Last, First" where there are two columns."""
    cells = {column: text.strip() for column, text in row.cells.items()}
    last = cells.get("last name") or cells.get("surname") or cells.get("lastname") or ""
    first = cells.get("first name") or cells.get("firstname") or ""
    both = ", ".join(filter(None, (last, first)))
    student = cells.get("student", "")
    if kind is not RosterKind.CANVAS and len(student.split()) == 1:
        student = ""  # a login, which fits nobody but its owner
    return both or cells.get("full name") or cells.get("name") or student
