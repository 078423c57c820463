"""Keeps a spreadsheet from taking a text for a formula, in a way that can be undone."""

import re
from collections.abc import Callable

__all__ = ["with_formulas", "without_formulas"]

_SIGNS = "=+\\-@＝＋－＠﹦﹢﹣﹫−"
"""What a formula begins with: also in full width and small, which some spreadsheets take for the same."""
_SEPARATORS = ",;\\t|:\\n\\r\\v\\f\\x1c-\\x1e\\x85\u2028\u2029"
"""What a spreadsheet may take for the end of a cell, whichever separator the table was written with."""
_SKIPPED = '\\s"\\x00-\\x1f\\x7f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff'
"""What a spreadsheet may skip in front of a sign: white space, quotes, and what cannot be seen."""
# Neither part goes over the same text twice, so that the time is proportional to the text's length.
_SIGN = re.compile(rf"(?:(?<![{_SEPARATORS}{_SKIPPED}])([{_SEPARATORS}{_SKIPPED}]++)|\A)('*+)(?=[{_SIGNS}])")
_SEPARATOR = re.compile(f"[{_SEPARATORS}]")
_ALONE = re.compile(rf" *[{_SIGNS}] *")


def without_formulas(text: str, mark: str = "'") -> str:
    """Return the text, with a mark before each sign that could begin a formula.

    That is a sign at the text's beginning, and one after what any spreadsheet could take for a separator:
    ``s1;=1+1`` is two cells where ``;`` separates, and the second one is computed.

    Args:
        text: of a cell.
        mark: what to put there. An apostrophe can be taken away again, by ``with_formulas``.
    """
    return _changed(text, lambda marks: mark + marks)


def with_formulas(text: str) -> str:
    """Return the text that ``without_formulas`` was given.

    Args:
        text: of a cell that ``without_formulas`` wrote, or a person, which has no mark to take away.
    """
    return _changed(text, lambda marks: marks[1:])


def _changed(text: str, change: Callable[[str], str]) -> str:
    """The text, with ``change`` applied to the apostrophes before each sign that could begin a formula."""

    def replaced(found: re.Match[str]) -> str:
        skipped, marks = found[1] or "", found[2]
        return skipped + (change(marks) if _begins_a_cell(found, skipped) else marks)

    return text if _ALONE.fullmatch(text) else _SIGN.sub(replaced, text)


def _begins_a_cell(found: re.Match[str], skipped: str) -> bool:
    """Whether the sign after a match stands where a cell may begin.

    A space separates cells only where a table is opened in an odd way, and stands before many a sign in
    prose: "a - b" is left alone, "a -b" is not.
    """
    if found.start() == 0 or _SEPARATOR.search(skipped):
        return True
    after = found.string[found.end() + 1 : found.end() + 2]
    return " " in skipped and after != " "
