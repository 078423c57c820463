"""Exercise: do the hottest pixels lie on the object?"""

import torch
from torch import Tensor

from coursekit.exercises.bias_and_trust.cases import ANSWERS
from coursekit.exercises.draws import Draws
from coursekit.exercises.exercise import Case, Exercise, Property, mistake

__all__ = ["RELEVANCE_RANK"]


_SIZES = {"one map": (1, 19, 22), "a batch of two": (2, 24, 18), "a batch of three": (3, 18, 27)}


def _top(values: Tensor, counts: Tensor) -> Tensor:
    """Which of each row's values (N, K) are among its ``counts`` largest."""
    return values.argsort(1, descending=True).argsort(1) < counts[:, None]


def _rank(heat: Tensor, mask: Tensor) -> Tensor:
    inside = mask.flatten(1)
    size = inside.sum(1)
    return (_top(heat.flatten(1), size) & inside).sum(1) / size


@mistake(
    "the relevance mass: how much of the heat is on the object",
    "The rank counts pixels, however hot: find the K hottest, and count those on the object.",
)
def _mass(heat: Tensor, mask: Tensor) -> Tensor:
    return (heat * mask).sum((1, 2)) / heat.sum((1, 2))


@mistake("the K coldest pixels instead of the hottest", "Sort from the hottest: descending=True.")
def _coldest(heat: Tensor, mask: Tensor) -> Tensor:
    return _rank(-heat, mask)


@mistake("the overlap divided by the union", "Both sets have K pixels: divide the overlap by K alone.")
def _union(heat: Tensor, mask: Tensor) -> Tensor:
    inside = mask.flatten(1)
    hot = _top(heat.flatten(1), inside.sum(1))
    return (hot & inside).sum(1) / (hot | inside).sum(1)


@mistake(
    "the overlap divided by all pixels of the picture", "Divide by the number of the object's pixels, K."
)
def _of_picture(heat: Tensor, mask: Tensor) -> Tensor:
    return _rank(heat, mask) * mask.float().mean((1, 2))


@mistake(
    "the pixels above the mean instead of the K hottest",
    "Take exactly as many of the hottest pixels as the object has.",
)
def _above_mean(heat: Tensor, mask: Tensor) -> Tensor:
    hot = heat > heat.mean((1, 2), keepdim=True)
    return (hot & mask).sum((1, 2)) / mask.sum((1, 2))


@mistake(
    "the share of the pixels above the mean that lie on the object",
    "Take exactly as many of the hottest pixels as the object has, and divide by their number.",
)
def _precision(heat: Tensor, mask: Tensor) -> Tensor:
    hot = heat > heat.mean((1, 2), keepdim=True)
    return (hot & mask).sum((1, 2)) / hot.sum((1, 2))


def _masked_maps(draws: Draws) -> list[Case]:
    """Maps without ties, hotter on the object than beside it, which is of another size in each picture."""
    cases = []
    for name, (n, height, width) in _SIZES.items():
        generator = draws(name)
        mask = torch.zeros(n, height, width, dtype=torch.bool)
        # Large enough, and drawn, so that a share of its pixels is no guess.
        for k, (rows, columns) in enumerate(torch.randint(6, 12, (n, 2), generator=generator).tolist()):
            mask[k, 1 : 1 + rows + k, 1 : 1 + columns + k] = True
        heat = torch.rand(n, height, width, generator=generator) + 0.45 * mask
        cases.append(Case(name, {"heat": heat, "mask": mask}))
    return cases


RELEVANCE_RANK = Exercise(
    name="relevance_rank",
    points=2,
    minutes=10,
    reference=_rank,
    draw=_masked_maps,
    mistakes=(_mass, _coldest, _union, _of_picture, _above_mean, _precision),
    properties=(
        Property(
            lambda value, arguments: bool((value >= 0).all() and (value <= 1).all()),
            "Some values lie outside [0, 1].",
        ),
    ),
    hidden=ANSWERS,
)
