"""Exercise: principal components of points."""

import torch
from torch import Tensor

from coursekit.embeddings import principal_components
from coursekit.exercises.draws import Draws
from coursekit.exercises.embeddings.cases import ANSWERS
from coursekit.exercises.exercise import Case, Exercise, mistake

__all__ = ["PRINCIPAL_COMPONENTS"]


def _svd(x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """U, S and V, with the largest entry of each direction positive."""
    left, sizes, right = torch.linalg.svd(x, full_matrices=False)
    signs = torch.where(right.gather(1, right.abs().argmax(1, keepdim=True)) < 0, -1.0, 1.0).T
    return left * signs, sizes, right.T * signs


def _centred(x: Tensor) -> Tensor:
    return x - x.mean(0)


@mistake(
    "the components of points that were not centred",
    "Take the mean off first, or the first direction points from 0 to the middle of the data.",
)
def _scores(x: Tensor, k: int) -> Tensor:
    left, sizes, _ = _svd(x)
    return (left * sizes)[:, :k]


@mistake(
    "the directions of least variance",
    "Take the largest: torch.linalg.svd begins with them, torch.linalg.eigh ends with them.",
)
def _smallest(x: Tensor, k: int) -> Tensor:
    left, sizes, _ = _svd(_centred(x))
    return (left * sizes)[:, -k:].flip(1)


@mistake(
    "the components of standardised columns",
    "Leave the scale of the dimensions: take off the mean and do not divide.",
)
def _standardised(x: Tensor, k: int) -> Tensor:
    return _scores(_centred(x) / x.std(0), k)


def _cases(draws: Draws) -> list[Case]:
    cases = []
    for name, n, dimensions, k in (
        ("two components", 30, 6, 2),
        ("fewer points than dimensions", 9, 14, 2),
        ("three components", 40, 8, 3),
    ):
        generator = draws(name)
        turn = torch.linalg.qr(torch.randn(dimensions, dimensions, generator=generator)).Q
        # Each direction half as long again as the next, so that none can stand in for another.
        spread = 3 * 1.5 ** -torch.arange(dimensions)
        x = torch.randn(n, dimensions, generator=generator) * spread @ turn
        x = x + 4 * torch.rand(dimensions, generator=generator)
        cases.append(Case(name, {"x": x, "k": k}))
    return cases


PRINCIPAL_COMPONENTS = Exercise(
    name="principal_components",
    points=2,
    minutes=12,
    reference=principal_components,
    draw=_cases,
    mistakes=(
        _scores,
        mistake(
            "the components of points centred over the wrong axis",
            "The mean is that of all points, one number for each dimension: x.mean(0).",
        )(lambda x, k: _scores(x - x.mean(1, keepdim=True), k)),
        mistake(
            "the columns of U, without the lengths S",
            "Multiply by S: along the first direction the points are spread more than along the second.",
        )(lambda x, k: _svd(_centred(x))[0][:, :k]),
        mistake(
            "the directions themselves",
            "Return where the points lie along them: U S, or the centred points times V.",
        )(lambda x, k: _svd(_centred(x))[2][:, :k]),
        _standardised,
        _smallest,
        mistake(
            "the points along directions whose largest entry is negative",
            "The sign is free; here the entry of largest absolute value in each direction is positive.",
        )(lambda x, k: -principal_components(x, k)),
    ),
    hidden=ANSWERS,
)
