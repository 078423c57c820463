"""Exercises: Sammon's stress, and the stress of pairs that should lie at one place."""

import torch
from torch import Tensor

from coursekit.confounding import pair_stress, stress
from coursekit.exercises.confounders.cases import ANSWERS
from coursekit.exercises.exercise import Case, Exercise, Mistake

__all__ = ["PAIR_STRESS", "STRESS"]


def _stress(points: Tensor, distances: Tensor) -> Tensor:
    return torch.tensor(stress(points, distances))


def _both(points: Tensor, distances: Tensor) -> tuple[Tensor, Tensor]:
    """Wanted and found distances of every pair, each once."""
    i, j = torch.triu_indices(len(points), len(points), 1)
    return distances[i, j], torch.pdist(points)


def _sum(points: Tensor, distances: Tensor) -> Tensor:
    wanted, found = _both(points, distances)
    return ((wanted - found) ** 2 / wanted).sum()


def _raw(points: Tensor, distances: Tensor) -> Tensor:
    wanted, found = _both(points, distances)
    return ((wanted - found) ** 2).sum() / wanted.sum()


def _kruskal(points: Tensor, distances: Tensor) -> Tensor:
    wanted, found = _both(points, distances)
    return ((wanted - found) ** 2).sum() / (wanted**2).sum()


def _absolute(points: Tensor, distances: Tensor) -> Tensor:
    wanted, found = _both(points, distances)
    return (wanted - found).abs().sum() / wanted.sum()


def _squared(points: Tensor, distances: Tensor) -> Tensor:
    wanted, found = _both(points, distances)
    return ((wanted - found**2) ** 2 / wanted).sum() / wanted.sum()


def _by_found(points: Tensor, distances: Tensor) -> Tensor:
    wanted, found = _both(points, distances)
    return ((wanted - found) ** 2 / found).sum() / wanted.sum()


def _twice(points: Tensor, distances: Tensor) -> Tensor:
    return 2 * _stress(points, distances)


def _half(points: Tensor, distances: Tensor) -> Tensor:
    return _stress(points, distances) / 2


