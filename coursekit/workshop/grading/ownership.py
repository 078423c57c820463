"""Whose a file is: as the top folder says, or the name of a file that lies in none."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from coursekit.workshop.grading.assignment_name import find_assignment
from coursekit.workshop.grading.export_name import parse_export
from coursekit.workshop.grading.identity import Identity, parse_student, student_text

__all__ = ["Owned", "owned", "wrapper"]

# nbgrader's folder, and Gradescope's: students' folders lie in it.
_WRAPPER = re.compile(r"submitted|assignment_[0-9]+_export")

Parts = tuple[str, ...]


@dataclass(frozen=True)
class Owned:
    """A file, as its student sees it.

    Attributes:
        students: whose it is; several where a group handed in, none where the path names nobody.
        inside: the path in the student's folder; the student's own name of a file that a platform renamed.
        attachment: Canvas' number of the file; 0 elsewhere.
        in_doubt: whether Canvas' name could be read otherwise: a student who changes the own name can make it
            begin like another's.
    """

    students: tuple[Identity, ...]
    inside: Parts
    attachment: int = 0
    in_doubt: bool = False


def wrapper(parts: Parts) -> Parts:
    """Return the top folder that belongs to no student, as ``submitted/`` of nbgrader, or nothing.

    Args:
        parts: of a path below the folder of submissions.

    Returns:
        The first part alone, or none.
    """
    return parts[:1] if len(parts) > 1 and _WRAPPER.fullmatch(parts[0]) else ()


def owned(
    parts: Parts, assignments: Sequence[str], submitters: Mapping[Parts, tuple[Identity, ...]]
) -> Owned:
    """Say whose a file is. Nothing below a student's folder can name another student.

    Args:
        parts: of its path below the folder of submissions.
        assignments: names of the assignments.
        submitters: for folders of an export from Gradescope, who handed them in.

    Returns:
        The student or students, and what the path says besides.
    """
    outside = wrapper(parts)
    first, *rest = map(student_text, parts[len(outside) :])
    if not rest:
        return _of_flat_file(first, assignments)
    if known := submitters.get((*outside, first)):
        return Owned(known, tuple(rest))
    if first.lower() in assignments:  # <assignment>/<student> says nothing sure about the student
        return Owned((), tuple(rest))
    export = parse_export(first)
    # A folder whose name goes on as a file's would is no platform's.
    identity = export.identity if export and not export.file else parse_student(first)
    return Owned((identity,), tuple(rest))


def _of_flat_file(name: str, assignments: Sequence[str]) -> Owned:
    if (export := parse_export(name)) and export.file:
        doubtful = export.attachment > 0 and _begins_with_number(export.file, assignments)
        return Owned((export.identity,), (export.file,), export.attachment, doubtful)
    named = find_assignment(_stem(name), assignments)
    return Owned((parse_student(named.before),) if named and named.before else (), (name,))


def _begins_with_number(file: str, assignments: Sequence[str]) -> bool:
    """Whether a number comes first that is not the assignment's."""
    named = find_assignment(_stem(file), assignments)
    return re.match(r"[0-9]+(_|\Z)", named.before if named else file) is not None


def _stem(name: str) -> str:
    return name.rpartition(".")[0] or name
