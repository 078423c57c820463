"""Where a scene takes place: sky, sun, clouds, hills, and the ground to the horizon."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coursekit.datasets.scenes.noise import fractal, window
from coursekit.datasets.scenes.textures import MAKERS, floor
from coursekit.datasets.scenes.weather import AMBIENT, Air

GROUNDS: tuple[str, ...] = tuple(MAKERS)
HILLS: tuple[str, ...] = ("none", "rolling", "mountains")
_SKY: dict[str, tuple[tuple[int, int, int], tuple[int, int, int]]] = {
    # the colour overhead, and at the horizon
    "blue": ((74, 140, 214), (190, 220, 240)),
    "pale": ((150, 186, 214), (226, 234, 236)),
    "turquoise": ((62, 164, 190), (196, 232, 226)),
    "lilac": ((138, 128, 202), (228, 206, 226)),
    "peach": ((150, 160, 206), (252, 214, 180)),
    "mint": ((120, 190, 170), (232, 242, 214)),
}
SKIES: tuple[str, ...] = tuple(_SKY)
_COVER: dict[str, float] = {"clear": -1.2, "clouds": 0.35, "rain": 1.1, "snow": 0.9, "fog": 0.2}
_GREY: dict[str, float] = {"clear": 0.0, "clouds": 0.15, "rain": 0.75, "snow": 0.6, "fog": 0.7}


@dataclass(frozen=True)
class Place:
    """The factors that a background depends on."""

    size: int
    sky: str
    ground: str
    hills: str
    horizon: float  # share of the height
    weather: str
    light: str
    sun: float  # -1: left, 1: right
    air: Air


def background(place: Place, rng: np.random.Generator) -> np.ndarray:
    """The empty scene (S, S, 3) float32 of 0…255."""
    u = rng.random(24).tolist()
    size, horizon = place.size, place.horizon * place.size
    top = int(horizon)
    canvas = np.empty((size, size, 3), np.float32)
    _sky(canvas[: top + 1], place, u, rng)
    _hills(canvas, place, u, horizon)
    ground = floor(place.ground, size, top, horizon, (u[0], u[1]))
    ground *= _grade(place, u)
    _veil(ground, place, top, horizon)
    edge = np.clip(top + 1 - horizon, 0, 1)  # the horizon may cut through a row of pixels
    canvas[top] += (ground[0] - canvas[top]) * edge
    canvas[top + 1 :] = ground[1:]
    return canvas


def _grade(place: Place, u: list[float]) -> np.ndarray:
    """The factor (3,) on the ground's colour: light, and soils that differ from place to place."""
    own = np.array([0.9 + 0.2 * u[2], 0.9 + 0.2 * u[3], 0.9 + 0.2 * u[4]]) * (0.85 + 0.3 * u[5])
    return (own * place.air.ambient).astype(np.float32)


def _veil(ground: np.ndarray, place: Place, top: int, horizon: float) -> None:
    down = np.clip((np.arange(top, place.size) + 0.5 - horizon) / (place.size - horizon), 0, 1)
    share = (min(1.0, place.air.haze + 0.12) * (1 - down) ** 1.6).astype(np.float32)
    ground += (np.array(place.air.colour, np.float32) - ground) * share[:, None, None]


def _sky(sky: np.ndarray, place: Place, u: list[float], rng: np.random.Generator) -> None:
    rows = len(sky)
    t = np.linspace(0, 1, rows, dtype=np.float32)[:, None] ** 1.2
    overhead, low = sky_colours(place)
    sky[:] = (overhead * (1 - t) + low * t)[:, None, :]
    if place.light == "night":
        _stars(sky, place, rng)
    if place.weather in ("clear", "clouds"):
        _sun(sky, place, u)
    _clouds(sky, place, u)


def sky_colours(place: Place) -> tuple[np.ndarray, np.ndarray]:
    """The colours (3,) overhead and at the horizon."""
    overhead, low = (np.array(c, np.float64) for c in _SKY[place.sky])
    if place.light == "dusk":
        overhead, low = overhead * (0.55, 0.5, 0.72), 0.35 * low + 0.65 * np.array((250, 142, 84))
    if place.light == "night":
        overhead, low = overhead * 0.16 + (4, 6, 18), low * 0.26 + (10, 14, 34)
    grey = _GREY[place.weather]
    air = np.array(place.air.colour, np.float32)
    dim = 0.78 if place.weather == "rain" else 0.95
    return (
        (overhead * (1 - grey) + air * dim * 0.86 * grey).astype(np.float32),
        (low * (1 - grey) + air * dim * grey).astype(np.float32),
    )


