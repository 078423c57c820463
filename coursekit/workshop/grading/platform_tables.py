"""The rows of tables that learning platforms import: Canvas's and Moodle's.

A platform finds a student by an identifier, which must be exactly its own. One that comes from the platform's
own list is written as it is, if it has only characters that logins, numbers and addresses are made of: no
formula of these can call or fetch anything, and with an apostrophe in front the platform would not know it,
over which Moodle refuses the whole table. The name of a student's folder, which is written where there is no
such list, is anybody's text, and guarded like all others. Beside a list it is no identifier: whoever is not
in the list gets none, since the platform could know another person by that text. Nor does whoever shares with
another what the platform goes by, of which it would take the first.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Any

from coursekit.workshop.grading.feedback import possible_points
from coursekit.workshop.grading.formulas import without_formulas
from coursekit.workshop.grading.grade_lines import feedback_lines, total
from coursekit.workshop.grading.identifiers import MOODLE_KINDS
from coursekit.workshop.grading.roster import RosterEntry, RosterKind
from coursekit.workshop.grading.roster_match import RosterMatch
from coursekit.workshop.grading.store import GradedSubmission
from coursekit.workshop.grading.table_students import Identifier, TableStudents

__all__ = ["Rows", "canvas_rows", "guarded", "moodle_rows", "worksheet_rows"]

Rows = Iterable[Sequence[Any]]
_HARMLESS = re.compile(r"[\w.@+-]+")
_MAX_FEEDBACK_LENGTH = 30_000
"""A spreadsheet's cell holds 32,767 characters."""


def guarded(value: Any) -> Any:
    """Return a cell's value, such that no spreadsheet takes it for a formula; numbers stay numbers.

    Args:
        value: a number, text, or an ``Identifier``.
    """
    if isinstance(value, Identifier) and _HARMLESS.fullmatch(value):
        return str(value)
    return without_formulas(value.replace("\0", "\ufffd")) if isinstance(value, str) else value


def canvas_rows(
    assignment: str, all_graded: Sequence[GradedSubmission], match: RosterMatch | None = None
) -> Rows:
    """Return the table that Canvas' gradebook imports: fixed columns, then the possible points.

    Canvas finds a student by the ID, else by an id of the SIS, else by the name, and an assignment by its
    title; it asks about those that it does not know. See its lib/gradebook_importer.rb.

    Args:
        assignment: its name.
        all_graded: its submissions.
        match: who they are, if there is a roster.
    """
    title = match.roster.title_of(assignment) if match else assignment
    yield ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", title]
    yield ["    Points Possible", "", "", "", "", sum(possible_points(assignment).values())]
    students = _table_students(all_graded, match)
    for graded in all_graded:
        yield [*students.canvas(graded.student), total(graded)]


def _table_students(all_graded: Sequence[GradedSubmission], match: RosterMatch | None) -> TableStudents:
    return TableStudents([graded.student for graded in all_graded], match)


def moodle_rows(
    assignment: str, all_graded: Sequence[GradedSubmission], match: RosterMatch | None = None
) -> Rows:
    """Return the table that Moodle's gradebook imports (Grades, Import, CSV file).

    Columns are mapped by hand: the first to what its title says, the second to a grade item, the last one to
    its feedback, which Moodle takes for HTML. See its grade/import/csv.

    Args:
        assignment: its name.
        all_graded: its submissions.
        match: who they are, if there is a roster.
    """
    students = _table_students(all_graded, match)
    yield [MOODLE_KINDS[students.moodle_kind], assignment, "Feedback"]
    for graded in all_graded:
        yield [students.moodle(graded.student), total(graded), feedback_html(graded)]


def worksheet_rows(
    all_graded: Sequence[GradedSubmission], match: RosterMatch | None
) -> Iterator[Sequence[Any]]:
    """Return Moodle's grading worksheet, filled in; nothing where the roster is no worksheet.

    Moodle's assignment reads it by "Upload grading worksheet". It wants Identifier, Grade and Last modified
    (grade), and goes by the first. See its mod/assign/feedback/offline.

    Args:
        all_graded: an assignment's submissions.
        match: who they are.
    """
    if match is None or match.roster.kind is not RosterKind.WORKSHEET:
        return
    by_entry = {match.entries[one.student]: one for one in all_graded if one.student in match.entries}
    students = _table_students(all_graded, match)
    yield list(match.roster.titles.values())
    for entry in match.roster.entries:
        yield _worksheet_row(entry, students.worksheet(entry), by_entry.get(entry))


def _worksheet_row(entry: RosterEntry, identifier: str, graded: GradedSubmission | None) -> list[Any]:
    cells: dict[str, Any] = {**entry.cells}
    for column in cells.keys() & {"username", "email address", "id number"}:
        cells[column] = Identifier(cells[column])
    cells["identifier"] = identifier
    if graded is not None:
        cells["grade"] = total(graded)
        if "feedback comments" in cells:
            cells["feedback comments"] = feedback_html(graded)
    return list(cells.values())


def feedback_html(graded: GradedSubmission) -> str:
    """The feedback as Moodle shows it: in HTML a sign is guarded by what nobody sees."""
    lines = "\n".join(feedback_lines(graded))
    text = without_formulas(escape(lines, quote=False), "<wbr>")
    while len(text) > _MAX_FEEDBACK_LENGTH:
        lines = f"{lines[: len(lines) * _MAX_FEEDBACK_LENGTH // len(text) - 50]} …"
        text = without_formulas(escape(lines, quote=False), "<wbr>")
    return text
