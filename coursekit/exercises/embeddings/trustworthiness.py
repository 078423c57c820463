"""Exercise: how many of the neighbours on a map are neighbours indeed."""

import torch
from torch import Tensor

from coursekit.exercises.draws import Draws
from coursekit.exercises.embeddings.cases import ANSWERS, clusters, squared
from coursekit.exercises.exercise import Case, Exercise, mistake

__all__ = ["TRUSTWORTHINESS"]


def _reference(x: Tensor, y: Tensor, k: int) -> Tensor:
    from sklearn.manifold import trustworthiness

    return torch.tensor(trustworthiness(x.double().numpy(), y.double().numpy(), n_neighbors=k)).float()


def _order(points: Tensor) -> Tensor:
    """The points by distance from each, itself first, (N, N)."""
    return squared(points).fill_diagonal_(-1).argsort(1)


def _ranks(points: Tensor) -> Tensor:
    """The rank of each point seen from each, 0 for itself, (N, N)."""
    return _order(points).argsort(1)


def _penalty(x: Tensor, y: Tensor, k: int) -> Tensor:
    """By how much the ranks in the data of the neighbours on the map exceed k, (N, k)."""
    return (_ranks(x).gather(1, _order(y)[:, 1 : k + 1]) - k).clamp(min=0).float()


def _scaled(total: Tensor, n: int, k: int) -> Tensor:
    return 1 - total * 2 / (n * k * (2 * n - 3 * k - 1))


@mistake(
    "the data and the map swapped",
    "That is the continuity: who is near in the data and far on the map. Take the neighbours on the "
    "map, and their ranks in the data.",
)
def _swapped(x: Tensor, y: Tensor, k: int) -> Tensor:
    return _reference(y, x, k)


@mistake(
    "the share of neighbours that are right",
    "Each wrong one counts by how far down in the ranks it is: r − k.",
)
def _counted(x: Tensor, y: Tensor, k: int) -> Tensor:
    return 1 - (_penalty(x, y, k) > 0).float().mean()


@mistake(
    "each point as one of its k neighbours on the map",
    "The nearest point to a point is itself: leave it out before you take k.",
)
def _counts_itself(x: Tensor, y: Tensor, k: int) -> Tensor:
    ranks = _ranks(x).gather(1, _order(y)[:, :k])
    return _scaled((ranks - k).clamp(min=0).float().sum(), len(x), k)


@mistake(
    "ranks that are counted from 0",
    "The nearest other point has rank 1: with the point itself first, at rank 0, argsort counts so.",
)
def _ranks_from_zero(x: Tensor, y: Tensor, k: int) -> Tensor:
    ranks = _ranks(x).gather(1, _order(y)[:, 1 : k + 1]) - 1
    return _scaled((ranks - k).clamp(min=0).float().sum(), len(x), k)


@mistake(
    "ranks that are one too high",
    "The nearest other point has rank 1: the point itself, at rank 0, does not count.",
)
def _ranks_from_two(x: Tensor, y: Tensor, k: int) -> Tensor:
    ranks = _ranks(x).gather(1, _order(y)[:, 1 : k + 1]) + 1
    return _scaled((ranks - k).clamp(min=0).float().sum(), len(x), k)


@mistake("the ranks r instead of r − k", "A neighbour of rank k + 1 costs 1: subtract k.")
def _not_less(x: Tensor, y: Tensor, k: int) -> Tensor:
    ranks = _ranks(x).gather(1, _order(y)[:, 1 : k + 1])
    return _scaled((ranks * (ranks > k)).float().sum(), len(x), k)


def _cases(draws: Draws) -> list[Case]:
    cases = []
    for name, n, k in (("five neighbours", 40, 5), ("three neighbours", 35, 3), ("ten neighbours", 60, 10)):
        generator = draws(name)
        x, _ = clusters(n, 6, generator)
        noise = 0.2 + 0.8 * torch.rand((), generator=generator)
        y = x[:, :2] + noise * torch.randn(n, 2, generator=generator)
        cases.append(Case(name, {"x": x, "y": y, "k": k}))
    return cases


TRUSTWORTHINESS = Exercise(
    name="trustworthiness",
    points=3,
    minutes=20,
    reference=_reference,
    draw=_cases,
    mistakes=(
        _swapped,
        _counted,
        _counts_itself,
        _ranks_from_zero,
        _ranks_from_two,
        _not_less,
        mistake("the sum of the penalties", "Multiply by 2 / (N k (2N − 3k − 1)), and subtract from 1.")(
            lambda x, y, k: _penalty(x, y, k).sum()
        ),
        mistake(
            "1 less than it should be: what is to be subtracted from 1",
            "Subtract it from 1: the best map has 1.",
        )(lambda x, y, k: 1 - _reference(x, y, k)),
    ),
    hidden=ANSWERS,
)
