"""The pen: an object is drawn as a list of shapes, each belonging to a named part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from coursekit.datasets.scenes.palette import RGB
from coursekit.datasets.scenes.shapes import Coordinates, stroke

T = TypeVar("T")

PARTS: tuple[str, ...] = (
    "body", "wheel", "window", "door", "light", "bumper", "track", "hull", "turret", "gun", "hatch",
    "wall", "roof", "chimney", "trunk", "crown", "fruit", "tail", "fin", "eye", "mouth", "gill", "mast",
    "sail", "flag", "cabin", "head", "hair", "ear", "eyebrow", "nose", "glasses", "neck", "petal", "centre",
    "stem", "leaf", "flame", "nozzle", "cap", "hat", "spot", "skirt", "stripe", "cheek", "antenna",
)  # fmt: skip
PART_ID: dict[str, int] = {name: i + 1 for i, name in enumerate(PARTS)}


@dataclass(slots=True)
class Shape:
    """One filled polygon of a drawing."""

    part: str
    points: np.ndarray  # (k, 2), object units, y down
    colour: RGB
    outline: bool = True  # a darker rim
    soft: bool = False  # a lighter inner side towards the light, as on a ball
    painted: bool = False  # bears the object's pattern (stripes, dots …)
    glow: bool = False  # shines by itself: neither night nor dusk darkens it


@dataclass(slots=True)
class Pen:
    """Collects the shapes of one object; carries its colours and its own random numbers."""

    rng: np.random.Generator
    main: RGB
    accent: RGB
    skin: RGB = (236, 196, 160)
    glasses: bool = False  # whether a face wears them in any case
    shapes: list[Shape] = field(default_factory=list)

    def uniform(self, low: float, high: float) -> float:
        """A random number in [low, high)."""
        return low + (high - low) * self.rng.random()

    def count(self, low: int, high: int) -> int:
        """A random whole number from low to high, both included."""
        return low + int(self.rng.random() * (high - low + 1))

    def pick(self, options: Sequence[T]) -> T:
        """One of the options."""
        return options[int(self.rng.random() * len(options))]

    def chance(self, share: float) -> bool:
        """True in `share` of all cases."""
        return self.rng.random() < share

    def shape(
        self,
        part: str,
        points: Coordinates,
        colour: RGB,
        *,
        outline: bool = True,
        soft: bool = False,
        painted: bool = False,
        glow: bool = False,
    ) -> None:
        """Add a polygon; later ones lie over earlier ones."""
        self.shapes.append(Shape(part, np.asarray(points, float), colour, outline, soft, painted, glow))

    def line(
        self,
        part: str,
        points: Coordinates,
        width: float,
        colour: RGB,
        *,
        outline: bool = False,
    ) -> None:
        """Add a thick open line."""
        self.shape(part, stroke(points, width), colour, outline=outline)
