"""Drawing of a tank."""

from __future__ import annotations

import numpy as np

from coursekit.datasets.scenes.objects.fittings import LAMP
from coursekit.datasets.scenes.palette import BLACK, METAL, RGB, darker, mix
from coursekit.datasets.scenes.pen import Pen
from coursekit.datasets.scenes.shapes import box, oval, rounded, spread, stroke


def tank(pen: Pen) -> None:
    """A tank in profile, gun to the right."""
    wheels = pen.count(4, 7)
    steel = mix(pen.main, (110, 112, 100), 0.15)
    _turret(pen, steel)
    hull = [(-1.0, -0.06), (-0.88, -0.24), (0.72, -0.24), (1.04, -0.02), (0.9, 0.16), (-0.92, 0.16)]
    pen.shape("hull", rounded(hull, 1), steel, painted=True)
    pen.shape("light", oval(0.84, -0.08, 0.05, 0.05), LAMP, glow=True)
    _track(pen, wheels)


def _turret(pen: Pen, steel: RGB) -> None:
    long, thick = pen.uniform(0.50, 0.95), pen.uniform(0.07, 0.11)
    raised, high, at = pen.uniform(0.0, 0.16), pen.uniform(0.24, 0.34), pen.uniform(-0.22, 0.02)
    muzzle = (at + 0.36 + long, -0.24 - high * 0.5 - raised * long)
    pen.shape("gun", stroke([(at + 0.2, -0.24 - high * 0.5), muzzle], thick), darker(steel, 0.12))
    tip = stroke([(muzzle[0] - 0.13, muzzle[1] + 0.13 * raised), muzzle], 1.7 * thick)
    pen.shape("gun", tip, darker(steel, 0.3))
    if pen.chance(0.6):
        pen.line("antenna", [(at - 0.3, -0.3), (at - 0.42, -0.95)], 0.03, BLACK)
    lid = box(at - 0.18, -0.34 - high, at + 0.1, -0.2 - high)
    pen.shape("hatch", rounded(lid, 1), darker(steel, 0.2))
    dome = [(at - 0.48, -0.2), (at - 0.42, -0.2 - 0.8 * high), (at - 0.2, -0.24 - high)]
    dome += [(at + 0.22, -0.24 - high), (at + 0.46, -0.2 - 0.4 * high), (at + 0.44, -0.2)]
    pen.shape("turret", rounded(dome, 2), steel, painted=True)


def _track(pen: Pen, wheels: int) -> None:
    belt = [(-1.02, 0.02), (1.02, 0.02), (1.12, 0.18), (0.8, 0.46), (-0.8, 0.46), (-1.12, 0.18)]
    pen.shape("track", rounded(belt, 2), (58, 56, 54))
    inside = np.array(belt) * (0.9, 0.72) + (0, 0.066)
    pen.shape("track", rounded(inside, 2), (36, 35, 36), outline=False)
    r = min(0.16, 0.82 / wheels)
    for x in [-0.92, *spread(-0.72, 0.72, wheels), 0.92]:
        y, size = (0.2, 0.11) if abs(x) > 0.9 else (0.27, r)  # sprocket and idler sit higher
        pen.shape("wheel", oval(x, y, size, size), darker(METAL, 0.25), soft=True)
        pen.shape("wheel", oval(x, y, 0.35 * size, 0.35 * size), darker(METAL, 0.7), outline=False)
    for x in spread(-0.78, 0.78, 15):
        pen.shape("track", box(x - 0.025, 0.425, x + 0.025, 0.49), (30, 30, 32), outline=False)
