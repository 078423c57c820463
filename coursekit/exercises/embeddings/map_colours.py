"""Exercise: principal components of the positions of feature maps, as colours."""

import torch
from torch import Tensor

from coursekit.embeddings import principal_components
from coursekit.exercises.draws import Draws
from coursekit.exercises.embeddings.cases import ANSWERS
from coursekit.exercises.exercise import Case, Exercise, mistake

__all__ = ["MAP_COLOURS"]


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


@mistake(
    "components of each map by itself",
    "One colour must mean one thing in all pictures: take the components of all positions together.",
)
def _each_by_itself(activation: Tensor) -> Tensor:
    return torch.cat([_colours(one[None]) for one in activation])


@mistake(
    "rows that mix the channels of several positions",
    "A reshape does not move axes: bring the channels to the end first, activation.movedim(1, 3).",
)
def _scrambled(activation: Tensor) -> Tensor:
    rows = activation.reshape(-1, activation.shape[1])
    return _pictures(_stretch(principal_components(rows, 3)), activation)


@mistake("colours of which the axis was not moved back", "Reshape to (N, h, w, 3), then .movedim(3, 1).")
def _scrambled_back(activation: Tensor) -> Tensor:
    n, _, height, width = activation.shape
    return _stretch(principal_components(_rows(activation), 3)).reshape(n, 3, height, width)


@mistake(
    "one stretch for all three components",
    "The first component would drown the others: stretch each to [0, 1], with .amin(0) and .amax(0).",
)
def _one_stretch(activation: Tensor) -> Tensor:
    parts = principal_components(_rows(activation), 3)
    return _pictures((parts - parts.min()) / (parts.max() - parts.min()), activation)


@mistake(
    "components cut to [0, 1] instead of stretched",
    "Half of each component is below 0: (c − min) / (max − min).",
)
def _clamped(activation: Tensor) -> Tensor:
    return _pictures(principal_components(_rows(activation), 3).clamp(0, 1), activation)


@mistake("components that were not stretched", "(c − min) / (max − min), for each one.")
def _not_stretched(activation: Tensor) -> Tensor:
    return _pictures(principal_components(_rows(activation), 3), activation)


@mistake(
    "each map stretched by itself",
    "One colour must mean one thing in all pictures: take minimum and maximum over all positions.",
)
def _stretched_each(activation: Tensor) -> Tensor:
    parts = principal_components(_rows(activation), 3).reshape(len(activation), -1, 3)
    return _pictures(torch.stack([_stretch(one) for one in parts]).flatten(0, 1), activation)


def _map_cases(draws: Draws) -> list[Case]:
    shapes = {"two maps": (2, 6, 4, 5), "three wide maps": (3, 5, 3, 8), "many channels": (2, 12, 5, 4)}
    cases = []
    for name, shape in shapes.items():
        generator = draws(name)
        spread = 2 * 1.5 ** -torch.arange(shape[1])[torch.randperm(shape[1], generator=generator)]
        maps = (torch.randn(shape, generator=generator) + 0.3) * spread[:, None, None]
        cases.append(Case(name, {"activation": maps.relu()}))
    return cases


MAP_COLOURS = Exercise(
    name="map_colours",
    points=3,
    minutes=12,
    reference=_colours,
    draw=_map_cases,
    mistakes=(
        _scrambled,
        _scrambled_back,
        _each_by_itself,
        _stretched_each,
        _one_stretch,
        _clamped,
        _not_stretched,
    ),
    hidden=ANSWERS,
)
