"""Drawing of a rocket."""

from __future__ import annotations

import numpy as np

from coursekit.datasets.scenes.palette import GLASS, METAL, lighter
from coursekit.datasets.scenes.pen import Pen
from coursekit.datasets.scenes.shapes import oval, rounded, smooth, spread, stroke, turn


def rocket(pen: Pen) -> None:
    """A rocket pointing up, with fins and a flame; it leans."""
    wide, tip = pen.uniform(0.24, 0.36), pen.uniform(-1.1, -0.9)
    tilt = pen.uniform(-30, 30)
    _flame(pen, 0.75 * wide)
    _fins(pen, wide)
    nozzle = [(-0.5 * wide, 0.55), (0.5 * wide, 0.55), (0.66 * wide, 0.74), (-0.66 * wide, 0.74)]
    pen.shape("nozzle", nozzle, (70, 72, 80))
    _tube(pen, wide, tip)
    for y in spread(-0.18, 0.22, pen.count(1, 2)):
        pen.shape("window", oval(0, y, 0.5 * wide, 0.5 * wide), METAL)
        pen.shape("window", oval(0, y, 0.36 * wide, 0.36 * wide), GLASS, soft=True)
    pen.shape("fin", stroke([(0, 0.3), (0, 0.84)], 0.09, 0.05), pen.accent)
    for shape in pen.shapes:
        shape.points = turn(shape.points, tilt)


def _flame(pen: Pen, wide: float) -> None:
    long = pen.uniform(0.4, 0.7)
    for share, colour in ((1.0, (238, 92, 36)), (0.68, (252, 176, 48)), (0.36, (255, 240, 150))):
        w, h = wide * share, long * share
        tongues = [(-w, 0.66), (-0.8 * w, 0.66 + 0.6 * h), (-0.35 * w, 0.66 + 0.5 * h), (0, 0.66 + h)]
        tongues += [(0.35 * w, 0.66 + 0.5 * h), (0.8 * w, 0.66 + 0.6 * h), (w, 0.66)]
        pen.shape("flame", smooth(tongues, 3), colour, outline=False, glow=True)


def _fins(pen: Pen, wide: float) -> None:
    reach = wide + pen.uniform(0.22, 0.36)
    for side in (-1, 1):
        blade = [(0.7 * wide, 0.1), (reach, 0.5), (reach, 0.78), (0.7 * wide, 0.58)]
        pen.shape("fin", rounded(np.array(blade) * (side, 1), 1), pen.accent)


def _tube(pen: Pen, wide: float, tip: float) -> None:
    shoulder = (0.55 * wide, 0.72 * tip)
    right = [(0.0, tip), shoulder, (0.95 * wide, 0.35 * tip), (wide, 0.1), (0.7 * wide, 0.62)]
    left = [(-x, y) for x, y in reversed(right[1:])]
    pen.shape("body", smooth([*right, *left], 4), pen.main, painted=True)
    right = [(0.0, tip), shoulder, (0.8 * wide, 0.5 * tip)]
    left = [(-x, y) for x, y in reversed(right[1:])]
    pen.shape("nose", [*right, (0.0, 0.44 * tip), *left], pen.accent, soft=True)
    pen.line("body", [(-0.5 * wide, 0.35 * tip), (-0.55 * wide, 0.42)], 0.05, lighter(pen.main, 0.5))
