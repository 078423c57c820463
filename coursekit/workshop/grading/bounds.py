"""Bounds on what is kept of one submission, so that none fills the store or the pages of a class."""

import re
from dataclasses import replace
from hashlib import sha256

from coursekit.workshop.grading.results import CellFailure, ExerciseResult, SubmissionSummary
from coursekit.workshop.grading.sanitising import encodable

__all__ = ["MAX_LISTED", "bounded_result", "bounded_summary", "bounded_text", "student_key"]

MAX_LISTED = 20
"""So many failed cells, other files and lines about an exercise are kept; of more, how many there are."""
_MAX_ANSWER_LENGTH = 20_000
_MAX_MESSAGE_LENGTH = 4_000
_MAX_STUDENT_LENGTH = 300  # a file's name has 255 bytes
_SHORTENED = re.compile(r"\+[0-9a-f]{64}\Z")
"""How a shortened name ends. A whole name that ends so is shortened as well: it could be another's key."""


def bounded_text(text: str, length: int = _MAX_MESSAGE_LENGTH) -> str:
    """Return the text; of a longer one its beginning, and how much more there is.

    Args:
        text: any.
        length: how many characters may stay.
    """
    return text if len(text) <= length else f"{text[:length]} … (and {len(text) - length:,} more characters)"


def bounded_summary(summary: SubmissionSummary) -> SubmissionSummary:
    """Return the summary with a few failures and files, and with texts that are not too long.

    Args:
        summary: of any size.
    """
    failures, paths = summary.cell_failures, summary.other_paths
    return replace(
        summary,
        notice=None if summary.notice is None else bounded_text(summary.notice),
        cell_failures=[_bounded_failure(failure) for failure in failures[:MAX_LISTED]],
        written_answers={
            name: bounded_text(text, _MAX_ANSWER_LENGTH) for name, text in summary.written_answers.items()
        },
        other_paths=[bounded_text(path) for path in paths[:MAX_LISTED]],
        more_failures=summary.more_failures + len(failures[MAX_LISTED:]),
        more_paths=summary.more_paths + len(paths[MAX_LISTED:]),
    )


def _bounded_failure(failure: CellFailure) -> CellFailure:
    exercise = failure.exercise and bounded_text(failure.exercise, _MAX_STUDENT_LENGTH)
    return replace(failure, exercise=exercise, message=bounded_text(failure.message))


def bounded_result(result: ExerciseResult) -> ExerciseResult:
    """Return the result with a few lines about public cases, which the student's process has written.

    Args:
        result: of any size.
    """
    if result.public is None:
        return result
    return replace(result, public=[bounded_text(line) for line in result.public[:MAX_LISTED]])


def student_key(student: str) -> str:
    """Return the text that a student is stored under: the name, unless it is longer than files' names are.

    Args:
        student: the name, which may have characters that no file can hold, and any length.

    Returns:
        Text that can be stored and printed. Names that differ, and that files can have, stay different.
    """
    key = encodable(student.replace("\0", "\\x00"))
    if len(key) <= _MAX_STUDENT_LENGTH and not _SHORTENED.search(key):
        return key
    return f"{key[: _MAX_STUDENT_LENGTH - 65]}+{sha256(key.encode()).hexdigest()}"
