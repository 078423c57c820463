"""Colours: named hues, skin tones, and the arithmetic on RGB triples that the drawings need."""

from __future__ import annotations

import colorsys

import numpy as np

RGB = tuple[int, int, int]

# name: (hue, hue spread, saturation from, to, value from, to), all in [0, 1]
HUES: dict[str, tuple[float, float, float, float, float, float]] = {
    "red": (0.0, 0.02, 0.70, 0.92, 0.72, 0.95),
    "orange": (0.07, 0.015, 0.75, 0.95, 0.85, 1.0),
    "yellow": (0.135, 0.015, 0.65, 0.90, 0.90, 1.0),
    "green": (0.33, 0.06, 0.45, 0.75, 0.50, 0.80),
    "teal": (0.49, 0.03, 0.50, 0.85, 0.55, 0.85),
    "blue": (0.60, 0.03, 0.55, 0.85, 0.60, 0.95),
    "purple": (0.76, 0.03, 0.40, 0.70, 0.55, 0.85),
    "pink": (0.92, 0.03, 0.35, 0.65, 0.90, 1.0),
    "brown": (0.065, 0.02, 0.45, 0.70, 0.40, 0.62),
    "cream": (0.09, 0.02, 0.18, 0.42, 0.82, 0.97),
    "grey": (0.60, 0.30, 0.02, 0.10, 0.48, 0.72),
    "white": (0.60, 0.30, 0.00, 0.06, 0.90, 1.0),
}
SKIN: tuple[RGB, ...] = (
    (250, 220, 196),
    (236, 196, 160),
    (214, 164, 122),
    (176, 122, 82),
    (130, 84, 54),
    (88, 56, 40),
)
BLACK: RGB = (34, 34, 40)
WHITE: RGB = (250, 250, 246)
METAL: RGB = (158, 164, 172)
GLASS: RGB = (176, 216, 236)


def hue(name: str, rng: np.random.Generator) -> RGB:
    """An instance of a named colour: RGB in 0…255, jittered within the spread of that name."""
    h, spread, s0, s1, v0, v1 = HUES[name]
    a, b, c = rng.random(3).tolist()
    return hsv(h + spread * (2 * a - 1), s0 + b * (s1 - s0), v0 + c * (v1 - v0))


def hsv(h: float, s: float, v: float) -> RGB:
    """RGB in 0…255 of a hue (wraps around), saturation and value in [0, 1]."""
    r, g, b = colorsys.hsv_to_rgb(h % 1.0, s, v)
    return int(255 * r), int(255 * g), int(255 * b)


def mix(a: RGB, b: RGB, t: float) -> RGB:
    """The colour at share t in [0, 1] of the way from a to b."""
    return (
        int(a[0] + t * (b[0] - a[0])),
        int(a[1] + t * (b[1] - a[1])),
        int(a[2] + t * (b[2] - a[2])),
    )


def lighter(colour: RGB, t: float = 0.35) -> RGB:
    """The colour moved to white by a share t in [0, 1]."""
    return mix(colour, (255, 255, 255), t)


def darker(colour: RGB, t: float = 0.35) -> RGB:
    """The colour moved to black by a share t in [0, 1]."""
    return mix(colour, (12, 10, 20), t)
