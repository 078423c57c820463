"""What a spreadsheet makes of a name when it opens a table and saves it: at worst another student's name.

``0123`` becomes 123, ``1e5`` 100000, ``12345678901234567890`` 1.23457E+19, ``1-2`` a day of January, and in
Windows-1252 ``Łukasz`` is ``?ukasz`` or ``Lukasz``. Spreadsheets differ, and each in each language, so a text
counts as a rewriting where any of them could have written it for the name.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta

__all__ = ["Rewritings"]

_NUMBER = re.compile(
    r"(?P<sign>[-+(]*)[$€£¥]? ?(?P<digits>\d[\d.,'’ ]*|[.,]\d+)(?P<exponent>[eE][-+]?\d+)?[ %)$€£¥]*",
    re.ASCII,
)
_MARK = re.compile(r"[.,'’ ]+")
_TOKEN = re.compile(r"[0-9]+|[^\W\d_]+|[-/.:, ]+|.", re.DOTALL)
_DAY_OR_YEAR = re.compile(r"\d{1,2}|(?:19|20|21)\d\d", re.ASCII)
_NEVER_WRITTEN = re.compile(r"\+|0\d|\d{16,}(?<!0)", re.ASCII)
"""How no spreadsheet begins a number, or ends one that has more digits than it calculates with."""
_DAY_NUMBER = re.compile(r"[2-7]\d{4}(?:[.,]\d+)?", re.ASCII)
"""A date of this age, of which only the number is left: days since 1900."""
_MONTHS = (
    "jan january januar janvier ene enero gen gennaio",
    "feb february februar fev février febrero febbraio",
    "mar march märz mär mrz mars marzo",
    "apr april avr avril abr abril aprile",
    "may mai mayo mag maggio",
    "jun june juni juin junio giu giugno",
    "jul july juli juil juillet julio lug luglio",
    "aug august août ago agosto",
    "sep sept september septembre set septiembre settembre",
    "oct october okt oktober octobre octubre ott ottobre",
    "nov november novembre noviembre",
    "dec december dez dezember déc décembre dic diciembre dicembre",
)
_MONTH_OF_WORD = {word: month for month, words in enumerate(_MONTHS, 1) for word in words.split()}
_HALVES_OF_DAY = frozenset({"am", "pm"})
_FIRST_DAYS = (date(1899, 12, 30), date(1904, 1, 1))
"""What spreadsheets count days from: all, and those of old Macs."""
_LOGICAL = frozenset({"true", "false"})
_LATIN = re.compile(r"LATIN (SMALL|CAPITAL) LETTER ([A-Z])\b")
_TIME = "a time"


class Rewritings:
    """Whose names a spreadsheet could have rewritten to what.

    Args:
        students: their names.
    """

    def __init__(self, students: Iterable[str]) -> None:
        self._students: dict[str, list[str]] = {}
        for student in students:
            for trace in {*_left_by(student)}:
                self._students.setdefault(trace, []).append(student)

    def of(self, text: str) -> list[str]:
        """Return the students, other than one of this very name, whose name could have become a text.

        Args:
            text: as a spreadsheet may have written it.
        """
        traces = {*_seen_in(text)}
        found = {student for trace in traces for student in self._students.get(trace, ())}
        return sorted(found - {text})


def _left_by(name: str) -> Iterator[str]:
    """What may be seen of a name in its rewriting."""
    plain = _plain(name)
    yield from (f"text {one}" for one in (plain, _in_windows_1252(plain), _similar_in_windows_1252(plain)))
    for value in _values(plain):
        yield from (_exactly(value), _roughly(value))
    yield from _dates(plain)


def _seen_in(text: str) -> Iterator[str]:
    """What is seen of a name in a text, if that is its rewriting."""
    plain = _plain(text)
    yield f"text {plain}"
    for value in () if _NEVER_WRITTEN.match(plain) else _values(plain):
        yield _exactly(value)
        if "e" in plain.casefold():
            yield _roughly(value)
    yield from _dates(plain)
    if _DAY_NUMBER.fullmatch(plain):
        yield from map(_day, _days_of(int(plain[:5])))


def _plain(text: str) -> str:
    """The text without what some take away: apostrophes in front, white space but for single spaces."""
    plain = " ".join(unicodedata.normalize("NFKC", text).split()).lstrip("'")
    return plain.casefold() if plain.casefold() in _LOGICAL else plain


def _in_windows_1252(text: str) -> str:
    return text.encode("cp1252", "replace").decode("cp1252")


def _similar_in_windows_1252(text: str) -> str:
    return "".join(map(_similar_letter, text))


def _similar_letter(letter: str) -> str:
    """The letter, or, where Windows-1252 lacks it, what Windows writes for it."""
    if _in_windows_1252(letter) == letter:
        return letter
    base = unicodedata.normalize("NFKD", letter)[0]
    if base.isascii():
        return base
    found = _LATIN.match(unicodedata.name(letter, ""))
    return "?" if found is None else found[2].lower() if found[1] == "SMALL" else found[2]


def _values(text: str) -> Iterator[float]:
    """The numbers that a text can be read as: any mark may be between thousands, the last before decimals."""
    if not (found := _NUMBER.fullmatch(text)):
        return
    sign = -1 if {*"-("} & {*found["sign"]} else 1
    *whole, last = _MARK.split(found["digits"].strip())
    readings = {"".join([*whole, last]), f"{''.join(whole)}.{last}"} if whole else {last}
    for reading in readings:
        value = sign * float(f"{reading}{found['exponent'] or ''}")
        yield from (value, value / 100) if "%" in text else (value,)


def _exactly(value: float) -> str:
    """The number with the 15 digits that spreadsheets calculate with."""
    return f"{value:.14e}"


def _roughly(value: float) -> str:
    """The number with the six digits that are shown of a long one."""
    return f"about {value:.5e}"


def _dates(text: str) -> Iterator[str]:
    """The days of a year that a spreadsheet could take a text for, as 1-2 or jan1; or a time, as 12:30.

    The year is not compared: where none is written, it is that in which the table was opened.
    """
    tokens = [token for token in _TOKEN.findall(text.casefold()) if token.strip("-/.:, ")]
    known = [token for token in tokens if _DAY_OR_YEAR.fullmatch(token) or _is_word_of_date(token)]
    if not 2 <= len(tokens) <= 7 or tokens != known or not any(token.isdigit() for token in tokens):
        return
    yield from {_day(one) for one in _days_in(tokens)}
    if ":" in text or _HALVES_OF_DAY & {*tokens}:
        yield _TIME


def _is_word_of_date(token: str) -> bool:
    return token in _MONTH_OF_WORD or token in _HALVES_OF_DAY


def _days_in(tokens: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Each month and day that words and numbers may be; where a month and a year alone are, the first day."""
    numbers = [int(token) for token in tokens if token.isdigit()]
    words = [_MONTH_OF_WORD[token] for token in tokens if token in _MONTH_OF_WORD]
    months = words or [number for number in numbers if 1 <= number <= 12]
    for month in months:
        others = numbers.copy()
        if not words:
            others.remove(month)
        yield from ((month, day) for day in {1, *others} if 1 <= day <= 31)


def _days_of(number: int) -> Iterator[tuple[int, int]]:
    """The month and day of a date of which only the number is left."""
    for first in _FIRST_DAYS:
        found = first + timedelta(days=number)
        yield found.month, found.day


def _day(month_and_day: tuple[int, int]) -> str:
    return "day {}-{}".format(*month_and_day)
