"""Instead of the grader, one that compares with the solutions; and what it gave."""

from pathlib import Path

import pytest

from coursekit.exercises import CHAPTERS, find
from coursekit.workshop.grading import batch
from coursekit.workshop.grading.results import ExerciseResult, SubmissionResult, SubmissionSummary
from coursekit.workshop.grading.store import Store
from tests.workshop.grading.corpus.hand_in import Kind, content
from tests.workshop.grading.notebooks import ASSIGNMENT

__all__ = ["earned", "jobs", "others", "worth"]


@pytest.fixture
def jobs(monkeypatch) -> list[bytes]:
    """Instead of the grader, what compares with the solutions; the content of each job as it comes."""
    found: list[bytes] = []

    def grade(job):
        found.append(job.notebook)
        share = job.notebook == content(Kind.SOLUTION, job.assignment)
        points = {one.name: one.points for one in find(job.assignment) if one.name in job.exercises}
        results = {name: ExerciseResult(worth, share * worth, True, []) for name, worth in points.items()}
        return SubmissionResult(SubmissionSummary(), results)

    monkeypatch.setattr(batch, "grade", grade)
    return found


def earned(out: Path) -> dict[str, float]:
    """The points of each student and assignment, as the table's keys."""
    with Store(out / "grades.sqlite") as store:
        return {
            one.student if one.assignment == ASSIGNMENT else f"{one.student} {one.assignment}": sum(
                result.earned for result in one.results.values()
            )
            for one in store.submissions()
        }


def others(out: Path) -> list[str]:
    with Store(out / "grades.sqlite") as store:
        return [path for one in store.submissions() for path in one.summary.other_paths]


def worth(key: str) -> float:
    assignment = key.rpartition(" ")[2]
    return sum(exercise.points for exercise in find(assignment if assignment in CHAPTERS else ASSIGNMENT))
