"""The dry run over every chapter that has exercises: solutions earn all, untouched exercises nothing."""

from pathlib import Path

from typer.testing import CliRunner

from coursekit.exercises import find
from coursekit.workshop.building import Chapter
from coursekit.workshop.cli import app
from coursekit.workshop.grading import course
from coursekit.workshop.grading.results import ExerciseResult, SubmissionResult, SubmissionSummary


def test_all_chapters_pass() -> None:
    found = CliRunner().invoke(app, ["grade", "--self-test", "--timeout", "30"])
    assert found.exit_code == 0, found.output
    assert "solutions earn all points, untouched exercises none" in found.output


def test_what_does_not_pass_is_named(monkeypatch) -> None:
    """A grader that gives one point for everything is wrong about most solutions, and all untouched ones."""

    def grade(job):
        results = {name: ExerciseResult(1, 1.0, True, []) for name in job.exercises}
        return SubmissionResult(SubmissionSummary(None, [], {}, {}, []), results)

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
