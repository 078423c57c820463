"""The names in a cell's code. It is read, not run, in the grader's own process: each text but once."""

import ast
from dataclasses import dataclass
from functools import lru_cache

__all__ = ["CodeNames", "code_names"]


@dataclass(frozen=True)
class CodeNames:
    """The names in the code of a cell.

    Attributes:
        read: whose values it uses, or deletes.
        assigned: that it gives a value to.
        defined: that it imports, or defines as functions and classes.
    """

    read: frozenset[str] = frozenset()
    assigned: frozenset[str] = frozenset()
    defined: frozenset[str] = frozenset()


# More cells than nearly any notebook has. What is kept is small, since a cell's text is (see notebook.py).
@lru_cache(maxsize=512)
def code_names(source: str) -> CodeNames:
    """Return the names in a cell.

    Args:
        source: of a code cell. Magics and shell commands are passed over; what is no Python has no names.
    """
    lines = ["" if line.lstrip().startswith(("%", "!")) else line for line in source.splitlines()]
    try:
        tree = ast.parse("\n".join(lines))
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # the last for too deep a nesting
        return CodeNames()
    read: set[str] = set()
    assigned: set[str] = set()
    defined: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            (assigned if isinstance(node.ctx, ast.Store) else read).add(node.id)
        elif isinstance(node, ast.alias):
            defined.add((node.asname or node.name).partition(".")[0])
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            defined.add(node.name)
    return CodeNames(frozenset(read), frozenset(assigned), frozenset(defined))
