"""The instructor's page: what it says of points is what the exercises earn."""

import re
from pathlib import Path

import pytest

from coursekit.exercises import CHAPTERS, find

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/teaching.md").read_text("utf-8")


def points(chapter: str) -> tuple[float, float]:
    """What a chapter's exercises earn: in code, and in words."""
    written = re.findall(
        r'written="\w+" points=(\d+)', (ROOT / f"solutions/src/{chapter}.py").read_text("utf-8")
    )
    return sum(exercise.points for exercise in find(chapter)), sum(map(int, written))


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_chapter_earns_what_its_plan_says(chapter: str) -> None:
    said = re.search(rf"exercises/{chapter}\.ipynb\):\s+\d+\s+minutes,\s+(\d+)\s+points", PAGE)
    assert said, f"no line with the minutes and points of {chapter}"
    assert int(said[1]) == sum(points(chapter))


def test_the_course_earns_what_the_page_says() -> None:
    said = re.search(r"earn (\d+) points, (\d+) of these for answers in words", PAGE)
    assert said
    code, words = map(sum, zip(*map(points, CHAPTERS), strict=True))
    assert (int(said[1]), int(said[2])) == (code + words, words)
