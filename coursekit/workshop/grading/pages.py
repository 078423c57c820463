"""Pages in HTML: one for each student, and one for the grader. Whatever a student wrote is escaped."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from statistics import mean, median
from urllib.parse import quote

from coursekit.core.files import replacing
from coursekit.workshop.grading.assignment import load_assignment
from coursekit.workshop.grading.feedback import (
    earned_points,
    exercise_feedback,
    notebook_feedback,
    possible_points,
)
from coursekit.workshop.grading.results import ExerciseResult
from coursekit.workshop.grading.sanitising import file_name
from coursekit.workshop.grading.store import GradedSubmission

__all__ = ["write_pages"]

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 54rem; margin: 0 auto; padding: 1.5rem 1rem 4rem;
  color: #1b1b1b; background: #fff; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .6rem; }
h2 { font-size: 1.25rem; margin: 2.5rem 0 .5rem; border-top: 1px solid #b8b8b8; padding-top: 1rem; }
h3 { font-size: 1rem; margin: 1.5rem 0 .2rem; }
h1, h3, a { overflow-wrap: anywhere; } td, th { overflow-wrap: break-word; }
p { margin: .3rem 0; }
.sum { font-size: 1.25rem; font-weight: 600; }
.said { white-space: pre-wrap; overflow-wrap: anywhere; }
.mistake { border-left: .25rem solid #1a1a5e; padding-left: .7rem; }
pre { background: #f2f2f2; padding: .6rem .8rem; margin: .3rem 0; white-space: pre-wrap;
  overflow-wrap: anywhere; font-size: .875rem; }
table { border-collapse: collapse; width: 100%; }
th, td { padding: .3rem .8rem .3rem 0; text-align: left; vertical-align: baseline; font-weight: normal;
  border-bottom: 1px solid #e2e2e2; }
thead * { color: #555; font-size: .875rem; border-color: #b8b8b8; }
.number { text-align: right; white-space: nowrap; width: 1%; font-variant-numeric: tabular-nums; }
.bar { width: 50%; padding-right: 0; }
.bar span { display: block; height: .8rem; background: #1a1a5e; print-color-adjust: exact; }
@media (max-width: 40rem) { .bar { width: 40%; } th, td { padding-right: .5rem; } }
nav a { margin-right: 1rem; } a { color: #1a1a5e; } summary { cursor: pointer; white-space: nowrap; }
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_BINS = 10
_MANY = 6
"""So many names stand in a row; more are folded away."""

Row = tuple[str, ...]
_TEXT, _NUMBER, _BAR = "", "number", "bar"
"""Kinds of columns."""


def write_pages(out: Path, assignment: str, all_graded: Sequence[GradedSubmission]) -> Path:
    """Write the pages of an assignment; return the grader's."""
    for graded in all_graded:
        page = out / "pages" / assignment / _file(graded.student)
        _write(page, f"{assignment}: {graded.student}", _student(graded))
    title = f"{assignment}: {len(all_graded)} submission{'s' * (len(all_graded) != 1)}"
    return _write(out / "pages" / f"{assignment}.html", title, _grader(assignment, all_graded))


def _file(student: str) -> str:
    return f"{file_name(student)}.html"


def _write(path: Path, title: str, body: Iterable[str]) -> Path:
    head = f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
    head += '<meta name="viewport" content="width=device-width, initial-scale=1">'
    head += f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}"><style>{_STYLE}</style></head>'
    with replacing(path) as temporary:
        main = f"<main>\n<h1>{escape(title)}</h1>\n" + "\n".join(body) + "\n</main>"
        temporary.write_text(f"{head}<body>{main}</body></html>\n", encoding="utf-8")
    return path


