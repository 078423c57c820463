"""Which earlier exercises an exercise builds on: those whose functions its code names, directly or not."""

from collections.abc import Mapping, Sequence

from coursekit.workshop.grading.code_names import code_names

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


def _names(source: str) -> frozenset[str]:
    found = code_names(source)
    return found.read | found.assigned
