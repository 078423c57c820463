"""One scene: a background, a list of placed objects, weather, a camera."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from coursekit.datasets.scenes import camera
from coursekit.datasets.scenes.backgrounds import Place, background
from coursekit.datasets.scenes.canvas import Canvas
from coursekit.datasets.scenes.objects import AREA, OBJECTS
from coursekit.datasets.scenes.palette import SKIN, WHITE, hue
from coursekit.datasets.scenes.patterns import pattern
from coursekit.datasets.scenes.pen import Pen, Shape
from coursekit.datasets.scenes.props import add_occluder, scatter_clutter
from coursekit.datasets.scenes.rasterise import (
    Box,
    Pattern,
    Pose,
    Sprite,
    extent,
    lit_side,
    prepare,
    rasterise,
)
from coursekit.datasets.scenes.tag import stamp
from coursekit.datasets.scenes.weather import air, precipitate

# Each of these has random numbers of its own, so that more of one thing changes nothing else.
_STREAMS = {"object": 1, "background": 2, "clutter": 3, "weather": 4, "camera": 5, "occluder": 6}
_MARGIN = 0.03  # the object keeps this share of the picture between itself and the border
_NEAR = 0.35  # depth of the objects: haze leaves them visible


@dataclass(frozen=True, slots=True)
class Subject:
    """An object to be placed, with the factors it is drawn from."""

    label: str
    factors: Mapping[str, Any]
    key: tuple[int, ...]  # seeds its random numbers
    foot: float | None = None  # where it stands, as a share of the height, instead of its factor y


@dataclass(frozen=True, slots=True)
class Picture:
    """A finished scene."""

    image: np.ndarray  # (S, S, 3) uint8
    parts: np.ndarray  # (S, S) uint8: number of the part that is seen, 0 for none
    instances: np.ndarray  # (S, S) uint8: 1 for the first subject, 2 for the second …, 0 for none


def compose(
    size: int,
    subjects: Sequence[Subject],
    frame: int = 0,
    *,
    world: Subject | None = None,
    lay: Callable[[Canvas], None] | None = None,
) -> Picture:
    """Draw a scene with its subjects, from back to front.

    The factors of `world`, or else of the first subject, hold for all that is not an object; `frame` moves
    only rain, snow and noise on. `lay` may change the ground before anything stands on it.
    """
    factors, key = (world or subjects[0]).factors, (world or subjects[0]).key
    canvas = _empty_canvas(size, factors, key)
    if lay is not None:
        lay(canvas)
    scatter_clutter(canvas, factors["clutter"], _stream(key, "clutter"))
    for number, subject in enumerate(subjects, 1):
        sprite, box = _render(subject, canvas.place)
        if sprite is not None:
            if subject.factors["shadow"]:
                canvas.shade(sprite)
            canvas.put(sprite, number)
    if factors["occluder"] is not None:
        add_occluder(canvas, factors["occluder"], box, _stream(key, "occluder"))
    precipitate(canvas.picture, factors["weather"], factors["light"], _stream(key, "weather", frame))
    settings = {name: factors[name] for name in ("exposure", "vignette", "blur", "noise", "camera")}
    image = camera.expose(canvas.picture, _stream(key, "camera", frame), **settings)
    if factors["tag"] is not None:
        image, where = stamp(image, factors["tag"])
        canvas.parts[where] = canvas.instances[where] = 0
    return Picture(image, canvas.parts, canvas.instances)


def _stream(key: Sequence[int], name: str, *more: int) -> np.random.Generator:
    """The random numbers of one aspect of a scene."""
    return np.random.default_rng([*key, _STREAMS[name], *more])


def _empty_canvas(size: int, factors: Mapping[str, Any], key: Sequence[int]) -> Canvas:
    """The empty canvas: a background, and nothing on it."""
    place = Place(
        size=size,
        sun=-1.0 if factors["sun"] == "left" else 1.0,
        air=air(factors["weather"], factors["light"]),
        **{name: factors[name] for name in ("sky", "ground", "hills", "horizon", "weather", "light")},
    )
    empty = np.zeros((size, size), np.uint8)
    return Canvas(place, background(place, _stream(key, "background")), empty, empty.copy())


def _render(subject: Subject, place: Place) -> tuple[Sprite | None, Box]:
    """Draw a subject; also its bounding box in pixels, left-out parts included."""
    f, rng = subject.factors, _stream(subject.key, "object")
    at, period, rim = rng.random(2).tolist(), 0.22 + 0.16 * rng.random(), 0.5 + 0.15 * rng.random()
    pen = Pen(rng, hue(f["colour"], rng), hue(f["accent"], rng), SKIN[f["skin"] - 1], f["glasses"])
    OBJECTS[subject.label](pen)
    pose = _pose(pen.shapes, subject, place.size)
    box = extent(pen.shapes, pose)
    shown = [s for s in pen.shapes if s.part != f["without"]]
    if not shown:
        return None, box
    paint = pen.accent if f["accent"] != f["colour"] else WHITE
    decor = None if f["texture"] == "plain" else Pattern(pattern(f["texture"], period, at), paint)
    fills = prepare(shown, pose.back(lit_side(place.sun)), rim)
    tone = partial(place.air.tone, depth=_NEAR)
    return rasterise(fills, pose, place.size, tone, place.sun, decor), box


def _pose(drawing: Sequence[Shape], subject: Subject, size: int) -> Pose:
    """Scale, turn and move a drawing: x and y in [0, 1] run from border to border, with the object whole."""
    f = subject.factors
    grow = f["scale"] * size / AREA[subject.label] ** 0.5
    left, top, right, bottom = extent(drawing, Pose(grow, f["angle"], f["mirror"]))
    room = size * (1 - 2 * _MARGIN)
    fit = min(1.0, room / max(right - left, bottom - top))
    left, top, right, bottom = (fit * v for v in (left, top, right, bottom))
    x = size * _MARGIN + f["x"] * (room - (right - left)) - left
    y = size * _MARGIN + f["y"] * (room - (bottom - top)) - top
    y = y if subject.foot is None else size * subject.foot - bottom
    return Pose(grow * fit, f["angle"], f["mirror"], (x, y))
