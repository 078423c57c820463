"""Reads the tables in which answers in words were graded by hand."""

import re
from collections.abc import Collection, Mapping
from pathlib import Path

from coursekit.workshop.grading.answer_owner import AnswerOwners
from coursekit.workshop.grading.feedback import question_points
from coursekit.workshop.grading.formulas import with_formulas
from coursekit.workshop.grading.manual_grade import ManualGrade, ManualGradeRow
from coursekit.workshop.grading.table_reader import Row, read_table

__all__ = ["MAX_COMMENT_LENGTH", "read_manual_grades"]

MAX_COMMENT_LENGTH = 20_000
"""So that a comment fits into a spreadsheet's cell, which holds 32,767 characters."""

_WANTED = ("student", "assignment", "question", "points")
_COLUMNS = (*_WANTED, "check", "possible", "answer", "comment")
_NUMBER = re.compile(r"\d+\.?\d*|\.\d+", re.ASCII)


def read_manual_grades(path: Path, students: Mapping[str, Collection[str]]) -> list[ManualGradeRow]:
    """Read a table in which written answers were graded by hand.

    Args:
        path: of the table that ``coursekit report`` wrote, as a spreadsheet has saved it.
        students: those who handed in each assignment, as they are stored.

    Returns:
        The rows that have points.

    Raises:
        ValueError: a column is missing, a row names no question, could be of two students or comes twice, or
            points are no number between 0 and what is possible. The message says which row, what came and
            what was wanted.
    """
    table = read_table(path, _COLUMNS)
    if missing := [name for name in _WANTED if name not in table.titles]:
        raise ValueError(
            f"{path}: no column {', '.join(missing)}; wanted the titles that coursekit report wrote"
        )
    owners = AnswerOwners(students)
    found: dict[tuple[str, str, str], ManualGradeRow] = {}
    for row in table.rows:
        if grade := _manual_grade(row, owners, decimal_comma=table.separator != ","):
            first = found.setdefault((grade.student, grade.assignment, grade.question), grade)
            if first is not grade:
                raise ValueError(f"{row.place}: the same answer as in {first.place}; wanted each once")
    return list(found.values())


def _manual_grade(row: Row, owners: AnswerOwners, *, decimal_comma: bool) -> ManualGradeRow | None:
    cells = row.cells
    points, comment = cells["points"].strip(), cells.get("comment", "")
    if not points and not comment.strip():
        return None
    assignment, question = cells["assignment"].strip(), cells["question"].strip()
    worth = _worth(row.place, assignment, question)
    if len(comment) > MAX_COMMENT_LENGTH:
        raise ValueError(
            f"{row.place}: a comment of {len(comment):,} characters; wanted at most {MAX_COMMENT_LENGTH:,}"
        )
    grade = ManualGrade(
        _points(row.place, points, worth, decimal_comma=decimal_comma),
        with_formulas(comment.replace("\r\n", "\n")),
    )
    return ManualGradeRow(_student(row, owners, assignment, question), assignment, question, grade, row.place)


def _student(row: Row, owners: AnswerOwners, assignment: str, question: str) -> str:
    student, check = with_formulas(row.cells["student"]), row.cells.get("check", "").strip()
    try:
        return owners.find(student, assignment, question, check)
    except ValueError as error:
        raise ValueError(f"{row.place}: {error}") from None


def _worth(place: str, assignment: str, question: str) -> float:
    try:
        questions: Mapping[str, float] = question_points(assignment)
    except ValueError as error:
        raise ValueError(f"{place}: {error}") from None
    if question not in questions:
        wanted = " or ".join(questions) or "no row, since it has no question"
        raise ValueError(f"{place}: {assignment} has no question {question!r}; wanted {wanted}")
    return questions[question]


def _points(place: str, text: str, worth: float, *, decimal_comma: bool) -> float:
    number = text.replace(",", ".") if decimal_comma else text
    points = float(number) if _NUMBER.fullmatch(number) else -1.0
    if not 0 <= points <= worth:
        raise ValueError(f"{place}: wanted 0 to {worth:g} points, got {text[:80]!r}")
    return points
