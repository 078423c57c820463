"""Finds the answers in words among a notebook's cells."""

from collections.abc import Collection, Sequence

from coursekit.workshop.building.markers import UNANSWERED
from coursekit.workshop.grading.notebook import Cell

__all__ = ["written_answer"]

_MAX_LENGTH = 20_000
"""Characters of an answer that are kept."""


def written_answer(question: str, cells: Sequence[Cell], handed_out: Collection[str]) -> str:
    """Return an answer in words: the question's own cell, and the student's cells of text right below it.

    Args:
        question: its name.
        cells: of the notebook.
        handed_out: the sources of the cells that were given.

    Returns:
        The text; empty where the cell is as it was handed out, or gone, and nothing is typed below.
    """
    places = [place for place, cell in enumerate(cells) if cell.id == f"written-{question}"]
    if not places:
        return ""
    texts = [cells[places[-1]].source.strip()]
    for cell in cells[places[-1] + 1 :]:
        if cell.cell_type == "code" or cell.source.strip() in handed_out or cell.id.startswith("written-"):
            break
        texts.append(cell.source.strip())
    return "\n\n".join(text for text in texts if text not in ("", UNANSWERED))[:_MAX_LENGTH]
