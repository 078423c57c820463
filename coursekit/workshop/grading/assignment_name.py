"""Finds the name of an assignment in the name of a file, however the file was renamed or copied."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

__all__ = ["AssignmentName", "find_assignment"]

_JOINT = r"[_\-\u2013\u2014\s]"
# What drives and file managers put before the name of a copy, of a copy of a copy too.
_COPY = re.compile(
    rf"(?:{_JOINT}*(?:copy{_JOINT}+(?:\((?P<number>[0-9]+)\){_JOINT}+)?of|kopie (?:von|van)|copie de"
    rf"|c[oó]pia de|copia di|kopi av){_JOINT}+)+",
    re.IGNORECASE,
)

_SECOND = re.compile(r"(?:[ _]?\([0-9]+\)|-Copy[0-9]+|-[0-9]+| - Copy(?: \([0-9]+\))?)+\Z")


@dataclass(frozen=True)
class AssignmentName:
    """The name of an assignment in a longer one, such as ``anna_04_saliency-Copy1``.

    Attributes:
        assignment: which one.
        before: what stands before it, without what joins the two ("anna").
        copy: the number of the copy: the last number behind the name; 1 for a copy without a number; else 0.
        prefix: all that stands before it, as it is written ("Copy of anna_").
        behind: all that stands behind it, as it is written ("-Copy1").
    """

    assignment: str
    before: str
    copy: int
    prefix: str = ""
    behind: str = ""

    @property
    def is_all(self) -> bool:
        """Whether nothing but the assignment stands there, or a copy of it."""
        return not self.before and not _SECOND.sub("", self.behind)

    @property
    def stem(self) -> str:
        """What stands there, but for what a system appends to a second file of one name, as " (1)"."""
        return f"{self.prefix}{self.assignment}{_SECOND.sub('', self.behind)}"


def find_assignment(name: str, assignments: Sequence[str]) -> AssignmentName | None:
    """Find the name of an assignment in another name.

    Capitals do not matter, nor whether words are joined by ``_``, ``-`` or a space. What stands around the
    assignment's name must be joined to it in such a way, or be no letter or digit.

    Args:
        name: of a file, without its ending, or of a folder.
        assignments: the names to look for.

    Returns:
        The last that was found; None if there is none.
    """
    of = _COPY.match(name)
    bare = name[of.end() :] if of else name
    found = [(match, known) for known in assignments for match in _pattern(known).finditer(bare)]
    if not found:
        return None
    match, known = max(found, key=lambda one: one[0].start())
    before, behind = re.sub(rf"{_JOINT}+\Z", "", bare[: match.start()]), bare[match.end() :]
    prefix = name[: len(name) - len(bare) + match.start()]
    return AssignmentName(known, before, _copy_number(behind, of), prefix, behind)


@cache
def _pattern(assignment: str) -> re.Pattern[str]:
    words = rf"{_JOINT}+".join(map(re.escape, re.split("[_-]", assignment)))
    return re.compile(rf"(?<![^\W_]){words}(?![^\W_])", re.IGNORECASE)


def _copy_number(behind: str, of: re.Match[str] | None) -> int:
    numbers = re.findall(r"[0-9]+", behind) or ([of["number"]] if of and of["number"] else [])
    if numbers:
        return int(numbers[-1])
    return int(of is not None or "copy" in behind.lower())
