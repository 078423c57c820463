"""Ground textures seen from above, and their view in perspective."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from coursekit.datasets.scenes.noise import fractal

_LEVELS = 5


def _tint(value: np.ndarray, low: tuple[int, int, int], high: tuple[int, int, int]) -> np.ndarray:
    t = np.clip(0.5 + 0.25 * value, 0, 1)[:, :, None]
    return np.array(low) * (1 - t) + np.array(high) * t


def _grass(side: int) -> np.ndarray:
    blades = 0.8 * fractal(side, 0.55, 1, 0.45) + 0.8 * fractal(side, 1.3, 2)
    return _tint(blades, (58, 104, 44), (150, 184, 84))


def _sand(side: int) -> np.ndarray:
    y = np.arange(side)[:, None] / side
    ripples = np.sin(2 * np.pi * (14 * y + 0.5 * fractal(side, 2.0, 3)))
    return _tint(0.9 * ripples + 0.7 * fractal(side, 0.4, 4), (186, 152, 102), (240, 216, 164))


def _water(side: int) -> np.ndarray:
    waves = fractal(side, 1.1, 5, 4.0)
    base = _tint(waves + 0.4 * fractal(side, 1.6, 6), (32, 88, 134), (108, 172, 206))
    return np.where((waves > 1.75)[:, :, None], (222, 238, 246), base)


def _snow(side: int) -> np.ndarray:
    drifts = fractal(side, 1.9, 7, 1.6) + 0.35 * fractal(side, 0.3, 8)
    return _tint(drifts, (200, 212, 230), (250, 252, 255))


def _asphalt(side: int) -> np.ndarray:
    base = _tint(1.1 * fractal(side, 0.2, 9) + 0.5 * fractal(side, 1.5, 10), (66, 68, 74), (136, 136, 138))
    cracks = np.abs(fractal(side, 1.7, 11)) < 0.035
    return np.where(cracks[:, :, None], (48, 48, 52), base)


def _paving(side: int) -> np.ndarray:
    rows, columns = 16, 8
    v, u = np.meshgrid(np.arange(side) / side * rows, np.arange(side) / side * columns, indexing="ij")
    u = u + 0.5 * (np.floor(v) % 2)
    brick = (np.floor(v) * 31 + np.floor(u % columns) * 17) % 13 / 6.5 - 1
    base = _tint(1.1 * brick + 0.5 * fractal(side, 0.5, 12), (140, 76, 60), (206, 138, 108))
    mortar = (u % 1 < 0.07) | (v % 1 < 0.13)
    return np.where(mortar[:, :, None], (204, 196, 184), base)


def _soil(side: int) -> np.ndarray:
    clods = fractal(side, 0.9, 13)
    base = _tint(clods + 0.5 * fractal(side, 1.8, 14), (88, 62, 42), (160, 120, 84))
    return np.where((clods > 2.0)[:, :, None], (186, 172, 152), base)


def _tiles(side: int) -> np.ndarray:
    v, u = np.meshgrid(np.arange(side) / side * 12, np.arange(side) / side * 12, indexing="ij")
    board = np.where((np.floor(u) + np.floor(v)) % 2, 0.9, -0.9)
    base = _tint(board + 0.35 * fractal(side, 1.2, 15), (120, 128, 142), (216, 214, 206))
    joint = (u % 1 < 0.05) | (v % 1 < 0.05)
    return np.where(joint[:, :, None], (96, 98, 106), base)


MAKERS = {
    "grass": _grass,
    "sand": _sand,
    "water": _water,
    "snow": _snow,
    "asphalt": _asphalt,
    "paving": _paving,
    "soil": _soil,
    "tiles": _tiles,
}


@lru_cache(maxsize=32)
def pyramid(name: str, side: int) -> np.ndarray:
    """The texture (levels, side, side, 3) uint8: each level is blurred twice as far as the one before."""
    level = np.clip(MAKERS[name](side), 0, 255).astype(np.float32)
    levels = [level]
    for k in range(1, _LEVELS):
        step = 2 ** (k - 1)
        level = (level + np.roll(level, step, 0)) / 2
        level = (level + np.roll(level, step, 1)) / 2
        levels.append(level)
    return np.stack(levels).astype(np.uint8)


def floor(name: str, size: int, top: int, horizon: float, at: tuple[float, float]) -> np.ndarray:
    """The texture in perspective: rows top…size of a picture, (rows, size, 3) float32 of 0…255.

    `horizon` in pixels; `at` in [0, 1)² is where on the texture the camera stands.
    """
    tile = pyramid(name, 2 * size)
    side = tile.shape[1]
    down = (np.arange(top, size) + 0.5 - horizon) / (size - horizon)
    far = 1.12 / (np.maximum(down, 0) + 0.12)
    level = np.clip(np.log2(far * 1.3), 0, _LEVELS - 1).astype(np.intp)
    v = ((at[0] + far * 0.30) * side).astype(np.intp) % side
    across = (np.arange(size) + 0.5 - size / 2).astype(np.float32)
    u = (far[:, None] * across + at[1] * side).astype(np.intp) % side
    return tile[level[:, None], v[:, None], u].astype(np.float32)
