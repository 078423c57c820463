"""The versions of an answer: what cells defined under its name, each with the names it may find.

At home an answer ran just behind its definition. Here it is called when all cells have run, and a later one
may have given another meaning to a helper's name. So each definition comes twice: with the names of the end,
and with those of the moment when the notebook checked it.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any

__all__ = ["Definition", "Version", "last_first", "names_put_back"]

_MOST = 6
"""How many versions there are at most: enough for a first try, a second one and what a kernel had last."""


@dataclass
class Definition:
    """What a cell defined as an answer.

    Attributes:
        value: the function, or whatever else has its name.
        names: all names as they were when its cell had ended or, from then on, its check.
        checked_in: the number of the cell that checks it and has not run yet; None where there is none.
    """

    value: Any
    names: dict[str, Any]
    checked_in: int | None = None


@dataclass(frozen=True)
class Version:
    """A definition with the names that it is called with.

    Attributes:
        value: the function, or whatever else has its name.
        names: what to put back before it is called; None to leave all as it is in the end.
    """

    value: Any
    names: Mapping[str, Any] | None = None


def last_first(definitions: Iterable[Definition]) -> list[Version]:
    """Return the versions of an answer, first those that are most likely meant.

    Args:
        definitions: the last one first.
    """
    pairs = ((Version(one.value), Version(one.value, one.names)) for one in definitions)
    return list(islice((version for pair in pairs for version in pair), _MOST))


@contextmanager
def names_put_back(present: dict[str, Any], version: Version) -> Iterator[None]:
    """Call a version in this block: names have their earlier meaning, and in the end that of now again.

    Names that came later stay: a helper may be defined below the answer.

    Args:
        present: the notebook's names.
        version: what is called.
    """
    if version.names is None:
        yield
        return
    now = dict(present)
    present.update(version.names)
    try:
        yield
    finally:
        present.update(now)
        for name in [*present.keys() - now.keys()]:
            del present[name]
