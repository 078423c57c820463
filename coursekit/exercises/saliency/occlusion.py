"""Exercise: cover a patch of the image and see how much the net minds."""

from collections.abc import Callable, Iterator
from functools import partial

import torch
from torch import Tensor, nn

from coursekit.attribution import occlusion
from coursekit.exercises.exercise import Exercise, mistake
from coursekit.exercises.saliency.cases import ANSWERS, picture_cases, probability, score

__all__ = ["OCCLUSION"]

Scoring = Callable[[nn.Module, Tensor, Tensor], Tensor]


def _reference(model: nn.Module, x: Tensor, target: Tensor, size: int, fill: float) -> Tensor:
    drops = occlusion(model, x, target, size=size, stride=size, fill=fill)
    return drops[:, 0, ::size, ::size]


def _covered(x: Tensor, size: int, fill: float, edge: int | None = None) -> Iterator[Iterator[Tensor]]:
    """The images under each patch, row by row; ``edge`` is the patch's size where it is not the grid's."""
    edge = edge or size
    for top in range(0, x.shape[2], size):
        yield (_cover(x, top, left, edge, fill) for left in range(0, x.shape[3], size))


def _cover(x: Tensor, top: int, left: int, size: int, fill: float) -> Tensor:
    x = x.clone()
    x[:, :, top : top + size, left : left + size] = fill
    return x


def _grid(values: Iterator[Iterator[Tensor]]) -> Tensor:
    return torch.stack([torch.stack(list(row), 1) for row in values], 1)


def _drops(
    model: nn.Module,
    x: Tensor,
    target: Tensor,
    size: int,
    fill: float,
    edge: int | None = None,
    scoring: Scoring = probability,
) -> Tensor:
    clean = scoring(model, x, target)
    return _grid(
        (clean - scoring(model, image, target) for image in row) for row in _covered(x, size, fill, edge)
    )


@mistake(
    "the right drops with the sign turned",
    "A drop is what was lost: the probability of the clean image minus that of the covered one.",
)
def _turned(model: nn.Module, x: Tensor, target: Tensor, size: int, fill: float) -> Tensor:
    return -_drops(model, x, target, size, fill)


@mistake(
    "the drop of the score instead of the probability",
    "Occlusion measures what comes out in the end: put softmax(1) behind the net.",
)
def _score(model: nn.Module, x: Tensor, target: Tensor, size: int, fill: float) -> Tensor:
    return _drops(model, x, target, size, fill, scoring=score)


@mistake(
    "the probability that is left instead of the drop", "Subtract it from the probability of the clean image."
)
def _what_is_left(model: nn.Module, x: Tensor, target: Tensor, size: int, fill: float) -> Tensor:
    return probability(model, x, target)[:, None, None] - _drops(model, x, target, size, fill)


@mistake(
    "patches that pile up: each image is covered by all the patches so far",
    "Cover a fresh copy each time: covered = x.clone() inside the innermost loop.",
)
def _accumulating(model: nn.Module, x: Tensor, target: Tensor, size: int, fill: float) -> Tensor:
    clean, covered = probability(model, x, target), x.clone()

    def drop(top: int, left: int) -> Tensor:
        covered[:, :, top : top + size, left : left + size] = fill
        return clean - probability(model, covered, target)

    rows, columns = range(0, x.shape[2], size), range(0, x.shape[3], size)
    return _grid((drop(top, left) for left in columns) for top in rows)


@mistake(
    "rows and columns exchanged",
    "Dimension 1 of the result counts patches from top to bottom, dimension 2 from left to right.",
)
def _transposed(model: nn.Module, x: Tensor, target: Tensor, size: int, fill: float) -> Tensor:
    return _drops(model, x, target, size, fill).mT


@mistake(
    "a map without its last row and column of patches",
    "range leaves its end out: range(0, H, size) reaches the last patch, range(0, H - size, size) not.",
)
def _last_missing(model: nn.Module, x: Tensor, target: Tensor, size: int, fill: float) -> Tensor:
    return _drops(model, x, target, size, fill)[:, :-1, :-1]


@mistake("patches one pixel too small", "A slice leaves its end out: top : top + size covers size rows.")
def _small_patch(model: nn.Module, x: Tensor, target: Tensor, size: int, fill: float) -> Tensor:
    return _drops(model, x, target, size, fill, edge=size - 1)


@mistake("patches one pixel too large", "A slice leaves its end out: top : top + size covers size rows.")
def _large_patch(model: nn.Module, x: Tensor, target: Tensor, size: int, fill: float) -> Tensor:
    return _drops(model, x, target, size, fill, edge=size + 1)


@mistake("patches of black, whatever fill says", "Write fill into the patch.")
def _black(model: nn.Module, x: Tensor, target: Tensor, size: int, fill: float) -> Tensor:
    return _drops(model, x, target, size, 0.0)


@mistake(
    "the drop of the predicted class, whatever the target",
    "Take the probability of the class that target names, not the maximum.",
)
def _predicted(model: nn.Module, x: Tensor, target: Tensor, size: int, fill: float) -> Tensor:
    return _drops(model, x, model(x).argmax(1), size, fill)


def _draw_size(x: Tensor, generator: torch.Generator) -> int:
    """A patch that fits a whole number of times on every image."""
    return 2 + 2 * int(torch.randint(2, (), generator=generator))


def _draw_fill(x: Tensor, generator: torch.Generator) -> float:
    return 0.4 + 0.6 * float(torch.rand((), generator=generator))


OCCLUSION = Exercise(
    name="occlusion",
    points=3,
    minutes=15,
    reference=_reference,
    draw=partial(picture_cases, size=_draw_size, fill=_draw_fill),
    mistakes=(
        _turned,
        _score,
        _what_is_left,
        _accumulating,
        _transposed,
        _last_missing,
        _small_patch,
        _large_patch,
        _black,
        _predicted,
    ),
    hidden=ANSWERS,
)
