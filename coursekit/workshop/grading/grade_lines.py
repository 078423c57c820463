"""A submission's points and feedback, as tables and platforms get them."""

from collections.abc import Iterator, Sequence

from coursekit.workshop.grading.feedback import earned_points, possible_points
from coursekit.workshop.grading.report_text import exercise_lines, messages
from coursekit.workshop.grading.store import GradedSubmission

__all__ = ["feedback_lines", "graded_parts", "total"]


def total(graded: GradedSubmission) -> float:
    """Return the points of all that has been graded.

    Args:
        graded: the submission.
    """
    return round(sum(points or 0 for points in earned_points(graded).values()), 4)


def feedback_lines(graded: GradedSubmission) -> Iterator[str]:
    """Say what a student is told, a line for each exercise and question.

    Args:
        graded: the submission.

    Yields:
        The lines.
    """
    yield from messages(graded)
    for name, points, worth, text in graded_parts(graded):
        yield f"{name}: {points:g} of {worth:g}. {' '.join(text)}"


def graded_parts(graded: GradedSubmission) -> Iterator[tuple[str, float, float, Sequence[str]]]:
    """Return name, points, possible points and feedback of each exercise and question that has been graded.

    Args:
        graded: the submission.
    """
    worth = possible_points(graded.assignment)
    for name, points in earned_points(graded).items():
        if points is not None:
            by_hand = name in graded.manual
            text = [graded.manual[name].comment] if by_hand else exercise_lines(graded.results[name])
            yield name, points, worth[name], text
