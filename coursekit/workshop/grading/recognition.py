"""Recognises the assignment that a notebook answers by the ids of its cells, whatever its file is called."""

import re
from collections.abc import Mapping, Sequence
from functools import cache

from coursekit.workshop.grading.assignment import load_assignment
from coursekit.workshop.grading.notebook import UnreadableNotebookError, read_notebook

__all__ = ["count_cells", "most"]

# Looked for in the bytes of a file that is damaged, which is known nevertheless, and its student is told.
_IDS = re.compile(rb'"(?:id|grade_id)"\s*:\s*"((?:exercise|written)-\w+)"')


def count_cells(notebook: bytes, assignments: Sequence[str]) -> dict[str, int]:
    """Count the exercises and questions of each assignment that a notebook holds.

    Args:
        notebook: the content of the file.
        assignments: the names of those that it may answer.

    Returns:
        How many there are of each assignment of which there are any.
    """
    known, ids = _assignment_of_id(tuple(assignments)), _ids(notebook)
    counts = {name: sum(known.get(one) == name for one in ids) for name in assignments}
    return {name: count for name, count in counts.items() if count}


def _ids(notebook: bytes) -> set[str]:
    """The ids of the cells alone: what an output shows may be another notebook."""
    try:
        return {cell.id for cell in read_notebook(notebook)}
    except (UnreadableNotebookError, RecursionError):
        return {found.decode() for found in _IDS.findall(notebook)}


def most(counts: Mapping[str, int]) -> str | None:
    """Return the assignment of which there are the most; None if there are none, or as many of another.

    Args:
        counts: of each assignment.
    """
    best = max(counts.values(), default=0)
    found = [name for name, count in counts.items() if count == best]
    return found[0] if len(found) == 1 else None


@cache
def _assignment_of_id(assignments: tuple[str, ...]) -> Mapping[str, str]:
    found = {}
    for name in assignments:
        about = load_assignment(name)
        found.update({f"exercise-{exercise.name}": name for exercise in about.exercises})
        found.update({f"written-{question.name}": name for question in about.questions})
    return found
