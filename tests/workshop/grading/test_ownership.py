"""Whose a file is: nothing that a student names decides it."""

import os

import pytest

from coursekit.workshop.grading.flat_naming import decide_naming
from coursekit.workshop.grading.identity import Identity
from coursekit.workshop.grading.ownership import Layout, Owned, owned, wrapper
from coursekit.workshop.grading.source import Source

NAMES = ("04_saliency", "05_gradcam")
GROUP = (Identity("71", sid="71"), Identity("72", sid="72"))
SUBMITTERS = {("submission_1",): GROUP, ("assignment_5_export", "submission_2"): GROUP[:1]}


def of(path: str, *beside: str) -> Owned:
    """Whose a file is in a folder in which others lie beside it."""
    *_, name = parts = tuple(path.split("/"))
    naming = decide_naming([name, *beside])
    return owned(parts, Layout(NAMES, SUBMITTERS, {(): naming, ("submitted",): naming}))


@pytest.mark.parametrize(
    ("path", "students", "inside"),
    [
        ("anna/04_saliency.ipynb", ["anna"], "04_saliency.ipynb"),
        ("anna/bert/04_saliency.ipynb", ["anna"], "bert/04_saliency.ipynb"),
        ("submitted/anna/x.ipynb", ["anna"], "x.ipynb"),
        ("submitted/submitted/x.ipynb", ["submitted"], "x.ipynb"),
        ("anna/submitted/bert/x.ipynb", ["anna"], "submitted/bert/x.ipynb"),
        ("anna/Bert B_1_assignsubmission_file_/x.ipynb", ["anna"], "Bert B_1_assignsubmission_file_/x.ipynb"),
        ("anna/submission_1/x.ipynb", ["anna"], "submission_1/x.ipynb"),
        ("anna/bert_1_222_x.ipynb", ["anna"], "bert_1_222_x.ipynb"),
        ("anna_04_saliency.ipynb", ["anna"], "anna_04_saliency.ipynb"),
        ("group_12_04_saliency.ipynb", ["group_12"], "group_12_04_saliency.ipynb"),
        ("doe_1_222_x.ipynb", ["doe_1"], "x.ipynb"),
        ("Jane Doe_1_assignsubmission_file_/a/x.ipynb", ["Jane Doe_1"], "a/x.ipynb"),
        ("Jane Doe_1_assignsubmission_file_x.ipynb", ["Jane Doe_1"], "x.ipynb"),
        ("submission_1/x.ipynb", ["71", "72"], "x.ipynb"),
        ("assignment_5_export/submission_2/x.ipynb", ["71"], "x.ipynb"),
        ("assignment_5_export/submission_3/x.ipynb", ["submission_3"], "x.ipynb"),
        ("04_saliency.ipynb", [], "04_saliency.ipynb"),
        ("Copy of 04_saliency.ipynb", [], "Copy of 04_saliency.ipynb"),
        ("04_Saliency/anna.ipynb", [], "anna.ipynb"),
        ("04-saliency/bob/a.ipynb", [], "bob/a.ipynb"),
        ("Copy of 04_saliency (1)/a.ipynb", [], "a.ipynb"),
        ("04_saliency_anna/a.ipynb", ["04_saliency_anna"], "a.ipynb"),
        ("_111_2001_x.ipynb", ["_111"], "x.ipynb"),
        ("answer.ipynb", [], "answer.ipynb"),
    ],
)
def test_the_top_names_the_student(path: str, students: list[str], inside: str) -> None:
    found = of(path)
    assert [one.student for one in found.students] == students
    assert "/".join(found.inside) == inside


@pytest.mark.parametrize(
    ("path", "refused"),
    [
        ("doe_1_222_04_saliency.ipynb", False),
        ("doe_1_222_333_04_saliency.ipynb", True),
        ("doe_1_222_333_x.ipynb", True),
        ("doe_1_222_x_3_444_x.ipynb", True),
        ("doe_1_222_333.ipynb", False),
        ("anna_04_saliency.ipynb", False),
    ],
)
def test_a_name_of_canvas_with_more_numbers_is_nobodys(path: str, refused: bool) -> None:
    """Whose own name is Doe_1, and number 222, would otherwise hand in for the doe of number 1."""
    found = of(path)
    assert ("the numbers further behind" in found.trouble, not found.students) == (refused, refused)


def test_a_user_of_canvas_who_contradicts_the_others_is_nobody() -> None:
    others = ("doe_1_333_x.ipynb", "lee_2_444_x.ipynb", "poe_3_555_x.ipynb")
    assert "several names, or files of one name" in of("doe_1_222_x.ipynb", *others).trouble
    assert of(others[1], "doe_1_222_x.ipynb", *others).students[0].student == "lee_2"


def test_the_only_user_of_canvas_is_in_doubt() -> None:
    assert "no other student's" in of("doe_1_222_x.ipynb").doubt
    assert not of("doe_1_222_x.ipynb", "lee_2_444_x.ipynb").doubt


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("anna/x.ipynb", Source("the folder", ("anna",))),
        ("submitted/anna/x.ipynb", Source("the folder", ("submitted", "anna"))),
        ("anna__04_saliency.ipynb", Source("the files that begin with", ("anna__",))),
        ("doe_1_222_x.ipynb", Source("Canvas' user", ("1",))),
        ("Jane Doe_1_assignsubmission_file_/a/x.ipynb", Source("Moodle's participant", ("1",))),
        ("assignment_5_export/submission_2/x.ipynb", Source("Gradescope's student", ("71",))),
    ],
)
def test_what_told_the_student_is_kept(path: str, source: Source) -> None:
    assert of(path).sources == (source,)


def test_names_that_are_no_text_give_text() -> None:
    (student,) = of(os.fsdecode(b"\xff/x.ipynb")).students
    assert student.student == "\\xff"


def test_only_a_folder_on_top_is_stepped_over() -> None:
    assert wrapper(("submitted", "anna", "x")) == ("submitted",)
    assert wrapper(("submitted",)) == wrapper(("anna", "submitted", "x")) == ()


def test_a_folder_that_gradescopes_list_lacks_is_in_doubt() -> None:
    assert "does not say whose" in of("assignment_5_export/submission_3/x.ipynb").doubt
    assert not of("assignment_5_export/submission_2/x.ipynb").doubt
    assert not of("submitted/submission_3/x.ipynb").doubt


def test_a_name_of_two_assignments_is_nobodys() -> None:
    found = of("anna_04_saliency_05_gradcam.ipynb")
    assert (found.students, "of two assignments" in found.trouble) == ((), True)


def test_a_name_of_another_form_than_nearly_all_is_nobodys() -> None:
    beside = ("anna_04_saliency.ipynb", "bob_04_saliency.ipynb")
    found = of("eve_12_345_04_saliency.ipynb", *beside)
    assert (found.students, "people's own names" in found.trouble) == ((), True)
