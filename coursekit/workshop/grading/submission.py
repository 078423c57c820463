"""Finds submitted notebooks in a folder."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from coursekit.workshop.grading.notebook import SIZE_LIMIT

__all__ = ["Submission", "find_submissions"]


@dataclass(frozen=True)
class Submission:
    """One student's notebook for one assignment.

    Attributes:
        student: whose it is.
        assignment: what it is for.
        path: of the file.
        other_paths: other files of the same student for the same assignment, which are not graded.
    """

    student: str
    assignment: str
    path: Path
    other_paths: tuple[Path, ...] = ()

    @property
    def printable_paths(self) -> list[str]:
        """The path and the other paths as text that can be printed and stored."""
        return [_printable(str(path)) for path in (self.path, *self.other_paths)]

    def read(self) -> bytes:
        """Return the content; of a file that is too large only the first ``SIZE_LIMIT`` + 1 bytes."""
        with self.path.open("rb") as file:
            return file.read(SIZE_LIMIT + 1)


def find_submissions(folder: Path, assignments: Sequence[str]) -> list[Submission]:
    """Find submissions.

    Three layouts are known, also mixed: ``<student>/<assignment>.ipynb``, nbgrader's
    ``<student>/<assignment>/<any>.ipynb``, with or without ``submitted/`` above, and
    ``<student>_<assignment>.ipynb``. Of several files of a student for one assignment, the one whose path has
    the student's name highest up is taken, then the one named after the assignment.

    Args:
        folder: where to look, at any depth; links are not followed.
        assignments: names of the assignments.

    Returns:
        The submissions, sorted by assignment and student.

    Raises:
        ValueError: there is none.
    """
    found: dict[tuple[str, str], list[tuple[int, Path]]] = {}
    for path in _notebooks(folder):
        if location := _parse_path(path.relative_to(folder), assignments):
            depth, student, assignment = location
            found.setdefault((_printable(student), assignment), []).append((depth, path))
    if not found:
        raise ValueError(
            f"no submission in {folder}; wanted <student>/{assignments[0]}.ipynb, "
            f"<student>/{assignments[0]}/*.ipynb or <student>_{assignments[0]}.ipynb"
        )
    return [_choose(*key, found[key]) for key in sorted(found, key=lambda key: key[::-1])]


def _choose(student: str, assignment: str, files: Sequence[tuple[int, Path]]) -> Submission:
    # The depth counts first: in a folder of their own, a student could put another's name on a notebook.
    ordered = sorted(files, key=lambda file: (file[0], file[1].stem != assignment, file[1]))
    first, *others = (path for _, path in ordered)
    return Submission(student, assignment, first, tuple(others))


def _printable(name: str) -> str:
    """The name as text that can be stored and printed, also where its bytes are no UTF-8."""
    return os.fsencode(name).decode(errors="replace")


def _notebooks(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*.ipynb")):
        inside = path.relative_to(folder)
        # A link could lead to another student's work, or to a file that no student submitted.
        linked = any((folder / part).is_symlink() for part in (inside, *inside.parents[:-1]))
        if path.is_file() and not linked and ".ipynb_checkpoints" not in inside.parts:
            yield path


def _parse_path(path: Path, assignments: Sequence[str]) -> tuple[int, str, str] | None:
    """The depth at which the student's name stands, the name, and the assignment; None for other files."""
    *parents, _ = path.parts
    if len(parents) >= 2 and parents[-1] in assignments:
        return len(parents) - 2, parents[-2], parents[-1]
    if parents and path.stem in assignments:
        return len(parents) - 1, parents[-1], path.stem
    for assignment in assignments:
        if (student := path.stem.removesuffix(f"_{assignment}")) not in ("", path.stem):
            return len(parents), student, assignment
    return None
