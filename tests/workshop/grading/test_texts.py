"""One student's names and texts harm nobody else: tables, pages and the points that come back.

Each is put into a store beside an innocent student, and again with its guard taken away, to see the harm.
"""

import csv
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import Environment

from coursekit.workshop.grading import (
    manual_grades,
    pages,
    platform_tables,
    report_text,
    sanitising,
    sheets,
    store,
)
from coursekit.workshop.grading.allowance import Allowance
from coursekit.workshop.grading.class_report import report
from coursekit.workshop.grading.manual_grade import ManualGrade, ManualGradeRow
from coursekit.workshop.grading.report_file import ReportError, report_file
from coursekit.workshop.grading.results import CellFailure
from coursekit.workshop.grading.store import Store
from tests.workshop.grading.corpus.texts import TEXTS, Harm, HostileText, Place
from tests.workshop.grading.notebooks import ASSIGNMENT
from tests.workshop.grading.reports import record, with_question
from tests.workshop.grading.spreadsheet import formulas

INNOCENT = "innocent"
SEEN_BY: dict[Harm, tuple[type[Exception], ...]] = {
    Harm.FORMULA: (AssertionError,),
    Harm.MARKUP: (AssertionError,),
    Harm.FLOOD: (AssertionError,),
    Harm.STOP: (UnicodeError,),
    Harm.ESCAPE: (AssertionError, ReportError),
}
"""What the harm is seen by: a check, or what the command would end with."""
TABLES = ("", "-canvas", "-moodle", "-by-hand")


class _Tags(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found |= {tag, *(f"{tag} {name}" for name, _ in attrs)}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch) -> Path:
    with_question(monkeypatch)
    (tmp_path / "around" / "alone").mkdir(parents=True)
    (tmp_path / "around" / "out").mkdir()
    return tmp_path / "around"


def fill(out: Path, hostile: HostileText | None) -> str:
    """Record the innocent student, and the other one; return the text that the latter is stored under."""
    record(out, INNOCENT, 0.5, written_answers={"why": "Because."})
    if hostile is None:
        return INNOCENT
    place, text = hostile.place, hostile.text
    record(
        out,
        text if place is Place.STUDENT else "other",
        written_answers={"why": text if place is Place.ANSWER else "So."},
        cell_failures=[CellFailure(1, None, text)] * 30 if place is Place.ERROR else [],
        other_paths=[text] * 30 if place is Place.PATH else [],
    )
    with Store(out / "grades.sqlite") as base:
        (student,) = (one.student for one in base.submissions() if one.student != INNOCENT)
        if place is Place.COMMENT:
            grade = ManualGrade(1, text)
            base.record_manual([ManualGradeRow(student, ASSIGNMENT, "why", grade, "x")])
    return student


