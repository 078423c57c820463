"""Exercise: t-SNE's affinities, of one point for the others."""

import torch
from torch import Tensor

from coursekit.exercises.draws import Draws
from coursekit.exercises.embeddings.cases import ANSWERS, affinities, clusters, squared
from coursekit.exercises.exercise import Case, Exercise, mistake

__all__ = ["GAUSSIAN_AFFINITIES"]


def _weights(apart: Tensor, sigma: Tensor) -> Tensor:
    """The bells, with none for a point itself."""
    return torch.exp(-apart / (2 * sigma[:, None] ** 2)).fill_diagonal_(0)


@mistake(
    "affinities with the point itself among its neighbours",
    "No point chooses itself: leave k = i out of the sum, and put p(i|i) to 0.",
)
def _with_itself(x: Tensor, sigma: Tensor) -> Tensor:
    return (-squared(x) / (2 * sigma[:, None] ** 2)).softmax(1)


@mistake(
    "affinities whose sum has the point itself in it",
    "The diagonal is 0 and still counted in the sum: put the bells of i = j to 0 before you divide.",
)
def _zeroed_late(x: Tensor, sigma: Tensor) -> Tensor:
    return _with_itself(x, sigma).fill_diagonal_(0)


@mistake(
    "the distance instead of its square", "The exponent has the squared distance: torch.cdist(x, x) ** 2."
)
def _not_squared(x: Tensor, sigma: Tensor) -> Tensor:
    return (-squared(x).sqrt().fill_diagonal_(torch.inf) / (2 * sigma[:, None] ** 2)).softmax(1)


@mistake("σ² where 2 σ² is wanted", "The exponent is divided by 2 σ².")
def _without_two(x: Tensor, sigma: Tensor) -> Tensor:
    return affinities(x, sigma / 2**0.5)


@mistake("σ that was not squared", "The exponent is divided by 2 σ².")
def _width_not_squared(x: Tensor, sigma: Tensor) -> Tensor:
    return affinities(x, sigma.sqrt())


@mistake(
    "columns that add up to 1 instead of rows",
    "Row i says whom point i chooses: divide by the sum over j, .sum(1, keepdim=True).",
)
def _columns(x: Tensor, sigma: Tensor) -> Tensor:
    weights = _weights(squared(x), sigma)
    return weights / weights.sum(0)


@mistake("all affinities divided by one sum", "Each row by itself adds up to 1: .sum(1, keepdim=True).")
def _all(x: Tensor, sigma: Tensor) -> Tensor:
    weights = _weights(squared(x), sigma)
    return weights / weights.sum()


@mistake("the width of the other point", "Row i has the width of point i: sigma[:, None].")
def _others_width(x: Tensor, sigma: Tensor) -> Tensor:
    return (-squared(x).fill_diagonal_(torch.inf) / (2 * sigma**2)).softmax(1)


@mistake("affinities that were not divided by their sum", "Let each row add up to 1.")
def _not_normalised(x: Tensor, sigma: Tensor) -> Tensor:
    return _weights(squared(x), sigma)


def _cases(draws: Draws) -> list[Case]:
    cases = []
    for name, n, dimensions in (("ten points", 10, 3), ("twenty points", 20, 6), ("on a line", 8, 1)):
        generator = draws(name)
        x, _ = clusters(n, dimensions, generator)
        sigma = 0.6 + 1.2 * torch.rand(n, generator=generator)
        cases.append(Case(name, {"x": x, "sigma": sigma * dimensions**0.5}))
    return cases


GAUSSIAN_AFFINITIES = Exercise(
    name="gaussian_affinities",
    points=2,
    minutes=10,
    reference=affinities,
    draw=_cases,
    mistakes=(
        _with_itself,
        _zeroed_late,
        _not_squared,
        _without_two,
        _width_not_squared,
        _columns,
        _all,
        _others_width,
        _not_normalised,
    ),
    hidden=ANSWERS,
)
