"""Drawing of a fish."""

from __future__ import annotations

from coursekit.datasets.scenes.palette import BLACK, WHITE, darker, lighter
from coursekit.datasets.scenes.pen import Pen
from coursekit.datasets.scenes.shapes import oval, smooth, spread


def fish(pen: Pen) -> None:
    """A fish swimming to the right."""
    long, tall = pen.uniform(0.72, 0.88), pen.uniform(0.34, 0.56)
    _tail(pen, long)
    _fins(pen, long, tall)
    _body(pen, long, tall)
    cleft = [(0.36 * long, -0.5 * tall), (0.27 * long, 0), (0.36 * long, 0.5 * tall)]
    pen.line("gill", cleft, 0.05, darker(pen.main, 0.45))
    pen.shape("fin", smooth([(0.2, 0.1), (-0.1, 0.02), (-0.26, 0.22), (-0.04, 0.3)], 4), pen.accent)
    _eye(pen, 0.6 * long, -0.22 * tall)
    lips = [(0.98 * long, 0.12), (0.86 * long, 0.22 * tall + 0.06), (0.74 * long, 0.2 * tall + 0.04)]
    pen.line("mouth", lips, 0.05, darker(pen.main, 0.7))


def _tail(pen: Pen, long: float) -> None:
    half, notch = pen.uniform(0.34, 0.54), pen.uniform(0.0, 0.2)
    root, end = -0.86 * long, -long - 0.34
    tail = [(root, 0.05), (end, half), (end + notch, 0), (end, -half), (root, -0.05)]
    pen.shape("tail", smooth(tail, 4), pen.accent)
    for y in (-0.45, 0.0, 0.45):
        ray = [(-0.95 * long, 0.1 * y), (-long - 0.24 + notch * (1 - abs(y)), y * half * 1.3)]
        pen.line("tail", ray, 0.03, darker(pen.accent, 0.3))


def _fins(pen: Pen, long: float, tall: float) -> None:
    high = pen.uniform(0.25, 0.5)
    back = [(-0.42 * long, -0.7 * tall), (-0.3 * long, -tall - 0.6 * high)]
    back += [(0.1 * long, -tall - 0.4 * high), (0.42 * long, -0.75 * tall)]
    pen.shape("fin", smooth(back, 4), pen.accent)
    belly = [(-0.2, 0.7 * tall), (-0.34, 1.4 * tall), (-0.05, 1.3 * tall), (0.14, 0.8 * tall)]
    pen.shape("fin", smooth(belly, 4), pen.accent)


def _body(pen: Pen, long: float, tall: float) -> None:
    below = [(0.72 * long, 0.55 * tall), (0.1 * long, tall), (-0.55 * long, 0.5 * tall), (-long, 0.1 * tall)]
    above = [
        (-long, -0.1 * tall),
        (-0.55 * long, -0.5 * tall),
        (0.1 * long, -tall),
        (0.72 * long, -0.6 * tall),
    ]
    pen.shape("body", smooth([(long, 0.06), *below, *above], 5), pen.main, soft=True, painted=True)
    belly = [(0.8 * long, 0.36 * tall), (0.1, 0.62 * tall), (-0.5 * long, 0.34 * tall), (0.1, 0.93 * tall)]
    pen.shape("body", smooth(belly, 5), lighter(pen.main, 0.35), outline=False)
    for x in spread(-0.35, 0.12, pen.count(2, 4)):
        for y in (-0.3, 0.1):
            scale = [(x * long, (y - 0.2) * tall), ((x + 0.1) * long, y * tall), (x * long, (y + 0.2) * tall)]
            pen.line("body", scale, 0.03, darker(pen.main, 0.28))


def _eye(pen: Pen, x: float, y: float) -> None:
    r = pen.uniform(0.10, 0.14)
    pen.shape("eye", oval(x, y, r, r), WHITE)
    pen.shape("eye", oval(x + 0.2 * r, y, 0.58 * r, 0.58 * r), BLACK, outline=False)
    pen.shape("eye", oval(x + 0.4 * r, y - 0.25 * r, 0.2 * r, 0.2 * r), WHITE, outline=False)
