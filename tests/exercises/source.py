"""The functions of an exercise notebook, and the arguments of its cases."""

from collections.abc import Callable
from typing import Any

import torch

import coursekit
from coursekit.exercises import Case, lookup
from coursekit.workshop.building import Chapter
from coursekit.workshop.building.skeleton import skeleton


def arguments(name: str, seed: int) -> list[dict[str, Any]]:
    """Build the cases of an exercise in double precision.

    In single, a reference and the package, which add up in another order, may see other signs of a gradient.
    """
    return [doubled(case) for case in lookup(name).cases(seed)]


def doubled(case: Case) -> dict[str, Any]:
    """Build a case with its nets and floating-point tensors in double precision."""
    return {name: _doubled(value) for name, value in case.build().items()}


def _doubled(value: Any) -> Any:
    floating = isinstance(value, torch.nn.Module) or (
        isinstance(value, torch.Tensor) and value.is_floating_point()
    )
    return value.double() if floating else value


def functions(kind: str, chapter: str) -> dict[str, Callable[..., Any]]:
    """Run the exercise cells of `solutions` or `exercises`, as teacher or student gets them; nothing else."""
    found: dict[str, Any] = {"torch": torch, "ck": coursekit}
    for cell in skeleton(Chapter(kind, chapter)).cells:
        if cell.id.startswith("exercise-"):
            exec(compile(cell.source, cell.id, "exec"), found)
    return {name: value for name, value in found.items() if getattr(value, "__globals__", None) is found}
