"""Recognises the assignment that a notebook answers by the ids of its cells, whatever its file is called."""

import re
from collections.abc import Mapping, Sequence
from functools import cache

from coursekit.workshop.grading.assignment import load_assignment

__all__ = ["recognise"]

# Looked for in the bytes: a file that is damaged is known nevertheless, and its student is told.
_IDS = re.compile(rb'"(?:id|grade_id)"\s*:\s*"((?:exercise|written)-\w+)"')


def recognise(notebook: bytes, assignments: Sequence[str]) -> str | None:
    """Say which assignment a notebook answers.

    Args:
        notebook: the content of the file.
        assignments: the names of those that it may be.

    Returns:
        The assignment of which it holds the most exercises and questions; None if it holds none, or as many
        of another.
    """
    known = _assignment_of_id(tuple(assignments))
    ids = {found.decode() for found in _IDS.findall(notebook)}
    counts = {name: sum(known.get(one) == name for one in ids) for name in assignments}
    best = max(counts.values(), default=0)
    most = [name for name, count in counts.items() if count == best]
    return most[0] if best and len(most) == 1 else None


@cache
def _assignment_of_id(assignments: tuple[str, ...]) -> Mapping[str, str]:
    found = {}
    for name in assignments:
        about = load_assignment(name)
        found.update({f"exercise-{exercise.name}": name for exercise in about.exercises})
        found.update({f"written-{question.name}": name for question in about.questions})
    return found
