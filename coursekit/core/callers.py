"""Warnings that point to the line of whoever called the package, however deep inside they arise."""

import inspect
import traceback
import warnings
from itertools import takewhile
from types import FrameType

__all__ = ["warn_caller"]

_PACKAGE = __name__.partition(".")[0]


def warn_caller(message: str) -> None:
    """Warn (``UserWarning``) with the file and line of the first function on the way out of the package.

    Args:
        message: the text of the warning.
    """
    frames = (frame for frame, _ in traceback.walk_stack(inspect.currentframe()))
    inside = len(list(takewhile(_is_ours, frames)))
    warnings.warn(message, stacklevel=inside + 1)


def _is_ours(frame: FrameType) -> bool:
    return frame.f_globals.get("__name__", "").partition(".")[0] == _PACKAGE
