"""Patterns that painted parts may bear: stripes, bands, dots, checks, zigzags, scales."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
from PIL import Image

PATTERNS: tuple[str, ...] = ("plain", "stripes", "bands", "dots", "checks", "zigzag", "scales")

_FORMULAS: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    # u, v in periods; the pattern's colour lies where the value is positive
    "stripes": lambda u, v: np.sin(2 * np.pi * u) - 0.1,
    "bands": lambda u, v: np.sin(2 * np.pi * v) - 0.1,
    "dots": lambda u, v: np.cos(2 * np.pi * u) * np.cos(2 * np.pi * v) - 0.45,
    "checks": lambda u, v: np.sin(2 * np.pi * u) * np.sin(2 * np.pi * v),
    "zigzag": lambda u, v: np.sin(2 * np.pi * (v + 0.35 * np.abs(2 * (u % 1) - 1))) - 0.1,
    "scales": lambda u, v: np.hypot((u + 0.5 * (np.floor(v) % 2)) % 1 - 0.5, 0.8 * (v % 1)) - 0.52,
}


@lru_cache(maxsize=192)
def _tile(name: str, period: int, side: int) -> Image.Image:
    t = np.arange(side, dtype=np.float32) / period
    value = _FORMULAS[name](t[None, :], t[:, None])
    return Image.fromarray(np.broadcast_to(np.where(value > 0, 225, 0), (side, side)).astype(np.uint8))


def pattern(name: str, period: float, offset: Sequence[float]) -> Callable[[float, int, int], Image.Image]:
    """A function (pixels per unit, width, height) → opacity (L image) of the pattern there.

    `period` is in object units, `offset` in [0, 1)² moves the pattern.
    """

    def cut(unit: float, width: int, height: int) -> Image.Image:
        pixels = max(4, 2 * round(period * unit / 2))
        side = 256 * -(-(max(width, height) + pixels * 2) // 256)
        x, y = int(offset[0] * pixels), int(offset[1] * pixels)
        return _tile(name, pixels, side).crop((x, y, x + width, y + height))

    return cut
