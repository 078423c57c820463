"""Drawing of a flower."""

from __future__ import annotations

import numpy as np

from coursekit.datasets.scenes.palette import RGB, darker
from coursekit.datasets.scenes.pen import Pen
from coursekit.datasets.scenes.shapes import Point, oval, smooth, stroke, turn

_GREENS: tuple[RGB, ...] = ((78, 140, 58), (96, 158, 66), (56, 116, 64), (122, 158, 60), (86, 130, 90))
_PETALS: dict[str, list[Point]] = {  # outlines of length 1 and half width 1, pointing right
    "round": [(0.1, 0), (0.4, 0.8), (0.78, 1), (1, 0), (0.78, -1), (0.4, -0.8)],
    "pointed": [(0.1, 0), (0.35, 0.8), (0.6, 0.8), (1.05, 0), (0.6, -0.8), (0.35, -0.8)],
    "heart": [(0.1, 0), (0.5, 0.9), (0.9, 0.9), (1, 0.4), (0.9, 0), (1, -0.4), (0.9, -0.9), (0.5, -0.9)],
}


def flower(pen: Pen) -> None:
    """A flower with a stem, one to three leaves, and five to eleven petals."""
    green = pen.pick(_GREENS)
    sway = pen.uniform(-0.22, 0.22)
    t = np.linspace(0, 1, 8)
    stem = np.stack([sway * (1 - t) ** 2 + 0.1 * np.sin(2.5 * t), -0.3 + 1.45 * t], 1)
    pen.shape("stem", stroke(stem, 0.09, 0.12), green)
    for k in range(pen.count(1, 3)):
        _leaf(pen, stem[4 + (k % 3)], 1 if k % 2 else -1, green)
    petals, long = pen.count(5, 11), pen.uniform(0.52, 0.68)
    _petals(pen, petals, long, np.array((sway, -0.42)))
    _centre(pen, sway, -0.42)


def _leaf(pen: Pen, root: np.ndarray, side: int, green: RGB) -> None:
    leaf = np.array([(0, 0), (0.16, -0.17), (0.46, -0.24), (0.56, -0.2), (0.34, 0.02)]) * (side, 1)
    pen.shape("leaf", smooth(leaf + root, 4), green, soft=True)
    vein = np.array([(0.02, -0.02), (0.44 * side, -0.17)])
    pen.line("leaf", vein + root, 0.025, darker(green, 0.35))


def _petals(pen: Pen, count: int, long: float, middle: np.ndarray) -> None:
    outline = np.array(_PETALS[pen.pick(("round", "round", "pointed", "heart"))])
    wide = min(0.34, 2.4 * long / count) * pen.uniform(0.8, 1.0)
    petal = smooth(outline * (long, wide), 4)
    start = pen.uniform(0, 360)
    if count <= 8 and pen.chance(0.5):
        for k in range(count):
            behind = turn(petal * 1.08, start + 360 * (k + 0.5) / count)
            pen.shape("petal", behind + middle, darker(pen.main, 0.3))
    for k in range(count):
        turned = turn(petal, start + 360 * k / count)
        pen.shape("petal", turned + middle, pen.main, soft=True, painted=True)


def _centre(pen: Pen, x: float, y: float) -> None:
    r = pen.uniform(0.16, 0.22)
    colour = pen.pick(((248, 200, 60), pen.accent, (120, 76, 44)))
    pen.shape("centre", oval(x, y, r, r), colour, soft=True)
    for k in range(7):  # seeds in a spiral
        a, d = 2.4 * k, 0.8 * r * np.sqrt((k + 0.5) / 7)
        seed = oval(x + d * np.cos(a), y + d * np.sin(a), 0.028, 0.028)
        pen.shape("centre", seed, darker(colour, 0.4), outline=False)
