"""Which earlier exercises an exercise builds on: those whose functions its code names, directly or not."""

import ast
from collections.abc import Mapping, Sequence

__all__ = ["foundations"]


def foundations(exercise: str, order: Sequence[str], sources: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the exercises that an exercise builds on.

    Args:
        exercise: its name.
        order: names of all exercises, in the order of the notebook.
        sources: the cells that answer each exercise.

    Returns:
        Names of earlier exercises, in their order. Later ones do not count: they may hold the answer.
    """
    earlier = {*order[: order.index(exercise)]}
    found: set[str] = set()
    waiting = [exercise]
    while waiting:
        new = {name for source in sources.get(waiting.pop(), ()) for name in _names(source)} & earlier - found
        found |= new
        waiting += sorted(new)
    return [name for name in order if name in found]


def _names(source: str) -> set[str]:
    try:
        nodes = ast.walk(ast.parse(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # the last for too deep a nesting
        return set()  # it does not run, with whatever function
    return {node.id for node in nodes if isinstance(node, ast.Name)}
