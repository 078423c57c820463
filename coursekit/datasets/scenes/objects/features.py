"""The features of a face: eyes, brows, nose, mouth, cheeks, glasses."""

from __future__ import annotations

import numpy as np

from coursekit.datasets.scenes.palette import BLACK, RGB, WHITE, darker, lighter, mix
from coursekit.datasets.scenes.pen import Pen
from coursekit.datasets.scenes.shapes import oval, smooth

_IRIS: tuple[RGB, ...] = ((74, 50, 34), (62, 104, 150), (70, 120, 78), (104, 84, 60))


def features(pen: Pen, hair: RGB, wide: float, long: float) -> None:
    """Draw the features into a head with half width `wide` and half height `long`."""
    apart, r = pen.uniform(0.40, 0.48) * wide, pen.uniform(0.10, 0.13)
    y, iris = pen.uniform(-0.12, -0.04), pen.pick(_IRIS)
    blush = mix(pen.skin, (226, 96, 92), 0.3)
    for side in (-1, 1):
        pen.shape("cheek", oval(side * 0.62 * wide, 0.34, 0.12, 0.08), blush, outline=False)
        _eye(pen, side * apart, y, r, iris)
        inner = (side * (apart - 0.15), y - 1.9 * r + pen.uniform(-0.05, 0.05))
        brow = [inner, (side * apart, y - 2.2 * r), (side * (apart + 0.17), y - 1.8 * r)]
        pen.line("eyebrow", brow, 0.06, darker(hair, 0.3))
    _nose(pen, y)
    _mouth(pen, wide, 0.55 * long)
    if pen.chance(0.25) or pen.glasses:
        _glasses(pen, apart, y)


def _eye(pen: Pen, x: float, y: float, r: float, iris: RGB) -> None:
    pen.shape("eye", oval(x, y, 1.3 * r, r), WHITE)
    pen.shape("eye", oval(x, y, 0.72 * r, 0.78 * r), iris, outline=False)
    pen.shape("eye", oval(x, y, 0.38 * r, 0.4 * r), BLACK, outline=False)
    pen.shape("eye", oval(x + 0.25 * r, y - 0.3 * r, 0.2 * r, 0.2 * r), WHITE, outline=False)


def _nose(pen: Pen, y: float) -> None:
    w, tip = pen.uniform(0.08, 0.13), pen.uniform(0.22, 0.3)
    right, left = [(0.6 * w, tip - 0.12), (w, tip)], [(-w, tip), (-0.6 * w, tip - 0.12)]
    bridge = smooth([(0, y + 0.06), *right, (0, tip + 0.06), *left], 4)
    pen.shape("nose", bridge, lighter(pen.skin, 0.08), outline=False)
    pen.line("nose", [(-w, tip), (0, tip + 0.06), (w, tip)], 0.05, darker(pen.skin, 0.42))


def _mouth(pen: Pen, wide: float, y: float) -> None:
    w, smile = pen.uniform(0.32, 0.5) * wide, pen.uniform(-0.03, 0.14)
    if pen.chance(0.4):
        _laugh(pen, w, y, max(smile, 0.1))
        return
    t = np.linspace(-1, 1, 9)
    lips = np.stack([w * t, y + smile * (1 - 1.8 * t * t)], 1)
    pen.line("mouth", lips, 0.085, mix(pen.skin, (190, 50, 60), 0.6), outline=True)


def _laugh(pen: Pen, w: float, y: float, smile: float) -> None:
    upper = [(-w, y - 0.04), (0, y + 0.02), (w, y - 0.04)]
    lower = [(0.6 * w, y + smile), (0, y + smile + 0.06), (-0.6 * w, y + smile)]
    pen.shape("mouth", smooth([*upper, *lower], 4), (130, 32, 40))
    teeth = [(-0.8 * w, y - 0.01), (0, y + 0.03), (0.8 * w, y - 0.01), (0, y + 0.1)]
    pen.shape("mouth", smooth(teeth, 3), WHITE, outline=False)


def _glasses(pen: Pen, apart: float, y: float) -> None:
    frame = pen.pick((BLACK, (120, 40, 40), (60, 70, 110)))
    for side in (-1, 1):
        outer, inner = oval(side * apart, y, 0.2, 0.19), oval(side * apart, y, 0.155, 0.145)
        # once round outside, once back inside: a ring as one polygon
        ring = np.concatenate([outer, outer[:1], inner[:1], inner[::-1]])
        pen.shape("glasses", ring, frame, outline=False)
    pen.line("glasses", [(-apart + 0.18, y - 0.03), (apart - 0.18, y - 0.03)], 0.04, frame)
