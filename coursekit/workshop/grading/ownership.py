"""Whose a file is: as the top folder says, or the name of a file that lies in none."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from coursekit.workshop.grading.assignment_name import find_assignment
from coursekit.workshop.grading.export_name import ExportName, parse_export
from coursekit.workshop.grading.flat_naming import FlatNaming, Form
from coursekit.workshop.grading.identity import Identity, parse_student, student_text
from coursekit.workshop.grading.source import Source, gradescope_source

__all__ = ["Layout", "Owned", "Parts", "owned", "wrapper"]

# nbgrader's folder, and Gradescope's: students' folders lie in it.
_TWO = "its name is that of two assignments: rename it to <student>_<assignment>.ipynb"
_WRAPPER = re.compile(r"submitted|assignment_[0-9]+_export")
_UNLISTED = "submission_metadata.yml does not say whose it is"

Parts = tuple[str, ...]


@dataclass(frozen=True)
class Layout:
    """What must be known of the whole folder to say whose a file in it is.

    Attributes:
        assignments: their names.
        submitters: for folders of an export from Gradescope, who handed them in.
        namings: for each folder that students' folders lie in, how the files directly in it are named.
    """

    assignments: Sequence[str]
    submitters: Mapping[Parts, tuple[Identity, ...]]
    namings: Mapping[Parts, FlatNaming]


@dataclass(frozen=True)
class Owned:
    """A file, as its student sees it.

    Attributes:
        students: whose it is; several where a group handed in, none where the path names nobody.
        inside: the path in the student's folder; the student's own name of a file that a platform renamed.
        sources: for each student, what told it.
        attachment: Canvas' number of the file; 0 elsewhere.
        trouble: why nobody can say whose it is, though its name looks like it.
        doubt: what speaks against the student.
        stem: of a file that its student named, and that lies in no folder, the name; empty for others.
    """

    students: tuple[Identity, ...]
    inside: Parts
    sources: tuple[Source, ...] = ()
    attachment: int = 0
    trouble: str = ""
    doubt: str = ""
    stem: str = ""


def wrapper(parts: Parts) -> Parts:
    """Return the top folder that belongs to no student, as ``submitted/`` of nbgrader, or nothing.

    Args:
        parts: of a path below the folder of submissions.

    Returns:
        The first part alone, or none.
    """
    return parts[:1] if len(parts) > 1 and _WRAPPER.fullmatch(parts[0]) else ()


def owned(parts: Parts, layout: Layout) -> Owned:
    """Say whose a file is. Nothing below a student's folder can name another student.

    Args:
        parts: of its path below the folder of submissions.
        layout: what is known of the whole folder.

    Returns:
        The student or students, and what the path says besides.
    """
    outside = wrapper(parts)
    inside = parts[len(outside) :]
    first, *rest = map(student_text, inside)
    if not rest:
        return _of_flat_file(parts, layout)
    source = Source("the folder", (*outside, inside[0]))
    if known := layout.submitters.get((*outside, first)):
        return Owned(known, tuple(rest), tuple(gradescope_source(one, source) for one in known))
    named = find_assignment(first, layout.assignments)
    if named and named.is_all:  # <assignment>/<student> says nothing sure about the student
        return Owned((), tuple(rest))
    # A folder whose name goes on as a file's would is no platform's.
    if (export := parse_export(first)) and not export.file:
        return Owned((export.identity,), tuple(rest), (export.source,))
    listed = any(folder[:-1] == outside for folder in layout.submitters)
    doubt = _UNLISTED if listed and parse_student(first).gradescope_id else ""
    return Owned((parse_student(first),), tuple(rest), (source,), doubt=doubt)


def _of_flat_file(parts: Parts, layout: Layout) -> Owned:
    *outside, raw = parts
    naming, name = layout.namings[tuple(outside)], student_text(raw)
    if naming.form and name in naming.odd:
        return Owned((), (name,), trouble=_odd(naming.form))
    if naming.is_export and (export := parse_export(name)) and export.file:
        return _of_export(export, naming)
    named = find_assignment(_stem(raw), layout.assignments)
    if not named or not named.before:
        return Owned((), (name,))
    if find_assignment(named.before, layout.assignments):
        return Owned((), (name,), trouble=_TWO)
    # Whoever writes it otherwise may be somebody else: two spellings are two sources.
    source = Source("the files that begin with", (*outside, named.prefix))
    return Owned((parse_student(student_text(named.before)),), (name,), (source,), stem=named.stem)


def _odd(form: Form) -> str:
    others = "people's own" if form is Form.PEOPLE else f"{form.value}'s"
    return (
        f"nearly all notebooks beside it have {others} names, and this one not: put it into a folder named "
        "after its student"
    )


def _of_export(export: ExportName, naming: FlatNaming) -> Owned:
    if naming.is_in_doubt(export):
        reason = f"is it of {export.source}, or do the numbers further behind say whose it is?"
        return Owned((), (export.file,), trouble=f"{reason} Put it into a folder named after its student")
    if export.source in naming.contradicting:
        reason = f"as Canvas names files, {export.source} has several names, or files of one name or number"
        return Owned((), (export.file,), trouble=f"{reason}: put each into a folder named after its student")
    alone = export.attachment > 0 and naming.users == 1
    doubt = "its name is read as Canvas', and no other student's is here" if alone else ""
    return Owned((export.identity,), (export.file,), (export.source,), export.attachment, doubt=doubt)


def _stem(name: str) -> str:
    return name.rpartition(".")[0] or name
