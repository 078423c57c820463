"""What of a notebook is folded away until a click: the source of a cell, and a section.

A source says so by one word after ``# %%``: ``fold`` for a code cell, ``further`` for a section's heading.
"""

import re

from nbformat import NotebookNode

__all__ = ["draws", "fold", "is_folded", "is_further", "misfolded"]

_HEADING = re.compile(r"(#{2,6}) ")
_DRAWS = re.compile(r"\b(plots\.show|display|explore)\(|\bwidgets\.")


def misfolded(cell: NotebookNode) -> str:
    """Return what is wrong with the word after ``# %%``, if there is one; empty if all is well.

    Args:
        cell: of a source, as jupytext reads it: the word is its title.
    """
    word = cell.metadata.get("title")
    if word not in (None, "fold", "further"):
        return f"wanted fold, further or nothing after # %%, got {word!r}"
    if word == "fold" and (cell.cell_type != "code" or {"exercise", "check"} & set(cell.metadata)):
        return "fold is for code that is neither an exercise nor a check"
    if word == "further" and (cell.cell_type != "markdown" or not _HEADING.match(cell.source)):
        return "further is for a markdown cell that begins with a heading, from ## on"
    return ""


def fold(cells: list[NotebookNode]) -> None:
    """Turn the words after ``# %%`` into the metadata that JupyterLab, the site and slides go by.

    Args:
        cells: of a whole notebook; changed in place.
    """
    for place, cell in enumerate(cells):
        word = cell.metadata.pop("title", None)
        if word == "fold":
            cell.metadata["jupyter"] = {"source_hidden": True}
            _tag(cell, "hide-input")
        elif word == "further":
            cell.metadata["jp-MarkdownHeadingCollapsed"] = True
            _tag(cell, "further")
            for inside in _section(cells[place:]):
                inside.metadata.setdefault("slideshow", {"slide_type": "skip"})


def is_folded(cell: NotebookNode) -> bool:
    """Return whether a built cell's source is folded away."""
    return cell.cell_type == "code" and cell.metadata.get("jupyter", {}).get("source_hidden", False)


def is_further(cell: NotebookNode) -> bool:
    """Return whether a built cell is the heading of a section that is folded away."""
    return "further" in cell.metadata.get("tags", [])


def draws(cell: NotebookNode) -> bool:
    """Return whether code shows a picture, which wants a slide of its own."""
    return _DRAWS.search(cell.source) is not None


def _tag(cell: NotebookNode, tag: str) -> None:
    cell.metadata["tags"] = [*cell.metadata.get("tags", []), tag]


def _section(cells: list[NotebookNode]) -> list[NotebookNode]:
    """The cells from a heading to the next that is as high or higher."""
    level = _level(cells[0])
    ends = (place for place, cell in enumerate(cells[1:], 1) if 0 < _level(cell) <= level)
    return cells[: next(ends, len(cells))]


def _level(cell: NotebookNode) -> int:
    """How many # the heading has that a cell begins with; 0 where there is none."""
    heading = re.match(r"(#{1,6}) ", cell.source) if cell.cell_type == "markdown" else None
    return len(heading[1]) if heading else 0
