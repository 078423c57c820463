"""The report on a class: tables and pages of all that is in the store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from coursekit.workshop.grading.manual_grades import read_manual_grades
from coursekit.workshop.grading.pages import write_pages
from coursekit.workshop.grading.roster import Roster, RosterEntry, read_roster
from coursekit.workshop.grading.roster_match import RosterMatch, match_roster
from coursekit.workshop.grading.sheets import write_sheets
from coursekit.workshop.grading.store import GradedSubmission, Store
from coursekit.workshop.grading.table_students import TableStudents

__all__ = ["Report", "report"]


@dataclass(frozen=True)
class Report:
    """What ``report`` wrote.

    Attributes:
        paths: of the tables and of the grader's pages.
        missing: a line for each assignment, on those who handed it in once and do so no longer.
        unmatched: a line for each student who could not be found in the roster, or whom a platform could not
            tell from another, with the reason.
        absent: a line for each assignment, of whom in the roster there is no submission.
        swapped: a line for each assignment, on those who were found by a name in another order.
    """

    paths: list[Path] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    unmatched: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    swapped: list[str] = field(default_factory=list)


def report(
    out: Path, points: Path | None = None, roster: Path | None = None, *, keep_missing: bool = False
) -> Report:
    """Write tables and pages of all that is in the store and still handed in.

    Args:
        out: the folder that ``grade_folder`` was given.
        points: a table with points for written answers, which are recorded in the store first, all or none.
        roster: a learning platform's list of students, whose identifiers go into the tables.
        keep_missing: whether to write as well what ``grade_folder`` found once and no longer finds.

    Returns:
        What was written, who hands in no longer, and who is not in the roster.

    Raises:
        ValueError: nothing was graded yet, or a table is wrong.
        StoreError: the store cannot be used.
        ReportError: a file cannot be written.
    """
    database = out / "grades.sqlite"
    if not database.exists():
        raise ValueError(f"there is no {database}: grade first, with coursekit grade FOLDER --out {out}")
    students = read_roster(roster) if roster else None
    with Store(database) as store:
        if points:
            store.record_manual(read_manual_grades(points, store.students()))
        by_assignment = _by_assignment(store)
    kept = {
        name: [graded for graded in all_graded if keep_missing or not graded.missing]
        for name, all_graded in by_assignment.items()
    }
    matches = _matches(kept, students) if students else {}
    written = Report()
    for name, all_graded in by_assignment.items():
        missing = [graded.student for graded in all_graded if graded.missing]
        _report_assignment(written, out, name, kept[name], matches.get(name), missing)
        if missing:
            written.missing.append(_missing_line(name, missing, keep_missing=keep_missing))
    return written


def _by_assignment(store: Store) -> dict[str, list[GradedSubmission]]:
    found: dict[str, list[GradedSubmission]] = {}
    for graded in store.submissions():
        found.setdefault(graded.assignment, []).append(graded)
    return found


def _matches(
    by_assignment: Mapping[str, Sequence[GradedSubmission]], roster: Roster
) -> dict[str, RosterMatch]:
    return {
        name: match_roster(
            roster.for_assignment(name, by_assignment), [graded.student for graded in all_graded]
        )
        for name, all_graded in by_assignment.items()
    }


def _missing_line(name: str, students: Sequence[str], *, keep_missing: bool) -> str:
    names = ", ".join(map(repr, students))
    what = "in the tables because of --keep-missing" if keep_missing else "not in the tables"
    return (
        f"{name}: no longer handed in, and {what}: {names}. If a folder was lost or renamed, put it back, "
        "and run coursekit grade and coursekit report again"
    )


def _report_assignment(
    written: Report,
    out: Path,
    name: str,
    all_graded: Sequence[GradedSubmission],
    match: RosterMatch | None,
    missing: Sequence[str],
) -> None:
    """Write an assignment's tables and pages, and note it in ``written``."""
    written.paths.extend(write_sheets(out, name, all_graded, match, missing))
    written.paths.append(write_pages(out, name, all_graded, missing))
    students = TableStudents([graded.student for graded in all_graded], match)
    problems = [*(match.unmatched if match else ()), *students.shared()]
    written.unmatched.extend(f"{name}: {line}" for line in problems)
    if match and match.swapped:
        pairs = ", ".join(f"{one!r} as {_who(match.entries[one])}" for one in match.swapped)
        written.swapped.append(
            f"{name}: found by a name whose parts are in another order in the roster: {pairs}. Is that right?"
        )
    absent = match.absent if match else ()
    if names := ", ".join(map(_who, absent)):
        written.absent.append(f"{name}: no submission of {names}")


def _who(entry: RosterEntry) -> str:
    return repr(entry.name or entry.student or entry.place)
