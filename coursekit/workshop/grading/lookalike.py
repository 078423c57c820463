"""What is no notebook by its name, and may have been meant as one: archives, other endings, scripts."""

import re
from collections.abc import Sequence
from difflib import get_close_matches

from coursekit.exercises import find
from coursekit.workshop.grading.assignment_name import find_assignment

__all__ = ["HEAD", "meant_for", "trouble_of"]

HEAD = 2**16
"""So many bytes of a file are looked at."""

_ARCHIVE = re.compile(
    r"zipx?|7z|rar|tar|t[abgx]z|tbz2|tb2|tlz|tzst|gz|bz2|xz|zst|lz|lz4|lzma|z|br|cab|arj|ace|iso|dmg"
)
# They are archives inside, and are handed in as what they are.
_DOCUMENT = re.compile(r"docx|xlsx|pptx|od[tspg]|epub|npz|pth?|whl|jar|pages|numbers|key|kmz")
_MAGIC = re.compile(
    rb"PK\x03\x04|PK\x05\x06|Rar!\x1a|7z\xbc\xaf|\x1f\x8b|\x1f\x9d|BZh[1-9]|\xfd7zXZ|\x28\xb5\x2f\xfd|LZIP"
    rb"|.{257}ustar",
    re.DOTALL,
)
_NOTEBOOK = re.compile(rb'\A(?:\xef\xbb\xbf)?\s*\{.*"(?:cells|nbformat|worksheets)"\s*:', re.DOTALL)
_FUNCTION = re.compile(rb"^[ \t\f]*+(?:async[ \t]++)?def[ \t]++(\w++)", re.MULTILINE)


def trouble_of(name: str, head: bytes) -> str:
    """Say why a file that is not named as a notebook should have been handed in otherwise.

    Args:
        name: of the file.
        head: its beginning.

    Returns:
        What is wrong, and what to do; empty if nothing is.
    """
    ending = name.rpartition(".")[2].lower()
    if _ARCHIVE.fullmatch(ending) or (_MAGIC.match(head) and not _DOCUMENT.fullmatch(ending)):
        return "an archive: unpack it into the student's folder"
    looks = ".ipynb" in name.lower() or get_close_matches(ending, ["ipynb"], cutoff=0.75)
    if looks or _NOTEBOOK.match(head):
        return "a notebook's name ends in .ipynb: rename it"
    return ""


def meant_for(name: str, head: bytes, assignments: Sequence[str]) -> str | None:
    """Say which assignment a file that is no notebook seems to answer.

    Args:
        name: of the file.
        head: its beginning.
        assignments: their names.

    Returns:
        The one that its name tells, or of which it is a script that defines a function; None if none is.
    """
    if named := find_assignment(name.rpartition(".")[0] or name, assignments):
        return named.assignment
    if not name.lower().endswith(".py"):
        return None
    functions = {found.decode() for found in _FUNCTION.findall(head)}
    answered = (one for one in assignments if functions & {exercise.name for exercise in find(one)})
    return next(answered, None)
