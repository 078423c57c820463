"""Each guard over what is handed in matters: without it, the corpus shows what goes wrong."""

import re
from pathlib import Path

import pytest

from coursekit.workshop.grading import (
    assignment_name,
    course,
    flat_naming,
    folder,
    hand_in,
    identity,
    left_out,
    ownership,
    submission,
)
from coursekit.workshop.grading.export_name import ExportName
from coursekit.workshop.grading.flat_naming import FlatNaming, Form
from tests.workshop.grading.comparing import earned, jobs, worth
from tests.workshop.grading.corpus.hand_ins import HAND_INS
from tests.workshop.grading.notebooks import LIMITS

__all__ = ["jobs"]

SURE = property(lambda self: False)


def each_alone(names: list[str]) -> FlatNaming:
    """As if each file were looked at by itself."""
    return FlatNaming({Form.CANVAS: names}, users=2)


GUARDS = {
    "collisions": (submission, "find_collisions", lambda hand_ins: []),
    "nestings": (submission, "find_nestings", lambda hand_ins, assignments: []),
    "Canvas' name in doubt": (ExportName, "in_doubt", SURE),
    "all flat names together": (submission, "decide_naming", each_alone),
    "contradictions": (flat_naming, "_contradicting", lambda exports: []),
    "backslashes": (
        ownership,
        "student_text",
        lambda name: identity.student_text(name).replace("\\\\", "\\"),
    ),
    "copies of copies": (assignment_name, "_COPY", re.compile(r"copy (?P<number>)of ", re.IGNORECASE)),
    "other endings": (hand_in, "trouble_of", lambda name, head: ""),
    "other kinds": (hand_in, "meant_for", lambda name, head, assignments: None),
    "hidden notebooks": (folder, "_LEAVINGS", re.compile(r"\..*|__MACOSX")),
    "two assignments": (left_out, "_also_answered", lambda folder, hand_ins: iter(())),
    "doubts": (hand_in, "_doubt", lambda answered, counts, named: ""),
}
HOLES = (
    ("collisions", "Gradescope's list gives two students one number"),
    ("collisions", "a name whose accents are written in two ways"),
    ("collisions", "the same in names of files"),
    ("collisions", "a folder and a file of one name, and nbgrader's folder of it"),
    ("collisions", "a platform's student, and a folder that is called so"),
    ("nestings", "two students' folders in one"),
    ("nestings", "two levels too deep, under nbgrader's folder, and beside what is nobody's"),
    ("nestings", "files of several students in one folder"),
    ("nestings", "Canvas' export in a folder"),
    ("nestings", "Moodle's export in a folder"),
    ("nestings", "Gradescope's export in a folder"),
    (
        "Canvas' name in doubt",
        "Canvas: not even for who handed in nothing, nor with letters between the numbers",
    ),
    ("all flat names together", "people's names that look like Canvas'"),
    ("all flat names together", "a mixture of Canvas' names and people's, or of Moodle's"),
    ("contradictions", "people's names that look like Canvas'"),
    ("contradictions", "Canvas: one user whose files contradict themselves changes nothing for others"),
    ("backslashes", "a byte that is no text, and its spelling"),
    ("copies of copies", "names joined in another way, and copies of copies, are one student's"),
    ("other endings", "a notebook under another ending, beside one for another assignment"),
    ("other endings", "archives of any kind, known by their names or by what is in them"),
    ("other kinds", "what is no notebook, and answers an assignment for which there is none"),
    ("hidden notebooks", "hidden notebooks, and a hidden folder of a student"),
    ("two assignments", "a notebook of two assignments counts for one, and is named for the other"),
    ("doubts", "an assignment that the name alone tells, or another than the name tells, is in doubt"),
)


@pytest.mark.parametrize(("guard", "name"), HOLES)
def test_without_its_guard_a_case_goes_wrong(
    guard: str, name: str, tmp_path: Path, jobs, monkeypatch, capsys
) -> None:
    (case,) = (one for one in HAND_INS if one.name == name)
    place, attribute, hole = GUARDS[guard]
    monkeypatch.setattr(place, attribute, hole)
    in_folder = case.put(tmp_path / "in")
    complete = course.grade_folder(in_folder, tmp_path / "out", limits=LIMITS)
    said = capsys.readouterr().err
    as_wanted = (
        earned(tmp_path / "out") == {key: worth(key) * share for key, share in case.earned.items()},
        complete == (not case.left_out),
        said.count("not graded:") == len(case.left_out),
        said.count("in doubt:") == len(case.in_doubt or ()) or case.in_doubt is None,
    )
    assert not all(as_wanted)
