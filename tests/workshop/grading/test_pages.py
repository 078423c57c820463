"""The pages of the grader and of students: what they say, and that nothing in them runs."""

from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from coursekit.workshop.grading import report_text
from coursekit.workshop.grading.allowance import Allowance
from coursekit.workshop.grading.bounds import bounded_summary
from coursekit.workshop.grading.class_report import report
from coursekit.workshop.grading.pages import write_pages
from coursekit.workshop.grading.results import (
    CaseResult,
    CellFailure,
    ExerciseResult,
    RecognisedMistake,
    SubmissionSummary,
)
from coursekit.workshop.grading.store import GradedSubmission
from tests.workshop.grading.notebooks import ASSIGNMENT
from tests.workshop.grading.reports import out

__all__ = ["out"]

HARMLESS = {
    "aria-hidden",
    "charset",
    "class",
    "content",
    "href",
    "http-equiv",
    "id",
    "lang",
    "name",
    "scope",
    "style",
}
"""Attributes that run nothing."""


class _Shown(HTMLParser):
    """What a browser finds in a page: its text, and the names of its tags and attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.text: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(page)

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


def test_nothing_that_a_student_wrote_runs_in_a_page(out: Path) -> None:
    report(out)
    found = list((out / "pages").rglob("*.html"))
    assert len(found) == 4
    for page in found:
        text = page.read_text(encoding="utf-8")
        assert "<script" not in text
        assert "default-src 'none'" in text
    assert not [path for path in out.rglob("*") if out.resolve() not in path.resolve().parents]


def test_the_graders_page_says_what_to_look_at(out: Path) -> None:
    report(out)
    text = (out / "pages" / f"{ASSIGNMENT}.html").read_text(encoding="utf-8")
    for words in (
        "the mean over the channels",
        "Code cell 3 (occlusion) failed",
        "each other's",
        ">50%<",
    ):
        assert words in text


def test_the_students_page_names_the_mistake(out: Path) -> None:
    report(out)
    (page,) = (
        path for path in (out / "pages" / ASSIGNMENT).glob("*.html") if path.name.startswith("%3Cscript")
    )
    text = page.read_text(encoding="utf-8")
    assert "It looks like the mean over the channels. Take the maximum." in text
    assert "0 of 19 points" in text


@pytest.mark.parametrize(
    "text",
    [
        "</title></style><script>alert(1)</script>",
        "\"><img src=x onerror='alert(1)'>",
        "{{ 7 * 7 }} {% include 'style.css' %} {# note #}",
        "&lt;script&gt; &amp; <wbr>",
    ],
)
def test_hostile_text_is_shown_as_it_is_wherever_it_stands(text: str, tmp_path: Path) -> None:
    said = f"Error. {text}"
    result = ExerciseResult(
        1, 0.0, True, [CaseResult(text, 0.0, False)], RecognisedMistake(text, said), [said], [], {text: True}
    )
    summary = SubmissionSummary(text, [CellFailure(1, text, said)], {}, {}, [text])
    graded = GradedSubmission(text, ASSIGNMENT, text, summary, {"target_scores": result}, {})
    overview = write_pages(tmp_path, ASSIGNMENT, [graded])
    (page,) = (tmp_path / "pages" / ASSIGNMENT).iterdir()
    for path, times in ((overview, 6), (page, 7)):
        shown = _Shown(path.read_text(encoding="utf-8"))
        assert "".join(shown.text).count(text) >= times
        assert {"script", "img"}.isdisjoint(shown.tags)
        assert shown.attributes <= HARMLESS


def failing(student: str, count: int, text: str, **summary: object) -> GradedSubmission:
    """One whose cells fail, each in another way."""
    failures = [CellFailure(number, None, f"{student} {number} {text}") for number in range(count)]
    found = SubmissionSummary(None, failures, **summary)  # type: ignore[arg-type]
    result = ExerciseResult(1, 0.0, True, [CaseResult("one", 0.0, "wrong")], None, [text] * 50)
    return GradedSubmission(student, ASSIGNMENT, "x", found, {"target_scores": result}, {})


@pytest.mark.parametrize("text", ["x" * 10_000, '"&<' * 700, "a failure"], ids=["long", "escaped", "short"])
def test_a_students_page_stays_small_and_says_how_many_failures_there_are(tmp_path: Path, text: str) -> None:
    """Also where an earlier version has stored all of them."""
    write_pages(tmp_path, ASSIGNMENT, [failing("anna", 10_000, text, written_answers={"why": text * 500})])
    page = tmp_path / "pages" / ASSIGNMENT / "anna.html"
    assert page.stat().st_size < 200_000
    shown = page.read_text(encoding="utf-8")
    assert "9,980 more code cells failed." in shown
    assert shown.count("<p>Code cell ") == 20


@pytest.mark.parametrize("name", ["student {:03}", "{:03}\"&<'>" + '"' * 240], ids=["plain", "escaped"])
def test_the_graders_page_of_a_large_class_stays_small(tmp_path: Path, name: str) -> None:
    """500 students, who each fail in 10,000 ways and share all their answers."""
    students = [
        failing(name.format(number), 10_000, '"' * 2_000, code_digests={"target_scores": "same"})
        for number in range(5)
    ]
    students += [
        replace(one, student=name.format(number), summary=bounded_summary(one.summary))
        for number, one in enumerate(students * 99, 5)
    ]
    page = write_pages(tmp_path, ASSIGNMENT, students)
    assert len(students) == 500
    assert page.stat().st_size < 2_000_000
    text = page.read_text(encoding="utf-8")
    assert text.count("<bdi>") > 1_000
    assert "500 students" in text


def test_what_is_left_out_of_the_graders_page_is_counted(tmp_path: Path) -> None:
    students = [failing(f"student {number:03}", 20, "") for number in range(500)]
    text = write_pages(tmp_path, ASSIGNMENT, students).read_text(encoding="utf-8")
    assert "Of 10000 kinds of messages, these are 100." in text
    # One failure of each of the first hundred, and not twenty of the first five.
    assert "student 099 0" in text
    assert "student 000 1<" not in text


def test_beside_a_message_some_are_named_and_the_others_counted(tmp_path: Path) -> None:
    students = [replace(failing("same", 1, ""), student=f"student {number:03}") for number in range(60)]
    text = write_pages(tmp_path, ASSIGNMENT, students).read_text(encoding="utf-8")
    assert "<summary>60 students</summary>" in text
    assert "and 10 more</details>" in text


def test_without_the_bounds_a_page_is_as_large_as_a_student_likes(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(report_text, "bounded_text", lambda text: text)
    monkeypatch.setattr(Allowance, "take", lambda self, text, most: text)
    write_pages(tmp_path, ASSIGNMENT, [failing("anna", 20, "x" * 100_000)])
    assert (tmp_path / "pages" / ASSIGNMENT / "anna.html").stat().st_size > 2_000_000
