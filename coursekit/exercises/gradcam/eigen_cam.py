"""Exercise: what a layer shows most of, without any class."""

import torch
from torch import Tensor

from coursekit.exercises.exercise import Case, Exercise, Mistake, Property
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


def _other_sign(activation: Tensor) -> Tensor:
    return -_reference(activation)


def _not_centred(activation: Tensor) -> Tensor:
    return _turned(_project(_rows(activation)), activation)


def _centred_positions(activation: Tensor) -> Tensor:
    rows = _rows(activation)
    return _turned(_project(rows - rows.mean(2, keepdim=True)), activation)


def _projected_uncentred(activation: Tensor) -> Tensor:
    rows = _rows(activation)
    vectors = torch.linalg.svd(_centred(rows), full_matrices=False).Vh
    return _turned((rows @ vectors[:, 0, :, None])[..., 0], activation)


def _last(activation: Tensor) -> Tensor:
    return _turned(_project(_centred(_rows(activation)), -1), activation)


def _second(activation: Tensor) -> Tensor:
    return _turned(_project(_centred(_rows(activation)), 1), activation)


def _column(activation: Tensor) -> Tensor:
    rows = _centred(_rows(activation))
    vectors = torch.linalg.svd(rows, full_matrices=False).Vh
    return _turned((rows @ vectors[:, :, 0, None])[..., 0], activation)


def _unit(activation: Tensor) -> Tensor:
    maps = _reference(activation)
    return maps / maps.flatten(1).norm(dim=1)[:, None, None]


def _size(activation: Tensor) -> Tensor:
    return _reference(activation).abs()


def _relu(activation: Tensor) -> Tensor:
    return _reference(activation).relu()


def _whole_batch(activation: Tensor) -> Tensor:
    rows = _rows(activation).flatten(0, 1)[None]
    flat = _project(_centred(rows))
    return _turned(flat.unflatten(1, (len(activation), -1))[0], activation)


def _cases(seed: int) -> list[Case]:
    """Layers that show one thing in a few places most of all: else which direction is first is luck."""
    generator = torch.Generator().manual_seed(seed)
    cases = []
    for name, (n, channels, height, width) in SIZES.items():
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
    cases=_cases,
    mistakes=(
        Mistake(
            "the projection without centring",
            _not_centred,
            "Subtract each channel's mean over the positions first: else the first direction is that mean.",
        ),
        Mistake(
            "a centring over the channels instead of the positions",
            _centred_positions,
            "Subtract from each channel its own mean over the positions.",
        ),
        Mistake(
            "a projection of what is not centred on a direction found in what is",
            _projected_uncentred,
            "Project the centred rows: else the map is shifted by a constant.",
        ),
        Mistake(
            "the last direction: the one with the least in it",
            _last,
            "eigh sorts from the smallest up, svd from the largest down: take the direction of the largest.",
        ),
        Mistake(
            "the second direction",
            _second,
            "Count from 0: the first row of Vh is Vh[:, 0].",
        ),
        Mistake(
            "a projection on a column of Vh",
            _column,
            "torch.linalg.svd returns Vh, transposed already: its rows are the directions, Vh[:, 0].",
        ),
        Mistake(
            "a map of length 1: the column of U without its singular value",
            _unit,
            "Project the rows on the direction, or multiply U by S.",
        ),
        Mistake(
            "the map with its sign turned",
            _other_sign,
            "A direction may come with either sign: turn the map where (map * activation.mean(1)).sum() is "
            "negative.",
        ),
        Mistake(
            "the absolute value of the projection",
            _size,
            "Keep the sign: below 0 lies where the layer shows less than its mean.",
        ),
        Mistake(
            "the positive part of the projection",
            _relu,
            "Leave the ReLU to to_heatmap: the map keeps its sign.",
        ),
        Mistake(
            "one direction for the whole batch",
            _whole_batch,
            "Each image has its own: keep dimension 0, svd works on a batch of matrices.",
        ),
    ),
    properties=(
        Property(
            lambda value, arguments: bool((_rise(value, arguments["activation"]) >= 0).all()),
            "Some map falls where the mean over the channels rises: turn its sign.",
        ),
    ),
    hidden=ANSWERS,
)
