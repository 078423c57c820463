"""What a run is restricted to."""

import unicodedata
from pathlib import Path

import pytest

from coursekit.workshop.grading.identity import Identity, parse_student
from coursekit.workshop.grading.left_out import LeftOut
from coursekit.workshop.grading.selection import Selection
from coursekit.workshop.grading.submission import FoundSubmissions, Submission

FOLDER = Path("in")


def submission(student: str, assignment: str = "04_saliency") -> Submission:
    return Submission(parse_student(student), assignment, FOLDER, FOLDER / student)


def left_out(*students: str, assignment: str | None = None) -> LeftOut:
    return LeftOut(FOLDER / "x", "why", tuple(map(Identity, students)), assignment)


FOUND = FoundSubmissions(
    [submission("anna"), submission("anna", "05_gradcam"), submission("Jos\u00e9"), submission("\\xff")],
    [left_out("bert"), left_out(), left_out("carl", assignment="05_gradcam")],
)


def selected(*only: str) -> list[str]:
    return [f"{one.student} {one.assignment[:2]}" for one in Selection(only).submissions(FOUND, FOLDER)]


def test_a_name_is_the_same_however_its_accents_are_written() -> None:
    assert selected(unicodedata.normalize("NFD", "Jos\u00e9")) == selected("Jos\u00e9") == ["Jos\u00e9 04"]


def test_a_name_that_is_no_text_is_known_as_it_is_and_as_tables_have_it() -> None:
    assert selected("\udcff") == selected(r"\xff") == [r"\xff 04"]


def test_students_and_assignments_add_up() -> None:
    assert selected("05_gradcam", "Jos\u00e9") == ["anna 05", "Jos\u00e9 04"]
    assert len(selected()) == 4


def test_nothing_selected_is_an_error() -> None:
    with pytest.raises(ValueError, match="no submission is of berta or bert"):
        selected("berta", "bert")
    with pytest.raises(ValueError, match="no submission in in"):
        Selection(()).submissions(FoundSubmissions([], []), FOLDER)


@pytest.mark.parametrize(
    ("only", "count"),
    [((), 3), (("bert",), 2), (("anna",), 1), (("04_saliency",), 2), (("05_gradcam",), 3)],
)
def test_what_may_be_of_the_selected_is_left_out(only: tuple[str, ...], count: int) -> None:
    assert len(Selection(only).left_out(FOUND)) == count


def test_a_name_that_nothing_has_is_missing() -> None:
    only = ("anna", "bert", "berta", "04_saliency", "06_lrp", "carl")
    assert Selection(only).missing(FOUND) == ["berta", "06_lrp"]
