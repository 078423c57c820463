"""HTML pages: one for each student, and one for the grader. The templates escape whatever a student wrote."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from coursekit.workshop.grading.allowance import Allowance
from coursekit.workshop.grading.assignment import load_assignment
from coursekit.workshop.grading.feedback import earned_points, possible_points
from coursekit.workshop.grading.report_file import remove_report_file, report_file
from coursekit.workshop.grading.report_text import exercise_lines, files_left_out, messages
from coursekit.workshop.grading.results import ExerciseResult
from coursekit.workshop.grading.sanitising import file_name, visible
from coursekit.workshop.grading.store import GradedSubmission

__all__ = ["write_pages"]

_BINS = 10
_MAX_IN_A_ROW = 6
"""So many students are named in a table's cell; more are folded away."""
_MAX_NAMED = 50
"""So many students are named beside a message; of more, how many there are."""
_MAX_KINDS = 100
"""So many kinds of messages, and groups of identical answers, are on the grader's page."""
_MAX_NAME_LENGTH = 80
_STUDENT_PAGE, _ANSWER, _LINE = 170_000, 60_000, 4_000
"""Bytes for all texts of a student's page, for an answer or a comment, and for a line of feedback."""
_MESSAGES, _LINKS = 300_000, 400_000
"""Bytes for the texts of messages on the grader's page, and for each table of links to students."""


@dataclass(frozen=True)
class _Line:
    """A line of feedback: its text, and whether it names a known mistake."""

    text: str
    names_mistake: bool


@dataclass(frozen=True)
class _Part:
    """What a student's page says about an exercise or a question; ``earned`` is None if it is not graded."""

    name: str
    earned: float | None
    possible: float
    feedback: Sequence[_Line] = ()
    is_question: bool = False
    answer: str = ""
    comment: str = ""


@dataclass(frozen=True)
class _Bin:
    """A bar of the histogram: how many students have between ``low`` and ``high`` points."""

    low: float
    high: float
    count: int


@dataclass(frozen=True)
class _ExerciseStatistics:
    """An exercise: the mean share of its points, how many earned all of them, how many left the stub."""

    mean: float
    name: str
    all_right: int
    unwritten: int


@dataclass(frozen=True)
class _Named:
    """Students, of whom there is room for some."""

    students: Sequence[str]
    more: int = 0


@dataclass(frozen=True)
class _Copies:
    """Students whose code is identical, and whether it is also that of the solution."""

    named: _Named
    of_solution: bool
    exercises: Sequence[str]


def write_pages(
    out: Path, assignment: str, all_graded: Sequence[GradedSubmission], missing: Sequence[str] = ()
) -> Path:
    """Write the pages of an assignment.

    Args:
        out: the folder for reports.
        assignment: its name.
        all_graded: its submissions.
        missing: students who hand in no longer. A page of theirs that an earlier report wrote is removed.

    Returns:
        The path of the grader's page.

    Raises:
        ReportError: a page cannot be written, or not be removed.
    """
    environment = _environment()
    for student in missing:
        remove_report_file(out / "pages" / assignment / _page_name(student))
    for graded in all_graded:
        path = out / "pages" / assignment / _page_name(graded.student)
        title = f"{assignment}: {graded.student}"
        _write(path, environment, "student.html.j2", title=title, **_student_page(graded))
    title = f"{assignment}: {len(all_graded)} submission{'s' * (len(all_graded) != 1)}"
    about = _grader_page(assignment, all_graded, missing)
    return _write(out / "pages" / f"{assignment}.html", environment, "grader.html.j2", title=title, **about)


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("coursekit.workshop.grading"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_visible,
    )
    environment.filters |= {"number": format, "breakable": _breakable}
    environment.filters |= {"page_url": _page_url, "short": _short}
    return environment


def _visible(value: object) -> object:
    """What a template is to show, with no character that a page must not have."""
    return visible(value) if type(value) is str else value


def _short(name: str) -> str:
    return name if len(name) <= _MAX_NAME_LENGTH else f"{name[:_MAX_NAME_LENGTH]}…"


def _breakable(name: str) -> Markup:
    """The name of a function, which narrow screens may break at each underscore."""
    return escape(name).replace("_", Markup("_<wbr>"))


def _page_name(student: str) -> str:
    return f"{file_name(student)}.html"


def _page_url(student: str) -> str:
    return quote(_page_name(student))


def _write(path: Path, environment: Environment, template: str, **values: object) -> Path:
    with report_file(path) as file:
        file.write(environment.get_template(template).render(values))
    return path


def _student_page(graded: GradedSubmission) -> dict[str, object]:
    possible, earned = possible_points(graded.assignment), earned_points(graded)
    room = Allowance(_STUDENT_PAGE)
    return {
        "total": sum(points or 0 for points in earned.values()),
        "possible": sum(possible.values()),
        "parts": [_part(graded, name, points, possible[name], room) for name, points in earned.items()],
        "messages": [room.take(text, _LINE) for text in messages(graded)],
    }


