"""Graded submissions, some of them hostile, of which reports are written."""

from dataclasses import replace
from pathlib import Path

import pytest

from coursekit.workshop.grading import feedback, pages
from coursekit.workshop.grading.assignment import Question, load_assignment
from coursekit.workshop.grading.results import (
    CaseResult,
    CellFailure,
    ExerciseResult,
    RecognisedMistake,
    SubmissionSummary,
)
from coursekit.workshop.grading.store import Store
from tests.workshop.grading.notebooks import ASSIGNMENT

__all__ = ["EVIL", "out"]

EVIL = "<script>alert('x')</script>"


def result(earned: float, points: float, mistake: RecognisedMistake | None) -> ExerciseResult:
    case = CaseResult("one image", earned / points, earned == points)
    return ExerciseResult(points, earned, True, [case], mistake)


@pytest.fixture
def out(tmp_path: Path, monkeypatch) -> Path:
    question = Question("why", 3)
    about = replace(load_assignment(ASSIGNMENT), questions=(question,))
    for module in (feedback, pages):
        monkeypatch.setattr(module, "load_assignment", lambda name: about)
    mistake = RecognisedMistake("the mean over the channels", "Take the maximum.")
    with Store(tmp_path / "grades.sqlite") as store:
        for student, earned in (("anna", 1.0), (EVIL, 0.0), ("=cmd()", 0.5)):
            failures = [] if earned else [CellFailure(3, "occlusion", EVIL)]
            written = {"why": f"Because {EVIL}"}
            summary = SubmissionSummary(None, failures, {"target_scores": "same"}, written)
            results = {
                exercise.name: result(earned * exercise.points, exercise.points, None if earned else mistake)
                for exercise in about.exercises
            }
            store.record(
                student,
                ASSIGNMENT,
                path=f"{student}/x.ipynb",
                digest="digest",
                summary=summary,
                results=results,
                keys=dict.fromkeys(results, "key"),
            )
    return tmp_path
