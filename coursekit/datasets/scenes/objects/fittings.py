"""Fittings that several drawings share."""

from __future__ import annotations

import numpy as np

from coursekit.datasets.scenes.palette import GLASS, METAL, darker, lighter
from coursekit.datasets.scenes.pen import Pen
from coursekit.datasets.scenes.shapes import oval, rounded

LAMP = (255, 240, 170)


def wheel(pen: Pen, x: float, y: float, r: float) -> None:
    """A wheel with a tyre, a rim and a hub."""
    pen.shape("wheel", oval(x, y, r, r), (52, 52, 58), soft=True)
    pen.shape("wheel", oval(x, y, 0.58 * r, 0.58 * r), METAL, soft=True)
    pen.shape("wheel", oval(x, y, 0.2 * r, 0.2 * r), darker(METAL, 0.5), outline=False)


def pane(pen: Pen, corners: list[tuple[float, float]]) -> None:
    """A window, given by its corners clockwise from the upper left, with a slanted gleam."""
    a, b, c, d = (np.array(p) for p in corners)
    pen.shape("window", rounded(corners, 1), darker(GLASS, 0.12))
    gleam = [a + 0.25 * (b - a), a + 0.55 * (b - a), d + 0.35 * (c - d), d + 0.05 * (c - d)]
    centre = np.mean(gleam, 0)
    pen.shape("window", centre + 0.8 * (np.array(gleam) - centre), lighter(GLASS, 0.55), outline=False)
