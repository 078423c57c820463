"""What is handed in is found and given to the right student, and nothing is lost in silence."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from coursekit.workshop.cli import app
from coursekit.workshop.grading import course
from coursekit.workshop.grading.folder import printable
from tests.workshop.grading.comparing import earned, jobs, others, worth
from tests.workshop.grading.corpus.hand_in import HandIns, Kind, Lies
from tests.workshop.grading.corpus.hand_ins import HAND_INS
from tests.workshop.grading.notebooks import LIMITS

__all__ = ["jobs"]


@pytest.mark.parametrize("case", HAND_INS, ids=lambda case: case.name)
def test_each_gets_what_is_theirs(case: HandIns, tmp_path: Path, jobs, capsys) -> None:
    folder, out = case.put(tmp_path / "in"), tmp_path / "out"
    complete = course.grade_folder(folder, out, limits=LIMITS)
    assert earned(out) == {key: worth(key) * share for key, share in case.earned.items()}
    assert others(out) == [printable(folder / path) for path in case.others]
    said = capsys.readouterr().err
    assert named(said, "not graded", folder) == [printable(Path(path)) for path in sorted(case.left_out)]
    if case.in_doubt is not None:
        assert named(said, "in doubt", folder) == [printable(Path(path)) for path in case.in_doubt]
    assert [words for words in case.says if words not in said] == []
    assert complete == (not case.left_out)


def named(said: str, label: str, folder: Path) -> list[str]:
    """The paths below a folder that lines with a label begin with."""
    start = f"{label}: {folder}"
    lines = (line.removeprefix(start) for line in said.splitlines() if line.startswith(start))
    return [line.removeprefix("/").partition(": ")[0] or "." for line in lines]


def test_what_cannot_be_graded_makes_the_command_fail(tmp_path: Path, jobs) -> None:
    folder = tmp_path / "in"
    Lies(Kind.SOLUTION).put(folder / "zoe/04_saliency.ipynb")
    command = ["grade", str(folder), "--out", str(tmp_path / "out")]
    found = CliRunner().invoke(app, command)
    assert (found.exit_code, "graded; now" in found.output) == (0, True)
    Lies(Kind.TEXT).put(folder / "eve/work.zip")
    found = CliRunner().invoke(app, command)
    assert found.exit_code == 1
    assert "not all that was handed in could be graded" in found.output


def test_a_folder_without_submissions_says_what_was_wanted(tmp_path: Path, capsys) -> None:
    Lies(Kind.SOLUTION).put(tmp_path / "in/04_saliency.ipynb")
    with pytest.raises(ValueError, match=r"wanted <student>/01_confounders\.ipynb"):
        course.grade_folder(tmp_path / "in", tmp_path / "out", limits=LIMITS)
    assert "04_saliency.ipynb: no student's" in capsys.readouterr().err


SELECTED = {
    "anna": ["anna"],
    "doejane_12345": ["doejane_12345"],
    "12345": ["doejane_12345"],
    "doejane": ["doejane_12345", "doejane_12346"],
    "Jane Doe_123456": ["Jane Doe_123456"],
    "Jane Doe": ["Jane Doe_123456"],
    "submission_7": ["submission_7"],
    "04_saliency": ["Jane Doe_123456", "anna", "doejane_12345", "doejane_12346", "submission_7"],
}


@pytest.mark.parametrize(("only", "students"), SELECTED.items())
def test_a_run_is_restricted_to_a_student_by_any_name(
    only: str, students: list[str], tmp_path: Path, jobs
) -> None:
    for path in (
        "anna/04_saliency.ipynb",
        "doejane_12345_67890_04_saliency.ipynb",
        "doejane_12346_67891_04_saliency.ipynb",
        "Jane Doe_123456_assignsubmission_file_/04_saliency.ipynb",
        "submission_7/04_saliency.ipynb",
    ):
        Lies(Kind.SOLUTION).put(tmp_path / "in" / path)
    assert course.grade_folder(tmp_path / "in", tmp_path / "out", limits=LIMITS, only=[only])
    assert list(earned(tmp_path / "out")) == students


@pytest.mark.parametrize(
    ("only", "named"),
    [("zoe", ["04_saliency.ipynb"]), ("bo", ["04_saliency.ipynb", "bo/a.zip"]), ("04_saliency", None)],
)
def test_a_restricted_run_names_what_may_be_of_those_students(
    only: str, named: list[str] | None, tmp_path: Path, jobs, capsys
) -> None:
    for path in ("zoe/04_saliency.ipynb", "bo/04_saliency.ipynb", "04_saliency.ipynb"):
        Lies(Kind.SOLUTION).put(tmp_path / "in" / path)
    for path in ("bo/a.zip", "cy/a.zip"):
        Lies(Kind.TEXT).put(tmp_path / "in" / path)
    assert not course.grade_folder(tmp_path / "in", tmp_path / "out", limits=LIMITS, only=[only])
    lines = [line for line in capsys.readouterr().err.splitlines() if "not graded:" in line]
    wanted = ["04_saliency.ipynb", "bo/a.zip", "cy/a.zip"] if named is None else named
    assert [line.rpartition("/in/")[2].partition(": ")[0] for line in lines] == wanted


END_TO_END = (
    "a folder with another's name gives the other nothing",
    "a link to another's file",
    "a damaged one is known, too",
)


@pytest.mark.sandbox
@pytest.mark.parametrize("name", END_TO_END)
def test_in_the_sandbox_it_is_the_same(name: str, tmp_path: Path) -> None:
    (case,) = (one for one in HAND_INS if one.name == name)
    folder, out = case.put(tmp_path / "in"), tmp_path / "out"
    found = CliRunner().invoke(app, ["grade", str(folder), "--out", str(out)])
    assert found.exit_code == bool(case.left_out), found.output
    assert earned(out) == {key: worth(key) * share for key, share in case.earned.items()}
