"""The results in one SQLite file, one transaction for each submission, so that a killed run can go on."""

import json
import os
import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coursekit.workshop.grading.bounds import bounded_result, bounded_summary, bounded_text, student_key
from coursekit.workshop.grading.manual_grade import ManualGrade, ManualGradeRow
from coursekit.workshop.grading.results import ExerciseResult, SubmissionSummary
from coursekit.workshop.grading.sanitising import encodable
from coursekit.workshop.grading.store_error import StoreError, store_errors

__all__ = ["GradedSubmission", "Store"]

_PATIENCE = 30.0
"""Seconds to wait for another process that writes."""
_COLUMNS = {
    "submission": ["student", "assignment", "path", "digest", "about", "graded"],
    "result": ["student", "assignment", "exercise", "key", "times", "outcome"],
    "manual": ["student", "assignment", "question", "points", "comment"],
    "missing": ["student", "assignment"],
}
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
CREATE TABLE IF NOT EXISTS missing (student TEXT, assignment TEXT, PRIMARY KEY (student, assignment));
"""


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
        missing: whether it is no longer handed in: the last run over the whole folder did not find it.
    """

    student: str
    assignment: str
    path: str
    summary: SubmissionSummary
    results: Mapping[str, ExerciseResult]
    manual: Mapping[str, ManualGrade]
    missing: bool = False


