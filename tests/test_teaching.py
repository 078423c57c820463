"""The instructor's page: its points are what the exercises earn, its shares are in the chapters."""

import re
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

from coursekit.exercises import CHAPTERS, find

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/teaching.md").read_text("utf-8")
PLANS = dict(re.findall(r"^### (\d\d) [^\n]*\n(.*?)(?=^##|\Z)", PAGE, flags=re.M | re.S))


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


def in_words(cell: NotebookNode) -> str:
    """What a cell says: its text, or what it printed."""
    if cell.cell_type == "markdown":
        return cell.source
    printed = [output.get("text", "") for output in cell.outputs]
    return " ".join(
        printed + [text for o in cell.outputs for kind, text in o.get("data", {}).items() if "text/" in kind]
    )


SHARES = {number: set(re.findall(r"[\d.]+(?=\s%)|\b0\.\d\d", plan)) for number, plan in PLANS.items()}


@pytest.mark.parametrize("number", [number for number, shares in SHARES.items() if shares])
def test_the_shares_in_a_plan_are_those_of_its_chapter(number: str) -> None:
    (path,) = (ROOT / "notebooks").glob(f"{number}_*.ipynb")
    words = " ".join(map(in_words, nbformat.read(path, as_version=4).cells))
    assert SHARES[number] <= set(re.findall(r"[\d.]+(?=\s?%)|\b0\.\d\d", words))


def test_every_chapter_has_a_plan() -> None:
    assert sorted(PLANS) == [path.name[:2] for path in sorted((ROOT / "notebooks").glob("*.ipynb"))]
