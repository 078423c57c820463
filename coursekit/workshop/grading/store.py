"""The results in one SQLite file, one transaction for each submission, so that a killed run can go on."""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coursekit.workshop.grading.results import ExerciseResult, SubmissionSummary

__all__ = ["GradedSubmission", "ManualGrade", "Store"]

_TABLES = """
CREATE TABLE IF NOT EXISTS submission (
    student TEXT, assignment TEXT, path TEXT, digest TEXT, about TEXT, graded TEXT,
    PRIMARY KEY (student, assignment)
);
CREATE TABLE IF NOT EXISTS result (
    student TEXT, assignment TEXT, exercise TEXT, key TEXT, times INTEGER, outcome TEXT,
    PRIMARY KEY (student, assignment, exercise)
);
CREATE TABLE IF NOT EXISTS manual (
    student TEXT, assignment TEXT, question TEXT, points REAL, comment TEXT,
    PRIMARY KEY (student, assignment, question)
);
"""


@dataclass(frozen=True)
class ManualGrade:
    """Points that were given by hand.

    Attributes:
        points: how many.
        comment: for the student; may be empty.
    """

    points: float
    comment: str


@dataclass(frozen=True)
class GradedSubmission:
    """All that the store has of one submission.

    Attributes:
        student: whose it is.
        assignment: what it is for.
        path: of its file, as it was found.
        summary: what is known of it as a whole.
        results: the result of each exercise.
        manual: the grade of each question that was graded by hand.
    """

    student: str
    assignment: str
    path: str
    summary: SubmissionSummary
    results: Mapping[str, ExerciseResult]
    manual: Mapping[str, ManualGrade]


class Store:
    """The file of results. One process may write to it while others read.

    Args:
        path: of the file; it is made when it is missing.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._database = sqlite3.connect(path, timeout=30)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.executescript(_TABLES)

    def keys(self, student: str, assignment: str) -> dict[str, str]:
        """Return the keys that a submission's results were recorded with.

        Args:
            student: whose submission it is.
            assignment: what it is for.

        Returns:
            A key for each exercise that was graded, by its name.
        """
        rows = self._database.execute(
            "SELECT exercise, key FROM result WHERE student = ? AND assignment = ?", (student, assignment)
        )
        return dict(rows.fetchall())

    def record(
        self,
        student: str,
        assignment: str,
        *,
        path: str,
        digest: str,
        summary: SubmissionSummary,
        results: Mapping[str, ExerciseResult],
        keys: Mapping[str, str],
    ) -> None:
        """Record a submission, all of it or, if the process is killed meanwhile, nothing.

        Args:
            student: whose it is.
            assignment: what it is for.
            path: of its file.
            digest: of the file's content.
            summary: what is known of it as a whole.
            results: the result of each exercise that was graded now; those of others are kept.
            keys: for each of these exercises, a digest of everything that its result depends on.
        """
        submission = (student, assignment)
        with self._database:
            self._database.execute(
                "INSERT OR REPLACE INTO submission VALUES (?, ?, ?, ?, ?, CURRENT_TIMESTAMP)",
                (*submission, path, digest, json.dumps(summary.to_json())),
            )
            for exercise, result in results.items():
                self._database.execute(
                    "INSERT INTO result VALUES (?, ?, ?, ?, 1, ?) ON CONFLICT DO UPDATE "
                    "SET key = excluded.key, times = times + 1, outcome = excluded.outcome",
                    (*submission, exercise, keys[exercise], json.dumps(result.to_json())),
                )

    def record_manual(self, student: str, assignment: str, question: str, grade: ManualGrade) -> None:
        """Record a grade that was given by hand. It is kept when the submission is graded again.

        Args:
            student: whose submission it is.
            assignment: what it is for.
            question: which question was graded.
            grade: the points and the comment.

        Raises:
            ValueError: the submission is not in the store.
        """
        known = self._database.execute(
            "SELECT 1 FROM submission WHERE student = ? AND assignment = ?", (student, assignment)
        )
        if known.fetchone() is None:
            raise ValueError(f"no submission of {student!r} for {assignment!r} was graded")
        with self._database:
            self._database.execute(
                "INSERT OR REPLACE INTO manual VALUES (?, ?, ?, ?, ?)",
                (student, assignment, question, grade.points, grade.comment),
            )

    def submissions(self) -> Iterator[GradedSubmission]:
        """Return all submissions, sorted by assignment and student."""
        rows = self._database.execute(
            "SELECT student, assignment, path, about FROM submission ORDER BY assignment, student"
        ).fetchall()
        for student, assignment, path, summary in rows:
            results = self._rows_of("SELECT exercise, outcome FROM result", student, assignment)
            manual = self._rows_of("SELECT question, points, comment FROM manual", student, assignment)
            yield GradedSubmission(
                student,
                assignment,
                path,
                SubmissionSummary.from_json(json.loads(summary)),
                {exercise: ExerciseResult.from_json(json.loads(result)) for exercise, result in results},
                {question: ManualGrade(points, comment) for question, points, comment in manual},
            )

    def _rows_of(self, select: str, student: str, assignment: str) -> list[tuple[Any, ...]]:
        return self._database.execute(
            f"{select} WHERE student = ? AND assignment = ?", (student, assignment)
        ).fetchall()

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
