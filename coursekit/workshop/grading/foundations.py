"""Which earlier exercises an exercise builds on: those whose functions its code calls, directly or not."""

import re
from collections.abc import Mapping, Sequence

__all__ = ["foundations"]


def foundations(exercise: str, order: Sequence[str], sources: Mapping[str, str]) -> list[str]:
    """Return the exercises that an exercise builds on.

    Args:
        exercise: its name.
        order: names of all exercises, in the order of the notebook.
        sources: the code that answers each exercise. What it mentions, it is taken to call.

    Returns:
        Names of earlier exercises, in their order. Later ones do not count: they may hold the answer.
    """
    found: set[str] = set()
    waiting = [exercise]
    while waiting:
        words = set(re.findall(r"\w+", sources.get(waiting.pop(), "")))
        new = words & {*order[: order.index(exercise)]} - found
        found |= new
        waiting += sorted(new)
    return [name for name in order if name in found]
