"""Where the panels of a grid lie: wide enough to be examined, and each pixel a square where it can be."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from coursekit.plots.pixels import Pixels
from coursekit.plots.theme import Theme

__all__ = ["GAP", "LETTER", "SMALLEST", "Page", "Panel", "Place", "fitting", "place_panels", "wrap"]

SMALLEST = 150
"""Pixels on the screen: what is to be examined is no narrower."""

GAP = 10
LETTER = 0.62
"""Width of a letter, in em."""

_LINE = 1.35  # height of a line of type, in em
_LABEL = 14  # letters to a line of what stands at the left of a row
_NEAR = 0.72  # a whole number of pixels may cost this much of a panel's width


@dataclass(frozen=True)
class Panel:
    """One picture of a mosaic.

    Attributes:
        pixels: (H, W, 3) in bytes.
        title: what stands above it.
    """

    pixels: Pixels
    title: str = ""


@dataclass(frozen=True)
class Page:
    """What a grid is laid out on, in pixels on the screen.

    Attributes:
        width: of the figure.
        height: that the panels together should keep to, unless that makes them small.
        largest: width of a panel, at most.
        smallest: width of a panel, at least.
        blown_up: width, at most, of a panel with less than half as many pixels.
        density: stored pixels for each on the screen.
        tight: the figure is no wider than its panels.
        margin: what stays free at the right.
        exact: let each pixel cover a whole number of stored ones, where that costs little room.
    """

    width: int
    height: int = 1400
    largest: int = 480
    smallest: int = SMALLEST
    blown_up: int = 320
    density: int = 2
    tight: bool = False
    margin: int = 0
    exact: bool = True


@dataclass(frozen=True)
class Place:
    """Where the panels lie, in pixels on the screen.

    Attributes:
        left: from the figure's left to the first panel.
        pitch: from one panel's column to the next.
        panel_width: of each panel.
        panel_height: of each panel.
        tops: from the figure's top to each row.
        width: of the figure.
        height: of the figure.
        labels: what stands at the left of each row, in lines.
    """

    left: int
    pitch: int
    panel_width: float
    panel_height: float
    tops: list[int]
    width: int
    height: int
    labels: list[str]


def fitting(page: Page, labels: Sequence[str], theme: Theme) -> int:
    """Return how many panels a row has at most, so that none is too narrow to be examined.

    Args:
        page: what they are laid out on.
        labels: what stands at the left of each row.
        theme: of the type.

    Returns:
        At least 1.
    """
    room = page.width - page.margin - _label_width(_wrapped(labels), theme)
    return max((room + GAP) // (page.smallest + GAP), 1)


def place_panels(rows: Sequence[Sequence[Panel]], labels: Sequence[str], page: Page, theme: Theme) -> Place:
    """Return where each panel lies.

    Args:
        rows: the panels.
        labels: what stands at the left of each row.
        page: what they are laid out on.
        theme: of the type.

    Returns:
        The place of each row and column, and the size of the figure.

    Raises:
        ValueError: there are too many to a row for the smallest width.
    """
    wrapped, em = _wrapped(labels), theme.em
    beside = _label_width(wrapped, theme)
    across = max(map(len, rows))
    height, width = max((panel.pixels.shape[:2] for panel in rows[0]), key=lambda shape: shape[1])
    room = (page.width - beside - page.margin + GAP) // across - GAP
    if room < page.smallest:
        raise ValueError(
            f"{across} pictures to a row would be {max(room, 0)} pixels wide; wanted {page.smallest} or more:"
            " show fewer to a row"
        )
    high = max(page.height // len(rows) * width // height, 192)
    # What is small is not blown up without end, though the squares of a kernel may be large.
    panel_width = _width(min(room, high, page.largest, max(page.blown_up, 2 * width)), width, page)
    words = [word for row in rows for panel in row for word in panel.title.split()]
    pitch = (
        min(max(int(panel_width), round(LETTER * em * _longest(words))), max(room, int(panel_width))) + GAP
    )
    panel_height = panel_width * height / width
    tops, y = [], 0
    for row in rows:
        y += round(max(_lines(panel.title, pitch - GAP, em) for panel in row) * _LINE * em)
        tops.append(y)
        y += round(panel_height) + GAP
    used = beside + across * pitch - GAP + page.margin
    whole = used if page.tight else page.width
    return Place(beside, pitch, panel_width, panel_height, tops, whole, y, wrapped)


def _width(room: int, width: int, page: Page) -> float:
    """Return a width in which each pixel covers a whole number of stored ones, where it costs little."""
    enlarged = room * page.density // width
    exact = enlarged * width / page.density
    return exact if page.exact and exact >= max(page.smallest, _NEAR * room) else room


def wrap(title: str, width: float, em: float) -> str:
    """Return a title in lines that fit into a width.

    Args:
        title: the text.
        width: in pixels on the screen.
        em: height of the type, in pixels on the screen.

    Returns:
        The text with line breaks; a word that is too long stays whole.
    """
    return textwrap.fill(title, max(int(width / (LETTER * em)), 1), break_long_words=False)


def _lines(title: str, width: float, em: float) -> int:
    return len(wrap(title, width, em).splitlines())


def _wrapped(labels: Sequence[str]) -> list[str]:
    return [textwrap.fill(str(label), _LABEL, break_long_words=False) for label in labels]


def _label_width(wrapped: Sequence[str], theme: Theme) -> int:
    lines = [line for text in wrapped for line in text.splitlines()]
    # A row in which wide letters stand is wider than the mean letter tells.
    return round(1.08 * LETTER * theme.em * _longest(lines)) + GAP if lines else 0


def _longest(texts: Sequence[str]) -> int:
    return max(map(len, texts), default=0)
