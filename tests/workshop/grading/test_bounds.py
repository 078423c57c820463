"""What a student is stored under: never what another one is."""

import re

import pytest

from coursekit.workshop.grading import bounds
from coursekit.workshop.grading.bounds import student_key

LONG = "名" * 400


@pytest.mark.parametrize("student", ["anna", "a+b", "x" * 255, "+" + "0" * 63])
def test_names_that_files_can_have_stay_as_they_are(student: str) -> None:
    assert student_key(student) == student


def test_long_names_with_the_same_beginning_stay_apart() -> None:
    assert len({student_key(LONG + end) for end in "abc"}) == 3
    assert len(student_key(LONG)) == 300


def test_nobody_is_called_what_a_longer_name_is_shortened_to(monkeypatch) -> None:
    key = student_key(LONG)
    assert student_key(key) not in (key, LONG)
    assert student_key(student_key(key)) != student_key(key)
    monkeypatch.setattr(bounds, "_SHORTENED", re.compile(r"(?!)"))
    assert student_key(key) == key
