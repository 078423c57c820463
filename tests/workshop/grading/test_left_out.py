"""The lines for what cannot be graded."""

from pathlib import Path

from coursekit.workshop.grading.collision import find_collisions
from coursekit.workshop.grading.flat_naming import decide_naming
from coursekit.workshop.grading.left_out import LeftOut, of_collisions, of_hand_ins, of_mixtures, of_nestings
from coursekit.workshop.grading.nesting import find_nestings
from tests.workshop.grading.handed_in import NAMES, handed_in


def lines(found, folder: Path) -> dict[str, str]:
    return {str(one.path.relative_to(folder)): one.reason for one in found}


def test_a_line_is_one_line() -> None:
    assert str(LeftOut(Path("a\nb"), "why")) == "a\\nb: why"


def test_both_sources_of_a_student_are_named(tmp_path: Path) -> None:
    collisions = find_collisions(handed_in(tmp_path, "s1/04_saliency.ipynb", "s1_04_saliency.ipynb"))
    found = [*of_collisions(tmp_path, collisions)]
    assert {*lines(found, tmp_path)} == {"s1/04_saliency.ipynb", "s1_04_saliency.ipynb"}
    assert {student.student for one in found for student in one.students} == {"s1"}


def test_the_folder_to_grade_instead_is_named(tmp_path: Path) -> None:
    nestings = find_nestings(
        handed_in(tmp_path, "c/d/s1/04_saliency.ipynb", "c/d/s2/04_saliency.ipynb"), NAMES
    )
    ((top, reason),) = lines(of_nestings(tmp_path, nestings), tmp_path).items()
    assert top == "c"
    assert f"Grade {tmp_path}/c/d by itself" in reason


def test_a_mixture_is_named_once_with_an_example_of_each(tmp_path: Path) -> None:
    names = ("doe_1_500_x.ipynb", "lee_2_501_x.ipynb", "anna_04_saliency.ipynb", "bo_04_saliency.ipynb")
    namings = {("submitted",): decide_naming(names), (): decide_naming(names[:2])}
    ((place, reason),) = lines(of_mixtures(tmp_path, namings), tmp_path).items()
    assert place == "submitted"
    assert "2 by Canvas ('doe_1_500_x.ipynb') and 2 by people ('anna_04" in reason


def test_each_student_without_a_notebook_has_a_line(tmp_path: Path) -> None:
    (tmp_path / "s3").mkdir()
    found = handed_in(tmp_path, "s1/a.pdf", "s1/b.pdf", "s2/a.zip", "s4/04_saliency.ipynb", "s4/a.pdf")
    reasons = {
        path: reason.split(":")[0] for path, reason in lines(of_hand_ins(tmp_path, found), tmp_path).items()
    }
    assert reasons == {
        "s1/a.pdf": "its student handed in files, but no notebook",
        "s2/a.zip": "an archive",
        "s3": "nothing lies in it",
    }


def test_an_assignment_has_one_line_and_its_name(tmp_path: Path) -> None:
    hand_ins = handed_in(tmp_path, "s1/04_saliency.ipynb", "s1/05_gradcam.md", "s1/05_gradcam.pdf")
    (line,) = of_hand_ins(tmp_path, hand_ins)
    assert (line.path.stem, line.assignment) == ("05_gradcam", "05_gradcam")
