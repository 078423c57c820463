"""Makes the measured tables in ``data/``, each with its card: ``coursekit measure``."""

import json
from importlib import import_module
from pathlib import Path

from coursekit.core.files import replacing
from coursekit.tables import table_path

__all__ = ["measure"]


def measure(name: str, folder: Path | None = None, *, scenes: int = 500) -> None:
    """Measure a table, and write it with its card.

    Args:
        name: of the table: "localisation", "attacks", "confounders", "photographs" or "trust".
        folder: where to write; when None, the folder of the shipped table.
        scenes: number of scenes to measure on.

    Raises:
        ValueError: no table has that name, or there are fewer than 2 scenes.
    """
    path = (folder or table_path(name).parent) / table_path(name).name
    if scenes < 2:
        raise ValueError(f"scenes: wanted at least 2, for there to be an interval, got {scenes}")
    maker = import_module(f"{__name__}.{name}")
    table = maker.table(scenes)
    # Both files are complete before either replaces an older one.
    with replacing(path) as data, replacing(path.with_suffix(".md")) as card:
        data.write_text(json.dumps(table, ensure_ascii=False) + "\n", encoding="utf-8")
        card.write_text(maker.page(table), encoding="utf-8")
