"""Room for texts on a page."""

import pytest
from markupsafe import escape

from coursekit.workshop.grading.allowance import Allowance


@pytest.mark.parametrize("text", ["x" * 99, '"' * 99, "é" * 99, "\0<" * 50, "\ud800" * 30])
@pytest.mark.parametrize("most", [1, 40, 98])
def test_a_text_fills_no_more_than_it_may(text: str, most: int) -> None:
    kept, cut, rest = Allowance(1_000).take(text, most).partition(" … (and ")
    assert cut
    assert text.startswith(kept)
    assert len(escape(kept).encode(errors="replace")) <= most
    assert rest == f"{len(text) - len(kept):,} more characters)"


@pytest.mark.parametrize("text", ["", "x" * 99, "é" * 20])
def test_a_text_that_fits_is_left_as_it_is(text: str) -> None:
    assert Allowance(1_000).take(text, 99) == text


def test_what_is_taken_is_gone() -> None:
    room = Allowance(100)
    assert room.take("x" * 60, 99) == "x" * 60
    assert room.take("y" * 60, 99).startswith("y" * 40 + " …")
    assert room.take("z", 99) == " … (and 1 more characters)"
    assert not room.spend(1)
    assert room.spend(0)
