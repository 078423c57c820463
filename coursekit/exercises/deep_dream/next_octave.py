"""Exercise: from one octave of a dream to the next."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from coursekit.exercises.deep_dream.cases import ANSWERS
from coursekit.exercises.draws import Draws
from coursekit.exercises.exercise import Case, Exercise, Property, mistake

__all__ = ["NEXT_OCTAVE"]

Enlarge = Callable[[Tensor, tuple[int, int]], Tensor]


def _resized(x: Tensor, size: tuple[int, int]) -> Tensor:
    return interpolate(x, size, mode="bilinear", antialias=True)


def _start(x: Tensor, dream: Tensor, height: int, width: int, resized: Enlarge = _resized) -> Tensor:
    detail = dream - resized(x, (dream.shape[2], dream.shape[3]))
    return resized(x, (height, width)) + resized(detail, (height, width))


def _next(x: Tensor, dream: Tensor, height: int, width: int) -> Tensor:
    return _start(x, dream, height, width).clamp(0, 1)


def _with(resized: Enlarge) -> Callable[..., Tensor]:
    return lambda x, dream, height, width: _start(x, dream, height, width, resized).clamp(0, 1)


@mistake(
    "sizes changed by repeating and dropping pixels",
    'interpolate does that unless you say mode="bilinear", antialias=True.',
)
@_with
def _near(x: Tensor, size: tuple[int, int]) -> Tensor:
    return interpolate(x, size)


@mistake(
    "a picture made small without antialiasing",
    "Fine waves turn into others when pixels are dropped: antialias=True.",
)
@_with
def _jagged(x: Tensor, size: tuple[int, int]) -> Tensor:
    return interpolate(x, size, mode="bilinear")


@mistake(
    "the picture without the detail",
    "All that was dreamt so far is lost: add what the dream has added, enlarged.",
)
def _lost(x: Tensor, dream: Tensor, height: int, width: int) -> Tensor:
    return _resized(x, (height, width))


@mistake(
    "the dream enlarged, instead of its detail",
    "The small picture has lost what x has: enlarge what was added, and take the rest from x.",
)
def _enlarged(x: Tensor, dream: Tensor, height: int, width: int) -> Tensor:
    return _resized(dream, (height, width))


@mistake("picture and dream added up", "The dream holds the picture already: add the difference alone.")
def _twice(x: Tensor, dream: Tensor, height: int, width: int) -> Tensor:
    return (_resized(x, (height, width)) + _resized(dream, (height, width))).clamp(0, 1)


@mistake("the mean of picture and dream", "Add the detail in full: dream − small copy of x.")
def _mean(x: Tensor, dream: Tensor, height: int, width: int) -> Tensor:
    return (_resized(x, (height, width)) + _resized(dream, (height, width))) / 2


@mistake("the detail with its sign turned", "What was added is the dream less the small copy of x.")
def _turned(x: Tensor, dream: Tensor, height: int, width: int) -> Tensor:
    base = _resized(x, (height, width))
    return (2 * base - _start(x, dream, height, width)).clamp(0, 1)


@mistake("the detail alone", "Add it to x, made as large as the next octave.")
def _alone(x: Tensor, dream: Tensor, height: int, width: int) -> Tensor:
    return _start(x, dream, height, width) - _resized(x, (height, width))


@mistake("height and width swapped", "interpolate wants (height, width).")
def _swapped(x: Tensor, dream: Tensor, height: int, width: int) -> Tensor:
    return _next(x, dream, width, height)


@mistake("an octave as large as x", "The next octave is height × width; x is the largest of them.")
def _full_size(x: Tensor, dream: Tensor, height: int, width: int) -> Tensor:
    full = (x.shape[2], x.shape[3])
    return _next(x, dream, *full)


def _cases(draws: Draws) -> list[Case]:
    """The picture is always larger than the next octave, so that reading its base from elsewhere shows."""
    cases = []
    for name, n, full, small, following in (
        ("one picture", 1, (20, 26), (10, 13), (14, 18)),
        ("a batch of two", 2, (25, 21), (11, 9), (16, 14)),
        ("a batch of three", 3, (18, 24), (9, 12), (13, 17)),
    ):
        generator = draws(name)
        x = torch.rand(n, 3, *full, generator=generator)
        detail = 0.3 * torch.randn(n, 3, *small, generator=generator)
        dream = (_resized(x, small) + detail).clamp(0, 1)
        cases.append(Case(name, {"x": x, "dream": dream, "height": following[0], "width": following[1]}))
    return cases


NEXT_OCTAVE = Exercise(
    name="next_octave",
    points=2,
    minutes=10,
    reference=_next,
    draw=_cases,
    mistakes=(
        _lost,
        _enlarged,
        _twice,
        _mean,
        _turned,
        _alone,
        _swapped,
        _full_size,
        _near,
        _jagged,
        mistake("a start that is not clipped to [0, 1]", "No picture has such pixels: .clamp(0, 1).")(_start),
    ),
    properties=(
        Property(
            lambda value, _: bool((value >= 0).all() and (value <= 1).all()),
            "Some pixels lie outside [0, 1].",
        ),
    ),
    hidden=ANSWERS,
)
