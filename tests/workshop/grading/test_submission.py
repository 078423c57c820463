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
    return [(one.student, one.assignment) for one in find_submissions(folder, NAMES).submissions]


@pytest.mark.parametrize(
    "name",
    [
        "anna/04_saliency.ipynb",
        "anna/of/any/depth/04_saliency.ipynb",
        "anna/04_saliency/04_saliency.ipynb",
        "submitted/anna/04_saliency/answer.ipynb",
        "anna_04_saliency.ipynb",
        "submitted/anna_04_saliency.ipynb",
    ],
)
def test_each_layout_is_known(tmp_path: Path, name: str) -> None:
    assert found(put(tmp_path, name)) == [("anna", "04_saliency")]


def test_submissions_are_sorted_by_assignment_and_student(tmp_path: Path) -> None:
    put(tmp_path, "b/05_gradcam.ipynb", "b/04_saliency.ipynb", "a/05_gradcam.ipynb", "c_04_saliency.ipynb")
    assert found(tmp_path) == [
        ("b", "04_saliency"),
        ("c", "04_saliency"),
        ("a", "05_gradcam"),
        ("b", "05_gradcam"),
    ]


def test_what_cannot_be_graded_is_named_with_its_reason_and_student(tmp_path: Path) -> None:
    put(tmp_path, "anna/05_gradcam.ipynb", "anna/notes.ipynb", "04_saliency.ipynb", "bert/work.zip")
    lines = {line.path.relative_to(tmp_path): line for line in find_submissions(tmp_path, NAMES).left_out}
    reasons = {str(path): (line.reason.split(":")[0], len(line.students)) for path, line in lines.items()}
    assert reasons == {
        "04_saliency.ipynb": ("no student's", 0),
        "anna/notes.ipynb": ("neither its name nor a cell in it says which assignment it answers", 1),
        "bert/work.zip": ("an archive", 1),
    }
    assert str(lines[Path("bert/work.zip")]).startswith(f"{tmp_path}/bert/work.zip: an archive")


def test_the_folder_itself_may_be_a_link(tmp_path: Path) -> None:
    put(tmp_path / "there", "anna/04_saliency.ipynb")
    (tmp_path / "here").symlink_to(tmp_path / "there")
    (one,) = find_submissions(tmp_path / "here", NAMES).submissions
    assert one.read() == b"{}"


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        find_submissions(tmp_path / "nowhere", NAMES)
