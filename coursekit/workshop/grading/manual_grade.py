"""A grade that a person gave to an answer in words."""

from dataclasses import dataclass

__all__ = ["ManualGrade", "ManualGradeRow"]


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
class ManualGradeRow:
    """A row of a table in which answers in words were graded by hand.

    Attributes:
        student: who is graded.
        assignment: the assignment's name.
        question: the question's name.
        grade: the points and the comment.
        place: where the row stands, for messages.
    """

    student: str
    assignment: str
    question: str
    grade: ManualGrade
    place: str
