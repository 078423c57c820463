"""One thing that was handed in: whose it is and for which assignment, or why it cannot be graded."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from coursekit.workshop.grading.assignment_name import find_assignment
from coursekit.workshop.grading.folder import Entry, read_file
from coursekit.workshop.grading.identity import Identity
from coursekit.workshop.grading.notebook import SIZE_LIMIT
from coursekit.workshop.grading.ownership import Owned, Parts, owned
from coursekit.workshop.grading.recognition import recognise

__all__ = ["Evidence", "HandIn", "look_at"]

_ARCHIVE = re.compile(r".*\.(zip|7z|rar|tar|tgz|gz|bz2|xz)", re.IGNORECASE | re.DOTALL)


class Evidence(IntEnum):
    """What tells the assignment that a notebook answers, the best first."""

    CELLS = 0
    FILE_NAME = 1
    FOLDER_NAME = 2


@dataclass(frozen=True)
class HandIn:
    """A file or a link that was handed in.

    Attributes:
        entry: where it lies.
        owned: whose it is.
        assignment: what it answers; None for what is no notebook, or has trouble.
        copy: the number of the copy that its name tells.
        evidence: what tells the assignment.
        trouble: why it cannot be graded; empty for notebooks, and for files that are none and need not be.
    """

    entry: Entry
    owned: Owned
    assignment: str | None = None
    copy: int = 0
    evidence: Evidence = Evidence.CELLS
    trouble: str = ""

    @property
    def precedence(self) -> tuple[bool, Evidence, int, int, int, Parts]:
        """What several files of a student for one assignment are sorted by: the first one counts."""
        in_doubt, attachment, modified = self.owned.in_doubt, self.owned.attachment, self.entry.modified
        return (in_doubt, self.evidence, -attachment, -modified, -self.copy, self.entry.parts)


def look_at(
    folder: Path,
    entry: Entry,
    assignments: Sequence[str],
    submitters: Mapping[Parts, tuple[Identity, ...]],
) -> HandIn:
    """Say what was handed in.

    Args:
        folder: of the submissions.
        entry: one that it holds. A notebook is read, to see which assignment it answers, and not kept.
        assignments: names of the assignments.
        submitters: for folders of an export from Gradescope, who handed them in.

    Returns:
        What it is.
    """
    mine = owned(entry.parts, assignments, submitters)
    name = mine.inside[-1].lower()
    if trouble := entry.trouble or _trouble_of_name(name):
        return HandIn(entry, mine, trouble=trouble)
    if not name.endswith(".ipynb"):
        return HandIn(entry, mine)
    if not mine.students:
        return HandIn(entry, mine, trouble="no student's: wanted <student>/… or <student>_<assignment>.ipynb")
    return _notebook(folder, entry, mine, assignments)


def _trouble_of_name(name: str) -> str:
    if _ARCHIVE.fullmatch(name):
        return "an archive: unpack it into the student's folder"
    if ".ipynb" in name and not name.endswith(".ipynb"):
        return "a notebook's name ends in .ipynb: rename it"
    return ""


def _notebook(folder: Path, entry: Entry, mine: Owned, assignments: Sequence[str]) -> HandIn:
    *above, name = mine.inside
    try:
        answered = recognise(read_file(folder, entry.parts, SIZE_LIMIT), assignments)
    except OSError as error:
        return HandIn(entry, mine, trouble=error.strerror or str(error))
    named = find_assignment(name[: -len(".ipynb")], assignments)
    copy = named.copy if named else 0
    if answered:
        return HandIn(entry, mine, answered, copy)
    if named:
        return HandIn(entry, mine, named.assignment, copy, Evidence.FILE_NAME)
    for part in reversed(above):
        if found := find_assignment(part, assignments):
            return HandIn(entry, mine, found.assignment, evidence=Evidence.FOLDER_NAME)
    return HandIn(entry, mine, trouble="neither its name nor a cell in it says which assignment it answers")
