"""Exercise: the stress of a map on which pairs should lie at one place."""

import torch
from torch import Tensor

from coursekit.confounding import pair_stress
from coursekit.exercises.confounders.cases import ANSWERS, draw_map, pair_distances, sammon
from coursekit.exercises.draws import Draws
from coursekit.exercises.exercise import Case, Exercise, mistake

__all__ = ["PENALISED_STRESS"]


def _penalised(points: Tensor, distances: Tensor, pairs: Tensor, weight: float) -> Tensor:
    return (1 - weight) * sammon(points, distances) + weight * _pairs(points, distances, pairs)


def _pairs(points: Tensor, distances: Tensor, pairs: Tensor) -> Tensor:
    return torch.tensor(pair_stress(points, distances, pairs))


@mistake("the two weights exchanged", "The stress has 1 − q, the pairs have q.")
def _swapped(points: Tensor, distances: Tensor, pairs: Tensor, weight: float) -> Tensor:
    return weight * sammon(points, distances) + (1 - weight) * _pairs(points, distances, pairs)


@mistake(
    "a penalty with its sign turned, which pushes pairs apart",
    "Add the penalty: it is the smaller, the nearer the two recordings of a speaker are.",
)
def _apart(points: Tensor, distances: Tensor, pairs: Tensor, weight: float) -> Tensor:
    return (1 - weight) * sammon(points, distances) - weight * _pairs(points, distances, pairs)


@mistake("the whole stress, with the pairs on top", "The stress has the weight 1 − q.")
def _not_less(points: Tensor, distances: Tensor, pairs: Tensor, weight: float) -> Tensor:
    return sammon(points, distances) + weight * _pairs(points, distances, pairs)


def _found(points: Tensor, pairs: Tensor) -> Tensor:
    return (points[pairs[:, 0]] - points[pairs[:, 1]]).norm(dim=1)


@mistake(
    "a penalty in other units than the stress: the mean squared distance of the pairs",
    "Divide each square by the pair's d, and the sum by the sum of these d.",
)
def _unscaled(points: Tensor, distances: Tensor, pairs: Tensor, weight: float) -> Tensor:
    return (1 - weight) * sammon(points, distances) + weight * (_found(points, pairs) ** 2).mean()


@mistake(
    "pairs that should lie as far apart as their distance says",
    "The wanted distance of a pair is 0: the square is that of δ itself.",
)
def _as_wanted(points: Tensor, distances: Tensor, pairs: Tensor, weight: float) -> Tensor:
    wanted = distances[pairs[:, 0], pairs[:, 1]]
    own = ((wanted - _found(points, pairs)) ** 2 / wanted).sum() / wanted.sum()
    return (1 - weight) * sammon(points, distances) + weight * own


@mistake("distances of the pairs that are not squared", "The penalty has δ², over d.")
def _not_squared(points: Tensor, distances: Tensor, pairs: Tensor, weight: float) -> Tensor:
    wanted = distances[pairs[:, 0], pairs[:, 1]]
    return (1 - weight) * sammon(points, distances) + weight * _found(points, pairs).sum() / wanted.sum()


@mistake("a penalty divided by the sum over all distances", "Divide by the sum over the pairs' own d.")
def _all_distances(points: Tensor, distances: Tensor, pairs: Tensor, weight: float) -> Tensor:
    wanted = distances[pairs[:, 0], pairs[:, 1]]
    own = (_found(points, pairs) ** 2 / wanted).sum() / pair_distances(points, distances)[0].sum()
    return (1 - weight) * sammon(points, distances) + weight * own


def _pair_cases(draws: Draws) -> list[Case]:
    cases = []
    for name, n, weight in (("four pairs", 4, 0.3), ("seven pairs", 7, 0.8), ("twelve pairs", 12, 0.6)):
        generator = draws(name)
        points, distances = draw_map(n, generator)
        pairs = torch.randperm(2 * n, generator=generator).reshape(-1, 2)[:-1]  # one pair is not known
        cases.append(Case(name, {"points": points, "distances": distances, "pairs": pairs, "weight": weight}))
    return cases


PENALISED_STRESS = Exercise(
    name="penalised_stress",
    points=2,
    minutes=10,
    reference=_penalised,
    draw=_pair_cases,
    mistakes=(_swapped, _apart, _not_less, _unscaled, _as_wanted, _not_squared, _all_distances),
    hidden=ANSWERS,
)
