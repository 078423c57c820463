"""What learning platforms call a student, found in the text that stands for the student."""

import os

import pytest

from coursekit.workshop.grading.identity import Identity, parse_student, student_text


@pytest.mark.parametrize(
    "identity",
    [
        Identity("Jane Doe_123456", name="Jane Doe", moodle_id="123456"),
        Identity("Jane O'Neil-Doe_1", name="Jane O'Neil-Doe", moodle_id="1"),
        Identity("Madonna_77", name="Madonna", moodle_id="77"),
        Identity("doe_jane_12345", name="doe_jane", canvas_id="12345"),
        Identity("doejane_12345", name="doejane", canvas_id="12345", moodle_id="12345"),
        Identity("王小明_12345", name="王小明", canvas_id="12345", moodle_id="12345"),
        Identity("submission_2345678", gradescope_id="2345678"),
        Identity("jane_1@school.edu", email="jane_1@school.edu"),
        Identity("s1234567", sid="s1234567"),
        Identity("3031234567", sid="3031234567"),
        Identity("anon_aB3dE", sid="anon_aB3dE"),
        Identity("Jane_Doe_3", name="Jane_Doe"),
        Identity("_3", canvas_id="3"),
        Identity("", sid=""),
        Identity("two\nlines_3", sid="two\nlines_3"),
    ],
    ids=repr,
)
def test_a_text_gives_the_ids_again(identity: Identity) -> None:
    assert parse_student(identity.student) == identity


def test_a_student_goes_by_every_id() -> None:
    assert Identity("s1", name="Jane", email="j@x", sid="s1").names == {"s1", "Jane", "j@x"}


def test_names_that_are_no_text_stay_apart() -> None:
    first, second = (student_text(os.fsdecode(name)) for name in (b"\xff", b"\xfe"))
    assert first != second
    assert (first + second).encode()


def test_a_byte_and_its_spelling_stay_apart() -> None:
    assert student_text(os.fsdecode(b"\xe9")) == r"\xe9"
    assert student_text(r"\xe9") == r"\\xe9"


def test_an_accent_is_the_same_however_it_was_written() -> None:
    assert student_text("Jose\u0301") == student_text("Jos\u00e9") == "Jos\u00e9"
