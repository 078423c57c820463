"""The rows of tables that learning platforms import: Canvas's and Moodle's.

A platform finds a student by an identifier, which must be exactly its own. One that comes from the platform's
own list is written as it is, if it has only characters that logins, numbers and addresses are made of: no
formula of these can call or fetch anything, and with an apostrophe in front the platform would not know it,
over which Moodle refuses the whole table. The name of a student's folder, which is written where there is no
such list, is anybody's text, and guarded like all others. Beside a list it is no identifier: whoever is not
in the list gets none, since the platform could know another person by that text.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Any

from coursekit.workshop.grading.feedback import possible_points
from coursekit.workshop.grading.formulas import without_formulas
from coursekit.workshop.grading.grade_lines import feedback_lines, total
from coursekit.workshop.grading.roster import RosterEntry, RosterKind
from coursekit.workshop.grading.roster_match import RosterMatch
from coursekit.workshop.grading.store import GradedSubmission

__all__ = ["Identifier", "Rows", "canvas_rows", "guarded", "moodle_rows", "worksheet_rows"]

Rows = Iterable[Sequence[Any]]
_HARMLESS = re.compile(r"[\w.@+-]+")
_MAX_FEEDBACK_LENGTH = 30_000
"""A spreadsheet's cell holds 32,767 characters."""
_MOODLE_COLUMNS = {"username": "Username", "email": "Email address", "sid": "ID number"}
"""By what Moodle's gradebook finds a student, and what its import calls it."""


class Identifier(str):
    """What a platform's own list calls a student."""


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
    for graded in all_graded:
        yield [*_canvas_student(graded.student, match), total(graded)]


def _canvas_student(student: str, match: RosterMatch | None) -> list[str]:
    if match is None:
        return [_canvas_name(student), "", "", student, ""]
    entry = match.entries.get(student, RosterEntry(""))
    ids = (entry.canvas_id, entry.sis_user_id, entry.sis_login_id)
    name = entry.name or (student if any(ids) else _unidentified(student))
    return [_canvas_name(name), *map(Identifier, ids), entry.section]


def _canvas_name(name: str) -> str:
    """The name, which must not make Canvas take its row for that of the possible points."""
    return name.replace("Points Possible", "Points_Possible")


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
    kind = _moodle_column(match.entries if match else {})
    yield [_MOODLE_COLUMNS[kind], assignment, "Feedback"]
    for graded in all_graded:
        yield [_moodle_student(graded.student, match, kind), total(graded), feedback_html(graded)]


def _moodle_student(student: str, match: RosterMatch | None, kind: str) -> str:
    if match is None:
        return _moodle_identifier(student)
    identifier = getattr(match.entries.get(student), kind, "")
    return _moodle_identifier(Identifier(identifier) if identifier else _unidentified(student))


def _unidentified(student: str) -> str:
    """What stands where a platform looks for a student whom its list does not have: nobody is called that.

    An empty cell is no better: Moodle would give the row's grade to the student above it.
    """
    return f"unidentified: {student}"


def _moodle_column(entries: Mapping[str, RosterEntry]) -> str:
    """The first kind of identifier that all have."""
    kinds = (kind for kind in _MOODLE_COLUMNS if all(getattr(entry, kind) for entry in entries.values()))
    return next(kinds, "username")


def _moodle_identifier(identifier: str) -> str:
    """The identifier. What Moodle takes for none would give the row's grade to the student above it."""
    return f"'{identifier}" if identifier.strip() in ("", "0") else identifier


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
    yield list(match.roster.titles.values())
    for entry in match.roster.entries:
        yield _worksheet_row(entry, by_entry.get(entry))


def _worksheet_row(entry: RosterEntry, graded: GradedSubmission | None) -> list[Any]:
    cells: dict[str, Any] = {**entry.cells}
    for column in cells.keys() & {"identifier", "username", "email address", "id number"}:
        cells[column] = Identifier(cells[column])
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
