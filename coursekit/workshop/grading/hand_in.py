"""One thing that was handed in: whose it is and for which assignment, or why it cannot be graded."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from pathlib import Path

from coursekit.workshop.grading.assignment_name import AssignmentName, find_assignment
from coursekit.workshop.grading.folder import Entry, read_file
from coursekit.workshop.grading.lookalike import HEAD, meant_for, trouble_of
from coursekit.workshop.grading.notebook import SIZE_LIMIT
from coursekit.workshop.grading.ownership import Layout, Owned, Parts, owned, wrapper
from coursekit.workshop.grading.recognition import count_cells, most

__all__ = ["Evidence", "HandIn", "look_at"]

_NOBODYS = "no student's: wanted <student>/… or <student>_<assignment>.ipynb"
_UNKNOWN = "neither its name nor a cell in it says which assignment it answers"

_PAGE = re.compile(r"html?|mhtml?|webarchive", re.IGNORECASE)
_WEB_PAGE = "a web page of a notebook, not the notebook: hand in that (in Colab: File, Download, .ipynb)"
_PLACEHOLDER = (
    "iCloud's placeholder for a file that is not on that computer: open it there, so that it is loaded, and "
    "hand it in again"
)


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
        doubt: what speaks against the student or the assignment.
        also: other assignments, of which it holds something as well.
    """

    entry: Entry
    owned: Owned
    assignment: str | None = None
    copy: int = 0
    evidence: Evidence = Evidence.CELLS
    trouble: str = ""
    doubt: str = ""
    also: tuple[str, ...] = ()

    @property
    def precedence(self) -> tuple[Evidence, int, int, int, Parts]:
        """What several files of a student for one assignment are sorted by: the first one counts."""
        attachment, modified = self.owned.attachment, self.entry.modified
        return (self.evidence, -attachment, -modified, -self.copy, self.entry.parts)


def look_at(folder: Path, entry: Entry, layout: Layout) -> HandIn:
    """Say what was handed in.

    Args:
        folder: of the submissions.
        entry: one that it holds. A notebook is read, to see which assignment it answers, and not kept.
        layout: what is known of the whole folder.

    Returns:
        What it is.
    """
    mine = owned((*entry.parts, "") if entry.is_empty else entry.parts, layout)
    is_notebook = mine.inside[-1].lower().endswith(".ipynb")
    if entry.is_hidden and not is_notebook:
        return _hidden(folder, entry, mine, layout)
    if entry.trouble or entry.is_empty:
        return HandIn(entry, mine, trouble=entry.trouble)
    if not is_notebook:
        return _no_notebook(folder, entry, mine, layout)
    if entry.is_hidden:
        return HandIn(entry, mine, trouble="hidden by a name that begins with a dot: rename it, if it counts")
    if mine.trouble:
        return HandIn(entry, mine, trouble=mine.trouble)
    if not mine.students:
        return HandIn(entry, mine, trouble=_NOBODYS)
    return _notebook(folder, entry, mine, layout.assignments)


def _hidden(folder: Path, entry: Entry, mine: Owned, layout: Layout) -> HandIn:
    """What is hidden, and no notebook, is of interest if it may be work, or if its student has nothing else.

    Settings that a program keeps in a hidden folder are of none, unless they are named after an assignment.
    """
    outside = wrapper(entry.parts)
    hides_student = entry.parts[len(outside)].startswith(".")
    found = HandIn(entry, Owned((), mine.inside) if hides_student else mine)
    name = mine.inside[-1].lstrip(".")
    is_own = entry.parts[-1].startswith(".") or find_assignment(name, layout.assignments)
    if entry.trouble or entry.is_empty or not is_own:
        return found
    seen = _no_notebook(folder, entry, replace(mine, inside=(*mine.inside[:-1], name)), layout)
    return seen if seen.trouble or seen.also else found


def _no_notebook(folder: Path, entry: Entry, mine: Owned, layout: Layout) -> HandIn:
    name = mine.inside[-1]
    if ".ipynb" in name.lower() and (trouble := _loaded_otherwise(name.rpartition(".")[2])):
        return HandIn(entry, mine, trouble=trouble)
    try:
        head = read_file(folder, entry.parts, HEAD)
    except OSError as error:
        return HandIn(entry, mine, trouble=error.strerror or str(error))
    meant = meant_for(name, head, layout.assignments)
    nobodys = _NOBODYS if meant and not mine.students else ""
    if trouble := trouble_of(name, head) or mine.trouble or nobodys:
        return HandIn(entry, mine, trouble=trouble)
    return HandIn(entry, mine, also=(meant,) if meant else ())


def _loaded_otherwise(ending: str) -> str:
    """Why a file whose name tells a notebook's, and goes on, is none, whatever it is called."""
    if _PAGE.fullmatch(ending):
        return _WEB_PAGE
    return _PLACEHOLDER if ending.lower() == "icloud" else ""


def _notebook(folder: Path, entry: Entry, mine: Owned, assignments: Sequence[str]) -> HandIn:
    try:
        counts = count_cells(read_file(folder, entry.parts, SIZE_LIMIT), assignments)
    except OSError as error:
        return HandIn(entry, mine, trouble=error.strerror or str(error))
    *above, name = mine.inside
    of_file = find_assignment(name[: -len(".ipynb")], assignments)
    of_folder = next(filter(None, (find_assignment(part, assignments) for part in reversed(above))), None)
    named = of_file or of_folder
    answered = most(counts) or (named.assignment if named else None)
    if not answered:
        several = f"as many of its cells are of {' and '.join(counts)}: hand in a notebook for each"
        return HandIn(entry, mine, trouble=several if counts else _UNKNOWN)
    evidence = Evidence.FILE_NAME if of_file else Evidence.FOLDER_NAME
    return HandIn(
        entry,
        mine,
        answered,
        copy=of_file.copy if of_file else 0,
        evidence=Evidence.CELLS if most(counts) else evidence,
        doubt=mine.doubt or _doubt(answered, counts, named),
        also=tuple(one for one in counts if one != answered),
    )


def _doubt(answered: str, counts: Mapping[str, int], named: AssignmentName | None) -> str:
    if named and named.assignment != answered:
        return f"its name says {named.assignment}"
    if counts and not most(counts):
        return f"as many of its cells are of {' and '.join(one for one in counts if one != answered)}"
    return "" if counts else "its name alone says so, no cell"
