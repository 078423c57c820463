"""Drawing batches: independent scenes, one scene swept, pairs of objects, short films."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from coursekit.datasets.scenes.batch import Scenes, collect
from coursekit.datasets.scenes.factors import nearest, plan
from coursekit.datasets.scenes.objects import CLASSES
from coursekit.datasets.scenes.scene import Subject, compose

_SIZES = (32, 512)
# Seeds of draws that are not a scene's own; never 0, which NumPy does not tell from no number at all.
_SHUFFLE, _SIDES, SECOND = 99, 7, 8


def draw(
    n: int, *, seed: int = 0, size: int = 128, classes: Sequence[str] | None = None, **factors: Any
) -> Scenes:
    """Draw n scenes with one object each.

    Scene i depends on the seed and on i alone, not on n; a factor that is given changes no other.

    Args:
        n: how many, at least 1.
        seed: at least 0; the same seed gives the same pixels.
        size: width and height in pixels, 32 to 512.
        classes: names to draw from, in equal shares and mixed; all by default. Labels count in this order.
        **factors: a value for all scenes (`weather="rain"`), a dict from class to value (the factor is tied
            to the class: a confounder), or a list of n values, one for each scene; else random. See FACTORS.

    Returns:
        Scenes with images (n, 3, size, size).

    Raises:
        ValueError: for an unknown class, factor or value; the message names the nearest valid ones.
    """
    names = _names(classes)
    check_request(n, seed, size)
    factors_of = plan(n, factors)
    pictures, records, labels = [], [], []
    for index in range(n):
        label = label_of(seed, index, len(names))
        record = factors_of((seed, index), index, names[label])
        pictures.append(compose(size, [Subject(names[label], record, (seed, index))]))
        records.append({"label": names[label], "seed": seed, "index": index, **record})
        labels.append(label)
    return collect(pictures, records, labels, names)


def sweep(
    n: int, *, seed: int = 0, size: int = 128, label: str | None = None, moving: bool = False, **factors: Any
) -> Scenes:
    """Draw one scene n times, the first one of a seed, changing only the factors that are lists.

    What if the same car were blue? `sweep(2, label="car", colour=["red", "blue"])`.

    Args:
        n: how many, at least 1.
        seed: at least 0.
        size: width and height in pixels, 32 to 512.
        label: the class of the object; by default that of the seed's first scene.
        moving: True: rain, snow and camera noise differ from picture to picture, as in a film.
        **factors: a value for all pictures (`weather="rain"`), or a list of n values, one for each picture;
            else the value that is random for the scene. FACTORS names them all.

    Returns:
        Scenes with images (n, 3, size, size).

    Raises:
        ValueError: for an unknown class, factor or value.
    """
    names = CLASSES if label is None else _names((label,))
    check_request(n, seed, size)
    number = label_of(seed, 0, len(names))
    factors_of = plan(n, factors)
    pictures, records = [], []
    for k in range(n):
        record = factors_of((seed, 0), k, names[number])
        pictures.append(compose(size, [Subject(names[number], record, (seed, 0))], k if moving else 0))
        records.append({"label": names[number], "seed": seed, "index": 0, **record})
    return collect(pictures, records, [number] * n, names)


def clip(
    frames: int = 12,
    *,
    seed: int = 0,
    size: int = 128,
    label: str = "car",
    occluder: str | bool | None = None,
    **factors: Any,
) -> Scenes:
    """Draw a short film: one scene in which the object moves from the left border to the right one.

    Args:
        frames: how many, at least 1.
        seed: at least 0.
        size: width and height in pixels, 32 to 512.
        label: the class of the object.
        occluder: "wall", "boulder" or "hedge" in the middle, behind which the object passes; True: a wall;
            None or False: nothing.
        **factors: a value for all frames (`weather="rain"`), or a list with one for each frame; else random
            for the scene. By default `x` runs from 0 to 1.

    Returns:
        Scenes with a frame each; `masks` are the pixels that are seen.

    Raises:
        ValueError: for an unknown class, factor or value.
    """
    check_request(frames, seed, size)
    hider = ("wall" if occluder else None) if isinstance(occluder, bool) else occluder
    scale = 0.28 if hider is None else 0.18  # small enough to be seen whole beside what hides it
    path = {"x": np.linspace(0, 1, frames), "scale": scale, "mirror": False, "angle": 0.0}
    return sweep(
        frames, seed=seed, size=size, label=label, moving=True, **{**path, "occluder": hider, **factors}
    )


def pair(n: int, first: str, second: str, *, seed: int = 0, size: int = 128, **factors: Any) -> Scenes:
    """Draw n scenes with two objects, one on each side.

    Args:
        n: how many, at least 1.
        first: the class of the object behind, which labels and `masks` are about; `mask(2)` is the other's.
        second: the class of the object in front.
        seed: at least 0.
        size: width and height in pixels, 32 to 512.
        **factors: a value for all scenes (`weather="rain"`), a dict from class to value, or a list of n
            values; else random. They hold for both objects, unless they are tied to a class.

    Returns:
        Scenes; the other object's factors are in each record under "second".

    Raises:
        ValueError: for an unknown class, factor or value.
    """
    names = _names((first,) if first == second else (first, second))
    check_request(n, seed, size)
    factors_of = plan(n, factors)
    pictures, records = [], []
    for index in range(n):
        keys = (seed, index), (seed, index, SECOND)
        both = [factors_of(key, index, name) for key, name in zip(keys, (first, second), strict=True)]
        swapped = np.random.default_rng([seed, index, _SIDES]).random() < 0.5
        for record, right in zip(both, (swapped, not swapped), strict=True):
            record["scale"] = record["scale"] if "scale" in factors else 0.62 * record["scale"]
            record["x"] = record["x"] if "x" in factors else 0.28 * record["x"] + 0.72 * right
        pictures.append(compose(size, [Subject(first, both[0], keys[0]), Subject(second, both[1], keys[1])]))
        other = {"label": second, **both[1]}
        records.append({"label": first, "seed": seed, "index": index, **both[0], "second": other})
    return collect(pictures, records, [0] * n, names)


@lru_cache(maxsize=4096)
def _block(seed: int, number: int, classes: int) -> tuple[int, ...]:
    return tuple(np.random.default_rng([seed, number, _SHUFFLE]).permutation(classes).tolist())


def label_of(seed: int, index: int, classes: int) -> int:
    """Return the class of a scene; classes come in shuffled blocks, each class once per block."""
    return _block(seed, index // classes, classes)[index % classes]


def _names(classes: Sequence[str] | None) -> tuple[str, ...]:
    names = CLASSES if classes is None else (classes,) if isinstance(classes, str) else tuple(classes)
    if not names:
        raise ValueError(f"classes is empty: name at least one of {', '.join(CLASSES)}.")
    for name in names:
        if name not in CLASSES:
            raise ValueError(f"There is no class {name!r}. {nearest(name, CLASSES)}")
    if len(set(names)) < len(names):
        raise ValueError(f"classes names one twice: {', '.join(names)}.")
    return names


def check_request(n: int, seed: int, size: int) -> None:
    """Raise `ValueError` unless so many scenes can be drawn, from this seed and so large."""
    if n < 1:
        raise ValueError(f"n={n}: draw at least one scene.")
    if seed < 0:
        raise ValueError(f"seed={seed}: give a whole number from 0.")
    if not _SIZES[0] <= size <= _SIZES[1]:
        raise ValueError(f"size={size}: give {_SIZES[0]} to {_SIZES[1]} pixels.")
