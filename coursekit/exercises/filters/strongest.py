"""Exercise: the units at which a channel fires most."""

import torch
from torch import Tensor

from coursekit.exercises.draws import Draws
from coursekit.exercises.exercise import Case, Exercise, mistake
from coursekit.exercises.filters.cases import ANSWERS

__all__ = ["STRONGEST"]


def _places(maps: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Value, row and column of the highest unit of each map (N, h, w)."""
    values, places = maps.flatten(1).max(1)
    return values, places // maps.shape[2], places % maps.shape[2]


def _listed(order: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    return torch.stack([order, rows[order], columns[order]], 1).float()


def _strongest(activation: Tensor, channel: int, k: int) -> Tensor:
    values, rows, columns = _places(activation[:, channel])
    order = values.argsort(descending=True, stable=True)[:k]
    return _listed(order, rows, columns)


@mistake("the weakest images", "argsort rises by default: ask for descending=True.")
def _weakest(activation: Tensor, channel: int, k: int) -> Tensor:
    values, rows, columns = _places(activation[:, channel])
    return _listed(values.argsort(stable=True)[:k], rows, columns)


@mistake("the strongest last", "The strongest comes first: ask for descending=True.")
def _reversed(activation: Tensor, channel: int, k: int) -> Tensor:
    return _strongest(activation, channel, k).flip(0)


@mistake(
    "several units of one image",
    "One image would fill the page. Take each image's highest unit first, then order the images.",
)
def _several_of_one(activation: Tensor, channel: int, k: int) -> Tensor:
    maps = activation[:, channel]
    best = maps.flatten().argsort(descending=True, stable=True)[:k]
    return torch.stack(torch.unravel_index(best, maps.shape), 1).float()


@mistake("columns before rows", "place // width is the row, place % width the column; the row comes first.")
def _swapped(activation: Tensor, channel: int, k: int) -> Tensor:
    return _strongest(activation, channel, k)[:, [0, 2, 1]]


@mistake(
    "a channel taken for an image",
    "Dimension 0 counts the images, dimension 1 the channels: activation[:, channel].",
)
def _of_image(activation: Tensor, channel: int, k: int) -> Tensor:
    return _strongest(activation.transpose(0, 1), channel, k)


@mistake(
    "a division by the height instead of the width", "A row of the map has as many units as the map is wide."
)
def _by_height(activation: Tensor, channel: int, k: int) -> Tensor:
    values, places = activation[:, channel].flatten(1).max(1)
    height = activation.shape[2]
    order = values.argsort(descending=True, stable=True)[:k]
    return _listed(order, places // height, places % height)


@mistake(
    "the images ordered by their mean",
    "Order them by the activation of the unit that is shown: the largest of the map.",
)
def _by_mean(activation: Tensor, channel: int, k: int) -> Tensor:
    maps = activation[:, channel]
    _, rows, columns = _places(maps)
    return _listed(maps.mean((1, 2)).argsort(descending=True, stable=True)[:k], rows, columns)


@mistake(
    "of equal images the later first",
    "Where two are equal the earlier comes first: argsort(descending=True, stable=True).",
)
def _later_first(activation: Tensor, channel: int, k: int) -> Tensor:
    values, rows, columns = _places(activation[:, channel])
    order = (len(values) - 1) - values.flip(0).argsort(descending=True, stable=True)
    return _listed(order[:k], rows, columns)


def _activations(draws: Draws) -> list[Case]:
    """Maps in which two images tie, one has the two highest units, and the mean follows another image."""
    cases = []
    sizes = {"eight images": (8, 7, 4, 6), "a tall map": (9, 7, 6, 3), "a wide map": (7, 9, 3, 8)}
    for name, (n, kernels, height, width) in sizes.items():
        generator = draws(name)
        activation = torch.rand(n, kernels, height, width, generator=generator)
        channel, k = int(torch.randint(1, 6, (), generator=generator)), 4
        first, tied, later = torch.randperm(n, generator=generator)[:3].tolist()
        tied, later = sorted((tied, later))
        row, column = height - 1, int(torch.randint(1, width - 1, (), generator=generator))
        activation[first, channel, 0, 0], activation[first, channel, row, column] = 2.5, 3.0
        activation[tied, channel, 1, width - 1] = activation[later, channel, 0, column] = 2.0
        activation[:, channel] -= torch.arange(n).view(-1, 1, 1) * (activation[:, channel] < 1) / 10
        cases.append(Case(name, {"activation": activation, "channel": channel, "k": k}))
    return cases


STRONGEST = Exercise(
    name="strongest",
    points=2,
    minutes=10,
    reference=_strongest,
    draw=_activations,
    mistakes=(_weakest, _reversed, _several_of_one, _swapped, _of_image, _by_height, _by_mean, _later_first),
    hidden=ANSWERS,
)