def _part(
    graded: GradedSubmission, name: str, earned: float | None, possible: float, room: Allowance
) -> _Part:
    if name in graded.results:
        return _Part(name, earned, possible, list(_feedback(graded.results[name], room)))
    answer = graded.summary.written_answers.get(name, "")
    comment = graded.manual[name].comment if name in graded.manual else ""
    return _Part(
        name,
        earned,
        possible,
        is_question=True,
        answer=room.take(answer, _ANSWER),
        comment=room.take(comment, _ANSWER),
    )


def _feedback(result: ExerciseResult, room: Allowance) -> Iterator[_Line]:
    for line in exercise_lines(result):
        names_mistake = result.mistake is not None and line.endswith(result.mistake.advice)
        yield _Line(room.take(line.strip(), _LINE), names_mistake)


def _grader_page(
    assignment: str, all_graded: Sequence[GradedSubmission], missing: Sequence[str]
) -> dict[str, object]:
    possible = possible_points(assignment)
    totals = {one.student: sum(points or 0 for points in earned_points(one).values()) for one in all_graded}
    return {
        "assignment": assignment,
        "max_in_a_row": _MAX_IN_A_ROW,
        "mean": mean(totals.values() or [0]),
        "median": median(totals.values() or [0]),
        "possible": sum(possible.values()),
        "histogram": _histogram(list(totals.values()), sum(possible.values())),
        "exercises": sorted(_statistics(all_graded, possible), key=lambda row: (row.mean, row.name)),
        "mistakes": _mistakes(all_graded),
        "max_kinds": _MAX_KINDS,
        "copies": _copies(assignment, all_graded),
        "missing": _Named(missing[:_MAX_NAMED], len(missing[_MAX_NAMED:])),
        "messages": _messages(all_graded),
        "totals": sorted(totals.items()),
    }


def _histogram(totals: Sequence[float], possible: float) -> list[_Bin]:
    counts = Counter(min(int(_BINS * total / possible), _BINS - 1) if possible else 0 for total in totals)
    return [_Bin(possible * i / _BINS, possible * (i + 1) / _BINS, counts[i]) for i in range(_BINS)]


def _statistics(
    all_graded: Sequence[GradedSubmission], possible: Mapping[str, float]
) -> Iterator[_ExerciseStatistics]:
    for name, points in possible.items():
        results = [graded.results[name] for graded in all_graded if name in graded.results]
        shares = [result.earned / points for result in results]
        if shares:
            unwritten = sum(not result.written for result in results)
            yield _ExerciseStatistics(mean(shares), name, shares.count(1), unwritten)


def _mistakes(all_graded: Sequence[GradedSubmission]) -> list[tuple[tuple[str, str], int]]:
    """Each exercise and known mistake, and how many students made it, the most frequent first."""
    return Counter(
        (name, result.mistake.name)
        for graded in all_graded
        for name, result in graded.results.items()
        if result.mistake
    ).most_common()


def _copies(assignment: str, all_graded: Sequence[GradedSubmission]) -> tuple[list[_Copies], int]:
    """Answers whose code is the same but for layout and comments, or the solution's; how many groups more."""
    students_by_code: dict[tuple[str, str], list[str]] = {}
    for graded in all_graded:
        for name, digest in graded.summary.code_digests.items():
            if digest:
                students_by_code.setdefault((name, digest), []).append(graded.student)
    solutions = load_assignment(assignment).solution_digests
    exercises: dict[tuple[tuple[str, ...], bool], list[str]] = {}
    for (name, digest), students in students_by_code.items():
        if digest in solutions or len(students) > 1:
            exercises.setdefault((tuple(students), digest in solutions), []).append(name)
    # A few students who share many answers are more suspicious than many who share a few.
    groups = sorted(exercises.items(), key=lambda group: (len(group[0][0]), -len(group[1])))
    room = Allowance(_LINKS)
    return [
        _Copies(_named(students, room, len(students)), of_solution, names)
        for (students, of_solution), names in groups[:_MAX_KINDS]
    ], len(groups[_MAX_KINDS:])


def _named(students: Sequence[str], room: Allowance, most: int) -> _Named:
    """As many of the students as there is room for links to their pages."""
    shown = [student for student in students[:most] if room.spend(_link_size(student))]
    return _Named(shown, len(students) - len(shown))


def _link_size(student: str) -> int:
    return len(escape(visible(_short(student))).encode()) + len(_page_url(student)) + 60  # and its tags


def _messages(all_graded: Iterable[GradedSubmission]) -> tuple[list[tuple[str, _Named]], int]:
    """What broke or was left out, each with students to whom it applies, and how many kinds more there are.

    The most frequent come first, then each student's first one: nobody's many hide another's only one.
    """
    students_by_text: dict[str, list[str]] = {}
    ranks: dict[str, int] = {}
    for graded in all_graded:
        for rank, text in enumerate((*messages(graded), *files_left_out(graded))):
            students_by_text.setdefault(text, []).append(graded.student)
            ranks[text] = min(rank, ranks.get(text, rank))
    kinds = sorted(students_by_text.items(), key=lambda kind: (-len(kind[1]), ranks[kind[0]]))
    texts, links = Allowance(_MESSAGES), Allowance(_LINKS)
    return [
        (texts.take(text, _LINE), _named(students, links, _MAX_NAMED))
        for text, students in kinds[:_MAX_KINDS]
    ], len(kinds[_MAX_KINDS:])