class Store:
    """The file of results. One process may write to it while others read.

    Each method raises ``StoreError`` where the file cannot be read or written.

    Args:
        path: of the file; it is made when it is missing.

    Raises:
        StoreError: there is something else in its place, or it cannot be used.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and not path.is_file():
            raise StoreError(
                f"{path} is no file; wanted the results there: move it away, or name another folder"
            )
        with store_errors(self._path):
            self._database = sqlite3.connect(path, timeout=_PATIENCE)
        try:
            self._prepare()
        except StoreError:
            self.close()
            raise

    def _prepare(self) -> None:
        """Make the tables that are missing; look whether the others are as this version has them."""
        with store_errors(self._path):
            self._database.execute("PRAGMA journal_mode = WAL")
            self._database.executescript(_TABLES)
            for table, wanted in _COLUMNS.items():
                rows = self._database.execute("SELECT name FROM pragma_table_info(?)", (table,))
                if (found := [name for (name,) in rows]) != wanted:
                    raise sqlite3.OperationalError(f"{table} has the columns {', '.join(found)}")

    def keys(self, student: str, assignment: str) -> dict[str, str]:
        """Return the keys that a submission's results were recorded with.

        Args:
            student: whose submission it is.
            assignment: what it is for.

        Returns:
            A key for each exercise that was graded, by its name.
        """
        with store_errors(self._path):
            return dict(self._rows_of("SELECT exercise, key FROM result", student_key(student), assignment))

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
        submission = (student_key(student), assignment)
        about = json.dumps(bounded_summary(summary).to_json())
        with store_errors(self._path), self._database:
            self._database.execute(
                "INSERT OR REPLACE INTO submission VALUES (?, ?, ?, ?, ?, CURRENT_TIMESTAMP)",
                (*submission, encodable(bounded_text(path)), digest, about),
            )
            self._database.execute("DELETE FROM missing WHERE student = ? AND assignment = ?", submission)
            for exercise, result in results.items():
                self._database.execute(
                    "INSERT INTO result VALUES (?, ?, ?, ?, 1, ?) ON CONFLICT DO UPDATE "
                    "SET key = excluded.key, times = times + 1, outcome = excluded.outcome",
                    (*submission, exercise, keys[exercise], json.dumps(bounded_result(result).to_json())),
                )

    def mark_missing(self, folder: Path, found: Collection[tuple[str, str]]) -> list[tuple[str, str]]:
        """Mark the submissions that are no longer handed in, after a run that looked at a whole folder.

        They are those of the same assignments, and those that lay in this folder, that were not found in it.
        What was found is marked no more, and other assignments, which may have folders of their own, stay as
        they are.

        Args:
            folder: in which the run looked.
            found: student and assignment of each submission in it, whether it could be graded or not.

        Returns:
            Assignment and student, as it is stored, of those that are no longer handed in, sorted.
        """
        present = {(student_key(student), assignment) for student, assignment in found}
        assignments = {assignment for _, assignment in present}
        with store_errors(self._path), self._database:
            rows = self._database.execute("SELECT student, assignment, path FROM submission").fetchall()
            missing = [
                (student, assignment)
                for student, assignment, path in rows
                if (student, assignment) not in present
                and (assignment in assignments or _lay_in(folder, path))
            ]
            self._database.executemany(
                "DELETE FROM missing WHERE student = ? AND assignment = ?", sorted(present)
            )
            self._database.executemany("INSERT OR IGNORE INTO missing VALUES (?, ?)", missing)
        return sorted((assignment, student) for student, assignment in missing)

    def record_manual(self, rows: Sequence[ManualGradeRow]) -> None:
        """Record grades that were given by hand, all of them or none.

        They are kept when the submissions are graded again.

        Args:
            rows: the grades.

        Raises:
            ValueError: a submission is not in the store.
        """
        with store_errors(self._path), self._database:
            for row in rows:
                submission = (row.student, row.assignment)
                if not self._rows_of("SELECT 1 FROM submission", *submission):
                    raise ValueError(
                        f"{row.place}: no submission of {row.student!r} for {row.assignment!r} was graded; "
                        "wanted a student as coursekit report wrote it"
                    )
                grade = (row.question, row.grade.points, encodable(row.grade.comment))
                self._database.execute(
                    "INSERT OR REPLACE INTO manual VALUES (?, ?, ?, ?, ?)", submission + grade
                )

    def students(self) -> dict[str, list[str]]:
        """Return the students of each assignment that was graded, as they are stored."""
        found: dict[str, list[str]] = {}
        with store_errors(self._path):
            for student, assignment in self._database.execute("SELECT student, assignment FROM submission"):
                found.setdefault(assignment, []).append(student)
        return found

    def submissions(self) -> Iterator[GradedSubmission]:
        """Return all submissions, sorted by assignment and student."""
        with store_errors(self._path):
            rows = self._database.execute(
                "SELECT student, assignment, path, about FROM submission ORDER BY assignment, student"
            ).fetchall()
        for row in rows:
            yield self._submission(*row)

    def _submission(self, student: str, assignment: str, path: str, about: str) -> GradedSubmission:
        with store_errors(self._path):
            results = self._rows_of("SELECT exercise, outcome FROM result", student, assignment)
            manual = self._rows_of("SELECT question, points, comment FROM manual", student, assignment)
            missing = self._rows_of("SELECT 1 FROM missing", student, assignment)
        try:
            return GradedSubmission(
                student,
                assignment,
                path,
                bounded_summary(SubmissionSummary.from_json(_loaded(about))),
                {exercise: ExerciseResult.from_json(_loaded(result)) for exercise, result in results},
                {question: ManualGrade(points, comment) for question, points, comment in manual},
                bool(missing),
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise StoreError(
                f"{self._path}: what it has of {student!r} for {assignment} is damaged, or of another "
                f"version ({type(error).__name__}: {error}): restore it from a backup, or grade again into "
                "another folder"
            ) from error

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


def _lay_in(folder: Path, path: str) -> bool:
    """Whether a path that was stored is in a folder; both may be relative to where the grader was started."""
    return Path(os.path.abspath(path)).is_relative_to(os.path.abspath(folder))


def _loaded(text: str) -> Any:
    """The JSON value, whose texts can all be written to a file: a lone half of a character is spelled out."""
    return _with_encodable_texts(json.loads(text))


def _with_encodable_texts(value: Any) -> Any:
    if isinstance(value, str):
        return encodable(value)
    if isinstance(value, dict):
        return {encodable(key): _with_encodable_texts(part) for key, part in value.items()}
    return [_with_encodable_texts(part) for part in value] if isinstance(value, list) else value
