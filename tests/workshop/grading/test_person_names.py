"""When two ways to write a name are the same person's."""

import pytest

from coursekit.workshop.grading.person_names import (
    READINGS,
    caseless,
    exact,
    folded,
    same_name,
    spellings,
    written,
)


@pytest.mark.parametrize(
    ("name", "text", "same"),
    [
        ("Doe, Jane", "Jane Doe", True),
        ("Jane Doe", "DOE, jane", True),
        ("Jane Doe", "doejane", True),
        ("Müller, José", "Jose Muller", True),
        ("García López, Ana", "Ana García López", True),
        ("O'Neil, Sam", "Sam ONeil", True),
        ("Doe", "doe", True),
        ("Alee, Ann", "Anna Lee", False),
        ("Doe, Jane", "Jane", False),
        ("कमला शर्मा", "कमल शर्मा", False),
        ("", "", False),
        (" , ", "-", False),
    ],
)
def test_words_are_compared_in_either_order(name: str, text: str, same: bool) -> None:
    assert same_name(name, text) is same


def test_the_closest_reading_comes_first() -> None:
    assert (exact, caseless, folded) == READINGS
    assert [read("É-t'e\u0301") for read in READINGS] == ["Été", "été", "ete"]
    assert written("Doe_Jane,  A.", exact) == ("Doe", "Jane", "A")


def test_run_together_is_a_spelling_of_its_own() -> None:
    assert spellings("Alee, Ann", exact) == {("Alee", "Ann"), ("Ann", "Alee"), ("AleeAnn",), ("AnnAlee",)}
