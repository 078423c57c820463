"""Folders that hold several students' work, told from a student's."""

from pathlib import Path

import pytest

from coursekit.workshop.grading.nesting import find_nestings
from tests.workshop.grading.handed_in import NAMES, handed_in


@pytest.mark.parametrize(
    ("paths", "inner"),
    [
        (["c/s1/04_saliency.ipynb", "c/s2/04_saliency.ipynb"], "c"),
        (["c/d/s1/04_saliency.ipynb", "c/d/s2/work/04_saliency.ipynb"], "c/d"),
        (["c/submitted/s1/04_saliency.ipynb", "c/submitted/s2/04_saliency.ipynb"], "c/submitted"),
        (["submitted/c/s1/04_saliency.ipynb", "submitted/c/s2/04_saliency.ipynb"], "submitted/c"),
        (["c/s1_04_saliency.ipynb", "c/s2_04_saliency.ipynb"], "c"),
        (["c/s1/04_saliency.ipynb", "c/s2_04_saliency.ipynb"], "c"),
        (["c/doe_1_500_a.ipynb", "c/lee_2_501_b.ipynb"], "c"),
        (["c/A B_1_assignsubmission_file_/a.ipynb", "c/C_2_assignsubmission_file_/a.pdf"], "c"),
        (["c/d/submission_metadata.yml", "c/d/submission_1/04_saliency.ipynb"], "c/d"),
    ],
)
def test_a_folder_of_several_students_is_found(paths: list[str], inner: str, tmp_path: Path) -> None:
    (found,) = find_nestings(handed_in(tmp_path, *paths), NAMES)
    assert "/".join(found.inner) == inner
    assert inner.startswith("/".join(found.top))
    assert all(found.holds(one) for one in handed_in(tmp_path))


@pytest.mark.parametrize(
    "paths",
    [
        ["s1/04_saliency.ipynb", "s2/04_saliency.ipynb"],
        ["s1/04_saliency.ipynb", "s1/old/04_saliency.ipynb", "s1/older/04_saliency.ipynb"],
        ["s1/a/04_saliency.ipynb", "s1/b/05_gradcam.ipynb"],
        ["s1/exercises/04_saliency.ipynb", "s1/notebooks/04_saliency.ipynb"],
        ["s1/04_saliency/a.ipynb", "s1/work/04_saliency.ipynb"],
        ["s1/s1_04_saliency.ipynb", "s1/s1_04_saliency-1.ipynb"],
        ["s1/lee_2_500_04_saliency.ipynb"],
        [
            "A_1_assignsubmission_file_/v1/04_saliency.ipynb",
            "A_1_assignsubmission_file_/v2/04_saliency.ipynb",
        ],
    ],
)
def test_a_students_folder_is_not(paths: list[str], tmp_path: Path) -> None:
    assert not find_nestings(handed_in(tmp_path, *paths), NAMES)


@pytest.mark.parametrize(
    ("paths", "tops"),
    [
        (["submitted/bob/04_saliency.ipynb", "anna/04_saliency.ipynb"], ["submitted"]),
        (
            ["assignment_1_export/submission_1/04_saliency.ipynb", "anna/04_saliency.ipynb"],
            ["assignment_1_export"],
        ),
        (["source/04_saliency.ipynb", "submitted/anna/04_saliency.ipynb"], ["source"]),
        (["submitted/bob/04_saliency.ipynb", "data/x.csv", "anna_04_saliency.ipynb"], []),
        (["submitted/bob/04_saliency.ipynb", "Jane_1_assignsubmission_file_/04_saliency.ipynb"], []),
        (["assignment_1_export/submission_1/04_saliency.ipynb", "submission_2/04_saliency.ipynb"], []),
    ],
)
def test_a_folder_of_a_tool_is_named_where_it_may_be_a_students(
    paths: list[str], tops: list[str], tmp_path: Path
) -> None:
    (tmp_path / "in").mkdir()
    assert [one.top[0] for one in find_nestings(handed_in(tmp_path / "in", *paths), NAMES)] == tops
