"""Which names a spreadsheet could have rewritten to which."""

import time

import pytest

from coursekit.workshop.grading.rewriting import Rewritings
from tests.workshop.grading.corpus.texts import REWRITTEN


@pytest.mark.parametrize(("student", "text"), REWRITTEN)
def test_a_rewriting_is_known_as_one(student: str, text: str) -> None:
    assert Rewritings([student, text, "someone"]).of(text) == [student]


@pytest.mark.parametrize(
    ("student", "other"),
    [
        ("123", "0124"),
        ("10", "1"),
        ("4711", "4712"),
        ("1234567890123", "1234567890124"),
        ("12345678901234567891", "12345678901234567892"),
        ("12345678901234567000", "12345678901234567001"),
        ("anna", "Anna"),
        ("José", "Jose"),
        ("anna1", "anna01"),
        ("maria1", "julia1"),
        ("2023-0456", "2023-0457"),
        ("m0123", "123"),
        ("1-2", "4711"),
        ("1-2", "a-b"),
        ("", "0"),
        ("may1", "45414"),
        ("1-2", "3-4"),
        ("jan12", "feb12"),
    ],
)
def test_names_that_spreadsheets_keep_apart_are_no_rewritings(student: str, other: str) -> None:
    assert Rewritings([student]).of(other) == []
    assert Rewritings([other]).of(student) == []


@pytest.mark.parametrize("text", ["0123", "+123", "00"])
def test_what_no_spreadsheet_writes_is_no_rewriting(text: str) -> None:
    assert Rewritings(["123", "123.0", "0"]).of(text) == []


def test_a_large_class_and_long_names_take_no_time() -> None:
    names = [f"{number:07}" for number in range(5_000)]
    start = time.process_time()
    found = Rewritings([*names, "1'" * 150, "9" * 300, "1e" + "9" * 298, "1 " * 150, "(" * 300, "-/" * 150])
    assert all(found.of(name.lstrip("0")) == [name] for name in names[1:])
    assert time.process_time() - start < 5
