"""Whose answer a row is about: by its letters, and else by a name that is nobody else's rewriting."""

import re

import pytest

from coursekit.workshop.grading import answer_owner
from coursekit.workshop.grading.answer_owner import AnswerOwners, answer_check
from tests.workshop.grading.corpus.texts import REWRITTEN

CHAPTER, QUESTION = "04_saliency", "why"


def check(student: str) -> str:
    return answer_check(student, CHAPTER, QUESTION)


def found(students: list[str], student: str, letters: str = "") -> str:
    return AnswerOwners({CHAPTER: students}).find(student, CHAPTER, QUESTION, letters)


def test_the_letters_are_nothing_that_a_spreadsheet_changes() -> None:
    checks = {answer_check(student, CHAPTER, question) for student in "abcde" for question in "fghi"}
    assert len(checks) == 20
    assert all(re.fullmatch("[b-df-hj-np-tv-xz]{8}", one) for one in checks)
    assert check("anna") == "bkdpbsgg"  # as in tables that were written before


@pytest.mark.parametrize(("student", "text"), REWRITTEN)
def test_with_its_letters_a_row_is_its_students_whatever_became_of_the_name(student: str, text: str) -> None:
    for students in ([student, "other"], [student, text, "other"]):
        assert found(students, text, check(student)) == student
        assert found(students, student, check(student).upper()) == student
    assert found([student, text], text, check(text)) == text


@pytest.mark.parametrize(("student", "text"), REWRITTEN)
def test_without_them_a_name_that_could_be_anothers_is_refused(student: str, text: str) -> None:
    for students in ([student, text], [student]):
        with pytest.raises(
            ValueError, match=re.escape(f"{text!r} may be what a spreadsheet made of {student!r}")
        ):
            found(students, text)
    assert found([text], text) == text


def test_a_name_that_is_nobodys_is_left_to_the_store() -> None:
    assert found(["anna"], "dora") == "dora"


@pytest.mark.parametrize("student", ["anna", "4711", "Jane Doe"])
def test_columns_that_were_sorted_each_for_itself_are_refused(student: str) -> None:
    with pytest.raises(
        ValueError, match=f"check says '4712', the column student '{student}'; wanted the same"
    ):
        found([student, "4712"], student, check("4712"))


def test_letters_of_nobody_are_refused() -> None:
    for letters in ("bcdfghjk", answer_check("anna", CHAPTER, "how"), answer_check("anna", "05", QUESTION)):
        with pytest.raises(ValueError, match=f"{letters!r} in the column check is of no answer to why of 04"):
            found(["anna"], "anna", letters)


def test_whoever_has_the_same_letters_gets_nothing_by_it(monkeypatch) -> None:
    """Somebody may try names until one has the letters of another."""
    monkeypatch.setattr(answer_owner, "answer_check", lambda *_: "bbbbbbbb")
    assert found(["anna", "evil"], "anna", "bbbbbbbb") == "anna"
    for name in ("123", "dora"):
        with pytest.raises(ValueError, match="check says '0123' or '123'"):
            found(["0123", "123"], name, "bbbbbbbb")


@pytest.mark.parametrize("typed", ["anna", "ANNA", "a\u200bnna"])
def test_in_a_table_of_ones_own_other_capitals_are_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="looks like 'Anna'; wanted the name exactly"):
        found(["Anna", "anna", "bert"] if typed == "anna" else ["Anna", "bert"], typed)
    assert found(["Anna", "anna"], "anna", check("anna")) == "anna"
    assert found(["Anna", "bert"], "Anna") == "Anna"
