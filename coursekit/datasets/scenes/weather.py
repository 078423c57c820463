"""Weather and light: how colours fade and darken, and what falls from the sky."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw

from coursekit.datasets.scenes.palette import RGB

WEATHERS: tuple[str, ...] = ("clear", "clouds", "rain", "snow", "fog")
LIGHTS: tuple[str, ...] = ("day", "dusk", "night")

AMBIENT: dict[str, tuple[float, float, float]] = {
    "day": (1.0, 1.0, 1.0),
    "dusk": (0.96, 0.78, 0.70),
    "night": (0.56, 0.60, 0.80),
}
_DIM: dict[str, float] = {"clear": 1.04, "clouds": 0.95, "rain": 0.80, "snow": 0.96, "fog": 0.96}
_HAZE: dict[str, float] = {"clear": 0.04, "clouds": 0.08, "rain": 0.25, "snow": 0.25, "fog": 0.80}
_AIR: dict[str, RGB] = {"day": (206, 212, 218), "dusk": (206, 176, 168), "night": (62, 70, 96)}


@dataclass(frozen=True)
class Air:
    """What lies between an object and the camera."""

    ambient: tuple[float, float, float]  # factor on each channel
    haze: float  # share of the air's colour at the horizon, 0…1
    colour: RGB

    def tone(self, colours: np.ndarray, glows: np.ndarray, *, depth: float) -> np.ndarray:
        """Colours (k, 3) as they reach the camera from a depth of 0 (near) to 1 (the horizon).

        Those that glow (k,) are not darkened, and are seen farther.
        """
        ambient = np.where(glows[:, None], 1.0, self.ambient)
        haze = np.where(glows, 0.5, 1.0)[:, None] * (self.haze * depth)
        return np.minimum(colours * ambient * (1 - haze) + np.array(self.colour) * haze, 255).astype(int)


@lru_cache
def air(weather: str, light: str) -> Air:
    """The air of a weather at a time of day."""
    dim = _DIM[weather]
    r, g, b = (c * dim for c in AMBIENT[light])
    return Air((r, g, b), _HAZE[weather], _AIR[light])


@lru_cache(maxsize=64)
def _rain(size: int, version: int) -> np.ndarray:
    """Streaks (2·size, 2·size) float32, opacity 0…1, all falling the same way."""
    rng = np.random.default_rng([11, version])
    side, fine = 2 * size, 2
    image = Image.new("L", (side * fine, side * fine), 0)
    brush = ImageDraw.Draw(image)
    slant = rng.uniform(-0.35, 0.35)
    for _ in range(520):
        x, y = rng.uniform(-0.1, 1.1, 2) * side * fine
        length = rng.uniform(0.03, 0.09) * size * fine
        width = max(1, round(rng.uniform(0.006, 0.011) * size * fine))
        brush.line((x, y, x + slant * length, y + length), fill=int(rng.uniform(70, 190)), width=width)
    return np.asarray(image.reduce(fine), np.float32) / 255


@lru_cache(maxsize=64)
def _snow(size: int, version: int) -> np.ndarray:
    """Flakes (2·size, 2·size) float32, opacity 0…1, near ones large and soft."""
    rng = np.random.default_rng([13, version])
    side, fine = 2 * size, 2
    image = Image.new("L", (side * fine, side * fine), 0)
    brush = ImageDraw.Draw(image)
    for _ in range(620):
        x, y = rng.uniform(0, 1, 2) * side * fine
        r = rng.uniform(0.25, 1.0) ** 2 * 0.0135 * size * fine
        brush.ellipse((x - r, y - r, x + r, y + r), fill=int(rng.uniform(110, 235)))
    return np.asarray(image.reduce(fine), np.float32) / 255


def precipitate(canvas: np.ndarray, weather: str, light: str, rng: np.random.Generator) -> None:
    """Let rain or snow fall over a picture (S, S, 3) of 0…255, in place."""
    if weather not in ("rain", "snow"):
        return
    size = canvas.shape[0]
    a, b, c = rng.random(3).tolist()
    tile = (_rain if weather == "rain" else _snow)(size, int(6 * c))
    y, x = int(a * size), int(b * size)
    opacity = tile[y : y + size, x : x + size, None]
    bright = {"day": 1.0, "dusk": 0.92, "night": 0.72}[light]
    colour = np.array((206, 214, 226) if weather == "rain" else (250, 250, 252), np.float32) * np.float32(
        bright
    )
    canvas += (colour - canvas) * (opacity * np.float32(0.62 if weather == "rain" else 0.9))
