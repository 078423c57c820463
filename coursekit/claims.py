"""What the prose of a notebook states, as a cell that fails when it stops being true."""

import html
import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Literal

from IPython.display import display

from coursekit.subject import is_replaced

__all__ = ["VISIBLE", "ClaimError", "claim", "quietly"]

VISIBLE = 'class="claim"'
"""What the HTML of a statement holds that stands in the reader's view."""

# Only what JupyterLab leaves in a notebook that nobody has trusted yet, and on light and dark the same.
_RULE = "border-left: 3px solid #1f9e89; margin: 6px 0; padding: 2px 0 2px 12px; font-size: 1.05em"
_FAINT = "opacity: 0.75"
_SMALL = "font-size: 0.85em"


_HOLDS_FOR = {
    "scenes": "the net `scenes` and drawn scenes",
    "imagenet": "the net `imagenet` and the course's photographs",
}


class ClaimError(AssertionError):
    """A statement of the course that does not hold."""


@dataclass(frozen=True)
class _Statement:
    """One sentence with what was measured, as HTML and as text."""

    sentence: str
    value: str = ""
    skipped: str = ""  # the net that it is true of, where another takes its place

    def __repr__(self) -> str:
        if self.skipped:
            return f"– skipped (holds for {_HOLDS_FOR[self.skipped]} only): {self.sentence}"
        return f"✓ {self.sentence}" + (f" — {self.value}" if self.value else "")

    def _repr_html_(self) -> str:
        if self.skipped:
            return f'<div style="{_SMALL}; {_FAINT}">{self.inner()}</div>'
        return f'<div {VISIBLE} style="{_RULE}">{self.inner()}</div>'

    def inner(self) -> str:
        """The sentence as HTML, without a box of its own."""
        if self.skipped:
            return _html(repr(self))
        value = f' <span style="{_FAINT}">— {_html(self.value)}</span>' if self.value else ""
        return _html(self.sentence) + value


@dataclass(frozen=True)
class _Summary:
    """How many statements were checked: one line, which opens on a click."""

    statements: tuple[_Statement, ...]

    def __repr__(self) -> str:
        return "\n".join([f"✓ {self.line()}", *(f"    {statement!r}" for statement in self.statements)])

    def _repr_html_(self) -> str:
        sentences = "".join(f"<li>{statement.inner()}</li>" for statement in self.statements)
        return (
            f'<details class="claims" style="{_SMALL}"><summary style="cursor: pointer">'
            f'<span style="{_FAINT}">{self.line()}</span></summary><ul>{sentences}</ul></details>'
        )

    def line(self) -> str:
        """The line that is seen while the rest is folded away."""
        checked = sum(not statement.skipped for statement in self.statements)
        skipped = len(self.statements) - checked
        return f"{checked} statement{'s' * (checked != 1)} checked" + (f", {skipped} skipped" * bool(skipped))


_QUIET: ContextVar[list[_Statement] | None] = ContextVar("quiet", default=None)


@contextmanager
def quietly() -> Iterator[None]:
    """Check claims as ever, and show one line for all of them, which opens on a click.

    ``with ck.quietly():`` stands above claims that the story can do without. Each is checked where it
    stands, and fails as it would alone. In place of a line for each, the reader finds "5 statements checked";
    a click on it shows the sentences with their values. Where nothing can be clicked, such as in a terminal,
    they stand below the line.

    Returns:
        What a ``with`` statement takes; it names nothing.

    Raises:
        ClaimError: a statement does not hold; the line is then not shown.
    """
    statements: list[_Statement] = []
    before = _QUIET.set(statements)
    try:
        yield
    finally:
        _QUIET.reset(before)
    display(_Summary(tuple(statements)))


def claim(
    statement: str, holds: Any, *, value: object = None, only: Literal["scenes", "imagenet"] | None = None
) -> None:
    """Show `statement` with its `value` when it `holds`, and fail when not.

    Alone it is a sentence to remember, set off from the text. Under ``with ck.quietly():`` it is folded away.

    Args:
        statement: what the prose says, as a sentence without its full stop; `code` may stand in backticks.
        holds: bool, or a tensor or array of one bool, whatever its shape.
        value: what was measured. Text is shown as it is, a float to three digits.
        only: `"scenes"` for what is true of the net `scenes` and the drawn scenes alone, `"imagenet"` for
            what is true of the net for photographs and the course's own: it is skipped where
            COURSEKIT_MODEL or COURSEKIT_IMAGES puts something else in their place.

    Raises:
        ClaimError: the statement does not hold.
        TypeError: `holds` is not one bool.
        ValueError: `only` is none of these.
    """
    if only not in (None, *_HOLDS_FOR):
        raise ValueError(f"only: wanted None, {' or '.join(map(repr, _HOLDS_FOR))}, got {only!r}")
    if only and is_replaced(only):
        _say(_Statement(statement, skipped=only))
        return
    shown = _Statement(statement, _text(value))
    if not _truth(holds):
        raise ClaimError(f"does not hold: {repr(shown).removeprefix('✓ ')}")
    _say(shown)


def _say(statement: _Statement) -> None:
    statements = _QUIET.get()
    if statements is None:
        display(statement)
    else:
        statements.append(statement)


def _truth(holds: Any) -> bool:
    """The one bool in `holds`. A number is refused: a claim of `accuracy` alone compares nothing."""
    shape = getattr(holds, "shape", None)
    truth = holds.item() if shape is not None and math.prod(shape) == 1 else holds
    if not isinstance(truth, bool):
        raise TypeError(f"holds: wanted one bool, got {holds!r}; compare it, or say .all() or .any()")
    return truth


def _text(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _html(text: str) -> str:
    """Text as HTML, in which backticks set code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text))
