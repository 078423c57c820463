"""Which students and assignments a run is restricted to."""

import unicodedata
from collections.abc import Sequence
from pathlib import Path

from coursekit.exercises import CHAPTERS
from coursekit.workshop.grading.identity import Identity, student_text
from coursekit.workshop.grading.left_out import LeftOut
from coursekit.workshop.grading.submission import FoundSubmissions, Submission

__all__ = ["Selection"]


class Selection:
    """Picks what a run is restricted to.

    Args:
        only: names of assignments or students, or a platform's ids of students; all when empty.
    """

    def __init__(self, only: Sequence[str]) -> None:
        # As a terminal gives it, or as it stands in the tables.
        self._texts = {one: {_composed(one), student_text(one)} for one in only}
        self._all = set().union(*self._texts.values())

    def submissions(self, found: FoundSubmissions, folder: Path) -> list[Submission]:
        """Return what is to be graded.

        Args:
            found: everything.
            folder: where it was found.

        Raises:
            ValueError: there is nothing.
        """
        if not found.submissions:
            raise ValueError(
                f"no submission in {folder} can be graded; wanted <student>/{CHAPTERS[0]}.ipynb, "
                f"<student>/{CHAPTERS[0]}/*.ipynb or <student>_{CHAPTERS[0]}.ipynb"
            )
        selected = [one for one in found.submissions if not self._all or _names(one) & self._all]
        if not selected:
            raise ValueError(
                f"no submission is of {' or '.join(self._texts)}: wanted names of students or assignments"
            )
        return selected

    def left_out(self, found: FoundSubmissions) -> list[LeftOut]:
        """Return what may be of the selected students, or for the selected assignments.

        Args:
            found: everything.
        """
        return [one for one in found.left_out if not self._all or self._may_be_selected(one)]

    def _may_be_selected(self, one: LeftOut) -> bool:
        chapters = self._all & {*CHAPTERS}
        names = _names_of(one.students)
        for_chapter = chapters and (one.assignment is None or one.assignment in chapters)
        return bool(for_chapter or not names or names & self._all)

    def missing(self, found: FoundSubmissions) -> list[str]:
        """Return the names that nothing that was found is of.

        Args:
            found: everything.
        """
        known = {name for one in found.submissions for name in _names(one)}
        known |= {name for one in found.left_out for name in _names_of(one.students)}
        return [one for one, texts in self._texts.items() if not texts & known]


def _names(submission: Submission) -> set[str]:
    return {submission.assignment, *_names_of([submission.identity])}


def _names_of(students: Sequence[Identity]) -> set[str]:
    return {_composed(name) for student in students for name in student.names}


def _composed(name: str) -> str:
    return unicodedata.normalize("NFC", name)
