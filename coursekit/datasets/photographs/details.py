"""Named details of the photographs, such as an eye, a spoon or a wheel: as pictures, and as masks."""

from dataclasses import dataclass
from difflib import get_close_matches

import torch
from torch import Tensor

from coursekit.datasets.photographs.catalogue import CATALOGUE
from coursekit.datasets.photographs.reading import square

__all__ = ["DETAILS", "Detail", "detail", "detail_mask"]


@dataclass(frozen=True)
class Detail:
    """A square part of a photograph's square.

    Attributes:
        photograph: its name.
        left: of the part, as a fraction of the photograph's square.
        top: of the part, likewise.
        edge: of the part, likewise.
    """

    photograph: str
    left: float
    top: float
    edge: float


DETAILS = {
    "eye": Detail("cat", 0.20, 0.26, 0.26),
    "nose": Detail("cat", 0.50, 0.68, 0.26),
    "cup": Detail("coffee", 0.19, 0.02, 0.52),
    "handle": Detail("coffee", 0.21, 0.56, 0.24),
    "spoon": Detail("coffee", 0.54, 0.58, 0.26),
    "wheel": Detail("motorcycle", 0.66, 0.53, 0.34),
    "rear wheel": Detail("motorcycle", 0.00, 0.50, 0.32),
    "engine": Detail("motorcycle", 0.38, 0.46, 0.30),
    "face": Detail("astronaut", 0.29, 0.04, 0.34),
    "shuttle": Detail("astronaut", 0.62, 0.02, 0.36),
    "helmet": Detail("astronaut", 0.64, 0.64, 0.36),
    "cap": Detail("hopper", 0.28, 0.00, 0.36),
    "medals": Detail("hopper", 0.66, 0.80, 0.20),
    "roof": Detail("china", 0.27, 0.06, 0.36),
    "petals": Detail("flower", 0.34, 0.34, 0.32),
    "optic disc": Detail("retina", 0.04, 0.36, 0.20),
    "tripod": Detail("camera", 0.38, 0.50, 0.48),
}
"""Name → detail."""


def detail(name: str, *, size: int = 224) -> Tensor:
    """Return a detail as a picture of its own.

    Args:
        name: such as "eye", "spoon", "wheel" or "roof".
        size: edge of the picture, in pixels.

    Returns:
        Pixels (3, size, size) in [0, 1], enlarged from the photograph's file.

    Raises:
        ValueError: there is no such detail, or ``size`` is no positive number.
        FileNotFoundError: the package that holds the picture is not installed.
    """
    one = _known(name)
    part = (one.left, one.top, one.left + one.edge, one.top + one.edge)
    return square(CATALOGUE[one.photograph], round(size / one.edge), part)[:, :size, :size]


def detail_mask(name: str, *, size: int = 224) -> Tensor:
    """Return where a detail lies in its photograph's square.

    Args:
        name: such as "eye".
        size: edge of the photograph's square, in pixels.

    Returns:
        Bool (size, size), True in the detail.

    Raises:
        ValueError: there is no such detail.
    """
    one = _known(name)
    mask = torch.zeros(size, size, dtype=torch.bool)
    top, left = round(one.top * size), round(one.left * size)
    mask[top : top + round(one.edge * size), left : left + round(one.edge * size)] = True
    return mask


def _known(name: str) -> Detail:
    if name in DETAILS:
        return DETAILS[name]
    near = get_close_matches(str(name), DETAILS, n=3) or DETAILS
    raise ValueError(f"there is no detail {name!r}; did you mean one of {', '.join(near)}?")
