"""What is one text to people, and what is not."""

import pytest

from coursekit.workshop.grading.likeness import likeness


@pytest.mark.parametrize(
    "text",
    [
        "Anna",
        " anna",
        "anna\n",
        "\u3000anna",
        "a\u200bnna",
        "\ufeffanna",
        "ａｎｎａ",
        "an\u00adna",
        "anna\ufe0f",
    ],
)
def test_what_looks_alike_is_one(text: str) -> None:
    assert likeness(text) == "anna"


@pytest.mark.parametrize(
    ("one", "other"), [("José", "Jose"), ("0123", "123"), ("Anna Lee", "Annalee"), ("a_b", "a-b")]
)
def test_what_may_be_two_people_is_two(one: str, other: str) -> None:
    assert likeness(one) != likeness(other)


def test_blanks_inside_are_one() -> None:
    assert likeness("Anna \u00a0 Lee") == likeness("ANNA LEE")
