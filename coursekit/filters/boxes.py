"""Boxes of pixels: cut out of an image, or drawn on it."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

__all__ = ["Box", "crop", "draw_box"]

Box = tuple[int, int, int, int]
"""Top, left, bottom and right; the last two are the first row and column beyond."""

_AMBER = (0.88, 0.44, 0.1)
_OUTSIDE = 0.5  # the grey that a net's zeros around the picture stand for, behind its normalisation


def crop(image: Tensor, box: Box) -> Tensor:
    """Return the pixels of an image that lie in a box, with grey for what lies outside the image.

    Args:
        image: (C, H, W) in [0, 1].
        box: top, left, bottom and right, in pixels; the last two are the first row and column beyond.

    Returns:
        (C, bottom − top, right − left).
    """
    top, left, bottom, right = box
    height, width = image.shape[1:]
    return F.pad(image, (-left, right - width, -top, bottom - height), value=_OUTSIDE)  # below 0, it cuts


def draw_box(image: Tensor, box: Box, colour: Sequence[float] = _AMBER, width: int = 1) -> Tensor:
    """Return an image with a frame along the inner edge of a box.

    Args:
        image: (3, H, W) in [0, 1].
        box: top, left, bottom and right, in pixels; what lies outside the image is not drawn.
        colour: red, green and blue of the frame, in [0, 1].
        width: of the frame, in pixels.

    Returns:
        A copy (3, H, W).
    """
    top, left, bottom, right = box
    rows = torch.arange(image.shape[1], device=image.device)[:, None]
    columns = torch.arange(image.shape[2], device=image.device)
    inside = [
        (rows >= top + w) & (rows < bottom - w) & (columns >= left + w) & (columns < right - w)
        for w in (0, width)
    ]
    return torch.where(inside[0] & ~inside[1], torch.tensor(colour).to(image)[:, None, None], image)
