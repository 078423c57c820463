"""Shape against texture: scenes painted over with textures that say nothing, or something else."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from coursekit.datasets.scenes.batch import Scenes
from coursekit.datasets.scenes.noise import fractal, window
from coursekit.datasets.scenes.objects import CLASSES
from coursekit.datasets.scenes.patterns import PATTERNS, pattern
from coursekit.datasets.scenes.textures import MAKERS, pyramid
from coursekit.datasets.scenes.world import draw

__all__ = ["Conflict", "cue_conflict", "stylised"]

_PIECE = 0.19  # side of a piece of a collage, as a share of the picture's: a detail, not a shape
_CLEAR: dict[str, Any] = {"weather": "clear", "light": "day", "noise": 0.0}
_SOURCE: dict[str, Any] = {**_CLEAR, "scale": 0.4, "x": 0.5, "y": 0.6, "clutter": 0}
_PAINT = 5  # so that the pieces of a collage cover it this many times


@dataclass(frozen=True)
class Conflict:
    """N pictures in which an object's outline says one class and what fills it another.

    Attributes:
        images: (N, 3, S, S) float32 in [0, 1].
        shape: the class of the outline (N,), int64.
        texture: the class of the filling (N,), int64, never that of the outline.
        silhouettes: the outline alone, filled with grey (N, 3, S, S).
        collages: the filling alone (N, 3, S, S).
        masks: the object's pixels (N, S, S), bool.
        classes: the names of the classes.
    """

    images: torch.Tensor
    shape: torch.Tensor
    texture: torch.Tensor
    silhouettes: torch.Tensor
    collages: torch.Tensor
    masks: torch.Tensor
    classes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.shape)


def cue_conflict(n: int, *, seed: int = 0, size: int = 128) -> Conflict:
    """Draw n scenes whose object is filled with a collage of details of an object of another class.

    Picture i depends on the seed and on i alone.

    Args:
        n: how many, at least 1.
        seed: at least 0.
        size: width and height in pixels, 32 to 512.

    Returns:
        The pictures, with the class that either cue speaks for, and each cue alone.

    Raises:
        ValueError: a number out of range.

    Reference: Geirhos et al. 2019 (arXiv:1811.12231), its filled silhouettes.
    """
    scenes = draw(n, seed=seed, size=size, **_CLEAR)
    block = len(CLASSES)  # of so many sources each has a class of its own
    sources = draw(-(-n // block) * block, seed=seed, size=size, **_SOURCE)
    chosen, collages = [], []
    for k, label in enumerate(scenes.labels.tolist()):
        rng = np.random.default_rng([seed, k, 21])
        others = [
            i for i in range(k // block * block, (k // block + 1) * block) if sources.labels[i] != label
        ]
        chosen.append(others[rng.integers(len(others))])
        collages.append(_collage(sources, chosen[-1], rng))
    fill, inside = _tensor(collages), scenes.masks[:, None]
    return Conflict(
        images=torch.where(inside, fill, scenes.images),
        shape=scenes.labels,
        texture=sources.labels[chosen],
        silhouettes=scenes.images.masked_fill(inside, 0.5),
        collages=fill,
        masks=scenes.masks,
        classes=scenes.classes,
    )


def stylised(scenes: Scenes, *, seed: int = 0) -> Scenes:
    """Return scenes with a random texture on the object and another on the rest; neither tells the class.

    What is left is the outline and, darker or fainter, the borders between the object's parts. A drawn
    stand-in for Stylized-ImageNet; its textures are none of those that `cue_conflict` fills objects with.

    Args:
        scenes: what to paint over.
        seed: of the textures, at least 0.

    Returns:
        The same scenes with other images.

    Reference: Geirhos et al. 2019 (arXiv:1811.12231).
    """
    streams = [np.random.default_rng([seed, k, 22]) for k in range(len(scenes))]
    side = scenes.images.shape[-1]
    inner, outer = (_tensor([_style(side, rng) for rng in streams]).to(scenes.images) for _ in range(2))
    ink = torch.tensor([rng.uniform(0.2, 1) for rng in streams]).to(scenes.images)
    painted = torch.where(scenes.masks[:, None], inner, outer)
    lines = _borders(scenes.part_map)[:, None]
    return replace(scenes, images=torch.where(lines, painted * ink[:, None, None, None], painted))


def _tensor(pictures: list[np.ndarray]) -> torch.Tensor:
    return torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).float().contiguous()


def _collage(scenes: Scenes, index: int, rng: np.random.Generator) -> np.ndarray:
    """A picture (S, S, 3) covered with pieces cut out of one scene's object, at random places."""
    picture = scenes.images[index].permute(1, 2, 0).numpy()
    inside = scenes.masks[index].numpy()
    side, half = len(picture), max(1, round(_PIECE * len(picture) / 2))
    rows, columns = np.nonzero(inside)
    canvas = np.broadcast_to(picture[inside].mean(0), picture.shape).copy()
    for _ in range(_PAINT * (side // (2 * half) + 1) ** 2):
        at = rng.integers(len(rows))
        y, x = np.clip((rows[at], columns[at]), half, side - half)
        piece = np.s_[y - half : y + half, x - half : x + half]
        top, left = rng.integers(0, side - 2 * half + 1, 2)
        view = canvas[top : top + 2 * half, left : left + 2 * half]
        view[inside[piece]] = picture[piece][inside[piece]]
    return canvas


def _style(side: int, rng: np.random.Generator) -> np.ndarray:
    """A texture (S, S, 3) in two random colours: a ground seen from above, a pattern, or clouds."""
    at = (rng.random(), rng.random())
    kind, number = rng.integers(3), int(rng.integers(1000))
    if kind == 0:
        tile = pyramid(tuple(MAKERS)[number % len(MAKERS)], side * int(rng.integers(1, 3)))[0].mean(2)
        share = window((tile - tile.min()) / np.ptp(tile), side, side, at)
    elif kind == 1:
        cut = pattern(PATTERNS[1 + number % (len(PATTERNS) - 1)], rng.uniform(0.06, 0.25), at)
        share = np.asarray(cut(side, side, side), np.float32) / 255
    else:
        cloud = fractal(2 * side, (0.6, 1.2, 1.8)[number % 3], 30 + number % 5)
        share = np.clip(0.5 + 0.3 * window(cloud, side, side, at), 0, 1)
    low, high = rng.random((2, 3))
    return low + (high - low) * share[:, :, None]


def _borders(part_map: torch.Tensor) -> torch.Tensor:
    """The pixels (N, S, S) beside one of another part, or beside the object: bool."""
    parts = part_map[:, None].float()
    return ((F.max_pool2d(parts, 3, 1, 1) != parts) | (-F.max_pool2d(-parts, 3, 1, 1) != parts))[:, 0]
