"""Different sources that give one student."""

from pathlib import Path

import pytest

from coursekit.workshop.grading.collision import find_collisions
from tests.workshop.grading.handed_in import handed_in


def test_sources_of_one_student_are_found_with_the_first_file_of_each(tmp_path: Path) -> None:
    found = handed_in(
        tmp_path,
        "s1/04_saliency.ipynb",
        "s1/05_gradcam.ipynb",
        "s1_04_saliency.ipynb",
        "s2/04_saliency.ipynb",
    )
    (collision,) = find_collisions(found)
    assert {one.student for one in collision.identities.values()} == {"s1"}
    files = ["/".join(one.entry.parts) for one in collision.first.values()]
    assert files == ["s1/04_saliency.ipynb", "s1_04_saliency.ipynb"]
    assert collision.reason.startswith(
        "the folder 's1' and the files that begin with 's1_' give the same student"
    )
    assert "rename one" in collision.reason


def test_files_of_one_source_are_one_students(tmp_path: Path) -> None:
    paths = ("s1/04_saliency.ipynb", "s1/a/05_gradcam.ipynb", "s2_04_saliency.ipynb", "s2_05_gradcam-1.ipynb")
    assert not find_collisions(handed_in(tmp_path, *paths))


def test_what_is_no_notebook_takes_nothing_away(tmp_path: Path) -> None:
    assert not find_collisions(handed_in(tmp_path, "s1/04_saliency.ipynb", "s1_04_saliency.pdf"))


@pytest.mark.parametrize(
    "paths",
    [
        ("Anna/04_saliency.ipynb", "anna/04_saliency.ipynb"),
        ("anna /04_saliency.ipynb", "anna/05_gradcam.ipynb"),
        ("an\u200bna/04_saliency.ipynb", "anna/04_saliency.ipynb"),
        ("anna_04_saliency.ipynb", "anna-04_saliency.ipynb"),
        ("anna_04_saliency.ipynb", "Copy of anna_04_saliency.ipynb"),
    ],
)
def test_who_looks_alike_meets(paths: tuple[str, ...], tmp_path: Path) -> None:
    (collision,) = find_collisions(handed_in(tmp_path, *paths))
    assert len(collision.first) == 2
