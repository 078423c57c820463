"""Exercises: t-SNE's affinities, of one point for the others and of pairs."""

import torch
from torch import Tensor

from coursekit.exercises.embeddings.cases import ANSWERS, clusters, squared
from coursekit.exercises.exercise import Case, Exercise, Mistake

__all__ = ["GAUSSIAN_AFFINITIES", "JOINT_AFFINITIES", "affinities"]


def _weights(apart: Tensor, sigma: Tensor) -> Tensor:
    """The bells, with none for a point itself."""
    return torch.exp(-apart / (2 * sigma[:, None] ** 2)).fill_diagonal_(0)


def affinities(x: Tensor, sigma: Tensor) -> Tensor:
    """p_{j|i} (N, N) for widths (N,)."""
    return (-squared(x).fill_diagonal_(torch.inf) / (2 * sigma[:, None] ** 2)).softmax(1)


def _with_itself(x: Tensor, sigma: Tensor) -> Tensor:
    return (-squared(x) / (2 * sigma[:, None] ** 2)).softmax(1)


def _zeroed_late(x: Tensor, sigma: Tensor) -> Tensor:
    return _with_itself(x, sigma).fill_diagonal_(0)


def _not_squared(x: Tensor, sigma: Tensor) -> Tensor:
    return (-squared(x).sqrt().fill_diagonal_(torch.inf) / (2 * sigma[:, None] ** 2)).softmax(1)


def _without_two(x: Tensor, sigma: Tensor) -> Tensor:
    return affinities(x, sigma / 2**0.5)


def _width_not_squared(x: Tensor, sigma: Tensor) -> Tensor:
    return affinities(x, sigma.sqrt())


def _columns(x: Tensor, sigma: Tensor) -> Tensor:
    weights = _weights(squared(x), sigma)
    return weights / weights.sum(0)


def _all(x: Tensor, sigma: Tensor) -> Tensor:
    weights = _weights(squared(x), sigma)
    return weights / weights.sum()


def _others_width(x: Tensor, sigma: Tensor) -> Tensor:
    return (-squared(x).fill_diagonal_(torch.inf) / (2 * sigma**2)).softmax(1)


def _not_normalised(x: Tensor, sigma: Tensor) -> Tensor:
    return _weights(squared(x), sigma)


def _cases(seed: int) -> list[Case]:
    generator = torch.Generator().manual_seed(seed)
    cases = []
    for name, n, dimensions in (("ten points", 10, 3), ("twenty points", 20, 6), ("on a line", 8, 1)):
        x, _ = clusters(n, dimensions, generator)
        sigma = 0.6 + 1.2 * torch.rand(n, generator=generator)
        cases.append(Case(name, {"x": x, "sigma": sigma * dimensions**0.5}))
    return cases


GAUSSIAN_AFFINITIES = Exercise(
    name="gaussian_affinities",
    points=2,
    minutes=10,
    reference=affinities,
    cases=_cases,
    mistakes=(
        Mistake(
            "affinities with the point itself among its neighbours",
            _with_itself,
            "No point chooses itself: leave k = i out of the sum, and put p(i|i) to 0.",
        ),
        Mistake(
            "affinities whose sum has the point itself in it",
            _zeroed_late,
            "The diagonal is 0 and still counted in the sum: put the bells of i = j to 0 before you divide.",
        ),
        Mistake(
            "the distance instead of its square",
            _not_squared,
            "The exponent has the squared distance: torch.cdist(x, x) ** 2.",
        ),
        Mistake("σ² where 2 σ² is wanted", _without_two, "The exponent is divided by 2 σ²."),
        Mistake("σ that was not squared", _width_not_squared, "The exponent is divided by 2 σ²."),
        Mistake(
            "columns that add up to 1 instead of rows",
            _columns,
            "Row i says whom point i chooses: divide by the sum over j, .sum(1, keepdim=True).",
        ),
        Mistake(
            "all affinities divided by one sum",
            _all,
            "Each row by itself adds up to 1: .sum(1, keepdim=True).",
        ),
        Mistake(
            "the width of the other point",
            _others_width,
            "Row i has the width of point i: sigma[:, None].",
        ),
        Mistake(
            "affinities that were not divided by their sum", _not_normalised, "Let each row add up to 1."
        ),
    ),
    hidden=ANSWERS,
)


def _joint(p: Tensor) -> Tensor:
    return (p + p.T) / (2 * len(p))


def _joint_cases(seed: int) -> list[Case]:
    generator = torch.Generator().manual_seed(seed)
    cases = []
    for name, n in (("six points", 6), ("fifteen points", 15), ("thirty points", 30)):
        x, _ = clusters(n, 4, generator)
        sigma = 0.6 + 1.5 * torch.rand(n, generator=generator)
        cases.append(Case(name, {"p": affinities(x, sigma)}))
    return cases


JOINT_AFFINITIES = Exercise(
    name="joint_affinities",
    points=1,
    minutes=5,
    reference=_joint,
    cases=_joint_cases,
    mistakes=(
        Mistake(
            "affinities that are not symmetrised",
            lambda p: p / len(p),
            "p(i, j) is p(j, i): add the transposed matrix.",
        ),
        Mistake(
            "the mean of both directions, not divided by the number of points",
            lambda p: (p + p.T) / 2,
            "All of them add up to 1: each of N rows brings 1, so divide by N too.",
        ),
        Mistake(
            "a sum over pairs of 2 instead of 1",
            lambda p: (p + p.T) / len(p),
            "Each pair is counted in both directions: divide by 2 N.",
        ),
        Mistake(
            "the product of both directions",
            lambda p: p * p.T / (p * p.T).sum(),
            "A point that nobody chooses would drop out: add them.",
        ),
        Mistake(
            "the geometric mean of both directions",
            lambda p: (p * p.T).sqrt() / (p * p.T).sqrt().sum(),
            "A point that nobody chooses would drop out: add them.",
        ),
        Mistake(
            "the larger of both directions",
            lambda p: torch.maximum(p, p.T) / torch.maximum(p, p.T).sum(),
            "Add both directions.",
        ),
    ),
    hidden=ANSWERS,
)
