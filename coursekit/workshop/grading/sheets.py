"""Tables of points, for spreadsheets and learning platforms."""

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from coursekit.core.files import replacing
from coursekit.workshop.grading.feedback import (
    earned_points,
    exercise_feedback,
    notebook_feedback,
    possible_points,
    question_points,
)
from coursekit.workshop.grading.sanitising import file_name
from coursekit.workshop.grading.store import GradedSubmission, ManualGrade

__all__ = ["read_manual_grades", "write_sheets"]


@dataclass(frozen=True)
class ManualGradeRow:
    """A row of a table in which written answers were graded by hand.

    Attributes:
        student: who is graded.
        assignment: the assignment's name.
        question: the question's name.
        grade: the points and the comment.
    """

    student: str
    assignment: str
    question: str
    grade: ManualGrade


def write_sheets(out: Path, assignment: str, all_graded: Sequence[GradedSubmission]) -> list[Path]:
    """Write an assignment's tables, and a file for Gradescope for each student.

    Args:
        out: the folder for them.
        assignment: its name.
        all_graded: its submissions.

    Returns:
        The paths of the tables.
    """
    for graded in all_graded:
        _gradescope(out / "gradescope" / assignment / file_name(graded.student), graded)
    tables = {
        f"{assignment}.csv": _plain(assignment, all_graded),
        f"{assignment}-canvas.csv": _canvas(assignment, all_graded),
        f"{assignment}-moodle.csv": _moodle(assignment, all_graded),
    }
    if question_points(assignment):
        tables[f"{assignment}-by-hand.csv"] = _by_hand(assignment, all_graded)
    return [_write(out / name, rows) for name, rows in tables.items()]


def _total(graded: GradedSubmission) -> float:
    return round(sum(points or 0 for points in earned_points(graded).values()), 4)


def _plain(assignment: str, all_graded: Sequence[GradedSubmission]) -> Iterable[Sequence[Any]]:
    """A column for each exercise and question, and one for the sum; empty where nothing was graded yet."""
    worth = possible_points(assignment)
    yield ["student", *worth, "total"]
    yield ["points possible", *worth.values(), sum(worth.values())]
    for graded in all_graded:
        yield [graded.student, *earned_points(graded).values(), _total(graded)]


def _canvas(assignment: str, all_graded: Sequence[GradedSubmission]) -> Iterable[Sequence[Any]]:
    """The table that Canvas' gradebook imports (Grades, Import): fixed columns, then the possible points.

    Canvas finds a student by the login where the ID is empty, and an assignment by its title; it asks about
    those that it does not know. See its lib/gradebook_importer.rb.
    """
    yield ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", assignment]
    yield ["    Points Possible", "", "", "", "", sum(possible_points(assignment).values())]
    for graded in all_graded:
        yield [graded.student, "", "", graded.student, "", _total(graded)]


def _moodle(assignment: str, all_graded: Sequence[GradedSubmission]) -> Iterable[Sequence[Any]]:
    """The table that Moodle's gradebook imports (Grades, Import, CSV file), where columns are mapped by hand.

    "Username" is mapped to the user's name, the second column to a grade item and the last one to its
    feedback, which Moodle takes for HTML. See its grade/import/csv.
    """
    yield ["Username", assignment, "Feedback"]
    for graded in all_graded:
        yield [graded.student, _total(graded), escape("\n".join(_feedback(graded)), quote=False)]


def _feedback(graded: GradedSubmission) -> Iterable[str]:
    yield from notebook_feedback(graded)
    for name, points, worth, text in _graded_parts(graded):
        yield f"{name}: {points:g} of {worth:g}. {' '.join(text)}"


def _graded_parts(graded: GradedSubmission) -> Iterable[tuple[str, float, float, Sequence[str]]]:
    """Name, points, possible points and feedback of each exercise and question that has been graded."""
    worth = possible_points(graded.assignment)
    for name, points in earned_points(graded).items():
        if points is not None:
            by_hand = name in graded.manual
            text = [graded.manual[name].comment] if by_hand else list(exercise_feedback(graded.results[name]))
            yield name, points, worth[name], text


def _by_hand(assignment: str, all_graded: Sequence[GradedSubmission]) -> Iterable[Sequence[Any]]:
    """The answers in words; the last two columns are filled in, and read by ``read_manual_grades``."""
    yield ["student", "assignment", "question", "possible", "answer", "points", "comment"]
    for graded in all_graded:
        for question, worth in question_points(assignment).items():
            grade = graded.manual.get(question)
            points, comment = (grade.points, grade.comment) if grade else ("", "")
            answer = graded.summary.written_answers.get(question, "")
            yield [graded.student, assignment, question, worth, answer, points, comment]


def read_manual_grades(path: Path) -> Iterable[ManualGradeRow]:
    """Read a table in which written answers were graded by hand.

    Args:
        path: of the table, in the format that ``write_sheets`` writes.

    Returns:
        The rows that have points.

    Raises:
        ValueError: a column is missing, or points are no number between 0 and what is possible.
    """
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = csv.DictReader(file)
        if missing := {"student", "assignment", "question", "points"} - set(rows.fieldnames or ()):
            raise ValueError(f"{path}: no column {', '.join(sorted(missing))}")
        for number, row in enumerate(rows, 2):
            if (row["points"] or "").strip():
                yield _manual_grade(row, f"{path}:{number}")


def _manual_grade(row: Mapping[str, str], where: str) -> ManualGradeRow:
    student, assignment, question = (
        row[name].removeprefix("'") for name in ("student", "assignment", "question")
    )
    worth = question_points(assignment).get(question)
    if worth is None:
        raise ValueError(f"{where}: {assignment} has no question {question!r}")
    try:
        points = float(row["points"])
    except ValueError:
        points = -1.0
    if not 0 <= points <= worth:
        raise ValueError(f"{where}: wanted 0 to {worth:g} points, got {row['points']!r}")
    return ManualGradeRow(student, assignment, question, ManualGrade(points, row.get("comment") or ""))


def _gradescope(folder: Path, graded: GradedSubmission) -> None:
    """The file that Gradescope takes from an autograder in /autograder/results; scores add up to the total.

    See gradescope-autograders.readthedocs.io/en/latest/specs. Texts are plain, never HTML.
    """
    tests = [
        {
            "name": name,
            "score": points,
            "max_score": worth,
            "output": "\n".join(text),
            "output_format": "text",
            "visibility": "visible",
        }
        for name, points, worth, text in _graded_parts(graded)
    ]
    results = {"output": "\n".join(notebook_feedback(graded)), "output_format": "text", "tests": tests}
    with replacing(folder / "results.json") as path:
        path.write_text(json.dumps(results, indent=1, ensure_ascii=False), encoding="utf-8")


def _write(path: Path, rows: Iterable[Sequence[Any]]) -> Path:
    with replacing(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([_safe(value) for value in row] for row in rows)
    return path


def _safe(value: Any) -> Any:
    """The value, as text that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value
