"""Tables of points, for spreadsheets and learning platforms."""

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from coursekit.core.files import replacing
from coursekit.workshop.grading.feedback import earned, lines, possible, question_points, troubles
from coursekit.workshop.grading.quoting import file_name
from coursekit.workshop.grading.store import Graded

__all__ = ["read_points", "write_sheets"]


def write_sheets(out: Path, assignment: str, all_graded: Sequence[Graded]) -> list[Path]:
    """Write an assignment's tables, and Gradescope's file for each student; return the tables' paths."""
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


def _total(graded: Graded) -> float:
    return round(sum(points or 0 for points in earned(graded).values()), 4)


def _plain(assignment: str, all_graded: Sequence[Graded]) -> Iterable[Sequence[Any]]:
    """A column for each exercise, and one for the sum; empty where nobody has graded yet."""
    worth = possible(assignment)
    yield ["student", *worth, "total"]
    yield ["points possible", *worth.values(), sum(worth.values())]
    for graded in all_graded:
        yield [graded.student, *earned(graded).values(), _total(graded)]


def _canvas(assignment: str, all_graded: Sequence[Graded]) -> Iterable[Sequence[Any]]:
    """What Canvas' gradebook imports (Grades, Import): columns in that order, then points possible.

    It finds a student by the login where the ID is empty, and an assignment by its title; one that it does
    not know, it asks about. As in its lib/gradebook_importer.rb.
    """
    yield ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", assignment]
    yield ["    Points Possible", "", "", "", "", sum(possible(assignment).values())]
    for graded in all_graded:
        yield [graded.student, "", "", graded.student, "", _total(graded)]


def _moodle(assignment: str, all_graded: Sequence[Graded]) -> Iterable[Sequence[Any]]:
    """What Moodle's gradebook imports (Grades, Import, CSV file), where each column is mapped by hand.

    "Username" to the user's name, the second to the grade item or a new one, the last to its feedback, which
    Moodle takes for HTML. As in its grade/import/csv.
    """
    yield ["Username", assignment, "Feedback"]
    for graded in all_graded:
        yield [graded.student, _total(graded), escape("\n".join(_feedback(graded)), quote=False)]


def _feedback(graded: Graded) -> Iterable[str]:
    yield from troubles(graded)
    for name, points, worth, said in _graded(graded):
        yield f"{name}: {points:g} of {worth:g}. {' '.join(said)}"


def _graded(graded: Graded) -> Iterable[tuple[str, float, float, Sequence[str]]]:
    """Name, points, points possible and words of all that has been graded, by us or by hand."""
    worth = possible(graded.assignment)
    for name, points in earned(graded).items():
        if points is not None:
            by_hand = name in graded.manual
            said = [graded.manual[name][1]] if by_hand else list(lines(graded.outcomes[name]))
            yield name, points, worth[name], said


def _by_hand(assignment: str, all_graded: Sequence[Graded]) -> Iterable[Sequence[Any]]:
    """The answers in words, to be given points in the last two columns and read by ``read_points``."""
    yield ["student", "assignment", "question", "possible", "answer", "points", "comment"]
    for graded in all_graded:
        for question, worth in question_points(assignment).items():
            points, comment = graded.manual.get(question, ("", ""))
            text = graded.about["written"].get(question, "")
            yield [graded.student, assignment, question, worth, text, points, comment]


def read_points(path: Path) -> Iterable[tuple[str, str, str, float, str]]:
    """Return student, assignment, question, points and comment of each row that has points.

    Raises:
        ValueError: a column is missing, or points are no number between 0 and what is possible.
    """
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = csv.DictReader(file)
        if missing := {"student", "assignment", "question", "points"} - set(rows.fieldnames or ()):
            raise ValueError(f"{path}: no column {', '.join(sorted(missing))}")
        for number, row in enumerate(rows, 2):
            if (row["points"] or "").strip():
                yield _points(row, f"{path}:{number}")


def _points(row: Mapping[str, str], where: str) -> tuple[str, str, str, float, str]:
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
    return student, assignment, question, points, row.get("comment") or ""


def _gradescope(folder: Path, graded: Graded) -> None:
    """What an autograder leaves for Gradescope in /autograder/results; its total is the sum of the scores.

    As in gradescope-autograders.readthedocs.io/en/latest/specs. Words are plain text, never HTML.
    """
    tests = [
        {
            "name": name,
            "score": points,
            "max_score": worth,
            "output": "\n".join(said),
            "output_format": "text",
            "visibility": "visible",
        }
        for name, points, worth, said in _graded(graded)
    ]
    results = {"output": "\n".join(troubles(graded)), "output_format": "text", "tests": tests}
    with replacing(folder / "results.json") as path:
        path.write_text(json.dumps(results, indent=1, ensure_ascii=False), encoding="utf-8")


def _write(path: Path, rows: Iterable[Sequence[Any]]) -> Path:
    with replacing(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([_safe(value) for value in row] for row in rows)
    return path


def _safe(value: Any) -> Any:
    """Text that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value
