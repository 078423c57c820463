"""The texts of a submission's report, of which there are never more than a page or a cell can hold."""

from collections.abc import Iterator
from itertools import islice

from coursekit.workshop.grading.bounds import MAX_LISTED, bounded_text
from coursekit.workshop.grading.feedback import exercise_feedback, notebook_feedback
from coursekit.workshop.grading.results import ExerciseResult
from coursekit.workshop.grading.store import GradedSubmission

__all__ = ["exercise_lines", "files_left_out", "messages"]


def messages(graded: GradedSubmission) -> list[str]:
    """Say what was wrong with a notebook and its cells: of many failures the first ones, and how many more.

    Args:
        graded: the submission.

    Returns:
        A text for each.
    """
    summary = graded.summary
    texts = [bounded_text(text) for text in islice(notebook_feedback(graded), MAX_LISTED)]
    count = bool(summary.notice) + len(summary.cell_failures) + summary.more_failures
    if count > len(texts):
        texts.append(f"{count - len(texts):,} more code cells failed.")
    return texts


def exercise_lines(result: ExerciseResult) -> list[str]:
    """Say how an exercise was answered, in a few lines.

    Args:
        result: of the exercise.
    """
    lines = [bounded_text(line) for line in islice(exercise_feedback(result), MAX_LISTED)]
    count = sum(1 for _ in exercise_feedback(result))
    return [*lines, f"{count - len(lines):,} more lines are left out."] if count > len(lines) else lines


def files_left_out(graded: GradedSubmission) -> Iterator[str]:
    """Say which files of a student for the assignment were not graded.

    Args:
        graded: the submission.

    Yields:
        A text for each of the first ones, and how many more there are.
    """
    paths = graded.summary.other_paths
    for path in paths[:MAX_LISTED]:
        yield f"Not graded: {path}, another of theirs"
    if more := graded.summary.more_paths + len(paths[MAX_LISTED:]):
        yield f"Not graded: {more:,} more files, others of theirs"