def rows(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        return list(csv.reader(file))


def page_of(out: Path, student: str) -> Path:
    return out / "pages" / ASSIGNMENT / f"{sanitising.file_name(student)}.html"


def innocents_row(table: Path) -> bytes:
    lines = table.read_bytes().splitlines(keepends=True)
    start = next(i for i, line in enumerate(lines) if line.startswith(INNOCENT.encode()))
    rest = lines[start:]
    end = next((i for i, line in enumerate(rest) if line.endswith(b"\r\n")), len(rest))
    return b"".join(rest[: end + 1])


def check_the_innocent(folder: Path) -> None:
    alone, out = folder / "alone", folder / "out"
    for name in TABLES:
        table = f"{ASSIGNMENT}{name}.csv"
        assert innocents_row(alone / table) == innocents_row(out / table)
    assert page_of(alone, INNOCENT).read_bytes() == page_of(out, INNOCENT).read_bytes()
    results = Path("gradescope") / ASSIGNMENT / INNOCENT / "results.json"
    assert (alone / results).read_bytes() == (out / results).read_bytes()


def check_no_formula(out: Path) -> None:
    for name in TABLES:
        assert not formulas(out / f"{ASSIGNMENT}{name}.csv")


def check_files(folder: Path) -> None:
    assert {path.name for path in folder.parent.iterdir()} == {"around"}
    assert {path.name for path in folder.iterdir()} == {"alone", "out"}
    # One of each student, and none over the other's.
    assert len(list((folder / "out" / "pages" / ASSIGNMENT).glob("*.html"))) == 2
    assert len(list((folder / "out" / "gradescope" / ASSIGNMENT).glob("*/results.json"))) == 2


def check_sizes(out: Path) -> None:
    for path in out.rglob("*"):
        assert path.stat().st_size < 200_000, path


def check_pages(folder: Path) -> None:
    """No tag or attribute that is not in the pages of the innocent, but for what the templates have."""
    known = {
        tag for page in (folder / "alone").rglob("*.html") for tag in _Tags(page.read_text("utf-8")).found
    }
    known |= {"pre", "details", "summary", "p class", "p"}
    for page in (folder / "out" / "pages").rglob("*.html"):
        text = page.read_bytes().decode()  # strictly
        assert _Tags(text).found <= known
        assert "\0" not in text


def check_points_come_back(out: Path, student: str, comment: str | None) -> None:
    head, *table = rows(out / f"{ASSIGNMENT}-by-hand.csv")
    filled = [dict(zip(head, row, strict=True)) for row in table]
    assert len(filled) == 2
    for row in filled:
        row["points"] = "1" if row["student"] == INNOCENT else "2"
    with (out / "filled.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, head)
        writer.writeheader()
        writer.writerows(filled)
    report(out, out / "filled.csv")
    (out / "filled.csv").unlink()
    with Store(out / "grades.sqlite") as base:
        found = {one.student: one.manual["why"] for one in base.submissions()}
    assert found == {INNOCENT: ManualGrade(1, ""), student: ManualGrade(2, comment or "")}


def run(folder: Path, hostile: HostileText) -> None:
    """Write both reports, and look at everything."""
    fill(folder / "alone", None)
    student = fill(folder / "out", hostile)
    for out in (folder / "alone", folder / "out"):
        report(out)
    check_sizes(folder / "out")
    check_the_innocent(folder)
    check_no_formula(folder / "out")
    check_files(folder)
    check_pages(folder)
    comment = hostile.text if hostile.place is Place.COMMENT else None
    check_points_come_back(folder / "out", student, comment)


def test_there_are_many_kinds() -> None:
    assert len({one.name for one in TEXTS}) == len(TEXTS) >= 25
    assert {one.place for one in TEXTS} == {*Place}
    assert {one.harm for one in TEXTS} == {*Harm}


@pytest.mark.parametrize("hostile", TEXTS, ids=lambda one: one.name)
def test_it_harms_nobody(hostile: HostileText, folder: Path) -> None:
    run(folder, hostile)


def take_away(monkeypatch, harm: Harm) -> None:
    """Take away what stands against a harm."""
    if harm is Harm.FORMULA:
        monkeypatch.setattr(platform_tables, "without_formulas", lambda text, mark="'": text)
    elif harm is Harm.STOP:
        for module in (store, sanitising):
            monkeypatch.setattr(module, "encodable", lambda text: text)
        monkeypatch.setattr("coursekit.workshop.grading.bounds.encodable", lambda text: text)
        real = Path.open
        strict = lambda self, *args, errors="strict", **options: real(self, *args, **options)  # noqa: E731
        monkeypatch.setattr(Path, "open", strict)
    elif harm is Harm.MARKUP:
        monkeypatch.setattr(pages, "Environment", _plain)
        monkeypatch.setattr(pages, "_page_url", pages._page_name)
        monkeypatch.setattr(pages, "file_name", lambda student: student.replace("/", ""))
    elif harm is Harm.FLOOD:
        for name in ("bounded_summary", "bounded_result", "student_key"):
            monkeypatch.setattr(store, name, lambda value: value)
        monkeypatch.setattr(report_text, "bounded_text", lambda text: text)
        monkeypatch.setattr(Allowance, "take", lambda self, text, most: text)
        monkeypatch.setattr(pages, "_short", lambda name: name)
    elif harm is Harm.ESCAPE:
        for module in (pages, sheets):
            monkeypatch.setattr(module, "file_name", lambda student: student)


def _plain(**options):
    return Environment(**{**options, "autoescape": False})


@pytest.mark.parametrize(
    "hostile", [one for one in TEXTS if one.harm is not Harm.LOSS], ids=lambda one: one.name
)
def test_without_its_guard_it_does(hostile: HostileText, folder: Path, monkeypatch) -> None:
    take_away(monkeypatch, hostile.harm)
    with pytest.raises(SEEN_BY[hostile.harm]):
        run(folder, replace(hostile, text=hostile.text[:300_000]))


@pytest.mark.parametrize("name", ["another's name after an apostrophe", "a comment that begins with a sign"])
def test_without_the_way_back_a_text_is_another(name: str, folder: Path, monkeypatch) -> None:
    (hostile,) = (one for one in TEXTS if one.name == name)
    monkeypatch.setattr(manual_grades, "with_formulas", lambda text: text.removeprefix("''"))
    monkeypatch.setattr(sheets, "answer_check", lambda *_: "")
    with pytest.raises((AssertionError, ValueError)):
        run(folder, hostile)


def test_a_file_without_the_second_guard_is_written_nevertheless(tmp_path: Path) -> None:
    """What reaches a file another way than by the store."""
    with report_file(tmp_path / "x") as file:
        file.write("\ud800")
    assert (tmp_path / "x").read_text() == "\\ud800"
