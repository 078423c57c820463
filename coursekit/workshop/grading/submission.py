"""Finds what students handed in in a folder: their submissions, and what cannot be graded."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from coursekit.workshop.grading.folder import Entry, list_folder, printable, read_file
from coursekit.workshop.grading.gradescope_export import METADATA, read_submitters
from coursekit.workshop.grading.hand_in import HandIn, look_at
from coursekit.workshop.grading.identity import Identity
from coursekit.workshop.grading.notebook import SIZE_LIMIT
from coursekit.workshop.grading.ownership import Parts, wrapper

__all__ = ["FoundSubmissions", "LeftOut", "Submission", "find_submissions"]


@dataclass(frozen=True)
class Submission:
    """One student's notebook for one assignment.

    Attributes:
        identity: whose it is.
        assignment: what it is for.
        folder: in which it was found.
        path: of the file.
        other_paths: other files of the same student for the same assignment, which are not graded.
    """

    identity: Identity
    assignment: str
    folder: Path
    path: Path
    other_paths: tuple[Path, ...] = ()

    @property
    def student(self) -> str:
        """The text that stands for the student."""
        return self.identity.student

    @property
    def printable_paths(self) -> list[str]:
        """The path and the other paths as text that can be printed and stored."""
        return [printable(path) for path in (self.path, *self.other_paths)]

    def read(self) -> bytes:
        """Return the content; of a file that is too large only the first ``SIZE_LIMIT`` + 1 bytes.

        Raises:
            OSError: it cannot be read, or is no regular file any more.
        """
        return read_file(self.folder, self.path.relative_to(self.folder).parts, SIZE_LIMIT + 1)


@dataclass(frozen=True)
class LeftOut:
    """Something that was handed in and cannot be graded.

    Attributes:
        path: where it lies.
        reason: why not.
        students: whose it is, as far as that is known.
    """

    path: Path
    reason: str
    students: tuple[Identity, ...] = ()

    def __str__(self) -> str:
        return f"{printable(self.path)}: {self.reason}"


@dataclass(frozen=True)
class FoundSubmissions:
    """What was found in a folder.

    Attributes:
        submissions: sorted by assignment and student.
        left_out: what cannot be graded, sorted by path.
    """

    submissions: list[Submission]
    left_out: list[LeftOut]


def find_submissions(folder: Path, assignments: Sequence[str]) -> FoundSubmissions:
    """Find submissions, and what else was handed in.

    The student is the name of the top folder: ``<student>/…/<any>.ipynb``. ``submitted/`` of nbgrader and
    ``assignment_…_export/`` of Gradescope are stepped over. Directly in the top folder, the student's name is
    part of a file's, as ``<student>_<assignment>.ipynb``, or as Canvas or Moodle write it. The assignment is
    known by the ids of its cells, by the file's name, or by the name of a folder. The newest file counts.

    Args:
        folder: where to look, at any depth; links are not followed.
        assignments: names of the assignments.

    Returns:
        The submissions, and what is none.

    Raises:
        OSError: the folder cannot be listed.
    """
    entries = list_folder(folder)
    submitters, left_out = _submitters(folder, entries)
    hand_ins = [look_at(folder, entry, assignments, submitters) for entry in entries]
    left_out += [_left_out(folder, one) for one in hand_ins if one.trouble]
    left_out += _without_notebook(folder, hand_ins)
    return FoundSubmissions(_submissions(folder, hand_ins), sorted(left_out, key=lambda one: one.path))


def _submitters(
    folder: Path, entries: Sequence[Entry]
) -> tuple[dict[Parts, tuple[Identity, ...]], list[LeftOut]]:
    """Who handed in which folder of exports from Gradescope, and the files that do not say it."""
    found: dict[Parts, tuple[Identity, ...]] = {}
    left_out = []
    for entry in entries:
        outside = wrapper(entry.parts)
        if entry.parts == (*outside, METADATA) and not entry.trouble:
            try:
                content = read_submitters(read_file(folder, entry.parts, SIZE_LIMIT))
            except (OSError, ValueError) as error:
                left_out.append(LeftOut(folder.joinpath(*entry.parts), str(error)))
            else:
                found.update({(*outside, name): students for name, students in content.items()})
    return found, left_out


def _left_out(folder: Path, hand_in: HandIn) -> LeftOut:
    return LeftOut(folder.joinpath(*hand_in.entry.parts), hand_in.trouble, hand_in.owned.students)


def _without_notebook(folder: Path, hand_ins: Sequence[HandIn]) -> Iterator[LeftOut]:
    """A line for each student of whom there are files, but no notebook, and none that is named already."""
    known = {one for hand_in in hand_ins for one in _owners(hand_in) if hand_in.assignment or hand_in.trouble}
    for hand_in in hand_ins:
        if _owners(hand_in) - known:
            known |= _owners(hand_in)
            path = folder.joinpath(*hand_in.entry.parts)
            yield LeftOut(path, "its student handed in files, but no notebook", hand_in.owned.students)


def _owners(hand_in: HandIn) -> set[str]:
    return {identity.student for identity in hand_in.owned.students}


def _submissions(folder: Path, hand_ins: Sequence[HandIn]) -> list[Submission]:
    found: dict[tuple[str, str], list[HandIn]] = {}
    identities: dict[str, Identity] = {}
    for hand_in in sorted(hand_ins, key=lambda one: one.precedence):
        for identity in hand_in.owned.students if hand_in.assignment else ():
            identities.setdefault(identity.student, identity)
            found.setdefault((hand_in.assignment or "", identity.student), []).append(hand_in)
    submissions = []
    for (assignment, student), files in sorted(found.items()):
        first, *others = (folder.joinpath(*one.entry.parts) for one in files)
        submissions.append(Submission(identities[student], assignment, folder, first, tuple(others)))
    return submissions
