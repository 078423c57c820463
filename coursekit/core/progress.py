"""A progress bar where somebody is watching."""

import os
import sys
from collections.abc import Iterable
from typing import TypeVar

from tqdm.auto import tqdm

__all__ = ["progress"]

T = TypeVar("T")


def progress(items: Iterable[T], label: str, *, quiet: bool = False) -> Iterable[T]:
    """Return ``items``, with a bar that follows them in a live notebook or a terminal.

    None is shown where nobody watches: when a notebook is built (``COURSEKIT_BUILD``), or when the output
    is a file.

    Args:
        items: what is looped over.
        label: the text before the bar.
        quiet: show no bar.

    Returns:
        An iterable of the same items.
    """
    return tqdm(items, desc=label, leave=False, disable=quiet or not _watched())


def _watched() -> bool:
    if os.environ.get("COURSEKIT_BUILD"):
        return False
    return "ipykernel" in sys.modules or sys.stderr.isatty()
