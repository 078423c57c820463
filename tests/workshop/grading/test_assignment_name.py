"""The assignment's name, found in names that students and their computers make of it."""

import pytest

from coursekit.workshop.grading.assignment_name import find_assignment

NAMES = ("04_saliency", "05_gradcam", "09_bias_and_trust")


@pytest.mark.parametrize(
    ("name", "before", "copy"),
    [
        ("04_saliency", "", 0),
        ("04_saliency (1)", "", 1),
        ("04_saliency(12)", "", 12),
        ("04_saliency-1", "", 1),
        ("04_saliency-Copy1", "", 1),
        ("04_saliency-Copy2-Copy3", "", 3),
        ("04_saliency - Copy", "", 1),
        ("04_saliency copy 2", "", 2),
        ("Copy of 04_saliency", "", 1),
        ("Copy (3) of 04_saliency", "", 3),
        ("Copy of anna_04_saliency", "anna", 1),
        ("Copy of Copy of 04_saliency", "", 1),
        ("Copy of Copy (2) of anna_04_saliency", "anna", 2),
        ("copy_of_04_saliency", "", 1),
        ("Kopie von anna_04_saliency", "anna", 1),
        ("Cópia de 04_saliency", "", 1),
        ("anna - 04_saliency", "anna", 0),
        ("anna \u2013 04_saliency", "anna", 0),
        ("anna__04_saliency", "anna", 0),
        ("04_Saliency", "", 0),
        ("04-saliency", "", 0),
        ("04 saliency", "", 0),
        ("04_saliency_final", "", 0),
        ("04_saliency_v2", "", 2),
        ("04_saliency.ipynb", "", 0),
        ("anna_04_saliency", "anna", 0),
        ("anna-b_04_saliency-1", "anna-b", 1),
        ("05_gradcam_04_saliency", "05_gradcam", 0),
        ("04_saliency " + "9" * 200, "", int("9" * 200)),
    ],
)
def test_a_renamed_file_is_known(name: str, before: str, copy: int) -> None:
    found = find_assignment(name, NAMES)
    assert found
    assert (found.assignment, found.before, found.copy) == ("04_saliency", before, copy)


@pytest.mark.parametrize(
    ("name", "prefix", "stem", "is_all"),
    [
        ("04-Saliency", "", "04_saliency", True),
        ("Copy of 04_saliency (1)", "Copy of ", "Copy of 04_saliency", True),
        ("anna_04_saliency-Copy1", "anna_", "anna_04_saliency", False),
        ("anna - 04_saliency (1)", "anna - ", "anna - 04_saliency", False),
        ("Copy of anna_04_saliency", "Copy of anna_", "Copy of anna_04_saliency", False),
        ("04_saliency_final (2)", "", "04_saliency_final", False),
    ],
)
def test_what_stands_around_it_is_kept_as_it_is_written(
    name: str, prefix: str, stem: str, is_all: bool
) -> None:
    found = find_assignment(name, NAMES)
    assert found
    assert (found.prefix, found.stem, found.is_all) == (prefix, stem, is_all)


@pytest.mark.parametrize("name", ["saliency", "4_saliency", "104_saliency", "04_saliencyx", "x04_saliency"])
def test_another_name_is_not(name: str) -> None:
    assert find_assignment(name, NAMES) is None


def test_a_name_of_several_words_is_known() -> None:
    found = find_assignment("09 Bias-and trust", NAMES)
    assert found
    assert found.assignment == "09_bias_and_trust"
