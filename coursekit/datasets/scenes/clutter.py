"""Things that stand around and mean nothing: stones, bushes, fences, posts, tufts, logs; and what hides."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from coursekit.datasets.scenes.palette import RGB, darker, hsv, lighter
from coursekit.datasets.scenes.pen import Pen
from coursekit.datasets.scenes.shapes import box, oval, rounded, smooth, spread, stroke

WOOD: RGB = (146, 108, 72)


def _stone(pen: Pen) -> None:
    count = 7
    t = np.arange(count) * (2 * np.pi / count)
    r = 0.7 + 0.3 * pen.rng.random(count)
    points = np.stack([r * np.cos(t), np.minimum(0.62 * r * np.sin(t), 0.3)], 1)
    grey = hsv(pen.uniform(0, 1), 0.08, pen.uniform(0.42, 0.7))
    pen.shape("body", rounded(points, 1), grey, soft=True)


def _bush(pen: Pen) -> None:
    leaf = hsv(pen.uniform(0.15, 0.45), pen.uniform(0.3, 0.6), pen.uniform(0.35, 0.62))
    lumps = (
        (-0.62, -0.2, 0.34),
        (0.62, -0.2, 0.34),
        (-0.3, -0.44, 0.38),
        (0.34, -0.42, 0.38),
        (0.0, -0.26, 0.42),
    )
    for x, y, r in lumps:
        x, r = x + pen.uniform(-0.1, 0.1), r * pen.uniform(0.85, 1.15)
        teeth = np.where(np.arange(18) % 2, 0.86, 1.08)[:, None]
        t = np.arange(18) * (np.pi / 9) + pen.uniform(0, 6)
        points = r * teeth * np.stack([np.cos(t), 0.85 * np.sin(t)], 1) + (x, y)
        pen.shape("body", np.minimum(points, (9, 0.05)), darker(leaf, pen.uniform(0, 0.25)), soft=True)


def _fence(pen: Pen) -> None:
    wood = lighter(WOOD, pen.uniform(0, 0.7))
    for y in (-0.45, -0.18):
        pen.shape("body", box(-1.3, y, 1.3, y + 0.09), darker(wood, 0.15))
    for x in spread(-1.2, 1.2, 6):
        pen.shape(
            "body", [(x - 0.07, 0.1), (x - 0.07, -0.62), (x, -0.72), (x + 0.07, -0.62), (x + 0.07, 0.1)], wood
        )


def _post(pen: Pen) -> None:
    wood = lighter(WOOD, pen.uniform(0, 0.5))
    pen.shape("body", box(-0.06, -1.6, 0.06, 0.05), wood)
    if pen.chance(0.5):
        pen.shape("body", box(-0.42, -1.62, 0.42, -1.52), wood)
        for x in (-0.34, 0.34):
            pen.shape("body", box(x - 0.04, -1.74, x + 0.04, -1.62), lighter(wood, 0.6))
        return
    pen.shape("body", box(-0.09, -1.3, 0.09, -1.1), lighter(wood, 0.6), outline=False)


def _tuft(pen: Pen) -> None:
    blade = hsv(pen.uniform(0.1, 0.4), pen.uniform(0.3, 0.6), pen.uniform(0.35, 0.7))
    for k in range(7):
        x = -0.45 + 0.15 * k
        tip = (x + pen.uniform(-0.3, 0.3), -pen.uniform(0.4, 0.95))
        pen.shape(
            "body", [(x - 0.07, 0.03), tip, (x + 0.07, 0.03)], darker(blade, 0.25 * (k % 2)), outline=False
        )


def _log(pen: Pen) -> None:
    bark = lighter(WOOD, pen.uniform(-0.3, 0.2))
    pen.shape("body", box(-0.9, -0.36, 0.8, 0.06), bark)
    for y in (-0.26, -0.14, -0.03):
        pen.shape(
            "body", stroke([(-0.85, y), (pen.uniform(0, 0.7), y)], 0.03), darker(bark, 0.4), outline=False
        )
    pen.shape("body", oval(0.8, -0.15, 0.14, 0.21), lighter(bark, 0.45))
    pen.shape("body", oval(0.8, -0.15, 0.07, 0.11), lighter(bark, 0.2), outline=False)


KINDS: dict[str, Callable[[Pen], None]] = {
    "stone": _stone,
    "bush": _bush,
    "fence": _fence,
    "post": _post,
    "tuft": _tuft,
    "log": _log,
}


def _wall(pen: Pen) -> None:
    """A brick wall that fills the square -1…1."""
    brick = hsv(pen.uniform(0, 0.1), 0.45, pen.uniform(0.5, 0.75))
    pen.shape("body", box(-1, -1, 1, 1), lighter(brick, 0.55))
    for row in range(10):
        for column in range(-1, 5):
            x = -1 + 0.42 * column + 0.21 * (row % 2)
            x0, x1 = max(x + 0.02, -0.98), min(x + 0.4, 0.98)
            if x1 > x0 + 0.03:
                colour = darker(brick, pen.uniform(0, 0.25))
                pen.shape(
                    "body", box(x0, -0.98 + 0.197 * row, x1, -0.82 + 0.197 * row), colour, outline=False
                )


def _boulder(pen: Pen) -> None:
    grey = hsv(pen.uniform(0, 1), 0.08, pen.uniform(0.45, 0.65))
    outline = [(-1.25, 1), (-1.2, -0.2), (-0.8, -1.1), (0.1, -1.3), (0.9, -1.05), (1.25, -0.1), (1.2, 1)]
    pen.shape("body", smooth(outline, 4), grey, soft=True)
    for _ in range(6):
        x, y = pen.uniform(-0.8, 0.6), pen.uniform(-0.7, 0.7)
        crack = [(x, y), (x + 0.15, y + 0.1), (x + 0.2, y + 0.3)]
        pen.shape("body", stroke(crack, 0.04), darker(grey, 0.35), outline=False)


def _hedge(pen: Pen) -> None:
    leaf = hsv(pen.uniform(0.22, 0.42), pen.uniform(0.35, 0.6), pen.uniform(0.35, 0.55))
    pen.shape("body", box(-1.05, -1, 1.05, 1.05), darker(leaf, 0.25))
    for _ in range(60):
        x, y, r = pen.uniform(-1, 1), pen.uniform(-1.0, 0.95), pen.uniform(0.1, 0.2)
        pen.shape("body", oval(x, y, r, 0.8 * r), darker(leaf, pen.uniform(0, 0.4)), soft=True, outline=False)


# Each covers at least the square -1…1.
HIDERS: dict[str, Callable[[Pen], None]] = {"wall": _wall, "boulder": _boulder, "hedge": _hedge}
