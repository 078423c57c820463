"""Drawing of a house."""

from __future__ import annotations

import numpy as np

from coursekit.datasets.scenes.palette import GLASS, WHITE, darker, lighter
from coursekit.datasets.scenes.pen import Pen
from coursekit.datasets.scenes.shapes import box, oval, rounded, stroke

LIT = (255, 226, 130)


def house(pen: Pen) -> None:
    """A house with a roof, a door, one to four windows, perhaps a chimney."""
    wide, top = pen.uniform(0.66, 0.92), pen.uniform(-0.22, 0.02)
    foot, peak = 0.86, top - pen.uniform(0.45, 0.72)
    if pen.chance(0.65):
        x = pen.uniform(0.25, 0.5) * wide * (1 if pen.chance(0.5) else -1)
        bricks = (158, 84, 66)
        pen.shape("chimney", box(x - 0.1, peak + 0.02, x + 0.1, top), bricks)
        pen.shape("chimney", box(x - 0.14, peak - 0.05, x + 0.14, peak + 0.05), darker(bricks, 0.3))
    pen.shape("wall", box(-wide, top, wide, foot), pen.main, painted=True)
    pen.shape("wall", box(-wide, foot - 0.09, wide, foot), darker(pen.main, 0.4), outline=False)
    _roof(pen, wide, top, peak)
    door = pen.uniform(-0.45, 0.45) * wide
    _door(pen, door, foot)
    _windows(pen, wide, top, foot, door)


def _roof(pen: Pen, wide: float, top: float, peak: float) -> None:
    eaves = wide + 0.16
    ridge = pen.pick((0.0, 0.0, 0.45 * wide, 0.7 * wide))
    roof = np.array([(-eaves, top + 0.05), (-ridge, peak), (ridge, peak), (eaves, top + 0.05)])
    pen.shape("roof", roof, pen.accent)
    for t in (0.28, 0.52, 0.76):  # rows of tiles
        y, half = peak + t * (top - peak), ridge + t * (eaves - ridge) - 0.07
        pen.shape("roof", stroke([(-half, y), (half, y)], 0.035), darker(pen.accent, 0.28), outline=False)
    if ridge == 0.0 and pen.chance(0.5):
        y = top + 0.42 * (peak - top)
        pen.shape("window", oval(0, y, 0.11, 0.11), WHITE)
        pen.shape("window", oval(0, y, 0.075, 0.075), darker(GLASS, 0.2), outline=False)


def _door(pen: Pen, x: float, foot: float) -> None:
    high, half = pen.uniform(0.46, 0.56), pen.uniform(0.12, 0.16)
    wood = pen.pick(((120, 74, 44), darker(pen.accent, 0.2), (64, 90, 120), (150, 46, 44)))
    if pen.chance(0.4):
        pen.shape("door", oval(x, foot - high, half, half), wood)
    pen.shape("door", box(x - half, foot - high, x + half, foot), wood)
    pen.shape(
        "door",
        rounded(box(x - 0.6 * half, foot - 0.85 * high, x + 0.6 * half, foot - 0.5 * high), 1),
        lighter(wood, 0.2),
        outline=False,
    )
    pen.shape("door", oval(x + 0.62 * half, foot - 0.42 * high, 0.03, 0.03), (240, 210, 90), outline=False)


def _windows(pen: Pen, wide: float, top: float, foot: float, door: float) -> None:
    lit, half, storeys = pen.chance(0.35), pen.uniform(0.12, 0.16), 2 if foot - top > 0.98 else 1
    rows = [top + 0.28, top + 0.72][:storeys] if storeys == 2 else [top + 0.36]
    columns = [c * wide for c in ((-0.62, 0.0, 0.62) if wide > 0.8 else (-0.55, 0.55))]
    for i, y in enumerate(rows):
        for x in columns:
            beside = abs(x - door) > half + 0.19
            if beside or (storeys == 2 and i == 0):
                _window(pen, x, y, half, lit)


def _window(pen: Pen, x: float, y: float, half: float, lit: bool) -> None:
    pen.shape("window", box(x - half, y - half, x + half, y + half), WHITE)
    pane = 0.8 * half
    glass = LIT if lit else darker(GLASS, 0.2)
    pen.shape("window", box(x - pane, y - pane, x + pane, y + pane), glass, outline=False, glow=lit)
    if not lit:
        gleam = [(x - pane, y), (x, y - pane), (x + 0.4 * pane, y - pane), (x - pane, y + 0.4 * pane)]
        pen.shape("window", gleam, lighter(GLASS, 0.5), outline=False)
    pen.shape("window", stroke([(x, y - half), (x, y + half)], 0.035), WHITE, outline=False)
    pen.shape("window", stroke([(x - half, y), (x + half, y)], 0.035), WHITE, outline=False)
