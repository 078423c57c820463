"""Exercises: do the hottest pixels lie on the object, and do two maps agree on which they are?"""

import torch
from torch import Tensor

from coursekit.exercises.bias_and_trust.cases import ANSWERS
from coursekit.exercises.exercise import Case, Exercise, Mistake, Property

__all__ = ["RANK_CORRELATION", "RELEVANCE_RANK", "spearman"]

_SIZES = {"one map": (1, 6, 7), "a batch of two": (2, 8, 5), "a batch of three": (3, 5, 9)}


def _top(values: Tensor, counts: Tensor) -> Tensor:
    """Which of each row's values (N, K) are among its ``counts`` largest."""
    return values.argsort(1, descending=True).argsort(1) < counts[:, None]


def _rank(heat: Tensor, mask: Tensor) -> Tensor:
    inside = mask.flatten(1)
    size = inside.sum(1)
    return (_top(heat.flatten(1), size) & inside).sum(1) / size


def _mass(heat: Tensor, mask: Tensor) -> Tensor:
    return (heat * mask).sum((1, 2)) / heat.sum((1, 2))


def _coldest(heat: Tensor, mask: Tensor) -> Tensor:
    return _rank(-heat, mask)


def _union(heat: Tensor, mask: Tensor) -> Tensor:
    inside = mask.flatten(1)
    hot = _top(heat.flatten(1), inside.sum(1))
    return (hot & inside).sum(1) / (hot | inside).sum(1)


def _of_picture(heat: Tensor, mask: Tensor) -> Tensor:
    return _rank(heat, mask) * mask.float().mean((1, 2))


def _above_mean(heat: Tensor, mask: Tensor) -> Tensor:
    hot = heat > heat.mean((1, 2), keepdim=True)
    return (hot & mask).sum((1, 2)) / mask.sum((1, 2))


def _precision(heat: Tensor, mask: Tensor) -> Tensor:
    hot = heat > heat.mean((1, 2), keepdim=True)
    return (hot & mask).sum((1, 2)) / hot.sum((1, 2))


def _masked_maps(seed: int) -> list[Case]:
    """Maps without ties, hotter on the object than beside it, which is of another size in each picture."""
    generator = torch.Generator().manual_seed(seed)
    cases = []
    for name, (n, height, width) in _SIZES.items():
        mask = torch.zeros(n, height, width, dtype=torch.bool)
        for k in range(n):
            mask[k, 1 : 3 + k, 1 : 4 + k] = True
        heat = torch.rand(n, height, width, generator=generator) + 0.45 * mask
        cases.append(Case(name, {"heat": heat, "mask": mask}))
    return cases


RELEVANCE_RANK = Exercise(
    name="relevance_rank",
    points=2,
    minutes=10,
    reference=_rank,
    cases=_masked_maps,
    mistakes=(
        Mistake(
            "the relevance mass: how much of the heat is on the object",
            _mass,
            "The rank counts pixels, however hot: find the K hottest, and count those on the object.",
        ),
        Mistake(
            "the K coldest pixels instead of the hottest", _coldest, "Sort from the hottest: descending=True."
        ),
        Mistake(
            "the overlap divided by the union",
            _union,
            "Both sets have K pixels: divide the overlap by K alone.",
        ),
        Mistake(
            "the overlap divided by all pixels of the picture",
            _of_picture,
            "Divide by the number of the object's pixels, K.",
        ),
        Mistake(
            "the pixels above the mean instead of the K hottest",
            _above_mean,
            "Take exactly as many of the hottest pixels as the object has.",
        ),
        Mistake(
            "the share of the pixels above the mean that lie on the object",
            _precision,
            "Take exactly as many of the hottest pixels as the object has, and divide by their number.",
        ),
    ),
    properties=(
        Property(
            lambda value, arguments: bool((value >= 0).all() and (value <= 1).all()),
            "Some values lie outside [0, 1].",
        ),
    ),
    hidden=ANSWERS,
)


