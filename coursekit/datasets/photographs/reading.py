"""Photographs as tensors, whole or as the square that a net takes."""

import os
from collections.abc import Sequence
from difflib import get_close_matches
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from PIL import Image
from torch import Tensor

from coursekit.core.images import plain, to_tensor
from coursekit.datasets.photographs.catalogue import CATALOGUE, Photograph

__all__ = ["file_of", "known", "photograph", "photographs"]

FOLDER = "COURSEKIT_PHOTOGRAPHS"
"""Environment variable: a folder with copies of the files, which is looked into before the packages are."""


def photographs(*names: str, size: int | None = None) -> dict[str, Tensor]:
    """Return real photographs by name: those that scikit-image, scikit-learn and matplotlib bring along.

    Nothing is downloaded. Who made each, its licence, and what the net for photographs says of it, stands in
    ``docs/photographs.md``.

    Args:
        *names: which; all of them, first those in colour, when none is named.
        size: edge in pixels of the square that fits each picture best; None for whole pictures.

    Returns:
        Name → picture (3, H, W) in [0, 1].

    Raises:
        ValueError: no photograph has that name, or ``size`` is no positive number.
        FileNotFoundError: the package that holds a picture is not installed.
    """
    return {name: photograph(name, size=size) for name in names or CATALOGUE}


def photograph(name: str, *, size: int | None = None) -> Tensor:
    """Return one photograph.

    Args:
        name: such as "cat", "coffee", "motorcycle" or "rocket".
        size: edge in pixels of the square that fits the picture best; None for the whole picture.

    Returns:
        Pixels (3, H, W) in [0, 1], a new tensor each time.

    Raises:
        ValueError: no photograph has that name, or ``size`` is no positive number.
        FileNotFoundError: the package that holds the picture is not installed.
    """
    one = known(name)
    if size is None:
        return to_tensor(opened(one))
    return square(one, size)


def known(name: str) -> Photograph:
    """Return the entry of the catalogue with that name.

    Args:
        name: of a photograph.

    Returns:
        The entry.

    Raises:
        ValueError: no photograph has that name; the message lists the nearest.
    """
    if name in CATALOGUE:
        return CATALOGUE[name]
    near = get_close_matches(str(name), CATALOGUE, n=3) or CATALOGUE
    raise ValueError(f"there is no photograph {name!r}; did you mean one of {', '.join(near)}?")


def square(one: Photograph, size: int, part: Sequence[float] = (0, 0, 1, 1)) -> Tensor:
    """Return a part of the photograph's square, resampled.

    Args:
        one: which photograph.
        size: edge of the whole square, in pixels of the result.
        part: left, top, right and bottom of the part, as fractions of the square.

    Returns:
        Pixels (3, h, w) in [0, 1]: the part's share of ``size`` in either direction, rounded.

    Raises:
        ValueError: ``size`` is no positive number.
    """
    if size < 1:
        raise ValueError(f"size: wanted the edge of a square in pixels, at least 1, got {size}")
    pixels, (left, top, edge) = np.asarray(plain(opened(one)).convert("RGB")), one.square
    height, width = pixels.shape[:2]
    before, after = (max(-top, 0), max(-left, 0)), (max(top + edge - height, 0), max(left + edge - width, 0))
    continued = Image.fromarray(np.pad(pixels, (*zip(before, after, strict=True), (0, 0)), mode="edge"))
    x, y = left + before[1], top + before[0]
    x0, y0, x1, y1 = part
    box = (x + x0 * edge, y + y0 * edge, x + x1 * edge, y + y1 * edge)
    shape = (round((x1 - x0) * size), round((y1 - y0) * size))
    return to_tensor(continued.resize(shape, Image.Resampling.BICUBIC, box=box))


@lru_cache(maxsize=4)
def opened(one: Photograph) -> Image.Image:
    with Image.open(file_of(one)) as picture:
        picture.load()
        return picture


def file_of(one: Photograph) -> Path:
    """Return where a photograph's file lies. The package that holds it is not imported.

    Args:
        one: which photograph.

    Returns:
        The path of the file.

    Raises:
        FileNotFoundError: its package is not installed, or does not hold it.
    """
    name = Path(one.file).name
    spec = find_spec(one.package)
    places = [Path(os.environ[FOLDER], name)] if os.environ.get(FOLDER) else []
    places += [Path(folder).parent / one.file for folder in (spec and spec.submodule_search_locations) or ()]
    for path in places:
        if path.is_file():
            return path
    raise FileNotFoundError(
        f"the photograph {one.name!r} ({name}) comes with the package {one.package}, which"
        f" {'does not hold it' if spec else 'is not installed'}; install it again:"
        f" pip install --force-reinstall {_DISTRIBUTIONS.get(one.package, one.package)}"
    )


_DISTRIBUTIONS = {"skimage": "scikit-image", "sklearn": "scikit-learn"}
