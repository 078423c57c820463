"""Tables of points, for spreadsheets and learning platforms, and files for Gradescope."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path

from coursekit.workshop.grading.answer_owner import answer_check
from coursekit.workshop.grading.feedback import earned_points, possible_points, question_points
from coursekit.workshop.grading.grade_lines import graded_parts, total
from coursekit.workshop.grading.platform_tables import (
    Rows,
    canvas_rows,
    guarded,
    moodle_rows,
    worksheet_rows,
)
from coursekit.workshop.grading.report_file import remove_report_file, report_file
from coursekit.workshop.grading.report_text import messages
from coursekit.workshop.grading.roster_match import RosterMatch
from coursekit.workshop.grading.sanitising import file_name, visible
from coursekit.workshop.grading.store import GradedSubmission

__all__ = ["write_sheets"]

_OPENED = ("", "-by-hand")
"""Tables that people open: the mark at the beginning tells Excel that they are UTF-8."""


def write_sheets(
    out: Path,
    assignment: str,
    all_graded: Sequence[GradedSubmission],
    match: RosterMatch | None = None,
    missing: Sequence[str] = (),
) -> list[Path]:
    """Write an assignment's tables, and a file for Gradescope for each student.

    What an earlier report wrote, and this one does not, is removed: nobody shall import it by mistake.

    Args:
        out: the folder for them.
        assignment: its name.
        all_graded: its submissions.
        match: who the students are to a learning platform, if there is a roster.
        missing: students who hand in no longer.

    Returns:
        The paths of the tables.

    Raises:
        ReportError: a file cannot be written, or not be removed.
    """
    results = out / "gradescope" / assignment
    for student in missing:
        remove_report_file(results / file_name(student) / "results.json")
    for graded in all_graded:
        _gradescope(results / file_name(graded.student), graded)
    tables: dict[str, Rows] = {
        "": _plain(assignment, all_graded),
        "-canvas": canvas_rows(assignment, all_graded, match),
        "-moodle": moodle_rows(assignment, all_graded, match),
        "-moodle-worksheet": worksheet_rows(all_graded, match),
    }
    if question_points(assignment):
        tables["-by-hand"] = _by_hand(assignment, all_graded)
    paths = (_write(out, assignment, name, rows) for name, rows in tables.items())
    return [path for path in paths if path]


def _plain(assignment: str, all_graded: Sequence[GradedSubmission]) -> Rows:
    """A column for each exercise and question, and one for the sum; empty where nothing was graded yet."""
    worth = possible_points(assignment)
    yield ["student", *worth, "total"]
    yield ["points possible", *worth.values(), sum(worth.values())]
    for graded in all_graded:
        yield [graded.student, *earned_points(graded).values(), total(graded)]


def _by_hand(assignment: str, all_graded: Sequence[GradedSubmission]) -> Rows:
    """The answers in words; the last two columns are filled in, and read by ``read_manual_grades``."""
    yield ["student", "assignment", "question", "check", "possible", "answer", "points", "comment"]
    for graded in all_graded:
        for question, worth in question_points(assignment).items():
            grade = graded.manual.get(question)
            points, comment = (grade.points, grade.comment) if grade else ("", "")
            answer = visible(graded.summary.written_answers.get(question, ""))
            check = answer_check(graded.student, assignment, question)
            yield [graded.student, assignment, question, check, worth, answer, points, comment]


def _gradescope(folder: Path, graded: GradedSubmission) -> None:
    """The file that Gradescope takes from an autograder in /autograder/results; scores add up to the total.

    See gradescope-autograders.readthedocs.io/en/latest/specs. Texts are plain, never HTML.
    """
    tests = [
        {
            "name": name,
            "score": points,
            "max_score": worth,
            "output": visible("\n".join(text)),
            "output_format": "text",
            "visibility": "visible",
        }
        for name, points, worth, text in graded_parts(graded)
    ]
    output = visible("\n".join(messages(graded)))
    with report_file(folder / "results.json") as file:
        json.dump(
            {"output": output, "output_format": "text", "tests": tests}, file, indent=1, ensure_ascii=False
        )


def _write(out: Path, assignment: str, name: str, rows: Rows) -> Path | None:
    """Write a table; one without rows is none, nor may an earlier one stay."""
    path = out / f"{assignment}{name}.csv"
    cells = [[guarded(value) for value in row] for row in rows]
    if not cells:
        remove_report_file(path)
        return None
    with report_file(path, "utf-8-sig" if name in _OPENED else "utf-8") as file:
        csv.writer(file).writerows(cells)
    return path
