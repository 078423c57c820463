"""Names and texts that would harm a class's tables or pages, and what stands against each."""

from dataclasses import dataclass
from enum import Enum

__all__ = ["REWRITTEN", "TEXTS", "Harm", "HostileText", "Place"]


class Place(Enum):
    """Where a text is put."""

    STUDENT = "a student's id"
    ANSWER = "an answer in words"
    COMMENT = "a comment by hand"
    ERROR = "a cell's error"
    PATH = "a file's path"


class Harm(Enum):
    """What becomes of a class without the guard."""

    FORMULA = "a cell that is computed"
    STOP = "no report for anybody"
    MARKUP = "markup in a page"
    FLOOD = "a page or table of any size"
    ESCAPE = "a file outside of the folder, or over another's"
    LOSS = "a text that does not come back, or is taken for another"


@dataclass(frozen=True)
class HostileText:
    """A text that a student, or a grader who copies from one, puts somewhere.

    Attributes:
        name: what it tries.
        place: where it is put.
        text: what is put there.
        harm: what must not come of it.
    """

    name: str
    place: Place
    text: str
    harm: Harm


REWRITTEN = (
    ("0123", "123"),
    ("+49", "49"),
    ("1e5", "100000"),
    ("1E2", "100"),
    ("12345678901234567890", "1.23457E+19"),
    ("12345678901234567890", "12345678901234600000"),
    ("123456789012", "1,23457E+11"),
    ("1,50", "1.5"),
    ("1.234", "1234"),
    ("50%", "0.5"),
    ("(5)", "-5"),
    ("１２３", "123"),
    (" 12", "12"),
    ("1-2", "02. Jan"),
    ("1/2/24", "2024-01-02"),
    ("3-4", "45385"),
    ("sep7", "7-Sep"),
    ("12:30", "12:30:00"),
    ("13:30", "1:30 PM"),
    ("may1", "45413"),
    ("may1", "43951"),
    ("may23", "1.5.2023"),
    ("märz4", "04. Mrz"),
    ("true", "TRUE"),
    ("Łukasz", "?ukasz"),
    ("Łukasz", "Lukasz"),
    ("王", "?"),
    ("'t Hooft", "t Hooft"),
    ("a\r\nb", "a\nb"),
    ("anna ", "anna"),
)
"""A student's name, and what a spreadsheet writes for it; another student may be called that."""

TEXTS = (
    HostileText("a formula", Place.STUDENT, "=cmd|' /C calc'!A0", Harm.FORMULA),
    HostileText("a formula after a semicolon", Place.STUDENT, "s1;=1+1", Harm.FORMULA),
    HostileText("a formula after a tab", Place.STUDENT, "s1\t=1+1", Harm.FORMULA),
    HostileText("a formula after a bar", Place.STUDENT, "s1|@SUM(A1)", Harm.FORMULA),
    HostileText("a formula in a new line", Place.STUDENT, "s1\n-1+2;x", Harm.FORMULA),
    HostileText("a formula in quotes", Place.STUDENT, 's1;"=1+1"', Harm.FORMULA),
    HostileText("a formula after white space", Place.ANSWER, " \t\xa0=1+1", Harm.FORMULA),
    HostileText("a formula in full width", Place.ANSWER, "＝1+1", Harm.FORMULA),
    HostileText("a formula after what cannot be seen", Place.ANSWER, "\u200b\ufeff=1+1", Harm.FORMULA),
    HostileText("a formula in feedback", Place.ERROR, "x;=1+1", Harm.FORMULA),
    HostileText("a formula made of an entity", Place.ERROR, "1 <=HYPERLINK(A1)", Harm.FORMULA),
    HostileText("a formula in a comment", Place.COMMENT, "+1;=1+1", Harm.FORMULA),
    HostileText("half a character in an id", Place.STUDENT, "anna\ud800", Harm.STOP),
    HostileText("half a character in an answer", Place.ANSWER, "\ud800", Harm.STOP),
    HostileText("half a character in an error", Place.ERROR, "\udfff", Harm.STOP),
    HostileText("half a character in a path", Place.PATH, "x\udcff.ipynb", Harm.STOP),
    HostileText("an end of a script", Place.ANSWER, "</script><script>alert(1)</script>", Harm.MARKUP),
    HostileText("an end of the style", Place.STUDENT, "<\x2fstyle><img src=x onerror=alert(1)>", Harm.MARKUP),
    HostileText("an attribute", Place.STUDENT, '" onmouseover="alert(1)', Harm.MARKUP),
    HostileText("a template", Place.ERROR, "{{ 7 * 7 }}<b onclick=x>{% raw %}", Harm.MARKUP),
    HostileText("markup in a path", Place.PATH, "<iframe src=//x>.ipynb", Harm.MARKUP),
    HostileText("markup in a comment", Place.COMMENT, "<svg onload=alert(1)>", Harm.MARKUP),
    HostileText("ten megabytes of an answer", Place.ANSWER, "x" * 10**7, Harm.FLOOD),
    HostileText("ten megabytes of quotes in an error", Place.ERROR, '"' * 10**7, Harm.FLOOD),
    HostileText("ten megabytes of a path", Place.PATH, "p" * 10**7, Harm.FLOOD),
    HostileText("ten megabytes of an id", Place.STUDENT, "名" * 10**7, Harm.FLOOD),
    HostileText("a path upwards", Place.STUDENT, "../../../anna", Harm.ESCAPE),
    HostileText("an absolute path", Place.STUDENT, "/srv/anna", Harm.ESCAPE),
    HostileText("the folder itself", Place.STUDENT, ".", Harm.ESCAPE),
    HostileText("a name that looks quoted", Place.STUDENT, "%2e%2e/anna", Harm.ESCAPE),
    HostileText("another's name with a nought byte", Place.STUDENT, "anna\0", Harm.LOSS),
    HostileText("another's name after an apostrophe", Place.STUDENT, "'=x", Harm.LOSS),
    HostileText("a surname with an apostrophe", Place.STUDENT, "'t Hooft", Harm.LOSS),
    HostileText("another's name with a space", Place.STUDENT, "anna ", Harm.LOSS),
    HostileText("another's name, turned around", Place.STUDENT, "\u202eanna", Harm.LOSS),
    HostileText("a comment that begins with a sign", Place.COMMENT, "- say why", Harm.LOSS),
    HostileText("a comment that is a number", Place.COMMENT, "-1", Harm.LOSS),
    HostileText("control characters in an answer", Place.ANSWER, "a\0\x01\x1b[31m\x9b\u2028b", Harm.LOSS),
    HostileText("turned text in an error", Place.ERROR, "\u202e<!--\u2066", Harm.LOSS),
)
