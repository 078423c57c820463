"""Exercise: what a layer shows most of, without any class."""

import torch
from torch import Tensor

from coursekit.exercises.draws import Draws
from coursekit.exercises.exercise import Case, Exercise, Property, mistake
from coursekit.exercises.gradcam.cases import ANSWERS, SIZES

__all__ = ["EIGEN_CAM"]


def _rows(activation: Tensor) -> Tensor:
    """A row of K values for each position, (N, h·w, K)."""
    return activation.flatten(2).mT


def _centred(rows: Tensor) -> Tensor:
    return rows - rows.mean(1, keepdim=True)


def _project(rows: Tensor, which: int = 0) -> Tensor:
    """How far each position reaches along a right singular vector of ``rows``, (N, h·w)."""
    vectors = torch.linalg.svd(rows, full_matrices=False).Vh
    return (rows @ vectors[:, which, :, None])[..., 0]


def _turned(flat: Tensor, activation: Tensor) -> Tensor:
    """The map (N, h, w) of the sign with which it rises with the mean over the channels."""
    maps = flat.unflatten(1, activation.shape[2:])
    return torch.where(_rise(maps, activation)[:, None, None] >= 0, maps, -maps)


def _rise(maps: Tensor, activation: Tensor) -> Tensor:
    """By how much each map rises with the mean over the channels, (N,)."""
    maps = maps - maps.mean((1, 2), keepdim=True)
    return (maps * activation.mean(1)).sum((1, 2))


def _reference(activation: Tensor) -> Tensor:
    return _turned(_project(_centred(_rows(activation))), activation)


@mistake(
    "the map with its sign turned",
    "A direction may come with either sign: turn the map where (map * activation.mean(1)).sum() is negative.",
)
def _other_sign(activation: Tensor) -> Tensor:
    return -_reference(activation)


@mistake(
    "the projection without centring",
    "Subtract each channel's mean over the positions first: else the first direction is that mean.",
)
def _not_centred(activation: Tensor) -> Tensor:
    return _turned(_project(_rows(activation)), activation)


@mistake(
    "a centring over the channels instead of the positions",
    "Subtract from each channel its own mean over the positions.",
)
def _centred_positions(activation: Tensor) -> Tensor:
    rows = _rows(activation)
    return _turned(_project(rows - rows.mean(2, keepdim=True)), activation)


@mistake(
    "a projection of what is not centred on a direction found in what is",
    "Project the centred rows: else the map is shifted by a constant.",
)
def _projected_uncentred(activation: Tensor) -> Tensor:
    rows = _rows(activation)
    vectors = torch.linalg.svd(_centred(rows), full_matrices=False).Vh
    return _turned((rows @ vectors[:, 0, :, None])[..., 0], activation)


@mistake(
    "the last direction: the one with the least in it",
    "eigh sorts from the smallest up, svd from the largest down: take the direction of the largest.",
)
def _last(activation: Tensor) -> Tensor:
    return _turned(_project(_centred(_rows(activation)), -1), activation)


@mistake("the second direction", "Count from 0: the first row of Vh is Vh[:, 0].")
def _second(activation: Tensor) -> Tensor:
    return _turned(_project(_centred(_rows(activation)), 1), activation)


@mistake(
    "a projection on a column of Vh",
    "torch.linalg.svd returns Vh, transposed already: its rows are the directions, Vh[:, 0].",
)
def _column(activation: Tensor) -> Tensor:
    rows = _centred(_rows(activation))
    vectors = torch.linalg.svd(rows, full_matrices=False).Vh
    return _turned((rows @ vectors[:, :, 0, None])[..., 0], activation)


@mistake(
    "a map of length 1: the column of U without its singular value",
    "Project the rows on the direction, or multiply U by S.",
)
def _unit(activation: Tensor) -> Tensor:
    maps = _reference(activation)
    return maps / maps.flatten(1).norm(dim=1)[:, None, None]


@mistake(
    "the absolute value of the projection",
    "Keep the sign: below 0 lies where the layer shows less than its mean.",
)
def _size(activation: Tensor) -> Tensor:
    return _reference(activation).abs()


@mistake("the positive part of the projection", "Leave the ReLU to to_heatmap: the map keeps its sign.")
def _relu(activation: Tensor) -> Tensor:
    return _reference(activation).relu()


@mistake(
    "one direction for the whole batch",
    "Each image has its own: keep dimension 0, svd works on a batch of matrices.",
)
def _whole_batch(activation: Tensor) -> Tensor:
    rows = _rows(activation).flatten(0, 1)[None]
    flat = _project(_centred(rows))
    return _turned(flat.unflatten(1, (len(activation), -1))[0], activation)


def _cases(draws: Draws) -> list[Case]:
    """Layers that show one thing in a few places most of all: else which direction is first is luck."""
    cases = []
    for name, (n, channels, height, width) in SIZES.items():
        generator = draws(name)
        noise = 0.5 * torch.randn(n, channels, height, width, generator=generator)
        strength = 1 + 2 * torch.rand(n, channels, 1, 1, generator=generator)
        at_rest = 2 * torch.rand(n, channels, 1, 1, generator=generator)
        place = torch.rand(n, 1, height, width, generator=generator)
        cases.append(Case(name, {"activation": (strength * place**4 + at_rest + noise).relu()}))
    return cases


EIGEN_CAM = Exercise(
    name="eigen_cam",
    points=3,
    minutes=15,
    reference=_reference,
    draw=_cases,
    mistakes=(
        _not_centred,
        _centred_positions,
        _projected_uncentred,
        _last,
        _second,
        _column,
        _unit,
        _other_sign,
        _size,
        _relu,
        _whole_batch,
    ),
    properties=(
        Property(
            lambda value, arguments: bool((_rise(value, arguments["activation"]) >= 0).all()),
            "Some map falls where the mean over the channels rises: turn its sign.",
        ),
    ),
    hidden=ANSWERS,
)