def _map(n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """A map (2·n, 2), and the distances of points in five dimensions that it shows badly."""
    truth = torch.randn(2 * n, 5, generator=generator)
    distances = torch.cdist(truth, truth, compute_mode="donot_use_mm_for_euclid_dist")
    distances = (distances + distances.T) / 2
    points = 1.3 * truth[:, :2] + 0.3 * torch.randn(2 * n, 2, generator=generator)
    return points, distances


def _map_cases(seed: int) -> list[Case]:
    generator = torch.Generator().manual_seed(seed)
    sizes = {"eight points": 4, "twelve points": 6, "thirty points": 15}
    drawn = {name: _map(n, generator) for name, n in sizes.items()}
    return [Case(name, {"points": p, "distances": d}) for name, (p, d) in drawn.items()]


STRESS = Exercise(
    name="stress",
    points=2,
    minutes=10,
    reference=_stress,
    cases=_map_cases,
    mistakes=(
        Mistake(
            "the stress without normalisation",
            _sum,
            "Divide by the sum of the wanted distances, or the stress grows with the number of points and "
            "with the unit.",
        ),
        Mistake(
            "squares that are not divided by the wanted distance",
            _raw,
            "Each square is divided by its own d: near pairs count more.",
        ),
        Mistake(
            "the squares over the sum of squared distances: Kruskal's stress",
            _kruskal,
            "Sammon divides each square by its d, and all by the sum of d.",
        ),
        Mistake("absolute differences instead of squares", _absolute, "Square the difference, divide by d."),
        Mistake(
            "squared distances on the map",
            _squared,
            "The distance on the map has a square root: .norm(dim=-1), torch.cdist or torch.pdist.",
        ),
        Mistake(
            "squares divided by the distance on the map",
            _by_found,
            "Divide by the wanted distance, which does not move with the map.",
        ),
        Mistake(
            "every pair twice in the first sum, and once in the second",
            _twice,
            "Take both sums over i < j: torch.triu_indices(n, n, 1).",
        ),
        Mistake(
            "every pair once in the first sum, and twice in the second",
            _half,
            "Take both sums over i < j: torch.triu_indices(n, n, 1).",
        ),
    ),
    hidden=ANSWERS,
)


def _penalised(points: Tensor, distances: Tensor, pairs: Tensor, weight: float) -> Tensor:
    return (1 - weight) * _stress(points, distances) + weight * _pairs(points, distances, pairs)


def _pairs(points: Tensor, distances: Tensor, pairs: Tensor) -> Tensor:
    return torch.tensor(pair_stress(points, distances, pairs))


def _swapped(points: Tensor, distances: Tensor, pairs: Tensor, weight: float) -> Tensor:
    return weight * _stress(points, distances) + (1 - weight) * _pairs(points, distances, pairs)


def _apart(points: Tensor, distances: Tensor, pairs: Tensor, weight: float) -> Tensor:
    return (1 - weight) * _stress(points, distances) - weight * _pairs(points, distances, pairs)


def _not_less(points: Tensor, distances: Tensor, pairs: Tensor, weight: float) -> Tensor:
    return _stress(points, distances) + weight * _pairs(points, distances, pairs)


def _found(points: Tensor, pairs: Tensor) -> Tensor:
    return (points[pairs[:, 0]] - points[pairs[:, 1]]).norm(dim=1)


def _unscaled(points: Tensor, distances: Tensor, pairs: Tensor, weight: float) -> Tensor:
    return (1 - weight) * _stress(points, distances) + weight * (_found(points, pairs) ** 2).mean()


def _as_wanted(points: Tensor, distances: Tensor, pairs: Tensor, weight: float) -> Tensor:
    wanted = distances[pairs[:, 0], pairs[:, 1]]
    own = ((wanted - _found(points, pairs)) ** 2 / wanted).sum() / wanted.sum()
    return (1 - weight) * _stress(points, distances) + weight * own


def _not_squared(points: Tensor, distances: Tensor, pairs: Tensor, weight: float) -> Tensor:
    wanted = distances[pairs[:, 0], pairs[:, 1]]
    return (1 - weight) * _stress(points, distances) + weight * _found(points, pairs).sum() / wanted.sum()


def _all_distances(points: Tensor, distances: Tensor, pairs: Tensor, weight: float) -> Tensor:
    wanted = distances[pairs[:, 0], pairs[:, 1]]
    own = (_found(points, pairs) ** 2 / wanted).sum() / _both(points, distances)[0].sum()
    return (1 - weight) * _stress(points, distances) + weight * own


def _pair_cases(seed: int) -> list[Case]:
    generator = torch.Generator().manual_seed(seed)
    cases = []
    for name, n, weight in (("four pairs", 4, 0.3), ("seven pairs", 7, 0.8), ("twelve pairs", 12, 0.6)):
        points, distances = _map(n, generator)
        pairs = torch.randperm(2 * n, generator=generator).reshape(-1, 2)[:-1]  # one pair is not known
        cases.append(Case(name, {"points": points, "distances": distances, "pairs": pairs, "weight": weight}))
    return cases


PAIR_STRESS = Exercise(
    name="penalised_stress",
    points=2,
    minutes=10,
    reference=_penalised,
    cases=_pair_cases,
    mistakes=(
        Mistake("the two weights exchanged", _swapped, "The stress has 1 − q, the pairs have q."),
        Mistake(
            "a penalty with its sign turned, which pushes pairs apart",
            _apart,
            "Add the penalty: it is the smaller, the nearer the two recordings of a speaker are.",
        ),
        Mistake("the whole stress, with the pairs on top", _not_less, "The stress has the weight 1 − q."),
        Mistake(
            "a penalty in other units than the stress: the mean squared distance of the pairs",
            _unscaled,
            "Divide each square by the pair's d, and the sum by the sum of these d.",
        ),
        Mistake(
            "pairs that should lie as far apart as their distance says",
            _as_wanted,
            "The wanted distance of a pair is 0: the square is that of δ itself.",
        ),
        Mistake("distances of the pairs that are not squared", _not_squared, "The penalty has δ², over d."),
        Mistake(
            "a penalty divided by the sum over all distances",
            _all_distances,
            "Divide by the sum over the pairs' own d.",
        ),
    ),
    hidden=ANSWERS,
)
