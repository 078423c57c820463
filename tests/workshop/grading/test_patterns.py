"""No text of a student takes a pattern more than its length in time: each pattern of the grader is tried."""

import ast
import re
import time
from collections.abc import Iterator
from functools import partial
from importlib import import_module
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from coursekit.workshop import grading
from coursekit.workshop.grading import assignment_name

OF_TEACHERS = {"manual_grades", "roster"}
"""Modules whose patterns see only what a teacher gives them."""
OF_NAMES = {"rewriting"}
"""Those whose patterns see only names, of which 300 characters are kept."""
FEW, LONG = 64, 2_000
UNITS = (
    *("a", "1", "_", " ", "\n", "\t", "\r\n", "-", "(", '"', "\\", '\\"', ".", ",", "'", "=", "+", "|", "%"),
    *(
        "_1",
        "_111",
        "1,",
        "1.",
        "a_",
        "a@",
        "_1_",
        "\n ",
        " \n",
        "_LATE",
        "anon_",
        "copy of ",
        "copy (1) of ",
    ),
    *("1 ", "jan", "def ", "async ", "\ndef a", '"id"', '"id":"exercise-', '"cells" ', "In ", "Out", "_i1"),
    *("VmRSS: ", "name '", ";'", ";=", "PK\x03", "\x1b[1", "\x1b[1;", "\u200b", "e1", "04_saliency", "zip"),
)
STARTS, ENDS = ("", "a", '"', "1"), ("", "x", "!", '"', "\\")
METHODS = ("match", "fullmatch", "search", "findall", "finditer", "sub")


def found() -> Iterator[tuple[str, str, re.Pattern[Any]]]:
    """Each pattern that a module keeps, and each method of it that the module calls."""
    for path in sorted(Path(grading.__file__).parent.glob("*.py")):
        module = import_module(f"{grading.__name__}.{path.stem}")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)):
                continue
            pattern = getattr(module, node.value.id, None)
            if node.attr in METHODS and isinstance(pattern, re.Pattern):
                yield f"{path.stem}.{node.value.id}", node.attr, pattern
    yield "assignment_name._pattern", "finditer", assignment_name._pattern("04_saliency")


PATTERNS = sorted(
    {
        (name, method): pattern
        for name, method, pattern in found()
        if name.partition(".")[0] not in OF_TEACHERS
    }.items()
)


def seconds(pattern: re.Pattern[Any], method: str, text: str) -> float:
    """Of this thread alone: a busy machine makes it no longer."""
    subject: Any = text.encode() if isinstance(pattern.pattern, bytes) else text
    call = (
        partial(pattern.sub, "" if subject is text else b"") if method == "sub" else getattr(pattern, method)
    )
    started = time.thread_time()
    result = call(subject)
    if method == "finditer":
        list(result)
    return time.thread_time() - started


def grows(pattern: re.Pattern[Any], method: str, text: tuple[str, str, str], longest: int = LONG) -> bool:
    """Whether four times the text takes far more than four times as long."""
    start, unit, end = text
    for repeats in (FEW, longest // 4, longest, 4 * longest):  # the shortest first: some would never end
        if (taken := seconds(pattern, method, start + unit * repeats + end)) > 0.5:
            return True
    if taken < 0.02:
        return False
    short, long = (
        min(seconds(pattern, method, start + unit * repeats + end) for _ in range(3))
        for repeats in (longest, 4 * longest)
    )
    return long > 9 * short


def test_all_patterns_are_tried() -> None:
    assert len(PATTERNS) > 30


@pytest.mark.parametrize(("place", "pattern"), PATTERNS, ids=[" ".join(place) for place, _ in PATTERNS])
def test_no_text_takes_long(place: tuple[str, str], pattern: re.Pattern[Any]) -> None:
    longest = FEW if place[0].partition(".")[0] in OF_NAMES else LONG
    texts = product(STARTS, UNITS, ENDS)
    assert next((text for text in texts if grows(pattern, place[1], text, longest)), None) is None


@pytest.mark.parametrize(
    ("pattern", "method", "unit"),
    [(r'"[^"\\]*(?:\\.[^"\\]*)*"', "sub", '\\"'), (r"(?m)^\s*def\s+(\w+)", "findall", "\n")],
)
def test_one_that_does_would_be_found(pattern: str, method: str, unit: str) -> None:
    assert any(grows(re.compile(pattern, re.DOTALL), method, (start, unit, "")) for start in STARTS)
