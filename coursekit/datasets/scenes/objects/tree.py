"""Drawing of a tree."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from coursekit.datasets.scenes.palette import RGB, darker, lighter, mix
from coursekit.datasets.scenes.pen import Pen
from coursekit.datasets.scenes.shapes import oval, smooth, spread, stroke

_BARK: tuple[RGB, ...] = ((116, 78, 48), (92, 66, 50), (140, 104, 74), (158, 150, 140))


def tree(pen: Pen) -> None:
    """A tree: round, poplar-like, or a conifer."""
    kind = pen.pick(("round", "round", "poplar", "conifer"))
    bark = pen.pick(_BARK)
    wide = pen.uniform(0.09, 0.15)
    if kind != "conifer":
        for side in (-1, 1):
            bough = [(0, 0.45), (side * 0.2, 0.22), (side * 0.34, 0.0)]
            pen.shape("trunk", stroke(bough, wide, 0.4 * wide), bark)
    left = [(-wide * 1.7, 1.0), (-wide, 0.75), (-0.75 * wide, 0.1)]
    pen.shape("trunk", [*left, *[(-x, y) for x, y in reversed(left)]], bark)
    pen.line("trunk", [(0.3 * wide, 0.95), (0.25 * wide, 0.35)], 0.3 * wide, darker(bark, 0.3))
    _CROWNS[kind](pen)


def _round_crown(pen: Pen) -> None:
    lumps = pen.count(6, 8)
    wide, tall = pen.uniform(0.44, 0.60), pen.uniform(0.36, 0.48)
    turnings = (np.arange(lumps) * (2 * np.pi / lumps) + pen.uniform(0, 1)).tolist()
    # far lumps first, then a core, then near lumps with leaves: the crown gets depth
    places = [(wide * np.cos(t), -0.36 + tall * np.sin(t), pen.uniform(0.27, 0.34)) for t in turnings]
    for x, y, r in sorted(places, key=lambda p: -p[1]):
        _lump(pen, x, y, r, darker(pen.main, 0.16))
    pen.shape("crown", oval(0, -0.38, wide, tall), darker(pen.main, 0.08), outline=False)
    for x, y, r in ((0.3 * wide, -0.2, 0.3), (-0.4 * wide, -0.3, 0.32), (0.1 * wide, -0.58, 0.34)):
        _lump(pen, x, y, r, pen.main, outline=False)
    if pen.chance(0.4):
        for _ in range(pen.count(4, 8)):
            a, d = pen.uniform(0, 6.28), pen.uniform(0.2, 1.0)
            fruit = oval(wide * d * np.cos(a), -0.36 + tall * d * np.sin(a), 0.065, 0.065)
            pen.shape("fruit", fruit, pen.accent, soft=True)


def _lump(pen: Pen, x: float, y: float, r: float, colour: RGB, outline: bool = True) -> None:
    """A round mass of leaves with a scalloped edge."""
    scallops = np.arange(18)
    t = scallops * (np.pi / 9) + pen.uniform(0, 6)
    radius = r * np.where(scallops % 2, 0.9, 1.06)
    points = np.stack([x + radius * np.cos(t), y + radius * np.sin(t)], 1)
    pen.shape("crown", smooth(points, 3), colour, soft=True, outline=outline, painted=True)


def _poplar_crown(pen: Pen) -> None:
    wide = pen.uniform(0.34, 0.46)
    outline = [(0, -1.15), (0.6 * wide, -0.8), (0.95 * wide, -0.25), (0.8 * wide, 0.25), (0, 0.42)]
    outline += [(-0.8 * wide, 0.25), (-0.95 * wide, -0.25), (-0.6 * wide, -0.8)]
    pen.shape("crown", smooth(outline, 5), darker(pen.main, 0.08), soft=True, painted=True)
    for _ in range(14):
        x, y = pen.uniform(-0.65, 0.65) * wide, pen.uniform(-0.75, 0.25)
        tuft = smooth([(x - 0.12, y), (x, y - 0.09), (x + 0.12, y), (x, y - 0.03)], 3)
        pen.shape("crown", tuft, pen.pick((lighter(pen.main, 0.25), darker(pen.main, 0.22))), outline=False)


def _conifer_crown(pen: Pen) -> None:
    tiers = pen.count(3, 5)
    wide = pen.uniform(0.52, 0.68)
    for i in range(tiers):
        _tier(pen, wide * (1 - 0.72 * i / tiers), 0.55 - 1.35 * i / tiers, 1.9 / tiers + 0.1, i / tiers)
    if pen.chance(0.3):
        for _ in range(pen.count(4, 7)):
            y = pen.uniform(-0.5, 0.45)
            x = pen.uniform(-0.6, 0.6) * wide * (0.4 + 0.6 * (y + 0.9) / 1.4)
            pen.shape("fruit", oval(x, y, 0.06, 0.06), pen.accent, soft=True)


def _tier(pen: Pen, wide: float, foot: float, tall: float, bright: float) -> None:
    """One skirt of branches with a jagged hem; `bright` in [0, 1]."""
    tip = foot - tall
    xs = spread(-wide, wide, 7)
    hem = [(x, foot + (0.09 if k % 2 else 0.0) - 0.12 * abs(x / wide)) for k, x in enumerate(xs)]
    colour = mix(darker(pen.main, 0.25), pen.main, bright)
    pen.shape("crown", [(0.0, tip), *reversed(hem)], colour, painted=True)
    gleam = [(0.0, tip + 0.1), (-0.5 * wide, foot - 0.14), (-0.12 * wide, foot - 0.1)]
    pen.shape("crown", gleam, lighter(pen.main, 0.12 + 0.1 * bright), outline=False)


_CROWNS: dict[str, Callable[[Pen], None]] = {
    "round": _round_crown,
    "poplar": _poplar_crown,
    "conifer": _conifer_crown,
}
