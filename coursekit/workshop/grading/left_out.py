"""What was handed in and cannot be graded, with the reason, and what to do."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from coursekit.workshop.grading.collision import Collision
from coursekit.workshop.grading.flat_naming import FlatNaming
from coursekit.workshop.grading.folder import printable
from coursekit.workshop.grading.hand_in import HandIn
from coursekit.workshop.grading.identity import Identity
from coursekit.workshop.grading.nesting import Nesting
from coursekit.workshop.grading.ownership import Parts

__all__ = ["LeftOut", "of_collisions", "of_hand_ins", "of_mixtures", "of_nestings"]

_EMPTY = "nothing lies in it: its student handed in nothing"
_NO_NOTEBOOK = "its student handed in files, but no notebook"


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
    """Name folders in which a platform has named some notebooks, and people others.

    Args:
        folder: of the submissions.
        namings: how the notebooks in each folder are named.

    Yields:
        A line for each such folder.
    """
    for outside, naming in namings.items():
        if len(naming.examples) > 1:
            forms = (f"{len(n)} by {form.value} ({n[0]!r})" for form, n in naming.examples.items())
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
        inner = printable(folder.joinpath(*one.inner))
        reason = (
            f"{one.what}: not graded as one student's. Grade {inner} by itself; "
            "or, if it is one student's, leave one notebook for each assignment in it"
        )
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
        for hand_in in collision.first.values():
            path = folder.joinpath(*hand_in.entry.parts)
            yield LeftOut(path, collision.reason, (collision.identity,))


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
            yield _left_out(folder, one, _EMPTY if one.entry.is_empty else _NO_NOTEBOOK)


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
