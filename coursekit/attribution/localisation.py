"""How well explanations find the object: each method of the course on the same drawn scenes."""

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn

from coursekit import attribution
from coursekit.core.registry import METHODS
from coursekit.datasets.scenes import Scenes, draw

__all__ = ["METRICS", "NETS", "SAMPLE", "SEED", "display_name", "fresh_scenes", "localise", "methods"]

Method = Callable[[nn.Module, Tensor, Tensor], Tensor]

NETS = ("scenes", "scenes-robust")
METRICS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "pointing": attribution.pointing_game,
    "mass": attribution.relevance_mass,
    "rank": attribution.relevance_rank,
}
SAMPLE = 32
"""The first scenes of the table, whose own means stand in it, for a sample to be held against."""
SEED = 5
"""Of the table's scenes: the nets were trained on seed 1 and tested on 2."""
_BATCH = 16


def methods() -> dict[str, Method]:
    """Return every method of the course, in the order of the table, and random heatmaps before them.

    Returns:
        The row's name → ``method(model, x, target)``.
    """
    noise = torch.Generator().manual_seed(0)
    rows = {name: (found.function, row) for found in METHODS.values() for name, row in found.rows.items()}
    return {
        "random": partial(attribution.random_heatmap, generator=noise),
        **{name: partial(function, **row.settings) for name, (function, row) in rows.items()},
    }


def display_name(name: str) -> str:
    """Return a row's name as the chapters write it: "LRP epsilon-plus" is LRP with ε and α1β0.

    Args:
        name: the name of a row of the table.

    Returns:
        How chapters write it; ``name`` itself where there is no such row.
    """
    rows = {name: row.spelling for found in METHODS.values() for name, row in found.rows.items()}
    return {"random": "chance", **rows}.get(name, name)


def fresh_scenes(n: int) -> Scenes:
    """Return the first scenes of the table; no net was trained on them.

    Args:
        n: how many.

    Returns:
        The scenes, with labels and masks.
    """
    return draw(n, seed=SEED)


def localise(model: nn.Module, scenes: Scenes, method: Method) -> dict[str, Tensor]:
    """Return how well a method finds the objects of scenes.

    Explained is the score of the true class. Every method's map is made by ``heatmap`` in the same way: the
    largest absolute value of the channels, so that evidence against the class counts as relevance too.

    Args:
        model: maps images to scores (N, K).
        scenes: N scenes, with labels and masks.
        method: called as ``method(model, x, target)``.

    Returns:
        The names of ``METRICS`` → the score of each scene (N,), in [0, 1].

    Raises:
        ValueError: the method does not take the net.
    """
    rows = []
    for some in torch.arange(len(scenes)).split(_BATCH):
        part = scenes[some]
        heat = attribution.heatmap(method(model, part.images, part.labels))
        rows.append(torch.stack([metric(heat, part.masks) for metric in METRICS.values()]))
    return dict(zip(METRICS, torch.cat(rows, dim=1), strict=True))
