"""The tables that ship: measured by ``coursekit measure``, read by the notebooks."""

import json
from pathlib import Path
from typing import Any

from coursekit.core.files import data_path

__all__ = ["TABLES", "measured", "spelled", "table_path"]

TABLES = ("localisation", "attacks", "confounders", "trust")
_SPELLED = {
    "random": "chance",
    "saliency": "gradient",
    "guided backprop": "guided backpropagation",
    "guided Grad-CAM": "Guided Grad-CAM",
    "LRP zero": "LRP-0",
    "LRP epsilon": "LRP-ε",
    "LRP gamma": "LRP-γ",
    "LRP alpha1-beta0": "LRP α1β0",
    "LRP alpha2-beta1": "LRP α2β1",
    "LRP epsilon-plus": "LRP ε + α1β0",
    "LRP epsilon-alpha2-beta1": "LRP ε + α2β1",
    "LRP epsilon-gamma-box": "LRP ε + γ + zᴮ",
}


def measured(name: str) -> dict[str, Any]:
    """Return a table that ships; what is in it is said on its card.

    Raises:
        ValueError: no table has that name.
        FileNotFoundError: it was not made yet.
    """
    path = table_path(name)
    if not path.exists():
        raise FileNotFoundError(f"no table {path}; make it with: coursekit measure {name}")
    return json.loads(path.read_text(encoding="utf-8"))


def table_path(name: str) -> Path:
    """Return where a table ships; its card lies beside it, as Markdown.

    Raises:
        ValueError: no table has that name.
    """
    if name not in TABLES:
        raise ValueError(f"no table {name!r}; the course ships {', '.join(TABLES)}")
    return data_path(f"{name}.json")


def spelled(method: str) -> str:
    """Return a method's name as the chapters write it: "LRP epsilon-plus" is LRP with ε and α1β0."""
    return _SPELLED.get(method, method)
