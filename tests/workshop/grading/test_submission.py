"""Finding submitted notebooks, in each layout."""

from pathlib import Path

import pytest

from coursekit.workshop.grading.submission import find_submissions

NAMES = ("04_saliency", "05_gradcam")


def put(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("{}")
    return folder


def found(folder: Path) -> list[tuple[str, str]]:
    return [(one.student, one.assignment) for one in find_submissions(folder, NAMES)]


@pytest.mark.parametrize(
    "name",
    [
        "anna/04_saliency.ipynb",
        "anna/04_saliency/04_saliency.ipynb",
        "submitted/anna/04_saliency/answer.ipynb",
        "anna_04_saliency.ipynb",
        "of/any/depth/anna/04_saliency.ipynb",
    ],
)
def test_each_layout_is_known(tmp_path: Path, name: str) -> None:
    assert found(put(tmp_path, name)) == [("anna", "04_saliency")]


def test_other_notebooks_are_left_alone(tmp_path: Path) -> None:
    put(tmp_path, "anna/05_gradcam.ipynb", "bert/04_saliency.ipynb", "anna/notes.ipynb", "04_saliency.ipynb")
    put(tmp_path, "bert/.ipynb_checkpoints/04_saliency.ipynb", "_04_saliency.ipynb", "bert/04_saliency.txt")
    assert found(tmp_path) == [("bert", "04_saliency"), ("anna", "05_gradcam")]


def test_of_two_the_one_with_the_right_name_counts(tmp_path: Path) -> None:
    put(tmp_path, "anna/04_saliency/a.ipynb", "anna/04_saliency/04_saliency.ipynb")
    (one,) = find_submissions(tmp_path, NAMES)
    assert one.path.name == "04_saliency.ipynb"
    assert [path.name for path in one.other_paths] == ["a.ipynb"]


@pytest.mark.parametrize(
    ("theirs", "forged"),
    [
        ("anna/04_saliency.ipynb", "aaron/anna/04_saliency.ipynb"),
        ("anna/04_saliency.ipynb", "aaron/anna_04_saliency.ipynb"),
        ("submitted/anna/04_saliency/x.ipynb", "submitted/aaron/anna/04_saliency.ipynb"),
        ("anna_04_saliency.ipynb", "aaron/anna/04_saliency.ipynb"),
    ],
)
def test_no_one_can_hand_in_over_another(tmp_path: Path, theirs: str, forged: str) -> None:
    """A folder that a student fills could name another student further down."""
    (one,) = find_submissions(put(tmp_path, theirs, forged), NAMES)
    assert (one.student, one.path, one.other_paths) == ("anna", tmp_path / theirs, (tmp_path / forged,))


def test_links_are_not_followed(tmp_path: Path) -> None:
    """A link could lead to another student's work."""
    put(tmp_path, "in/anna/04_saliency.ipynb", "out/04_saliency.ipynb")
    (tmp_path / "in/bert").mkdir()
    (tmp_path / "in/bert/04_saliency.ipynb").symlink_to(tmp_path / "in/anna/04_saliency.ipynb")
    (tmp_path / "in/carl").symlink_to(tmp_path / "out")
    assert found(tmp_path / "in") == [("anna", "04_saliency")]


def test_an_empty_folder_is_told_what_was_wanted(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"wanted <student>/04_saliency\.ipynb"):
        find_submissions(tmp_path, NAMES)
