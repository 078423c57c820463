"""Names as Canvas and Moodle write them, told from names that people give."""

import pytest

from coursekit.workshop.grading.export_name import parse_export
from coursekit.workshop.grading.identity import Identity


@pytest.mark.parametrize(
    ("name", "student", "attachment", "file"),
    [
        ("doejane_12345_67890_04_saliency.ipynb", "doejane_12345", 67890, "04_saliency.ipynb"),
        ("doejane_LATE_12345_67890_04_saliency-1.ipynb", "doejane_12345", 67890, "04_saliency-1.ipynb"),
        ("o_neiljane_1_200_x.ipynb", "o_neiljane_1", 200, "x.ipynb"),
        ("doejane_12345_67890_1_2_333_x.ipynb", "doejane_12345", 67890, "1_2_333_x.ipynb"),
        ("王小明_12345_67890_x.ipynb", "王小明_12345", 67890, "x.ipynb"),
        ("anon_aB3dE_67890_x.ipynb", "anon_aB3dE", 67890, "x.ipynb"),
        ("LATE_anon_aB3dE_67890_x.ipynb", "anon_aB3dE", 67890, "x.ipynb"),
        ("Jane Doe_123456_assignsubmission_file_", "Jane Doe_123456", 0, ""),
        ("Jane Doe_123456_assignsubmission_file", "Jane Doe_123456", 0, ""),
        ("Jane Doe_123456_assignsubmission_onlinetext_", "Jane Doe_123456", 0, ""),
        ("Jane Doe_123456_assignsubmission_file_my_x.ipynb", "Jane Doe_123456", 0, "my_x.ipynb"),
        ("Default group_assignsubmission_file_x.ipynb", "Default group", 0, "x.ipynb"),
    ],
)
def test_a_platforms_name_is_read(name: str, student: str, attachment: int, file: str) -> None:
    found = parse_export(name)
    assert found
    assert (found.identity.student, found.attachment, found.file) == (student, attachment, file)


@pytest.mark.parametrize(
    "name",
    [
        "anna_04_saliency.ipynb",
        "group_12_04_saliency.ipynb",
        "group_1_12_04_saliency.ipynb",
        "anna_file_x",
        "",
    ],
)
def test_a_name_that_people_give_is_not(name: str) -> None:
    assert parse_export(name) is None


def test_the_ids_are_those_of_the_key() -> None:
    found = parse_export("doejane_12345_67890_x.ipynb")
    assert found
    assert found.identity == Identity("doejane_12345", "doejane", canvas_id="12345", moodle_id="12345")


def test_what_the_platform_tells_students_apart_by() -> None:
    names = (
        "doejane_1_200_x",
        "anon_aB3dE_200_x",
        "Jane Doe_1_assignsubmission_file_",
        "G_assignsubmission_file_",
    )
    sources = [found.source.name for found in map(parse_export, names) if found]
    assert sources == [("1",), ("anon_aB3dE",), ("1",), ("G",)]


@pytest.mark.parametrize(
    ("name", "in_doubt"),
    [
        ("doe_1_222_04_saliency.ipynb", False),
        ("doe_1_222_2026.ipynb", False),
        ("doe_1_222_12_x.ipynb", False),
        ("doe_1_222_333_x.ipynb", True),
        ("doe_1_222_f_3_444_x.ipynb", True),
        ("anon_aB3dE_222_333_x.ipynb", True),
        ("Jane Doe_1_assignsubmission_file_222_333_x.ipynb", False),
    ],
)
def test_canvas_name_with_more_numbers_is_in_doubt(name: str, in_doubt: bool) -> None:
    found = parse_export(name)
    assert found
    assert found.in_doubt == in_doubt
