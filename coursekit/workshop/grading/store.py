"""What has been graded, in one SQLite file: one transaction per submission, so that a killed run goes on."""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["Graded", "Store"]

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
class Graded:
    """All that is known of one submission.

    Attributes:
        student: whose it is.
        assignment: for which assignment.
        path: its file, as the grader found it.
        about: what was said of the whole: notice, troubles, codes, written, others.
        outcomes: what each exercise came to.
        manual: points and comment for each question that was graded by hand.
    """

    student: str
    assignment: str
    path: str
    about: Mapping[str, Any]
    outcomes: Mapping[str, Mapping[str, Any]]
    manual: Mapping[str, tuple[float, str]]


class Store:
    """The file of results. One process writes; others may read meanwhile."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._base = sqlite3.connect(path, timeout=30)
        self._base.execute("PRAGMA journal_mode = WAL")
        self._base.executescript(_TABLES)

    def keys(self, student: str, assignment: str) -> dict[str, str]:
        """Return, for each exercise that was graded, the key of what it was graded from."""
        rows = self._base.execute(
            "SELECT exercise, key FROM result WHERE student = ? AND assignment = ?", (student, assignment)
        )
        return dict(rows.fetchall())

    def record(
        self,
        student: str,
        assignment: str,
        path: str,
        digest: str,
        about: Mapping[str, Any],
        outcomes: Mapping[str, tuple[str, Mapping[str, Any]]],
    ) -> None:
        """Keep what came of a submission, all of it or, if the process ends meanwhile, nothing.

        Args:
            student: whose it is.
            assignment: for which assignment.
            path: its file.
            digest: of the file's bytes.
            about: what was said of the whole.
            outcomes: for each exercise that was graded now, its key and what it came to.
        """
        where = (student, assignment)
        with self._base:
            self._base.execute(
                "INSERT OR REPLACE INTO submission VALUES (?, ?, ?, ?, ?, CURRENT_TIMESTAMP)",
                (*where, path, digest, json.dumps(about)),
            )
            for exercise, (key, outcome) in outcomes.items():
                self._base.execute(
                    "INSERT INTO result VALUES (?, ?, ?, ?, 1, ?) ON CONFLICT DO UPDATE "
                    "SET key = excluded.key, times = times + 1, outcome = excluded.outcome",
                    (*where, exercise, key, json.dumps(outcome)),
                )

    def give(self, student: str, assignment: str, question: str, points: float, comment: str) -> None:
        """Keep points that were given by hand; they outlast every regrade.

        Raises:
            ValueError: the submission was never graded.
        """
        known = self._base.execute(
            "SELECT 1 FROM submission WHERE student = ? AND assignment = ?", (student, assignment)
        )
        if known.fetchone() is None:
            raise ValueError(f"no submission of {student!r} for {assignment!r} was graded")
        with self._base:
            self._base.execute(
                "INSERT OR REPLACE INTO manual VALUES (?, ?, ?, ?, ?)",
                (student, assignment, question, points, comment),
            )

    def graded(self) -> Iterator[Graded]:
        """Return all submissions, by assignment and student."""
        rows = self._base.execute(
            "SELECT student, assignment, path, about FROM submission ORDER BY assignment, student"
        ).fetchall()
        for student, assignment, path, about in rows:
            outcomes = self._of("SELECT exercise, outcome FROM result", student, assignment)
            manual = self._of("SELECT question, points, comment FROM manual", student, assignment)
            yield Graded(
                student,
                assignment,
                path,
                json.loads(about),
                {exercise: json.loads(outcome) for exercise, outcome in outcomes},
                {question: (points, comment) for question, points, comment in manual},
            )

    def _of(self, select: str, student: str, assignment: str) -> list[tuple[Any, ...]]:
        return self._base.execute(
            f"{select} WHERE student = ? AND assignment = ?", (student, assignment)
        ).fetchall()

    def close(self) -> None:
        """Close the file."""
        self._base.close()

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