def _student(graded: GradedSubmission) -> Iterator[str]:
    worth, points = possible_points(graded.assignment), earned_points(graded)
    total, most = sum(value or 0 for value in points.values()), sum(worth.values())
    yield f'<p class="sum">{total:.4g} of {most:g} points</p>'
    yield _table(
        {"exercise": _TEXT, "points": _NUMBER, "": _BAR},
        (
            (_breakable(name), _of(value, worth[name]), _bar(value or 0, worth[name]))
            for name, value in points.items()
        ),
    )
    if said := [_said(text) for text in notebook_feedback(graded)]:
        yield "<h2>What broke</h2>" + "".join(said)
    yield "<h2>Exercise by exercise</h2>"
    for name, value in points.items():
        yield f"<h3>{escape(name)}: {_of(value, worth[name])}</h3>"
        yield from _outcome(graded.results[name]) if name in graded.results else _answer(graded, name)


def _of(value: float | None, worth: float) -> str:
    return "not graded yet" if value is None else f"{value:.3g} of {worth:g}"


def _outcome(outcome: ExerciseResult) -> Iterator[str]:
    mistake = outcome.mistake
    for line in exercise_feedback(outcome):
        kind = "said mistake" if mistake and line.endswith(mistake.advice) else "said"
        yield f'<p class="{kind}">{escape(line.strip())}</p>'


def _answer(graded: GradedSubmission, question: str) -> Iterator[str]:
    text = graded.summary.written.get(question, "")
    yield f"<pre>{escape(text)}</pre>" if text else "<p>No answer.</p>"
    if comment := (question in graded.manual and graded.manual[question].comment):
        yield f'<p class="said">{escape(comment)}</p>'


def _said(text: str) -> str:
    """Our sentence, and below it what the notebook said."""
    ours, _, theirs = text.partition(". ")
    return f"<p>{escape(ours)}.</p><pre>{escape(theirs)}</pre>" if theirs else f"<p>{escape(ours)}</p>"


def _grader(assignment: str, all_graded: Sequence[GradedSubmission]) -> Iterator[str]:
    worth = possible_points(assignment)
    most = sum(worth.values())
    totals = {
        graded.student: sum(value or 0 for value in earned_points(graded).values()) for graded in all_graded
    }
    middle = (
        f"{mean(totals.values()):.1f} of {most:g} points on average, median {median(totals.values()):.1f}"
    )
    yield f'<p class="sum">{middle}</p>'
    sections = {
        "Points": _histogram(list(totals.values()), most),
        "Exercises, the hardest first": _hardness(all_graded, worth),
        "Known mistakes": _mistakes(all_graded),
        "Identical answers": _copies(assignment, all_graded),
        "To look at": _remarks(assignment, all_graded),
        "Students": _students(assignment, totals, most),
    }
    links = (f'<a href="#part-{number}">{title}</a>' for number, title in enumerate(sections, 1))
    yield f"<nav>{' '.join(links)}</nav>"
    for number, (title, table) in enumerate(sections.items(), 1):
        yield f'<h2 id="part-{number}">{title}</h2>\n{table}'


def _table(columns: Mapping[str, str], rows: Iterable[Row]) -> str:
    """A table; ``columns`` are the titles and their kinds, ``rows`` HTML already."""
    first, *others = columns.values()
    head = "".join(
        f'<th scope="col" class="{kind}">{title}</th>' if title else "<td></td>"
        for title, kind in columns.items()
    )
    body = "\n".join(
        f'<tr><th scope="row" class="{first}">{name}</th>'
        + "".join(f'<td class="{kind}">{cell}</td>' for cell, kind in zip(cells, others, strict=True))
        + "</tr>"
        for name, *cells in rows
    )
    return f"<table><thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody></table>" if body else "<p>None.</p>"


def _breakable(name: str) -> str:
    """The name of a function, which narrow screens may break where it has a line."""
    return escape(name).replace("_", "_<wbr>")


def _bar(part: float, whole: float) -> str:
    """A bar, beside a number that says the same."""
    return f'<span aria-hidden="true" style="width:{part / whole if whole else 0:.1%}"></span>'


