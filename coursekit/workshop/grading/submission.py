"""Finds what students handed in in a folder: their submissions, and what cannot be graded."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

from coursekit.workshop.grading.collision import Collision, find_collisions
from coursekit.workshop.grading.flat_naming import FlatNaming, decide_naming
from coursekit.workshop.grading.folder import Entry, list_folder, printable, read_file
from coursekit.workshop.grading.gradescope_export import METADATA, read_submitters
from coursekit.workshop.grading.hand_in import HandIn, look_at
from coursekit.workshop.grading.identity import Identity, student_text
from coursekit.workshop.grading.left_out import LeftOut, of_collisions, of_hand_ins, of_mixtures, of_nestings
from coursekit.workshop.grading.nesting import find_nestings
from coursekit.workshop.grading.notebook import SIZE_LIMIT
from coursekit.workshop.grading.ownership import Layout, Parts, wrapper

__all__ = ["FoundSubmissions", "Submission", "find_submissions"]


@dataclass(frozen=True)
class Submission:
    """One student's notebook for one assignment.

    Attributes:
        identity: whose it is.
        assignment: what it is for.
        folder: in which it was found.
        path: of the file.
        other_paths: other files of the same student for the same assignment, which are not graded.
        doubt: what speaks against the student or the assignment; empty if nothing does.
    """

    identity: Identity
    assignment: str
    folder: Path
    path: Path
    other_paths: tuple[Path, ...] = ()
    doubt: str = ""

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
    Where a folder or a name could be several students', none of them gets points for it.

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
    namings = _namings(entries)
    layout = Layout(assignments, submitters, namings)
    hand_ins = [look_at(folder, entry, layout) for entry in entries if not _is_mixed(entry, namings)]
    nestings = find_nestings(hand_ins, assignments)
    hand_ins = [one for one in hand_ins if not any(nesting.holds(one) for nesting in nestings)]
    collisions = find_collisions(hand_ins)
    left_out += [
        *of_mixtures(folder, namings),
        *of_nestings(folder, nestings),
        *of_collisions(folder, collisions),
        *of_hand_ins(folder, hand_ins),
    ]
    submissions = _submissions(folder, hand_ins, _colliding(collisions))
    return FoundSubmissions(submissions, sorted(left_out, key=lambda one: one.path))


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


def _namings(entries: Sequence[Entry]) -> dict[Parts, FlatNaming]:
    """How the notebooks directly in each folder that students' folders lie in are named."""
    names: dict[Parts, list[str]] = {(): []}
    for entry in entries:
        outside = wrapper((*entry.parts, "")) if entry.is_empty else wrapper(entry.parts)
        found = names.setdefault(outside, [])
        if _is_flat_notebook(entry):
            found.append(student_text(entry.parts[-1]))
    return {outside: decide_naming(found) for outside, found in names.items()}


def _is_flat_notebook(entry: Entry) -> bool:
    name = entry.parts[-1].lower()
    is_flat = len(entry.parts) == len(wrapper(entry.parts)) + 1
    return is_flat and name.endswith(".ipynb") and not entry.is_empty and not entry.is_hidden


def _is_mixed(entry: Entry, namings: Mapping[Parts, FlatNaming]) -> bool:
    return _is_flat_notebook(entry) and namings[wrapper(entry.parts)].form is None


def _colliding(collisions: Sequence[Collision]) -> set[str]:
    return {identity.student for one in collisions for identity in one.identities.values()}


def _submissions(folder: Path, hand_ins: Sequence[HandIn], colliding: Set[str]) -> list[Submission]:
    found: dict[tuple[str, str], list[HandIn]] = {}
    also: dict[tuple[str, str], list[HandIn]] = {}
    for hand_in in sorted(hand_ins, key=lambda one: one.precedence):
        for identity in hand_in.owned.students if hand_in.assignment else ():
            if identity.student not in colliding:
                found.setdefault((hand_in.assignment or "", identity.student), []).append(hand_in)
                for other in hand_in.also:
                    also.setdefault((other, identity.student), []).append(hand_in)
    return [
        _submission(folder, assignment, student, files, also.get((assignment, student), []))
        for (assignment, student), files in sorted(found.items())
    ]


def _submission(
    folder: Path, assignment: str, student: str, files: Sequence[HandIn], also: Sequence[HandIn]
) -> Submission:
    identity = next(one for one in files[0].owned.students if one.student == student)
    first, *others = (folder.joinpath(*one.entry.parts) for one in (*files, *also))
    return Submission(identity, assignment, folder, first, tuple(others), files[0].doubt or _stems(files))


def _stems(files: Sequence[HandIn]) -> str:
    """The doubt whether files in no folder, whose names go on differently, are all of who they say."""
    stems = {one.owned.stem for one in files}
    return "only a name in no folder says so, and another goes on otherwise" if len(stems) > 1 else ""
