"""Graded submissions, some of them hostile, of which reports are written."""

from dataclasses import replace
from pathlib import Path

import pytest

from coursekit.workshop.grading import feedback, pages
from coursekit.workshop.grading.assignment import Assignment, Question, load_assignment
from coursekit.workshop.grading.results import (
    CaseResult,
    CellFailure,
    ExerciseResult,
    RecognisedMistake,
    SubmissionSummary,
)
from coursekit.workshop.grading.store import Store
from tests.workshop.grading.notebooks import ASSIGNMENT

__all__ = ["EVIL", "empty", "out", "record", "with_question"]

EVIL = "<script>alert('x')</script>"
_MISTAKE = RecognisedMistake("the mean over the channels", "Take the maximum.")


def _result(earned: float, points: float, mistake: RecognisedMistake | None) -> ExerciseResult:
    case = CaseResult("one image", earned / points, earned == points)
    return ExerciseResult(points, earned, True, [case], mistake)


def record(
    out: Path, student: str, earned: float = 1.0, assignment: str = ASSIGNMENT, **summary: object
) -> None:
    """Put a submission that earned a share of all points into the store."""
    results = {
        exercise.name: _result(earned * exercise.points, exercise.points, None if earned else _MISTAKE)
        for exercise in load_assignment(assignment).exercises
    }
    with Store(out / "grades.sqlite") as store:
        store.record(
            student,
            assignment,
            path=f"{student}/x.ipynb",
            digest="digest",
            summary=SubmissionSummary(**summary),  # type: ignore[arg-type]
            results=results,
            keys=dict.fromkeys(results, "key"),
        )


def with_question(monkeypatch) -> None:
    """Let the assignment have a question, which its notebook has not."""
    about = replace(load_assignment(ASSIGNMENT), questions=(Question("why", 3),))

    def load(name: str) -> Assignment:
        return about if name == ASSIGNMENT else load_assignment(name)

    for module in (feedback, pages):
        monkeypatch.setattr(module, "load_assignment", load)


@pytest.fixture
def empty(tmp_path: Path, monkeypatch) -> Path:
    """A folder without submissions."""
    with_question(monkeypatch)
    return tmp_path


@pytest.fixture
def out(tmp_path: Path, monkeypatch) -> Path:
    with_question(monkeypatch)
    for student, earned in (("anna", 1.0), (EVIL, 0.0), ("=cmd()", 0.5)):
        failures = [] if earned else [CellFailure(3, "occlusion", EVIL)]
        written = {"why": f"Because {EVIL}"}
        codes = {"target_scores": "same"}
        record(tmp_path, student, earned, cell_failures=failures, code_digests=codes, written_answers=written)
    return tmp_path
