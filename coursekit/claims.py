"""What the prose of a notebook states, as a cell that fails when it stops being true."""

import math
from typing import Any, Literal

from coursekit.subject import is_replaced

__all__ = ["ClaimError", "claim"]


class ClaimError(AssertionError):
    """A statement of the course that does not hold."""


def claim(statement: str, holds: Any, *, value: object = None, only: Literal["scenes"] | None = None) -> None:
    """Print `statement` with its `value` when it `holds`, and fail when not.

    Args:
        statement: what the prose says, as a sentence without its full stop.
        holds: bool, or a tensor or array of one bool, whatever its shape.
        value: what was measured. Text is printed as it is, a float to three digits.
        only: `"scenes"` for what is true of the net `scenes` and the drawn scenes alone: it is skipped where
            COURSEKIT_MODEL or COURSEKIT_IMAGES puts something else under the notebook.

    Raises:
        ClaimError: the statement does not hold.
        TypeError: `holds` is not one bool.
        ValueError: `only` is neither None nor `"scenes"`.
    """
    if only not in (None, "scenes"):
        raise ValueError(f"only: wanted None or 'scenes', got {only!r}")
    if only and is_replaced():
        print(f"– skipped (holds for the net `scenes` and drawn scenes only): {statement}")
        return
    shown = statement if value is None else f"{statement} — {_text(value)}"
    if not _truth(holds):
        raise ClaimError(f"does not hold: {shown}")
    print(f"✓ {shown}")


def _truth(holds: Any) -> bool:
    """The one bool in `holds`. A number is refused: a claim of `accuracy` alone compares nothing."""
    shape = getattr(holds, "shape", None)
    truth = holds.item() if shape is not None and math.prod(shape) == 1 else holds
    if not isinstance(truth, bool):
        raise TypeError(f"holds: wanted one bool, got {holds!r}; compare it, or say .all() or .any()")
    return truth


def _text(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
