"""No text is a formula in any spreadsheet, and each comes back as it was."""

import csv
import io
import random
import time

import pytest

from coursekit.workshop.grading.formulas import with_formulas, without_formulas
from tests.workshop.grading.spreadsheet import SEPARATORS, cells, computed

HOSTILE = [
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "s1;=1+1",
    "s1\t=1+1",
    "s1|=1+1",
    "s1,=1+1",
    "s1:=1+1",
    "s1 =1+1",
    "s1\n=1+1",
    "s1\r=1+1",
    's1;"=1+1"',
    's1 "=1+1"',
    "  =1+1",
    "\xa0=1+1",
    "\u200b=1+1",
    "\ufeff;\u202e=1+1",
    "＝1+1",
    "x;＋A1",
    "－A1",
    "＠A1",
    "−A1",
    "﹦A1",
    "\t=1+1",
    "''=1+1",
    ";'=1+1;=2+2",
]
HARMLESS = ["'t Hooft", "'", "-", " = ", "a - b", "x = 3", "O'Hara", "f(axis=0)", "a=b", "", "it's; so"]


def written(*row: str) -> str:
    file = io.StringIO(newline="")
    csv.writer(file).writerow(row)
    return file.getvalue()


@pytest.mark.parametrize("separator", SEPARATORS)
@pytest.mark.parametrize("text", HOSTILE)
def test_a_formula_is_none_in_any_place_whatever_the_separator(text: str, separator: str) -> None:
    for row in ((text,), ("anna", text), (text, text)):
        assert not list(filter(computed, cells(written(*map(without_formulas, row)), separator)))


@pytest.mark.parametrize("text", HOSTILE)
def test_without_the_mark_each_of_them_is_computed_somewhere(text: str) -> None:
    rows = (text, written(text), written("anna", text), written(text, text))
    found = [cell for row in rows for separator in SEPARATORS for cell in cells(row, separator)]
    # What begins with an apostrophe is text already; it must come back as text.
    assert any(map(computed, found)) or text.startswith("'")


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_no_formula_is_left_alone(text: str) -> None:
    assert without_formulas(text) == with_formulas(text) == text


@pytest.mark.parametrize("text", [*HOSTILE, *HARMLESS, "'=x", "-1 for the sign", "''-x;'+y"])
def test_a_text_comes_back(text: str) -> None:
    assert with_formulas(without_formulas(text)) == text


@pytest.mark.parametrize("text", ["- say why", "-1", "=x", "'t Hooft"])
def test_what_a_person_wrote_is_left_as_it_is(text: str) -> None:
    assert with_formulas(text) == text


def test_any_text_comes_back_and_is_no_formula() -> None:
    draw = random.Random(7)
    for _ in range(20_000):
        text = "".join(draw.choices("a1'\"=+-@;,\t|: \n\r\u200b＝", k=draw.randrange(1, 9)))
        guarded = without_formulas(text)
        assert with_formulas(guarded) == text
        for separator in SEPARATORS:
            found = [*cells(written(guarded), separator), *cells(written("anna", guarded), separator)]
            assert not [(text, cell) for cell in found if computed(cell)]


@pytest.mark.parametrize("text", ["\t" * 10**6, "'" * 10**6, ";'" * 500_000, " " * 10**6 + "x"])
def test_a_long_text_takes_no_long_time(text: str) -> None:
    begun = time.process_time()
    without_formulas(text)
    assert time.process_time() - begun < 5


def test_a_mark_of_html_is_put_in_the_same_places() -> None:
    assert without_formulas("=1;-x", "<wbr>") == "<wbr>=1;<wbr>-x"
