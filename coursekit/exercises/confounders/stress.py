"""Exercise: Sammon's stress."""

from torch import Tensor

from coursekit.exercises.confounders.cases import ANSWERS, draw_map, pair_distances, sammon
from coursekit.exercises.draws import Draws
from coursekit.exercises.exercise import Case, Exercise, mistake

__all__ = ["STRESS"]


@mistake(
    "the stress without normalisation",
    "Divide by the sum of the wanted distances, or the stress grows with the number of points and "
    "with the unit.",
)
def _sum(points: Tensor, distances: Tensor) -> Tensor:
    wanted, found = pair_distances(points, distances)
    return ((wanted - found) ** 2 / wanted).sum()


@mistake(
    "squares that are not divided by the wanted distance",
    "Each square is divided by its own d: near pairs count more.",
)
def _raw(points: Tensor, distances: Tensor) -> Tensor:
    wanted, found = pair_distances(points, distances)
    return ((wanted - found) ** 2).sum() / wanted.sum()


@mistake(
    "the squares over the sum of squared distances: Kruskal's stress",
    "Sammon divides each square by its d, and all by the sum of d.",
)
def _kruskal(points: Tensor, distances: Tensor) -> Tensor:
    wanted, found = pair_distances(points, distances)
    return ((wanted - found) ** 2).sum() / (wanted**2).sum()


@mistake("absolute differences instead of squares", "Square the difference, divide by d.")
def _absolute(points: Tensor, distances: Tensor) -> Tensor:
    wanted, found = pair_distances(points, distances)
    return (wanted - found).abs().sum() / wanted.sum()


@mistake(
    "squared distances on the map",
    "The distance on the map has a square root: .norm(dim=-1), torch.cdist or torch.pdist.",
)
def _squared(points: Tensor, distances: Tensor) -> Tensor:
    wanted, found = pair_distances(points, distances)
    return ((wanted - found**2) ** 2 / wanted).sum() / wanted.sum()


@mistake(
    "squares divided by the distance on the map",
    "Divide by the wanted distance, which does not move with the map.",
)
def _by_found(points: Tensor, distances: Tensor) -> Tensor:
    wanted, found = pair_distances(points, distances)
    return ((wanted - found) ** 2 / found).sum() / wanted.sum()


@mistake(
    "every pair twice in the first sum, and once in the second",
    "Take both sums over i < j: torch.triu_indices(n, n, 1).",
)
def _twice(points: Tensor, distances: Tensor) -> Tensor:
    return 2 * sammon(points, distances)


@mistake(
    "every pair once in the first sum, and twice in the second",
    "Take both sums over i < j: torch.triu_indices(n, n, 1).",
)
def _half(points: Tensor, distances: Tensor) -> Tensor:
    return sammon(points, distances) / 2


def _map_cases(draws: Draws) -> list[Case]:
    sizes = {"eight points": 4, "twelve points": 6, "thirty points": 15}
    drawn = {name: draw_map(n, draws(name)) for name, n in sizes.items()}
    return [Case(name, {"points": p, "distances": d}) for name, (p, d) in drawn.items()]


STRESS = Exercise(
    name="stress",
    points=2,
    minutes=10,
    reference=sammon,
    draw=_map_cases,
    mistakes=(_sum, _raw, _kruskal, _absolute, _squared, _by_found, _twice, _half),
    hidden=ANSWERS,
)
