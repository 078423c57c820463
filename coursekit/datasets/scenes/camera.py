"""The camera: exposure, vignette, blur, noise, and a sensor's own fixed pattern."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from PIL import Image, ImageFilter

_SENSOR = 0.025  # relative strength of a sensor's fixed pattern


@lru_cache(maxsize=8)
def _corner(size: int) -> np.ndarray:
    """Squared distance (S, S, 1) from the picture's centre, 1 in the corners."""
    t = (np.arange(size, dtype=np.float32) + 0.5) / size * 2 - 1
    return ((t[:, None] ** 2 + t[None, :] ** 2) / 2)[:, :, None]


@lru_cache(maxsize=16)
def sensor(camera: str, size: int) -> np.ndarray:
    """A sensor's fixed pattern (S, S, 3), mean 1: every pixel's own gain (Lukáš et al. 2006, PRNU)."""
    rng = np.random.default_rng([17, ord(camera), size])
    return 1 + np.float32(_SENSOR) * rng.standard_normal((size, size, 3), np.float32)


def expose(
    canvas: np.ndarray,
    rng: np.random.Generator,
    *,
    exposure: float,
    vignette: float,
    blur: float,
    noise: float,
    camera: str | None,
) -> np.ndarray:
    """The photograph (S, S, 3) uint8 of a picture (S, S, 3) float32 of 0…255.

    `blur` is a radius as a share of the picture's width, `noise` a deviation in units of white.
    """
    size = canvas.shape[0]
    if blur * size > 0.2:
        canvas = _blurred(canvas, blur * size)
    canvas = canvas * (np.float32(exposure) * (1 - np.float32(vignette) * _corner(size)))
    if camera is not None:
        canvas *= sensor(camera, size)
    if noise > 0:
        canvas += np.float32(255 * noise) * rng.standard_normal(canvas.shape, np.float32)
    return np.clip(canvas + 0.5, 0, 255).astype(np.uint8)


def _blurred(canvas: np.ndarray, radius: float) -> np.ndarray:
    image = Image.fromarray(np.clip(canvas + 0.5, 0, 255).astype(np.uint8))
    return np.asarray(image.filter(ImageFilter.GaussianBlur(radius)), np.float32)
