"""Reads the cells of a submitted notebook, which is not trusted."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from coursekit.workshop.building.markers import STUB

__all__ = ["Cell", "UnreadableNotebookError", "code_digest", "read_notebook"]

SIZE_LIMIT = 50 * 2**20
"""Largest size of a notebook in bytes, with its outputs."""
CELLS_LIMIT = 5_000
"""Largest number of cells."""
VALUES_LIMIT = 1_000_000
"""Largest number of values in a notebook's JSON: each takes far more memory than bytes in the file."""

_EXERCISE_ID = re.compile(r"exercise-(\w+)")
_TEXT = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_GIVEN_ID = re.compile(r"(exercise|written)-.+")


class UnreadableNotebookError(ValueError):
    """A file is no notebook; the message tells the student what is wrong with it."""


@dataclass(frozen=True)
class Cell:
    """A cell of a submitted notebook.

    Attributes:
        id: as the file has it, so several cells may have the same one, or none. Where a program has dropped
            or replaced the id of an exercise or a question, the one that is kept for nbgrader.
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


def read_notebook(data: bytes) -> list[Cell]:
    """Read the cells of a notebook. Outputs are ignored, and of the metadata all but nbgrader's ``grade_id``.

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
    # Only where there are many: what stands in texts, such as printed lists, is no value.
    if _count_values(data) > VALUES_LIMIT and _count_values(_TEXT.sub(b"", data)) > VALUES_LIMIT:
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
    if len(cells) > CELLS_LIMIT:
        raise UnreadableNotebookError(f"it has {len(cells):,} cells, more than {CELLS_LIMIT:,}")
    return [_cell(cell) for cell in cells if isinstance(cell, dict)]


def _cell(cell: Mapping[str, Any]) -> Cell:
    source = cell.get("source", "")
    if isinstance(source, list):
        source = "".join(part for part in source if isinstance(part, str))
    return Cell(
        _id(cell)[:200],
        str(cell.get("cell_type", "")),
        source if isinstance(source, str) else "",
    )


def _count_values(data: bytes) -> int:
    return sum(map(data.count, (b",", b"[", b"{")))


def _id(cell: Mapping[str, Any]) -> str:
    found = cell
    for key in ("metadata", "nbgrader"):
        found = inner if isinstance(inner := found.get(key), dict) else {}
    own, kept = str(cell.get("id", "")), str(found.get("grade_id", ""))
    return kept if _GIVEN_ID.fullmatch(kept) and not _GIVEN_ID.fullmatch(own) else own


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
