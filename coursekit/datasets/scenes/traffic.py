"""Traffic: a road with more or fewer cars, for nets that are to tell how many there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from coursekit.datasets.scenes.backgrounds import background
from coursekit.datasets.scenes.batch import Scenes, collect
from coursekit.datasets.scenes.canvas import Canvas
from coursekit.datasets.scenes.factors import Record, plan
from coursekit.datasets.scenes.scene import Subject, compose
from coursekit.datasets.scenes.world import check_request, label_of

LEVELS = ("low", "medium", "high")
_CARS = ((0, 1), (2, 3, 4), (5, 6))  # how many, for each level
_PLACED = ("scale", "x", "y", "angle", "mirror", "horizon", "clutter", "occluder")  # not for the caller
# Seeds of draws that are not a scene's own; the cars count from the last.
_COUNT, _PLACES, _PAINT, _CAR = 5, 6, 7, 10


@dataclass(frozen=True)
class _Lane:
    scale: float  # of its cars
    foot: float  # where they stand, from the road's upper edge, as a share of the picture's height
    mirror: bool


_LANES = (_Lane(0.13, 0.17, True), _Lane(0.155, 0.37, False))
_FULL = 3  # cars on one lane
_WIDTH = 2.0  # of a car, in units of its scale
_ROAD, _MIDDLE, _LINE = 0.41, 0.19, 0.012  # the road's height, where its lanes meet, how thick lines are
_DASH, _PERIOD = 0.09, 0.17


def traffic(
    n: int, *, seed: int = 0, size: int = 128, cars: int | Sequence[int] | None = None, **factors: Any
) -> Scenes:
    """Draw n scenes of a road with 0 to 6 cars on two lanes.

    Scene i depends on the seed and on i alone. Those on the far lane drive to the left.

    Args:
        n: how many, at least 1.
        seed: at least 0.
        size: width and height in pixels, 32 to 512.
        cars: how many, in all scenes or, as a list, in each; random by default, the levels in equal shares.
        **factors: of the scene and its cars: a value for all scenes (`weather="rain"`), or a list of n
            values; else random. Not those that place things, such as `x` and `scale`.

    Returns:
        Scenes with the labels low (0 or 1 car), medium (2 to 4) and high (5 or 6); `masks` are the pixels of
        all cars. Each record has the number of `cars`, and the factors of `each`.

    Raises:
        ValueError: for an unknown factor or value, one that places things, or another number of cars.
    """
    check_request(n, seed, size)
    for name in factors:
        if name in _PLACED:
            raise ValueError(f"{name} cannot be chosen: the road and the cars on it have their places.")
    counts = _counts(n, seed, cars)
    factors_of = plan(n, factors)
    pictures, records, labels = [], [], []
    for index, count in enumerate(counts):
        world = factors_of((seed, index), index, "car") | {"clutter": 0}
        world["horizon"] = round(0.2 + 0.4 * world["horizon"], 6)
        if world["ground"] == "asphalt":
            world["ground"] = "grass"  # or the road would not be seen
        top = world["horizon"] + 0.13
        keys = [(seed, index, _CAR + k) for k in range(count)]
        drawn = [factors_of(key, index, "car") for key in keys]
        subjects = _parked(keys, drawn, top, np.random.default_rng([seed, index, _PLACES]))
        lay = partial(_pave, top=top, rng=np.random.default_rng([seed, index, _PAINT]))
        picture = compose(size, subjects, world=Subject("car", world, (seed, index)), lay=lay)
        pictures.append(replace(picture, instances=np.minimum(picture.instances, 1)))
        label = next(k for k, level in enumerate(_CARS) if count in level)
        labels.append(label)
        record = {"label": LEVELS[label], "seed": seed, "index": index, **world, "cars": count}
        records.append(record | {"each": [dict(subject.factors) for subject in subjects]})
    return collect(pictures, records, labels, LEVELS)


def _counts(n: int, seed: int, cars: int | Sequence[int] | None) -> list[int]:
    if cars is None:
        levels = (_CARS[label_of(seed, index, len(LEVELS))] for index in range(n))
        streams = (np.random.default_rng([seed, index, _COUNT]) for index in range(n))
        return [int(rng.choice(level)) for rng, level in zip(streams, levels, strict=True)]
    given = np.asarray(cars)
    if given.ndim and len(given) != n:
        raise ValueError(f"cars is a list of {len(given)} numbers for {n} scenes: give one for each scene.")
    if given.ndim > 1 or given.dtype.kind not in "iu":
        raise ValueError(f"cars={cars!r}: wanted a whole number, or a list of {n} of them.")
    counts: list[int] = np.broadcast_to(given, n).tolist()
    for count in counts:
        if not 0 <= count <= len(_LANES) * _FULL:
            raise ValueError(f"cars={count}: the road has room for 0 to {len(_LANES) * _FULL}.")
    return counts


def _parked(
    keys: Sequence[tuple[int, ...]], drawn: Sequence[Record], top: float, rng: np.random.Generator
) -> list[Subject]:
    """Put cars on the lanes of a road, the far ones first, with gaps of random lengths between them."""
    lane_of = np.sort(rng.permutation(np.repeat(range(len(_LANES)), _FULL))[: len(keys)])
    subjects: list[Subject] = []
    for lane, number in zip(_LANES, np.bincount(lane_of, minlength=len(_LANES)).tolist(), strict=True):
        width = _WIDTH * lane.scale
        gaps = np.cumsum(rng.dirichlet(np.ones(number + 1))[:-1]) * (1 - number * width)
        for k, gap in enumerate(gaps.tolist()):
            at = len(subjects)
            place = {"x": (gap + k * width) / (1 - width), "scale": lane.scale, "mirror": lane.mirror}
            subjects.append(
                Subject("car", drawn[at] | place | {"angle": 0.0}, keys[at], foot=top + lane.foot)
            )
    return subjects


def _pave(canvas: Canvas, top: float, rng: np.random.Generator) -> None:
    """Lay a road with two lanes across the picture: asphalt, a line on each edge, dashes in the middle."""
    place, size = canvas.place, canvas.place.size
    at = (np.arange(size) + 0.5) / size
    asphalt = background(replace(place, ground="asphalt"), rng)
    _paint(canvas, asphalt, _band(at, top, top + _ROAD))
    white = place.air.tone(np.array([(238, 238, 230)]), np.array([False]), depth=0.35)[0]
    for edge in (top + _LINE, top + _ROAD - 2 * _LINE):
        _paint(canvas, white, _band(at, edge, edge + _LINE))
    dashes = (at + rng.random()) % _PERIOD < _DASH
    _paint(canvas, white, _band(at, top + _MIDDLE, top + _MIDDLE + _LINE) * dashes)


def _band(at: np.ndarray, low: float, high: float) -> np.ndarray:
    """How far rows (S,) lie between two heights, (S, 1): whole, not at all, or in part."""
    size = len(at)
    return np.clip(np.minimum(at - low, high - at) * size + 0.5, 0, 1)[:, None]


def _paint(canvas: Canvas, colour: np.ndarray, cover: np.ndarray) -> None:
    canvas.picture += (colour - canvas.picture) * cover[..., None].astype(np.float32)
