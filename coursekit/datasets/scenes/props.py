"""Props: clutter strewn over the ground, and large things that hide what is behind."""

from __future__ import annotations

from functools import lru_cache, partial

import numpy as np

from coursekit.datasets.scenes.canvas import Canvas
from coursekit.datasets.scenes.clutter import HIDERS, KINDS
from coursekit.datasets.scenes.palette import WHITE
from coursekit.datasets.scenes.pen import Pen
from coursekit.datasets.scenes.rasterise import Box, Fills, Pose, lit_side, prepare, rasterise

_VERSIONS = 24  # of each kind of clutter
_MAX_PIECES = 8  # pieces of clutter


def scatter_clutter(canvas: Canvas, count: int, rng: np.random.Generator) -> None:
    """Stand `count` things around, the far ones first, small and hazy."""
    place, kinds = canvas.place, tuple(KINDS)
    for depth, across, kind, bulk, version in sorted(rng.random((_MAX_PIECES, 5))[:count].tolist()):
        down = 0.03 + 0.85 * depth**1.3  # from the horizon to the lower border
        fills = _stock(kinds[int(kind * len(kinds))], int(version * _VERSIONS), place.sun)
        foot = (place.horizon + (1 - place.horizon) * down) * place.size
        pose = Pose((0.03 + 0.10 * down) * (0.8 + 0.5 * bulk) * place.size, shift=(across * place.size, foot))
        tone = partial(place.air.tone, depth=1 - 0.75 * down)
        sprite = rasterise(fills, pose, place.size, tone, sun=0.0)
        if sprite is not None:
            canvas.put(sprite)


@lru_cache(maxsize=512)
def _stock(kind: str, version: int, sun: float) -> Fills:
    pen = Pen(np.random.default_rng([19, version]), WHITE, WHITE)
    KINDS[kind](pen)
    return prepare(pen.shapes, np.array(lit_side(sun)))


def add_occluder(canvas: Canvas, kind: str, box: Box, rng: np.random.Generator) -> None:
    """Stand something in the middle of the picture that is wider than an object with that bounding box."""
    place = canvas.place
    left, top, right, bottom = box
    pen = Pen(rng, WHITE, WHITE)
    HIDERS[kind](pen)
    for shape in pen.shapes:
        shape.points = shape.points * (1.4, 1.0)
    grow = 0.54 * max(right - left, bottom - top) + 1
    middle = (place.size / 2, min((top + bottom) / 2, place.size - 0.6 * grow))
    fills = prepare(pen.shapes, np.array(lit_side(place.sun)))
    tone = partial(place.air.tone, depth=0.3)
    sprite = rasterise(fills, Pose(grow, shift=middle), place.size, tone, place.sun)
    if sprite is not None:
        canvas.put(sprite)
