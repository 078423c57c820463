"""What a spreadsheet makes of a table, whichever separator it takes: its cells, and what it computes."""

import csv
import io
import unicodedata
from pathlib import Path

__all__ = ["SEPARATORS", "cells", "computed", "formulas"]

SEPARATORS = ",;\t|: "


def cells(text: str, separator: str) -> list[str]:
    rows = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=separator)
    return [cell for row in rows for cell in row]


def computed(cell: str) -> bool:
    """Whether a spreadsheet could take a cell for a formula: it begins with a sign, and is no number."""
    shown = "".join(one for one in cell if one.isspace() or unicodedata.category(one)[0] != "C").strip()
    folded = unicodedata.normalize("NFKC", shown).replace("−", "-")
    return len(folded) > 1 and folded[0] in "=+-@" and not folded[1:].replace(".", "", 1).isdigit()


def formulas(path: Path, separators: str = SEPARATORS) -> list[str]:
    text = path.read_text(encoding="utf-8")
    return [cell for separator in separators for cell in cells(text, separator) if computed(cell)]
