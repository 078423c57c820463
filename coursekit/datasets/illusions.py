"""Drawn optical illusions: pictures that people judge wrongly, even when they know the truth."""

from typing import Any

import torch
from PIL import Image, ImageDraw
from torch import Tensor

from coursekit.core.images import to_tensor

__all__ = ["LENGTH", "brick_wall", "equal_greys", "equal_lines"]

_FINE = 8  # drawn so many times as large, and then made small: smooth edges
_INK, _PAPER = (20, 20, 20), (235, 235, 235)
LENGTH = 0.55
"""Of each of the two lines, as a share of the picture's edge."""


def equal_lines(size: int = 128) -> Tensor:
    """Return two level lines of ``LENGTH``, one between arrowheads and one between feathers.

    Args:
        size: edge of the picture in pixels.

    Returns:
        (3, size, size) in [0, 1].

    Reference: Müller-Lyer 1889, Optische Urteilstäuschungen.
    """
    picture, pen, unit = _canvas(size)
    left, right = (0.5 - LENGTH / 2) * unit, (0.5 + LENGTH / 2) * unit
    for height, inwards in ((0.33, 1), (0.67, -1)):
        y = height * unit
        pen.line((left, y, right, y), _INK, round(0.016 * unit))
        for x, side in ((left, inwards), (right, -inwards)):
            for way in (-1, 1):
                pen.line((x, y, x + 0.11 * side * unit, y + 0.1 * way * unit), _INK, round(0.016 * unit))
    return _small(picture, size)


def equal_greys(size: int = 128) -> Tensor:
    """Return two squares of one grey, on a ground that goes from dark to light.

    Args:
        size: edge of the picture in pixels.

    Returns:
        (3, size, size) in [0, 1].

    Reference: Chevreul 1839, De la loi du contraste simultané des couleurs.
    """
    ground = torch.linspace(30, 235, size).round().div(255).expand(3, size, size).clone()
    top, edge = round(0.4 * size), round(0.2 * size)
    for left in (0.12, 0.68):
        column = round(left * size)
        ground[:, top : top + edge, column : column + edge] = 132 / 255
    return ground


def brick_wall(size: int = 128) -> Tensor:
    """Return rows of black and white bricks, shifted, with level grey lines between them.

    Args:
        size: edge of the picture in pixels.

    Returns:
        (3, size, size) in [0, 1].

    Reference: Gregory & Heard 1979, Border locking and the café wall illusion (Perception 8).
    """
    picture, pen, unit = _canvas(size)
    edge = unit // 8
    for row in range(8):
        for column in range(-1, 9):
            x, y = edge * column + (0, edge // 4, edge // 2, edge // 4)[row % 4], edge * row
            pen.rectangle((x, y, x + edge - 1, y + edge - 1), fill=_INK if column % 2 else _PAPER)
    for row in range(1, 8):
        pen.rectangle((0, edge * row - unit // 256, unit, edge * row + unit // 256 - 1), fill=(128, 128, 128))
    return _small(picture, size)


def _canvas(size: int) -> tuple[Image.Image, Any, int]:
    """An empty picture, a pen for it, and its edge in pixels."""
    picture = Image.new("RGB", (_FINE * size, _FINE * size), _PAPER)
    return picture, ImageDraw.Draw(picture), _FINE * size


def _small(picture: Image.Image, size: int) -> Tensor:
    return to_tensor(picture.resize((size, size), Image.Resampling.BOX))
