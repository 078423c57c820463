"""Each guard over what is handed in matters: without it, the corpus shows what goes wrong."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from coursekit.workshop.grading import (
    assignment_name,
    collision,
    course,
    export_name,
    flat_naming,
    folder,
    gradescope_export,
    hand_in,
    identity,
    left_out,
    nesting,
    ownership,
    recognition,
    submission,
)
from coursekit.workshop.grading.assignment_name import AssignmentName, find_assignment
from coursekit.workshop.grading.export_name import ExportName
from coursekit.workshop.grading.flat_naming import FlatNaming, Form
from coursekit.workshop.grading.notebook import UnreadableNotebookError
from tests.workshop.grading.comparing import earned, jobs, worth
from tests.workshop.grading.corpus.hand_ins import HAND_INS
from tests.workshop.grading.notebooks import LIMITS

__all__ = ["jobs"]

SURE = property(lambda self: False)


def each_alone(names: list[str]) -> FlatNaming:
    """As if each file were looked at by itself."""
    return FlatNaming({Form.CANVAS: names}, users=2)


def without_prefix(found: AssignmentName | None) -> AssignmentName | None:
    """As if all that stands before an assignment were one student, however it is written."""
    return found and replace(found, prefix=found.before)


def unreadable(data: bytes) -> None:
    """As if a file were damaged, and ids in it could be a cell's or an output's."""
    raise UnreadableNotebookError


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
    "likeness": (collision, "likeness", str),
    "spellings": (ownership, "find_assignment", lambda *names: without_prefix(find_assignment(*names))),
    "stems": (submission, "_stems", lambda files: ""),
    "odd names": (FlatNaming, "odd", property(lambda self: frozenset())),
    "years": (flat_naming, "_LARGE", 0),
    "no years": (ExportName, "begins_with_year", SURE),
    "nameless": (export_name, "_CANVAS", re.compile(export_name._CANVAS.pattern.replace("*?", "+?"))),
    "Gradescope's folders": (gradescope_export, "_FOLDER", re.compile(".*")),
    "tools' folders": (nesting, "_wrappers_beside_students", lambda hand_ins: []),
    "nbgrader's folders": (nesting, "_OF_NBGRADER", ()),
    "assignments' folders": (AssignmentName, "is_all", SURE),
    "unlisted": (ownership, "_UNLISTED", ""),
    "cells alone": (recognition, "read_notebook", unreadable),
    "hidden work": (
        hand_in,
        "_hidden",
        lambda folder, entry, mine, layout: hand_in.HandIn(entry, mine),
    ),
    "doubts": (hand_in, "_doubt", lambda answered, counts, named: ""),
}
HOLES = (
    ("collisions", "Gradescope's list gives two students one number"),
    ("collisions", "a name whose accents are written in two ways"),
    ("collisions", "the same in names of files"),
    ("collisions", "a folder and a file of one name"),
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
    ("copies of copies", "what a system appends to a second file of one name is no other spelling"),
    ("likeness", "names that look alike"),
    ("likeness", "Gradescope's list gives two students numbers that differ in capitals"),
    ("spellings", "a name written in two ways may be of two students, who name their files themselves"),
    ("stems", "a word behind is another name, which anybody may have given"),
    ("odd names", "one name in Canvas' form among people's"),
    ("odd names", "one name of people's among Canvas'"),
    ("years", "Canvas: where a year could be a file's number, it is in doubt as any number"),
    ("no years", "Canvas: the student's own name of the file begins with a year"),
    ("nameless", "Canvas: a name of nothing but signs, of which nothing is left"),
    ("Gradescope's folders", "a list that names a folder of a student"),
    ("tools' folders", "a student who is called as nbgrader's folder hands in for nobody else"),
    ("tools' folders", "nor one who is called as Gradescope's, with a list"),
    ("nbgrader's folders", "nbgrader's other folders are nobody's"),
    ("assignments' folders", "an assignment's folder on top is no student"),
    ("unlisted", "Gradescope"),
    ("cells alone", "another notebook in an output of a notebook"),
    ("hidden work", "hidden work that is no notebook"),
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
