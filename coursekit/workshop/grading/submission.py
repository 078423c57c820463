"""Finds submitted notebooks in a folder, and reads their cells."""

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from coursekit.workshop.building.markers import STUB

__all__ = [
    "Cell",
    "Submission",
    "UnreadableNotebookError",
    "code_digest",
    "find_submissions",
    "read_notebook",
]

SIZE_LIMIT = 50 * 2**20
"""Largest size of a notebook in bytes, with its outputs."""
VALUES_LIMIT = 1_000_000
"""Largest number of values in a notebook's JSON: each takes far more memory than bytes in the file."""

_EXERCISE_ID = re.compile(r"exercise-(\w+)")


class UnreadableNotebookError(ValueError):
    """A file is no notebook; the message tells the student what is wrong with it."""


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


@dataclass(frozen=True)
class Cell:
    """A cell of a submitted notebook.

    Attributes:
        id: as the file has it, so several cells may have the same one, or none.
        cell_type: "code", "markdown" or whatever else the file says.
        source: its text.
    """

    id: str
    cell_type: str
    source: str

    @property
    def exercise(self) -> str | None:
        """The exercise that this cell belongs to; None for other cells, and while it is still the stub."""
        found = _EXERCISE_ID.fullmatch(self.id)
        return found[1] if found and not self.is_stub else None

    @property
    def is_stub(self) -> bool:
        """Whether the line that the student is to replace is still there."""
        return any(line.strip() == STUB[-1] for line in self.source.splitlines())


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


def read_notebook(data: bytes) -> list[Cell]:
    """Read the cells of a notebook. Metadata and outputs are ignored.

    Args:
        data: the content of the file.

    Returns:
        The cells, in their order.

    Raises:
        UnreadableNotebookError: the file is too large, no JSON, or JSON that is no notebook.
    """
    if len(data) > SIZE_LIMIT:
        raise UnreadableNotebookError(
            f"the file is larger than {SIZE_LIMIT >> 20} MB: clear its outputs and submit it again"
        )
    if sum(map(data.count, (b",", b"[", b"{"))) > VALUES_LIMIT:
        raise UnreadableNotebookError(
            f"the file holds more than {VALUES_LIMIT:,} values: clear its outputs and submit it again"
        )
    try:
        notebook = json.loads(data)
    except (ValueError, RecursionError) as error:
        details = (
            str(error)[:200]
            if isinstance(error, json.JSONDecodeError)
            else "it is nested or encoded strangely"
        )
        raise UnreadableNotebookError(
            f"the file is damaged, or was not saved to its end: no JSON ({details})"
        ) from None
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list):
        raise UnreadableNotebookError(
            "the file is JSON, but no notebook of format 4: it has no list of cells"
        )
    return [_cell(cell) for cell in cells if isinstance(cell, dict)]


def _cell(cell: Mapping[str, Any]) -> Cell:
    source = cell.get("source", "")
    if isinstance(source, list):
        source = "".join(part for part in source if isinstance(part, str))
    return Cell(
        str(cell.get("id", ""))[:200],
        str(cell.get("cell_type", "")),
        source if isinstance(source, str) else "",
    )


def code_digest(cells: Sequence[Cell], exercise: str) -> str | None:
    """Return a digest of the code in an exercise's own cell, without its layout and comments.

    Args:
        cells: of the notebook.
        exercise: its name.

    Returns:
        64 hexadecimal digits; None for a stub.
    """
    sources = [cell.source for cell in cells if cell.exercise == exercise]
    if not sources:
        return None
    lines = (line.partition("#")[0] for line in sources[-1].splitlines())
    return sha256("".join("".join(lines).split()).encode(errors="replace")).hexdigest()