def _correlation(a: Tensor, b: Tensor) -> Tensor:
    """Pearson's correlation of rows (N, K)."""
    a, b = (values - values.mean(1, keepdim=True) for values in (a, b))
    return (a * b).sum(1) / (a.norm(dim=1) * b.norm(dim=1))


def _places(values: Tensor) -> Tensor:
    return values.argsort(1).argsort(1).to(torch.float32)


def spearman(first: Tensor, second: Tensor) -> Tensor:
    """Spearman's ρ of maps (N, H, W) without ties."""
    return _correlation(_places(first.flatten(1)), _places(second.flatten(1)))


def _values(first: Tensor, second: Tensor) -> Tensor:
    return _correlation(first.flatten(1), second.flatten(1))


def _orders(first: Tensor, second: Tensor) -> Tensor:
    a, b = (maps.flatten(1).argsort(1).float() for maps in (first, second))
    return _correlation(a, b)


def _one_ranked(first: Tensor, second: Tensor) -> Tensor:
    return _correlation(_places(first.flatten(1)), second.flatten(1))


def _by_row(first: Tensor, second: Tensor) -> Tensor:
    a, b = (maps.argsort(2).argsort(2).float().flatten(1) for maps in (first, second))
    return _correlation(a, b)


def _pooled(first: Tensor, second: Tensor) -> Tensor:
    return spearman(first.reshape(1, 1, -1), second.reshape(1, 1, -1)).expand(len(first))


def _unsigned(first: Tensor, second: Tensor) -> Tensor:
    return spearman(first, second).abs()


def _map_pairs(seed: int) -> list[Case]:
    """Maps that agree, hardly agree or are opposed, and never in a straight line."""
    generator = torch.Generator().manual_seed(seed)
    drawn = {
        "one pair": (torch.tensor([0.8]), (1, 6, 7)),
        "one alike, one opposed": (torch.tensor([0.7, -0.8]), (2, 5, 8)),
        "three pairs, one opposed": (torch.tensor([-0.6, 0.3, 0.9]), (3, 7, 5)),
    }
    cases = []
    for name, (alike, shape) in drawn.items():
        first, noise = (torch.randn(shape, generator=generator) for _ in range(2))
        # The offsets set the maps of one batch apart: to rank them together is to compare offsets.
        second = (alike[:, None, None] * first + 0.5 * noise).mul(2).exp() * torch.arange(1, shape[0] + 1)[
            :, None, None
        ]
        first = first.mul(1.5).exp() + 10 * torch.arange(shape[0])[:, None, None]
        cases.append(Case(name, {"first": first, "second": second}))
    return cases


RANK_CORRELATION = Exercise(
    name="rank_correlation",
    points=2,
    minutes=10,
    reference=spearman,
    cases=_map_pairs,
    mistakes=(
        Mistake(
            "the correlation of the values instead of their ranks (Pearson's)",
            _values,
            "One hot pixel would decide it: replace each value by its rank within its map first.",
        ),
        Mistake(
            "the correlation of what argsort returns",
            _orders,
            "argsort says which pixel comes k-th, not which place a pixel has: apply it twice.",
        ),
        Mistake(
            "the ranks of one map against the values of the other",
            _one_ranked,
            "Rank both maps.",
        ),
        Mistake(
            "ranks within each row of pixels",
            _by_row,
            "The pixels of a whole map compete: flatten(1) before you sort.",
        ),
        Mistake(
            "one correlation for the whole batch",
            _pooled,
            "Each pair of maps has its own: flatten(1) keeps the images apart.",
        ),
        Mistake(
            "the correlation without its sign",
            _unsigned,
            "Opposed maps are not alike: keep the sign.",
        ),
    ),
    properties=(
        Property(
            lambda value, arguments: bool((value.abs() <= 1 + 1e-5).all()), "Some values lie outside [-1, 1]."
        ),
    ),
    hidden=ANSWERS,
)
