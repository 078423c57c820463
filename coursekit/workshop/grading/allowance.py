"""How much of a page the texts of students may fill."""

from bisect import bisect_right

from markupsafe import escape

from coursekit.workshop.grading.sanitising import visible

__all__ = ["Allowance"]


class Allowance:
    """Bytes of a page that are left for texts.

    Args:
        size: how many there are.
    """

    def __init__(self, size: int) -> None:
        self._left = size

    def take(self, text: str, most: int) -> str:
        """Take room for a text.

        Args:
            text: any.
            most: how many bytes it may fill at most, as a page holds it.

        Returns:
            The text; where there is less room its beginning, and how much more there is.
        """
        room = min(most, self._left)
        kept = _beginning(text, room)
        self._left -= _size(kept)
        return kept if kept == text else f"{kept} … (and {len(text) - len(kept):,} more characters)"

    def spend(self, size: int) -> bool:
        """Take room for something else.

        Args:
            size: its bytes.

        Returns:
            Whether there was so much left.
        """
        if size > self._left:
            return False
        self._left -= size
        return True


def _beginning(text: str, room: int) -> str:
    """As much of a text as there is room for."""
    text = text[:room]  # each character takes a byte or more
    if _size(text) <= room:
        return text
    return text[: bisect_right(range(len(text)), room, key=lambda end: _size(text[:end])) - 1]


def _size(text: str) -> int:
    return len(escape(visible(text)).encode())