def _histogram(totals: Sequence[float], most: float) -> str:
    counts = Counter(min(int(_BINS * total / most), _BINS - 1) if most else 0 for total in totals)
    longest = max(counts.values())
    rows = (
        (f"{most * i / _BINS:.3g} to {most * (i + 1) / _BINS:.3g}", str(counts[i]), _bar(counts[i], longest))
        for i in range(_BINS)
    )
    return _table({"points": _TEXT, "students": _NUMBER, "": _BAR}, rows)


def _hardness(all_graded: Sequence[GradedSubmission], worth: Mapping[str, float]) -> str:
    rows: list[tuple[float, Row]] = []
    for name, points in worth.items():
        outcomes = [graded.results[name] for graded in all_graded if name in graded.results]
        shares = [outcome.earned / points for outcome in outcomes]
        if shares:
            average = mean(shares)
            counts = (shares.count(1), sum(not outcome.written for outcome in outcomes))
            rows.append((average, (_breakable(name), f"{average:.0%}", _bar(average, 1), *map(str, counts))))
    columns = {"exercise": _TEXT, "points": _NUMBER, "": _BAR, "all right": _NUMBER, "unwritten": _NUMBER}
    return _table(columns, (row for _, row in sorted(rows)))


def _mistakes(all_graded: Sequence[GradedSubmission]) -> str:
    made = Counter(
        (name, outcome.mistake.name)
        for graded in all_graded
        for name, outcome in graded.results.items()
        if outcome.mistake
    )
    rows = ((escape(mistake), _breakable(name), str(count)) for (name, mistake), count in made.most_common())
    return _table({"mistake": _TEXT, "exercise": _TEXT, "students": _NUMBER}, rows)


def _copies(assignment: str, all_graded: Sequence[GradedSubmission]) -> str:
    """Answers whose code is the same but for layout and comments, and those that are the solution's."""
    sharing: dict[tuple[str, str], list[str]] = {}
    for graded in all_graded:
        for name, code in graded.summary.codes.items():
            if code:
                sharing.setdefault((name, code), []).append(graded.student)
    groups: dict[tuple[tuple[str, ...], bool], list[str]] = {}
    for (name, code), students in sharing.items():
        if (copied := code in load_assignment(assignment).solution_digests) or len(students) > 1:
            groups.setdefault((tuple(students), copied), []).append(name)
    # Few who share much tell more than many who share little.
    order = sorted(groups.items(), key=lambda group: (len(group[0][0]), -len(group[1])))
    whose = {True: "the solution", False: "each other's"}
    rows = (
        (_names(assignment, students), whose[copied], _breakable(", ".join(names)))
        for (students, copied), names in order
    )
    return _table({"students": _TEXT, "the same as": _TEXT, "exercises": _TEXT}, rows)


def _names(assignment: str, students: Sequence[str]) -> str:
    names = ", ".join(_link(assignment, student) for student in students)
    if len(students) <= _MANY:
        return names
    return f"<details><summary>{len(students)} students</summary>{names}</details>"


def _link(assignment: str, student: str) -> str:
    return f'<a href="{assignment}/{quote(_file(student))}">{escape(student)}</a>'


def _remarks(assignment: str, all_graded: Sequence[GradedSubmission]) -> str:
    """What broke, together for all to whom the same happened."""
    told: dict[str, list[str]] = {}
    for graded in all_graded:
        others = (f"Not graded: {path}, another of theirs" for path in graded.summary.others)
        for text in (*notebook_feedback(graded), *others):
            told.setdefault(text, []).append(graded.student)
    order = sorted(told.items(), key=lambda entry: -len(entry[1]))
    rows = ((_names(assignment, students), _said(text)) for text, students in order)
    return _table({"students": _TEXT, "what": _TEXT}, rows)


def _students(assignment: str, totals: Mapping[str, float], most: float) -> str:
    rows = (
        (_link(assignment, name), f"{total:.4g}", _bar(total, most)) for name, total in sorted(totals.items())
    )
    return _table({"student": _TEXT, "points": _NUMBER, "": _BAR}, rows)
