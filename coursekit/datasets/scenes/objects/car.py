"""Drawing of a car."""

from __future__ import annotations

from dataclasses import dataclass

from coursekit.datasets.scenes.objects.fittings import LAMP, pane, wheel
from coursekit.datasets.scenes.palette import METAL, darker
from coursekit.datasets.scenes.pen import Pen
from coursekit.datasets.scenes.shapes import Point, box, oval, rounded


@dataclass(frozen=True)
class _Make:
    cabin: tuple[Point, ...]  # its outline; heights as shares of the cabin's
    panes: tuple[tuple[float, float, float], ...]  # rear, front, and how much the front leans
    doors: int


_MAKES: dict[str, _Make] = {
    "saloon": _Make(
        ((-0.62, 0), (-0.38, -1), (0.22, -1), (0.56, 0)), ((-0.5, -0.05, -0.1), (-0.02, 0.44, 0.1)), 2
    ),
    "hatch": _Make(
        ((-0.94, 0.1), (-0.78, -1), (0.12, -1), (0.5, 0)), ((-0.8, -0.32, 0.0), (-0.24, 0.38, 0.1)), 2
    ),
    "van": _Make(
        ((-0.96, 0.1), (-0.93, -1), (0.45, -1), (0.74, 0)),
        ((-0.82, -0.3, 0), (-0.2, 0.2, 0), (0.3, 0.62, 0.1)),
        1,
    ),
    "pickup": _Make(((-0.12, 0), (-0.1, -1), (0.3, -1), (0.6, 0)), ((0.0, 0.46, 0.1),), 1),
}


def car(pen: Pen) -> None:
    """A car in profile, bonnet to the right: saloon, hatchback, van or pickup."""
    name = pen.pick(tuple(_MAKES))
    make = _MAKES[name]
    tall = pen.uniform(0.30, 0.40) * (1.25 if name == "van" else 1.0)
    low = pen.uniform(0.24, 0.32)
    cabin = rounded([(x, y * tall) for x, y in make.cabin], 1)
    pen.shape("body", cabin, pen.main, painted=name == "van")
    for rear, front, slope in make.panes:
        top, foot = -0.84 * tall, -0.08 * tall
        back = 0.12 if rear == make.panes[0][0] and name != "pickup" else 0.0
        pane(pen, [(rear + back, top), (front - 1.4 * slope, top), (front, foot), (rear, foot)])
    _hull(pen, low)
    _doors(pen, low, make.doors)
    _ends(pen, low)
    r = pen.uniform(0.21, 0.27)
    for x in (-0.58, 0.58) if name != "van" or pen.chance(0.6) else (-0.64, -0.12, 0.6):
        pen.shape("body", oval(x, low, 1.2 * r, 1.2 * r), darker(pen.main, 0.6), outline=False)
        wheel(pen, x, low + 0.03, r)


def _hull(pen: Pen, low: float) -> None:
    rear, front = [(-1.0, -0.02), (-0.98, low)], [(0.98, low), (1.0, 0.35 * low), (0.9, 0.06)]
    pen.shape("body", rounded([*rear, *front, (0.52, -0.04), (-0.7, -0.06)], 2), pen.main, painted=True)
    pen.shape("stripe", box(-0.96, 0.62 * low, 0.96, 0.78 * low), darker(pen.main, 0.3), outline=False)


def _doors(pen: Pen, low: float, count: int) -> None:
    for i in range(count):
        x = 0.28 - 0.46 * i
        pen.line("door", [(x - 0.40, -0.02), (x - 0.40, 0.85 * low)], 0.025, darker(pen.main, 0.5))
        pen.shape("door", box(x - 0.34, 0.16 * low, x - 0.24, 0.28 * low), darker(METAL, 0.4), outline=False)


def _ends(pen: Pen, low: float) -> None:
    pen.shape("bumper", rounded(box(0.84, 0.72 * low, 1.06, 1.02 * low), 1), METAL)
    pen.shape("bumper", rounded(box(-1.06, 0.72 * low, -0.86, 1.02 * low), 1), METAL)
    pen.shape("light", oval(0.92, 0.34 * low, 0.07, 0.07), LAMP, glow=True)
    pen.shape("light", rounded(box(-1.02, 0.1 * low, -0.92, 0.5 * low), 1), (215, 50, 45), glow=True)
