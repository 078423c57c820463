"""Finds submitted notebooks in a folder, and reads what somebody sent as one."""

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from coursekit.workshop.building.markers import STUB

__all__ = ["Cell", "Submission", "UnreadableError", "code_of", "find_submissions", "read_notebook"]

SIZE_LIMIT = 50 * 2**20
"""Bytes of a notebook, outputs and all."""
VALUES_LIMIT = 1_000_000
"""Values in its JSON: each takes far more memory than the few bytes that it can be written in."""

_OWN = re.compile(r"exercise-(\w+)")


class UnreadableError(ValueError):
    """A file that is no notebook; the message says what is wrong with it, for the student."""


@dataclass(frozen=True)
class Submission:
    """One student's notebook for one assignment, as a file."""

    student: str
    assignment: str
    path: Path
    others: tuple[Path, ...] = ()

    @property
    def files(self) -> list[str]:
        """The names of the file and of the others, as texts."""
        return [_text(str(path)) for path in (self.path, *self.others)]

    def read(self) -> bytes:
        """Return the file's bytes, or more than are allowed: never the whole of a huge file."""
        with self.path.open("rb") as file:
            return file.read(SIZE_LIMIT + 1)


@dataclass(frozen=True)
class Cell:
    """A cell. The id is the student's: two may bear the same, or none."""

    id: str
    kind: str
    source: str

    @property
    def own(self) -> str | None:
        """The exercise that this cell is there for; None for other cells, and while it is still the stub."""
        found = _OWN.fullmatch(self.id)
        return found[1] if found and not self.is_stub else None

    @property
    def is_stub(self) -> bool:
        """Whether the line that the student is to replace is still there."""
        return any(line.strip() == STUB[-1] for line in self.source.splitlines())


def find_submissions(folder: Path, assignments: Sequence[str]) -> list[Submission]:
    """Return all notebooks under ``folder`` that are named after an assignment, by assignment and student.

    Three layouts are known, also mixed: ``<student>/<assignment>.ipynb``, nbgrader's
    ``<student>/<assignment>/<any>.ipynb``, with or without ``submitted/`` above, and
    ``<student>_<assignment>.ipynb``. Of several for the same student and assignment, the one with the
    student's name highest up counts, then the one named after the assignment; its ``others`` names the rest.

    Raises:
        ValueError: there is none.
    """
    found: dict[tuple[str, str], list[tuple[int, Path]]] = {}
    for path in _notebooks(folder):
        if place := _place(path.relative_to(folder), assignments):
            depth, student, assignment = place
            found.setdefault((_text(student), assignment), []).append((depth, path))
    if not found:
        raise ValueError(
            f"no submission in {folder}; wanted <student>/{assignments[0]}.ipynb, "
            f"<student>/{assignments[0]}/*.ipynb or <student>_{assignments[0]}.ipynb"
        )
    return [_chosen(*place, found[place]) for place in sorted(found, key=lambda place: place[::-1])]


def _chosen(student: str, assignment: str, places: Sequence[tuple[int, Path]]) -> Submission:
    # Depth first: in a folder of their own, a student could put another's name on a notebook.
    ordered = sorted(places, key=lambda place: (place[0], place[1].stem != assignment, place[1]))
    first, *others = (path for _, path in ordered)
    return Submission(student, assignment, first, tuple(others))


def _text(name: str) -> str:
    """The name as a text that can be kept and printed, also where its bytes are no UTF-8."""
    return os.fsencode(name).decode(errors="replace")


def _notebooks(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*.ipynb")):
        inside = path.relative_to(folder)
        # A link could lead to another student's work, or to a file that is no student's at all.
        linked = any((folder / part).is_symlink() for part in (inside, *inside.parents[:-1]))
        if path.is_file() and not linked and ".ipynb_checkpoints" not in inside.parts:
            yield path


def _place(path: Path, assignments: Sequence[str]) -> tuple[int, str, str] | None:
    """How deep the student's name stands, the name, and the assignment of a path within the folder."""
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
    """Return the cells of a notebook; metadata and outputs are not even looked at.

    Raises:
        UnreadableError: it is too large, no JSON, or JSON that is no notebook.
    """
    if len(data) > SIZE_LIMIT:
        raise UnreadableError(
            f"the file is larger than {SIZE_LIMIT >> 20} MB: clear its outputs and submit it again"
        )
    if sum(map(data.count, (b",", b"[", b"{"))) > VALUES_LIMIT:
        raise UnreadableError(
            f"the file holds more than {VALUES_LIMIT:,} values: clear its outputs and submit it again"
        )
    try:
        notebook = json.loads(data)
    except (ValueError, RecursionError) as error:
        said = (
            str(error)[:200]
            if isinstance(error, json.JSONDecodeError)
            else "it is nested or encoded strangely"
        )
        raise UnreadableError(f"the file is damaged, or was not saved to its end: no JSON ({said})") from None
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list):
        raise UnreadableError("the file is JSON, but no notebook of format 4: it has no list of cells")
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


def code_of(cells: Sequence[Cell], name: str) -> str | None:
    """Return a digest of the exercise's own cell, blind to layout and comments; None for a stub."""
    sources = [cell.source for cell in cells if cell.own == name]
    if not sources:
        return None
    lines = (line.partition("#")[0] for line in sources[-1].splitlines())
    return sha256("".join("".join(lines).split()).encode(errors="replace")).hexdigest()