def _stars(sky: np.ndarray, place: Place, rng: np.random.Generator) -> None:
    y, x, bright = rng.random((3, 40))
    rows, size = sky.shape[:2]
    if place.weather != "clear":
        return
    sky[(y * rows).astype(int), (x * size).astype(int)] += (60 + 150 * bright[:, None]) * min(1, size / 96)
    np.minimum(sky, 255, out=sky)


def _sun(sky: np.ndarray, place: Place, u: list[float]) -> None:
    rows, size = sky.shape[:2]
    x = (0.5 + place.sun * (0.12 + 0.34 * u[6])) * size
    high = {"day": 0.15 + 0.4 * u[7], "dusk": 0.7 + 0.3 * u[7], "night": 0.15 + 0.4 * u[7]}[place.light]
    r = (0.045 + 0.02 * u[8]) * size
    yy = np.arange(rows, dtype=np.float32)[:, None] - high * rows
    xx = np.arange(size, dtype=np.float32)[None, :] - x
    distance = np.sqrt(xx * xx + yy * yy)
    colour, glow = {
        "day": ((255, 248, 214), 0.55),
        "dusk": ((255, 196, 112), 0.8),
        "night": ((236, 238, 226), 0.25),
    }[place.light]
    disc = np.clip(r - distance + 0.5, 0, 1)
    if place.light == "night":  # a crescent: another disc takes a bite
        bite = np.sqrt((xx - 0.5 * r) ** 2 + (yy + 0.2 * r) ** 2)
        disc *= np.clip(bite - r * (0.6 + 0.4 * u[9]) + 0.5, 0, 1)
    halo = glow * np.exp(-distance / (2.6 * r))
    sky += (np.array(colour, np.float32) - sky) * np.maximum(disc, halo)[:, :, None]


def _clouds(sky: np.ndarray, place: Place, u: list[float]) -> None:
    cover = _COVER[place.weather] + 0.6 * (u[10] - 0.5)
    rows, size = sky.shape[:2]
    value = window(fractal(2 * size, 1.55, 20, 2.0), rows, size, (u[11], u[12]))
    opacity = np.clip((value + cover) * 0.9, 0, 1)
    opacity *= (0.9 if place.weather != "fog" else 0.4) * (
        0.55 + 0.45 * np.linspace(1, 0, rows, dtype=np.float32)
    )[:, None]
    shade = np.clip(1.02 - 0.16 * np.maximum(value + cover - 0.6, 0), 0.6, 1.0)[:, :, None]
    bright = np.array(
        {"day": (252, 252, 252), "dusk": (250, 190, 164), "night": (66, 72, 96)}[place.light], np.float32
    )
    if place.weather == "rain":
        bright = bright * np.float32(0.68)
    sky += (bright * shade - sky) * opacity[:, :, None]


def _hills(canvas: np.ndarray, place: Place, u: list[float], horizon: float) -> None:
    """One or two ranges, the farther one paler, each with a light side."""
    if place.hills == "none":
        return
    size = place.size
    slope, high = (2.4, 0.10) if place.hills == "rolling" else (1.75, 0.22)
    _, low = sky_colours(place)
    earth = np.array((52 + 70 * u[13], 84 + 50 * u[14], 60 + 60 * u[15]), np.float32) * AMBIENT[place.light]
    for k, (far, u_at) in enumerate(((0.62, u[16]), (0.36, u[17]))[: 1 + (u[18] > 0.4)]):
        profile = window(fractal(2 * size, slope, 21 + k), 1, size, (u_at, u[19]))[0]
        ridge = horizon - size * high * (0.75 - 0.35 * k) * np.clip(0.55 + 0.42 * profile, 0.02, 2)
        share = min(0.95, far + 0.6 * place.air.haze)
        colour = earth * (1 - share) + low * share
        first = max(0, int(ridge.min()) - 1)
        last = min(size, int(horizon) + 1)
        rows = np.arange(first, last, dtype=np.float32)[:, None]
        cover = np.clip(rows + 0.5 - ridge[None, :], 0, 1)[:, :, None]
        light = 1 - 0.16 * np.tanh(place.sun * size / 64 * np.gradient(profile))
        grain = 1 + 0.07 * window(fractal(2 * size, 0.9, 23), last - first, size, (u[20], u[21]))
        band = canvas[first:last]
        band += (colour * (light[None, :] * grain)[:, :, None] - band) * cover
