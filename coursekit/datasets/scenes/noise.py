"""Fractal noise, tileable, made once per size: clouds, hills, sand and fur come from it."""

from __future__ import annotations

from functools import lru_cache

import numpy as np


@lru_cache(maxsize=64)
def fractal(side: int, slope: float, seed: int, stretch: float = 1.0) -> np.ndarray:
    """Noise (side, side) float32 with mean 0 and deviation 1, amplitude ∝ frequency^-slope; it tiles.

    `stretch` above 1 draws the noise out sideways. The pattern is the same at every side, only finer.
    """
    base = 512
    rng = np.random.default_rng([7, seed])
    spectrum = np.fft.rfft2(rng.standard_normal((base, base)))
    fy, fx = np.fft.fftfreq(base)[:, None] * base, np.fft.rfftfreq(base)[None, :] * base
    radius = np.hypot(fy, fx * stretch)
    radius[0, 0] = np.inf
    spectrum = spectrum * radius**-slope
    keep = min(side, base) // 2
    cut = np.zeros((side, side // 2 + 1), complex)
    cut[:keep, :keep] = spectrum[:keep, :keep]
    cut[-keep + 1 :, :keep] = spectrum[-keep + 1 :, :keep]
    value = np.fft.irfft2(cut, s=(side, side))
    return (value / value.std()).astype(np.float32)


def window(tile: np.ndarray, height: int, width: int, at: tuple[float, float]) -> np.ndarray:
    """A piece (height, width) of a tile that repeats itself, from a place given in [0, 1)²."""
    rows = (np.arange(height) + int(at[0] * tile.shape[0])) % tile.shape[0]
    columns = (np.arange(width) + int(at[1] * tile.shape[1])) % tile.shape[1]
    return tile[rows[:, None], columns[None, :]]
