"""What was handed in and cannot be graded, with the reason, and what to do."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from coursekit.workshop.grading.collision import Collision
from coursekit.workshop.grading.flat_naming import FlatNaming
from coursekit.workshop.grading.folder import printable
from coursekit.workshop.grading.hand_in import HandIn
from coursekit.workshop.grading.identity import Identity
from coursekit.workshop.grading.nesting import Nesting
from coursekit.workshop.grading.ownership import Parts, wrapper

__all__ = ["LeftOut", "of_collisions", "of_hand_ins", "of_mixtures", "of_nestings", "shortened"]

_EMPTY = "nothing lies in it: its student handed in nothing"
_NO_NOTEBOOK = "its student handed in files, but no notebook"
_MAX_LINES = 20
"""So many files of one source are named; more are counted."""


@dataclass(frozen=True)
class LeftOut:
    """Something that was handed in and cannot be graded.

    Attributes:
        path: where it lies.
        reason: why not, and what to do.
        students: whose it is, as far as that is known.
        assignment: what it is for, as far as that is known.
    """

    path: Path
    reason: str
    students: tuple[Identity, ...] = ()
    assignment: str | None = None

    def __str__(self) -> str:
        return f"{printable(self.path)}: {self.reason}"


def of_mixtures(folder: Path, namings: Mapping[Parts, FlatNaming]) -> Iterator[LeftOut]:
    """Name folders in which a platform has named some notebooks, and people about as many.

    Args:
        folder: of the submissions.
        namings: how the notebooks in each folder are named.

    Yields:
        A line for each such folder.
    """
    for outside, naming in namings.items():
        if naming.form is None:
            forms = (f"{len(n)} by {form.value} ({n[0]!r})" for form, n in naming.names.items())
            reason = (
                f"the notebooks directly in it are named {' and '.join(forms)}: none of them is graded. "
                "Grade an export in a folder of its own, and put the others into a folder for each student"
            )
            yield LeftOut(folder.joinpath(*outside), reason)


def of_nestings(folder: Path, nestings: Sequence[Nesting]) -> Iterator[LeftOut]:
    """Name folders that hold several students' work, one level too deep.

    Args:
        folder: of the submissions.
        nestings: those that were found.

    Yields:
        A line for each.
    """
    for one in nestings:
        inner = f"Grade {printable(folder.joinpath(*one.inner))} by itself; or, " if one.inner else ""
        instead = one.instead if inner else one.instead.capitalize()
        reason = f"{one.what}: not graded as one student's. {inner}{instead}"
        yield LeftOut(folder.joinpath(*one.top), reason)


def of_collisions(folder: Path, collisions: Sequence[Collision]) -> Iterator[LeftOut]:
    """Name each of several sources of one student's text.

    Args:
        folder: of the submissions.
        collisions: those that were found.

    Yields:
        A line for each source.
    """
    for collision in collisions:
        for source, hand_in in collision.first.items():
            path = folder.joinpath(*hand_in.entry.parts)
            yield LeftOut(path, collision.reason, (collision.identities[source],))


def of_hand_ins(folder: Path, hand_ins: Sequence[HandIn]) -> Iterator[LeftOut]:
    """Name what cannot be graded for what it is.

    Args:
        folder: of the submissions.
        hand_ins: all that was handed in.

    Yields:
        A line for each that has trouble, for each student without a notebook, and for each assignment that
        only part of a notebook, or a file that is none, answers.
    """
    for one in hand_ins:
        if one.trouble:
            yield _left_out(folder, one, one.trouble)
    yield from _without_notebook(folder, hand_ins)
    yield from _also_answered(folder, hand_ins)


def _left_out(folder: Path, hand_in: HandIn, reason: str, assignment: str | None = None) -> LeftOut:
    return LeftOut(folder.joinpath(*hand_in.entry.parts), reason, hand_in.owned.students, assignment)


def _without_notebook(folder: Path, hand_ins: Sequence[HandIn]) -> Iterator[LeftOut]:
    """A line for each source of which there are files, but no notebook, and none that is named already."""
    known = {source for one in hand_ins if one.assignment or one.trouble for source in one.owned.sources}
    for one in sorted(hand_ins, key=lambda one: one.entry.is_empty):
        if {*one.owned.sources} - known:
            known |= {*one.owned.sources}
            yield _left_out(folder, one, _why_none(one))


def _why_none(hand_in: HandIn) -> str:
    if left := hand_in.entry.passed_over:
        return (
            f"its student handed in no notebook, but {printable(Path(left))}, which a program left and "
            "nobody grades: ask for the notebook itself"
        )
    return _EMPTY if hand_in.entry.is_empty else _NO_NOTEBOOK


def _also_answered(folder: Path, hand_ins: Sequence[HandIn]) -> Iterator[LeftOut]:
    """A line for each assignment for which a student with notebooks has none that counts for it."""
    answered = {(source, one.assignment) for one in hand_ins for source in one.owned.sources}
    with_notebook = {source for source, assignment in answered if assignment}
    for one in sorted(hand_ins, key=lambda one: one.precedence):
        for other in one.also if with_notebook & {*one.owned.sources} else ():
            missing = {(source, other) for source in one.owned.sources} - answered
            if missing:
                answered |= missing
                yield _left_out(folder, one, _why_not(one, other), other)


def _why_not(hand_in: HandIn, other: str) -> str:
    if hand_in.assignment:
        return f"it answers {other}, too, but counts for {hand_in.assignment}: hand in a notebook for each"
    return f"it may answer {other}, for which its student handed in no notebook: only notebooks are graded"


def shortened(folder: Path, left_out: Sequence[LeftOut]) -> list[str]:
    """Return a line for each, but of one source no more than a few: one student may hand in thousands.

    Nobody's lines are left out for another's: a file in no folder, of which nobody knows whose it is, may be
    anybody's, and has its line.

    Args:
        folder: of the submissions.
        left_out: what cannot be graded.

    Returns:
        The lines, and for each source of more one that counts the rest.
    """
    lines = []
    counts: Counter[tuple[Parts, tuple[Identity, ...]]] = Counter()
    for one in left_out:
        source = (_top(one.path.relative_to(folder).parts, one.students), one.students)
        counts[source] += 1
        if counts[source] <= _MAX_LINES:
            lines.append(str(one))
    for (top, students), count in counts.items():
        if count > _MAX_LINES:
            whose = ", ".join(repr(student.student)[1:-1] for student in students) or "nobody known"
            where = f" in {printable(folder.joinpath(*top))}" if top else ""
            lines.append(f"{count - _MAX_LINES} more of {whose}{where}")
    return lines


def _top(parts: Parts, students: tuple[Identity, ...]) -> Parts:
    """The top folder; for a file in none, of a known student, nothing."""
    depth = len(wrapper(parts)) + 1
    return () if students and len(parts) == depth else parts[:depth]
