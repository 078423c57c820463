"""Drawing of a mushroom."""

from __future__ import annotations

from coursekit.datasets.scenes.palette import RGB, WHITE, darker, lighter
from coursekit.datasets.scenes.pen import Pen
from coursekit.datasets.scenes.shapes import Point, oval, rounded, smooth, spread

_SPOTS: tuple[Point, ...] = (
    (-0.62, 0.2), (-0.2, 0.34), (0.3, 0.24), (0.7, 0.22), (-0.38, 0.62), (0.12, 0.66), (0.46, 0.52),
    (-0.06, 0.9),
)  # fmt: skip


def mushroom(pen: Pen) -> None:
    """A mushroom with a cap, spots, and a stem with or without a skirt."""
    stalk = pen.pick((WHITE, (244, 232, 206), (226, 210, 182), lighter(pen.accent, 0.7)))
    wide, fat = pen.uniform(0.20, 0.30), pen.uniform(1.0, 1.4)
    reach, tall = pen.uniform(0.72, 0.98), pen.uniform(0.62, 0.98)
    left = [(-wide, 0.0), (-0.85 * wide, 0.5), (-wide * fat, 0.92)]
    right = [(-x, y) for x, y in reversed(left)]
    pen.shape("stem", smooth([*left, (0, 1.0), *right], 4), stalk)
    pen.line("stem", [(0.5 * wide, 0.2), (0.55 * wide, 0.88)], 0.3 * wide, darker(stalk, 0.14))
    _gills(pen, reach, stalk)
    if pen.chance(0.5):
        left = [(-0.8 * wide, 0.26), (-1.5 * wide, 0.46), (-0.5 * wide, 0.42)]
        right = [(-x, y) for x, y in reversed(left)]
        pen.shape("skirt", rounded([*left, (0, 0.48), *right], 2), lighter(stalk, 0.3))
    _cap(pen, reach, tall)
    if pen.chance(0.75):
        _spots(pen, reach, tall)


def _gills(pen: Pen, reach: float, stalk: RGB) -> None:
    pen.shape("cap", oval(0, 0.06, 0.94 * reach, 0.15), darker(stalk, 0.3))
    for x in spread(-0.8, 0.8, 13):
        fold = [(0.25 * x, 0.02), (0.9 * reach * x, 0.13 - 0.05 * abs(x))]
        pen.line("cap", fold, 0.02, darker(stalk, 0.5))


def _cap(pen: Pen, reach: float, tall: float) -> None:
    pointed = pen.uniform(0.45, 0.8)
    left = [(-reach, 0.06), (-0.96 * reach, -0.25 * tall), (-pointed * 0.75 * reach, -0.72 * tall)]
    right = [(-x, y) for x, y in reversed(left)]
    hem = [(0.5 * reach, 0.08), (0.0, 0.02), (-0.5 * reach, 0.08)]
    dome = smooth([*left, (0, -tall), *right, *hem], 5)
    pen.shape("cap", dome, pen.main, soft=True, painted=True)


def _spots(pen: Pen, reach: float, tall: float) -> None:
    colour = pen.pick((WHITE, WHITE, lighter(pen.accent, 0.5)))
    for x, y in _SPOTS:
        if pen.chance(0.8):
            r = pen.uniform(0.06, 0.12)
            spot = oval(x * reach * 0.92, -y * tall * 0.95, r * (1 - 0.5 * abs(x)), r * 0.85)
            pen.shape("spot", spot, colour, outline=False)
