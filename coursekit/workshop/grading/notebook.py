"""Reads the cells of a submitted notebook, which is not trusted."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np

from coursekit.workshop.building.markers import STUB

__all__ = ["Cell", "UnreadableNotebookError", "code_digest", "read_notebook"]

SIZE_LIMIT = 50 * 2**20
"""Largest size of a notebook in bytes, with its outputs."""
CELLS_LIMIT = 5_000
"""Largest number of cells."""
VALUES_LIMIT = 1_000_000
"""Largest number of values in a notebook's JSON: each takes far more memory than bytes in the file."""
CELL_LIMIT = 100_000
"""Largest number of characters in a cell. Reading code takes a thousand times as much memory, and its time
is the grader's."""
CODE_LIMIT = 500_000
"""Largest number of characters in all code cells together."""
_TOO_LONG = """raise ValueError(
    "this cell holds {length:,} characters of code, more than {limit:,}: it is not run. "
    "Shorten it: what it holds besides code, such as a picture or a table, is not needed for grades"
)"""
"""What runs in the place of such a cell, so that its student is told, and all others run."""

_BEGIN_VALUES = (b",", b"[", b"{")
_EXERCISE_ID = re.compile(r"exercise-(\w+)")
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
        """The exercise that a code cell belongs to; None for other cells, and while it is still the stub."""
        found = _EXERCISE_ID.fullmatch(self.id) if self.cell_type == "code" else None
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
    data = _as_utf_8(data)
    # Only where there are many: what stands in texts, such as printed lists, is no value.
    if sum(map(data.count, _BEGIN_VALUES)) > VALUES_LIMIT and _count_values(data) > VALUES_LIMIT:
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
    found = [_cell(cell) for cell in cells if isinstance(cell, dict)]
    if (length := sum(len(cell.source) for cell in found if cell.cell_type == "code")) > CODE_LIMIT:
        raise UnreadableNotebookError(
            f"its code cells hold {length:,} characters together, more than {CODE_LIMIT:,}: shorten them"
        )
    return found


def _cell(cell: Mapping[str, Any]) -> Cell:
    source = cell.get("source", "")
    if isinstance(source, list):
        source = "".join(part for part in source if isinstance(part, str))
    kind = str(cell.get("cell_type", ""))
    return Cell(_id(cell)[:200], kind, _bounded(source, kind) if isinstance(source, str) else "")


def _bounded(source: str, kind: str) -> str:
    """The text of a cell. Of words, the beginning of too long a one is more than anybody grades."""
    if len(source) <= CELL_LIMIT:
        return source
    if kind == "code":
        return _TOO_LONG.format(length=len(source), limit=CELL_LIMIT)
    return source[:CELL_LIMIT]


def _as_utf_8(data: bytes) -> bytes:
    """The same text, where each sign that JSON is made of is one byte, and no other sign has that byte."""
    encoding = json.detect_encoding(data)
    if encoding.startswith("utf-8"):
        return data
    return data.decode(encoding, "replace").encode(errors="replace")


def _count_values(data: bytes) -> int:
    """How many values there are outside of texts. Takes as long for any bytes of the same number."""
    found = np.frombuffer(data.replace(rb"\\", b"").replace(rb"\"", b""), np.uint8)
    outside = np.cumsum(found == ord('"'), dtype=np.uint8) % 2 == 0
    return sum(int(np.count_nonzero(outside & (found == ord(sign)))) for sign in _BEGIN_VALUES)


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
