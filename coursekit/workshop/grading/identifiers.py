"""Which identifiers of a roster are one student's alone: by others a platform could find another student."""

from collections.abc import Iterable

from coursekit.workshop.grading.likeness import likeness
from coursekit.workshop.grading.person_names import folded, spellings
from coursekit.workshop.grading.roster import RosterEntry

__all__ = ["CANVAS_KINDS", "MOODLE_KINDS", "WORKSHEET_KINDS", "Identifiers"]

CANVAS_KINDS = {
    "canvas_id": "ID",
    "sis_user_id": "SIS User ID",
    "sis_login_id": "SIS Login ID",
    "name": "name",
}
"""By what Canvas finds a student, the first that a row has, and what its table calls it."""
MOODLE_KINDS = {"username": "Username", "email": "Email address", "sid": "ID number"}
"""By what Moodle's gradebook finds a student, and what its import calls it."""
WORKSHEET_KINDS = {"moodle_id": "Identifier"}
"""By what Moodle's assignment finds a participant in its grading worksheet."""
_KINDS = (*CANVAS_KINDS, *MOODLE_KINDS, *WORKSHEET_KINDS)


class Identifiers:
    """The identifiers of a roster's students.

    Args:
        entries: of the whole roster, also of those who handed in nothing.
    """

    def __init__(self, entries: Iterable[RosterEntry]) -> None:
        self._owners: dict[tuple[str, object], list[RosterEntry]] = {}
        for entry in entries:
            for kind in _KINDS:
                for key in _keys(entry, kind):
                    self._owners.setdefault((kind, key), []).append(entry)

    def sharing(self, entry: RosterEntry, kind: str) -> list[RosterEntry]:
        """Return the others who have the same, apart from capitals and what cannot be seen.

        Args:
            entry: a student of the roster.
            kind: one of the roster's fields, such as "email".

        Returns:
            Each once; nobody, where the student has none.
        """
        found = {one: None for key in _keys(entry, kind) for one in self._owners.get((kind, key), [])}
        return [one for one in found if one is not entry]

    def is_own(self, entry: RosterEntry, kind: str) -> bool:
        """Return whether a student has one, and nobody else has the same.

        Args:
            entry: a student of the roster.
            kind: one of the roster's fields, such as "email".
        """
        return bool(getattr(entry, kind)) and not self.sharing(entry, kind)


def _keys(entry: RosterEntry, kind: str) -> set[object]:
    value = getattr(entry, kind)
    if kind == "name":
        return {*spellings(value, folded)} or ({likeness(value)} if value else set())
    return {likeness(value)} if value else set()
