"""What people and platforms take for one text: whatever its capitals, its blanks and what cannot be seen."""

import re
import unicodedata

__all__ = ["likeness"]

_UNSEEN = re.compile(
    r"[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
"""Signs without a shape that Unicode counts among letters and marks."""


def likeness(text: str) -> str:
    """Return what is left of a text when nobody looks closely. Two people may not differ in less.

    Args:
        text: any, such as a login, a number, an address or the name of a folder.

    Returns:
        The text without capitals, without blanks at its ends, with single ones inside, and without signs that
        cannot be seen. Accents stay: José and Jose may be two people.
    """
    seen = "".join(one for one in _UNSEEN.sub("", text) if unicodedata.category(one) != "Cf")
    return " ".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", seen).casefold()).split())
