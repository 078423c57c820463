"""Whether a cell finds names, or the results of other cells, by other ways than their names alone."""

import ast
import re

__all__ = ["looks_names_up"]

_WAYS = re.compile(
    r"(?<![.\w])(?:globals|locals|vars|eval|exec|_[oi]h|_i{1,3}|_i?\d+)\b"
    r"|\b(?:__main__|__globals__|f_globals|user_ns)\b|\b(?:In|Out)\s*[\[.]|%(?:run|who)"
)
_RESULTS = ("_", "__", "___", "In", "Out")
"""What a kernel calls the values of the last lines that were shown, and lists of all inputs and outputs."""


def looks_names_up(source: str) -> bool:
    """Return whether a cell may use what other cells define, or show, without an error that names it.

    Args:
        source: of a code cell, which may be no Python.
    """
    return _WAYS.search(source) is not None or any(name in _RESULTS for name in _names_read(source))


def _names_read(source: str) -> set[str]:
    lines = ["" if line.lstrip().startswith(("%", "!")) else line for line in source.splitlines()]
    try:
        nodes = list(ast.walk(ast.parse("\n".join(lines))))
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # the last for too deep a nesting
        return set()
    return {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
