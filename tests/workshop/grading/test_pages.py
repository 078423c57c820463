"""The pages of the grader and of students: what they say, and that nothing in them runs."""

from html.parser import HTMLParser
from pathlib import Path

import pytest

from coursekit.workshop.grading.course import report
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
        1, 0.0, True, [CaseResult(text, 0.0, False)], RecognisedMistake(text, said), [said], [], [text]
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
