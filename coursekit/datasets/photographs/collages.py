"""Collages: photographs side by side in one picture, with the exact masks of their parts."""

from dataclasses import dataclass

import torch
from torch import Tensor

from coursekit.datasets.photographs.reading import known, square

__all__ = ["Collage", "collage"]


@dataclass(frozen=True)
class Collage:
    """One picture made of strips of several photographs.

    Attributes:
        image: (3, size, size) in [0, 1].
        masks: which pixels are of which photograph, bool (n, size, size), from left to right.
        names: of the photographs.
    """

    image: Tensor
    masks: Tensor
    names: tuple[str, ...]


def collage(*names: str, size: int = 224) -> Collage:
    """Return photographs side by side: of each square its middle strip, from top to bottom.

    Nobody has to draw a mask for such a picture: the left half is the cat, and the right half is the cup.

    Args:
        *names: of the photographs, from left to right; at least two.
        size: edge of the picture, in pixels.

    Returns:
        The picture, with the mask of each part.

    Raises:
        ValueError: less than two names, a name that no photograph has, or a size that gives a part no column.
        FileNotFoundError: the package that holds a picture is not installed.
    """
    if len(names) < 2:
        raise ValueError(f"collage: wanted the names of at least two photographs, got {len(names)}")
    if size < len(names):
        raise ValueError(
            f"size: wanted at least {len(names)} pixels for {len(names)} photographs, got {size}"
        )
    edges = [round(i * size / len(names)) for i in range(len(names) + 1)]
    masks = torch.zeros(len(names), size, size, dtype=torch.bool)
    strips = []
    for i, name in enumerate(names):
        left, right = edges[i : i + 2]
        masks[i, :, left:right] = True
        start = (size - (right - left)) // 2
        strips.append(square(known(name), size)[:, :, start : start + right - left])
    return Collage(torch.cat(strips, dim=2), masks, names)
