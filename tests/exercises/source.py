"""The functions of an exercise notebook, as its source gives them to the teacher and to the student."""

from collections.abc import Callable
from typing import Any

import torch

import coursekit
from coursekit.notebooks import Chapter
from coursekit.notebooks.skeleton import skeleton


def functions(kind: str, chapter: str) -> dict[str, Callable[..., Any]]:
    """Run the exercise cells, and nothing else, of `solutions` or `exercises`."""
    found: dict[str, Any] = {"torch": torch, "ck": coursekit}
    for cell in skeleton(Chapter(kind, chapter)).cells:
        if cell.id.startswith("exercise-"):
            exec(compile(cell.source, cell.id, "exec"), found)
    return {name: value for name, value in found.items() if getattr(value, "__globals__", None) is found}
