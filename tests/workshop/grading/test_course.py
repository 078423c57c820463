"""The grader's commands: what they say, what they refuse, and that the course's own notebooks pass."""

import io
import sys
from pathlib import Path

import pytest
from rich.console import Console
from rich.progress import Progress
from typer.testing import CliRunner

from coursekit.exercises import find
from coursekit.workshop.building import Chapter
from coursekit.workshop.cli import app
from coursekit.workshop.grading import course, sandbox
from coursekit.workshop.grading.results import ExerciseResult, SubmissionResult, SubmissionSummary
from coursekit.workshop.grading.sandbox import SandboxError
from tests.workshop.grading.batches import folder, graded_by
from tests.workshop.grading.notebooks import LIMITS

__all__ = ["folder"]


def test_what_could_not_be_graded_is_said(folder: Path, tmp_path: Path, monkeypatch, capsys) -> None:
    graded_by(monkeypatch, lambda job: {}["[/]"])
    assert not course.grade_folder(folder, tmp_path / "out", limits=LIMITS)
    assert "KeyError: '[/]'" in capsys.readouterr().err.replace("\n", "")


def test_progress_counts_from_the_first_result(monkeypatch) -> None:
    bars, now = [], [0.0]

    def bar(*columns, **options):
        options["console"] = Console(file=io.StringIO(), force_terminal=True)
        bars.append(Progress(*columns, **options, get_time=lambda: now[0]))
        return bars[0]

    monkeypatch.setattr(course, "Progress", bar)
    with course._progress(12) as step:
        (task,) = bars[0].tasks
        now[0] = 100.0
        assert not task.started
        step("[/markup]")
        now[0] = 140.0  # one that takes long
        bars[0].refresh()
        step("anna")
        assert (task.elapsed, task.time_remaining) == (40, 400)


def test_without_bubblewrap_grading_is_refused(folder: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SandboxError, match=r"apt install bubblewrap.*--unsafe"):
        course.grade_folder(folder, tmp_path / "out", limits=LIMITS)


@pytest.mark.parametrize("place", [Path(sys.prefix), sandbox.DATA, sandbox.PACKAGE])
def test_the_seed_must_not_lie_where_submissions_can_read(folder: Path, tmp_path: Path, place: Path) -> None:
    with pytest.raises(ValueError, match="which submissions can read"):
        course.grade_folder(folder, tmp_path / "out", seed_file=place / "seed")


def test_all_chapters_pass() -> None:
    found = CliRunner().invoke(app, ["grade", "--self-test", "--timeout", "30"])
    assert found.exit_code == 0, found.output
    assert "solutions earn all points, untouched exercises none" in found.output


def test_what_does_not_pass_is_named(monkeypatch) -> None:
    """A grader that gives one point for everything is wrong about most solutions, and all untouched ones."""

    def grade(job):
        results = {name: ExerciseResult(1, 1.0, True, []) for name in job.exercises}
        return SubmissionResult(SubmissionSummary(), results)

    monkeypatch.setattr(course, "grade", grade)
    monkeypatch.setattr(course, "CHAPTERS", ("04_saliency", "05_gradcam"))
    found = CliRunner().invoke(app, ["grade", "--self-test"])
    assert found.exit_code == 1
    exercises = [(name, exercise) for name in course.CHAPTERS for exercise in find(name)]
    for name, exercise in exercises:
        assert f"exercises/{name}: {exercise.name} earned 1 of {exercise.points}" in found.output
        assert (f"solutions/{name}: {exercise.name} earned" in found.output) == (exercise.points != 1)


def test_a_chapter_that_was_not_built_is_named(monkeypatch) -> None:
    monkeypatch.setattr(course, "Chapter", lambda kind, name: Chapter(kind, name, Path("nowhere")))
    found = CliRunner().invoke(app, ["grade", "--self-test"])
    assert found.exit_code == 1
    assert "solutions/04_saliency.ipynb is not there: coursekit build 04_saliency" in found.output


def test_a_folder_one_level_too_deep_is_refused(folder: Path, tmp_path: Path, monkeypatch, capsys) -> None:
    """Else a whole class would be one student, of whom all but one notebook are put aside."""
    graded_by(monkeypatch)
    assert course.grade_folder(folder, tmp_path / "one")
    with pytest.raises(ValueError, match="no submission in"):
        course.grade_folder(folder.parent, tmp_path.parent / "two")
    assert f"Grade {folder} by itself" in capsys.readouterr().err


def test_what_is_in_doubt_is_said_and_graded(folder: Path, tmp_path: Path, monkeypatch, capsys) -> None:
    graded_by(monkeypatch)
    assert course.grade_folder(folder, tmp_path / "out", only=["bert"])
    (line,) = (line for line in capsys.readouterr().err.splitlines() if line.startswith("in doubt:"))
    assert "graded as 04_saliency of bert, but its name alone says so" in line


@pytest.mark.parametrize("wrong", ["berta", "05_gradcam", "[/]"])
def test_a_wrong_name_among_several_is_said(
    wrong: str, folder: Path, tmp_path: Path, monkeypatch, capsys
) -> None:
    jobs = graded_by(monkeypatch)
    assert not course.grade_folder(folder, tmp_path / "out", only=["anna", wrong])
    assert len(jobs) == 1
    assert f"not found: {wrong}: no student or assignment" in capsys.readouterr().err


def test_no_line_is_left_out_for_anothers_and_a_file_has_all(
    folder: Path, tmp_path: Path, monkeypatch, capsys
) -> None:
    graded_by(monkeypatch)
    out = tmp_path / "out"
    for path in (
        *(f"eve/.work{i}.ipynb" for i in range(30)),
        *(f"x{i}.ipynb" for i in range(25)),
        ".y/a.ipynb",
    ):
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text("{}")
    assert not course.grade_folder(folder, out, limits=LIMITS)
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("not graded:")]
    assert sum("/eve/" in line for line in lines) == 20
    assert all(any(f"/x{i}.ipynb: " in line for line in lines) for i in range(25))
    assert any("/.y/a.ipynb: " in line for line in lines)
    assert f"not graded: 10 more of eve in {folder}/eve" in lines
    assert lines[-1] == f"not graded: all 56 are named in {out}/not-graded.txt"
    assert len((out / "not-graded.txt").read_text().splitlines()) == 56
    assert course.grade_folder(folder, out, only=["anna"]) is False  # nobody's may be anna's
    for path in (*folder.glob("eve/.work*"), *folder.glob("x*"), *folder.glob(".y/*")):
        path.unlink()
    (folder / ".y").rmdir()
    (folder / "eve").rmdir()
    assert course.grade_folder(folder, out)
    assert not (out / "not-graded.txt").exists()
