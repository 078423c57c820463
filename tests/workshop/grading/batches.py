"""A folder of small submissions, and a quick stand-in for the grader, for tests of all else."""

from pathlib import Path

import pytest

from coursekit.workshop.grading import batch
from coursekit.workshop.grading.results import ExerciseResult, SubmissionResult, SubmissionSummary
from coursekit.workshop.grading.store import Store
from coursekit.workshop.grading.submission import find_submissions
from tests.workshop.grading.notebooks import ASSIGNMENT, LIMITS, SECRET

__all__ = ["SETTINGS", "folder", "graded_by", "run"]

SETTINGS = batch.GradingSettings(SECRET, LIMITS)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for student in ("anna", "bert", "carl"):
        path = tmp_path / "submissions" / student / f"{ASSIGNMENT}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text('{"cells": []}')
    return tmp_path / "submissions"


def graded_by(monkeypatch, outcome=None) -> list[tuple[str, ...]]:
    """Let the grading be quick; returns the exercises of each job as they come."""
    jobs: list[tuple[str, ...]] = []

    def grade(job):
        jobs.append(job.exercises)
        results = dict.fromkeys(job.exercises, ExerciseResult(1, 1, True, []))
        summary = SubmissionSummary()
        return outcome(job) if outcome else SubmissionResult(summary, results)

    monkeypatch.setattr(batch, "grade", grade)
    return jobs


def run(folder: Path, store: Store, settings: batch.GradingSettings = SETTINGS, workers: int = 2) -> dict:
    tasks = batch.pending_tasks(find_submissions(folder, [ASSIGNMENT]).submissions, settings, store)
    return batch.run(tasks, settings, store, workers=workers, progress=lambda student: None)
