"""Whose answer a row of a table is about, also after a spreadsheet has rewritten the student's name."""

from collections.abc import Collection, Mapping
from functools import cache
from hashlib import sha256

from coursekit.workshop.grading.likeness import likeness
from coursekit.workshop.grading.rewriting import Rewritings

__all__ = ["AnswerOwners", "answer_check"]

_LETTERS = "bcdfghjklmnpqrstvwxz"
"""Without vowels: nothing that is written in them is a word, a number or a month."""
_LENGTH = 8


def answer_check(student: str, assignment: str, question: str) -> str:
    """Return what stands for an answer in the column ``check``: a few letters that no spreadsheet changes.

    Args:
        student: whose answer it is, as it is stored.
        assignment: the assignment's name.
        question: the question's name.
    """
    number = int.from_bytes(sha256("\0".join((student, assignment, question)).encode()).digest())
    return "".join(_LETTERS[number // len(_LETTERS) ** place % len(_LETTERS)] for place in range(_LENGTH))


class AnswerOwners:
    """Who has handed in what, to be found by a row's cells.

    Args:
        students: those of each assignment, as they are stored.
    """

    def __init__(self, students: Mapping[str, Collection[str]]) -> None:
        self._students = {name: frozenset(names) for name, names in students.items()}
        self._rewritings = cache(lambda assignment: Rewritings(self._of(assignment)))
        self._checks = cache(self._by_check)

    def find(self, student: str, assignment: str, question: str, check: str = "") -> str:
        """Return whose answer a row is about. Nobody is guessed.

        Args:
            student: what the row calls the student.
            assignment: the assignment's name.
            question: the question's name.
            check: what the row has in the column ``check``, where it has one.

        Returns:
            The student as stored; what the row says where that is nobody's name, nor a rewriting of any.

        Raises:
            ValueError: it could be another's, or the check is of no answer, or not of this student's.
        """
        if check:
            return self._checked(student, assignment, question, check)
        if others := self._rewritings(assignment).of(student):
            raise ValueError(
                f"{student!r} may be what a spreadsheet made of {' or '.join(map(repr, others))}; wanted the "
                "row's letters in the column check, as coursekit report wrote them"
            )
        if alike := self._alike(student, assignment):
            raise ValueError(
                f"{student!r} looks like {' or '.join(map(repr, alike))}; wanted the name exactly, and the "
                "row's letters in the column check, as coursekit report wrote them"
            )
        return student

    def _checked(self, student: str, assignment: str, question: str, check: str) -> str:
        owners = self._checks(assignment, question).get(check.casefold(), [])
        if not owners:
            raise ValueError(
                f"{check!r} in the column check is of no answer to {question} of {assignment}; "
                "wanted what coursekit report wrote there"
            )
        fitting = [owner for owner in owners if self._may_be(owner, student, assignment)]
        if len(fitting) != 1:
            raise ValueError(
                f"the column check says {' or '.join(map(repr, owners))}, the column student {student!r}; "
                "wanted the same: were the columns sorted each for itself?"
            )
        return fitting[0]

    def _alike(self, student: str, assignment: str) -> list[str]:
        """Others whom somebody who types names into a table of their own may mean."""
        return sorted(one for one in self._of(assignment) - {student} if likeness(one) == likeness(student))

    def _may_be(self, owner: str, student: str, assignment: str) -> bool:
        """Whether an owner's row may call them so: by the name, a rewriting of it, or what is no name."""
        nobodys = student not in self._of(assignment)
        return owner == student or nobodys or owner in self._rewritings(assignment).of(student)

    def _of(self, assignment: str) -> frozenset[str]:
        return self._students.get(assignment, frozenset())

    def _by_check(self, assignment: str, question: str) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for student in sorted(self._of(assignment)):
            found.setdefault(answer_check(student, assignment, question), []).append(student)
        return found
