"""The tables that ship: measured by ``coursekit measure``, read by the notebooks."""

import json
from pathlib import Path
from typing import Any

from coursekit.core.files import data_path

__all__ = ["measured", "table_path"]

TABLES = ("localisation", "attacks", "confounders", "photographs", "trust")


def measured(name: str) -> dict[str, Any]:
    """Return a table that ships; the card beside it, in Markdown, describes its entries.

    Args:
        name: one of ``TABLES``.

    Returns:
        The table as it lies in ``data/``: nested dicts.

    Raises:
        ValueError: no table has that name.
        FileNotFoundError: it has not been made yet.
    """
    path = table_path(name)
    if not path.exists():
        raise FileNotFoundError(f"no table {path}; make it with: coursekit measure {name}")
    return json.loads(path.read_text(encoding="utf-8"))


def table_path(name: str) -> Path:
    """Return where a table ships; its card lies beside it, as Markdown.

    Args:
        name: one of ``TABLES``.

    Returns:
        The path of its JSON file, whether it exists or not.

    Raises:
        ValueError: no table has that name.
    """
    if name not in TABLES:
        raise ValueError(f"no table {name!r}; the course ships {', '.join(TABLES)}")
    return data_path(f"{name}.json")
