"""Exercises: principal components of points, and of the positions of feature maps as colours."""

import torch
from torch import Tensor

from coursekit.embeddings import principal_components
from coursekit.exercises.embeddings.cases import ANSWERS
from coursekit.exercises.exercise import Case, Exercise, Mistake

__all__ = ["MAP_COLOURS", "PRINCIPAL_COMPONENTS"]


def _svd(x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """U, S and V, with the largest entry of each direction positive."""
    left, sizes, right = torch.linalg.svd(x, full_matrices=False)
    signs = torch.where(right.gather(1, right.abs().argmax(1, keepdim=True)) < 0, -1.0, 1.0).T
    return left * signs, sizes, right.T * signs


def _centred(x: Tensor) -> Tensor:
    return x - x.mean(0)


def _scores(x: Tensor, k: int) -> Tensor:
    left, sizes, _ = _svd(x)
    return (left * sizes)[:, :k]


def _smallest(x: Tensor, k: int) -> Tensor:
    left, sizes, _ = _svd(_centred(x))
    return (left * sizes)[:, -k:].flip(1)


def _standardised(x: Tensor, k: int) -> Tensor:
    return _scores(_centred(x) / x.std(0), k)


def _cases(seed: int) -> list[Case]:
    generator = torch.Generator().manual_seed(seed)
    cases = []
    for name, n, dimensions, k in (
        ("two components", 30, 6, 2),
        ("fewer points than dimensions", 9, 14, 2),
        ("three components", 40, 8, 3),
    ):
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
    cases=_cases,
    mistakes=(
        Mistake(
            "the components of points that were not centred",
            _scores,
            "Take the mean off first, or the first direction points from 0 to the middle of the data.",
        ),
        Mistake(
            "the components of points centred over the wrong axis",
            lambda x, k: _scores(x - x.mean(1, keepdim=True), k),
            "The mean is that of all points, one number for each dimension: x.mean(0).",
        ),
        Mistake(
            "the columns of U, without the lengths S",
            lambda x, k: _svd(_centred(x))[0][:, :k],
            "Multiply by S: along the first direction the points are spread more than along the second.",
        ),
        Mistake(
            "the directions themselves",
            lambda x, k: _svd(_centred(x))[2][:, :k],
            "Return where the points lie along them: U S, or the centred points times V.",
        ),
        Mistake(
            "the components of standardised columns",
            _standardised,
            "Leave the scale of the dimensions: take off the mean and do not divide.",
        ),
        Mistake(
            "the directions of least variance",
            _smallest,
            "Take the largest: torch.linalg.svd begins with them, torch.linalg.eigh ends with them.",
        ),
        Mistake(
            "the points along directions whose largest entry is negative",
            lambda x, k: -principal_components(x, k),
            "The sign is free; here the entry of largest absolute value in each direction is positive.",
        ),
    ),
    hidden=ANSWERS,
)


def _rows(activation: Tensor) -> Tensor:
    return activation.movedim(1, 3).flatten(0, 2)


def _stretch(parts: Tensor) -> Tensor:
    low, high = parts.amin(0), parts.amax(0)
    return (parts - low) / (high - low).clamp(min=1e-12)


def _pictures(rows: Tensor, activation: Tensor) -> Tensor:
    n, _, height, width = activation.shape
    return rows.reshape(n, height, width, 3).movedim(3, 1)


def _colours(activation: Tensor) -> Tensor:
    return _pictures(_stretch(principal_components(_rows(activation), 3)), activation)


def _each_by_itself(activation: Tensor) -> Tensor:
    return torch.cat([_colours(one[None]) for one in activation])


def _scrambled(activation: Tensor) -> Tensor:
    rows = activation.reshape(-1, activation.shape[1])
    return _pictures(_stretch(principal_components(rows, 3)), activation)


def _scrambled_back(activation: Tensor) -> Tensor:
    n, _, height, width = activation.shape
    return _stretch(principal_components(_rows(activation), 3)).reshape(n, 3, height, width)


def _one_stretch(activation: Tensor) -> Tensor:
    parts = principal_components(_rows(activation), 3)
    return _pictures((parts - parts.min()) / (parts.max() - parts.min()), activation)


def _clamped(activation: Tensor) -> Tensor:
    return _pictures(principal_components(_rows(activation), 3).clamp(0, 1), activation)


def _not_stretched(activation: Tensor) -> Tensor:
    return _pictures(principal_components(_rows(activation), 3), activation)


def _stretched_each(activation: Tensor) -> Tensor:
    parts = principal_components(_rows(activation), 3).reshape(len(activation), -1, 3)
    return _pictures(torch.stack([_stretch(one) for one in parts]).flatten(0, 1), activation)


def _map_cases(seed: int) -> list[Case]:
    generator = torch.Generator().manual_seed(seed)
    shapes = {"two maps": (2, 6, 4, 5), "three wide maps": (3, 5, 3, 8), "many channels": (2, 12, 5, 4)}
    cases = []
    for name, shape in shapes.items():
        spread = 2 * 1.5 ** -torch.arange(shape[1])[torch.randperm(shape[1], generator=generator)]
        maps = (torch.randn(shape, generator=generator) + 0.3) * spread[:, None, None]
        cases.append(Case(name, {"activation": maps.relu()}))
    return cases


MAP_COLOURS = Exercise(
    name="map_colours",
    points=3,
    minutes=12,
    reference=_colours,
    cases=_map_cases,
    mistakes=(
        Mistake(
            "rows that mix the channels of several positions",
            _scrambled,
            "A reshape does not move axes: bring the channels to the end first, activation.movedim(1, 3).",
        ),
        Mistake(
            "colours of which the axis was not moved back",
            _scrambled_back,
            "Reshape to (N, h, w, 3), then .movedim(3, 1).",
        ),
        Mistake(
            "components of each map by itself",
            _each_by_itself,
            "One colour must mean one thing in all pictures: take the components of all positions together.",
        ),
        Mistake(
            "each map stretched by itself",
            _stretched_each,
            "One colour must mean one thing in all pictures: take minimum and maximum over all positions.",
        ),
        Mistake(
            "one stretch for all three components",
            _one_stretch,
            "The first component would drown the others: stretch each to [0, 1], with .amin(0) and .amax(0).",
        ),
        Mistake(
            "components cut to [0, 1] instead of stretched",
            _clamped,
            "Half of each component is below 0: (c − min) / (max − min).",
        ),
        Mistake(
            "components that were not stretched", _not_stretched, "(c − min) / (max − min), for each one."
        ),
    ),
    hidden=ANSWERS,
)
