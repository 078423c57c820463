"""Drawing of a human face: head, hair, and what is on them."""

from __future__ import annotations

import numpy as np

from coursekit.datasets.scenes.objects.features import features
from coursekit.datasets.scenes.palette import RGB, darker, lighter
from coursekit.datasets.scenes.pen import Pen
from coursekit.datasets.scenes.shapes import oval, smooth, spread

_HAIR: tuple[RGB, ...] = (
    (44, 34, 32), (86, 54, 34), (138, 92, 48), (214, 172, 92), (176, 78, 40), (150, 150, 152),
)  # fmt: skip
_PI = float(np.pi)


def face(pen: Pen) -> None:
    """A face from the front; the colour is that of clothes, perhaps of hair; the skin is a factor."""
    wide, long = pen.uniform(0.56, 0.68), pen.uniform(0.72, 0.84)
    hair = pen.pick((pen.pick(_HAIR), pen.pick(_HAIR), pen.main))
    style = pen.pick(("short", "short", "long", "curly", "bald", "hat"))
    if style == "long":
        _mane(pen, hair, wide, long)
    if style == "curly":
        for a in spread(-0.15 * _PI, 1.15 * _PI, 11):
            curl = oval((wide + 0.05) * np.cos(a), -0.18 - (long - 0.1) * np.sin(a), 0.25, 0.25)
            pen.shape("hair", curl, hair, soft=True)
    _head(pen, wide, long)
    features(pen, hair if style != "bald" else pen.pick(_HAIR), wide, long)
    if style in ("short", "long"):
        _fringe(pen, hair, wide + 0.05, long)
    if style == "curly":
        for x in spread(-0.75, 0.75, 5):
            pen.shape("hair", oval(x * wide, -long * (0.95 - 0.3 * x * x) + 0.08, 0.22, 0.2), hair, soft=True)
    if style == "hat":
        _hat(pen, wide + 0.05, long)


def _head(pen: Pen, wide: float, long: float) -> None:
    neck = [(-0.24, 0.5), (-0.26, 0.95), (-0.5, 1.1), (0.5, 1.1), (0.26, 0.95), (0.24, 0.5)]
    pen.shape("neck", smooth(neck, 3), darker(pen.skin, 0.14))
    collar = [(-0.66, 1.16), (-0.34, 0.98), (0, 1.08), (0.34, 0.98), (0.66, 1.16)]
    pen.shape("body", smooth(collar, 4), pen.main)
    for side in (-1, 1):
        pen.shape("ear", oval(side * (wide + 0.02), 0.04, 0.11, 0.17), darker(pen.skin, 0.06))
    jaw = 0.6 * pen.uniform(0.55, 0.8) * wide
    right = [(0.7 * wide, -0.72 * long), (wide, -0.05), (0.9 * wide, 0.4 * long), (jaw, 0.86 * long)]
    left = [(-x, y) for x, y in reversed(right)]
    pen.shape("head", smooth([(0, -long), *right, (0, 0.98 * long), *left], 5), pen.skin, soft=True)


def _mane(pen: Pen, hair: RGB, wide: float, long: float) -> None:
    w = wide + 0.2
    right = [(w, -0.5), (w + 0.06, 0.5), (w - 0.1, 0.95)]
    left = [(-x, y) for x, y in reversed(right)]
    pen.shape("hair", smooth([(0, -long - 0.18), *right, *left], 5), darker(hair, 0.18))


def _fringe(pen: Pen, hair: RGB, w: float, long: float) -> None:
    top, parting = -long - 0.1, pen.uniform(-0.3, 0.3) * w
    outer = [(-w, -0.14), (-w, -0.55 * long), (-0.5 * w, top + 0.04)]
    outer += [(-x, y) for x, y in reversed(outer)]
    inner = [(0.82 * w, -0.46 * long), (parting + 0.16, -0.56 * long)]
    inner += [(parting - 0.1, -0.68 * long), (-0.8 * w, -0.42 * long)]
    pen.shape("hair", smooth([*outer, *inner], 4), hair)
    gleam = [(-0.5 * w, top + 0.2), (0.0, top + 0.12), (0.4 * w, top + 0.18)]
    pen.line("hair", gleam, 0.06, lighter(hair, 0.25))


def _hat(pen: Pen, w: float, long: float) -> None:
    left = [(-w, -0.42 * long), (-0.85 * w, -0.9 * long)]
    right = [(-x, y) for x, y in reversed(left)]
    dome = [*left, (0, -long - 0.1 - 0.08), *right, (0, -0.55 * long)]
    pen.shape("hat", smooth(dome, 5), pen.accent, painted=True)
    peak = [(-0.2, -0.5 * long), (w, -0.52 * long), (w + 0.34, -0.36 * long), (0.3, -0.4 * long)]
    pen.shape("hat", smooth(peak, 4), darker(pen.accent, 0.25))
