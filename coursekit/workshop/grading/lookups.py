"""Whether a cell finds names, or the results of other cells, by other ways than their names alone."""

import re

from coursekit.workshop.grading.code_names import code_names

__all__ = ["looks_names_up"]

_WAYS = re.compile(
    r"(?<![.\w])(?:globals|locals|vars|eval|exec|_[oi]h|_i{1,3}|_i?\d+)\b"
    r"|(?<![.\w])dir\(\)|\b(?:__main__|__globals__|f_globals|user_ns)\b|\b(?:In|Out)\s*[\[.]|%(?:run|who)"
)
_RESULTS = ("_", "__", "___", "In", "Out")
"""What a kernel calls the values of the last lines that were shown, and lists of all inputs and outputs."""


def looks_names_up(source: str) -> bool:
    """Return whether a cell may use what other cells define, or show, without an error that names it.

    Args:
        source: of a code cell, which may be no Python.
    """
    return _WAYS.search(source) is not None or not code_names(source).read.isdisjoint(_RESULTS)
