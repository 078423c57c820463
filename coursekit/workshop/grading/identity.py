"""Who a student is: the text that is the key everywhere, and what learning platforms call the student."""

import os
import re
import unicodedata
from dataclasses import dataclass

__all__ = ["Identity", "parse_student", "student_text"]

_NUMBERED = re.compile(r"(?P<name>[^\n]*)_(?P<number>\d+)")
_GRADESCOPE = re.compile(r"submission_(?P<number>\d+)")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


@dataclass(frozen=True)
class Identity:
    """What is known of a student. Only ``student`` is stored; ``parse_student`` finds the rest in it again.

    Attributes:
        student: the key everywhere: a folder's name, or what names of a platform's export give.
        name: the student's name, as the platform writes it into names of files: Canvas in small letters and
            without what is neither letter nor digit ("doejane"), Moodle as it is ("Jane Doe").
        canvas_id: Canvas' number of the user ("ID" in its gradebook).
        moodle_id: Moodle's number of the participant of one assignment ("Identifier" in its grading worksheet
            is "Participant " and this number), or of the group.
        gradescope_id: Gradescope's number of the submission.
        sid: the student's number at the school, or the login, as the school chose it.
        email: the address.
    """

    student: str
    name: str | None = None
    canvas_id: str | None = None
    moodle_id: str | None = None
    gradescope_id: str | None = None
    sid: str | None = None
    email: str | None = None

    @property
    def names(self) -> frozenset[str]:
        """All that the student goes by."""
        ids = (self.canvas_id, self.moodle_id, self.gradescope_id, self.sid, self.email)
        return frozenset(text for text in (self.student, self.name, *ids) if text)


def student_text(name: str) -> str:
    """Return the text for a student whose name is part of a path.

    Args:
        name: as the file system has it, so its bytes may be no UTF-8.

    Returns:
        Text that can be stored. Letters with accents are one character each, whichever way a computer wrote
        them. Bytes that are no UTF-8 are written as ``\\xff``, and a backslash as two, so that no other names
        become one.
    """
    escaped = os.fsencode(name).replace(b"\\", b"\\\\").decode(errors="backslashreplace")
    return unicodedata.normalize("NFC", escaped)


def parse_student(student: str) -> Identity:
    """Find in the text that stands for a student what learning platforms call the student.

    ``doejane_12345`` is of Canvas, ``Jane Doe_123456`` of Moodle. The first has no capitals and no spaces,
    the second no further ``_``. ``_12345`` is of Canvas, too, which takes signs, as smileys, out of names.
    Where a text fits both, as with letters that have no capitals, both ids are
    set: look into the platform's own list, which knows one of them, and compare the name.

    Args:
        student: the text, as it is stored.

    Returns:
        What could be found. Of a text of no known form, such as a folder's name, ``sid`` is that text.
    """
    if found := _GRADESCOPE.fullmatch(student):
        return Identity(student, gradescope_id=found["number"])
    if _EMAIL.fullmatch(student):
        return Identity(student, email=student)
    if found := _NUMBERED.fullmatch(student):
        name, number = found["name"], found["number"]
        return Identity(
            student,
            name=name or None,
            canvas_id=number if _may_be_of_canvas(name) else None,
            moodle_id=number if name and "_" not in name else None,
        )
    return Identity(student, sid=student)


def _may_be_of_canvas(name: str) -> bool:
    return name == name.lower() and re.search(r"[\s\-.,'()]", name) is None
