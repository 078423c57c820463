"""Exercise: do two maps agree on which pixels are the hottest?"""

import torch
from torch import Tensor

from coursekit.exercises.bias_and_trust.cases import ANSWERS, correlation, ranks, spearman
from coursekit.exercises.draws import Draws
from coursekit.exercises.exercise import Case, Exercise, Property, mistake

__all__ = ["RANK_CORRELATION"]


@mistake(
    "the correlation of the values instead of their ranks (Pearson's)",
    "One hot pixel would decide it: replace each value by its rank within its map first.",
)
def _values(first: Tensor, second: Tensor) -> Tensor:
    return correlation(first.flatten(1), second.flatten(1))


@mistake(
    "the correlation of what argsort returns",
    "argsort says which pixel comes k-th, not which place a pixel has: apply it twice.",
)
def _orders(first: Tensor, second: Tensor) -> Tensor:
    a, b = (maps.flatten(1).argsort(1).float() for maps in (first, second))
    return correlation(a, b)


@mistake("the ranks of one map against the values of the other", "Rank both maps.")
def _one_ranked(first: Tensor, second: Tensor) -> Tensor:
    return correlation(ranks(first.flatten(1)), second.flatten(1))


@mistake("ranks within each row of pixels", "The pixels of a whole map compete: flatten(1) before you sort.")
def _by_row(first: Tensor, second: Tensor) -> Tensor:
    a, b = (maps.argsort(2).argsort(2).float().flatten(1) for maps in (first, second))
    return correlation(a, b)


@mistake(
    "one correlation for the whole batch", "Each pair of maps has its own: flatten(1) keeps the images apart."
)
def _pooled(first: Tensor, second: Tensor) -> Tensor:
    return spearman(first.reshape(1, 1, -1), second.reshape(1, 1, -1)).expand(len(first))


@mistake("the correlation without its sign", "Opposed maps are not alike: keep the sign.")
def _unsigned(first: Tensor, second: Tensor) -> Tensor:
    return spearman(first, second).abs()


def _map_pairs(draws: Draws) -> list[Case]:
    """Maps that agree, hardly agree or are opposed, and never in a straight line."""
    drawn = {
        "one pair": (torch.tensor([0.8]), (1, 6, 7)),
        "one alike, one opposed": (torch.tensor([0.7, -0.8]), (2, 5, 8)),
        "three pairs, one opposed": (torch.tensor([-0.6, 0.3, 0.9]), (3, 7, 5)),
    }
    cases = []
    for name, (alike, shape) in drawn.items():
        generator = draws(name)
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
    draw=_map_pairs,
    mistakes=(_values, _orders, _one_ranked, _by_row, _pooled, _unsigned),
    properties=(
        Property(
            lambda value, arguments: bool((value.abs() <= 1 + 1e-5).all()), "Some values lie outside [-1, 1]."
        ),
    ),
    hidden=ANSWERS,
)
